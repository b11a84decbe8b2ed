"""What the provider calls to say of messages, many calls in one transaction: those that say a status and nothing beside it."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection

from destinations.kit import Signal, StatusChanged
from gateway import logging, metrics
from gateway.deliveries import MESSAGE_ARRIVED, MESSAGE_FAILED
from gateway.pipeline import accounts, settle, steps, telling
from gateway.pipeline.settle import Reached
from gateway.storage import attempts, deliveries
from gateway.storage.attempts import CallBack
from gateway.storage.deliveries import Standing
from gateway.workspace import Destination

_log = logging.get("callbacks")


class Call(NamedTuple):
    """What one call said to a destination."""

    destination: Destination
    signal: StatusChanged


class Applied(NamedTuple):
    """The steps that were taken, and the places of those calls that are to be applied by themselves (`signals.apply`)."""

    reached: Sequence[Reached] = ()
    alone: Sequence[int] = ()


def plain(destination: Destination, said: Sequence[Signal]) -> Call | None:
    """The call, where it says a status that concerns nothing but its own Delivery; None: others may have to be locked before that."""
    if len(said) != 1 or not isinstance(said[0], StatusChanged) or accounts.has_prober(destination):
        return None
    signal = said[0]
    beyond = signal.account_trouble or signal.external_user_ids or signal.resend is not None
    return None if beyond else Call(destination, signal)


def apply(connection: Connection, calls: Sequence[Call], now: datetime) -> Applied:
    """Keep what these said, in their order. What is about no Delivery that is known, or undoes a failure, is left for `signals.apply`."""
    whose = _whose(connection, calls)
    stands = deliveries.standings(connection, {one for one in whose if one is not None})
    kept: list[CallBack] = []
    said: list[tuple[str, StatusChanged]] = []
    taken = []
    alone = []
    for place, (call, delivery_id) in enumerate(zip(calls, whose, strict=True)):
        stand = None if delivery_id is None else stands.get(delivery_id)
        if stand is None or _is_for_itself(call, stand):
            alone.append(place)
            continue
        signal = call.signal
        kept.append(CallBack(stand.id, signal.status, signal.provider_code))
        said.append((stand.id, signal))
        if stand.attempt_count == 0:
            metrics.CALLBACKS.labels("never_sent").inc()
            _log.error("A callback is about a delivery that was never sent", delivery=stand.id)
        elif stand.message_sid != signal.message_sid:
            metrics.CALLBACKS.labels("second_message").inc()
            _log.error("A callback names a second message of one delivery", delivery=stand.id)
        else:
            metrics.CALLBACKS.labels("applied").inc()
            taken.append(steps.reported(stand.id, signal, now))
    attempts.call_back(connection, kept, now)
    telling.pass_on(connection, said, now)
    return Applied(settle.apply(connection, taken, now), alone)


def _whose(connection: Connection, calls: Sequence[Call]) -> list[str | None]:
    """Which Delivery each call is about: the one that it names, else the one that has the message."""
    sids = [one.signal.message_sid for one in calls if not one.signal.delivery_id]
    having = deliveries.of_messages(connection, sids)
    return [
        one.signal.delivery_id or next(iter(having.get(one.signal.message_sid, ())), None) for one in calls
    ]


def _is_for_itself(call: Call, stand: Standing) -> bool:
    """Whether it concerns more than that Delivery: it is another destination's, the message may be given to another, or what was to
    repeat it may have to end.
    """
    return (
        stand.destination_id != call.destination.id
        or (stand.message_sid is None and stand.attempt_count > 0)
        or (stand.message_status in MESSAGE_FAILED and call.signal.status in MESSAGE_ARRIVED)
    )
