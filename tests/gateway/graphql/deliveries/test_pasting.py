"""A remedy that was stored is pasted later: it changes what it says, at the revision of now, and nothing that somebody changed since."""

import json
import re
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from destinations import kit
from destinations.kit import Reason
from gateway.deliveries import DeliveryStatus
from gateway.pipeline import gates
from gateway.storage import events
from gateway.workspace import Role, SourceTrust
from tests.factories import NOW, event
from tests.gateway.graphql.conftest import Api, Ledger
from tests.gateway.graphql.pasted import operations

SHOWN = "query($id: ID!) { delivery(id: $id) { remedy } }"
DECODER = json.JSONDecoder()


async def stored(ledger: Ledger, remedy: str | None, reason: Reason = Reason.STALE_EVENT) -> str:
    return await ledger.delivery(1, status=DeliveryStatus.SUPPRESSED, reason=reason, remedy=remedy)


async def shown(api: Api, delivery: str) -> str:
    return str((await api.data(SHOWN, id=delivery))["delivery"]["remedy"])


async def paste(api: Api, remedy: str) -> Any:
    """The payload of the one mutation in a remedy, with the variables that are named behind it."""
    [begin] = [found.start() for found in re.finditer(r"mutation [{(]", remedy)]
    depth, end = 0, begin
    for end in range(begin, len(remedy)):
        depth += {"{": 1, "}": -1}.get(remedy[end], 0)
        if remedy[end] == "}" and depth == 0:
            break
    rest = remedy[end + 1 :]
    said = " with the variables "
    variables = DECODER.raw_decode(rest, len(said))[0] if rest.startswith(said) else {}
    [payload] = (await api.data(remedy[begin : end + 1], **variables)).values()
    return payload


async def rename(api: Api, noun: str, key: str, revision: int, **changed: Any) -> None:
    given = {"id": key, "expectedRevision": revision, "name": "Renamed", **changed}
    assert (await api.change(f"{noun}Update", given, "errors { message }"))["errors"] == []


async def configured(ledger: Ledger) -> Any:
    snapshot = await ledger.api.services.workspace.current()
    return snapshot.destinations[ledger.destination_id], snapshot.mappings[ledger.mapping_id]


async def test_enables_a_destination_that_was_changed_since(api: Api, ledger: Ledger) -> None:
    await rename(api, "destination", ledger.destination_id, 1, enabled=False)
    destination, mapping = await configured(ledger)
    plan = gates.ready(kit.Trace(), destination, mapping, event(), NOW)
    assert isinstance(plan, kit.Suppress)
    delivery = await stored(ledger, plan.remedy)
    await rename(api, "destination", ledger.destination_id, 2, name="Again")

    payload = await paste(api, await shown(api, delivery))

    assert payload == {"destination": {"enabled": True}, "errors": []}
    destination, _ = await configured(ledger)
    assert (destination.name, destination.enabled, destination.revision) == ("Again", True, 4)


async def test_a_list_fills_it_in_as_well(api: Api, ledger: Ledger) -> None:
    await stored(ledger, f"First {kit.mapping_update(ledger.mapping_id, 'enabled: true')}")

    [edge] = (await api.data("{ deliveries { edges { node { remedy } } } }"))["deliveries"]["edges"]

    assert "expectedRevision: 1, enabled: true" in edge["node"]["remedy"]


async def test_adds_a_country_to_those_that_are_allowed_by_then(api: Api, ledger: Ledger) -> None:
    countries = kit.with_change("allowedCountries", ledger.destination_id, ["US"])
    change = kit.destination_update(ledger.destination_id, f"policy: {{allowedCountries: {countries}}}")
    delivery = await stored(ledger, f"To send to US too, run {change}; events that come then go out.")
    await rename(api, "destination", ledger.destination_id, 1, policy={"allowedCountries": ["DE"]})

    payload = await paste(api, await shown(api, delivery))

    destination, _ = await configured(ledger)
    assert (payload["errors"], destination.policy.allowed_countries) == ([], {"DE", "US"})


async def test_leaves_any_country_allowed_where_any_is(api: Api, ledger: Ledger) -> None:
    countries = kit.with_change("allowedCountries", ledger.destination_id, ["US"])
    change = kit.destination_update(ledger.destination_id, f"policy: {{allowedCountries: {countries}}}")

    await paste(api, await shown(api, await stored(ledger, f"Run {change}")))

    destination, _ = await configured(ledger)
    assert destination.policy.allowed_countries == frozenset()


async def test_adds_a_test_number_and_a_pace_to_those_there_are_by_then(api: Api, ledger: Ledger) -> None:
    numbers = kit.with_change("testNumbers", ledger.destination_id, ["+12025550142"])
    change = kit.destination_update(ledger.destination_id, f"policy: {{testNumbers: {numbers}}}")
    number = await stored(ledger, f"Run {change}")
    destination, _ = await configured(ledger)
    held = gates.paced(kit.Trace(), destination, "+15550001111", 1.5, NOW)
    pace = await ledger.delivery(2, status=DeliveryStatus.HELD, remedy=held.remedy)
    policy = {"testNumbers": ["+12025550143"], "messagesPerSecond": {"SHORT_CODE": 50}}
    await rename(api, "destination", ledger.destination_id, 1, policy=policy)

    for delivery in (number, pace):
        assert (await paste(api, await shown(api, delivery)))["errors"] == []

    destination, _ = await configured(ledger)
    assert destination.policy.test_numbers == {"+12025550142", "+12025550143"}
    assert destination.policy.messages_per_second == {"SHORT_CODE": 50, "+15550001111": 3}


async def held_by_a_pause(ledger: Ledger) -> str:
    destination, mapping = await configured(ledger)
    plan = gates.ready(kit.Trace(), destination, mapping, event(), NOW)
    assert isinstance(plan, kit.Hold)
    return await ledger.delivery(1, status=DeliveryStatus.HELD, reason=Reason.PAUSED, remedy=plan.remedy)


async def paused(ledger: Ledger) -> tuple[bool, bool]:
    destination, _ = await configured(ledger)
    return destination.pause is not None, destination.space_pause is not None


async def test_one_paste_ends_both_pauses_that_hold_it(api: Api, ledger: Ledger) -> None:
    await api.change("destinationPause", {"id": ledger.destination_id}, "errors { message }")
    await api.change("sendingPause", {}, "errors { message }")
    assert await paused(ledger) == (True, True)
    delivery = await held_by_a_pause(ledger)

    [operation] = operations(await shown(api, delivery))
    data = await api.data(operation)

    assert [one["errors"] for one in data.values()] == [[], []]
    assert await paused(ledger) == (False, False)


async def test_ends_the_pause_that_holds_it_now_and_not_the_one_that_is_over(
    api: Api, ledger: Ledger
) -> None:
    await api.change("destinationPause", {"id": ledger.destination_id}, "errors { message }")
    delivery = await held_by_a_pause(ledger)
    await api.change("sendingPause", {}, "errors { message }")
    await api.change("destinationResume", {"id": ledger.destination_id}, "errors { message }")

    payload = await paste(api, await shown(api, delivery))

    assert payload == {"paused": False, "waiting": 1, "errors": []}
    assert await paused(ledger) == (False, False)


async def test_each_canceled_delivery_is_sent_by_its_own_remedy_and_once(api: Api, ledger: Ledger) -> None:
    made = []
    for number in (1, 2):
        delivery = await ledger.delivery(number, status=DeliveryStatus.HELD, reason=Reason.PAUSED)
        await api.change("deliveryCancel", {"id": delivery}, "errors { message }")
        made += [await paste(api, await shown(api, delivery)) for _ in range(2)]

    assert [one["errors"] for one in made] == [[]] * 4
    ids = [one["delivery"]["id"] for one in made]
    assert (ids[0], ids[2], len(set(ids))) == (ids[1], ids[3], 2)


async def test_changes_a_field_of_a_mapping_and_leaves_those_that_were_changed_since(
    api: Api, ledger: Ledger
) -> None:
    change = kit.mapping_fields(ledger.mapping_id, {"send": False, "body": 'So {{ "it" }} > is <'})
    delivery = await stored(ledger, f"Say it: {change}", Reason.SEND_DISABLED)
    _, mapping = await configured(ledger)
    await rename(api, "mapping", ledger.mapping_id, 1, fields={**mapping.fields, "to": "+12025550142"})

    payload = await paste(api, await shown(api, delivery))

    _, after = await configured(ledger)
    assert payload == {"mapping": {"revision": 3}, "errors": []}
    assert after.name == "Renamed"
    assert after.fields == {
        **mapping.fields,
        "send": False,
        "body": 'So {{ "it" }} > is <',
        "to": "+12025550142",
    }


async def test_what_a_mapping_does_not_take_is_taken_once_its_remedy_is_pasted(
    api: Api, ledger: Ledger
) -> None:
    _, mapping = await configured(ledger)
    event_id = await ledger.event(7)
    found = await api.services.store.read(lambda c: events.get(c, event_id))
    assert found is not None
    source = (await api.services.workspace.current()).sources[ledger.source_id]
    browser = replace(source, trust=SourceTrust.BROWSER)
    for number, plan in enumerate(
        (
            gates.trusted(kit.Trace(), browser, found, mapping),
            gates.fresh(kit.Trace(), msgspec.structs.replace(found, imported=True), mapping, NOW),
            gates.fresh(kit.Trace(), found, mapping, found.occurred_at.replace(year=2027)),
        )
    ):
        assert plan is not None
        delivery = await ledger.delivery(10 + number, status=DeliveryStatus.SUPPRESSED, remedy=plan.remedy)
        assert (await paste(api, await shown(api, delivery)))["errors"] == []

    _, after = await configured(ledger)
    assert (after.allow_browser_events, after.allow_import, after.revision) == (True, True, 4)
    assert after.max_age_seconds == 365 * 86_400 + 3_600


@pytest.mark.parametrize("said", ["<fields of {} with {{}}>", "<revision of {}>"])
async def test_what_an_event_smuggles_into_a_remedy_shows_nothing_of_another_mapping(
    api: Api, ledger: Ledger, said: str
) -> None:
    other = await api.mapping(
        await api.destination("Doves", space="brand"), {"body": "A secret of the brand"}
    )
    text = f'Post to /v1/identify: {{"userId": "{said.format(other)}"}}'

    assert await shown(api, await stored(ledger, text)) == text


@pytest.mark.parametrize(
    "said",
    [
        "<fields of {0} with [1]>",
        '<fields of {0} with {{"a": >',
        "<colour of {0}>",
        '<testNumbers of {0} with ["x"]>',
        "<revision of map_0>",
    ],
)
async def test_what_is_none_of_ours_is_left_as_it_is(api: Api, ledger: Ledger, said: str) -> None:
    text = said.format(ledger.mapping_id)

    assert await shown(api, await stored(ledger, text)) == text


async def test_of_a_mapping_that_is_gone_it_stays_open(api: Api, ledger: Ledger) -> None:
    change = kit.mapping_update(ledger.mapping_id, "enabled: true")
    delivery = await stored(ledger, change)
    given = {"id": ledger.mapping_id, "expectedRevision": 1}
    await api.change("mappingDelete", given, "errors { message }")

    assert await shown(api, delivery) == change


async def test_a_viewer_sees_the_numbers_in_it_masked(api: Api, ledger: Ledger) -> None:
    delivery = await stored(ledger, kit.mapping_fields(ledger.mapping_id, {"to": "+12025550142"}))

    data = await api.data(SHOWN, await api.token(Role.VIEWER), id=delivery)

    assert "+12025550142" not in data["delivery"]["remedy"]
    assert "+15550001111" not in data["delivery"]["remedy"]
