"""An owner of a Twilio account is told what becomes of a text, in each of the two formats, from Twilio's callback to its receiver."""

import base64
import hmac
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]  # ships no types

from destinations.kit import MessageStatus
from destinations.twilio_engage.simulator import AUTH_TOKEN
from gateway.pipeline.messenger import Messenger
from gateway.storage import destinations
from gateway.storage.sqlite import SqliteStore
from tests.integration.engage.wired import Wired

HOOK = "https://owner.example/hook?shop=1"
KEY = b"a key of thirty-two bytes, exact"
SECRET = f"whsec_{base64.b64encode(KEY).decode()}"


@pytest.fixture
async def wired(anyio_backend: str, database: Path) -> AsyncIterator[Wired]:
    world = Wired(SqliteStore.open(database), database.parent)
    await world.configure()
    yield world
    await world.close()


async def change(wired: Wired, events: list[str] | None, **settings: Any) -> None:
    there = await wired.destination()
    after = replace(there, settings={**there.settings, **settings}, webhook_events=events)
    await wired.store.write(lambda c: destinations.save(c, after, wired.secrets))
    wired.services.workspace.invalidate()


async def tell(wired: Wired) -> None:
    messenger = Messenger(wired.services)
    while await messenger.step():
        await messenger.finished()


async def test_twilios_own_callbacks_arrive_as_they_would_without_us(wired: Wired) -> None:
    await change(wired, None, webhookUrl=HOOK, webhookFormat="TWILIO_FORM", spaceId="spa_1")
    number = await wired.person()

    delivery = await wired.happen(number, "sendSms")
    while await wired.simulator.advance():
        wired.clock.advance(1)
    await tell(wired)

    assert (await wired.delivery()).message_status is MessageStatus.DELIVERED
    calls = wired.receivers.told
    assert [dict(parse_qsl(call.body.decode()))["MessageStatus"] for call in calls] == ["sent", "delivered"]
    for call in calls:
        form = dict(parse_qsl(call.body.decode(), keep_blank_values=True))
        assert form["MessageSid"] == delivery.message_sid
        assert "delivery" not in form
        assert dict(parse_qsl(urlsplit(call.url).query)) == {
            "shop": "1",
            "space_id": "spa_1",
            "__segment_internal_external_id_key__": "phone",
            "__segment_internal_external_id_value__": number,
        }
        assert RequestValidator(AUTH_TOKEN).validate(call.url, form, call.headers["X-Twilio-Signature"])


async def test_events_are_told_and_twilio_knows_of_no_webhook(wired: Wired) -> None:
    events = ["delivery.accepted", "delivery.delivered"]
    secrets = [{"secret": SECRET}]
    await change(wired, events, webhookUrl=HOOK, webhookFormat="EVENTS", webhookSecrets=secrets)
    number = await wired.person()

    await wired.happen(number, "sendSms")
    while await wired.simulator.advance():
        wired.clock.advance(1)
    await tell(wired)

    (request,) = wired.line.requests
    assert "owner.example" not in dict(request.form)["StatusCallback"]
    assert [json.loads(call.body)["type"] for call in wired.receivers.told] == events
    for call in wired.receivers.told:
        key, stamp = call.headers["webhook-id"], call.headers["webhook-timestamp"]
        signed = hmac.digest(KEY, f"{key}.{stamp}.".encode() + call.body, "sha256")
        assert call.headers["webhook-signature"] == f"v1,{base64.b64encode(signed).decode()}"
