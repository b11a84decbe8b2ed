"""What people who were erased refused: it is kept under a fingerprint of their number, and found by whoever has the number again."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, delete, select

from destinations.kit import Channel, ConsentStatus, StopReach
from gateway import consent
from gateway.consent import ConsentEntry
from gateway.secrets import Secrets
from gateway.storage.prepared import Ask, Rows, among
from gateway.storage.tables import erased_refusals

_held = erased_refusals.c
_SAID = ("channel", "sender", "service", "own_word", "reach", "source", "occurred_at", "received_at")
_ADD = Rows(erased_refusals, "space", "fingerprint", *_SAID)
_OF = Ask(
    select(_held.fingerprint, *(_held[name] for name in _SAID))
    .where(and_(_held.space == bindparam("space"), among(_held.fingerprint, "many")))
    .order_by(_held.id),
    *("space", "many"),
)
_ANY = Ask(select(_held.id).where(_held.space == bindparam("space")).limit(1), "space")
EVIDENCE = {"method": consent.KEPT}
"""What is shown of such a word in place of what it was said with."""


def refusals(words: Iterable[ConsentEntry]) -> list[ConsentEntry]:
    """Of all that was said for a number what must outlive it: each no that stands for some sender."""
    by_channel: dict[Channel, list[ConsentEntry]] = {}
    for word in words:
        if word.status is not ConsentStatus.PENDING:  # it goes, and the no that it stands before does not
            by_channel.setdefault(word.channel, []).append(word)
    return [
        word
        for said in by_channel.values()
        for word in consent.standing(said)
        if word.status is ConsentStatus.UNSUBSCRIBED
    ]


def keep(
    connection: Connection, secrets: Secrets, space: str, phone: str, words: Sequence[ConsentEntry]
) -> None:
    """Keep these of that number, under the first of the keys, in place of what was kept of it before."""
    prints = secrets.fingerprints(_known_by(space, phone))
    connection.execute(delete(erased_refusals).where(_held.space == space, _held.fingerprint.in_(prints)))
    _ADD.insert(
        connection,
        [
            (
                space,
                prints[0],
                word.channel.value,
                word.sender,
                word.service,
                word.own_word,
                None if word.reach is None else word.reach.value,
                word.source,
                word.occurred_at,
                word.received_at,
            )
            for word in words
        ],
    )


def of(
    connection: Connection, secrets: Secrets, space: str, phones: Collection[str]
) -> dict[str, list[ConsentEntry]]:
    """What is kept for these numbers, by key, under any of the keys; those with nothing are left out. A space in which nobody was erased
    costs one look.
    """
    if not phones or not _ANY.rows(connection, space):
        return {}
    whose = {one: phone for phone in phones for one in secrets.fingerprints(_known_by(space, phone))}
    found: dict[str, list[ConsentEntry]] = {}
    for fingerprint, *said in _OF.rows(connection, space, list(whose)):
        phone = whose[fingerprint]
        found.setdefault(phone, []).append(_entry(space, phone, *said))
    return found


def _known_by(space: str, phone: str) -> str:
    return f"{space}\x1f{phone}"


def _entry(
    space: str,
    phone: str,
    channel: str,
    sender: str | None,
    service: str | None,
    own_word: Any,  # 0 or 1 where there are no booleans
    reach: str | None,
    source: str,
    occurred_at: datetime,
    received_at: datetime,
) -> ConsentEntry:
    return ConsentEntry(
        space,
        phone,
        Channel(channel),
        sender,
        ConsentStatus.UNSUBSCRIBED,
        bool(own_word),
        source,
        EVIDENCE,
        occurred_at,
        received_at,
        service,
        None if reach is None else StopReach(reach),
    )
