"""Writes down what an owner is to be told, in the transaction in which it happens: told to nobody else, and lost with nothing. So is
what becomes an event of a source (`source_events`).

Whoever is not listened to costs one look for a batch: which of its destinations tell their owners anything, or have such a source.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Connection

from destinations.kit import (
    DestinationStatus,
    Form,
    InboundSourceEvent,
    LinkClicked,
    OwnerEvent,
    StatusChanged,
)
from gateway import ids
from gateway.deliveries import FORWARD_URL, Delivery
from gateway.pipeline import owner_events, source_events
from gateway.pipeline.owner_events import Happening
from gateway.sending_limits import Near
from gateway.storage import deliveries, events, webhook_deliveries
from gateway.storage.inbound_messages import StoredMessage
from gateway.storage.webhook_deliveries import PASSED_ON, WebhookDelivery


def of_deliveries(connection: Connection, found: Sequence[Happening], now: datetime) -> None:
    """What became of Deliveries, by what is stored of them now."""
    if not found:
        return
    listening = webhook_deliveries.listening(connection, {one.destination_id for one in found})
    told = [
        one
        for one in found
        if one.destination_id in listening and one.event in listening[one.destination_id].events
    ]
    facts = [
        (one, kind)
        for one in found
        if one.destination_id in listening
        and (kind := source_events.of(one)) in listening[one.destination_id].source_events
        and kind is not None
    ]
    if not told and not facts:
        return
    whose = [*(one.delivery_id for one in told), *(one.delivery_id for one, _kind in facts)]
    there = deliveries.by_ids(connection, list(dict.fromkeys(whose)))
    about = events.told(connection, list({one.event_id for one in there.values()}))
    made = [
        new(
            one.event,
            delivery.space,
            delivery.destination_id,
            delivery.id,
            owner_events.of_delivery(one, delivery, about.get(delivery.event_id), now),
            now,
        )
        for one in told
        if (delivery := there.get(one.delivery_id)) is not None
    ]
    webhook_deliveries.add(connection, made, now)
    calls: dict[str, list[dict[str, Any]]] = {}
    for one, kind in facts:
        source_id, delivery = listening[one.destination_id].source_id, there.get(one.delivery_id)
        if source_id is None or delivery is None:
            continue
        call = source_events.of_delivery(kind, one, delivery, about.get(delivery.event_id), now)
        if call is not None:
            calls.setdefault(source_id, []).append(call)
    source_events.enqueue(connection, calls, now)


def of_click(connection: Connection, delivery: Delivery, click: LinkClicked, now: datetime) -> None:
    """That somebody followed a link of a Delivery."""
    owner = webhook_deliveries.listening(connection, [delivery.destination_id]).get(delivery.destination_id)
    wanted = InboundSourceEvent.MESSAGE_LINK_CLICKED
    if owner is None or owner.source_id is None or wanted not in owner.source_events:
        return
    about = events.told(connection, [delivery.event_id])
    call = source_events.of_click(delivery, about.get(delivery.event_id), click, now)
    if call is not None:
        source_events.enqueue(connection, {owner.source_id: [call]}, now)


def of_message(connection: Connection, message: StoredMessage, now: datetime) -> None:
    """What a person wrote."""
    event, whose = OwnerEvent.MESSAGE_RECEIVED, message.destination_id
    owner = webhook_deliveries.listening(connection, [whose]).get(whose)
    if owner is not None and event in owner.events:
        body = owner_events.of_message(message, now)
        webhook_deliveries.add(connection, [new(event, owner.space, whose, message.id, body, now)], now)


def of_status(
    connection: Connection,
    destination_id: str,
    before: DestinationStatus,
    after: DestinationStatus,
    verification: Mapping[str, Any] | None,
    now: datetime,
) -> None:
    """That a destination stands otherwise than before, where it does; and what its checks found wrong."""
    if before is after:
        return
    event = OwnerEvent.DESTINATION_STATUS_CHANGED
    owner = webhook_deliveries.listening(connection, [destination_id]).get(destination_id)
    if owner is None or event not in owner.events:
        return
    checks = (verification or {}).get("checks") or ()
    problems = [str(one.get("message") or one.get("code")) for one in checks if not one.get("passed")]
    body = owner_events.of_status(destination_id, before, after, problems, now)
    told = new(event, owner.space, destination_id, destination_id, body, now)
    webhook_deliveries.add(connection, [told], now)


def of_limit(connection: Connection, near: Near, now: datetime) -> None:
    """That a destination has sent nearly all that it may today."""
    event, whose = OwnerEvent.DESTINATION_LIMIT_NEAR, near.destination_id
    owner = webhook_deliveries.listening(connection, [whose]).get(whose)
    if owner is not None and event in owner.events:
        told = new(event, owner.space, whose, whose, owner_events.of_limit(near, now), now)
        webhook_deliveries.add(connection, [told], now)


def pass_on(connection: Connection, said: Sequence[tuple[str, StatusChanged]], now: datetime) -> None:
    """The provider's calls themselves, each with the Delivery that it is about, to owners who are told so. Repeated, one is passed on
    once.
    """
    calls = [(delivery_id, signal) for delivery_id, signal in said if signal.form]
    if not calls:
        return
    there = deliveries.forwarded(connection, list({delivery_id for delivery_id, _signal in calls}))
    made = []
    for delivery_id, signal in calls:
        delivery = there.get(delivery_id)
        url = None if delivery is None else (delivery.intent or {}).get(FORWARD_URL)
        if delivery is None or url is None:
            continue
        one = passed_on(
            PASSED_ON, delivery.space, delivery.destination_id, delivery.id, url, signal.form, now
        )
        made.append(replace(one, id=f"whd_{ids.digest(f'{delivery.id} {one.body}')[:32]}"))
    webhook_deliveries.add(connection, list({one.id: one for one in made}.values()), now)


def passed_on(
    event: str, space: str, destination_id: str, about: str, url: str, form: Form, now: datetime
) -> WebhookDelivery:
    """A call of the provider that is passed on to that address, as it is kept."""
    one = new(event, space, destination_id, about, urlencode(form), now)
    return replace(one, passed_on=True, url=url)


def new(event: str, space: str, destination_id: str, about: str, body: str, now: datetime) -> WebhookDelivery:
    """An event that an owner is to be told, as it is kept."""
    return WebhookDelivery(
        id=ids.new("whd"),
        space=space,
        destination_id=destination_id,
        event=event,
        about=about,
        passed_on=False,
        url=None,
        body=body,
        attempts=0,
        last_status=None,
        last_answer=None,
        dead=False,
        began_at=now,
        next_attempt_at=now,
        delivered_at=None,
        created_at=now,
    )
