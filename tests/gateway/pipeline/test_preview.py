"""The dry run: it tells the truth, and leaves nothing behind."""

from typing import Any

import pytest

from destinations.kit import Channel, ConsentStatus, DestinationStatus, GateResult, Reason
from gateway.deliveries import DeliveryStatus
from gateway.pipeline.preview import Preview, preview
from gateway.storage import conversations
from gateway.storage.conversations import Conversation
from gateway.workspace import Mapping
from mappings import MappingError, TriggerError
from tests.factories import ANN, NOW, destination, identify, later, mapping, source, track, word
from tests.gateway.paper import OURS
from tests.gateway.world import World

DECISIONS = {
    DeliveryStatus.ACCEPTED: "SEND",
    DeliveryStatus.HELD: "HOLD",
    DeliveryStatus.SUPPRESSED: "SUPPRESS",
}
ANY = mapping(trigger='type = "track" or type = "identify" or type = "alias"')


async def dry(world: World, raw: Any, of: Mapping = ANY, **options: Any) -> Preview:
    """A preview; whatever it says, nothing is stored or sent by it."""
    before = await world.counts()
    there = (await world.services.workspace.current()).destinations["dst_paper"]

    seen = await preview(world.services, there, of, raw, **options)

    assert await world.counts() == before
    assert world.requests == []
    return seen


async def test_an_identify_that_brings_its_number_and_opt_in_would_send(world: World) -> None:
    seen = await dry(world, identify())

    assert (seen.matched, seen.decision, seen.reason, seen.problem) == (True, "SEND", None, None)
    assert seen.fields == {"body": "Thanks!", "send": True}
    assert seen.sent is not None
    assert dict(seen.sent.request.form) == {
        "To": ANN,
        "Body": "Thanks!",
        "Callback": "https://texts.example.com/webhooks/dst_paper/status?delivery=preview",
    }
    assert (seen.sent.segments, seen.sent.encoding) == (1, "GSM-7")
    assert [line.gate for line in seen.explanation] == ["ready", "fresh", "trusted", "fields", "consent"]


async def test_a_preview_knows_when_the_person_last_wrote(world: World) -> None:
    said = Conversation("default", ANN, Channel.SMS, OURS, "dst_paper", NOW)
    await world.store.write(lambda c: conversations.hear(c, said))

    await dry(world, identify())

    assert world.provider.last_inbound == NOW


@pytest.mark.parametrize(
    ("known", "raw"),
    [
        ([], identify()),
        ([], identify(traits={"phone": ANN})),
        ([], identify(traits={"phone": "none"})),
        ([], identify(traits={})),
        ([], track()),
        ([identify(messageId="k")], track()),
        ([identify(messageId="k", traits={"phone": ANN})], identify(traits={"sms_opt_in": True})),
        ([identify(messageId="k")], identify(traits={"sms_opt_in": False})),
        ([identify(messageId="k", userId=None, anonymousId="a-1")], identify(anonymousId="a-1", traits={})),
        ([identify(messageId="k", userId="bob", anonymousId="a-1")], identify(anonymousId="a-1", traits={})),
        ([], track(external_ids=[{"id": ANN, "type": "phone", "isSubscribed": True}])),
        (
            [],
            identify(
                traits={}, context={"externalIds": [{"id": ANN, "type": "phone", "isSubscribed": True}]}
            ),
        ),
        ([], identify(timestamp="2026-11-21T01:00:00Z")),
        ([identify(messageId="k")], identify(traits={"phone": "", "sms_opt_in": True})),
        (
            [identify(messageId="k")],
            {"type": "alias", "userId": "new", "previousId": "ann", "messageId": "a"},
        ),
        (
            [identify(messageId="k", anonymousId="a-1")],
            {"type": "alias", "userId": "bob", "previousId": "a-1", "messageId": "a"},
        ),
        ([identify(messageId="k", anonymousId="a-1")], track(userId="bob", anonymousId="a-1")),
    ],
)
async def test_what_it_says_is_what_becomes_of_it(
    empty_world: World, known: list[Any], raw: dict[str, Any]
) -> None:
    await empty_world.configure(source(), destination(), ANY)
    for call in known:
        await empty_world.take({**call, "integrations": {"All": False}})

    said = await dry(empty_world, raw)
    await empty_world.take(raw)
    await empty_world.deliver()

    one = await empty_world.delivery()
    assert (said.decision, said.reason) == (DECISIONS[one.status], one.reason)


async def test_it_says_of_a_wait_for_somebody_unknown_what_comes_behind_it(world: World) -> None:
    said = await dry(world, track())

    assert (said.decision, said.reason, said.release_at) == ("HOLD", Reason.PROFILE_PENDING, None)
    assert said.remedy == (
        "It waits until 2026-11-21 12:00:10 UTC at most: if nobody is known by then, nothing is sent (NO_SUPPORTED_IDS)."
    )


async def test_a_hold_is_told_as_a_hold(empty_world: World) -> None:
    await empty_world.configure(source(), destination(status=DestinationStatus.DRAFT))

    seen = await dry(empty_world, identify())

    assert (seen.decision, seen.reason) == ("HOLD", Reason.ACCOUNT_NOT_VERIFIED)


async def test_a_stop_of_the_ledger_holds(world: World) -> None:
    await world.say(word(ConsentStatus.UNSUBSCRIBED, own_word=True))

    seen = await dry(world, identify())

    assert (seen.decision, seen.reason) == ("SUPPRESS", Reason.OPTED_OUT)


async def test_wrong_content_is_told_as_a_rejection(world: World) -> None:
    seen = await dry(world, identify(), mapping(trigger='type = "identify"', fields={"send": True}))

    assert (seen.decision, seen.reason, seen.fields) == ("REJECT", None, {"send": True})
    assert seen.explanation[-1].detail == "There is no body."


@pytest.mark.parametrize(
    ("raw", "gate", "detail"),
    [
        (
            track(event="Else"),
            "trigger",
            '`event = "Order Placed"` does not hold: event is "Else" (line 1, column 20)',
        ),
        (
            track(integrations={"All": False}),
            "integrations",
            "The event's `integrations` object does not let it through to any of: Paper.",
        ),
    ],
)
async def test_an_event_it_is_not_for_does_not_match_and_it_says_why(
    world: World, raw: dict[str, Any], gate: str, detail: str
) -> None:
    seen = await dry(world, raw, mapping())

    assert seen == Preview(matched=False, explanation=(GateResult(gate, passed=False, detail=detail),))


async def test_of_several_ways_to_match_each_is_told(world: World) -> None:
    seen = await dry(world, track(event="Else"), mapping(trigger="type = page or event = A"))

    assert [gate.detail for gate in seen.explanation] == [
        '`type = page` does not hold: type is "track" (line 1, column 1)',
        '`event = A` does not hold: event is "Else" (line 1, column 16)',
    ]


@pytest.mark.parametrize("raw", [None, [], "x", {}, {"type": "track"}])
async def test_what_is_no_event_says_why(world: World, raw: Any) -> None:
    seen = await dry(world, raw)

    assert (seen.matched, seen.decision) == (False, "NO_MATCH")
    assert (seen.problem or "").partition(":")[0] in {"bad_request", "no_user_anon_id"}


async def test_it_can_be_asked_of_another_time(world: World) -> None:
    raw = identify(timestamp="2026-11-21T12:00:00Z")

    assert (await dry(world, raw, at=later(14_399))).decision == "SEND"
    assert (await dry(world, raw, at=later(14_400))).reason is Reason.STALE_EVENT


async def test_a_mapping_that_does_not_compile_is_refused(world: World) -> None:
    with pytest.raises(TriggerError):
        await dry(world, track(), mapping(trigger="type ="))
    with pytest.raises(MappingError):
        await dry(world, track(), mapping(fields={"body": {"@nothing": 1}}))


async def test_a_field_that_cannot_be_worked_out_is_named(world: World) -> None:
    fields = {"body": {"@path": {"@path": "$.traits.where"}}, "send": True}

    seen = await dry(
        world, identify(traits={"where": 5}), mapping(trigger='type = "identify"', fields=fields)
    )

    assert (seen.decision, seen.explanation[-1].gate) == ("REJECT", "fields")
    assert seen.explanation[-1].detail == "/body: @path: expected string, got number"
    assert seen.remedy == (
        'Mend the mapping\'s field `body` in the variables, then run mutation ($fields: JSON) { mappingUpdate(input: {id: "map_order", '
        "expectedRevision: <revision of map_order>, fields: $fields}) { mapping { revision } errors { message } } } with the variables "
        '{"fields": <fields of map_order with {}>}'
    )
