"""A number, wherever it stands, is shown to readers and to no viewer, who can't ask for it either."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Connection, delete, insert, text, update

from destinations.kit import DestinationDefinition, MessageStatus
from gateway.graphql.http.budget import Budget
from gateway.graphql.http.limits import Limits
from gateway.stats import Counts
from gateway.storage import attempts, refusals, unmatched
from gateway.storage.attempts import CallBack, Start
from gateway.storage.refusals import Refusal
from gateway.storage.tables import metadata, senders, stats
from gateway.storage.types import FreeText
from gateway.workspace import Role
from tests.factories import destination
from tests.gateway.graphql.conftest import Ledger
from tests.gateway.graphql.operations import (
    ANN,
    DEFINITIONS,
    OURS,
    QUERIES,
    SCHEMA,
    Things,
    codes,
    do,
    document,
    everything,
    things as made,
)

DIGITS = ANN[2:]
SAID = f"told {ANN}"

WITHOUT_NUMBERS = {
    "stats",
    "find",
    "nodes",
    "definitions",
    "destinationCounts",
    "resumePreview",
    "sendingPaused",
    "triggerCheck",
    "viewer",
}
"""Queries that show nothing in which a number could stand."""

TO_BE_READ: Mapping[str, str | None] = {
    "destinations.settings": None,
    "idempotency_keys.answer": None,
    "sources.shared_secret": None,
    "mappings.trigger": f'event = "{ANN}"',
    "mappings.cancel_trigger": f'event = "{ANN}"',
    "identities.value": None,
}
"""Texts in which not anything can stand, and what stands there instead; None: what did."""

JSON: Mapping[str, Any] = {
    "audit_entries.changes": [{"field": SAID, "before": SAID, "after": SAID}],
    "background_jobs.result": {SAID: SAID},
    "deliveries.explanation": [{"gate": "send", "passed": True, "reason": None, "detail": SAID}],
    "destinations.verification": {
        "status": "FAILED",
        "startedAt": "2026-03-01T12:00:00.000Z",
        "finishedAt": None,
        "checks": [{"name": SAID, "passed": False, "code": SAID, "message": SAID, "remedy": SAID}],
    },
    "events.payload": {"type": "track", "event": SAID, "userId": SAID, "properties": {SAID: SAID}},
    "events.doubts": [["timestamp_not_read", SAID]],
    "inbound_messages.media_urls": [SAID],
    "inbound_messages.media_types": [SAID],
    "templates.types": [SAID],
    "templates.variables": {SAID: SAID},
    "templates.forms": [
        {
            "type": SAID,
            "body": SAID,
            "media": [SAID],
            "buttons": [{"title": SAID, "kind": "URL", "value": SAID}],
        }
    ],
    "people.traits": {"nick": [SAID, 0, True]},
    "mappings.fields": {"from": OURS, "to": ANN, "body": SAID, "send": True},
}


@pytest.fixture
def budget() -> Budget:
    """Enough for a query of all that there is."""
    return Budget(capacity=100_000_000)


@pytest.fixture
def limits() -> Limits:
    """Room for asking for everything at once."""
    most = 10_000_000
    return Limits(
        body_bytes=most,
        query_characters=most,
        tokens=most,
        aliases=most,
        fields=most,
        comparisons=most,
        values=most,
    )


@pytest.fixture
def definitions() -> Mapping[str, DestinationDefinition]:
    return DEFINITIONS


@pytest.fixture
async def things(ledger: Ledger) -> Things:
    """With Ann's number wherever a text can be."""
    found = await made(ledger)
    api, now = found.api, found.api.clock.now()
    await ledger.match({"type": "identify", "userId": "u1", "messageId": "m", "traits": {"phone": ANN}})
    policy = {"testNumbers": [ANN], "messagesPerSecond": {ANN: 1}}
    for name, given in (
        ("destinationUpdate", lambda _: {"id": found.destination, "expectedRevision": 1, "policy": policy}),
        ("destinationPause", lambda _: {"id": found.destination, "note": SAID}),
        ("sourceKeyRotate", lambda _: {"id": found.source, "expectedRevision": 1}),
        (
            "consentUpdate",
            lambda _: {
                "phone": ANN,
                "channel": "SMS",
                "sender": OURS,
                "status": "SUBSCRIBED",
                "evidence": {"method": SAID, "wordingVersion": SAID, "url": SAID, "ip": SAID, "note": SAID},
            },
        ),
        ("deliveriesReplay", lambda _: {"filter": {"status": ["REJECTED"]}, "idempotencyKey": "k"}),
    ):
        answer = await do(found, name, given)
        assert answer["data"][name]["errors"] == []
    started = [Start(f"att_{1:032x}", found.rejected, 1, now)]
    said = [CallBack(found.rejected, MessageStatus.SENT, None)]

    def change(connection: Connection) -> None:
        attempts.start(connection, started)
        attempts.call_back(connection, said, now)
        refusals.add(connection, [Refusal(found.source, "rate_limited", SAID, 1, now)])
        whose = destination(id=found.destination)
        connection.execute(
            delete(senders).where(senders.c.id != found.sender)
        )  # its address is one of a kind
        unmatched.add(connection, whose, sender=ANN, recipient=ANN, message_sid=SAID, now=now)
        connection.execute(insert(stats).values(counted(now)))
        spoil(connection)

    await api.services.store.write(change)
    await api.services.workspace.current()
    api.services.workspace.invalidate()
    return found


def counted(now: datetime) -> dict[str, Any]:
    """A count of what went out from a sender today."""
    texts = (
        "destination_id",
        "mapping_id",
        "channel",
        "sender",
        "country",
        "reason",
        "error_code",
        "currency",
    )
    counts = dict.fromkeys(Counts._fields, 1)
    return {
        "size": "DAY",
        "space": "default",
        "at": now.replace(hour=0),
        **dict.fromkeys(texts, ""),
        **counts,
    }


def spoil(connection: Connection) -> None:
    """Every free text of every table speaks of Ann's number; one in a unique index says so in its own way."""
    for table in metadata.sorted_tables:
        for column in table.columns:
            name = f"{table.name}.{column.name}"
            if name in JSON:
                connection.execute(update(table).values({column.name: JSON[name]}))
            elif isinstance(column.type, FreeText) and TO_BE_READ.get(name, SAID) is not None:
                connection.execute(update(table).values({column.name: TO_BE_READ.get(name, SAID)}))
    connection.execute(text("UPDATE deliveries SET recipient = :ann"), {"ann": ANN})


def all_of(things: Things, name: str) -> str:
    """A query for all that it can show."""
    span = '{from: "2026-02-01T00:00:00Z", to: "2026-03-02T00:00:00Z"}'
    given = {"mappingId": f'"{things.mapping}"', "range": span, "first": "2"}
    assert SCHEMA.query_type is not None
    if name in {"find", "nodes"}:
        return document("query", name)  # the same as of other queries, many times over
    but = "target" if name == "auditEntries" else None  # it could be anything, which the other queries show
    selection = everything(SCHEMA.query_type.fields[name].type, given, but=but).strip()
    return document("query", name, selection[1:-1] or None)


@pytest.mark.parametrize("name", QUERIES)
async def test_no_viewer_is_shown_a_number_and_readers_are(things: Things, name: str) -> None:
    line = QUERIES[name]
    least, api = line.least, things.api
    query = {"query": all_of(things, name), "variables": line.given(things)}

    read = await api.post(query, await api.token(max(Role.READER, least, key=list(Role)[::-1].index)))
    seen = await api.post(query, await api.token(Role.VIEWER))

    assert codes(read.json()) == []
    assert codes(seen.json()) == ([] if least is Role.VIEWER else ["FORBIDDEN"])
    assert bool(telling(read.json())) == (name not in WITHOUT_NUMBERS)
    assert " ".join(sorted(telling(seen.json()))) == ""
    assert DIGITS not in seen.text


def telling(answer: Any, where: str = "") -> set[str]:
    """The fields of an answer that tell the number."""
    match answer:
        case str():
            return {where} if DIGITS in answer else set()
        case dict():
            inner = (telling(value, key if DIGITS not in key else where) for key, value in answer.items())
            return set().union(*inner, *({where} for key in answer if DIGITS in key))
        case list():
            return set().union(*(telling(one, where) for one in answer))
    return set()
