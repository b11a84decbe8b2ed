"""A number that is given up while texts wait: all of them are held, and after a swap each goes out once. Through the stand-in."""

from dataclasses import replace

from destinations import kit
from destinations.kit import Reason
from destinations.twilio_engage import simulator
from gateway.deliveries import DeliveryStatus
from tests import factories
from tests.factories import identify, track
from tests.gateway.graphql.senders.conftest import OTHER, OURS, Shop

WAITING = 30
S = DeliveryStatus

SWAP = """mutation($from: String!, $to: String!) {
  senderSwap(input: {destinationId: "dst_paper", from: $from, to: $to}) { destination { id } errors { message code path } } }"""


async def test_all_that_waits_for_a_deleted_number_is_held_within_a_minute_and_goes_once_after_a_swap(
    shop: Shop,
) -> None:
    await shop.queue(WAITING)
    await shop.give_up(OURS)

    await shop.seconds(60)
    held = await shop.stands()
    remedies = {one.remedy for one in await shop.world.deliveries()}
    swapped = await shop.change(SWAP, **{"from": OURS, "to": OTHER})
    await shop.seconds(5)

    assert held == {(S.HELD, Reason.SENDER_REMOVED): WAITING}
    swap = (
        f'senderSwap(input: {{destinationId: "dst_paper", from: "{OURS}", to: "<a sender of the account>"}})'
    )
    back = "Give the account this sender back, or let others take its place"
    run = f"mutation {{ {swap} {{ destination {{ id }} errors {{ message }} }} }}"
    assert remedies == {f"{back}: run {run}. What waits then goes on by itself."}
    assert swapped == {"senderSwap": {"destination": {"id": "dst_paper"}, "errors": []}}
    assert await shop.stands() == {(S.ACCEPTED, None): WAITING}
    assert shop.senders == [OTHER] * WAITING
    assert len({message.received.get("To") for message in shop.twilio.messages}) == WAITING


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
