"""A number that is given up while texts wait: all of them are held, and after a swap each goes out once. Through the stand-in."""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from destinations import kit
from destinations.kit import Reason
from destinations.twilio_engage import simulator
from gateway.deliveries import AttemptOutcome, DeliveryStatus
from gateway.pipeline import syncs
from tests import factories
from tests.factories import identify, track
from tests.gateway.graphql.pasted import operations
from tests.gateway.graphql.senders.conftest import OTHER, OURS, Shop

WAITING = 200
S = DeliveryStatus

SWAP = """mutation($from: String!, $to: String!) {
  senderSwap(input: {destinationId: "dst_paper", from: $from, to: $to}) { destination { id } errors { message code path } } }"""


async def pause_and_let_go(shop: Shop) -> Counter[tuple[S, Reason | None]]:
    """All wait for a pause that ends; what went out before: nothing."""
    await shop.change('mutation { destinationPause(input: {id: "dst_paper"}) { errors { message } } }')
    await shop.queue(WAITING)
    await shop.seconds(3, together=True)
    assert await shop.stands() == {(S.HELD, Reason.PAUSED): WAITING}
    await shop.give_up(OURS)
    await shop.change('mutation { destinationResume(input: {id: "dst_paper"}) { errors { message } } }')
    return Counter()


async def stand_in_line(shop: Shop) -> Counter[tuple[S, Reason | None]]:
    """All but the first three, which went out before, wait in line for their turns."""
    await shop.queue(3 + WAITING)
    await shop.seconds(3, together=True)
    sent: Counter[tuple[S, Reason | None]] = Counter({(S.ACCEPTED, None): 3})
    assert await shop.stands() == sent | {(S.HELD, Reason.PACED): WAITING}
    await shop.give_up(OURS)
    return sent


@pytest.mark.parametrize("wait", [pause_and_let_go, stand_in_line])
async def test_all_that_waits_for_a_deleted_number_is_held_within_a_minute_and_goes_once_after_a_swap(
    shop: Shop, wait: Callable[[Shop], Awaitable[Counter[tuple[S, Reason | None]]]]
) -> None:
    await shop.send_one_a_second_from(OURS)
    before = await wait(shop)
    sent = before.total()

    await shop.seconds(60, together=True)
    held, remedies, refused = await shop.stands(), await shop.remedies(), await shop.outcomes()
    swapped = await shop.change(SWAP, **{"from": OURS, "to": OTHER})
    await shop.seconds(5, together=True)

    assert held == before | {(S.HELD, Reason.SENDER_REMOVED): WAITING}
    swap = (
        f'senderSwap(input: {{destinationId: "dst_paper", from: "{OURS}", to: "<a sender of the account>"}})'
    )
    back = "Give the account this sender back, or let others take its place"
    run = f"mutation {{ {swap} {{ destination {{ id }} errors {{ message }} }} }}"
    ends = "It waits until 2026-11-21 16:10:00 UTC at most: then the event is too old for its mapping."
    assert remedies - {None} == {f"{back}: run {run}. What waits then goes on by itself. {ends}"}
    assert refused[AttemptOutcome.REJECTED] == 1
    assert swapped == {"senderSwap": {"destination": {"id": "dst_paper"}, "errors": []}}
    assert await shop.stands() == {(S.ACCEPTED, None): sent + WAITING}
    assert shop.senders == [OURS] * sent + [OTHER] * WAITING
    assert len({message.received.get("To") for message in shop.twilio.messages}) == sent + WAITING
    assert await shop.outcomes() == {AttemptOutcome.REJECTED: 1, AttemptOutcome.ACCEPTED: sent + WAITING}


async def test_a_number_that_is_given_up_just_after_a_sync_is_known_to_be_gone_within_a_minute(
    shop: Shop,
) -> None:
    await shop.change('mutation { senderSync(input: {id: "dst_paper"}) { job { id } errors { message } } }')
    await shop.seconds(1)
    await shop.give_up(OURS)
    await shop.queue(3)

    await shop.seconds(60)

    (remedy,) = await shop.remedies()
    assert (remedy or "").startswith("Give the account this sender back, or let others take its place: run ")
    assert await shop.stands() == {(S.HELD, Reason.SENDER_REMOVED): 3}


async def test_other_texts_of_a_sender_that_was_refused_wait_until_a_sync_says_that_it_is_there(
    shop: Shop,
) -> None:
    shop.twilio.steer({"action": "error", "code": 21606, "times": 1})
    await shop.queue(3)

    await shop.seconds(1, syncing=False)
    waiting = list(await shop.world.deliveries())
    asked = await shop.outcomes()
    await shop.seconds(5)

    at = "2026-11-21 12:10:01 UTC"
    detail = f"The provider refused the sender {OURS} at {at}. Whether the account still has it is looked up."
    remedy = (
        "Nothing to do yet: if the account has the sender, this goes on by itself; if not, this says what to do. It waits until "
        "2026-11-21 16:10:00 UTC at most: then the event is too old for its mapping."
    )
    others = [one for one in waiting if one.attempt_count == 0]
    assert [(one.status, one.reason, one.detail, one.remedy) for one in others] == [
        (S.HELD, Reason.SENDER_REMOVED, detail, remedy)
    ] * 2
    assert asked == {AttemptOutcome.REJECTED: 1}
    assert await shop.stands() == {(S.ACCEPTED, None): 3}
    assert shop.senders == [OURS] * 3


async def test_a_sender_that_is_listed_and_refused_all_the_same_holds_nothing_for_long(shop: Shop) -> None:
    shop.twilio.steer({"action": "error", "code": 21606, "times": 100})
    await shop.queue(3)

    await shop.seconds(200)

    assert await shop.stands() == {(S.REJECTED, None): 3}
    assert {one.error_code for one in await shop.world.deliveries()} == {"21606"}
    assert await shop.outcomes() == {AttemptOutcome.REJECTED: 6}


async def test_a_sender_of_which_only_some_texts_are_refused_goes_on_meanwhile(shop: Shop) -> None:
    shop.twilio.steer({"action": "error", "code": 21606, "times": 1})
    await shop.queue(1)
    await shop.seconds(20)
    shop.twilio.steer({"action": "error", "code": 21606, "times": 1})
    for n in range(3):
        await shop.world.take(track(messageId=f"again{n}", userId="u0"))

    await shop.seconds(1, syncing=False)

    assert await shop.stands() == {(S.ACCEPTED, None): 3, (S.HELD, Reason.SENDER_REMOVED): 1}


async def test_what_waits_for_a_sender_in_doubt_tries_again_where_no_sync_can_tell(shop: Shop) -> None:
    shop.twilio.steer({"action": "error", "code": 21606, "times": 1})
    await shop.queue(2)
    await shop.seconds(299, syncing=False)
    before = await shop.stands()

    await shop.seconds(3, syncing=False)

    assert before == {(S.HELD, Reason.SENDER_REMOVED): 2}
    assert await shop.stands() == {(S.ACCEPTED, None): 2}


async def test_a_text_that_was_put_off_for_another_reason_is_not_lost_with_its_number(shop: Shop) -> None:
    shop.twilio.steer({"action": "error", "code": 20429, "times": 1})
    await shop.queue(1)
    await shop.seconds(1)
    first = await shop.world.delivery()
    await shop.change('mutation { senderSync(input: {id: "dst_paper"}) { job { id } errors { message } } }')
    await syncs.step(shop.world.services)
    await shop.give_up(OURS)

    await shop.seconds(100)

    last = await shop.world.delivery()
    assert (first.status, first.error_code) == (S.RETRYING, "20429")
    assert (last.status, last.reason, last.attempt_count) == (S.HELD, Reason.SENDER_REMOVED, 2)


async def test_what_waits_goes_on_by_itself_where_the_number_is_there_again(shop: Shop) -> None:
    before = simulator.DEFAULT_ACCOUNTS[0]
    await shop.queue(3)
    await shop.give_up(OURS)
    await shop.seconds(60)

    shop.twilio.change(before)
    await shop.change('mutation { senderSync(input: {id: "dst_paper"}) { job { id } errors { message } } }')
    await shop.seconds(3)

    assert await shop.stands() == {(S.ACCEPTED, None): 3}
    assert shop.senders == [OURS] * 3


async def test_a_sender_that_is_there_after_all_is_refused_for_good_once_that_was_looked_up(
    shop: Shop,
) -> None:
    await shop.queue(1)
    shop.twilio.steer({"action": "error", "code": 21606, "times": 2})

    await shop.seconds(1)
    first = await shop.world.delivery()
    await shop.seconds(5)

    last = await shop.world.delivery()
    assert (first.status, first.reason, first.error_code) == (S.HELD, Reason.SENDER_REMOVED, "21606")
    assert (last.status, last.error_code, last.attempt_count) == (S.REJECTED, "21606", 2)
    assert shop.senders == []


async def test_a_sender_that_the_account_never_had_sends_nothing(shop: Shop) -> None:
    mapping = factories.mapping(
        id="map_other",
        name="other",
        action="sendSms",
        purpose=kit.Purpose.TRANSACTIONAL,
        fields={"from": {"@path": "$.properties.from"}, "body": "Thanks!", "send": True},
    )
    await shop.world.configure(mapping)
    await shop.world.take(identify(), track(properties={"from": "+12025550199"}))

    await shop.seconds(1)

    by_mapping = {one.mapping_id: one for one in await shop.world.deliveries()}
    one = by_mapping["map_other"]
    assert (one.status, one.reason) == (S.SUPPRESSED, Reason.SENDER_NOT_ALLOWED)
    assert one.detail == "The account has no sender +12025550199: its lists do not name it."
    assert shop.senders == [OURS]


async def test_a_number_that_was_bought_since_the_last_sync_sends_at_once(shop: Shop) -> None:
    account = simulator.DEFAULT_ACCOUNTS[0]
    bought = "+12025550188"
    shop.twilio.change(replace(account, senders=(*account.senders, bought)))
    now = shop.world.clock.now()
    fields = {"from": bought, "body": "Thanks!", "send": True}
    mapping = factories.mapping(
        id="map_new",
        name="new",
        action="sendSms",
        fields=fields,
        purpose=kit.Purpose.TRANSACTIONAL,
        updated_at=now,
    )
    await shop.world.configure(mapping)
    await shop.queue(1)

    await shop.seconds(2)

    assert await shop.stands() == {(S.ACCEPTED, None): 2}
    assert sorted(map(str, shop.senders)) == [OURS, bought]
    known = (await shop.world.services.workspace.current()).senders["dst_paper"].by_address
    assert bought in known  # the mapping had it looked up


ALERTS = "{ alerts { edges { node { severity code message remedy since target { id ... on Sender { address } } } } } }"


async def alerts(shop: Shop) -> Any:
    return [edge["node"] for edge in (await shop.change(ALERTS))["alerts"]["edges"]]


async def test_a_number_that_is_gone_is_an_alert_until_its_remedy_is_pasted(shop: Shop) -> None:
    before = await alerts(shop)
    await shop.queue(3)
    await shop.give_up(OURS)
    await shop.seconds(60)

    [alert] = await alerts(shop)
    [swap, _back] = operations(alert["remedy"])
    pasted = await shop.change(swap)
    await shop.seconds(5)

    known = (await shop.world.services.workspace.current()).senders["dst_paper"].by_address
    ours, other = known[OURS], known[OTHER]
    assert ours.removed_at is not None
    assert before == []
    assert alert == {
        "severity": "ERROR",
        "code": "SENDER_REMOVED",
        "message": f"The account has the sender {ours.label} no more: what is to be sent from it waits as SENDER_REMOVED. 1 mapping sends "
        "from it: order. 3 deliveries wait for it.",
        "remedy": f"Let another sender take its place, such as {other.label}: run mutation {{ senderSwap(input: {{destinationId: "
        f'"dst_paper", from: "{ours.id}", to: "{other.id}"}}) {{ destination {{ id }} errors {{ message }} }} }}. Or give the account this '
        'one back, then run mutation { senderSync(input: {id: "dst_paper"}) { job { status } errors { message } } }. What waits then goes '
        "on by itself, each once.",
        "since": f"{ours.removed_at:%Y-%m-%dT%H:%M:%S}.000Z",
        "target": {"id": ours.id, "address": OURS},
    }
    assert pasted == {"senderSwap": {"destination": {"id": "dst_paper"}, "errors": []}}
    assert await alerts(shop) == []
    assert await shop.stands() == {(S.ACCEPTED, None): 3}


async def test_a_sender_that_was_taken_out_of_use_is_an_alert_while_a_mapping_names_it(shop: Shop) -> None:
    known = (await shop.world.services.workspace.current()).senders["dst_paper"].by_address
    sender = known[OURS]
    detach = "mutation($id: ID!) { senderDetach(input: {id: $id}) { errors { message } } }"
    await shop.change(detach, id=sender.id)
    await shop.queue(1)
    await shop.seconds(2)

    [alert] = await alerts(shop)
    [_swap, resume] = operations(alert["remedy"])
    await shop.change(resume)
    await shop.seconds(2)

    assert (alert["code"], alert["severity"]) == ("SENDER_DETACHED", "WARNING")
    assert alert["message"] == (
        f"The sender {sender.label} was taken out of use: what is to be sent from it waits as SENDER_REMOVED. 1 mapping sends from it: "
        "order. 1 delivery waits for it."
    )
    assert await alerts(shop) == []
    assert await shop.stands() == {(S.ACCEPTED, None): 1}


async def test_what_an_event_named_waits_for_a_number_that_is_gone_and_no_swap_is_offered(shop: Shop) -> None:
    by_event = factories.mapping(
        action="sendSms",
        purpose=kit.Purpose.TRANSACTIONAL,
        fields={"from": {"@path": "$.properties.from"}, "body": "Thanks!", "send": True},
        id="map_event",
        name="By the event",
        trigger='event = "Called"',
    )
    await shop.world.configure(by_event)
    await shop.give_up(OTHER)
    for _ in range(2):
        await shop.change('mutation { senderSync(input: {id: "dst_paper"}) { errors { message } } }')
        await shop.seconds(20)
    await shop.world.take(identify(), track(event="Called", properties={"from": OTHER}))
    await shop.seconds(2)

    [alert] = await alerts(shop)

    held = await shop.world.delivery()
    assert (held.reason, held.sender) == (Reason.SENDER_REMOVED, OTHER)
    assert alert["message"].endswith("waits as SENDER_REMOVED. 1 delivery waits for it.")
    assert alert["remedy"] == (
        "The events name it: have them name another one, or give the account this one back, then run mutation { senderSync(input: {id: "
        '"dst_paper"}) { job { status } errors { message } } }. What waits then goes on by itself.'
    )
