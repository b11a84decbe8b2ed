"""A plan as it is kept, and what has to be said for it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from pydantic import SecretStr

from gateway import ids
from gateway.graphql.terms.enums import ErrorCode
from gateway.graphql.terms.errors import InputError, input_error
from gateway.moving.documents import ExportError, only
from gateway.moving.wanted import Question, Read, Wanted

NOTHING = "Nothing was made."


@dataclass(frozen=True, slots=True)
class Plan:
    """What is wanted, and what is asked for it."""

    wanted: tuple[Wanted, ...]
    questions: tuple[Question, ...]

    @classmethod
    def of(cls, read: Read) -> "Plan":
        """The plan for what was read."""
        return cls(read.wanted, read.questions)

    def needed(self, here: Collection[str]) -> list[str]:
        """The names of what has to be said, where the destinations named `here` are here already: of these nobody is asked again."""
        known = {name for one in self.wanted if one.name in here for name in one.asked}
        return [one.name for one in self.questions if one.needed and one.name not in known]

    @property
    def stand_ins(self) -> dict[str, str]:
        """For each of what may be needed a value of its form."""
        return {one.name: one.stands_in for one in self.questions if one.needed}

    def text(self) -> str:
        """As it is kept."""
        return msgspec.json.encode(self, order="deterministic").decode()


def id_of(space: str, text: str) -> str:
    """The id of a plan: the same for the same export, so that what was planned twice is one plan."""
    return f"imp_{ids.digest(f'{space} {text}')[:32]}"


def kept(text: str) -> Plan | None:
    """The plan that was kept as that; None where it is of another version of this program."""
    try:
        return msgspec.json.decode(text, type=Plan)
    except msgspec.DecodeError:
        return None


def answers(plan: Plan, given: SecretStr | None, here: Collection[str]) -> dict[str, str] | list[InputError]:
    """What was said, by the names that were asked for, with a value of the form of what need not be said; or all that is wrong with it. No word of it repeats a value."""
    said = _object(given)
    if isinstance(said, InputError):
        return [said]
    asked = {one.name: one for one in plan.questions}
    needed = plan.needed(here)
    problems = []
    if said.keys() - asked.keys():
        names = ", ".join(asked) or "nothing"
        problems.append(_wrong(f"It says something that was not asked for. Asked for is: {names}. {NOTHING}"))
    for name, one in asked.items():
        value = said.get(name)
        if value is None or (isinstance(value, str) and not value.strip()):
            if name in needed:
                message = f"`{name}` is needed: {one.label}. {NOTHING}"
                problems.append(input_error(ErrorCode.REQUIRED, message, "secrets", name))
        elif not isinstance(value, str):
            problems.append(_wrong(f"`{name}` is no text. {NOTHING}", name))
        elif one.choices and value.strip() not in one.choices:
            problems.append(_wrong(f"`{name}` is one of {', '.join(one.choices)}. {NOTHING}", name))
    told = {name: str(value).strip() for name, value in said.items() if value is not None}
    return problems or {**plan.stand_ins, **{name: value for name, value in told.items() if value}}


def _object(given: SecretStr | None) -> Mapping[str, Any] | InputError:
    text = "" if given is None else given.get_secret_value()
    if not text.strip():
        return {}
    try:
        said = only(text)
    except ExportError:
        said = None
    if isinstance(said, dict):
        return said
    return _wrong(
        f'It is the text of a JSON object, with each of what was asked for by its name: {{"name": "value"}}. {NOTHING}'
    )


def _wrong(message: str, *path: str) -> InputError:
    return input_error(ErrorCode.INVALID, message, "secrets", *path)
