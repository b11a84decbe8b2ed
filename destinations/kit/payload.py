"""Mapped values become an action's payload: empty ones stripped, types coerced, unknown ones dropped, the rest checked.

All that is wrong is said at once, what is missing first, in the words of the original.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple, TypeVar

from pydantic import ValidationError

from destinations.kit.configured import is_nothing
from destinations.kit.errors import PayloadValidationError
from destinations.kit.fields import Field, Fields, FieldType, fields_of
from mappings.literals import literals
from mappings.sources import is_constant
from mappings.text import number_text
from mappings.values import UNDEFINED, kind_of
from mappings.written_json import read_object

FieldsT = TypeVar("FieldsT", bound=Fields)

_NONE: Mapping[str, str] = {}
_NO_KEYS: frozenset[str] = frozenset()
_WITH_ARTICLE = {
    "string": "a string",
    "number": "a number",
    "boolean": "a boolean",
    "object": "an object",
    "array": "an array",
    "null": "null",
}
_NATURAL: Mapping[FieldType, type[Any] | tuple[()]] = {"boolean": bool, "number": (), "object": dict}
_KINDS: Mapping[FieldType, str] = {"boolean": "boolean", "number": "number", "object": "object"}
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\s]+")


def payload_of(
    model: type[FieldsT],
    mapped: object,
    settings: Fields | None = None,
    configured: Mapping[str, str] = _NONE,
) -> FieldsT:
    """The payload that mapped values make, as the action's own model.

    A field the mapping leaves out takes the value of the setting it names, where it names one. One that is `configured`
    (see `configured_fields`) and found nothing does not: it is in `found_nothing`. Raises PayloadValidationError (400,
    PAYLOAD_VALIDATION_FAILED) with every problem in one message.
    """
    values, nothing = _values(model, mapped, settings, configured)
    try:
        payload = model_of(model, check_fields(model, values))
    except PayloadValidationError as error:
        if nothing:
            error.remedy = f"{error.remedy} {_found_nothing(nothing, configured)}"
        raise
    return payload.filled(configured, nothing)


def readable_payload(
    model: type[FieldsT],
    mapped: object,
    settings: Fields | None = None,
    configured: Mapping[str, str] = _NONE,
) -> FieldsT | None:
    """The same of values of which some are wrong, for whoever wants to know what the others say: without those that are wrong, and
    with a blank for a required one that is missing or wrong. None where that is no payload either.
    """
    values, nothing = _values(model, mapped, settings, configured)
    kept, missing, wrong = _sorted_out(model, values)
    right = {key: value for key, value in kept.items() if key not in wrong}
    blank = {
        one.key: ""
        for one in _taken(model)
        if one.key in missing or (one.key in wrong and one.declared.required)
    }
    try:
        return model_of(model, {**right, **blank}).filled(configured, nothing)
    except PayloadValidationError:
        return None


def _values(
    model: type[Fields], mapped: object, settings: Fields | None, configured: Mapping[str, str]
) -> tuple[dict[str, Any], frozenset[str]]:
    """What is given for each field, by the mapping or a setting; and the configured ones that found nothing."""
    values = dict(mapped) if isinstance(mapped, Mapping) else {}
    nothing = _NO_KEYS
    if configured:
        nothing = frozenset(key for key in configured if is_nothing(values.get(key)))
        for key in nothing:
            values.pop(key, None)
    if settings is not None:
        for key, setting in _with_settings(model):
            if key not in nothing and _is_empty(values.get(key)):
                values[key] = getattr(settings, setting)
    return values, nothing


@cache
def _with_settings(model: type[Fields]) -> tuple[tuple[str, str], ...]:
    """The fields for which a setting stands in, each with that setting's attribute."""
    return tuple((one.key, one.setting) for one in fields_of(model) if one.setting is not None)


class _Taken(NamedTuple):
    """How a field takes what a mapping gives it.

    `natural` is the type of which it takes every value as it is, so that none has to be looked at; () where there is none.
    `properties` are those of the objects that it takes a list of, where nothing else is asked of these.
    """

    key: str
    natural: type[Any] | tuple[()]
    properties: tuple["_Taken", ...]
    declared: Field


@cache
def _taken(model: type[Fields]) -> tuple[_Taken, ...]:
    """The fields of a model by key."""
    return tuple(_Taken(one.key, _natural_type(one), _properties_of(one), one) for one in fields_of(model))


def _natural_type(declared: Field) -> type[Any] | tuple[()]:
    if declared.multiple or declared.choices or declared.format or declared.items is not None:
        return ()
    return _NATURAL.get(declared.type, str)


def _properties_of(declared: Field) -> tuple[_Taken, ...]:
    of_objects = (
        declared.multiple and declared.type == "object" and not declared.choices and not declared.format
    )
    return _taken(declared.items) if of_objects and declared.items is not None else ()


def _found_nothing(nothing: frozenset[str], configured: Mapping[str, str]) -> str:
    said = "; ".join(f"`{key}` at {configured[key]}" for key in configured if key in nothing)
    return f"Nothing was found for {said}: a default stands in only where the mapping leaves the field out."


def model_of(model: type[FieldsT], values: dict[str, Any]) -> FieldsT:
    """The model of values as they are, by outside name. Raises PayloadValidationError for what it does not take."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        problems = [
            ("/".join(map(str, item["loc"])), item["msg"]) for item in error.errors(include_input=False)
        ]
        said = [f"The value at /{place}: {words}." for place, words in problems]
        raise _wrong(said, [place for place, _ in problems]) from error


def check_fields(model: type[Fields], values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of the model's fields, coerced, by outside name. Raises PayloadValidationError as `payload_of`."""
    kept, missing, wrong = _sorted_out(model, values)
    if missing or wrong:
        said = [f"The root value is missing the required field '{key}'." for key in missing]
        places = [one.key for one in _taken(model) if one.key in wrong or one.key in missing]
        raise _wrong([*said, *(words for some in wrong.values() for words in some)], places)
    return kept


def _sorted_out(
    model: type[Fields], values: Mapping[str, Any]
) -> tuple[dict[str, Any], list[str], dict[str, list[str]]]:
    """The values of the model's fields, coerced; the required ones that are missing; and, by field, what is wrong with the others."""
    missing: list[str] = []
    wrong: dict[str, list[str]] = {}
    kept: dict[str, Any] = {}
    for key, natural, properties, declared in _taken(model):
        value = values.get(key)
        if isinstance(value, natural) and value != "":
            kept[key] = value
        elif properties and value.__class__ is list and (objects := _objects(properties, value)) is not None:
            kept[key] = objects
        elif not (value is None or _is_empty(value)):
            said: list[str] = []
            kept[key] = _coerced(declared, value, f"/{key}", said, declared.label)
            if said:
                wrong[key] = said
        elif declared.required and (declared.unless is None or _is_empty(values.get(declared.unless))):
            missing.append(key)
    return kept, missing, wrong


def constant_problems(declared: Field, given: object) -> Iterator[tuple[str, str]]:
    """What no event can mend of what a mapping gives a field: its constants, in the branches of directives too, that are
    not of the field's type. Each with its place, a JSON Pointer that begins with the field.
    """
    for literal in literals(given, f"/{declared.key}"):
        many = declared.multiple and isinstance(literal.value, list)
        items = [(literal.path, literal.value)]
        if many:
            items = [
                (one.path, one.value)
                for place, item in enumerate(literal.value)
                for one in literals(item, f"{literal.path}/{place}")
                if one.whole
            ]
        for path, value in items:
            wrong: list[str] = []
            if literal.whole and not _is_empty(value) and is_constant(value):
                _one(declared, value, path, wrong, declared.label)
            yield from ((path, said) for said in wrong)


def _is_empty(value: object) -> bool:
    return value is None or value is UNDEFINED or value == ""


def _wrong(said: list[str], places: list[str]) -> PayloadValidationError:
    named = ", ".join(f"`{place}`" for place in dict.fromkeys(places))
    return PayloadValidationError(" ".join(said), remedy=f"Mend {named}.")


def _coerced(declared: Field, value: Any, path: str, wrong: list[str], name: str) -> Any:
    if not declared.multiple:
        return _one(declared, value, path, wrong, name)
    items = value if isinstance(value, list) else [value]
    at = ((f"{path}/{index}", item) for index, item in enumerate(items))
    return [_one(declared, item, place, wrong, f"The value at {place}") for place, item in at]


def _one(declared: Field, value: Any, path: str, wrong: list[str], name: str) -> Any:
    if declared.type != "object" and isinstance(value, list) and len(value) == 1:
        value = value[0]
    if declared.json_text and isinstance(value, str):
        found = read_object(value)
        value = value if found is None else found
    coerce = _COERCIONS.get(declared.type, _to_text)
    coerced = coerce(value)
    if coerced is UNDEFINED:
        wanted = _WITH_ARTICLE[_KINDS.get(declared.type, "string")]
        wrong.append(f"{name} must be {wanted} but it was {_WITH_ARTICLE.get(kind_of(value), 'none')}.")
        return None
    if declared.choices and coerced not in declared.choices:
        wrong.append(f"{name} must be one of: {_either(declared.choices)}.")
    if declared.format == "uri" and not _URI.fullmatch(coerced):
        wrong.append(f"{name} must be a valid URI string but it was not.")
    return _properties(declared, coerced, path, wrong)


def _properties(declared: Field, value: Any, path: str, wrong: list[str]) -> Any:
    if declared.items is None or not fields_of(declared.items) or not isinstance(value, dict):
        return value
    kept = {}
    for key, natural, _, inner in _taken(declared.items):
        item = value.get(key)
        if isinstance(item, natural):
            kept[key] = item
        elif item is not None:
            place = f"{path}/{key}"
            kept[key] = _coerced(inner, item, place, wrong, f"The value at {place}")
    return kept


def _objects(properties: tuple[_Taken, ...], values: list[Any]) -> list[Any] | None:
    """The same of a list of objects that hold texts, and booleans in their place, as nearly all do. None for any other list."""
    objects = []
    for value in values:
        if value.__class__ is not dict:
            return None
        kept = {}
        for key, natural, _, _ in properties:
            item = value.get(key)
            if isinstance(item, natural):
                kept[key] = item
            elif item is True and natural is str:
                kept[key] = "true"
            elif item is False and natural is str:
                kept[key] = "false"
            elif item is not None:
                return None
        objects.append(kept)
    return objects


def _to_text(value: Any) -> Any:
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | float():
            return number_text(value)
        case None:
            return ""
    return UNDEFINED


def _to_boolean(value: Any) -> Any:
    match value:
        case bool():
            return value
        case "true" | 1:
            return True
        case "false" | 0 | None:
            return False
    return UNDEFINED


def _to_number(value: Any) -> Any:
    match value:
        case bool():
            return int(value)
        case int() | float():
            return value
        case None:
            return 0
        case str() if _NUMBER.fullmatch(value):
            return float(value) if any(mark in value for mark in ".eE") else int(value)
    return UNDEFINED


def _to_object(value: Any) -> Any:
    return value if isinstance(value, dict) else UNDEFINED


_COERCIONS = {"boolean": _to_boolean, "number": _to_number, "object": _to_object}


def _either(choices: tuple[str, ...]) -> str:
    *most, last = [f'"{choice}"' for choice in choices]
    return f"{', '.join(most)} or {last}" if most else last
