"""Every operation of the schema, with a call of it: one without a line here fails the tests that walk them all."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from graphql import (
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_required_argument,
)

from destinations.kit import Channel, SenderList, Webhooks
from gateway.deliveries import DeliveryStatus
from gateway.jobs import JobKind, NewJob
from gateway.pipeline import telling
from gateway.storage import (
    background_jobs,
    inbound_messages,
    jobs,
    people,
    senders,
    templates,
    tokens,
    webhook_deliveries,
)
from gateway.storage.inbound_messages import StoredMessage
from gateway.workspace import Role
from tests.gateway.graphql.conftest import Api, Ledger
from tests.gateway.graphql.destinations.falcons import KEY, SECOND, Loft, falcons
from tests.gateway.graphql.endpoints import schema_of
from tests.gateway.graphql.imports.owls import EXPORT, OWLS
from tests.gateway.graphql.pigeons import PIGEONS
from tests.gateway.syncing import OTHER, number, template

ANN, OURS, NAMED = "+15551234567", "+12025550100", "+15550001111"
LISTED = SenderList((number(NAMED), number(OTHER)))
CALLED = replace(
    PIGEONS,
    webhooks=Webhooks(status=lambda _call, _settings: (), inbound=lambda _call, _settings: ()),
    predecessors=(OWLS,),
)
DEFINITIONS = {"falcon-post": falcons(Loft()), PIGEONS.slug: CALLED}
SCHEMA = schema_of(DEFINITIONS)._schema
DEEPEST = 5
PERCH = "https://owner.example/hook"
SPAN = {"from": "2026-02-01T00:00:00Z", "to": "2026-03-02T00:00:00Z"}


@dataclass(frozen=True)
class Things:
    """One of each that a call may be about. `falcon` is a destination with a key and a token."""

    api: Api
    source: str
    destination: str
    mapping: str
    falcon: str
    event: str
    rejected: str
    pending: str
    contact: str
    message: str
    token: str
    sender: str
    told: str


Given = Callable[[Things], Mapping[str, Any]]


@dataclass(frozen=True)
class Read:
    """A query or subscription: who may ask it, and what with."""

    least: Role = Role.VIEWER
    given: Given = lambda _: {}


@dataclass(frozen=True)
class Change:
    """A mutation: who may do it, an input that changes something, and one that, behind it, changes nothing more: the same again, unless
    another is named. `before`: other mutations that have to be done first.
    """

    least: Role
    given: Given
    again: Given | None = None
    before: tuple[tuple[str, Given], ...] = field(default=())


def _id(thing: str, /, **more: Any) -> Given:
    return lambda things: {"id": getattr(things, thing), **more}


def _nobody(_: Things) -> Mapping[str, Any]:
    return {"id": "dst_0"}


def _mapping(things: Things) -> Mapping[str, Any]:
    fields = {"from": OURS, "to": ANN, "send": True}
    return {"destinationId": things.destination, "action": "sendNote", "name": "More", "fields": fields}


def _link(things: Things) -> Mapping[str, Any]:
    return {"sourceId": things.source, "destinationId": things.destination}


def _test(things: Things) -> Mapping[str, Any]:
    event = {"type": "track", "event": "Note Written", "userId": "u1", "messageId": "m"}
    return {"mappingId": things.mapping, "event": event, "to": ANN, "idempotencyKey": "k"}


def _consent(**more: Any) -> Given:
    said = {"phone": ANN, "channel": "SMS", "status": "SUBSCRIBED", "evidence": {"method": "form"}}
    return lambda _: {**said, **more}


def _replay(things: Things) -> Mapping[str, Any]:
    return {"id": things.rejected, "idempotencyKey": "k"}


def _replays(_: Things) -> Mapping[str, Any]:
    return {"filter": {"status": ["REJECTED"]}, "idempotencyKey": "k"}


async def _job(things: Things) -> Mapping[str, Any]:
    page = await things.api.services.store.read(lambda c: background_jobs.page(c, "default", None, 1, None))
    return {"id": page.items[0].id}


async def _second_mark(things: Things) -> Mapping[str, Any]:
    asked = (
        "query($id: ID!) { destination(id: $id) { settings { ... on FalconPostSettings { marks { id } } } } }"
    )
    shown = await things.api.data(asked, id=things.falcon)
    marks = shown["destination"]["settings"]["marks"]
    return {"id": things.falcon, "expectedRevision": 2, "authTokenId": marks[-1]["id"]}


async def _plan(things: Things) -> Mapping[str, Any]:
    answer = await ask(things, "mutation", "importPlan", {"input": {"export": EXPORT}}, selection="planId")
    planned = answer["data"]["importPlan"]["planId"]
    return {"planId": planned, "secrets": '{"whistle": "hoo"}', "idempotencyKey": "move-1"}


LATER: Mapping[str, Callable[[Things], Awaitable[Mapping[str, Any]]]] = {
    "importApply": _plan,
    "jobPause": _job,
    "jobResume": _job,
    "jobCancel": _job,
    "destinationAuthTokenPromote": _second_mark,
    "destinationAuthTokenRemove": _second_mark,
}
"""Inputs that are known only once what comes before is done."""

_KEY_ADDED = ("destinationKeyAdd", _id("falcon", expectedRevision=1, **SECOND))
_MARK_ADDED = (
    "destinationAuthTokenAdd",
    _id("falcon", expectedRevision=1, authToken="a-second-mark-of-wax"),
)
_REPLAYED = ("deliveriesReplay", _replays)


def _unknown(_: Things) -> Mapping[str, Any]:
    raise AssertionError("See LATER")


QUERIES: Mapping[str, Read] = {
    "alerts": Read(),
    "apiTokens": Read(Role.ADMIN),
    "auditEntries": Read(),
    "contact": Read(given=lambda _: {"userId": "u1"}),
    "contacts": Read(),
    "definitions": Read(),
    "deliveries": Read(),
    "delivery": Read(given=_id("rejected")),
    "destination": Read(given=_id("destination")),
    "destinationCounts": Read(),
    "destinations": Read(),
    "event": Read(given=_id("event")),
    "eventNames": Read(),
    "eventPaths": Read(given=lambda _: {"name": f"told {ANN}"}),
    "events": Read(),
    "find": Read(given=lambda things: {"text": things.rejected}),
    "inboundMessages": Read(),
    "jobs": Read(),
    "mapping": Read(given=_id("mapping")),
    "mappingPreview": Read(
        Role.READER,
        lambda things: {
            "input": {
                "mappingId": things.mapping,
                "event": {"type": "track", "event": "Note Written", "userId": "u1", "messageId": "m"},
            }
        },
    ),
    "mappings": Read(),
    "node": Read(given=_id("source")),
    "nodes": Read(given=lambda things: {"ids": [things.source, things.contact, things.token]}),
    "queues": Read(),
    "resumePreview": Read(),
    "sendingPaused": Read(),
    "shadowComparison": Read(Role.READER, lambda things: {"mappingId": things.mapping}),
    "source": Read(given=_id("source")),
    "sources": Read(),
    "stats": Read(given=lambda _: {"range": SPAN}),
    "statsBy": Read(given=lambda _: {"range": SPAN, "by": "SENDER"}),
    "triggerCheck": Read(given=lambda _: {"trigger": 'event = "Order Placed"'}),
    "unmatchedCallbacks": Read(),
    "viewer": Read(),
    "webhookDeliveries": Read(),
}

MUTATIONS: Mapping[str, Change] = {
    "apiTokenCreate": Change(
        Role.ADMIN, lambda _: {"name": "Ann", "role": "READER"}, lambda _: {"name": " ", "role": "READER"}
    ),
    "apiTokenRevoke": Change(Role.ADMIN, _id("token")),
    "backtest": Change(
        Role.OPERATOR,
        lambda things: {
            "preview": {"mappingId": things.mapping},
            "range": SPAN,
            "idempotencyKey": "backtest-1",
        },
    ),
    "channelUpdate": Change(Role.ADMIN, lambda _: {"channel": "SMS", "enabled": False}),
    "consentImport": Change(
        Role.OPERATOR,
        lambda things: {"rows": [_consent()(things)], "dryRun": False, "idempotencyKey": "import-1"},
    ),
    "consentUpdate": Change(Role.OPERATOR, _consent(), _consent(phone="nobody")),
    "contactErase": Change(Role.ADMIN, _id("contact"), _id("contact", id="con_0")),
    "contactExport": Change(Role.ADMIN, _id("contact"), _id("contact", id="con_0")),
    "deliveriesReplay": Change(Role.OPERATOR, _replays),
    "deliveryCancel": Change(Role.OPERATOR, _id("pending")),
    "deliveryReplay": Change(Role.OPERATOR, _replay),
    "destinationAuthTokenAdd": Change(Role.ADMIN, _MARK_ADDED[1]),
    "destinationAuthTokenPromote": Change(Role.ADMIN, _unknown, before=(_MARK_ADDED,)),
    "destinationAuthTokenRemove": Change(Role.ADMIN, _unknown, before=(_MARK_ADDED,)),
    "destinationDelete": Change(Role.ADMIN, _id("destination", expectedRevision=1, force=True)),
    "destinationKeyAdd": Change(Role.ADMIN, _KEY_ADDED[1]),
    "destinationKeyPromote": Change(
        Role.ADMIN, _id("falcon", expectedRevision=2, apiKeySid="FK2"), before=(_KEY_ADDED,)
    ),
    "destinationKeyRemove": Change(
        Role.ADMIN, _id("falcon", expectedRevision=2, apiKeySid="FK2"), before=(_KEY_ADDED,)
    ),
    "destinationCreate": Change(
        Role.ADMIN, lambda _: {"name": "More", "settings": {"pigeonPost": {"loft": "LF2"}}}
    ),
    "destinationPause": Change(Role.OPERATOR, _id("destination", note="Sale")),
    "destinationResume": Change(
        Role.OPERATOR, _id("destination"), before=(("destinationPause", _id("destination")),)
    ),
    "destinationUpdate": Change(Role.ADMIN, _id("destination", expectedRevision=1, name="Doves")),
    "destinationVerify": Change(Role.ADMIN, _id("destination"), _nobody),
    "importApply": Change(
        Role.ADMIN,
        _unknown,
        before=(("sourceCreate", lambda _: {"name": "Second"}), ("importPlan", lambda _: {"export": EXPORT})),
    ),
    "importPlan": Change(Role.ADMIN, lambda _: {"export": EXPORT}),
    "inboundReview": Change(Role.OPERATOR, _id("message", answer="STOP")),
    "jobCancel": Change(Role.OPERATOR, _unknown, before=(_REPLAYED,)),
    "jobPause": Change(Role.OPERATOR, _unknown, before=(_REPLAYED,)),
    "jobResume": Change(Role.OPERATOR, _unknown, before=(_REPLAYED, ("jobPause", _unknown))),
    "mappingCreate": Change(
        Role.OPERATOR, _mapping, lambda things: {**_mapping(things), "trigger": "event ="}
    ),
    "mappingDelete": Change(Role.OPERATOR, _id("mapping", expectedRevision=1)),
    "mappingUpdate": Change(Role.OPERATOR, _id("mapping", expectedRevision=1, enabled=False)),
    "senderConnect": Change(Role.ADMIN, _id("sender", expectedUrl="https://before.example")),
    "senderDetach": Change(Role.OPERATOR, _id("sender")),
    "senderPause": Change(Role.OPERATOR, _id("sender", note="Sale")),
    "senderResume": Change(Role.OPERATOR, _id("sender"), before=(("senderPause", _id("sender")),)),
    "senderSwap": Change(
        Role.OPERATOR, lambda things: {"destinationId": things.destination, "from": NAMED, "to": OTHER}
    ),
    "senderSync": Change(Role.OPERATOR, _id("destination"), _nobody),
    "templateSync": Change(Role.OPERATOR, _id("destination"), _nobody),
    "sendingPause": Change(Role.OPERATOR, lambda _: {}),
    "sendingResume": Change(Role.OPERATOR, lambda _: {}, before=(("sendingPause", lambda _: {}),)),
    "sourceConnect": Change(Role.ADMIN, _link),
    "sourceCreate": Change(Role.ADMIN, lambda _: {"name": "More"}),
    "sourceDelete": Change(Role.ADMIN, _id("source", expectedRevision=1, force=True)),
    "sourceDisconnect": Change(Role.ADMIN, _link, before=(("sourceConnect", _link),)),
    "sourceKeyRotate": Change(Role.ADMIN, _id("source", expectedRevision=1)),
    "sourceUpdate": Change(Role.ADMIN, _id("source", expectedRevision=1, enabled=False)),
    "testSend": Change(Role.OPERATOR, _test, before=(("destinationVerify", _id("destination")),)),
    "webhookDeliveryReplay": Change(Role.OPERATOR, _id("told")),
    "webhookSecretRotate": Change(Role.ADMIN, _id("falcon", expectedRevision=1, idempotencyKey="cry-1")),
    "webhookTest": Change(Role.OPERATOR, _id("falcon", idempotencyKey="test-1")),
}

SUBSCRIPTIONS: Mapping[str, Read] = {
    "deliveryTail": Read(),
    "destinationStatusChanged": Read(),
    "eventTail": Read(),
}


async def things(ledger: Ledger) -> Things:
    """A space with one of each."""
    api, now = ledger.api, ledger.api.clock.now()
    rejected = await ledger.delivery(1, status=DeliveryStatus.REJECTED)
    pending = await ledger.delivery(2)
    message = StoredMessage(
        id=f"inb_{1:032x}",
        space="default",
        destination_id=ledger.destination_id,
        message_sid="SM1",
        channel=Channel.SMS,
        phone=ANN,
        external_user_id=None,
        sender=OURS,
        service="MG1",
        body="stop by at 5?",
        media_urls=[],
        keyword=None,
        word=None,
        needs_review=True,
        answer=None,
        delivery_id=None,
        received_at=now,
    )

    def change(connection: Any) -> str:
        people.add_contact(connection, "default", ANN, now)
        inbound_messages.add(connection, message)
        jobs.enqueue(connection, [NewJob(JobKind.DELIVER, subject=pending)], now)
        found = people.contact(connection, "default", ANN)
        assert found is not None
        return found[0]

    contact = await api.services.store.write(change)
    settings = {"falconPost": {"loft": "LF1", **KEY, "mark": "the-first-mark-of-wax", "perch": PERCH}}
    made = await api.change(
        "destinationCreate", {"name": "Falcons", "settings": settings}, "destination { id }"
    )
    await api.services.store.write(lambda c: senders.keep(c, ledger.destination_id, LISTED, now))
    await api.services.store.write(lambda c: templates.keep(c, ledger.destination_id, [template()], now))
    api.services.workspace.invalidate()
    known = await api.services.store.read(lambda c: senders.known(c, [ledger.destination_id]))
    sender = known[ledger.destination_id].by_address[NAMED].id
    token = await api.services.store.write(
        lambda c: tokens.add(c, name="Bob", role=Role.READER, space="default", token="hgt_bobs", now=now)
    )
    falcon = made["destination"]["id"]
    told = replace(telling.new("delivery.sent", "default", falcon, "dlv_1", "{}", now), dead=True)
    await api.services.store.write(lambda c: webhook_deliveries.add(c, [told], now))
    return Things(
        api,
        ledger.source_id,
        ledger.destination_id,
        ledger.mapping_id,
        falcon,
        f"evt_{1:032x}",
        rejected,
        pending,
        contact,
        message.id,
        token,
        sender,
        told.id,
    )


def document(kind: str, name: str, selection: str | None = None) -> str:
    """An operation that asks for that field alone, with a variable for each of its arguments."""
    root: GraphQLObjectType | None = getattr(SCHEMA, f"{kind}_type")
    assert root is not None
    asked = root.fields[name]
    taken = {
        key: one.type
        for key, one in asked.args.items()
        if is_required_argument(one) or not isinstance(one.type, GraphQLNonNull)
    }
    declared = ", ".join(f"${key}: {kind}" for key, kind in taken.items())
    passed = ", ".join(f"{key}: ${key}" for key in taken)
    named = get_named_type(asked.type)
    if selection is None:
        payload = "errors { __typename message code path }"
        selection = payload if "errors" in getattr(named, "fields", {}) else "__typename"
    selected = "" if is_leaf_type(named) else f" {{ {selection} }}"
    return (
        f"{kind}{f'({declared})' if declared else ''} {{ {name}{f'({passed})' if passed else ''}{selected} }}"
    )


async def ask(
    things: Things, kind: str, name: str, given: Mapping[str, Any], *token: str, selection: str | None = None
) -> Any:
    """The whole answer to a call of that operation."""
    return await things.api.ask(document(kind, name, selection), *token, **given)


async def do(things: Things, name: str, given: Given, *token: str) -> Any:
    """The whole answer to a mutation with that input."""
    later = LATER.get(name)
    asked = given(things) if later is None or given is not _unknown else await later(things)
    return await ask(things, "mutation", name, {"input": asked}, *token)


def everything(
    kind: GraphQLOutputType,
    given: Mapping[str, str],
    path: tuple[str, ...] = (),
    *,
    but: str | None = None,
) -> str:
    """A selection of all that can be asked of that type, `DEEPEST` types deep, but for what is asked further up already, and for lists
    within lists. `given` has what fields are to be given, by name; the fields named `but` are left out.
    """
    named = get_named_type(kind)
    if is_leaf_type(named):
        return ""
    if is_abstract_type(named):
        several = (
            f"... on {one.name}{everything(one, given, path, but=but)}"
            for one in SCHEMA.get_possible_types(named)
            if one.name not in path
        )
        return f" {{ __typename {' '.join(several) if len(path) < DEEPEST else ''} }}"
    assert isinstance(named, GraphQLObjectType)
    asked = []
    for name, one in named.fields.items():
        inner = get_named_type(one.type)
        again = inner.name.endswith("Connection") and any(one.endswith("Connection") for one in path)
        too_deep = len(path) >= DEEPEST and not is_leaf_type(inner)
        if inner.name in (*path, named.name) or again or too_deep or name == but:
            continue
        takes = [f"{key}: {given[key]}" for key in one.args if key in given]
        aliased = (
            f"{name}_{named.name}: {name}"  # two of a union may have a field of one name and of two types
        )
        inside = everything(one.type, given, (*path, named.name), but=but)
        asked.append(f"{aliased}{f'({chr(44).join(takes)})' if takes else ''}{inside}")
    return f" {{ {' '.join(asked) or '__typename'} }}"


def codes(answer: Any) -> list[str]:
    """The codes of the top-level errors of an answer."""
    return [error["extensions"]["code"] for error in answer.get("errors", [])]
