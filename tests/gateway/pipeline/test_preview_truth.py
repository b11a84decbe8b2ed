"""The dry run against the real thing: for every sample event and every recorded case, what is said before is what becomes of it."""

import json
from collections.abc import Iterable, Iterator, Mapping as Object
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import httpx
from pydantic import ValidationError
from sqlalchemy import Connection

from destinations.kit import DestinationDefinition, HttpRequest, HttpResponse
from destinations.kit.registry import installed
from gateway import ids
from gateway.clock import ManualClock
from gateway.deliveries import Delivery, DeliveryStatus
from gateway.events import EventOutcome
from gateway.pipeline.preview import Preview, preview
from gateway.sending.reading import Reader
from gateway.settings import Settings
from gateway.storage import delivery_lists, destinations, mappings, sources
from gateway.storage.engine import Store
from gateway.workspace import Destination, Mapping, Source
from mappings import MappingError
from mappings.presets.audience_entered_sms import PRESET
from tests.factories import destination, mapping, source
from tests.gateway.asked import Asked
from tests.gateway.paper import Provider, created
from tests.gateway.world import World

TESTS = Path(__file__).parents[2]
SAMPLES = json.loads((TESTS / "segment/events.json").read_text("utf-8"))["events"]
CASES = [
    case
    for case in json.loads((TESTS / "conformance/engage.json").read_text("utf-8"))
    if case["action"] != "testAuthentication"
]
ANY = " or ".join(f'type = "{kind}"' for kind in ("track", "identify", "page", "screen", "group", "alias"))
AGES = 60 * 365 * 86_400
"""In seconds: how old an event is, is not what it is about."""

EVERY = delivery_lists.DeliveryFilter()
ACCOUNT = {"accountSid": "AC" + "0" * 32, "authToken": "0" * 32}
FIELDS = {**PRESET.fields, "from": "+15005550006", "body": "Hi!"}


def twilio() -> DestinationDefinition:
    [definition] = installed().values()
    return definition


class Recorded(Provider):
    """Answers a GET as it was recorded for the case at hand."""

    def __init__(self) -> None:
        super().__init__()
        self.stubs: list[dict[str, Any]] = []

    def answer(self, request: HttpRequest) -> HttpResponse:
        return created(ids.new("SM"))

    def read(self, request: httpx.Request) -> httpx.Response:
        wanted = str(request.url)
        stub = next((one for one in self.stubs if (one["method"], one["url"]) == ("GET", wanted)), None)
        if stub is None:
            return httpx.Response(404, json={"code": 20404, "message": "not found"})
        if stub.get("timeout") or "network_error" in stub:
            raise httpx.ConnectError("refused", request=request)
        if "json" in stub:
            return httpx.Response(stub["status"], json=stub["json"])
        return httpx.Response(stub["status"], text=stub["body"])


class Forgetful:
    """A cache that keeps nothing: the next case is answered otherwise."""

    async def get(self, key: str) -> bytes | None:
        return None

    async def put(self, key: str, value: bytes, seconds: float) -> None:
        return None


class Came(NamedTuple):
    """What is compared: the decision, the reason, and the form that left."""

    decision: str
    reason: str | None
    form: Any


class Case(NamedTuple):
    """One event, and one mapping in a space of its own."""

    source: Source
    destination: Destination
    mapping: Mapping
    event: dict[str, Any]


async def configured(
    store: Store, folder: Path, clock: ManualClock, cases: Iterable[Case], provider: Recorded
) -> World:
    """All of them, each source connected to its own destination."""
    settings = Settings(data_dir=folder, public_url="https://texts.example.com")
    world = World(store, folder, clock, settings, provider, twilio())
    reader = Reader(Forgetful(), Asked(httpx.MockTransport(provider.read)))
    world.services = replace(world.services, reader=reader)

    def configure(connection: Connection) -> None:
        for case in cases:
            sources.add(connection, case.source)
            destinations.add(connection, case.destination, world.secrets)
            mappings.add(connection, case.mapping)
            sources.connect(connection, case.source.id, case.destination.id)

    await store.write(configure)
    return world


async def compared(world: World, case: Case) -> tuple[Came, Came] | None:
    """What was said, and what came of it; None where the mapping does not compile."""
    before, asked = await world.counts(), len(world.requests)
    try:
        said = await preview(world.services, case.destination, case.mapping, case.event)
    except MappingError:
        return None
    assert (await world.counts(), len(world.requests)) == (before, asked)
    [outcome] = await world.take(case.event, source=case.source.id)
    leased = await world.lease()
    if leased:
        await world.work_on(leased)
    there = await world.store.read(lambda c: delivery_lists.page(c, case.source.space, 10, None, EVERY))
    await world.store.write(lambda c: c.exec_driver_sql("DELETE FROM jobs"))
    return _said(said), _came(outcome, there.items)


def _said(said: Preview) -> Came:
    if said.problem is not None:
        return Came("INVALID", None, None)
    form = None if said.sent is None or said.decision != "SEND" else _form(said.sent.request.form)
    return Came(said.decision, said.reason, form)


_DECISIONS: Object[DeliveryStatus, str] = {
    DeliveryStatus.ACCEPTED: "SEND",
    DeliveryStatus.SUPPRESSED: "SUPPRESS",
    DeliveryStatus.REJECTED: "REJECT",
    DeliveryStatus.HELD: "HOLD",
    DeliveryStatus.RETRYING: "HOLD",
}


def _came(outcome: EventOutcome, made: Any) -> Came:
    if outcome is EventOutcome.INVALID:
        return Came("INVALID", None, None)
    if not made:
        return Came("NO_MATCH", None, None)
    one: Delivery
    [one] = made
    form = (
        _form(one.intent["form"])
        if one.intent is not None and one.status is DeliveryStatus.ACCEPTED
        else None
    )
    return Came(_DECISIONS[one.status], one.reason, form)


def _form(form: Any) -> list[tuple[str, str]]:
    """The fields in their order; the address for callbacks names the Delivery, which a dry run has none of."""
    return [(name, _unnamed(value) if name == "StatusCallback" else value) for name, value in form]


def _unnamed(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path} {sorted(name for name in parse_qs(parts.query, keep_blank_values=True))}"


def samples() -> Iterator[tuple[str, Case]]:
    for number, row in enumerate(SAMPLES):
        for model in (False, True):
            name = f"{row['name']}-{'out' if model else 'in'}"
            space = f"s{number}{model}"
            there = destination(id=f"dst-{space}", space=space, definition=twilio().slug, settings=ACCOUNT)
            one = mapping(
                id=f"map-{space}",
                destination_id=there.id,
                action="sendSms",
                trigger='type = "track" or type = "identify"',
                max_age_seconds=AGES,
                fields={**FIELDS, "sendBasedOnOptOut": model},
            )
            yield (
                name,
                Case(source(id=f"src-{space}", space=space, write_key_hash=space), there, one, row["event"]),
            )


def recorded(case: dict[str, Any], space: str) -> Case | None:
    """The case as our own settings have it; None where they would be refused."""
    definition = twilio()
    settings = definition.translate_settings(case["settings"])
    try:
        definition.settings.model_validate(settings)
    except ValidationError:
        return None
    there = destination(id=f"dst-{space}", space=space, definition=definition.slug, settings=settings)
    one = mapping(
        id=f"map-{space}",
        destination_id=there.id,
        action=case["action"],
        trigger=case.get("subscribe", ANY),
        max_age_seconds=AGES,
        fields=case["mapping"],
    )
    return Case(source(id=f"src-{space}", space=space, write_key_hash=space), there, one, case["event"])


async def test_what_is_said_of_a_sample_event_is_what_becomes_of_it(
    store: Store, tmp_path: Path, clock: ManualClock
) -> None:
    cases = dict(samples())
    world = await configured(store, tmp_path, clock, cases.values(), Recorded())
    decisions, differing = set(), {}

    for name, case in cases.items():
        both = await compared(world, case)
        assert both is not None
        decisions.add(both[1].decision)
        if both[0] != both[1]:
            differing[name] = both

    assert differing == {}
    assert decisions == {"SEND", "HOLD", "SUPPRESS", "NO_MATCH"}


async def test_what_is_said_of_a_recorded_case_is_what_becomes_of_it(
    sqlite_store: Store, tmp_path: Path, clock: ManualClock
) -> None:
    found = ((one, recorded(one, f"c{number}")) for number, one in enumerate(CASES))
    cases = [(one, case) for one, case in found if case is not None]
    provider = Recorded()
    world = await configured(sqlite_store, tmp_path, clock, [case for _one, case in cases], provider)
    decisions, differing = [], {}

    for one, case in cases:
        provider.stubs = one["http"]
        both = await compared(world, case)
        if both is None:
            continue
        decisions.append(both[1].decision)
        if both[0] != both[1]:
            differing[one["id"]] = both

    assert differing == {}
    assert len(decisions) > 200
    assert set(decisions) >= {"SEND", "HOLD", "SUPPRESS", "REJECT"}
