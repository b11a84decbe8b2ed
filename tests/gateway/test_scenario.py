"""A scenario for a stand-in."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from destinations.twilio_engage.simulator import ACCOUNT_SID, AUTH_TOKEN, SENDER, Simulator
from gateway import scenario
from gateway.errors import StartupError

MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"
LIKE = 'It is a list such as [{"settings": {"callback_copies": 2}}].'


def written(folder: Path, steps: Any) -> Path:
    path = folder / "scenario.json"
    path.write_text(steps if isinstance(steps, str) else json.dumps(steps), encoding="utf-8")
    return path


async def test_its_steps_are_done_before_the_first_request(tmp_path: Path) -> None:
    simulator = Simulator()
    steps = [
        {"account": {"sid": ACCOUNT_SID, "trial": True, "verified": ["+12025550142"]}},
        {"next": {"action": "error", "code": 21610}},
    ]

    await scenario.play(simulator.app, scenario.read(written(tmp_path, steps)))

    transport = httpx.ASGITransport(simulator.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        form = {"To": "+12025550142", "From": SENDER, "Body": "Hello"}
        answers = [await client.post(MESSAGES, data=form, auth=(ACCOUNT_SID, AUTH_TOKEN)) for _ in range(2)]
    assert answers[0].json()["code"] == 21610
    assert answers[1].json()["body"] == "Sent from your Twilio trial account - Hello"


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ("[", f"is not JSON: Expecting value: line 1 column 2 (char 1). {LIKE}"),
        ({"settings": {}}, f"is no list of steps with one command each. {LIKE}"),
        ([{"settings": {}, "reset": {}}], f"is no list of steps with one command each. {LIKE}"),
        (["settings"], f"is no list of steps with one command each. {LIKE}"),
    ],
)
def test_what_is_no_scenario_is_refused_with_an_example(tmp_path: Path, steps: Any, said: str) -> None:
    path = written(tmp_path, steps)

    with pytest.raises(StartupError) as refused:
        scenario.read(path)

    assert str(refused.value) == f"The scenario {path} {said}"


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StartupError) as refused:
        scenario.read(tmp_path / "none.json")

    assert (
        str(refused.value)
        == f"The scenario {tmp_path / 'none.json'} can't be read: No such file or directory."
    )


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (
            {"settings": {"list_lag": -1}},
            "settings, is refused: list_lag: Input should be greater than or equal to 0.",
        ),
        ({"dance": {}}, "dance, is refused: The requested resource was not found: /_simulator/dance."),
    ],
)
async def test_a_step_that_the_stand_in_refuses_is_named(step: dict[str, Any], said: str) -> None:
    scenes = [scenario.Scene("reset", {}), *(scenario.Scene(*pair) for pair in step.items())]

    with pytest.raises(StartupError) as refused:
        await scenario.play(Simulator().app, scenes)

    assert str(refused.value) == f"Step 2 of the scenario, {said}"
