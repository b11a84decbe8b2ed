"""Very many rows, each a copy of one that was told: under another id, at another time, of another person.

It is done in SQL, on a file that nobody has open, with the indexes made anew at the end: a million rows take half a minute.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import datetime
from math import ceil
from pathlib import Path

from gateway.storage.types import to_number
from tests.browser.planting.story import SPAN

MOST_CONFIGURED = 200
"""Mappings, sources, accounts and more that people make by hand: nobody has a hundred thousand."""

UNFINISHED = "'PENDING', 'HELD', 'RETRYING', 'UNCERTAIN'"
WAITING_SHARE = 20
"""Of what waits every so manieth copy is made: most of a ledger is over."""

_PLACES = 1_000_000
"""So many numbers there are for copies, by the last digits of a number."""

_MINUTE = 60_000_000

KNOWN = "whom.person_id IS NOT NULL"
SETTLED = "one.next_attempt_at IS NULL"
SHORT = "length(one.changes) < 300"
DONE = "one.status = 'DONE'"

# How a copy is made of `one` by its number `k`: a copy's id has its last six hexadecimal digits of that number.
_ID = "substr({0}, 1, length({0}) - 8) || printf('%08x', k)"
"""Eight digits: of fewer, the row itself has those of one of its copies now and then."""
_EVENT_ID = "printf('evt_%012x', {at} / 1000) || substr({0}, 17, 10) || printf('%06x', k) || substr({0}, 33)"
_PHONE = "substr({0}, 1, length({0}) - 6) || printf('%06d', (k * {people} + rank) % {places})"


def multiply(file: Path, rows: int, now: datetime) -> None:
    """At least so many events, deliveries, contacts, messages, webhook deliveries, audit entries and jobs, where fewer were told."""
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode = OFF")
        database.execute("PRAGMA synchronous = OFF")
        database.execute("PRAGMA cache_size = -200000")
        with _without_indexes(database):
            _Copies(database, rows, now).make()
        database.execute("ANALYZE")


@contextmanager
def _without_indexes(database: sqlite3.Connection) -> Iterator[None]:
    found = database.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql LIKE 'CREATE INDEX%'"
    ).fetchall()
    for name, _ in found:
        database.execute(f'DROP INDEX "{name}"')
    yield
    for _, sql in found:
        database.execute(sql)


class _Copies:
    """`people` has everybody of the story with a rank; `copies` the numbers of the copies."""

    def __init__(self, database: sqlite3.Connection, rows: int, now: datetime) -> None:
        self._database, self._rows = database, rows
        self._now, self._span = to_number(now), to_number(now) - to_number(now - SPAN)
        self._began = self._now - self._span
        database.execute(
            "CREATE TEMP TABLE whom AS SELECT p.id AS person_id, i.value AS user_id, n.phone AS phone,"
            " row_number() OVER (ORDER BY p.id) AS rank FROM people p"
            " JOIN identities i ON i.person_id = p.id JOIN person_phones n ON n.person_id = p.id"
            " JOIN contacts c ON c.phone = n.phone AND c.space = p.space GROUP BY p.id"
        )
        database.execute("CREATE UNIQUE INDEX temp.whom_by_phone ON whom (phone)")
        database.execute("CREATE UNIQUE INDEX temp.whom_by_user ON whom (user_id)")
        database.execute("CREATE TEMP TABLE copies (k INTEGER PRIMARY KEY)")
        self._everybody = self._count("temp.whom")
        most = max(rows // 10, MOST_CONFIGURED)
        database.execute(
            "WITH RECURSIVE series(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM series WHERE k < ?)"
            " INSERT INTO copies SELECT k FROM series",
            (most,),
        )

    def make(self) -> None:
        """All of them; where the story itself has as many, none."""
        told = self._count("deliveries")
        if told >= self._rows:
            return
        times = self._times("deliveries", f"status NOT IN ({UNFINISHED}) AND replay_of IS NULL")
        self._people(self._times("contacts", "phone IN (SELECT phone FROM whom)"))
        self._events(times)
        self._heard(self._times("inbound_messages", "NOT needs_review"))
        self._told(self._times("webhook_deliveries", SETTLED))
        self._noted()
        self._configured()

    def _count(self, table: str, where: str = "TRUE") -> int:
        return int(self._database.execute(f"SELECT count(*) FROM {table} one WHERE {where}").fetchone()[0])

    def _times(self, table: str, where: str = "TRUE") -> int:
        """How many copies it takes of each row of which that is true."""
        missing = max(self._rows - self._count(table), 0)
        return ceil(missing / max(self._count(table, where), 1))

    def _phone(self, column: str) -> str:
        """Of a copy: that of the person of that number, and any other as it is."""
        made = _PHONE.format("phone", people=self._everybody, places=_PLACES)
        return f"coalesce((SELECT {made} FROM whom WHERE phone = {column}), {column})"

    def _words(self, column: str) -> str:
        """A text in which the number, the user and no other is the copy's."""
        made = _PHONE.format("phone", people=self._everybody, places=_PLACES)
        return (
            f"CASE WHEN whom.phone IS NULL THEN {column} ELSE"
            f" replace(replace({column}, whom.phone, {made}), '\"' || whom.user_id || '\"', '\"' || whom.user_id || '-' || k || '\"') END"
        )

    def _at(self, column: str) -> str:
        """That time so much earlier as the copy is; what would be before the month is at its end."""
        step = self._span // 997
        moved = f"({column} - {self._began} - k * {step})"
        return f"({self._began} + (({moved} % {self._span}) + {self._span}) % {self._span})"

    def _copy(
        self, table: str, made: Mapping[str, str], times: int, *, whose: str = "NULL", where: str = "TRUE"
    ) -> None:
        """Copy rows of a table, of which some columns are made anew. `whose`: the column by which a person is known."""
        names = [row[1] for row in self._database.execute(f"PRAGMA table_info({table})")]
        chosen = ", ".join(made.get(name, f"one.{name}") for name in names)
        self._database.execute(
            f"INSERT INTO {table} ({', '.join(names)}) SELECT {chosen} FROM copies CROSS JOIN"
            f" (SELECT *, rowid AS number FROM {table}) one LEFT JOIN whom ON {whose} WHERE k <= {times} AND {where}"
        )

    def _people(self, times: int) -> None:
        earlier = f"- k * {self._span // max(times, 1)}"
        person = _ID.format("one.person_id")
        by_person = "whom.person_id = one.person_id"
        self._copy(
            "people",
            {
                "id": _ID.format("one.id"),
                "traits": self._words("one.traits"),
                "updated_at": f"one.updated_at {earlier}",
            },
            times,
            whose="whom.person_id = one.id",
            where=KNOWN,
        )
        self._copy(
            "identities",
            {"value": "one.value || '-' || k", "person_id": person},
            times,
            whose=by_person,
            where=KNOWN,
        )
        numbered = {"phone": self._phone("one.phone")}
        self._copy(
            "person_phones",
            {**numbered, "person_id": person, "seen_at": f"one.seen_at {earlier}"},
            times,
            whose=by_person,
            where=KNOWN,
        )
        by_phone = "whom.phone = one.phone"
        created = {"id": _ID.format("one.id"), "created_at": f"one.created_at {earlier}"}
        self._copy("contacts", {**numbered, **created}, times, whose=by_phone, where=KNOWN)
        said = {name: f"one.{name} {earlier}" for name in ("occurred_at", "received_at")}
        self._copy("consent_history", {**numbered, **said, "id": "NULL"}, times, whose=by_phone, where=KNOWN)

    def _events(self, times: int) -> None:
        """Events with all that came of them. What waits is of the last hours, and less of it."""
        self._database.execute(
            "CREATE TEMP TABLE made AS SELECT k, e.id AS id, e.received_at AS was,"
            f" CASE WHEN w.event_id IS NULL THEN {self._at('e.received_at')} ELSE e.received_at - k * {_MINUTE} END AS at"
            f" FROM copies CROSS JOIN events e LEFT JOIN (SELECT DISTINCT event_id FROM deliveries WHERE status IN ({UNFINISHED})) w"
            f" ON w.event_id = e.id WHERE k <= {times} AND (w.event_id IS NULL OR k % {WAITING_SHARE} = 0)"
        )
        self._database.execute("CREATE UNIQUE INDEX temp.made_of ON made (id, k)")
        new = _EVENT_ID.format("made.id", at="made.at").replace("k)", "made.k)")

        def moved(*columns: str) -> dict[str, str]:
            """These times as much earlier or later as the event is, and none that is to come."""
            return {name: f"min(one.{name} + made.at - made.was, {self._now})" for name in columns}

        by_user = "LEFT JOIN whom ON whom.user_id = one.user_id"
        event = {
            "id": new,
            "message_id": "one.message_id || '-' || k",
            "user_id": f"CASE WHEN {KNOWN} THEN one.user_id || '-' || k ELSE one.user_id END",
            "anonymous_id": "one.anonymous_id || '-' || k",
            "payload": self._words("one.payload"),
            **moved("timestamp", "received_at", "occurred_at", "earliest", "latest"),
        }
        self._of_events("events", "one.id", event, by_user)
        keys = {
            "event_id": new,
            "message_id": "one.message_id || '-' || k",
            **moved("received_at"),
        }
        self._of_events("event_keys", "one.event_id", keys)
        by_person = "LEFT JOIN whom ON whom.person_id = one.person_id"
        delivery = {
            "id": _ID.format("one.id"),
            "event_id": new,
            "person_id": f"CASE WHEN {KNOWN} THEN {_ID.format('one.person_id')} ELSE one.person_id END",
            "recipient": self._phone("one.recipient"),
            "message_sid": _ID.format("one.message_sid"),
            "fallback_of": _ID.format("one.fallback_of"),
            "intent": self._words("one.intent"),
            "explanation": self._words("one.explanation"),
            **moved("created_at", "updated_at", "first_attempt_at", "next_attempt_at", "held_at"),
        }
        self._database.execute(
            "CREATE TEMP TABLE told AS SELECT id, event_id FROM deliveries WHERE replay_of IS NULL"
        )
        self._of_events("deliveries", "one.event_id", delivery, by_person, where="one.replay_of IS NULL")
        of_delivery = {"id": _ID.format("one.id"), "delivery_id": _ID.format("one.delivery_id")}
        for table, at in (("attempts", "started_at"), ("status_callbacks", "received_at")):
            self._of_events(
                table,
                "d.event_id",
                {**of_delivery, **moved(at)},
                of="JOIN temp.told d ON d.id = one.delivery_id",
            )

    def _of_events(
        self,
        table: str,
        event_id: str,
        columns: Mapping[str, str],
        joined: str = "",
        of: str = "",
        where: str = "TRUE",
    ) -> None:
        """Copy what belongs to events. The rows to copy are put aside first: those that come are of the same table."""
        names = [row[1] for row in self._database.execute(f"PRAGMA table_info({table})")]
        kept = f"SELECT one.*, {event_id} AS of_event FROM {table} one {of} WHERE {where}"
        self._database.execute(f"CREATE TEMP TABLE kept AS {kept}")
        chosen = ", ".join(columns.get(name, f"one.{name}") for name in names)
        self._database.execute(
            f"INSERT INTO {table} ({', '.join(names)}) SELECT {chosen} FROM kept one"
            f" JOIN made ON made.id = one.of_event {joined} ORDER BY made.at"
        )
        self._database.execute("DROP TABLE temp.kept")

    def _heard(self, times: int) -> None:
        """What people wrote; few of it waits for somebody to look at it."""
        self._copy(
            "inbound_messages",
            {
                "id": _ID.format("one.id"),
                "message_sid": _ID.format("one.message_sid"),
                "phone": self._phone("one.phone"),
                "delivery_id": _ID.format("one.delivery_id"),
                "received_at": self._at("one.received_at"),
            },
            times,
            where=f"(NOT one.needs_review OR k % {times // 20 + 1} = 0)",
        )

    def _told(self, times: int) -> None:
        self._copy(
            "webhook_deliveries",
            {
                "id": _ID.format("one.id"),
                "about": _ID.format("one.about"),
                **{name: self._at(f"one.{name}") for name in ("created_at", "began_at")},
                "delivered_at": f"{self._at('one.created_at')} + one.delivered_at - one.created_at",
            },
            times,
            where=SETTLED,
        )
        self._database.execute(
            "UPDATE webhook_deliveries SET dead = 1, attempts = 14, last_status = 410, last_answer = '410 Gone',"
            f" delivered_at = NULL WHERE rowid % {self._count('webhook_deliveries') // 40 + 1} = 7"
        )

    def _noted(self) -> None:
        self._copy(
            "audit_entries",
            {"id": _ID.format("one.id"), "at": self._at("one.at")},
            self._times("audit_entries", SHORT),
            where=SHORT,
        )
        times = {name: self._at(f"one.{name}") for name in ("created_at", "finished_at")}
        self._copy(
            "background_jobs",
            {"id": _ID.format("one.id"), **times},
            self._times("background_jobs", DONE),
            where=DONE,
        )
        self._database.execute(
            "INSERT INTO unmatched_callbacks (id, space, destination_id, sender, recipient, message_sid, received_at)"
            f" SELECT {_ID.format('id')}, space, destination_id, sender, phone, {_ID.format('message_sid')}, {self._at('received_at')}"
            f" FROM copies, (SELECT * FROM inbound_messages ORDER BY rowid LIMIT 10) WHERE k <= {self._rows // 10}"
        )

    def _configured(self) -> None:
        """What is switched off, or was never verified: nothing comes of it."""
        many = min(MOST_CONFIGURED, self._rows // 10)
        named = {"id": _ID.format("one.id"), "name": "one.name || ' ' || k"}
        off = {"enabled": "0"}
        few = many // 4
        self._copy("destinations", {**named, **off}, few, where="one.status = 'DRAFT'")
        self._copy("mappings", {**named, **off}, many, where="one.name = 'Order confirmation'")
        self._copy(
            "sources",
            {**named, **off, "write_key_hash": "hex(randomblob(32))"},
            few,
            where="one.name = 'Website'",
        )
        self._copy(
            "api_tokens", {**named, "token_hash": "hex(randomblob(32))"}, many, where="one.role = 'VIEWER'"
        )
        draft = "(SELECT id FROM destinations WHERE status = 'DRAFT' ORDER BY created_at, id LIMIT 1)"
        here = {"id": _ID.format("one.id"), "destination_id": draft}
        self._copy(
            "senders",
            {**here, "address": self._digits("one.address"), "label": self._digits("one.label")},
            many,
            where="one.kind = 'PHONE_NUMBER' AND one.removed_at IS NULL",
        )
        self._copy(
            "templates",
            {**here, "sid": "substr(one.sid, 1, 26) || printf('%08d', k * 100 + one.number % 100)"},
            many,
        )

    @staticmethod
    def _digits(column: str) -> str:
        return (
            f"substr({column}, 1, length({column}) - 6) || printf('%06d', 700000 + k * 50 + one.number % 50)"
        )
