"""When the provider refuses the account: nobody's text is burnt, and each goes out once the account works."""

import random

import pytest

from destinations.kit import AccountTrouble, Check, DestinationStatus, MessageStatus, Reason
from gateway.deliveries import Attempt, AttemptOutcome, DeliveryStatus
from gateway.metrics import ACCOUNT_FAILURES
from gateway.pipeline import accounts
from gateway.pipeline.accounts import FIRST_PAUSE
from gateway.pipeline.verification import verify
from gateway.storage import attempts, destinations
from gateway.storage.destinations import Standing
from gateway.workspace import Destination, Trouble
from tests.factories import identify, later, track
from tests.gateway.paper import created, refused
from tests.gateway.world import World

S = DeliveryStatus
CLOSED = refused(401, "20003", account=True)


async def standing(world: World) -> Destination:
    return (await world.services.workspace.current()).destinations["dst_paper"]


async def tries(world: World) -> list[Attempt]:
    """Those of every delivery."""
    ids = [one.id for one in await world.deliveries()]
    found = await world.store.read(lambda c: attempts.of_many(c, ids))
    return [attempt for tries in found.values() for attempt in tries]


async def statuses(world: World) -> list[str]:
    return sorted(one.status.value for one in await world.deliveries())


async def orders(world: World, *numbers: int) -> None:
    """An order each, of Ann."""
    await world.take(identify(messageId=f"i-{numbers[0]}"))
    await world.take(*(track(messageId=f"m-{number}") for number in numbers))


async def deliver_all(world: World) -> None:
    """Every turn that is due now."""
    while await world.deliver():
        pass


async def test_a_refused_account_fails_the_destination_and_everything_waits(world: World) -> None:
    before = ACCOUNT_FAILURES.labels("20003")._value.get()
    world.provider.answers.append(CLOSED)
    await orders(world, 1, 2, 3)

    await deliver_all(world)

    failed = await standing(world)
    assert failed.status is DestinationStatus.FAILED
    assert failed.verification is not None
    assert failed.verification["checks"] == [
        {
            "name": "account",
            "passed": False,
            "code": "20003",
            "message": "The account is closed.",
            "remedy": "Open it again.",
            "provider_code": "20003",
        }
    ]
    assert len(world.requests) == 1
    assert {(one.status, one.reason) for one in await world.deliveries()} == {
        (S.HELD, Reason.ACCOUNT_NOT_VERIFIED)
    }
    (met,) = [one for one in await world.deliveries() if one.attempt_count]
    assert (met.error_code, met.error_message) == ("20003", "The account is closed.")
    assert met.detail == "The destination Paper is FAILED, not VERIFIED. The account is closed."
    (attempt,) = await tries(world)
    assert (attempt.outcome, attempt.provider_code) == (AttemptOutcome.REJECTED, "20003")
    assert ACCOUNT_FAILURES.labels("20003")._value.get() == before + 1


async def test_all_go_out_once_each_after_the_next_verification(world: World) -> None:
    world.provider.answers.append(CLOSED)
    await orders(world, 1, 2, 3)
    await deliver_all(world)
    world.clock.advance(3600)

    verified = await verify(world.services, "dst_paper")
    await deliver_all(world)

    assert verified.status is DestinationStatus.VERIFIED
    assert await statuses(world) == ["ACCEPTED", "ACCEPTED", "ACCEPTED"]
    assert len(world.requests) == 4  # the first one was refused
    assert {one.error_code for one in await world.deliveries()} == {None}


async def test_what_is_too_old_by_then_expires_and_says_so(world: World) -> None:
    world.provider.answers.append(CLOSED)
    await orders(world, 1)
    await deliver_all(world)

    await world.deliver_when_due()

    one = await world.delivery()
    assert (one.status, one.reason) == (S.EXPIRED, Reason.STALE_EVENT)
    assert one.detail == "The event is 14400 s old; the mapping allows 14400 s."
    assert len(world.requests) == 1


async def test_a_verification_that_fails_lets_nothing_go(world: World) -> None:
    world.provider.answers.append(CLOSED)
    await orders(world, 1, 2)
    await deliver_all(world)
    world.provider.checks = (Check("credentials", passed=False, message="No."),)

    await verify(world.services, "dst_paper")
    await deliver_all(world)

    assert await statuses(world) == ["HELD", "HELD"]
    assert len(world.requests) == 1


async def test_refused_again_soon_after_one_delivery_at_a_time_tries_after_doubling_pauses(
    world: World,
) -> None:
    world.provider.answers += [CLOSED, CLOSED, CLOSED, CLOSED]
    await orders(world, 1, 2, 3)
    await deliver_all(world)
    await verify(world.services, "dst_paper")
    await deliver_all(world)
    assert len(world.requests) == 2

    pauses = []
    for _ in range(2):
        wait = await world.due()
        assert wait is not None
        pauses.append(wait)
        await world.deliver_when_due()
        await deliver_all(world)

    assert pauses == [FIRST_PAUSE, 2 * FIRST_PAUSE]
    assert len(world.requests) == 4
    assert (await standing(world)).status is DestinationStatus.FAILED
    assert await statuses(world) == ["HELD", "HELD", "HELD"]


async def test_once_one_got_through_all_go_on(world: World) -> None:
    world.provider.answers += [CLOSED, CLOSED]
    await orders(world, 1, 2, 3)
    await deliver_all(world)
    await verify(world.services, "dst_paper")
    await deliver_all(world)

    await world.deliver_when_due()
    assert len(world.requests) == 3
    await deliver_all(world)

    assert (await standing(world)).status is DestinationStatus.VERIFIED
    assert await statuses(world) == ["ACCEPTED", "ACCEPTED", "ACCEPTED"]
    assert len(world.requests) == 5


async def test_verified_while_one_tries_it_tries_at_once_and_alone(world: World) -> None:
    world.provider.answers += [CLOSED, CLOSED, CLOSED]
    await orders(world, 1, 2, 3)
    await deliver_all(world)
    await verify(world.services, "dst_paper")
    await deliver_all(world)

    await verify(world.services, "dst_paper")
    await deliver_all(world)

    assert len(world.requests) == 3
    assert await statuses(world) == ["HELD", "HELD", "HELD"]
    assert await world.due() == 2 * FIRST_PAUSE


async def test_another_refusal_of_the_one_that_tries_shows_that_the_account_works(world: World) -> None:
    world.provider.answers += [CLOSED, CLOSED, refused(400, "21211")]
    await orders(world, 1, 2)
    await deliver_all(world)
    await verify(world.services, "dst_paper")
    await deliver_all(world)

    await world.deliver_when_due()
    await deliver_all(world)

    assert await statuses(world) == ["ACCEPTED", "REJECTED"]


async def test_whoever_cannot_try_any_more_passes_it_on(world: World) -> None:
    world.provider.answers += [CLOSED, CLOSED]
    await orders(world, 1)
    await deliver_all(world)
    world.clock.advance(14_000)
    await orders(world, 2)
    await verify(world.services, "dst_paper")
    await deliver_all(world)
    assert len(world.requests) == 2
    world.clock.advance(500)  # the one whose turn it is became too old

    await deliver_all(world)

    assert await statuses(world) == ["ACCEPTED", "EXPIRED"]


def test_a_request_from_before_the_verification_says_nothing_against_it() -> None:
    trouble = AccountTrouble("Closed.", 401, "20003")
    verified = {"status": "VERIFIED", "startedAt": later(60).isoformat(), "checks": []}
    stands = Standing(DestinationStatus.VERIFIED, verified, None)

    assert accounts.refused(stands, trouble, "dlv_1", asked_at=later(59), now=later(61)) is None
    failed = accounts.refused(stands, trouble, "dlv_1", asked_at=later(60), now=later(61))
    assert failed is not None
    assert (failed.status, failed.trouble) == (DestinationStatus.FAILED, Trouble(later(61), "20003"))


async def test_a_callback_about_the_account_fails_the_destination_and_keeps_its_delivery(
    world: World,
) -> None:
    await orders(world, 1)
    await deliver_all(world)

    await world.call_back(
        MessageStatus.FAILED, provider_code="30002", message="Account suspended", account_trouble=True
    )

    one = await world.delivery()
    assert (one.status, one.message_status, one.error_code) == (S.ACCEPTED, MessageStatus.FAILED, "30002")
    world.services.workspace.invalidate()
    assert (await standing(world)).status is DestinationStatus.FAILED
    await orders(world, 2)
    await deliver_all(world)
    assert await statuses(world) == ["ACCEPTED", "HELD"]


async def test_nothing_is_sent_by_whoever_decided_before_the_destination_failed(world: World) -> None:
    async def fails() -> None:
        world.provider.at_plan = None
        await world.store.write(
            lambda c: destinations.set_verification(
                c, "dst_paper", DestinationStatus.FAILED, {}, world.clock.now()
            )
        )

    await orders(world, 1)
    world.provider.at_plan = fails

    await deliver_all(world)

    assert world.requests == []
    assert await statuses(world) == ["HELD"]


@pytest.mark.parametrize("seed", range(20))
async def test_whatever_the_account_does_each_text_goes_out_once_or_expires(world: World, seed: int) -> None:
    dice = random.Random(seed)
    sent = 0
    for step in range(12):
        if dice.random() < 0.6:
            sent += 1
            await orders(world, step)
        world.provider.answers = [
            CLOSED if dice.random() < 0.5 else created(f"SM{step}-{number}") for number in range(8)
        ]
        if dice.random() < 0.4:
            await verify(world.services, "dst_paper")
        await deliver_all(world)
        world.clock.advance(dice.choice([1, 40, 400, 4_000]))
    world.provider.answers = []
    await verify(world.services, "dst_paper")
    for _ in range(50):
        await deliver_all(world)
        world.clock.advance(3_600)

    ended = await world.deliveries()
    assert len(ended) == sent
    assert {one.status for one in ended} <= {S.ACCEPTED, S.EXPIRED}
    accepted = [attempt for attempt in await tries(world) if attempt.outcome is AttemptOutcome.ACCEPTED]
    assert len(accepted) == sum(one.status is S.ACCEPTED for one in ended)
    assert len({attempt.delivery_id for attempt in accepted}) == len(accepted)
