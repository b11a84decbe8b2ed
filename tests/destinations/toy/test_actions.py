"""The pager's actions over a transport, with no gateway."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from destinations import kit
from destinations.kit.testing import facts_of, run_action
from tests.destinations.toy.pager import client, gates
from tests.destinations.toy.pager.settings import Settings, validate_settings
from tests.destinations.toy.provider import ADA, OURS, TOKEN, Provider

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SETTINGS = {"token": TOKEN, "sender": OURS}
PERSON = kit.Person(user_id="ada", phone=ADA, traits={"name": "Ada"})
YES = kit.Consent(kit.ConsentStatus.SUBSCRIBED, NOW)
NO = kit.Consent(kit.ConsentStatus.UNSUBSCRIBED, NOW)
STOPPED = kit.Consent(kit.ConsentStatus.UNSUBSCRIBED, NOW, stopped=True)
TEXT = {"text": "{{ traits.name }}, an alarm!"}

pytestmark = pytest.mark.usefixtures("pager")


async def act(
    provider: Provider,
    action: str = "sendPage",
    *,
    fields: dict[str, Any] | None = None,
    person: kit.Person | None = PERSON,
    consents: dict[str, kit.Consent] | None = None,
    wrote: datetime | None = None,
    settings: dict[str, Any] = SETTINGS,
) -> object:
    """A page to Ada, who said yes: a test overrides the one thing it is about."""
    given = {ADA: YES} if consents is None else consents
    return await run_action(
        "city-pager",
        action,
        settings=settings,
        event={"type": "track", "userId": "ada", "properties": {"pageId": "page/1"}},
        fields=TEXT if fields is None else fields,
        facts=facts_of(person=person, consents=given, inbound={(ADA, OURS): wrote} if wrote else {}),
        now=NOW,
        transport=httpx.MockTransport(provider.answer),
    )


async def test_pages_with_the_text_rendered_and_the_senders_default(provider: Provider) -> None:
    assert await act(provider) == kit.Accepted("page-1", kit.MessageStatus.QUEUED)

    [request] = provider.requests
    assert (request.method, str(request.url)) == ("POST", "https://pager.example/v1/pages")
    assert provider.forms == [{"to": ADA, "from": OURS, "text": "Ada, an alarm!"}]


async def test_reads_a_phrase_where_there_is_no_text(provider: Provider) -> None:
    assert await act(provider, fields={"phrase": "a/b"}) == kit.Accepted("page-1", kit.MessageStatus.QUEUED)

    assert str(provider.requests[0].url) == "https://pager.example/v1/phrases/a%2Fb"
    assert provider.forms == [{"to": ADA, "from": OURS, "text": "Call Ada"}]


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [(404, kit.PayloadValidationError, "NO_PHRASE"), (503, kit.RetryableError, None)],
)
async def test_sends_nothing_where_the_phrase_can_not_be_read(
    provider: Provider, status: int, kind: type[kit.IntegrationError], code: str | None
) -> None:
    provider.phrase_status = status

    with pytest.raises(kind) as raised:
        await act(provider, fields={"phrase": "p"})

    assert raised.value.code == code
    assert provider.forms == []


async def test_wants_a_text_or_a_phrase(provider: Provider) -> None:
    with pytest.raises(kit.PayloadValidationError) as raised:
        await act(provider, fields={})

    assert raised.value.message == "The root value is missing the required field 'text'."
    assert provider.requests == []


async def test_wants_a_sender_from_the_mapping_or_the_settings(provider: Provider) -> None:
    with pytest.raises(kit.PayloadValidationError) as raised:
        await act(provider, settings={"token": TOKEN})

    assert raised.value.message == "The root value is missing the required field 'from'."


async def test_refuses_more_than_80_characters(provider: Provider) -> None:
    with pytest.raises(kit.PayloadValidationError) as raised:
        await act(provider, fields={"text": "x" * 81})

    assert (raised.value.code, raised.value.remedy) == ("TOO_LONG", "Shorten the text.")
    assert provider.requests == []


@pytest.mark.parametrize(
    ("consents", "reason"),
    [({}, "NOT_SUBSCRIBED"), ({ADA: NO}, "NOT_SUBSCRIBED"), ({ADA: STOPPED}, "OPTED_OUT")],
)
async def test_pages_nobody_who_did_not_agree(
    provider: Provider, consents: dict[str, kit.Consent], reason: str
) -> None:
    outcome = await act(provider, consents=consents)

    assert isinstance(outcome, kit.Suppressed)
    assert outcome.reason == reason
    assert provider.requests == []


async def test_an_answer_within_the_hour_needs_no_yes(provider: Provider) -> None:
    assert await act(provider, consents={}, wrote=NOW - timedelta(minutes=59)) == kit.Accepted(
        "page-1", kit.MessageStatus.QUEUED
    )


async def test_after_the_hour_it_does(provider: Provider) -> None:
    outcome = await act(provider, consents={}, wrote=NOW - gates.WINDOW)

    assert outcome == kit.Suppressed("NOT_SUBSCRIBED", "Nobody said yes.", "Send sms_opt_in.")


async def test_a_stop_holds_within_the_hour_too(provider: Provider) -> None:
    outcome = await act(provider, consents={ADA: STOPPED}, wrote=NOW)

    assert outcome == kit.Suppressed("OPTED_OUT", "They stopped pages.", "They can page START.")


async def test_pages_nobody_without_a_pager(provider: Provider) -> None:
    assert await act(provider, person=None) == kit.Suppressed(
        "NO_SUPPORTED_IDS", "There is no pager.", "Send traits.phone."
    )


async def test_cancels_a_page_without_asking_consent(provider: Provider) -> None:
    provider.said = {"id": "cancel-1"}

    outcome = await act(
        provider, "cancelPage", fields={"pageId": {"@path": "$.properties.pageId"}}, consents={ADA: STOPPED}
    )

    assert outcome == kit.Accepted("cancel-1", kit.MessageStatus.QUEUED)
    assert [request.url.raw_path for request in provider.requests] == [b"/v1/pages/page%2F1/cancel"]


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (201, b'{"id": "p"}', kit.Accepted("p", kit.MessageStatus.QUEUED)),
        (201, b"<html>", kit.Accepted(None, kit.MessageStatus.QUEUED)),
        (429, b'{"wait": 3}', kit.Throttled("Too many pages.", 429, None, 3)),
        (503, b"", kit.Uncertain("It answered 503.", 503)),
        (400, b'{"code": "BAD"}', kit.Rejected("The pager refused it.", 400, "PAGER_REFUSED", "BAD")),
        (
            409,
            b'{"code": "BUSY"}',
            kit.Rejected("The pager refused it.", 409, "PAGER_REFUSED", "BUSY", retryable=True),
        ),
    ],
)
def test_an_answer_means(status: int, body: bytes, outcome: kit.Outcome) -> None:
    assert client.interpret(kit.HttpResponse(status, {}, body)) == outcome


def test_a_refusal_for_a_stop_tells_of_the_stop() -> None:
    outcome = client.interpret(kit.HttpResponse(400, {}, b'{"code": "STOPPED"}'))

    assert isinstance(outcome, kit.Rejected)
    assert outcome.consent == kit.ConsentChanged(
        None, kit.Channel.SMS, kit.ConsentStatus.UNSUBSCRIBED, stop=True, evidence="STOPPED"
    )


async def test_a_refused_token_fails_the_credential_check(provider: Provider) -> None:
    provider.account_status = 401

    with pytest.raises(kit.InvalidAuthenticationError, match=r"^The token was refused\.$"):
        await act(provider, "testAuthentication")


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({}, ()),
        ({"sender": OURS, "host": "127.0.0.1:4010"}, ()),
        ({"sender": "12"}, (("sender", "It is no number."),)),
        ({"host": "evil.example"}, (("host", "The operator does not allow that host."),)),
    ],
)
def test_settings_that_can_be_seen_to_be_wrong(
    given: dict[str, str], wrong: tuple[tuple[str, str], ...]
) -> None:
    settings = Settings.model_validate({"token": TOKEN, **given})

    assert validate_settings(settings, frozenset({"127.0.0.1:4010"})) == wrong


async def test_no_credential_goes_to_a_host_that_is_not_allowed(provider: Provider) -> None:
    with pytest.raises(kit.PayloadValidationError, match=r"^The operator does not allow that host\.$"):
        await act(provider, settings={**SETTINGS, "host": "evil.example"})

    assert provider.requests == []


@pytest.mark.parametrize(
    ("host", "address"),
    [
        (None, "https://pager.example/v1/pages/a%2Fb"),
        ("127.0.0.1:4010", "http://127.0.0.1:4010/v1/pages/a%2Fb"),
        ("pager.test:443", "https://pager.test:443/v1/pages/a%2Fb"),
    ],
)
def test_only_a_host_on_loopback_is_called_by_http(host: str | None, address: str) -> None:
    settings = Settings.model_validate({"token": TOKEN, "host": host})
    allowed = frozenset({"127.0.0.1:4010", "pager.test:443"})

    assert client.api(settings, allowed, "pages", "a/b") == address
