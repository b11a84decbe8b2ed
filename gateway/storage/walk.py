"""The walk through all that is held of a person: each table once, how its rows of somebody are found, and what an erasure leaves of them.
An export shows the same rows.

Whatever is sent waits for no walk, and no index is kept for it: what has none by person is read through.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    RowMapping,
    String,
    Table,
    or_,
    select,
    tuple_,
    type_coerce,
)

from gateway.secrets import Secrets
from gateway.storage import erasing, queued, tables
from gateway.storage.whom import Whom

Key = tuple[Any, ...]
"""The values of a row's primary key."""

PAGE = 500
"""How many rows are read together where a table is read through."""


class Look(NamedTuple):
    """About whom, and what opens what is sealed."""

    whom: Whom
    secrets: Secrets


@dataclass(frozen=True, slots=True)
class Held:
    """A table that holds something of people.

    A row is of somebody where one of the `legs` finds it, where one of its `texts` tells of them, or where it `tells` of them once it is
    opened. `erase` takes keys; None: its rows are emptied with others, or tell nothing of anybody. `last`: what the walk finds people by, which goes in
    one transaction at its end. `shows` is what of a row an export has; None: its columns.
    """

    table: Table
    found_by: str
    erase: Callable[[Connection, Whom, Sequence[Key], datetime], int] | None
    legs: Callable[[Whom], Sequence[ColumnElement[bool]]] = lambda _whom: ()
    texts: Sequence[Column[Any]] = ()
    tells: Callable[[Look, RowMapping], bool] | None = None
    among: Callable[[Whom], ColumnElement[bool]] | None = None
    shows: Callable[[Look, RowMapping], Any] | None = None
    last: bool = False

    @property
    def key(self) -> list[Column[Any]]:
        """The columns of its primary key."""
        return list(self.table.primary_key.columns)

    def keys(self, connection: Connection, look: Look) -> list[Key]:
        """Of its rows of somebody."""
        found: dict[Key, None] = {}
        for leg in self.legs(look.whom):
            query = select(*self.key).where(leg)
            found |= {tuple(row): None for row in connection.execute(query)}
        for row in self._read_through(connection, look):
            found[self._key_of(row)] = None
        return list(found)

    def rows(self, connection: Connection, look: Look, keys: Sequence[Key]) -> list[Any]:
        """What an export has of these."""
        is_one = (
            self.key[0].in_([key[0] for key in keys]) if len(self.key) == 1 else tuple_(*self.key).in_(keys)
        )
        found = connection.execute(select(self.table).where(is_one)).mappings().all()
        return [dict(row) if self.shows is None else self.shows(look, row) for row in found]

    def _read_through(self, connection: Connection, look: Look) -> Iterator[RowMapping]:
        if not self.texts and self.tells is None:
            return
        rest = [column for column in self.table.columns if column not in self.key]
        query = select(*self.key, *rest).order_by(*self.key)
        space = self.table.c.get("space")
        if space is not None:
            query = query.where(space == look.whom.space)
        if self.among is not None:
            query = query.where(self.among(look.whom))
        if self.texts:
            has = (
                type_coerce(text, String).contains(piece, autoescape=True)
                for text in self.texts
                for piece in (*look.whom.numbers, *look.whom.names)
            )
            query = query.where(or_(*has))
        last: Key | None = None
        while True:
            page = query if last is None else query.where(tuple_(*self.key) > last)
            rows = connection.execute(page.limit(PAGE)).mappings().all()
            yield from (row for row in rows if self._is_theirs(look, row))
            if len(rows) < PAGE:
                return
            last = self._key_of(rows[-1])

    def _key_of(self, row: RowMapping) -> Key:
        return tuple(row[column.name] for column in self.key)

    def _is_theirs(self, look: Look, row: RowMapping) -> bool:
        if self.tells is not None:
            return self.tells(look, row)
        told = (row[text.name] for text in self.texts)
        return any(look.whom.is_in(erasing.as_text(one)) for one in told if one is not None)


def _deliveries(whom: Whom) -> Sequence[ColumnElement[bool]]:
    held = tables.deliveries.c
    in_space = held.space == whom.space
    named = [
        in_space & held.event_id.in_(select(tables.events.c.id).where(one)) for one in _named_events(whom)
    ]
    return [
        in_space & held.person_id.in_(whom.person_ids),
        in_space & held.recipient.in_(whom.recipients),
        *named,
    ]


def _named_events(whom: Whom) -> Sequence[ColumnElement[bool]]:
    held = tables.events.c
    in_space = held.space == whom.space
    return [
        in_space & held.user_id.in_(whom.user_ids),
        in_space & held.user_id.is_(None) & held.anonymous_id.in_(whom.anonymous_ids),
    ]


def _events(whom: Whom) -> Sequence[ColumnElement[bool]]:
    of_deliveries = _deliveries(whom)[:2]
    found = (select(tables.deliveries.c.event_id).where(one) for one in of_deliveries)
    return [*_named_events(whom), *(tables.events.c.id.in_(one) for one in found)]


def _of_deliveries(column: Column[Any]) -> Callable[[Whom], Sequence[ColumnElement[bool]]]:
    return lambda whom: [column.in_(select(tables.deliveries.c.id).where(one)) for one in _deliveries(whom)]


def _messages(whom: Whom) -> Sequence[ColumnElement[bool]]:
    held = tables.inbound_messages.c
    legs: list[ColumnElement[bool]] = [(held.space == whom.space) & held.phone.in_(whom.phones)]
    if whom.external_ids:
        legs.append(tuple_(held.destination_id, held.external_user_id).in_(whom.external_ids))
    return legs


def _told(whom: Whom) -> Sequence[ColumnElement[bool]]:
    held = tables.webhook_deliveries.c.about
    of_messages = [held.in_(select(tables.inbound_messages.c.id).where(one)) for one in _messages(whom)]
    return [*_of_deliveries(held)(whom), *of_messages]


def _by_number(table: Table) -> Callable[[Whom], Sequence[ColumnElement[bool]]]:
    return lambda whom: [(table.c.space == whom.space) & table.c.phone.in_(whom.phones)]


def _counts(whom: Whom) -> Sequence[ColumnElement[bool]]:
    held = tables.claim_counts.c
    there = select(tables.destinations.c.id).where(tables.destinations.c.space == whom.space)
    return [held.destination_id.in_(there) & held.phone.in_(whom.phones)]


def _by_person(column: Column[Any]) -> Callable[[Whom], Sequence[ColumnElement[bool]]]:
    return lambda whom: [column.in_(whom.person_ids)]


def _external(whom: Whom) -> Sequence[ColumnElement[bool]]:
    held = tables.external_contacts.c
    return [
        (held.space == whom.space) & held.phone.in_(whom.phones),
        held.contact_id.in_(whom.contact_ids),
    ]


_answers = tables.idempotency_keys
WALK: Sequence[Held] = (
    Held(
        tables.jobs,
        "the calls that a request of the queue holds",
        queued.erase_from(tables.jobs),
        tells=lambda look, row: queued.tells_of(look.whom, row),
        among=lambda whom: queued.is_request(tables.jobs, whom.space),
        shows=lambda look, row: queued.shown(look.whom, row),
    ),
    Held(
        tables.buried_jobs,
        "the calls of a request that could not be matched",
        queued.erase_from(tables.buried_jobs),
        tells=lambda look, row: queued.tells_of(look.whom, row),
        among=lambda whom: queued.is_request(tables.buried_jobs, whom.space),
        shows=lambda look, row: queued.shown(look.whom, row),
    ),
    Held(
        tables.webhook_deliveries,
        "the Delivery or message that it tells of; its body",
        erasing.webhooks,
        legs=_told,
        texts=(tables.webhook_deliveries.c.body, tables.webhook_deliveries.c.last_answer),
    ),
    Held(
        tables.attempts,
        "its Delivery, with which it is emptied",
        None,
        legs=_of_deliveries(tables.attempts.c.delivery_id),
    ),
    Held(
        tables.status_callbacks,
        "its Delivery",
        None,
        legs=_of_deliveries(tables.status_callbacks.c.delivery_id),
    ),
    Held(tables.events, "userId, anonymousId, its Deliveries", erasing.events, legs=_events),
    Held(tables.deliveries, "person, recipient, its event", erasing.deliveries, legs=_deliveries),
    Held(tables.inbound_messages, "number, the provider's own id", erasing.inbound_messages, legs=_messages),
    Held(
        tables.unmatched_callbacks,
        "the numbers in it",
        erasing.removed(tables.unmatched_callbacks),
        texts=(tables.unmatched_callbacks.c.sender, tables.unmatched_callbacks.c.recipient),
    ),
    Held(
        tables.upload_pieces,
        "a number or userId in it; the whole file goes",
        erasing.uploads,
        tells=lambda look, row: bool(look.whom.lines_in(row["text"])),
        among=lambda whom: tables.upload_pieces.c.upload_id.in_(
            select(tables.uploads.c.id).where(tables.uploads.c.space == whom.space)
        ),
        shows=lambda look, row: {"upload_id": row["upload_id"], "lines": look.whom.lines_in(row["text"])},
    ),
    Held(
        tables.background_jobs,
        "what it says of a number",
        erasing.background_jobs,
        texts=(tables.background_jobs.c.message, tables.background_jobs.c.result),
    ),
    Held(
        tables.idempotency_keys,
        "the key, and the answer once it is opened",
        erasing.removed(_answers),
        tells=lambda look, row: look.whom.is_in(
            f"{row['key']} {erasing.opened(look.secrets, row['answer'])}"
        ),
        shows=lambda look, row: {
            "operation": row["operation"],
            "key": row["key"],
            "answer": erasing.opened(look.secrets, row["answer"]),
            "created_at": row["created_at"],
        },
    ),
    Held(
        tables.audit_entries,
        "what it says of a number or id",
        erasing.audit_entries,
        texts=(tables.audit_entries.c.changes,),
    ),
    Held(
        tables.consent_history,
        "number",
        erasing.removed(tables.consent_history),
        legs=_by_number(tables.consent_history),
        last=True,
    ),
    Held(
        tables.conversations,
        "number",
        erasing.removed(tables.conversations),
        legs=_by_number(tables.conversations),
        last=True,
    ),
    Held(
        tables.opt_out_notices,
        "number",
        erasing.removed(tables.opt_out_notices),
        legs=_by_number(tables.opt_out_notices),
        last=True,
    ),
    Held(
        tables.confirmations,
        "number",
        erasing.removed(tables.confirmations),
        legs=_by_number(tables.confirmations),
        last=True,
    ),
    Held(
        tables.claim_counts,
        "number",
        erasing.removed(tables.claim_counts),
        legs=_counts,
        last=True,
    ),
    Held(
        tables.external_contacts,
        "number, contact",
        erasing.removed(tables.external_contacts),
        legs=_external,
        last=True,
    ),
    Held(
        tables.contacts,
        "number",
        erasing.removed(tables.contacts),
        legs=_by_number(tables.contacts),
        last=True,
    ),
    Held(
        tables.person_phones,
        "person",
        erasing.removed(tables.person_phones),
        legs=_by_person(tables.person_phones.c.person_id),
        last=True,
    ),
    Held(
        tables.identities,
        "person",
        erasing.removed(tables.identities),
        legs=_by_person(tables.identities.c.person_id),
        last=True,
    ),
    Held(
        tables.people,
        "person",
        erasing.removed(tables.people),
        legs=_by_person(tables.people.c.id),
        last=True,
    ),
)
"""In the order in which an erasure takes them: what others are found by comes behind them."""

_OURS = "what is configured, or an account of ours"
_COUNTS = "counts alone"
_IDS = "ids of our own, times and a messageId of the client's"
_WORK = "what processes know of one another and of their work"

OF_NOBODY = {
    **dict.fromkeys(
        (
            *(
                "api_tokens",
                "channel_switches",
                "configuration",
                "destinations",
                "import_plans",
                "mappings",
                "retired_keys",
            ),
            *(
                "recent_lists",
                "backtests",
                "senders",
                "source_destinations",
                "sources",
                "space_pauses",
                "syncs",
                "templates",
            ),
        ),
        _OURS,
    ),
    **dict.fromkeys(("source_refusals", "stats", "stats_changes"), _COUNTS),
    **dict.fromkeys(
        (
            *("delivery_tombstones", "event_keys", "event_repetitions", "inbound_keys", "invalid_keys"),
            *("consent_imports", "replay_items", "uploads"),
        ),
        _IDS,
    ),
    **dict.fromkeys(("ledger", "retention_marks", "retention_waits", "turns"), _WORK),
    "erased_refusals": "fingerprints, of which nobody makes a number without SECRET_KEYS",
    "erasures": "sealed, and gone with the erasure's end",
}
"""By name, the tables that hold nothing of people, and what they hold. A new table is in one of the two."""
