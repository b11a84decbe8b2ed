"""What a stage shows of a double opt-in: of what was said, of whom was asked, and of what went out."""

from typing import Any

from tests.situations.stage import Stage
from tests.situations.telling import DORA, Step


async def history(stage: Stage) -> list[tuple[str, str]]:
    """What was said for Dora's number, the oldest first: its status, and in words."""
    query = f'{{ contact(phone: "{DORA}", space: "{stage.space}") {{ consentHistory {{ edges {{ node {{ status inWords }} }} }} }} }}'
    found = (await stage.ask(query))["contact"]["consentHistory"]["edges"]
    return [(edge["node"]["status"], edge["node"]["inWords"]) for edge in reversed(found)]


async def questions(stage: Stage) -> list[dict[str, Any]]:
    """The Deliveries of the confirmation mapping, the oldest first."""
    query = "{ deliveries { edges { node { id status reason recipient failedGate { detail } mapping { name } event { outcome } } } } }"
    found = [edge["node"] for edge in (await stage.ask(query))["deliveries"]["edges"]]
    return [one for one in reversed(found) if one["mapping"]["name"] == "Question"]


async def destination(stage: Stage) -> dict[str, Any]:
    query = f'{{ destination(id: "dst_{stage.space}") {{ revision policy {{ doubleOptIn confirmationMappingId }} }} }}'
    found: dict[str, Any] = (await stage.ask(query))["destination"]
    return found


async def refused(stage: Stage, mutation: str, given: str) -> list[tuple[str, str]]:
    """The code and message of each error of a mutation."""
    query = f"mutation {{ {mutation}(input: {{{given}}}) {{ errors {{ code message }} }} }}"
    return [(one["code"], one["message"]) for one in (await stage.ask(query))[mutation]["errors"]]


def bodies(stage: Stage) -> list[tuple[str, str]]:
    return [(form["To"], form["Body"]) for form in (dict(one.form or ()) for one in stage.line.requests)]


async def do(stage: Stage, *steps: Step) -> None:
    for step in steps:
        await step.do(stage)
