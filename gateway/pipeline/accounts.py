"""The account behind a destination: what refuses it is its trouble, not that of one Delivery.

One refusal fails the destination, and its Deliveries wait until it is verified again. A destination that is refused again soon
after that is not flooded: one Delivery at a time tries, after pauses that double, and what waits goes on once one got through.
"""

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from destinations.kit import AccountTrouble, Check, DestinationStatus, Reason
from gateway import logging, metrics
from gateway.alerts import AlertCode
from gateway.deliveries import UNSENT, DeliveryStatus
from gateway.pipeline import telling
from gateway.storage import deliveries, destinations, jobs, unfinished
from gateway.storage.destinations import Standing
from gateway.workspace import Destination, Trouble

AGAIN = timedelta(minutes=10)
"""A refusal that comes so soon after a verification, where there was trouble before, shows that verifying proves little."""

FIRST_PAUSE = 30
LONGEST_PAUSE = 3600
"""Seconds before one Delivery tries whether the account works again."""

_log = logging.get("accounts")
_AT_WORK = (*UNSENT, DeliveryStatus.SENDING, DeliveryStatus.UNCERTAIN)


def is_open(stands: Destination | Standing, delivery_id: str | None, now: datetime) -> bool:
    """Whether a Delivery may go out: nobody paused that, and the account is verified and works, or it is this one's turn to try."""
    if stands.paused:
        return False
    trouble = stands.trouble
    if trouble is None or trouble.pause is None:
        return stands.status is DestinationStatus.VERIFIED
    return is_prober(stands, delivery_id) and trouble.probe_at is not None and now >= trouble.probe_at


def keeps_in_line(stands: Destination | Standing) -> bool:
    """Whether what waits for its sender's pace stays where it is: somebody paused that, or the account does not work, and where one
    Delivery at a time tries whether it does, there is one.
    """
    if stands.paused:
        return True
    if stands.trouble is None or not has_prober(stands):
        return stands.status is not DestinationStatus.VERIFIED
    return stands.trouble.prober is not None


def is_over(reason: Reason, stands: Standing, delivery_id: str, now: datetime) -> bool:
    """Whether what a Delivery is about to wait for has ended since that was decided: nobody would wake it."""
    if reason is Reason.PAUSED:
        return not stands.paused
    return reason is Reason.ACCOUNT_NOT_VERIFIED and is_open(stands, delivery_id, now)


def has_prober(stands: Destination | Standing) -> bool:
    """Whether one Delivery at a time tries whether the account works again."""
    return stands.trouble is not None and stands.trouble.pause is not None


def is_prober(stands: Destination | Standing, delivery_id: str | None) -> bool:
    """Whether this is the Delivery that tries for all whether the account works again."""
    return stands.trouble is not None and has_prober(stands) and stands.trouble.prober == delivery_id


def refused(
    stands: Standing, trouble: AccountTrouble, delivery_id: str | None, asked_at: datetime, now: datetime
) -> Standing | None:
    """How the account stands after a request that was made at `asked_at` was refused for it; None where that changes nothing:
    it was known, or the account was verified after the request.
    """
    before = stands.trouble
    run = dated(stands.verification, _failed(trouble, now))
    failed = Standing(DestinationStatus.FAILED, run, Trouble(now, trouble.provider_code))
    if before is not None and before.pause is not None:
        if not is_prober(stands, delivery_id):
            return None
        pause = min(2 * before.pause, LONGEST_PAUSE)
        return replace(failed, trouble=_probing(trouble, pause, delivery_id, now))
    verified_at = _verified_at(stands.verification)
    if stands.status is not DestinationStatus.VERIFIED or asked_at < verified_at:
        return None
    if before is not None and asked_at - verified_at < AGAIN:
        return replace(failed, trouble=_probing(trouble, FIRST_PAUSE, delivery_id, now))
    return failed


def fail(
    connection: Connection,
    destination_id: str,
    trouble: AccountTrouble,
    delivery_id: str | None,
    asked_at: datetime,
    now: datetime,
) -> None:
    """Keep that the provider refused the account, and say so in the log and the metrics."""
    stands = destinations.standing(connection, destination_id, for_update=True)
    after = refused(stands, trouble, delivery_id, asked_at, now)
    if after is None:
        return
    destinations.set_standing(connection, destination_id, after, now)
    telling.of_status(connection, destination_id, stands.status, after.status, after.verification, now)
    metrics.ACCOUNT_FAILURES.labels(trouble.provider_code).inc()
    _log.error(
        "A destination failed: the provider refuses its account. What it would send waits.",
        alert=AlertCode.ACCOUNT_REFUSED.value,
        destination=destination_id,
        code=trouble.provider_code,
        message=trouble.message,
    )


def works(
    connection: Connection,
    destination_id: str,
    delivery_id: str,
    asked_at: datetime,
    now: datetime,
) -> None:
    """A Delivery's request, made at `asked_at`, got through: if it was its turn to try, all that waits goes on."""
    stands = destinations.standing(connection, destination_id, for_update=True)
    if stands.trouble is None or not is_prober(stands, delivery_id):
        return
    check = Check("account", passed=True, message="A delivery went out, so the account works again.")
    verification = _run(DestinationStatus.VERIFIED, check, asked_at, now)
    over = Trouble(stands.trouble.at, stands.trouble.code)
    destinations.set_standing(
        connection, destination_id, Standing(DestinationStatus.VERIFIED, verification, over), now
    )
    telling.of_status(
        connection, destination_id, stands.status, DestinationStatus.VERIFIED, verification, now
    )
    jobs.go_on(connection, unfinished.held_for(connection, destination_id, Reason.ACCOUNT_NOT_VERIFIED))
    _log.warning("A destination works again", destination=destination_id)


def verified(connection: Connection, destination_id: str, now: datetime) -> None:
    """The account was verified just now: what waits goes on, or where that proved little before, one Delivery tries first."""
    stands = destinations.standing(connection, destination_id, for_update=True)
    trouble = stands.trouble
    if trouble is None or trouble.pause is None:
        held = unfinished.held_for(connection, destination_id, Reason.ACCOUNT_NOT_VERIFIED)
        jobs.go_on(connection, held)
        return
    prober = trouble.prober if _is_at_work(connection, trouble.prober) else None
    if prober is None:
        prober = unfinished.held_longest(connection, destination_id, Reason.ACCOUNT_NOT_VERIFIED)
    _appoint(connection, destination_id, stands, replace(trouble, prober=prober, probe_at=now), now)


def pass_on(connection: Connection, destination_id: str, delivery_id: str, now: datetime) -> None:
    """That Delivery will not try, if it was its turn: the one that waits longest does."""
    stands = destinations.standing(connection, destination_id, for_update=True)
    if stands.trouble is None or not is_prober(stands, delivery_id):
        return
    held = unfinished.held_longest(connection, destination_id, Reason.ACCOUNT_NOT_VERIFIED, but=delivery_id)
    _appoint(connection, destination_id, stands, replace(stands.trouble, prober=held), now)


def _appoint(
    connection: Connection,
    destination_id: str,
    stands: Standing,
    trouble: Trouble,
    now: datetime,
) -> None:
    destinations.set_standing(connection, destination_id, replace(stands, trouble=trouble), now)
    if trouble.prober is not None and trouble.probe_at is not None:
        jobs.wake(connection, [trouble.prober], max(now, trouble.probe_at))


def _is_at_work(connection: Connection, delivery_id: str | None) -> bool:
    delivery = None if delivery_id is None else deliveries.get(connection, delivery_id)
    return delivery is not None and delivery.status in _AT_WORK


def take_over(
    connection: Connection, destination_id: str, delivery_id: str, now: datetime
) -> datetime | None:
    """When a Delivery that is about to wait may try, where nobody else does; None: it waits for another."""
    stands = destinations.standing(connection, destination_id, for_update=True)
    trouble = stands.trouble
    if trouble is None or trouble.pause is None:
        return None
    if trouble.prober != delivery_id:
        if _is_at_work(connection, trouble.prober):
            return None
        chosen = replace(stands, trouble=replace(trouble, prober=delivery_id))
        destinations.set_standing(connection, destination_id, chosen, now)
    return trouble.probe_at


def _probing(trouble: AccountTrouble, pause: int, prober: str | None, now: datetime) -> Trouble:
    return Trouble(now, trouble.provider_code, pause, now + timedelta(seconds=pause), prober)


def _failed(trouble: AccountTrouble, now: datetime) -> Mapping[str, Any]:
    said = Check(
        "account",
        passed=False,
        code=trouble.provider_code,
        message=trouble.message,
        remedy=trouble.remedy,
        provider_code=trouble.provider_code,
    )
    return _run(DestinationStatus.FAILED, said, now, now)


def _run(status: DestinationStatus, check: Check, started: datetime, finished: datetime) -> Mapping[str, Any]:
    return {
        "status": status.value,
        "startedAt": started.isoformat(),
        "finishedAt": finished.isoformat(),
        "checks": [asdict(check)],
    }


def dated(before: Mapping[str, Any] | None, run: Mapping[str, Any]) -> Mapping[str, Any]:
    """The run of checks, where they failed with since when they do: with this run, or with the first of those `before` it that did. One
    that goes on keeps that, since it may come to the same.
    """
    failed = DestinationStatus.FAILED.value
    if run["status"] == DestinationStatus.VERIFIED.value:
        return run
    was_failed = before is not None and before.get("status") == failed
    since = None
    if before is not None:
        since = before.get("since", before.get("finishedAt") if was_failed else None)
    since = since or (run["finishedAt"] if run["status"] == failed else None)
    return run if since is None else {**run, "since": since}


def _verified_at(verification: Mapping[str, Any]) -> datetime:
    """What was asked before then says nothing against it."""
    at = verification.get("startedAt")
    return datetime.fromisoformat(at) if isinstance(at, str) else _LONG_AGO


_LONG_AGO = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
