"""What was decided about Deliveries, stored in one transaction: intents before any byte leaves, and why nothing is sent."""

import asyncio
from collections.abc import Mapping, Sequence

from gateway import logging
from gateway.errors import StoreBusy, StoreUnavailable
from gateway.pipeline import settle, within_limits
from gateway.pipeline.claim_batch import Batch, Decided
from gateway.pipeline.load import Facts
from gateway.pipeline.outbox import Outbox
from gateway.pipeline.pacer import Lane, Pacer, Text
from gateway.pipeline.send import Claim
from gateway.services import Services

AGAIN_SECONDS = (1.0, 2.0, 4.0, 8.0)
"""The pauses before a store that takes nothing is asked again; then each Delivery waits for its lease to run out."""

_log = logging.get("deliver")


async def claim_all(
    services: Services, pacer: Pacer, outbox: Outbox, known: Facts, decided: Sequence[Decided]
) -> None:
    """Let go what may go by its sender's pace, and store what was decided."""
    if decided:
        lanes = await pacer.waiting([text for text in map(_asks_for_a_turn, decided) if text is not None])
        await _claim(services, pacer, outbox, known, lanes, decided)


async def _claim(
    services: Services,
    pacer: Pacer,
    outbox: Outbox,
    known: Facts,
    lanes: Mapping[str, Lane],
    decided: Sequence[Decided],
) -> None:
    """Store what was decided, in one transaction: intents before any byte leaves, and why nothing is sent. If that fails, each is
    stored alone, and what fails then fails alone; a store that takes nothing would not take them one by one either.
    """
    try:
        claims = await _stored(services, pacer, known, lanes, decided)
    except (StoreBusy, StoreUnavailable) as error:
        for one in decided:
            outbox.fail(one.item.job, error)
        return
    except Exception as error:  # noqa: BLE001  whatever it is, it costs the Deliveries that it is about
        if len(decided) == 1:
            outbox.fail(decided[0].item.job, error)
            return
        for one in decided:
            await _claim(services, pacer, outbox, known, lanes, [one])
        return
    outbox.send(claims)


async def _stored(
    services: Services, pacer: Pacer, known: Facts, lanes: Mapping[str, Lane], decided: Sequence[Decided]
) -> list[Claim]:
    """What `_store` comes to, tried again for a while where the store takes nothing."""
    for pause in AGAIN_SECONDS:
        try:
            return await _store(services, pacer, known, lanes, decided)
        except (StoreBusy, StoreUnavailable) as error:
            _log.error("What was decided can't be stored; it is tried again", error=str(error))
            await asyncio.sleep(pause)
    return await _store(services, pacer, known, lanes, decided)


async def _store(
    services: Services, pacer: Pacer, known: Facts, lanes: Mapping[str, Lane], decided: Sequence[Decided]
) -> list[Claim]:
    batch = Batch(services, known, lanes, services.clock.now())
    await settle.settle(services, lambda c: batch.write(c, decided))
    for lane, until in batch.paced:
        pacer.waits(lane, until)
    within_limits.warn(services, batch.near, batch.now)
    if batch.is_outdated:
        services.workspace.invalidate()
    return batch.claims


def _asks_for_a_turn(one: Decided) -> Text | None:
    """What is to be sent, unless it had to wait and was let go, or tries whether the account works."""
    plan, delivery = one.sends, one.item.delivery
    if plan is None or one.one is None or one.item.job.lane is not None or one.decision.probing:
        return None
    return Text(delivery.id, delivery.mapping_id, delivery.destination_id, plan, one.one.destination.policy)
