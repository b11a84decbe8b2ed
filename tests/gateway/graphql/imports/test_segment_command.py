"""`heliograph import segment`: the plan as a person reads it, what it asks, and what it makes."""

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from rich.console import Console

from gateway import segment_command as command
from gateway.configuration.command import asked
from gateway.configuration.keeping import kept
from gateway.errors import StartupError
from gateway.remote import Remote
from gateway.segment_command import Moving
from tests.gateway.graphql.conftest import ADMIN, Api
from tests.gateway.moving.exports import ANSWERS, FOLDER, FORMS, MADE, NAME, destination, subscription

URL = "http://heliograph.test"


class Terminal:
    """One run: what it showed, what it asked, and the key that it kept."""

    def __init__(self, api: Api, **given: Any) -> None:
        self.out = StringIO()
        console = Console(file=self.out, width=80)
        transport = httpx.ASGITransport(app=api.endpoint)
        self.moving = Moving(Remote(URL, SecretStr(ADMIN)), console, environ={}, transport=transport, **given)
        self.asked: list[str] = []
        self.kept: list[str] = []

    @property
    def shown(self) -> str:
        return self.out.getvalue()

    async def run(self, *names: str, yes: bool = True, typed: Callable[[str], str] | None = None) -> bool:
        def ask(question: str) -> bool:
            self.asked.append(question)
            return yes

        def secretly(name: str) -> str:
            self.asked.append(name)
            return typed(name) if typed else ANSWERS[name]

        def keep(_what: str, secret: str) -> None:
            self.kept.append(secret)

        return await self.moving.run(command.exported(names), ask, secretly, keep)


def files(form: str = "Public API") -> list[str]:
    return [str(FOLDER / name) for name in FORMS[form]]


async def made(api: Api) -> list[str]:
    found = await api.data("{ mappings { edges { node { name } } } }")
    return sorted(edge["node"]["name"] for edge in found["mappings"]["edges"])


async def test_the_plan_fits_eighty_columns_and_nothing_is_made_before_one_says_so(api: Api) -> None:
    terminal = Terminal(api)

    await terminal.moving.plan(command.exported(files()))

    lines = terminal.shown.splitlines()
    assert max(map(len, lines)) == 80
    titles = [line.strip() for line in lines if line.strip() and not line.startswith(" ")]
    assert titles == [
        "What becomes what",
        "What needs an answer",
        "What differs, or is to be known",
        "What is lost",
    ]
    for said in (
        f'destination "{NAME}"',
        'mapping "VIP welcome" (sendSms)',
        "twilioApiKeySecret",
        "profileApiRegion",
    ):
        assert said in terminal.shown
    assert await made(api) == []


async def test_it_asks_makes_connects_a_source_of_its_own_and_says_what_to_do_next(api: Api) -> None:
    terminal = Terminal(api)

    verified = await terminal.run(*files())

    assert terminal.asked == [*ANSWERS, "Make this?"]
    assert not verified  # nobody answers for the provider here
    assert await made(api) == sorted(MADE)
    found = await api.data("{ sources { edges { node { name destinations { edges { node { name } } } } } } }")
    [source] = [edge["node"] for edge in found["sources"]["edges"]]
    assert source == {"name": "Segment", "destinations": {"edges": [{"node": {"name": NAME}}]}}
    [key] = terminal.kept
    assert key.startswith("hwk_")
    assert key not in terminal.shown
    assert "✗ credentials" in terminal.shown
    assert f"- Have Segment send its events to {URL}/v1/events" in terminal.shown


async def test_a_second_run_asks_nothing_and_says_that_nothing_is_to_be_done(api: Api) -> None:
    await Terminal(api).run(*files())
    again = Terminal(api)

    done = await again.run(*files("Terraform"))

    assert done
    assert (again.asked, again.kept) == ([], [])
    assert again.shown.endswith("Nothing is to be done: all of it is here already.\n")


async def test_a_source_that_is_there_is_connected_and_none_is_made(api: Api) -> None:
    await api.source()
    terminal = Terminal(api, answers=ANSWERS)

    await terminal.run(*files())

    assert terminal.asked == ["Make this?"]
    assert terminal.kept == []
    found = await api.data("{ sources { edges { node { name destinations { edges { node { name } } } } } } }")
    assert [edge["node"]["name"] for edge in found["sources"]["edges"]] == ["Shop"]


async def test_what_may_be_left_out_is_offered_and_left_out_where_nothing_is_said(api: Api) -> None:
    terminal = Terminal(api)
    asked: list[str] = []

    def typed(name: str) -> str:
        asked.append(name)
        return ANSWERS.get(name, "")

    await terminal.moving.run(command.exported(files()), lambda _: True, typed, lambda *_: None, offer=True)

    assert asked == [*ANSWERS, "authToken (may be left empty)"]
    assert await made(api) == sorted(MADE)


async def test_a_no_makes_nothing(api: Api) -> None:
    terminal = Terminal(api)

    with pytest.raises(StartupError, match=r"^Nothing was made\.$"):
        await terminal.run(*files(), yes=False)

    assert await made(api) == []


async def test_answers_come_from_variables_and_from_a_file_and_are_shown_nowhere(
    api: Api, tmp_path: Path
) -> None:
    said = tmp_path / "said.json"
    said.write_text(json.dumps({"twilioApiKeySecret": "hush-of-the-file"}))
    terminal = Terminal(api, answers=command.said_in(said))
    terminal.moving.environ = {
        command.variable("profileApiAccessToken"): "hush-of-the-variable",
        command.variable("authToken"): "hush-of-the-token",
    }

    await terminal.run(*files())

    assert terminal.asked == ["Make this?"]
    assert command.variable("twilioApiKeySecret") == "HELIOGRAPH_IMPORT_TWILIO_API_KEY_SECRET"
    assert "hush" not in terminal.shown + json.dumps(terminal.moving.told)
    shown = await api.data(
        "{ destinations { edges { node { settings { ... on TwilioEngageSettings { authToken { configured } webhookFormat } } } } } }"
    )
    [one] = shown["destinations"]["edges"]
    assert one["node"]["settings"] == {"authToken": {"configured": True}, "webhookFormat": "TWILIO_FORM"}


async def test_without_a_terminal_it_is_refused_and_nothing_is_made(api: Api) -> None:
    console = Console(file=StringIO())
    terminal = Terminal(api)
    ask = asked(console, yes=False, instead="Say --yes.")
    keep = kept(console, None, Path("/nowhere"))

    with pytest.raises(StartupError, match="HELIOGRAPH_IMPORT_TWILIO_API_KEY_SECRET") as unasked:
        await terminal.moving.run(command.exported(files()), ask, command.secretly(console), keep)
    terminal.moving.answers = ANSWERS
    with pytest.raises(StartupError, match=r"There is nobody to ask here\. Nothing was done\. Say --yes\."):
        await terminal.moving.run(command.exported(files()), ask, command.secretly(console), keep)

    assert "Nothing was made." in str(unasked.value)
    assert await made(api) == []


async def test_an_answer_that_nobody_asked_for_is_refused(api: Api) -> None:
    terminal = Terminal(api, answers={**ANSWERS, "twilioApiKeySecrett": "hush"})

    with pytest.raises(StartupError, match="It says something that was not asked for") as refused:
        await terminal.run(*files())

    assert "hush" not in str(refused.value)
    assert await made(api) == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"data": {"destination": {"id"', "it breaks off|It breaks off in line 1"),
        (b"\xff\xfe", "is no text in UTF-8"),
        (b"{}", "Nothing is known of"),
        (b'{"destination": {"metadata": {}, "enabled": "yes"}}', "neither true nor false"),
    ],
)
def test_a_file_that_is_no_export_is_named(tmp_path: Path, content: bytes, said: str) -> None:
    bad = tmp_path / "bad.json"
    bad.write_bytes(content)

    with pytest.raises(StartupError, match=said) as refused:
        command.exported([*files(), str(bad)])

    assert str(refused.value).startswith(str(bad))
    assert "Nothing was made." in str(refused.value)


def test_a_file_of_answers_that_is_none_is_refused_without_a_word_of_it(tmp_path: Path) -> None:
    said = tmp_path / "said.json"
    for text in ('{"a": 1}', '["hush"]', '{"a": "hush"', ""):
        said.write_text(text)
        with pytest.raises(StartupError, match="can't be read as a JSON object of texts") as refused:
            command.said_in(said)
        assert "hush" not in str(refused.value)


async def test_what_is_too_much_for_one_request_is_refused_before_it_is_sent(
    api: Api, tmp_path: Path
) -> None:
    large = tmp_path / "large.json"
    many = [
        subscription(id=f"sub_{n}", settings={"from": "+15005550006", "body": "x" * 1500}) for n in range(150)
    ]
    large.write_text(json.dumps([destination(), *many]))
    terminal = Terminal(api)

    with pytest.raises(StartupError, match="more than one request takes"):
        await terminal.run(str(large))

    assert await made(api) == []
