"""Somebody of whom something is held in every table, and a look through everything that is held."""

import zlib
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, select, update

from destinations.kit import Channel, ConsentStatus
from gateway import audit, events as requests, ids
from gateway.background_jobs import BackgroundJob, BackgroundKind, BackgroundStatus
from gateway.events import QueuedRequest
from gateway.jobs import JobKind, NewJob
from gateway.pipeline import telling
from gateway.sending_limits import Counter
from gateway.storage import (
    audit as entries,
    background_jobs,
    claim_counts,
    confirmations,
    conversations,
    external_contacts,
    idempotency,
    inbound_messages,
    jobs,
    notices,
    tables,
    unmatched,
    uploads,
    webhook_deliveries,
)
from gateway.storage.confirmations import Asked
from gateway.storage.conversations import Conversation
from gateway.storage.inbound_messages import StoredMessage
from gateway.storage.notices import Notice
from tests.factories import BOB, NOW, destination, identify, mapping, source, track, word
from tests.gateway.paper import OURS
from tests.gateway.world import World

EVE = "+12025550177"
NAME = "Canary-Finch"
USER = "eve-the-canary"
DEVICE = "device-of-the-canary"
OUTSIDE = "US.1234567890canary"
CANARIES = (EVE[1:], NAME, USER, DEVICE, OUTSIDE)
"""What is hers and nobody else's."""

HERS: dict[str, Any] = {"userId": USER, "anonymousId": DEVICE}


def about_her(**more: Any) -> dict[str, Any]:
    return track(**{**HERS, "properties": {"name": NAME}, **more})


async def planted(world: World) -> None:
    """Eve and Bob, each of whom got a text and gave the same things, and everything else that can be held of her."""
    hers = {"phone": EVE, "sms_opt_in": True, "name": NAME}
    await world.configure(
        source(),
        destination(),
        mapping(fields={"body": {"@template": "Hello {{properties.name}}"}, "send": True}),
    )
    await world.take(
        identify(**HERS, messageId="i-eve", traits=hers),
        identify(userId="bob", messageId="i-bob", traits={"phone": BOB, "sms_opt_in": True, "name": "Bob"}),
        about_her(messageId="m-eve"),
        track(userId="bob", messageId="m-bob", properties={"name": "Bob"}),
        track(anonymousId=DEVICE, userId=None, messageId="m-device", event="Seen"),
        {**track(**HERS, messageId="m-page"), "type": "page", "name": f"Page of {NAME}", "event": None},
    )
    assert await world.deliver() == 2
    await world.store.write(lambda c: _more(c, world))


def _request(number: int) -> bytes:
    calls = [about_her(messageId=f"q-eve-{number}"), track(userId="bob", messageId=f"q-bob-{number}")]
    return requests.encode(QueuedRequest(f"req_{number:032x}", "src_server", NOW, calls))


def _more(connection: Connection, world: World) -> None:
    now = world.clock.now()
    jobs.enqueue(connection, [NewJob(JobKind.MATCH, _request(1), "src_server")], now + timedelta(hours=1))
    jobs.enqueue(connection, [NewJob(JobKind.MATCH, _request(2), "src_server")], now)
    (buried,) = connection.execute(
        select(tables.jobs.c.id).where(tables.jobs.c.payload == _request(2))
    ).scalars()
    connection.execute(
        tables.buried_jobs.insert().values(
            id=buried,
            kind="match",
            subject="src_server",
            payload=_request(2),
            why="?",
            tries=5,
            buried_at=now,
        )
    )
    connection.execute(tables.jobs.delete().where(tables.jobs.c.id == buried))
    connection.execute(update(tables.attempts).values(message=f"The number {EVE} is on a list"))
    connection.execute(update(tables.deliveries).values(error_message=f"To {EVE}", remedy=f"Ask {EVE}"))
    connection.execute(
        update(tables.events)
        .where(tables.events.c.message_id == "m-eve")
        .values(doubts=[["phone", f"{EVE} is written oddly"]])
    )
    bobs = tables.deliveries.c.recipient == BOB
    connection.execute(update(tables.deliveries).where(bobs).values(error_message="To Bob", remedy="Ask Bob"))
    theirs = tables.attempts.c.delivery_id.in_(select(tables.deliveries.c.id).where(bobs))
    connection.execute(update(tables.attempts).where(theirs).values(message="Bob's"))
    message = StoredMessage(
        id=ids.new("inb"),
        space="default",
        destination_id="dst_paper",
        message_sid="SM_IN",
        channel=Channel.SMS,
        phone=EVE,
        external_user_id=OUTSIDE,
        sender=OURS,
        service=None,
        body=f"{NAME} writes",
        media_urls=[],
        keyword=None,
        word=None,
        needs_review=False,
        answer=None,
        delivery_id=None,
        received_at=now,
    )
    inbound_messages.add(connection, message)
    conversations.hear(connection, Conversation("default", EVE, Channel.SMS, OURS, "dst_paper", now))
    notices.tell(connection, [Notice("default", EVE, "dlv_told", now)])
    confirmations.ask(connection, [Asked("default", EVE, Channel.SMS, "dlv_asked", now)])
    day = NOW.date().isoformat()
    claim_counts.add(connection, {Counter(day, "dst_paper", one): 1 for one in (EVE, BOB, "")})
    external_contacts.remember(connection, "default", "dst_paper", [OUTSIDE], EVE, now)
    delivery = connection.scalar(select(tables.deliveries.c.id).where(tables.deliveries.c.recipient == EVE))
    assert delivery is not None
    for about, body in ((message.id, "{}"), (delivery, "{}"), ("dlv_gone", f'{{"recipient":"{EVE}"}}')):
        told = telling.new("delivery.sent", "default", "dst_paper", about, body, now)
        webhook_deliveries.add(connection, [told], now)
    bob = telling.new("delivery.sent", "default", "dst_paper", "dlv_bob", f'{{"recipient":"{BOB}"}}', now)
    webhook_deliveries.add(connection, [bob], now)
    unmatched.add(
        connection, destination(), sender=f"whatsapp:{EVE}", recipient=OURS, message_sid="SM_U", now=now
    )
    for number in (EVE, BOB):
        uploads.keep(connection, "default", f"phone,channel,status\n{number},SMS,yes\n", now)
    background_jobs.add(
        connection,
        BackgroundJob(
            "job_old",
            "default",
            BackgroundKind.REPLAY,
            BackgroundStatus.DONE,
            total=1,
            done=1,
            failed=0,
            message=f"It was not sent to {EVE}.",
            result=None,
            replay_key="",
            include_accepted=False,
            created_at=now,
            finished_at=now,
        ),
    )
    idempotency.claim(connection, "default", "testSend", "key-1", input_hash="h", now=now)
    sealed = world.secrets.encrypt(f'{{"recipient":"{EVE}"}}')
    idempotency.remember(connection, "default", "testSend", "key-1", "dlv_t", sealed)
    idempotency.claim(connection, "default", "testSend", "key-2", input_hash="h", now=now)
    entries.add(
        connection,
        space="default",
        actor="ops",
        action="testSend",
        target_id="dlv_t",
        now=now,
        changes=audit.changes({}, {"to": EVE}),
    )


NO = word(ConsentStatus.UNSUBSCRIBED, 5, phone=EVE, own_word=True, sender=OURS)
"""Her own stop, to the number that texts her."""


def everything(connection: Connection, world: World) -> dict[str, list[str]]:
    """Each row of each table as a text, what is packed and what is sealed opened."""
    return {
        table.name: [
            "\x1f".join(_said(value, world) for value in row) for row in connection.execute(select(table))
        ]
        for table in tables.metadata.sorted_tables
    }


def _said(value: Any, world: World) -> str:
    if isinstance(value, bytes):
        value = (zlib.decompress(value) if value.startswith(b"x") else value).decode()
    if isinstance(value, str) and value.startswith("gAAAA"):
        return world.secrets.decrypt(value)
    return str(value)


async def telling_of_her(world: World) -> dict[str, list[str]]:
    """By table, the rows in which anything is hers."""
    held = await world.store.read(lambda c: everything(c, world))
    found = {
        name: [row for row in rows if any(one in row for one in CANARIES)] for name, rows in held.items()
    }
    return {name: rows for name, rows in found.items() if rows}
