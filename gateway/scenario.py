"""A scenario for a stand-in: what is done to it before it takes its first request, from a file.

A JSON list of steps, each an object of one command of its control API and what that is given:

    [{"settings": {"callback_copies": 2}}, {"account": {"sid": "AC...", "trial": true}}]
"""

import json
from pathlib import Path
from typing import Any, NamedTuple

import httpx

from gateway.errors import StartupError

MOST_BYTES = 1_000_000
_CONTROL = "/_simulator/"


class Scene(NamedTuple):
    """A command, such as `settings`, and what it is given."""

    command: str
    given: Any


def read(path: Path) -> list[Scene]:
    """The steps of a file, in their order. Raises StartupError for a file that can't be read, or is no scenario."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise StartupError(f"The scenario {path} has more than {MOST_BYTES:,} bytes. {_LIKE}")
        steps = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise StartupError(f"The scenario {path} can't be read: {error.strerror}.") from error
    except ValueError as error:
        raise StartupError(f"The scenario {path} is not JSON: {error}. {_LIKE}") from error
    if not isinstance(steps, list) or not all(isinstance(one, dict) and len(one) == 1 for one in steps):
        raise StartupError(f"The scenario {path} is no list of steps with one command each. {_LIKE}")
    return [Scene(*pair) for step in steps for pair in step.items()]


_LIKE = 'It is a list such as [{"settings": {"callback_copies": 2}}].'


async def play(app: Any, scenes: list[Scene]) -> None:
    """Do all of it to a stand-in that is an ASGI app. Raises StartupError with the first step that it refuses, and why."""
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        for number, scene in enumerate(scenes, 1):
            answer = await client.post(f"{_CONTROL}{scene.command}", json=scene.given)
            if answer.is_success:
                continue
            said = answer.json() if "json" in answer.headers.get("content-type", "") else {}
            why = said.get("error") or said.get("message") or f"it answers {answer.status_code}"
            raise StartupError(f"Step {number} of the scenario, {scene.command}, is refused: {why}.")
