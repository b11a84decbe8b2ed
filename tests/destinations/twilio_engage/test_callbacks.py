import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]  # ships no types

from destinations import kit
from destinations.kit import ConsentChanged, StatusChanged, WebhookRequest
from destinations.twilio_engage.callbacks import form_of, inbound_signals, is_signed, status_signals
from destinations.twilio_engage.settings import TwilioEngageSettings

VECTORS = json.loads((Path(__file__).parent / "simulator" / "signature_vectors.json").read_text("utf-8"))[
    "vectors"
]
TOKEN = "t0ken"
URL = "https://helio.example.com/webhooks/d1/status?delivery=0197-1"

MakeSettings = Callable[..., TwilioEngageSettings]


def vector_request(vector: dict[str, Any]) -> WebhookRequest:
    headers = {"x-twilio-signature": vector["signature"]}
    if "signature_settings_header" in vector:
        headers["x-twilio-webhooks-signature-settings"] = vector["signature_settings_header"]
    body = vector["body"] if vector["kind"] == "json" else urlencode(vector["params"], doseq=True)
    return WebhookRequest(vector["url"], headers, body.encode())


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])
def test_verifies_a_signature_as_twilio_does(vector: dict[str, Any]) -> None:
    call = vector_request(vector)

    assert is_signed(call, form_of(call), [vector["token"]]) is vector["valid"]


def test_all_vectors_are_there() -> None:
    assert len(VECTORS) == 23
    assert sum(not vector["valid"] for vector in VECTORS) == 8


def test_an_algorithm_nobody_knows_is_refused() -> None:
    vector = next(vector for vector in VECTORS if vector["id"] == "status-sms-delivered")
    request = vector_request(vector)
    headers = {**request.headers, "x-twilio-webhooks-signature-settings": "key=k,algorithm=HMAC_MD5"}

    assert not is_signed(
        WebhookRequest(request.url, headers, request.body), form_of(request), [vector["token"]]
    )


def signed(form: dict[str, str], url: str = URL) -> WebhookRequest:
    signature = RequestValidator(TOKEN).compute_signature(url, form)
    headers = {"x-twilio-signature": signature, "content-type": "application/x-www-form-urlencoded"}
    return WebhookRequest(url, headers, urlencode(form).encode())


def test_reads_the_status_of_a_delivery(settings: MakeSettings) -> None:
    form = {"MessageSid": "SM1", "MessageStatus": "delivered", "To": "+12025550142", "From": "+15005550006"}

    assert status_signals(signed(form), settings()) == (
        StatusChanged("SM1", kit.MessageStatus.DELIVERED, delivery_id="0197-1"),
    )


def test_reads_why_a_message_failed_and_what_helps(settings: MakeSettings) -> None:
    form = {
        "MessageSid": "SM1",
        "MessageStatus": "undelivered",
        "ErrorCode": "30003",
        "ErrorMessage": "Unreachable",
    }

    assert status_signals(signed(form), settings()) == (
        StatusChanged(
            "SM1",
            kit.MessageStatus.UNDELIVERED,
            delivery_id="0197-1",
            provider_code="30003",
            message="Unreachable",
            remedy="One new message later is reasonable; after repeats treat the number as dead. "
            "See https://www.twilio.com/docs/errors/30003",
            resend=kit.Resend.MAY_HAVE_ARRIVED,
        ),
    )


@pytest.mark.parametrize(
    ("status", "resend"),
    [("failed", kit.Resend.NEVER_SENT), ("undelivered", kit.Resend.NEVER_SENT), ("sent", None)],
)
def test_only_what_failed_is_sent_once_more(
    settings: MakeSettings, status: str, resend: kit.Resend | None
) -> None:
    form = {"MessageSid": "SM1", "MessageStatus": status, "ErrorCode": "30001"}

    (said,) = status_signals(signed(form), settings())

    assert isinstance(said, StatusChanged)
    assert said.resend is resend


@pytest.mark.parametrize(
    ("code", "prefix", "channel", "reach"),
    [
        ("21610", "", kit.Channel.SMS, kit.StopReach.SENDER),
        ("63014", "whatsapp:", kit.Channel.WHATSAPP, kit.StopReach.ALL),
        ("63033", "whatsapp:", kit.Channel.WHATSAPP, kit.StopReach.MARKETING),
    ],
)
def test_a_failure_that_tells_of_a_stop_says_so_and_how_far_it_goes(
    settings: MakeSettings, code: str, prefix: str, channel: kit.Channel, reach: kit.StopReach
) -> None:
    form = {
        "MessageSid": "SM1",
        "MessageStatus": "failed",
        "ErrorCode": code,
        "To": f"{prefix}+12025550142",
        "From": f"{prefix}+15005550006",
        "MessagingServiceSid": "MG1",
    }

    signals = status_signals(signed(form), settings())

    assert len(signals) == 2
    assert signals[1] == ConsentChanged(
        number="+12025550142",
        channel=channel,
        status=kit.ConsentStatus.UNSUBSCRIBED,
        stop=True,
        evidence=f"Twilio error {code}",
        sender="+15005550006",
        service="MG1",
        reach=reach,
    )


def test_a_callback_without_our_id_names_no_delivery(settings: MakeSettings) -> None:
    request = signed({"SmsSid": "SM1", "SmsStatus": "sent"}, "https://helio.example.com/webhooks/d1/status")

    assert status_signals(request, settings()) == (StatusChanged("SM1", kit.MessageStatus.SENT),)


@pytest.mark.parametrize(
    "form", [{"MessageSid": "SM1", "MessageStatus": "receiving"}, {"MessageStatus": "sent"}, {}]
)
def test_a_status_nobody_knows_says_nothing(settings: MakeSettings, form: dict[str, str]) -> None:
    assert status_signals(signed(form), settings()) == ()


def in_json(body: bytes) -> WebhookRequest:
    """A call with that body, whose address has its digest and is all that is signed."""
    url = f"https://helio.example.com/status?bodySHA256={hashlib.sha256(body).hexdigest()}"
    digest = hmac.digest(TOKEN.encode(), url.encode(), "sha1")
    headers = {"x-twilio-signature": base64.b64encode(digest).decode(), "content-type": "application/json"}
    return WebhookRequest(url, headers, body)


def test_reads_a_signed_json_body(settings: MakeSettings) -> None:
    call = in_json(b'{"MessageSid": "SM1", "MessageStatus": "read"}')

    assert status_signals(call, settings()) == (StatusChanged("SM1", kit.MessageStatus.READ),)


@pytest.mark.parametrize("body", [b"[1]", b"no json", b""])
def test_a_signed_body_that_is_no_json_is_refused_and_not_passed_over(
    settings: MakeSettings, body: bytes
) -> None:
    why = "^its Content-Type says that it is JSON, and its body is no object of parameters$"
    with pytest.raises(ValueError, match=why):
        status_signals(in_json(body), settings())


def test_a_call_that_is_not_twilios_is_refused(settings: MakeSettings) -> None:
    request = signed({"MessageSid": "SM1", "MessageStatus": "delivered"})
    forged = WebhookRequest(request.url, request.headers, request.body.replace(b"SM1", b"SM2"))

    with pytest.raises(kit.InvalidAuthenticationError) as raised:
        status_signals(forged, settings())

    assert raised.value.code == "INVALID_SIGNATURE"


@pytest.mark.parametrize(("state", "is_believed"), [("ACTIVE", True), ("STANDBY", True), ("FAILED", False)])
def test_while_tokens_overlap_a_call_signed_with_either_is_believed(
    settings: MakeSettings, state: str, is_believed: bool
) -> None:
    """The first is Twilio's still, or no more: what counts is whether the one that signed was refused."""
    tokens = [
        {"id": "tok_1", "secret": "another", "state": "STANDBY" if state == "ACTIVE" else "ACTIVE"},
        {"id": "tok_2", "secret": TOKEN, "state": state},
    ]
    call = signed({"MessageSid": "SM1", "MessageStatus": "sent"})

    if is_believed:
        assert len(status_signals(call, settings(authTokens=tokens, authToken=None))) == 1
        return
    with pytest.raises(kit.InvalidAuthenticationError):
        status_signals(call, settings(authTokens=tokens, authToken=None))


def test_without_an_auth_token_no_call_is_believed(settings: MakeSettings) -> None:
    with pytest.raises(kit.InvalidAuthenticationError) as raised:
        status_signals(signed({"MessageSid": "SM1", "MessageStatus": "sent"}), settings(authToken=None))

    assert raised.value.code == "NO_AUTH_TOKEN"


@pytest.mark.parametrize(
    ("signed_url", "seen_url"),
    [
        ("https://helio.example.com/s?a=1", "https://Helio.Example.com/s?a=1"),
        ("https://helio.example.com:443/s", "https://HELIO.example.com/s"),
        ("https://helio.example.com/s", "https://helio.example.com:443/s"),
        ("http://helio.example.com:80/s", "http://helio.example.com/s"),
        ("https://helio.example.com/s?a=b+c", "https://helio.example.com/s?a=b%20c"),
        ("https://helio.example.com/s?a=b%20c", "https://helio.example.com/s?a=b+c"),
        ("https://helio.example.com/s?a=%c3%a9", "https://helio.example.com/s?a=%C3%A9"),
        ("https://helio.example.com/s?a=%C3%A9", "https://helio.example.com/s?a=%c3%a9"),
        ("https://helio.example.com/~a", "https://helio.example.com/%7Ea"),
    ],
)
def test_an_address_is_the_same_however_it_is_spelt(
    settings: MakeSettings, signed_url: str, seen_url: str
) -> None:
    call = signed({"MessageSid": "SM1", "MessageStatus": "sent"}, signed_url)

    assert len(status_signals(WebhookRequest(seen_url, call.headers, call.body), settings())) == 1


def test_a_host_counts_as_the_caller_wrote_it(settings: MakeSettings) -> None:
    call = signed({"MessageSid": "SM1", "MessageStatus": "sent"}, "https://Helio.example.com/s")
    request = WebhookRequest(
        "https://helio.example.com/s", {**call.headers, "host": "Helio.example.com"}, call.body
    )

    assert len(status_signals(request, settings())) == 1


@pytest.mark.parametrize(
    "seen_url",
    [
        "https://helio.example.com/S?a=b",
        "https://helio.example.com/s?a=B",
        "https://helio.example.com/s?a=b&c=",
        "https://helio.example.org/s?a=b",
        "http://helio.example.com/s?a=b",
        "https://helio.example.com/s/?a=b",
    ],
)
def test_another_address_is_another(settings: MakeSettings, seen_url: str) -> None:
    call = signed({"MessageSid": "SM1", "MessageStatus": "sent"}, "https://helio.example.com/s?a=b")

    with pytest.raises(kit.InvalidAuthenticationError):
        status_signals(WebhookRequest(seen_url, call.headers, call.body), settings())


def by_get(form: dict[str, str]) -> WebhookRequest:
    url = f"{URL}&{urlencode(form)}"
    headers = {"x-twilio-signature": RequestValidator(TOKEN).compute_signature(url, {})}
    return WebhookRequest(url, headers, b"", "GET")


def test_a_call_by_get_says_in_its_query_what_a_post_says_in_its_body(settings: MakeSettings) -> None:
    status = by_get({"MessageSid": "SM1", "MessageStatus": "delivered"})
    message = by_get({"MessageSid": "SM1", "From": "+12025550142", "To": "+15005550006", "Body": "Stop. Now"})

    assert status_signals(status, settings()) == (
        StatusChanged("SM1", kit.MessageStatus.DELIVERED, delivery_id="0197-1"),
    )
    assert [type(signal) for signal in inbound_signals(message, settings())] == [
        kit.InboundMessage,
        ConsentChanged,
    ]


def test_a_call_by_get_with_a_changed_query_is_refused(settings: MakeSettings) -> None:
    call = by_get({"MessageSid": "SM1", "MessageStatus": "delivered"})

    with pytest.raises(kit.InvalidAuthenticationError):
        status_signals(WebhookRequest(call.url.replace("SM1", "SM2"), call.headers, b"", "GET"), settings())


@pytest.mark.parametrize(
    "form",
    [
        {"MessageStatus": "sent", "SmsStatus": "sent"},
        {"SmsSid": "SM1", "SmsStatus": "delivered", "From": "+12025550100", "To": "+12025550142"},
        {"MessageStatus": "failed", "ErrorCode": "30003"},
    ],
)
def test_a_status_that_comes_to_the_address_of_messages_is_told_its_own(
    settings: MakeSettings, form: dict[str, str]
) -> None:
    status = signed({"MessageSid": "SM1", **form})

    with pytest.raises(
        ValueError, match=r"status of a message.*https://helio.example.com/webhooks/d1/status$"
    ):
        inbound_signals(status, settings())


@pytest.mark.parametrize(
    "form",
    [
        {"SmsStatus": "received", "Body": "", "NumMedia": "0"},
        {"Body": "STOP"},
        {"SmsStatus": "received", "From": "+12025550142"},
        {"MessageStatus": "received", "Body": "Hi"},
    ],
)
def test_a_message_that_comes_to_the_address_of_statuses_is_told_its_own(
    settings: MakeSettings, form: dict[str, str]
) -> None:
    message = signed({"MessageSid": "SM1", "To": "+12025550100", **form})

    with pytest.raises(ValueError, match=r"person's message.*https://helio.example.com/webhooks/d1/inbound$"):
        status_signals(message, settings())
    assert inbound_signals(message, settings())
