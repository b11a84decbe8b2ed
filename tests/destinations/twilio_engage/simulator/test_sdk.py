"""The released Twilio SDK against the simulator, over sockets."""

import queue
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from twilio.base.exceptions import TwilioRestException  # type: ignore[import-untyped]  # it ships no types
from twilio.http.http_client import TwilioHttpClient  # type: ignore[import-untyped]  # it ships no types
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]  # it ships no types
from twilio.rest import Client  # type: ignore[import-untyped]  # it ships no types
from twilio.rest.content.v1.content import ContentList  # type: ignore[import-untyped]  # it ships no types
from twilio.rest.content.v1.content.approval_create import (  # type: ignore[import-untyped]  # it ships no types
    ApprovalCreateList,
)

from destinations.twilio_engage.simulator import (
    ACCOUNT_SID,
    ALPHANUMERIC_SENDER,
    API_KEY_SECRET,
    API_KEY_SID,
    AUTH_TOKEN,
    DEFAULT_TEMPLATES,
    REJECTED_TEMPLATE_SID,
    SENDER,
    SERVICE_SID,
    SHORT_CODE,
    STANDARD_KEY_SECRET,
    STANDARD_KEY_SID,
    TEMPLATE_SID,
    WHATSAPP_SENDER,
    Simulator,
)

pytestmark = pytest.mark.network

Sdk = Callable[..., Any]


class Redirected(TwilioHttpClient):  # type: ignore[misc]  # its base is untyped
    """The SDK's own client, sending to another host."""

    def __init__(self, base_url: str) -> None:
        super().__init__()
        self._base_url = base_url

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        moved = re.sub(r"^https://(api|content|messaging)\.twilio\.com", self._base_url, url)
        return super().request(method, moved, *args, **kwargs)


@pytest.fixture
def sdk() -> Iterator[Sdk]:
    sessions = []

    def make(url: str, key: str = API_KEY_SID, secret: str = API_KEY_SECRET) -> Any:
        http_client = Redirected(url)
        sessions.append(http_client.session)
        return Client(key, secret, ACCOUNT_SID, http_client=http_client)

    yield make

    for session in sessions:
        session.close()


@contextmanager
def receiver(
    serve: Callable[..., Any],
) -> Iterator[tuple[str, "queue.Queue[tuple[Request, dict[str, str]]]"]]:
    """A webhook of one's own: its address, and what arrives there."""
    arrived: queue.Queue[tuple[Request, dict[str, str]]] = queue.Queue()

    async def take(request: Request) -> Response:
        arrived.put((request, dict(httpx.QueryParams((await request.body()).decode()))))
        return Response(status_code=204)

    with serve(Starlette(routes=[Route("/status", take, methods=["POST"])])) as url:
        yield f"{url}/status?delivery=1", arrived


def test_creates_fetches_and_lists(serve: Callable[..., Any], sdk: Sdk) -> None:
    with serve(Simulator(step=None).app) as url:
        client = sdk(url)
        created = client.messages.create(
            to="+12025550142", from_=SENDER, body="Hello \U0001f44b", shorten_urls=True
        )
        by_service = client.messages.create(
            to="+12025550143", messaging_service_sid=SERVICE_SID, body="Hello"
        )
        fetched = client.messages(created.sid).fetch()
        listed = client.messages.list(to="+12025550142")
        streamed = [message.sid for message in client.messages.stream(page_size=1)]

    assert (created.status, created.num_segments, created.price) == ("queued", "1", None)
    assert (by_service.status, by_service.from_, by_service.messaging_service_sid) == (
        "accepted",
        None,
        SERVICE_SID,
    )
    assert (fetched.sid, fetched.body, fetched.date_created) == (
        created.sid,
        "Hello \U0001f44b",
        created.date_created,
    )
    assert [message.sid for message in listed] == [created.sid]
    assert streamed == [by_service.sid, created.sid]


def test_updates_and_deletes(serve: Callable[..., Any], sdk: Sdk) -> None:
    simulator = Simulator(step=None)

    with serve(simulator.app) as url:
        client = sdk(url)
        created = client.messages.create(to="+12025550142", from_=SENDER, body="secret")
        redacted = client.messages(created.sid).update(body="")
        deleted = client.messages(created.sid).delete()

    assert (redacted.body, deleted) == ("", True)
    assert [message.deleted for message in simulator.messages] == [True]


def test_the_sdk_reads_its_errors(serve: Callable[..., Any], sdk: Sdk) -> None:
    with serve(Simulator(step=None).app) as url, pytest.raises(TwilioRestException) as raised:
        sdk(url).messages.create(to="+15005550001", from_=SENDER, body="Hello")

    assert (raised.value.status, raised.value.code) == (400, 21211)
    assert "Invalid 'To' phone number: +15005550001" in raised.value.msg


def test_a_standard_key_cannot_read_the_account(serve: Callable[..., Any], sdk: Sdk) -> None:
    with serve(Simulator(step=None).app) as url:
        account = sdk(url).api.accounts(ACCOUNT_SID).fetch()
        standard = sdk(url, STANDARD_KEY_SID, STANDARD_KEY_SECRET)
        with pytest.raises(TwilioRestException) as raised:
            standard.api.accounts(ACCOUNT_SID).fetch()
        listed = standard.messages.list(limit=1)

    assert (account.sid, account.status, account.type) == (ACCOUNT_SID, "active", "Full")
    assert (raised.value.status, raised.value.code) == (401, 20003)
    assert listed == []


def test_reads_templates_and_their_approvals(serve: Callable[..., Any], sdk: Sdk) -> None:
    with serve(Simulator(step=None).app) as url:
        content = sdk(url).content.v1
        listed = [one.sid for one in content.contents.stream(page_size=3)]
        fetched = content.contents(TEMPLATE_SID).fetch()
        approval = content.contents(REJECTED_TEMPLATE_SID).approval_fetch().fetch()
        judged = [one.approval_requests["status"] for one in content.content_and_approvals.list()]

    assert listed == [template.sid for template in DEFAULT_TEMPLATES]
    assert fetched.types == {"twilio/text": {"body": "Hello {{1}}, your order {{2}} is on its way."}}
    assert fetched.date_created == DEFAULT_TEMPLATES[0].created
    assert approval.whatsapp["status"] == "rejected"
    assert judged == [template.approval.status for template in DEFAULT_TEMPLATES]


def test_creates_a_template_and_submits_it(serve: Callable[..., Any], sdk: Sdk) -> None:
    with serve(Simulator(step=None).app) as url:
        contents = sdk(url).content.v1.contents
        body = {
            "friendly_name": "hello",
            "language": "en",
            "types": {
                "twilio/quick-reply": {"body": "Well?", "actions": [{"type": "QUICK_REPLY", "title": "Yes"}]}
            },
        }
        created = contents.create(ContentList.ContentCreateRequest(body))
        submitted = contents(created.sid).approval_create.create(
            ApprovalCreateList.ContentApprovalRequest({"name": "hello", "category": "UTILITY"})
        )
        deleted = contents(created.sid).delete()

    assert (created.friendly_name, created.types) == ("hello", body["types"])
    assert (submitted.name, submitted.status) == ("hello", "received")
    assert deleted is True


def test_reads_and_updates_what_can_send(serve: Callable[..., Any], sdk: Sdk) -> None:
    with serve(Simulator(step=None).app) as url:
        client = sdk(url)
        [service] = client.messaging.v1.services.list()
        pool = client.messaging.v1.services(SERVICE_SID)
        senders = [
            *(one.phone_number for one in pool.phone_numbers.list()),
            *(one.short_code for one in pool.short_codes.list()),
            *(one.alpha_sender for one in pool.alpha_senders.list()),
            *(one.sender for one in pool.channel_senders.list()),
        ]
        updated = service.update(inbound_request_url="http://localhost/inbound")
        [number] = client.incoming_phone_numbers.list(phone_number=SENDER)
        number = number.update(sms_url="http://localhost/text")
        [code] = client.short_codes.list()
        code = code.update(sms_url="http://localhost/code")

    assert senders == [SENDER, SHORT_CODE, ALPHANUMERIC_SENDER, WHATSAPP_SENDER]
    assert updated.inbound_request_url == "http://localhost/inbound"
    assert (number.sms_url, number.capabilities["sms"]) == ("http://localhost/text", True)
    assert (code.short_code, code.sms_url) == (SHORT_CODE, "http://localhost/code")


def test_calls_back_signed_until_it_is_delivered(serve: Callable[..., Any], sdk: Sdk) -> None:
    with receiver(serve) as (callback, arrived), serve(Simulator(step=0.01).app) as url:
        created = sdk(url).messages.create(
            to="+12025550142", messaging_service_sid=SERVICE_SID, body="Hello", status_callback=callback
        )
        calls = [arrived.get(timeout=20) for _ in range(3)]

    assert [form["MessageStatus"] for _, form in calls] == ["queued", "sent", "delivered"]
    assert {form["MessageSid"] for _, form in calls} == {created.sid}
    validator = RequestValidator(AUTH_TOKEN)
    assert [
        validator.validate(callback, form, request.headers["X-Twilio-Signature"]) for request, form in calls
    ] == [True] * 3


@pytest.mark.parametrize("action", [{"action": "drop"}, {"action": "timeout", "seconds": 0}], ids=str)
def test_the_connection_ends_without_an_answer_and_the_message_is_there(
    serve: Callable[..., Any], action: dict[str, Any]
) -> None:
    simulator = Simulator(step=None)
    simulator.steer(action)
    messages = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"

    with serve(simulator.app) as url, httpx.Client(base_url=url, auth=(ACCOUNT_SID, AUTH_TOKEN)) as client:
        with pytest.raises(httpx.TransportError):
            client.post(messages, data={"To": "+12025550142", "From": SENDER, "Body": "Hello"})
        listed = client.get(messages).json()["messages"]

    assert [message["body"] for message in listed] == ["Hello"]
