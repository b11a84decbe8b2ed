"""Accounts that give no Auth Token away: calls are known by a shared key, or by a key in the path of the address."""

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from structlog.testing import capture_logs
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]  # ships no types

from destinations.kit import MessageStatus
from destinations.twilio_engage.simulator import AUTH_TOKEN, SENDER
from gateway import metrics
from gateway.storage import destinations, inbound_messages
from gateway.webhooks.endpoints import WebhookApp
from tests.integration.engage.wired import Wired

SHARED, SECRET = "a shared key of theirs", "a callback secret of 24 characters"
BASE = "https://texts.example.com"
NUMBER = "+12025550142"


async def given(wired: Wired, **settings: str) -> None:
    """The account has these, and no Auth Token."""
    before = await wired.destination()
    kept = {name: value for name, value in before.settings.items() if name not in ("authToken", "authTokens")}
    after = replace(before, settings={**kept, **settings})
    await wired.store.write(lambda c: destinations.save(c, after, wired.secrets))
    wired.services.workspace.invalidate()


@pytest.fixture
async def wired(shared: Wired) -> Any:
    await shared.mend()
    before = await shared.destination()
    yield shared
    await shared.store.write(lambda c: destinations.save(c, before, shared.secrets))
    shared.services.workspace.invalidate()


async def call(
    wired: Wired, url: str, form: Mapping[str, str], headers: Mapping[str, str] | None = None
) -> httpx.Response:
    app = WebhookApp(wired.services)
    content = {"Content-Type": "application/x-www-form-urlencoded"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
        return await client.post(url, content=urlencode(form), headers={**content, **(headers or {})})


def with_shared_key(url: str, form: Mapping[str, str], key: str = SHARED) -> dict[str, str]:
    text = url + "".join(name + form[name] for name in sorted(form))
    signature = b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()).decode()
    settings = "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"
    return {"X-Twilio-Signature": signature, "X-Twilio-Webhooks-Signature-Settings": settings}


def wrote(sid: str) -> dict[str, str]:
    return {"MessageSid": sid, "From": NUMBER, "To": SENDER, "Body": "Hello"}


async def heard(wired: Wired, sid: str) -> bool:
    page = await wired.store.read(lambda c: inbound_messages.page(c, "default", 100, None))
    return sid in {one.message_sid for one in page.items}


def refused() -> float:
    return float(metrics.CALLBACKS.labels("refused")._value.get())


async def test_a_call_signed_with_the_shared_key_is_believed(wired: Wired) -> None:
    await given(wired, sharedKey=SHARED)
    url, count = f"{BASE}/webhooks/dst_twilio/inbound", refused()

    good = await call(wired, url, wrote("SMshared1"), with_shared_key(url, wrote("SMshared1")))
    wrong = [
        await call(wired, url, wrote("SMshared2"), headers)
        for headers in (
            with_shared_key(url, wrote("SMshared2"), "another"),
            with_shared_key(url, wrote("SMshared1")),
            {"X-Twilio-Signature": RequestValidator(AUTH_TOKEN).compute_signature(url, wrote("SMshared2"))},
            {},
        )
    ]

    assert good.status_code == 200
    assert [one.status_code for one in wrong] == [403] * 4
    assert refused() == count + 4
    assert (await heard(wired, "SMshared1"), await heard(wired, "SMshared2")) == (True, False)


async def test_a_call_to_the_secret_address_is_believed_and_no_other(wired: Wired) -> None:
    await given(wired, callbackSecret=SECRET)
    address = str(wired.services.inbound_url(await wired.destination())).partition("#")[0]
    plain = f"{BASE}/webhooks/dst_twilio/inbound"
    count = refused()

    good = await call(wired, address, wrote("SMpath1"))
    wrong = [
        await call(wired, url, wrote("SMpath2"))
        for url in (plain, address.replace("/inbound", "0/inbound"), f"{BASE}/webhooks/dst_twilio/x/inbound")
    ]
    elsewhere = await call(wired, address.replace("/inbound", "/status"), {"MessageSid": "SM1"})

    assert address != plain
    assert good.status_code == 200
    assert [one.status_code for one in [*wrong, elsewhere]] == [403] * 4
    assert refused() == count + 4
    assert (await heard(wired, "SMpath1"), await heard(wired, "SMpath2")) == (True, False)


async def test_a_text_reports_to_an_address_of_its_own_that_serves_for_no_other(wired: Wired) -> None:
    await given(wired, callbackSecret=SECRET)
    number = await wired.person()
    sent = await wired.happen(number, "sendSms")
    address = dict(wired.requests_to(number)[0].form)["StatusCallback"].partition("#")[0]
    other = await wired.happen(await wired.person(), "sendSms")

    forged = await call(
        wired,
        address.replace(sent.id, other.id),
        {"MessageSid": str(other.message_sid), "MessageStatus": "failed"},
    )
    told = await call(wired, address, {"MessageSid": str(sent.message_sid), "MessageStatus": "delivered"})

    assert SECRET not in address
    assert (forged.status_code, told.status_code) == (403, 204)
    assert (await wired.delivery()).message_status is not MessageStatus.FAILED


async def test_beside_an_auth_token_the_path_proves_nothing(wired: Wired) -> None:
    await given(wired, callbackSecret=SECRET)
    address = str(wired.services.inbound_url(await wired.destination())).partition("#")[0]
    await given(wired, callbackSecret=SECRET, authToken=AUTH_TOKEN)
    signature = RequestValidator(AUTH_TOKEN).compute_signature(address, wrote("SMboth"))

    unsigned = await call(wired, address, wrote("SMboth"))
    signed = await call(wired, address, wrote("SMboth"), {"X-Twilio-Signature": signature})

    assert (unsigned.status_code, signed.status_code) == (403, 200)


async def test_no_log_has_the_key_of_the_path(wired: Wired) -> None:
    await given(wired, callbackSecret=SECRET)
    address = str(wired.services.inbound_url(await wired.destination())).partition("#")[0]
    key = address.split("/")[-2]

    with capture_logs() as logged:
        await call(wired, address, {"MessageSid": "SM1", "MessageStatus": "sent"})
        await call(wired, address.replace("/inbound", "/status"), wrote("SMlog"))

    assert len(logged) == 2
    assert key not in str(logged)
    assert SECRET not in str(logged)
