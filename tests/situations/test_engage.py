"""Whom audiences, computed traits and journeys text, as Segment sends them on: through the whole gateway, on both engines."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from destinations.kit import Policy
from gateway.pipeline.preview import preview
from gateway.storage.engine import Store
from tests.situations.engage import (
    DORA,
    NOT_OURS,
    Segment,
    computed,
    entered,
    member,
    signature,
    subscribed,
    trait_computed,
)
from tests.situations.stage import Stage
from tests.situations.telling import NOON

_numbers = count()
VIP = "vip_customers"
STEP = "j_o_winback__sms_1"
NEWS = "Hi there, there is news for you. Reply STOP to opt out."
MISSED = "Hi there, we miss you! Reply STOP to opt out."


@pytest.fixture
async def segment(shared_store: Store, tmp_path: Path) -> AsyncIterator[Segment]:
    stage = Stage(shared_store, tmp_path, f"e{next(_numbers)}", NOON.astimezone(UTC))
    await stage.configure(Policy(), {"fields": {"body": "unused"}})
    yield Segment(stage)
    await stage.close()


CASES: dict[str, tuple[str, list[dict[str, Any]], list[str]]] = {
    "an audience's track texts who enters, and nobody who leaves": (
        "audience_entered_sms",
        [entered("spring", "Audience Exited"), entered("spring"), entered("spring", "Audience Exited")],
        [NEWS],
    ),
    "its external id says where": (
        "audience_entered_sms",
        [entered("spring", external_ids=[subscribed(DORA)])],
        [NEWS],
    ),
    "or its context's, whatever the phone of the profile says": (
        "audience_entered_sms",
        [
            computed(
                "audience",
                "spring",
                type="track",
                event="Audience Entered",
                properties={"audience_key": "spring", "spring": True},
            )
            | {"context": {"personas": {}, "externalIds": [subscribed(DORA)]}}
        ],
        [NEWS],
    ),
    "one who is not subscribed is not texted": (
        "audience_entered_sms",
        [entered("spring", external_ids=[subscribed(DORA, status=False)])],
        [],
    ),
    "a journey's step texts who comes to it": (
        "journey_step_sms",
        [
            entered(STEP, kind="journey_step"),
            entered(STEP, "Audience Exited", "journey_step"),
            entered(f"{STEP}_x", kind="journey_step"),
            entered(STEP),
        ],
        [MISSED],
    ),
    "a computed trait texts its value": (
        "trait_computed_sms",
        [trait_computed("last_category", "Shoes"), trait_computed("last_brand", "Acme")],
        ["Hi there, there is more in Shoes now. Reply STOP to opt out."],
    ),
    "an identify texts who enters, and nobody who leaves": (
        "audience_identify_sms",
        [member(VIP, value=False), member(VIP), member(VIP, value=False)],
        [NEWS],
    ),
    "an identify that repeats itself texts once": ("audience_identify_sms", [member(VIP)] * 4, [NEWS]),
    "who left and comes back is texted again": (
        "audience_identify_sms",
        [member(VIP), member(VIP), member(VIP, value=False), member(VIP), member(VIP)],
        [NEWS, NEWS],
    ),
    "another audience's identify is no news of this one": (
        "audience_identify_sms",
        [member("other"), member(VIP), member("other", value=False), member("other")],
        [NEWS],
    ),
    "the text true is none, and 1 neither": (
        "audience_identify_sms",
        [member(VIP, "true"), member(VIP, 1), member(VIP)],
        [NEWS],
    ),
    "the identify's preset does not take the track form": ("audience_identify_sms", [entered(VIP)], []),
    "nor the track's the identify form": ("audience_entered_sms", [member(VIP)], []),
}


@pytest.mark.parametrize("name", CASES)
async def test_a_preset_texts_whom_it_should(segment: Segment, name: str) -> None:
    preset, events, texts = CASES[name]
    await segment.settle(preset)

    answers = await segment.send(*events)

    assert answers == [200] * len(events)
    assert segment.texts == texts


async def test_the_same_in_one_request_is_texted_once_as_well(segment: Segment) -> None:
    await segment.settle("audience_identify_sms")

    answer = await segment.together(
        member(VIP), member(VIP), member(VIP, value=False), member(VIP), member(VIP)
    )

    assert answer == 200
    assert segment.texts == [NEWS, NEWS]


async def test_one_that_comes_late_behind_the_exit_texts_nobody(segment: Segment) -> None:
    await segment.settle("audience_identify_sms")
    hour_ago = (segment.stage.clock.now() - timedelta(hours=1)).isoformat()

    await segment.send(member(VIP, value=False), member(VIP, timestamp=hour_ago))

    assert segment.texts == []
    assert (await segment.told("segment-2"))["payload"]["context"]["personas"]["unchanged"] is True


async def test_why_it_texted_nobody_is_told_by_the_event(segment: Segment) -> None:
    await segment.settle("audience_identify_sms")
    await segment.send(member(VIP), member(VIP))

    first, second = [await segment.told(f"segment-{number}") for number in (1, 2)]

    assert (first["outcome"], second["outcome"]) == ("MATCHED", "UNMATCHED")
    assert "unchanged" not in first["payload"]["context"]["personas"]
    [told] = [one for one in second["whyNot"] if one["mapping"]["name"] == "audience_identify_sms"]
    assert (told["matched"], told["failedTerm"], told["found"]) == (
        False,
        "context.personas.unchanged != true",
        "context.personas.unchanged is true",
    )


async def test_the_dry_run_of_an_event_as_it_would_come_says_what_becomes_of_it(segment: Segment) -> None:
    await segment.settle("audience_identify_sms")
    stage = segment.stage

    async def tried(event: Any) -> str:
        snapshot = await stage.services.workspace.current()
        said = await preview(
            stage.services,
            snapshot.destinations[stage.destination],
            snapshot.mappings[f"map_audience_identify_sms_{stage.space}"],
            event,
            source=snapshot.sources[f"src_segment_{stage.space}"],
        )
        return said.decision

    pasted = {name: value for name, value in member(VIP).items() if name != "integrations"}
    before = await tried(pasted)
    await segment.send(member(VIP))
    kept = await segment.told("segment-1")

    assert (before, await tried(pasted), await tried(kept["payload"])) == ("SEND", "NO_MATCH", "NO_MATCH")
    left = {**pasted, "traits": {VIP: False}}
    assert await tried(left) == "NO_MATCH"


async def test_what_a_page_says_of_an_audience_keeps_no_text_back(segment: Segment) -> None:
    await segment.settle("audience_identify_sms")
    await segment.stage.say(member(VIP), source="BROWSER")

    await segment.send(member(VIP))

    assert segment.texts == [NEWS]


async def test_nor_does_a_mark_that_came_with_it(segment: Segment) -> None:
    await segment.settle("audience_identify_sms")
    marked = member(VIP)
    marked["context"]["personas"]["unchanged"] = False

    await segment.send(marked, marked)

    assert segment.texts == [NEWS]
    assert "unchanged" not in (await segment.told("segment-1"))["payload"]["context"]["personas"]


async def test_history_moves_who_is_in_an_audience_and_texts_nobody(segment: Segment) -> None:
    await segment.settle("audience_identify_sms")
    await segment.stage.say(member(VIP), path="import")

    await segment.send(member(VIP))

    assert segment.texts == []


async def test_both_forms_with_both_presets_text_twice_and_with_one_once(segment: Segment) -> None:
    await segment.settle("audience_identify_sms", "audience_entered_sms")

    await segment.send(member(VIP), entered(VIP))

    assert segment.texts == [NEWS, NEWS]


async def test_two_events_for_two_emails_of_one_profile_are_one_text(segment: Segment) -> None:
    await segment.settle("audience_identify_sms")

    await segment.send(
        *(
            {**member(VIP), "traits": {VIP: True, "email": email}}
            for email in ("dora@home.example", "dora@work.example")
        ),
        each=0,
    )

    assert segment.texts == [NEWS]


async def test_the_forwarders_integrations_are_not_read_and_it_says_so(segment: Segment) -> None:
    await segment.settle("audience_entered_sms")

    await segment.send(entered("spring"))

    told = await segment.told("segment-1")
    assert (told["outcome"], told["problem"]) == ("MATCHED", "integrations_not_read")
    assert (told["payload"]["integrations"], told["payload"]["forwardedIntegrations"]) == ({}, NOT_OURS)
    assert segment.texts == [NEWS]


async def test_what_is_sent_again_after_an_answer_that_was_lost_texts_once(segment: Segment) -> None:
    await segment.settle("audience_entered_sms", "audience_identify_sms")
    for event in (entered("spring"), member(VIP)):
        body = json.dumps({**event, "messageId": f"m-{event['type']}"}).encode()

        answers = [await segment.post(body) for _ in range(3)]

        assert answers == [200, 200, 200]
    assert segment.texts == [NEWS, NEWS]


async def test_an_event_that_segment_held_for_hours_is_as_old_as_it_is(segment: Segment) -> None:
    await segment.settle("audience_entered_sms")
    five_hours_ago = (segment.stage.clock.now() - timedelta(hours=5)).isoformat()

    await segment.send(entered("spring", timestamp=five_hours_ago))

    assert segment.texts == []
    query = "{ deliveries { edges { node { status reason } } } }"
    found = [edge["node"] for edge in (await segment.stage.ask(query))["deliveries"]["edges"]]
    assert found == [{"status": "SUPPRESSED", "reason": "STALE_EVENT"}]


# -- what somebody tries who is not Segment -----------------------------------------------------------------------------


async def test_nobody_who_does_not_know_the_secret_texts_anybody(segment: Segment) -> None:
    await segment.settle("audience_entered_sms")
    stage = segment.stage
    body = json.dumps({**entered("spring"), "messageId": "m-1"}).encode()
    other = json.dumps({**entered("spring"), "messageId": "m-2"}).encode()
    listed = b"[" + body + b"," + other + b"]"
    by_key = f"/v1/events/{stage.key('Segment')}"

    assert await segment.post(body) == 200  # as Segment sends it, and somebody sees it
    answers = {
        "with another secret": await segment.post(other, secret="what we both know"),
        "unsigned": await stage.raw(f"/v1/events/src_segment_{stage.space}", other, {}),
        "with the signature of another body": await stage.raw(
            f"/v1/events/src_segment_{stage.space}", other, {"X-Signature": signature(body)}
        ),
        "with others behind what was signed": await stage.raw(
            f"/v1/events/src_segment_{stage.space}", listed, {"X-Signature": signature(body)}
        ),
        "by the write key alone": (
            await stage.request("/v1/track", entered("spring"), stage.key("Segment"))
        ).status_code,
        "by the write key in the path": await stage.raw(by_key, other, {}),
        "for a source of theirs": await segment.post(other, path=f"/v1/events/src_SERVER_{stage.space}"),
        "for a source that nobody has": await segment.post(other, path="/v1/events/src_nobody"),
    }

    assert answers == {name: 403 if name == "by the write key in the path" else 401 for name in answers}
    assert await segment.post(body) == 200  # it is a repetition
    assert segment.texts == [NEWS]
    found = await stage.ask("{ sources { edges { node { name refusals { code } } } } }")
    assert {edge["node"]["name"] for edge in found["sources"]["edges"]} >= {"Segment"}


# -- the form that the original sent ------------------------------------------------------------------------------------

RECORDED = {
    case["id"]: case
    for case in json.loads((Path(__file__).parents[1] / "conformance" / "engage.json").read_text("utf-8"))
}
SENT_ALIKE = [
    f"eng-{number}"
    for number in ("001", "003", "018", "022", "031", "045", "063", "108", "115", "131", "141", "253", "263")
]
"""Recorded cases in which one text is sent: bodies, media, tags, opt-in and opt-out, senders and external ids of several kinds."""


@pytest.mark.parametrize("case", SENT_ALIKE)
async def test_an_engage_event_that_is_sent_on_becomes_the_form_of_its_recorded_case(
    segment: Segment, case: str
) -> None:
    recorded = RECORDED[case]
    await segment.settle()
    await segment.map(recorded["mapping"], recorded.get("subscribe") or 'event = "Audience Entered"')
    event = {name: value for name, value in recorded["event"].items() if name != "timestamp"}

    answers = await segment.send({**event, "integrations": NOT_OURS})

    assert answers == [200]
    [request] = segment.stage.line.requests
    form = [[name, value] for name, value in request.form if name != "StatusCallback"]
    [wanted] = recorded["expect"]["requests"]
    assert form == wanted["form"]
