"""What a person does who reads a refusal's remedy: they paste what it says, and send it."""

import json
import re
from typing import Any

from tests.gateway.graphql.pasted import operations
from tests.situations.stage import Stage
from tests.situations.telling import DORA, Step

_BODY = re.compile(r"(/v1/[a-z]+): (?=\{)")
_VARIABLES = " with the variables "
_NUMBER = "<the number in E.164>"
_DECODER = json.JSONDecoder()


def bodies(remedy: str) -> list[tuple[str, dict[str, Any]]]:
    """The JSON in a remedy, with the path that it is posted to."""
    return [(found[1], _DECODER.raw_decode(remedy, found.end())[0]) for found in _BODY.finditer(remedy)]


def mutations(remedy: str) -> list[tuple[str, dict[str, Any]]]:
    """The mutations in a remedy, with their variables."""
    found = []
    for operation in operations(remedy):
        rest = remedy[remedy.index(operation) + len(operation) :]
        given = _DECODER.raw_decode(rest, len(_VARIABLES))[0] if rest.startswith(_VARIABLES) else {}
        found.append((operation, given))
    return found


def pasted(reason: str, number: int = 1, *, phone: str = DORA) -> Step:
    """The JSON of the remedy of what was refused for that reason, the first or another, is posted by a SERVER source. A number that nobody
    knew is filled in.
    """

    async def do(stage: Stage) -> None:
        path, body = bodies(await stage.remedy(reason))[number - 1]
        await stage.post(path, json.loads(json.dumps(body).replace(_NUMBER, phone)))

    return Step(f"{_ORDINALS[number - 1]}JSON of the remedy of {reason} is posted", do)


def ran(reason: str, number: int = 1) -> Step:
    """Its mutation, the first or another, is run by an ADMIN."""

    async def do(stage: Stage) -> None:
        operation, given = mutations(await stage.remedy(reason))[number - 1]
        answers = await stage.ask(operation, **given)
        assert [answer["errors"] for answer in answers.values()] == [[]] * len(answers)
        await stage.turn()

    return Step(f"{_ORDINALS[number - 1]}mutation of the remedy of {reason} is run", do)


_ORDINALS = ("the ", "the second ", "the third ")
