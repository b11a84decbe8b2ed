"""Somebody says whether what a person wrote is a stop."""

from datetime import datetime

from sqlalchemy import Connection

from destinations.kit import ConsentStatus, Reason, StopReach, sender_key
from gateway.consent import ConsentEntry, ConsentSource, ReviewAnswer
from gateway.storage import consent, inbound_messages, jobs, unfinished
from gateway.storage.inbound_messages import StoredMessage


def answer(
    connection: Connection,
    message: StoredMessage,
    said: ReviewAnswer,
    by: str,
    note: str | None,
    now: datetime,
) -> None:
    """Keep the answer, and let what waits for one look again. A stop is the person's own, from when they wrote it."""
    if said is ReviewAnswer.STOP and message.phone is not None:
        evidence = {"method": ConsentSource.REVIEW.value, "messageSid": message.message_sid, "recordedBy": by}
        consent.add(
            connection,
            ConsentEntry(
                space=message.space,
                phone=message.phone,
                channel=message.channel,
                sender=sender_key(message.sender),
                status=ConsentStatus.UNSUBSCRIBED,
                own_word=True,
                source=ConsentSource.REVIEW,
                evidence=evidence | ({"note": note} if note else {}),
                occurred_at=message.received_at,
                received_at=now,
                service=message.service,
                reach=StopReach.ALL,
            ),
        )
    inbound_messages.answer(connection, message, said)
    jobs.wake(connection, unfinished.held_in(connection, message.space, Reason.NEEDS_REVIEW), now)
