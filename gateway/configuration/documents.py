"""The documents that files hold: a source, a destination or a mapping each, checked for all that can be seen without a server."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from destinations.kit import (
    COUNTRIES,
    Channel,
    InboundSourceEvent,
    MmsFallback,
    Purpose,
    UncertainPolicy,
    e164,
    new_policy,
    pace_key,
)
from gateway.configuration.problems import Problem, nearest
from gateway.configuration.yaml_text import Read, Unreadable, read
from gateway.graphql.mappings.checks import MAX_AGE
from gateway.graphql.sources.creation import SMS_TRAIT, WHATSAPP_TRAIT
from gateway.graphql.terms.inputs import check_name
from gateway.workspace import MappingMode, SourceTrust

Kind = Literal["source", "destination", "mapping"]
KINDS: Final[tuple[Kind, ...]] = ("source", "destination", "mapping")

_TOLD_BY: Final[tuple[Kind, ...]] = ("mapping", "source", "destination")
"""A mapping has the name of a destination too, and somebody may give one to a source."""

_NEW: Final = new_policy(None)
_HOUR: Final = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", re.ASCII)


def _name(text: str) -> str:
    for problem in check_name(text):
        raise ValueError(problem.message)
    return text.strip()


def _hour(text: str) -> str:
    found = _HOUR.fullmatch(text.strip())
    if found is None:
        raise ValueError("It is no time of the day: write it as HH:MM, from 00:00 to 23:59, such as 21:00.")
    return f"{int(found[1]):02}:{found[2]}"


def _country(text: str) -> str:
    if text.strip().upper() not in COUNTRIES:
        raise ValueError("It is no country: write its two letters of ISO 3166, such as US.")
    return text.strip().upper()


def _number(text: str) -> str:
    number = e164(text, None)
    if number is None:
        raise ValueError("It is no phone number: write it with a + and its country's code.")
    return number


def _paces(given: dict[str, float]) -> dict[str, float]:
    found: dict[str, float] = {}
    for written, pace in given.items():
        key = pace_key(written)
        if key is None or key in found:
            raise ValueError(
                "A pace is said of a sender (a number with a + and its country's code) or of a kind of sender, each once, such as "
                "SHORT_CODE: 100."
            )
        found[key] = int(pace) if pace.is_integer() else pace
    return dict(sorted(found.items()))


def _ordered(given: tuple[Any, ...]) -> tuple[Any, ...]:
    """Each once, in one order: for lists whose order means nothing."""
    return tuple(sorted(set(given)))


Name = Annotated[str, AfterValidator(_name)]
Hour = Annotated[str, AfterValidator(_hour)]
Count = Annotated[int, Field(ge=0)]
Stripped = Annotated[str, AfterValidator(str.strip)]

REFERS: Final = "it holds a reference to a secret"
Reference = Annotated[Any, REFERS]
"""In the place of a secret. What stands there is looked at by `references`, which repeats nothing of it."""


class Part(BaseModel):
    """Of a document: named as in the GraphQL inputs, and nothing unknown."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", frozen=True, strict=True)


class Policy(Part):
    """Of a destination, as DestinationPolicyInput has it, with names in the place of ids. `allowed_countries` left out: those of before,
    and of a new destination its default country.
    """

    allowed_countries: (
        Annotated[tuple[Annotated[str, AfterValidator(_country)], ...], AfterValidator(_ordered)] | None
    ) = None
    quiet_hours_start: Hour = _NEW.quiet_hours_start
    quiet_hours_end: Hour = _NEW.quiet_hours_end
    time_zone: Stripped = _NEW.time_zone
    daily_message_limit: Count = _NEW.daily_message_limit
    per_recipient_daily_limit: Count = _NEW.per_recipient_daily_limit
    per_recipient_weekly_limit: Count | None = _NEW.per_recipient_weekly_limit
    opt_out_words: bool = _NEW.opt_out_words
    double_opt_in: bool = _NEW.double_opt_in
    confirmation_mapping: Name | None = None
    stop_confirmation: Stripped | None = _NEW.stop_confirmation
    inbound_source: Name | None = None
    inbound_source_events: Annotated[tuple[InboundSourceEvent, ...], AfterValidator(_ordered)] = tuple(
        sorted(_NEW.inbound_source_events)
    )
    messages_per_second: Annotated[dict[str, float], AfterValidator(_paces)] = Field(default_factory=dict)
    mms_fallback: MmsFallback = _NEW.mms_fallback
    require_dlt_for_india: bool = _NEW.require_dlt_for_india
    retry_undelivered: bool = _NEW.retry_undelivered
    uncertain: UncertainPolicy = _NEW.uncertain
    test_numbers: Annotated[
        tuple[Annotated[str, AfterValidator(_number)], ...], AfterValidator(_ordered)
    ] = ()


class SourceDocument(Part):
    """Where events come from, and which destinations they reach."""

    source: Name
    trust: SourceTrust = SourceTrust.SERVER
    enabled: bool = True
    sms_opt_in_trait: Name = SMS_TRAIT
    whatsapp_opt_in_trait: Name = WHATSAPP_TRAIT
    shared_secret: Reference = None
    path_key_allowed: bool = False
    destinations: Annotated[tuple[Name, ...], AfterValidator(_ordered)] = ()


class DestinationDocument(Part):
    """An account that messages go out through. `settings` are those of its definition; secrets among them are references."""

    destination: Name
    definition: str
    enabled: bool = True
    channels_off: Annotated[tuple[Channel, ...], AfterValidator(_ordered)] = ()
    settings: dict[str, Any] = Field(default_factory=dict)
    policy: Policy = Policy()


class MappingDocument(Part):
    """Which events lead to which message of a destination. `trigger` left out: the default one of its action."""

    mapping: Name
    destination: Name
    action: str
    enabled: bool = True
    trigger: str | None = None
    cancel_trigger: str | None = None
    purpose: Purpose = Purpose.MARKETING
    max_age_seconds: int = MAX_AGE
    allow_browser_events: bool = False
    allow_import: bool = False
    mode: MappingMode = MappingMode.LIVE
    fields: dict[str, Any] = Field(default_factory=dict)


def references_in(model: type[BaseModel]) -> frozenset[str]:
    """The fields of a document that hold references, by their outside names."""
    return frozenset(one.alias or "" for one in model.model_fields.values() if REFERS in one.metadata)


Document = SourceDocument | DestinationDocument | MappingDocument
MODELS: Final[Mapping[Kind, type[Document]]] = {
    "source": SourceDocument,
    "destination": DestinationDocument,
    "mapping": MappingDocument,
}


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """What a document is about: a mapping is known by its name and its destination's, all else by its name."""

    kind: Kind
    name: str
    destination: str | None = None

    def __str__(self) -> str:
        of = "" if self.destination is None else f" of {self.destination}"
        return f"{self.kind} {self.name}{of}"


@dataclass(frozen=True, slots=True)
class Written:
    """A document, and where it is written."""

    file: str
    document: Document
    text: Read

    @property
    def key(self) -> Key:
        """What it is about."""
        match self.document:
            case SourceDocument():
                return Key("source", self.document.source)
            case DestinationDocument():
                return Key("destination", self.document.destination)
            case MappingDocument():
                return Key("mapping", self.document.mapping, self.document.destination)

    def problem(self, message: str, *path: str | int) -> Problem:
        """That something is wrong at that path of it."""
        return Problem(self.file, self.text.line(path), message)


def document_of(file: str, content: bytes) -> Written | list[Problem]:
    """The document of a file, or all that is wrong with it."""
    try:
        text = read(content)
    except Unreadable as error:
        return [Problem(file, error.line, str(error))]
    kind = next((one for one in _TOLD_BY if isinstance(text.value, dict) and one in text.value), None)
    if kind is None:
        message = (
            "This says not what it is. Begin with `source: NAME`, `destination: NAME` or `mapping: NAME`."
        )
        return [Problem(file, 1, message)]
    model = MODELS[kind]
    try:
        return Written(file, model.model_validate_json(json.dumps(text.value)), text)
    except ValidationError as error:
        return [
            Problem(file, text.line(one["loc"]), _worded(model, one["loc"], one["type"], one["msg"]))
            for one in error.errors(include_url=False, include_input=False, include_context=False)
        ]


_SHAPES: Final = {
    "missing": "is missing",
    "bool_type": "must be true or false, without quotes",
    "string_type": "must be a text: put it in quotes",
    "int_type": "must be a whole number, without quotes",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number, without quotes",
    "greater_than_equal": "must be 0 or more",
    "tuple_type": "must be a list, such as [a, b]",
    "dict_type": "must be an object: keys, each with a value",
    "model_type": "must be an object: keys, each with a value",
}


def _worded(model: type[BaseModel], path: tuple[str | int, ...], kind: str, message: str) -> str:
    """What is wrong at that path, without what stands there: that may be a secret."""
    name = ".".join(map(str, path))
    if kind == "extra_forbidden":
        inner = Policy if path[0] == "policy" and len(path) > 1 else model
        known = [one.alias or "" for one in inner.model_fields.values()]
        return f"There is no `{name}` here. {nearest(str(path[-1]), known)}"
    if kind == "enum":
        return f"`{name}` must be one of these: {message.removeprefix('Input should be ')}."
    if kind == "value_error":
        return f"`{name}`: {message.removeprefix('Value error, ')}"
    return f"`{name}` {_SHAPES.get(kind, 'is not as it must be')}."


def check_names(documents: Iterable[Written]) -> Iterator[Problem]:
    """Those that are about one thing, in several files."""
    first: dict[Key, str] = {}
    for one in documents:
        if one.key in first:
            yield one.problem(f"The {one.key} is in {first[one.key]} too. Leave it in one of the two.")
        first.setdefault(one.key, one.file)
