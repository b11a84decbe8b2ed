"""What exports have of destinations, whatever form they are of: values that the rest trusts."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

_MASK: Final = re.compile(
    r".{0,6}?(?:[•●∙·*]{3,}|x{4,}).{0,6}|[<(\[].{0,20}(?:redacted|sensitive|masked|hidden|secret).{0,20}[>)\]]",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class FoundDestination:
    """A destination of the other system. `at` says where of the export it is. `kind` is the slug of its type and `title` what people call that,
    `actions` has the slug of each of its actions by their ids. `masked` are the settings that are there without their value. `left` names what
    else it says.
    """

    at: str
    id: str | None = None
    kind: str | None = None
    title: str | None = None
    name: str | None = None
    enabled: bool | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    masked: frozenset[str] = frozenset()
    actions: Mapping[str, str] = field(default_factory=dict)
    left: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FoundSubscription:
    """One of its subscriptions. `action` is a slug. `model` is that of a Reverse ETL whose rows it is fed with. `left` names what else it says."""

    at: str
    id: str | None = None
    destination_id: str | None = None
    name: str | None = None
    action: str | None = None
    action_id: str | None = None
    trigger: str | None = None
    enabled: bool | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    model: str | None = None
    left: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Missed:
    """Something of an export that is not taken over, and why."""

    at: str
    why: str


@dataclass(frozen=True, slots=True)
class Export:
    """All that is in one."""

    destinations: tuple[FoundDestination, ...] = ()
    subscriptions: tuple[FoundSubscription, ...] = ()
    missed: tuple[Missed, ...] = ()


def is_masked(value: Any) -> bool:
    """Whether something stands there so that nobody reads the value: dots, stars, or a word that says so."""
    return isinstance(value, str) and _MASK.fullmatch(value.strip()) is not None
