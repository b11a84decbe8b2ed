"""`heliograph backtest` over a gateway: a stored mapping or a file, shown as tables or for a program."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from io import StringIO
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from rich.console import Console

from destinations.kit import Policy
from destinations.twilio_engage.simulator import SENDER
from gateway.backtest_command import Backtest
from gateway.errors import StartupError
from gateway.pipeline import backtests
from gateway.remote import Remote
from gateway.storage.engine import Store
from gateway.workspace import Role
from tests.situations.backtested import MONDAY, identified, order
from tests.situations.stage import ORDERED, Stage

_numbers = count()
POLICY = Policy(allowed_countries=frozenset({"US"}))


@pytest.fixture
async def stage(shared_store: Store, tmp_path: Path) -> AsyncIterator[Stage]:
    one = Stage(shared_store, tmp_path, f"k{next(_numbers)}", MONDAY)
    await one.configure(POLICY, {"fields": {"body": "News for you"}, "name": f"News {one.space}"})
    yield one
    await one.close()


async def ran(stage: Stage, mapping: str, *, as_json: bool = False) -> tuple[Any, str]:
    """The result, and what is shown of it."""

    async def let_it_work(_seconds: float) -> None:
        assert await backtests.step(stage.services)

    now = stage.clock.now()
    remote = Remote("http://heliograph.test", SecretStr(stage.key(Role.OPERATOR.value)))
    shown = StringIO()
    command = Backtest(remote, mapping, now - timedelta(days=7), now + timedelta(seconds=1), let_it_work)
    result = await command.run(Console(file=shown, width=80), as_json=as_json, client=stage.graphql)
    return result, shown.getvalue().lstrip()


async def test_what_a_stored_mapping_would_have_sent_is_shown_in_tables(stage: Stage) -> None:
    await identified(stage, 1)
    await identified(stage, 3, opt_in=False)
    for number in (1, 1, 3):
        await stage.say(order(number))

    _result, shown = await ran(stage, f"News {stage.space}")

    lines = [line.strip() for line in shown.splitlines()]
    assert lines[0] == f"News {stage.space}, events of 2026-02-23 15:00 to 2026-03-02 15:00 UTC"
    assert lines[1:6] == [
        "5  events came",
        "3  are for the mapping",
        "2  texts would have been sent, to 1 people",
        "1  suppressed: NOT_SUBSCRIBED",
        "2  segments",
    ]
    assert "2026-03-02       2        1            1          2" in lines
    assert sum("SEND" in line and "News for you" in line for line in lines) == 2
    assert lines[-1] == "Nothing was sent."
    assert len(stage.line.requests) == 2


async def test_the_mapping_of_a_file_is_tried_and_what_of_it_is_not_is_named(
    stage: Stage, tmp_path: Path
) -> None:
    await identified(stage, 1)
    await stage.say(order(1, properties={"total": 7}))
    [name] = [
        edge["node"]["name"]
        for edge in (await stage.ask("{ destinations { edges { node { name } } } }"))["destinations"]["edges"]
    ]
    file = tmp_path / "order.yaml"
    file.write_text(
        f"mapping: Order\ndestination: {json.dumps(name)}\naction: sendSms\nmaxAgeSeconds: 60\n"
        f'trigger: event = "{ORDERED}"\nfields:\n  from: "{SENDER}"\n'
        "  body: Order of {{ profile.traits.total }}\n  send: true\n"
    )

    result, shown = await ran(stage, str(file))

    assert (result["matched"], result["sent"]) == (1, 1)
    assert shown.startswith("Not tried of the file: maxAgeSeconds.\n")
    assert "Order of 7" in shown


async def test_for_a_program_it_is_the_result_alone(stage: Stage) -> None:
    result, shown = await ran(stage, f"map_{stage.space}", as_json=True)

    assert json.loads(shown) == result
    assert result["events"] == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("mapping: Order\ndestination: Nowhere\naction: sendSms\n", "has no destination of the name Nowhere"),
        ("source: Order\n", "A backtest tries a mapping, and this is none."),
        ("mapping: [", "order.yaml"),
        ("mapping: Order\ndestination: Nowhere\naction: sendSms\ntriger: x\n", "There is no `triger` here."),
    ],
)
async def test_a_file_that_can_not_be_tried_is_refused(
    stage: Stage, tmp_path: Path, text: str, said: str
) -> None:
    file = tmp_path / "order.yaml"
    file.write_text(text)

    with pytest.raises(StartupError) as raised:
        await ran(stage, str(file))

    assert said in str(raised.value)
    assert (await stage.ask("{ jobs { totalCount } }"))["jobs"]["totalCount"] == 0


async def test_a_mapping_that_is_not_there_is_refused(stage: Stage) -> None:
    with pytest.raises(StartupError, match="There is no mapping of this name"):
        await ran(stage, "Nothing of the kind")


async def test_a_job_that_fails_says_why(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backtests, "MOST_EVENTS", 0)
    await identified(stage, 1)

    with pytest.raises(StartupError, match=r"is FAILED\. There are more than 0 events in this span"):
        await ran(stage, f"map_{stage.space}")
