"""Valid by default: a test overrides the one thing it is about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from destinations.kit import Channel, ConsentStatus, DestinationStatus, Policy, Purpose, SenderKind
from gateway import ids, spec
from gateway.consent import ConsentEntry, ConsentSource
from gateway.deliveries import NewDelivery
from gateway.events import Event
from gateway.workspace import Destination, Mapping, Source, SourceTrust

NOW = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
WRITE_KEY = "wk_of_the_server_source"
ANN = "+12025550101"
BOB = "+12025550102"
AT_ONCE: dict[str, float] = dict.fromkeys(SenderKind, 100_000.0)
"""A pace that keeps nothing waiting, with the clock standing still."""


UNHINDERED: dict[str, Any] = {
    "quietHoursStart": "00:00",
    "quietHoursEnd": "00:00",
    "dailyMessageLimit": 0,
    "perRecipientDailyLimit": 0,
    "optOutWords": False,
    "allowedCountries": [],
}
"""A policy, as it is given, by which a text goes at any hour and to any country, however many went before, and is as its mapping has it."""


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def track(**overrides: Any) -> dict[str, Any]:
    """A track call as an SDK sends it; an override of None leaves the key out."""
    given = {"type": "track", "event": "Order Placed", "userId": "ann", "messageId": "m-1", **overrides}
    return {name: value for name, value in given.items() if value is not None}


def identify(**overrides: Any) -> dict[str, Any]:
    """An identify that gives a number and an opt-in."""
    given = {
        "type": "identify",
        "userId": "ann",
        "messageId": "m-0",
        "traits": {"phone": ANN, "sms_opt_in": True},
        **overrides,
    }
    return {name: value for name, value in given.items() if value is not None}


def event(raw: Any = None, at: datetime = NOW, **options: Any) -> Event:
    """The Event that a call is, received at that time."""
    return spec.event_of(track() if raw is None else raw, received_at=at, **options)


def source(**overrides: Any) -> Source:
    given = Source(
        id="src_server",
        space="default",
        name="shop",
        trust=SourceTrust.SERVER,
        enabled=True,
        revision=1,
        write_key_hash=ids.digest(WRITE_KEY),
        write_key_last_four=WRITE_KEY[-4:],
        write_key_set_at=NOW,
        sms_opt_in_trait="sms_opt_in",
        whatsapp_opt_in_trait="whatsapp_opt_in",
        created_at=NOW,
    )
    return replace(given, **overrides)


def browser(**overrides: Any) -> Source:
    """A source whose key is in every page."""
    given = {
        "id": "src_browser",
        "name": "page",
        "trust": SourceTrust.BROWSER,
        "write_key_hash": ids.digest("wk_of_the_page"),
    }
    return source(**(given | overrides))


def destination(**overrides: Any) -> Destination:
    given = Destination(
        id="dst_paper",
        space="default",
        definition="paper",
        name="Paper",
        enabled=True,
        status=DestinationStatus.VERIFIED,
        revision=1,
        settings={"token": "s3cret-of-paper"},
        secrets_set_at=NOW,
        verification=None,
        created_at=NOW,
        updated_at=NOW,
        policy=Policy(messages_per_second=AT_ONCE),
    )
    return replace(given, **overrides)


def mapping(**overrides: Any) -> Mapping:
    given = Mapping(
        id="map_order",
        destination_id="dst_paper",
        action="sendPaper",
        name="order",
        trigger='type = "track" and event = "Order Placed"',
        cancel_trigger=None,
        purpose=Purpose.MARKETING,
        max_age_seconds=14_400,
        allow_browser_events=False,
        allow_import=False,
        fields={"body": "Thanks!", "send": True},
        enabled=True,
        revision=1,
        created_at=NOW,
        updated_at=NOW,
    )
    return replace(given, **overrides)


def new_delivery(**overrides: Any) -> NewDelivery:
    """A Delivery as the match job makes it."""
    given = NewDelivery(
        id="dlv_1",
        space="default",
        event_id="evt_1",
        source_id="src_server",
        destination_id="dst_paper",
        mapping_id="map_order",
        person_id=None,
        channel=Channel.SMS,
    )
    return msgspec.structs.replace(given, **overrides)


def word(status: ConsentStatus = ConsentStatus.SUBSCRIBED, at: float = 0, **overrides: Any) -> ConsentEntry:
    """One word of consent for Ann, so many seconds from NOW."""
    given = ConsentEntry(
        space="default",
        phone=ANN,
        channel=Channel.SMS,
        sender=None,
        status=status,
        own_word=False,
        source=ConsentSource.TRAIT,
        evidence=None,
        occurred_at=later(at),
        received_at=later(at),
    )
    return msgspec.structs.replace(given, **overrides)
