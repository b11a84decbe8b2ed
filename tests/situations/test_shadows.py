"""A mapping in SHADOW decides on what comes and sends nothing, now or later, on both engines."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select

from destinations.kit import Policy
from destinations.twilio_engage.simulator import SENDER
from gateway.deliveries import Delivery
from gateway.storage import mappings, tables, uploads
from gateway.storage.engine import Store
from gateway.workspace import MappingMode
from mappings.presets.preset import external_ids
from tests import factories
from tests.situations.stage import ORDERED, Stage

MONDAY = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
NIGHT = MONDAY.replace(hour=3)
POLICY = Policy(allowed_countries=frozenset({"US"}), daily_message_limit=2)
NIGHTS = replace(POLICY, quiet_hours_start="21:00", quiet_hours_end="08:00")
ANN = "+12025550141"
_numbers = count()


@pytest.fixture
async def stage(shared_store: Store, tmp_path: Path) -> AsyncIterator[Stage]:
    one = Stage(shared_store, tmp_path, f"h{next(_numbers)}", MONDAY)
    yield one
    await one.close()


async def opened(stage: Stage, policy: Policy = POLICY, **mapping: Any) -> None:
    await stage.configure(policy, {"fields": {"body": "News for you"}, **mapping})
    traits = {"phone": ANN, "sms_opt_in": True}
    await stage.say({"type": "identify", "userId": "ann", "traits": traits})


async def becomes(stage: Stage, mode: str, revision: int, refused: str | None = None) -> Any:
    given = f'id: "map_{stage.space}", expectedRevision: {revision}, mode: {mode}'
    return await stage.change("mappingUpdate", given, "mapping { mode revision }", refused=refused)


async def ordered(stage: Stage, **more: Any) -> Delivery:
    await stage.say({"type": "track", "event": ORDERED, "userId": "ann", **more})
    found = await stage.delivery()
    assert found is not None
    return found


async def shown(stage: Stage, delivery: Delivery) -> Any:
    query = "query ($id: ID!) { delivery(id: $id) { status reason recipient sender segments remedy request { form { name value } } explanation { gate passed } } }"
    return (await stage.ask(query, id=delivery.id))["delivery"]


async def test_what_it_would_send_is_recorded_with_its_text_and_no_request_is_made(stage: Stage) -> None:
    await opened(stage)
    changed = await becomes(stage, "SHADOW", 1)

    one = await ordered(stage)

    seen = await shown(stage, one)
    assert changed["mapping"] == {"mode": "SHADOW", "revision": 2}
    assert (seen["status"], seen["recipient"], seen["segments"], seen["reason"]) == ("SHADOWED", ANN, 1, None)
    form = {field["name"]: field["value"] for field in seen["request"]["form"]}
    assert (form["To"], form["Body"]) == (ANN, "News for you")
    assert all(line["passed"] for line in seen["explanation"])
    assert one.attempt_count == 0
    assert stage.line.requests == []


async def test_what_a_gate_stops_is_suppressed_as_ever(stage: Stage) -> None:
    await opened(stage)
    await becomes(stage, "SHADOW", 1)
    await stage.say({"type": "identify", "userId": "ann", "traits": {"sms_opt_in": False}})

    one = await ordered(stage)

    assert (one.status.value, one.reason) == ("SUPPRESSED", "NOT_SUBSCRIBED")


async def test_it_counts_for_no_limit_and_tells_nobody_how_to_opt_out(stage: Stage) -> None:
    await opened(stage, replace(POLICY, opt_out_words=True))
    await becomes(stage, "SHADOW", 1)

    for _ in range(4):
        assert (await ordered(stage)).status == "SHADOWED"

    counts = await stage.store.read(
        lambda c: c.execute(
            select(tables.claim_counts).where(tables.claim_counts.c.destination_id == stage.destination)
        ).all()
    )
    notices = await stage.store.read(
        lambda c: c.execute(
            select(tables.opt_out_notices).where(tables.opt_out_notices.c.space == stage.space)
        ).all()
    )
    assert (counts, notices, stage.line.requests) == ([], [], [])


async def test_live_again_it_sends_what_comes_and_nothing_of_what_came(stage: Stage) -> None:
    await opened(stage)
    await becomes(stage, "SHADOW", 1)
    before = await ordered(stage)
    stage.clock.advance(1)
    await becomes(stage, "LIVE", 2)

    after = await ordered(stage)

    assert ((await shown(stage, before))["status"], after.status) == ("SHADOWED", "ACCEPTED")
    assert len(stage.line.requests) == 1


async def test_what_waits_when_it_becomes_live_is_not_sent(stage: Stage) -> None:
    stage.clock.advance((NIGHT - MONDAY).total_seconds() + 24 * 3600)
    await opened(stage, NIGHTS)
    await becomes(stage, "SHADOW", 1)
    one = await ordered(stage)
    stage.clock.advance(1)
    await becomes(stage, "LIVE", 2)
    held = one.status

    await stage.wait(timedelta(hours=12))

    assert (held, (await shown(stage, one))["status"]) == ("HELD", "SHADOWED")
    assert stage.line.requests == []


async def test_what_waits_when_it_goes_into_shadow_is_not_sent(stage: Stage) -> None:
    stage.clock.advance((NIGHT - MONDAY).total_seconds() + 24 * 3600)
    await opened(stage, NIGHTS)
    one = await ordered(stage)
    await becomes(stage, "SHADOW", 1)

    await stage.wait(timedelta(hours=12))

    assert (await shown(stage, one))["status"] == "SHADOWED"
    assert stage.line.requests == []


async def test_no_replay_texts_what_was_in_shadow(stage: Stage) -> None:
    await opened(stage)
    await becomes(stage, "SHADOW", 1)
    one = await ordered(stage)
    stage.clock.advance(1)
    await becomes(stage, "LIVE", 2)

    given = f'id: "{one.id}", idempotencyKey: "again"'
    payload = await stage.change("deliveryReplay", given, "delivery { id }", refused="INVALID")

    assert payload["errors"][0]["message"] == (
        f"The mapping of {one.id} was in SHADOW for this event, which whatever it stands beside may have texted for. Nothing was replayed. "
        "Send the event again, under a new messageId."
    )
    assert stage.line.requests == []


async def test_no_replay_texts_what_a_gate_stopped_in_shadow(stage: Stage) -> None:
    await opened(stage)
    await becomes(stage, "SHADOW", 1)
    await stage.say({"type": "identify", "userId": "ann", "traits": {"sms_opt_in": False}})
    one = await ordered(stage)
    stage.clock.advance(1)
    await stage.say({"type": "identify", "userId": "ann", "traits": {"sms_opt_in": True}})
    await becomes(stage, "LIVE", 2)

    given = f'id: "{one.id}", idempotencyKey: "again"'
    payload = await stage.change("deliveryReplay", given, "delivery { id }", refused="INVALID")
    await stage.turn()

    assert one.status.value == "SUPPRESSED"
    assert payload["errors"][0]["message"] == (
        f"The mapping order is in SHADOW, or was since {one.id} was made: nothing of before is sent. Nothing was replayed. Send the "
        "event again, under a new messageId, once it is LIVE."
    )
    assert stage.line.requests == []


async def test_what_was_stopped_before_it_ever_was_in_shadow_is_replayed_until_then(stage: Stage) -> None:
    await opened(stage)
    await stage.say({"type": "identify", "userId": "ann", "traits": {"sms_opt_in": False}})
    one = await ordered(stage)
    stage.clock.advance(1)
    await stage.say({"type": "identify", "userId": "ann", "traits": {"sms_opt_in": True}})

    await stage.change("deliveryReplay", f'id: "{one.id}", idempotencyKey: "again"', "delivery { id }")
    await stage.turn()

    assert len(stage.line.requests) == 1


@pytest.mark.parametrize("back", [0, 3600])
async def test_what_waits_is_not_sent_though_the_clock_stands_or_goes_back_as_it_becomes_live(
    stage: Stage, back: int
) -> None:
    stage.clock.advance((NIGHT - MONDAY).total_seconds() + 24 * 3600)
    await opened(stage, NIGHTS)
    await becomes(stage, "SHADOW", 1)
    one = await ordered(stage)
    stage.clock.advance(-back)
    await becomes(stage, "LIVE", 2)

    await stage.wait(timedelta(hours=12))

    assert (one.status, (await shown(stage, one))["status"]) == ("HELD", "SHADOWED")
    assert stage.line.requests == []


async def test_an_event_that_came_in_shadow_and_is_matched_once_it_is_live_is_not_sent(stage: Stage) -> None:
    await opened(stage)
    await becomes(stage, "SHADOW", 1)
    call = {"type": "track", "event": ORDERED, "userId": "ann", "messageId": "before"}
    await stage._v1.post("/v1/batch", json={"batch": [call]}, auth=(stage.key("SERVER"), ""))
    stage.clock.advance(1)
    await becomes(stage, "LIVE", 2)

    after = await ordered(stage)

    statuses = await stage.ask("{ deliveries(first: 9) { edges { node { status } } } }")
    assert sorted(edge["node"]["status"] for edge in statuses["deliveries"]["edges"]) == [
        "ACCEPTED",
        "SHADOWED",
    ]
    assert (after.status.value, len(stage.line.requests)) == ("ACCEPTED", 1)


async def told_elsewhere(stage: Stage, **changed: Any) -> None:
    """Another process changes the mapping, of which this one hears nothing yet."""
    await stage.services.workspace.current()

    def change(connection: Connection) -> None:
        found = mappings.get(connection, f"map_{stage.space}", for_update=True)
        assert found is not None
        mappings.save(connection, replace(found, **changed))

    await stage.store.write(change)


@pytest.mark.parametrize(
    ("changed", "becomes"),
    [({"mode": MappingMode.SHADOW}, "SHADOWED"), ({"enabled": False}, "CANCELED")],
)
async def test_what_was_decided_by_a_mapping_that_another_process_changed_meanwhile_does_not_leave(
    stage: Stage, changed: dict[str, Any], becomes: str
) -> None:
    await opened(stage)
    await told_elsewhere(stage, **changed)

    one = await ordered(stage)
    await stage.turn()

    assert (await shown(stage, one))["status"] == becomes
    assert stage.line.requests == []


async def test_what_comes_once_another_process_made_it_live_is_sent(stage: Stage) -> None:
    await opened(stage)
    await becomes(stage, "SHADOW", 1)
    stage.clock.advance(1)
    await told_elsewhere(stage, mode=MappingMode.LIVE, live_since=stage.clock.now())

    one = await ordered(stage)
    await stage.turn()

    assert (await shown(stage, one))["status"] == "ACCEPTED"
    assert len(stage.line.requests) == 1


async def test_the_same_event_again_is_a_repetition_once_it_is_live(stage: Stage) -> None:
    await opened(stage)
    await becomes(stage, "SHADOW", 1)
    await ordered(stage, messageId="once")
    stage.clock.advance(1)
    await becomes(stage, "LIVE", 2)

    await stage.say({"type": "track", "event": ORDERED, "userId": "ann", "messageId": "once"})

    assert stage.line.requests == []


async def test_a_test_send_goes_out(stage: Stage) -> None:
    await opened(stage, replace(POLICY, test_numbers=frozenset({ANN})))
    await becomes(stage, "SHADOW", 1)

    await stage.test(ANN, None)

    assert len(stage.line.requests) == 1


async def test_the_dry_run_says_that_it_is_in_shadow(stage: Stage) -> None:
    await opened(stage)
    await becomes(stage, "SHADOW", 1)
    query = "query ($input: MappingPreviewInput!) { mappingPreview(input: $input) { decision problems { severity message path } } }"
    event = {"type": "track", "event": ORDERED, "userId": "ann"}

    seen = (await stage.ask(query, input={"mappingId": f"map_{stage.space}", "event": event}))[
        "mappingPreview"
    ]

    assert seen["decision"] == "SEND"
    assert {
        "severity": "WARNING",
        "message": "The mapping is in SHADOW: what would be sent is recorded as SHADOWED, and no request is made. mode: LIVE in "
        "mappingUpdate lets it send.",
        "path": "/mode",
    } in seen["problems"]


async def test_one_that_asks_people_to_confirm_a_yes_can_not_be_in_shadow(stage: Stage) -> None:
    await opened(stage)
    policy = f'policy: {{doubleOptIn: true, confirmationMappingId: "map_{stage.space}"}}'
    await stage.change("destinationUpdate", f'id: "{stage.destination}", expectedRevision: 1, {policy}')

    await becomes(stage, "SHADOW", 1, refused="IN_USE")


async def test_one_in_shadow_can_not_ask_people_to_confirm_a_yes(stage: Stage) -> None:
    await opened(stage)
    await becomes(stage, "SHADOW", 1)
    policy = f'policy: {{doubleOptIn: true, confirmationMappingId: "map_{stage.space}"}}'

    await stage.change(
        "destinationUpdate", f'id: "{stage.destination}", expectedRevision: 1, {policy}', refused="INVALID"
    )


async def test_a_cancel_trigger_cancels_what_waits_in_shadow(stage: Stage) -> None:
    stage.clock.advance((NIGHT - MONDAY).total_seconds() + 24 * 3600)
    await opened(stage, NIGHTS, cancel_trigger='event = "Order Canceled"')
    await becomes(stage, "SHADOW", 1)
    one = await ordered(stage)

    await stage.say({"type": "track", "event": "Order Canceled", "userId": "ann"})

    assert (await shown(stage, one))["status"] == "CANCELED"


async def test_it_is_counted_nowhere(stage: Stage) -> None:
    await opened(stage)
    await becomes(stage, "SHADOW", 1)
    await ordered(stage)
    span = 'range: {from: "2026-03-02T00:00:00Z", to: "2026-03-03T00:00:00Z"}, bucket: HOUR'

    points = (await stage.ask(f"{{ stats({span}) {{ points {{ matched }} }} }}"))["stats"]["points"]

    assert sum(one["matched"] for one in points) == 0


COMPARED = """query ($input: ID!, $other: ID, $upload: ID, $first: Int, $after: String) {
  shadowComparison(mappingId: $input, otherMappingId: $other, uploadId: $upload, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor }
    edges { node { event { messageId } shadow { status } other { status mapping { name } } oldMessageSid } }
} }"""


async def compared(stage: Stage, **given: Any) -> Any:
    return (await stage.ask(COMPARED, input=f"map_{stage.space}", **given))["shadowComparison"]


async def uploaded(stage: Stage, file: str) -> str:
    now = stage.clock.now()
    return await stage.store.write(lambda c: uploads.keep(c, stage.space, file, now))


async def test_it_is_shown_beside_what_another_mapping_did(stage: Stage) -> None:
    await opened(stage)
    await becomes(stage, "SHADOW", 1)
    live = factories.mapping(
        id=f"map_live_{stage.space}",
        destination_id=stage.destination,
        action="sendSms",
        name="As before",
        trigger=f'event = "{ORDERED}" and properties.total > 10',
        fields={"from": SENDER, "body": "As before", "send": True, "externalIds": external_ids()},
    )
    await stage.store.write(lambda c: mappings.add(c, live))
    stage.services.workspace.invalidate()
    for number, total in enumerate((5, 20)):
        await stage.say(
            {
                "type": "track",
                "event": ORDERED,
                "userId": "ann",
                "messageId": f"o{number}",
                "properties": {"total": total},
            }
        )
        stage.clock.advance(1)

    found = await compared(stage, other=live.id)

    assert [edge["node"] for edge in found["edges"]] == [
        {
            "event": {"messageId": "o1"},
            "shadow": {"status": "SHADOWED"},
            "other": {"status": "ACCEPTED", "mapping": {"name": "As before"}},
            "oldMessageSid": None,
        },
        {
            "event": {"messageId": "o0"},
            "shadow": {"status": "SHADOWED"},
            "other": None,
            "oldMessageSid": None,
        },
    ]


async def test_it_is_shown_beside_what_the_old_system_sent_page_by_page(stage: Stage) -> None:
    await opened(stage)
    await becomes(stage, "SHADOW", 1)
    for number in range(3):
        await ordered(stage, messageId=f"o{number}")
        stage.clock.advance(3600)
    file = await uploaded(
        stage,
        "From,To,Body,Status,SentDate,Sid\n"
        f'"+12025550100","{ANN}","Hello,\nagain","delivered","2026-03-02T15:00:03Z","SM0"\n'
        f'"+12025550100","{ANN}","Hello","delivered","Mon, 02 Mar 2026 17:00:09 +0000","SM2"\n'
        '"+12025550100","+12025550199","Hello","delivered","2026-03-02T16:00:00Z","SM9"\n',
    )

    first = await compared(stage, upload=file, first=2)
    second = await compared(stage, upload=file, first=2, after=first["pageInfo"]["endCursor"])

    rows = [edge["node"] for page in (first, second) for edge in page["edges"]]
    assert [(row["event"]["messageId"], row["oldMessageSid"]) for row in rows] == [
        ("o2", "SM2"),
        ("o1", None),
        ("o0", "SM0"),
    ]
    assert (first["totalCount"], first["pageInfo"]["hasNextPage"]) == (3, True)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"other": "map_0"}, "There is no mapping with the id `otherMappingId`."),
        ({"upload": "upl_0"}, "There is no upload with the id `uploadId`"),
    ],
)
async def test_what_is_not_there_is_named(stage: Stage, given: dict[str, Any], message: str) -> None:
    await opened(stage)

    answer = await stage.asked(COMPARED, input=f"map_{stage.space}", **given)

    assert message in answer["errors"][0]["message"]


async def test_a_file_that_names_no_messages_is_refused_with_what_it_needs(stage: Stage) -> None:
    await opened(stage)
    file = await uploaded(stage, "phone,text\n1,2\n")

    answer = await stage.asked(COMPARED, input=f"map_{stage.space}", upload=file)

    assert answer["errors"][0]["message"] == (
        "The file can't be read. Its first line has to name a column `Sid`, and beside it `messageId`, or `To` and `DateSent`, with , ; or "
        "a tab between them."
    )
