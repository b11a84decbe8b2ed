"""The README's package is written out from its text alone, installed, and run."""

import hmac
import importlib
import re
import sys
import tomllib
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest

import destinations
from destinations import kit
from destinations.kit import registry
from destinations.kit.testing import facts_of, run_action

README = (Path(destinations.__file__).parent / "README.md").read_text("utf-8")
NUMBER = "+12025550142"
SETTINGS = {"token": "t", "sender": "+12025550100"}
YES = kit.Consent(kit.ConsentStatus.SUBSCRIBED, datetime(2026, 1, 1, tzinfo=UTC))


def files() -> dict[str, str]:
    """The files of the README by their path, which is the first line of each block."""
    return dict(re.findall(r"```python\n# (\S+)\n(.*?)```", README, re.DOTALL))


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], ModuleType]]:
    """Imports a module of the README's files, the README's destination installed."""
    for name, text in files().items():
        path = tmp_path / name.replace("tests/", "postcards/")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    [block] = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)
    named = tomllib.loads(block)["project"]["entry-points"][registry.GROUP]
    entries = [EntryPoint(name, value, registry.GROUP) for name, value in named.items()]
    monkeypatch.setattr(registry, "entry_points", lambda group: entries)
    monkeypatch.syspath_prepend(tmp_path)
    registry.installed.cache_clear()
    yield importlib.import_module
    registry.installed.cache_clear()
    for name in [one for one in sys.modules if one.partition(".")[0] == "postcards"]:
        del sys.modules[name]


@pytest.fixture
def definition(package: Callable[[str], ModuleType]) -> kit.DestinationDefinition:
    return registry.installed()["postcards"]


def test_every_block_of_python_is_a_file_of_the_package() -> None:
    assert len(files()) == README.count("```python\n")
    assert sorted(files()) == [
        "postcards/__init__.py",
        "postcards/callbacks.py",
        "postcards/send_card.py",
        "postcards/settings.py",
        "tests/test_send_card.py",
    ]


async def test_the_readmes_own_tests_pass(
    package: Callable[[str], ModuleType],
) -> None:
    tests = package("postcards.test_send_card")

    await tests.test_the_form_of_a_card("to=+12025550142\nfrom=+12025550100\ntext=Hello Ada\ncallback=")
    await tests.test_sends_nothing_where_nobody_said_yes()


def test_the_readmes_fields_are_its_catalogue(definition: kit.DestinationDefinition) -> None:
    payload = definition.action("sendCard").payload

    assert [(one.key, one.required, one.unless) for one in kit.fields_of(payload)] == [
        ("to", False, None),
        ("text", True, "motif"),
        ("motif", False, None),
        ("from", True, None),
    ]
    assert [(one.key, one.secret) for one in kit.fields_of(definition.settings)] == [
        ("token", True),
        ("sender", False),
    ]


async def test_a_motif_of_the_provider_is_read_and_rendered(definition: kit.DestinationDefinition) -> None:
    requests: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        if request.method == "GET":
            return httpx.Response(200, json={"text": "Dear {{ traits.name }}"})
        return httpx.Response(201, json={"id": "card-1"})

    outcome = await run_action(
        definition.slug,
        "sendCard",
        settings=SETTINGS,
        event={"type": "track"},
        fields={"motif": "a b", "to": NUMBER},
        facts=facts_of(person=kit.Person(traits={"name": "Ada"}), consents={NUMBER: YES}),
        transport=httpx.MockTransport(answer),
    )

    assert outcome == kit.Accepted("card-1", kit.MessageStatus.QUEUED)
    assert [str(one.url) for one in requests] == [
        "https://postcards.example/v1/motifs/a%20b",
        "https://postcards.example/v1/cards",
    ]
    assert "text=Dear+Ada&" in requests[1].content.decode()


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (201, kit.Accepted("c", kit.MessageStatus.QUEUED)),
        (429, kit.Throttled("Too many cards.", 429)),
        (422, kit.Rejected("The card was refused.", 422, provider_code="C1")),
        (408, kit.Uncertain("It answered 408.", 408)),
        (502, kit.Uncertain("It answered 502.", 502)),
    ],
)
def test_the_readme_reads_every_kind_of_answer(
    definition: kit.DestinationDefinition, status: int, outcome: kit.Outcome
) -> None:
    answer = kit.HttpResponse(status, {}, b'{"id": "c", "code": "C1"}')

    assert definition.action("sendCard").interpret(answer) == outcome


async def test_the_readme_finds_what_a_lost_request_created(definition: kit.DestinationDefinition) -> None:
    listed = b'[{"id": "c1", "text": "Hello"}, {"id": "c2", "text": "Hello"}, {"id": "c3", "text": "Bye"}]'
    reads: list[str] = []

    async def read(request: kit.HttpRequest) -> kit.HttpResponse:
        reads.append(request.url)
        return kit.HttpResponse(200, {}, listed)

    async def taken(message_sids: Sequence[str]) -> frozenset[str]:
        return frozenset(message_sids) & {"c1"}

    request = kit.HttpRequest("POST", "https://postcards.example/v1/cards", form=(("text", "Hello"),))
    now = datetime(2026, 1, 1, tzinfo=UTC)
    asked = [kit.Reconciliation(key, request, now, NUMBER) for key in ("a", "b")]
    context: kit.Context[Any] = kit.Context(definition.settings.model_validate(SETTINGS), now, read)

    found = await definition.action("sendCard").reconcile(asked, taken, context)

    assert found == {"a": kit.Accepted("c2"), "b": None}
    assert reads == ["https://postcards.example/v1/cards?to=%2B12025550142"] * 2


async def test_the_readme_asks_what_became_of_a_card(definition: kit.DestinationDefinition) -> None:
    reads: list[str] = []

    async def read(request: kit.HttpRequest) -> kit.HttpResponse:
        reads.append(request.url)
        known = request.url.endswith("/c1")
        body = b'{"id": "c1", "status": "DELIVERED"}' if known else b'{"code": "C404"}'
        return kit.HttpResponse(200 if known else 404, {}, body)

    now = datetime(2026, 1, 1, tzinfo=UTC)
    context: kit.Context[Any] = kit.Context(definition.settings.model_validate(SETTINGS), now, read)
    asked = [
        kit.Following(key, sid, "+12025550100", NUMBER, kit.Channel.SMS, now)
        for key, sid in {"a": "c1", "b": "c2"}.items()
    ]

    assert definition.follow is not None
    assert await definition.follow(asked, context) == {
        "a": (kit.StatusChanged("c1", kit.MessageStatus.DELIVERED),),
        "b": kit.NotKnown("The card can't be read: 404."),
    }
    assert reads == ["https://postcards.example/v1/cards/c1", "https://postcards.example/v1/cards/c2"]


@pytest.mark.parametrize(
    ("status", "checks"),
    [
        (200, (kit.Check("token", passed=True, message="It answered 200.", remedy="Mend `token`."),)),
        (401, (kit.Check("token", passed=False, message="It answered 401.", remedy="Mend `token`."),)),
    ],
)
async def test_the_readme_verifies_a_token(
    definition: kit.DestinationDefinition, status: int, checks: tuple[kit.Check, ...]
) -> None:
    async def read(request: kit.HttpRequest) -> kit.HttpResponse:
        return kit.HttpResponse(status)

    settings = definition.settings.model_validate(SETTINGS)

    assert tuple([one async for one in definition.checks(settings, read, frozenset())]) == checks


async def test_the_readmes_credential_check_refuses_a_wrong_token(
    definition: kit.DestinationDefinition,
) -> None:
    with pytest.raises(kit.InvalidAuthenticationError, match=r"^The token was refused\.$"):
        await run_action(
            definition.slug,
            "testAuthentication",
            settings=SETTINGS,
            transport=httpx.MockTransport(lambda _: httpx.Response(401)),
        )


def test_the_readme_refuses_an_unsigned_call(definition: kit.DestinationDefinition) -> None:
    call = kit.WebhookRequest("https://texts.example/webhooks/d1/inbound", {}, b"{}")
    settings = definition.settings.model_validate(SETTINGS)
    assert definition.webhooks is not None

    for read in (definition.webhooks.status, definition.webhooks.inbound):
        with pytest.raises(kit.InvalidAuthenticationError, match=r"^The signature is wrong\.$"):
            read(call, settings)


def test_the_readme_reads_a_signed_callback_and_a_signed_stop(definition: kit.DestinationDefinition) -> None:
    def signed(url: str, body: bytes) -> kit.WebhookRequest:
        key = hmac.new(b"t", url.encode() + body, "sha256").hexdigest()
        return kit.WebhookRequest(url, {"x-postcards-signature": key}, body)

    settings = definition.settings.model_validate(SETTINGS)
    assert definition.webhooks is not None

    moved = definition.webhooks.status(
        signed("https://h.example/status?delivery=d1", b'{"id": "c", "status": "DELIVERED"}'), settings
    )
    wrote = definition.webhooks.inbound(
        signed(
            "https://h.example/inbound",
            b'{"id": "i", "from": "+12025550142", "to": "+12025550100", "text": "STOP"}',
        ),
        settings,
    )

    assert moved == (kit.StatusChanged("c", kit.MessageStatus.DELIVERED, "d1"),)
    stop = kit.ConsentStatus.UNSUBSCRIBED
    assert wrote == (
        kit.InboundMessage("i", NUMBER, "+12025550100", kit.Channel.SMS, "STOP"),
        kit.ConsentChanged(NUMBER, kit.Channel.SMS, stop, stop=True, evidence="keyword STOP"),
    )
