"""Fields of settings and payloads: a pydantic model is at once fields, types, validation and documentation."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, ClassVar, Literal, Self, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field as PydanticField, SkipValidation
from pydantic.alias_generators import to_camel

Text = Annotated[str, SkipValidation]
"""The type of a field that is rendered: it keeps what `mappings.rendered` asks, whether the mapping wrote the text."""

FieldType = Literal["string", "text", "boolean", "number", "object", "datetime", "password"]


@dataclass(frozen=True, slots=True)
class _Filling:
    configured: Mapping[str, str]
    found_nothing: frozenset[str]


_UNFILLED = _Filling({}, frozenset())


class Fields(BaseModel):
    """Base of settings and payloads: camelCase outside, snake_case inside, frozen, nothing unknown kept.

    `in_order` names all documented attributes in the order in which people see them, where that is not the order of
    their declaration: what a model inherits comes first there.
    """

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, extra="ignore")

    in_order: ClassVar[tuple[str, ...]] = ()
    # A private attribute of pydantic's would cost every model microseconds, and so does asking for one that is not set.
    __slots__ = ("_filled",)

    @property
    def configured(self) -> Mapping[str, str]:
        """Of a payload: the fields that its mapping fills from the event, by outside name, each with where that looks."""
        return self._filling.configured

    @property
    def found_nothing(self) -> frozenset[str]:
        """Of a payload: those of the configured fields that found nothing. They have the value of a field left out, and an
        action must not do for them what it does for a mapping that says nothing.
        """
        return self._filling.found_nothing

    def nothing_at(self, key: str) -> str | None:
        """That the field found nothing, and where, as words for a person; None where it did, or was left out."""
        filling = self._filling
        if key not in filling.found_nothing:  # as nearly all have found something
            return None
        return f"`{key}` found nothing at {filling.configured[key]}"

    def filled(self, configured: Mapping[str, str], found_nothing: frozenset[str]) -> Self:
        """The same payload, which now knows how its mapping filled it."""
        filling = _Filling(configured, found_nothing) if configured else _UNFILLED
        object.__setattr__(self, "_filled", filling)
        return self

    @property
    def _filling(self) -> _Filling:
        found: _Filling = getattr(self, "_filled", _UNFILLED)
        return found


def field(
    default: Any = None,
    *,
    label: str,
    description: str,
    type: FieldType = "string",  # noqa: A002  the schema's word
    mapping: Any = None,
    required: bool = False,
    choices: tuple[str, ...] = (),
    alias: str | None = None,
    format: Literal["uri"] | None = None,  # noqa: A002  JSON Schema's word
    setting: str | None = None,
    unless: str | None = None,
    ordinary: tuple[str, ...] = (),
    json_text: bool = False,
    checked: bool = True,
    chosen: bool = False,
    advanced: bool = False,
) -> Any:
    """A documented field of settings or of a payload. One whose type is `tuple[...]` takes several values.

    `mapping` is the default a new mapping starts with (a directive or a plain value), not the value of an omitted key.
    `alias` is the outside name where camelCase does not give it. `setting` names the attribute of the settings whose
    value stands in where a mapping leaves the field out. `unless` is the outside name of another field: where a mapping has
    that one, a required field may be left out. `ordinary` are paths, beside those of `mapping`, that events often lack: a
    directive that reads only such ones and finds nothing counts as left out. `json_text`: an object may also come as the
    text of a JSON object. `checked`: of a setting, whether a verification depends on it; a destination in which such a one is
    changed has to be verified anew. `chosen`: of a setting, whether what a new destination has where it is left out depends on its
    others, see `OutgoingWebhooks.left_out`; its default is that of settings that have none of these. `advanced`: few need it, so that
    a form folds it away.
    """
    extra = {
        "type": type,
        "mapping": mapping,
        "required": required,
        "choices": list(choices),
        "format": format,
        "setting": setting,
        "unless": unless,
        "ordinary": list(ordinary),
        "json_text": json_text,
        "checked": checked,
        "chosen": chosen,
        "advanced": advanced,
    }
    if isinstance(default, dict):  # one of its own for each, which pydantic copies in ten times the time
        given: dict[str, Any] = {"default_factory": default.copy}
    else:
        given = {"default": ... if required and default is None and unless is None else default}
    return PydanticField(
        **given,
        title=label,
        description=description,
        alias=alias,
        json_schema_extra=extra,
    )


Model = type[Fields]


@dataclass(frozen=True, slots=True)
class Field:
    """One field as the catalogue shows it and as a payload is checked against it.

    `key` is the outside name, `attribute` the inside one. `default` is what a new mapping starts with, None for
    nothing. `items` is the model of an object field's values, where its properties are known.
    """

    key: str
    attribute: str
    label: str
    description: str
    type: FieldType
    required: bool
    multiple: bool
    default: Any
    choices: tuple[str, ...]
    format: Literal["uri"] | None
    setting: str | None
    unless: str | None
    items: Model | None
    ordinary: tuple[str, ...] = ()
    json_text: bool = False
    checked: bool = True
    chosen: bool = False
    advanced: bool = False

    @property
    def secret(self) -> bool:
        """Whether the value is write-only."""
        return self.type == "password"


@cache
def fields_of(model: Model) -> tuple[Field, ...]:
    """The documented fields of a model, in their order. A field declared without `field()` is not part of it."""
    found = []
    for attribute, info in model.model_fields.items():
        extra = info.json_schema_extra
        if not isinstance(extra, dict) or "mapping" not in extra:
            continue
        known: dict[str, Any] = dict(extra)
        found.append(
            Field(
                key=info.alias or attribute,
                attribute=attribute,
                label=info.title or attribute,
                description=info.description or "",
                type=known["type"],
                required=known["required"],
                multiple=get_origin(info.annotation) is tuple,
                default=known["mapping"],
                choices=tuple(known["choices"]),
                format=known["format"],
                setting=known["setting"],
                unless=known["unless"],
                items=_model_in(info.annotation),
                ordinary=tuple(known["ordinary"]),
                json_text=known["json_text"],
                checked=known["checked"],
                chosen=known["chosen"],
                advanced=known["advanced"],
            )
        )
    if model.in_order:
        found.sort(key=lambda field: model.in_order.index(field.attribute))
    return tuple(found)


def default_fields(model: Model) -> dict[str, Any]:
    """The fields a new mapping of an action starts with: the default of every key that has one."""
    return {field.key: field.default for field in fields_of(model) if field.default is not None}


def _model_in(annotation: Any) -> Model | None:
    candidates = (annotation, *get_args(annotation))
    return next((kind for kind in candidates if isinstance(kind, type) and issubclass(kind, Fields)), None)
