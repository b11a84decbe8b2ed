"""What Twilio signs is the address that it called; proxies in between show the gateway another."""

from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

import httpx
import pytest
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]  # ships no types

from destinations.twilio_engage.simulator import ACCOUNT_SID, AUTH_TOKEN, SENDER
from gateway import metrics
from gateway.settings import Settings
from gateway.storage import unmatched
from gateway.webhooks.endpoints import WebhookApp
from tests.integration.engage.wired import Wired

PATH = "/webhooks/dst_twilio/status"
FORM = {"MessageSid": "SM" + "0" * 32, "MessageStatus": "sent", "AccountSid": ACCOUNT_SID, "From": SENDER}


@dataclass(frozen=True)
class SetUp:
    """The address that Twilio called, and what of it arrives: the address that the last proxy asks for, and its headers."""

    called: str
    arrives: str
    public_url: str | None = None
    headers: dict[str, str] = field(default_factory=dict)


SET_UPS = {
    "nothing in between": SetUp(f"http://127.0.0.1:8080{PATH}", f"http://127.0.0.1:8080{PATH}"),
    "https ended outside, the scheme told": SetUp(
        f"https://t.example.com{PATH}",
        f"http://t.example.com{PATH}",
        headers={"X-Forwarded-Proto": "https"},
    ),
    "host and scheme told, the host rewritten": SetUp(
        f"https://t.example.com{PATH}",
        f"http://gateway:8080{PATH}",
        headers={"X-Forwarded-Proto": "https", "X-Forwarded-Host": "t.example.com"},
    ),
    "a port told apart": SetUp(
        f"https://t.example.com:8443{PATH}",
        f"http://gateway:8080{PATH}",
        headers={
            "X-Forwarded-Proto": "https",
            "X-Forwarded-Host": "t.example.com",
            "X-Forwarded-Port": "8443",
        },
    ),
    "two proxies, each of which adds its word": SetUp(
        f"https://t.example.com{PATH}",
        f"http://gateway:8080{PATH}",
        headers={
            "X-Forwarded-Proto": "https, http",
            "X-Forwarded-Host": "t.example.com, inner.example.net",
            "X-Forwarded-Port": "443, 80",
        },
    ),
    "the standard header": SetUp(
        f"https://t.example.com:8443{PATH}",
        f"http://gateway{PATH}",
        headers={"Forwarded": 'for=192.0.2.1;proto=https;host="t.example.com:8443", for=10.0.0.1;proto=http'},
    ),
    "the standard header with an address of IPv6": SetUp(
        f"https://[2001:db8::1]:8443{PATH}",
        f"http://[fd00::2]:8080{PATH}",
        headers={"Forwarded": 'for="[2001:db8::9]";proto=https;host="[2001:db8::1]:8443"'},
    ),
    "a prefix that the proxy takes off and tells": SetUp(
        f"https://example.com/texts{PATH}",
        f"http://gateway{PATH}",
        headers={
            "X-Forwarded-Proto": "https",
            "X-Forwarded-Host": "example.com",
            "X-Forwarded-Prefix": "/texts",
        },
    ),
    "a public URL": SetUp(
        f"https://t.example.com{PATH}", f"http://gateway:8080{PATH}", "https://t.example.com"
    ),
    "a public URL with a slash at its end": SetUp(
        f"https://t.example.com{PATH}", f"http://gateway:8080{PATH}", "https://t.example.com/"
    ),
    "a public URL with a path that the proxy takes off": SetUp(
        f"https://example.com/texts{PATH}", f"http://gateway:8080{PATH}", "https://example.com/texts"
    ),
    "a public URL with a path that the proxy leaves on": SetUp(
        f"https://example.com/texts{PATH}", f"http://gateway:8080/texts{PATH}", "https://example.com/texts"
    ),
    "a public URL with a port": SetUp(
        f"https://t.example.com:8443{PATH}", f"http://gateway{PATH}", "https://t.example.com:8443"
    ),
    "a public URL whose default port Twilio signs": SetUp(
        f"https://t.example.com:443{PATH}", f"http://gateway{PATH}", "https://t.example.com"
    ),
    "a public URL of IPv6": SetUp(
        f"https://[2001:db8::1]:8443{PATH}", f"http://gateway{PATH}", "https://[2001:db8::1]:8443"
    ),
    "a query that the proxy spells in another way": SetUp(
        f"https://t.example.com{PATH}?tenant=a%20b%c3%a9&note=",
        f"http://gateway{PATH}?tenant=a+b%C3%A9&note=",
        "https://t.example.com",
    ),
    "another host than that of the public URL, which the proxy tells": SetUp(
        f"https://old.example.com{PATH}",
        f"http://gateway{PATH}",
        "https://t.example.com",
        {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "old.example.com"},
    ),
}


async def call(
    wired: Wired, set_up: SetUp, form: dict[str, str], signed: dict[str, str] | None = None
) -> httpx.Response:
    """What is answered to that form, with a signature over what is `signed` and the address that was called."""
    settings = Settings.model_validate(
        wired.services.settings.model_dump() | {"public_url": set_up.public_url}
    )
    app = WebhookApp(replace(wired.services, settings=settings))
    signature = RequestValidator(AUTH_TOKEN).compute_signature(set_up.called, signed or form)
    headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
        return await client.post(
            set_up.arrives, content=urlencode(form), headers={**headers, **set_up.headers}
        )


async def told(wired: Wired) -> list[str | None]:
    """The messages of the calls that were believed, which are about no text of ours."""
    page = await wired.store.read(lambda c: unmatched.page(c, "default", 100, None))
    return [one.message_sid for one in page.items]


def test_there_are_twelve_and_more() -> None:
    assert len(SET_UPS) >= 12


@pytest.mark.parametrize("set_up", SET_UPS.values(), ids=SET_UPS)
async def test_a_call_is_believed_behind(wired: Wired, set_up: SetUp) -> None:
    before = len(await told(wired))

    answer = await call(wired, set_up, FORM)

    assert answer.status_code == 204
    assert (await told(wired))[: -before or None] == [FORM["MessageSid"]]


@pytest.mark.parametrize("set_up", SET_UPS.values(), ids=SET_UPS)
async def test_a_forged_call_is_refused_and_counted_behind(wired: Wired, set_up: SetUp) -> None:
    before, count = await told(wired), refused()

    answer = await call(wired, set_up, {**FORM, "MessageStatus": "delivered"}, signed=FORM)

    assert answer.status_code == 403
    assert await told(wired) == before
    assert refused() == count + 1


def refused() -> float:
    return float(metrics.CALLBACKS.labels("refused")._value.get())


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "["},
        {"Host": "a b"},
        {"X-Forwarded-Host": "[::"},
        {"X-Forwarded-Port": "99999999"},
        {"X-Forwarded-Prefix": "//evil.example.com\\"},
        {"Forwarded": 'host="'},
        {"Forwarded": ";;=,"},
        {"X-Forwarded-Proto": "gopher"},
    ],
    ids=str,
)
async def test_a_proxys_word_that_nobody_can_read_is_no_fault_of_ours(
    wired: Wired, headers: dict[str, str]
) -> None:
    before = await told(wired)
    set_up = SetUp(f"https://elsewhere.example.com{PATH}", f"http://gateway{PATH}", None, headers)

    answer = await call(wired, set_up, FORM)

    assert answer.status_code == 403
    assert await told(wired) == before
