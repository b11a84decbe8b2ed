"""The sample events, posted as an SDK posts them: each is kept whole, and what it expects of a gateway comes true.

Every row has a source, a destination and a space of its own, so that no row's people or consent are another's.
"""

import asyncio
import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection, select

from destinations.kit import Channel, HttpRequest, HttpResponse
from destinations.kit.registry import installed
from gateway import app, ids
from gateway.clock import ManualClock
from gateway.sending import MemoryClient
from gateway.settings import Settings
from gateway.spec import iso
from gateway.storage import destinations, mappings, sources, tables
from gateway.times import parse_time
from mappings import compile_trigger
from mappings.presets.audience_entered_sms import PRESET
from tests import factories
from tests.integration.system import until

ROWS: Mapping[str, dict[str, Any]] = {
    row["name"]: row
    for row in json.loads(Path(__file__).with_name("events.json").read_text(encoding="utf-8"))["events"]
}
NAME = "Twilio Messaging"
"""How the rows call the destination in their `integrations`: here ours goes by that name."""

FIELDS = {**PRESET.fields, "from": "+15005550006", "body": "Hi!"}
ACCOUNT = {"accountSid": "AC" + "0" * 32, "authToken": "0" * 32}
AGES = 400 * 365 * 86_400
"""In seconds: how old a row is, the oldest is of 2012, is not what it is about."""


@dataclass(frozen=True)
class Kept:
    """What became of one row."""

    event: Mapping[str, Any]
    timestamp: datetime
    outcome: str
    problem: str | None
    sent_to: Mapping[str, str | None]
    """By the model of consent (`sms_opt_in`, `sms_opt_out_model`): the number that was texted."""
    reasons: frozenset[str]
    agreed: frozenset[tuple[str, str]]
    """(number, channel) of which the event said yes."""


@pytest.fixture(scope="module")
def posted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Mapping[str, Any], Mapping[str, Kept]]:
    """The answers, and what became of the rows that were taken."""
    return asyncio.run(_post_all(tmp_path_factory.mktemp("events")))


@pytest.fixture
def kept(posted: tuple[Mapping[str, Any], Mapping[str, Kept]]) -> Mapping[str, Kept]:
    return posted[1]


def rows_that_expect(*keys: str) -> pytest.MarkDecorator:
    names = [name for name, row in ROWS.items() if set(keys) & set(row.get("expect") or {})]
    return pytest.mark.parametrize("name", names)


@pytest.mark.parametrize("name", ROWS)
def test_is_answered_and_kept_whole(name: str, posted: tuple[Mapping[str, Any], Mapping[str, Kept]]) -> None:
    answers, kept = posted
    sent = ROWS[name]["event"]

    assert answers[name] == {"success": True}
    assert kept[name].problem is None
    event = kept[name].event
    changed = {key for key, value in sent.items() if event.get(key) != value}
    if name == "identify-numeric-user-id":
        assert (changed, event["userId"]) == ({"userId"}, str(sent["userId"]))
    else:
        assert changed <= {"timestamp"}


@rows_that_expect("skew")
def test_its_time_is_by_our_clock(name: str, kept: Mapping[str, Kept]) -> None:
    row, wanted = kept[name], ROWS[name]["expect"]["skew"]

    assert {key: row.event[key] for key in wanted} == wanted
    assert iso(row.timestamp) == wanted["timestamp"]


@rows_that_expect("delivered_to_twilio_messaging")
def test_its_integrations_decide_whether_it_gets_here(name: str, kept: Mapping[str, Kept]) -> None:
    delivered = ROWS[name]["expect"]["delivered_to_twilio_messaging"]

    assert kept[name].outcome == ("MATCHED" if delivered else "UNMATCHED")
    assert len(kept[name].sent_to) == (2 if delivered else 0)


@rows_that_expect("sms_opt_in", "sms_opt_out_model")
def test_it_texts_whom_its_model_of_consent_allows(name: str, kept: Mapping[str, Kept]) -> None:
    expected = ROWS[name]["expect"]
    wanted = {key: expected[key] for key in ("sms_opt_in", "sms_opt_out_model") if key in expected}

    assert {key: kept[name].sent_to[key] for key in wanted} == wanted


@rows_that_expect("whatsapp_opt_in")
def test_its_yes_to_whatsapp_is_remembered_apart(name: str, kept: Mapping[str, Kept]) -> None:
    assert kept[name].agreed == {(ROWS[name]["expect"]["whatsapp_opt_in"], Channel.WHATSAPP)}


@rows_that_expect("reason")
def test_the_refusal_says_why(name: str, kept: Mapping[str, Kept]) -> None:
    assert kept[name].reasons == {ROWS[name]["expect"]["reason"].upper()}


@rows_that_expect("audience_membership")
def test_a_trigger_reads_its_membership(name: str, kept: Mapping[str, Kept]) -> None:
    event = kept[name].event
    where = "traits" if event["type"] == "identify" else "properties"
    key = event["context"]["personas"]["computation_key"]
    of_audiences = '(context.personas.computation_class = "audience" or context.personas.computation_class = "journey_step")'

    member = {
        value: compile_trigger(f"{of_audiences} and {where}.{key} = {json.dumps(value)}").matches(event)
        for value in (True, False)
    }

    expected = ROWS[name]["expect"]["audience_membership"]
    assert member == {True: expected is True, False: expected is False}


NOT_CHECKED: Mapping[str, str] = {
    "segment_sms": "what another product's action does with a number; such columns are informational",
    "normalised": "a rule of numbers that is not ours: DESIGN leaves them to phonenumbers, and the recorded cases check it",
}


def test_every_expectation_is_checked_or_named() -> None:
    checked = {
        *("skew", "delivered_to_twilio_messaging", "sms_opt_in", "sms_opt_out_model"),
        *("whatsapp_opt_in", "reason", "audience_membership"),
    }

    assert {key for row in ROWS.values() for key in row.get("expect") or {}} == checked | set(NOT_CHECKED)


async def _post_all(folder: Path) -> tuple[Mapping[str, Any], Mapping[str, Kept]]:
    clock = ManualClock(factories.NOW)
    [(slug, definition)] = installed().items()
    gateway = await app.build(
        # Some of the samples are years apart, and all of them are read.
        Settings(data_dir=folder, retention_payloads_days=MOST_DAYS, retention_deliveries_days=MOST_DAYS),
        clock=clock,
        client=MemoryClient(_created),
        definitions={slug: replace(definition, integration_names=(NAME,))},
    )
    store, stopping = gateway.services.store, asyncio.Event()
    await store.write(lambda c: _configure(c, gateway, slug))
    gateway.services.workspace.invalidate()
    worker = asyncio.create_task(gateway.run_worker(stopping))
    try:
        transport = httpx.ASGITransport(gateway.app)
        answers = {}
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
            for name, row in ROWS.items():
                received = (row.get("expect") or {}).get("skew", {}).get("receivedAt")
                _move(clock, parse_time(received) or factories.NOW)
                answer = await client.post("/v1/batch", json={"batch": [row["event"]]}, auth=(name, ""))
                answers[name] = answer.json()
        await asyncio.to_thread(until, partial(_none, folder, _UNSEEN), 60, "a first decision on each")
        _move(clock, factories.NOW + timedelta(minutes=1))  # past the wait for a number on its way
        await asyncio.to_thread(until, partial(_none, folder, _WAITING), 60, "a last one")
        return answers, await store.read(_kept)
    finally:
        stopping.set()
        await worker
        await gateway.close()


_WAITING = "SELECT id FROM jobs WHERE kind <> 'follow'"  # what was sent is asked for later
_UNSEEN = (
    "SELECT id FROM jobs WHERE kind = 'match' "
    "UNION SELECT id FROM deliveries WHERE status IN ('PENDING', 'SENDING')"
)


MOST_DAYS = 3_650


def _none(folder: Path, query: str) -> bool:
    with closing(sqlite3.connect(folder / "heliograph.db")) as database:
        return database.execute(query).fetchone() is None


def _move(clock: ManualClock, to: datetime) -> None:
    clock.advance((to - clock.now()).total_seconds())


def _created(_request: HttpRequest) -> HttpResponse:
    body = json.dumps({"sid": ids.new("SM"), "status": "queued"}).encode()
    return HttpResponse(201, {"content-type": "application/json"}, body)


def _configure(connection: Connection, gateway: app.Gateway, slug: str) -> None:
    for name in ROWS:
        place = {"space": name}
        source = factories.source(id=f"src:{name}", write_key_hash=ids.digest(name), **place)
        destination = factories.destination(id=f"dst:{name}", definition=slug, settings=ACCOUNT, **place)
        sources.add(connection, source)
        destinations.add(connection, destination, gateway.services.secrets)
        sources.connect(connection, source.id, destination.id)
        for model in ("sms_opt_in", "sms_opt_out_model"):
            mapping = factories.mapping(
                id=f"{model}:{name}",
                destination_id=destination.id,
                action="sendSms",
                trigger='type = "track"',
                max_age_seconds=AGES,
                fields={**FIELDS, "sendBasedOnOptOut": model == "sms_opt_out_model"},
            )
            mappings.add(connection, mapping)


def _kept(connection: Connection) -> Mapping[str, Kept]:
    events = connection.execute(select(tables.events)).all()
    deliveries = connection.execute(select(tables.deliveries)).all()
    words = connection.execute(select(tables.consent_history)).all()
    return {
        event.space: Kept(
            event=event.payload,
            timestamp=event.timestamp,
            outcome=event.outcome,
            problem=event.problem,
            sent_to={
                one.mapping_id.partition(":")[0]: one.recipient if one.status == "ACCEPTED" else None
                for one in deliveries
                if one.event_id == event.id
            },
            reasons=frozenset(one.reason for one in deliveries if one.event_id == event.id and one.reason),
            agreed=frozenset(
                (word.phone, word.channel)
                for word in words
                if word.space == event.space and word.status == "SUBSCRIBED"
            ),
        )
        for event in events
    }
