"""What a server knows of the destinations that are installed on it: their settings, and their actions with what these begin with."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, Final, Self

from pydantic.alias_generators import to_camel

from destinations.kit import DestinationDefinition
from gateway.graphql.catalogue.types import shown

QUERY: Final = (
    "definitions { slug name settingsFields { key label description type required multiple secret default choices } "
    "actions { slug title defaultTrigger fields { key label description type required multiple default choices } } }"
)


@dataclass(frozen=True, slots=True)
class Field:
    """A setting, or a field of an action. `pair`: it is the SID or the secret of a key, of which an account may have several."""

    key: str
    label: str
    description: str
    type: str
    required: bool
    multiple: bool
    secret: bool
    default: Any
    choices: tuple[Any, ...]
    pair: str | None = None

    @classmethod
    def of(cls, told: Mapping[str, Any], pair: str | None = None) -> Self:
        """As the catalogue tells of it."""
        return cls(
            key=told["key"],
            label=told["label"],
            description=told["description"],
            type=told["type"],
            required=told["required"],
            multiple=told["multiple"],
            secret=told.get("secret", False),
            default=told["default"],
            choices=tuple(told["choices"]),
            pair=pair,
        )


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that a destination does."""

    slug: str
    title: str
    default_trigger: str
    fields: tuple[Field, ...]

    def completed(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """The fields as a server stores them; null is nothing."""
        defaults = {one.key: one.default for one in self.fields}
        return {key: value for key, value in {**defaults, **fields}.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Definition:
    """A type of destination."""

    slug: str
    name: str
    settings: Mapping[str, Field]
    actions: Mapping[str, Action]

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        """As the catalogue tells of it."""
        return cls(
            slug=told["slug"],
            name=told["name"],
            settings=_settings(told["settingsFields"]),
            actions={
                one["slug"]: Action(
                    one["slug"], one["title"], one["defaultTrigger"], tuple(map(Field.of, one["fields"]))
                )
                for one in told["actions"]
            },
        )


Catalogue = Mapping[str, Definition]


def catalogue_of(told: Sequence[Mapping[str, Any]]) -> Catalogue:
    """Of what a server answers to `QUERY`."""
    return {one["slug"]: Definition.of(one) for one in told}


def installed_catalogue(definitions: Mapping[str, DestinationDefinition]) -> Catalogue:
    """Of what is installed here, as a server with the same would tell of it."""
    told = [_named(asdict(shown(one))) for one in definitions.values()]
    return catalogue_of(json.loads(json.dumps(told)))


def _named(value: Any) -> Any:
    """With the names of the API, where those of Python are: what a field starts with has names of its own."""
    match value:
        case dict():
            return {
                to_camel(name): inner if name in ("default", "choices") else _named(inner)
                for name, inner in value.items()
            }
        case list():
            return [_named(one) for one in value]
    return value


def _settings(told: Sequence[Mapping[str, Any]]) -> dict[str, Field]:
    """The two parts of a key stand side by side, and are described alike."""
    pairs = {
        part["key"]: sid["key"].removesuffix("Sid") + "s"
        for sid, secret in pairwise(told)
        if sid["key"].endswith("Sid")
        and secret["key"] == f"{sid['key'].removesuffix('Sid')}Secret"
        and secret["description"] == sid["description"]
        for part in (sid, secret)
    }
    return {one["key"]: Field.of(one, pairs.get(one["key"])) for one in told}
