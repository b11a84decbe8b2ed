"""What the original made of an event by a mapping's fields: worked out piece by piece, as its oddities ask for."""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from mappings.bounds import MOST_WORK, Work, refuse_deeper_than_allowed, refuse_longer_than_allowed, spend
from mappings.check import directive_in
from mappings.compile import compile_fields, rooted
from mappings.directives.case import refuse as refuse_operator
from mappings.directives.exclude_when_null import without_nulls
from mappings.directives.json_ import decode
from mappings.directives.replace import Replacement
from mappings.errors import MappingError
from mappings.json_text import json_text
from mappings.original.paths import find, find_bare, numbered
from mappings.template import directive_template
from mappings.text import text_of
from mappings.values import UNDEFINED, kind_of

_LARGEST_EXACT: Final = 2**53
_ITEM: Final = 16
_LONGEST_TEMPLATE: Final = 10_000
_TRIPLE = re.compile(r"\{\{\{([^}]+)\}\}\}")
_DOUBLE = re.compile(r"\{\{([^}]+)\}\}")
_SPECIAL = re.compile(r"\$([$&`'])")


def apply_fields(fields: object, payload: object) -> Any:
    """The value that the original gave for a payload, or UNDEFINED. Raises MappingError where it failed, and for what is too large to
    be compared.
    """
    try:
        return _applied(fields, payload)
    except RecursionError:
        raise MappingError("what is nested so deep is not compared") from None


def _applied(fields: object, payload: object) -> Any:
    if isinstance(fields, dict):
        compile_fields(fields)
        fields = rooted(fields)
    if not isinstance(payload, dict):
        raise MappingError(f"data must be an object, got {kind_of(payload)}")
    found = _Reading([MOST_WORK]).value(fields, _rounded(payload))
    whole = _complete(found)
    return whole if isinstance(fields, dict) else dict(_members(whole))


class _Reading:
    def __init__(self, work: Work) -> None:
        self._work = work

    def value(self, raw: object, payload: object) -> object:
        spend(self._work, _ITEM)
        name = directive_in(raw)
        if name is not None and isinstance(raw, dict):
            return self._directives[name](self, raw[name], payload)
        if isinstance(raw, dict):
            return {key: self.value(inner, payload) for key, inner in raw.items()}
        if isinstance(raw, list):
            return [self.value(inner, payload) for inner in raw]
        return raw

    def _path(self, given: object, payload: object) -> object:
        path = self.value(given, payload)
        if not isinstance(path, str):
            raise MappingError(f"@path: expected string, got {kind_of(path)}")
        return find(payload, path)

    def _template(self, given: object, payload: object) -> object:
        template = self.value(given, payload)
        if not isinstance(template, str):
            raise MappingError(f"@template: expected string, got {kind_of(template)}")

        def inserted(braces: re.Match[str]) -> str:
            text = text_of(find_bare(payload, braces[1].strip()))
            spend(self._work, _ITEM + len(text))
            return text

        for pattern in (_TRIPLE, _DOUBLE):
            if len(template) > _LONGEST_TEMPLATE:
                raise MappingError(f"a template of more than {_LONGEST_TEMPLATE} characters is not compared")
            template = pattern.sub(inserted, template)
        return template

    def _literal(self, given: object, payload: object) -> object:
        return self.value(given, payload)

    def _if(self, given: Any, payload: object) -> object:
        if given.get("exists", UNDEFINED) is not UNDEFINED and not _is_falsy(given["exists"]):
            tested = self.value(given["exists"], payload)
            holds = tested is not None and tested is not UNDEFINED
        elif not _is_falsy(given.get("blank", UNDEFINED)):
            holds = not _is_blank(self.value(given["blank"], payload))
        else:
            raise MappingError('@if requires an "exists" key or a "blank" key')
        if holds:
            return self.value(given["then"], payload) if "then" in given else UNDEFINED
        return UNDEFINED if _is_falsy(given.get("else", UNDEFINED)) else self.value(given["else"], payload)

    def _array_path(self, given: Any, payload: object) -> object:
        first = given[0]
        found = find(payload, first) if isinstance(first, str) else self.value(first, payload)
        shape = given[1] if len(given) > 1 else None
        if not shape or not isinstance(shape, dict):
            return found
        if isinstance(found, list):
            return [self.value(shape, item) for item in found]
        return [self.value(shape, found)] if isinstance(found, dict) else found

    def _case(self, given: Any, payload: object) -> object:
        if not given.get("value"):
            return UNDEFINED
        found = self.value(given["value"], payload)
        if not isinstance(found, str):
            return found
        operator = given["operator"].lower()
        if operator not in ("lower", "upper"):
            refuse_operator()
        return found.lower() if operator == "lower" else found.upper()

    def _replace(self, given: Any, payload: object) -> object:
        if not given["value"]:
            return UNDEFINED
        found = self.value(given["value"], payload)
        text = text_of(found) if isinstance(found, str | bool | int | float) else ""
        for number in ("", "2"):
            pattern, replacement = given.get(f"pattern{number}"), given.get(f"replacement{number}", "")
            if not isinstance(pattern, str) or not pattern:
                continue
            ignore, everywhere = given.get("ignorecase", False), given.get("global", True)
            spend(self._work, len(text) * (8 if ignore else 1))
            by = replacement if isinstance(replacement, str) else ""
            text = _replaced(text, Replacement(pattern, by, ignore, everywhere))
        return text

    def _merge(self, given: Any, payload: object) -> object:
        objects = [self.value(one, payload) for one in given["objects"]]
        if given["direction"] == "left":
            objects.reverse()
        merged: dict[str, object] = {}
        for one in objects:
            merged.update(_members(one))
            spend(self._work, _ITEM * len(merged))
        return merged

    def _flatten(self, given: Any, payload: object) -> object:
        separator, keeps_lists = given["separator"], bool(given.get("omitArrays"))
        flat: dict[str, object] = {}

        def walk(value: object, lead: str, depth: int) -> None:
            refuse_deeper_than_allowed(depth * 4, "objects and lists")
            inside = isinstance(value, dict) or (isinstance(value, list) and not keeps_lists)
            if not inside:
                spend(self._work, _ITEM + len(lead))
                flat[lead] = value
                return
            for key, inner in _members(value):
                walk(inner, f"{lead}{separator}{key}" if lead else key, depth + 1)

        walk(self.value(given["value"], payload), "", 1)
        return flat

    def _json(self, given: Any, payload: object) -> object:
        found = self.value(given["value"], payload)
        if given["mode"] == "decode":
            return decode(found, self._work)
        if given["mode"] != "encode" or found is UNDEFINED:
            return UNDEFINED
        return json_text(_integers_first(found))

    def _transform(self, given: Any, payload: object) -> object:
        return self.value(given["mapping"], self.value(given["apply"], payload))

    def _exclude_when_null(self, given: object, payload: object) -> object:
        return without_nulls(self.value(given, payload), holes=False, work=self._work)

    def _liquid(self, given: str, payload: object) -> object:
        return directive_template(given)(_complete(payload), self._work)

    _directives: Final[Mapping[str, Callable[["_Reading", Any, object], object]]] = {
        "@path": _path,
        "@template": _template,
        "@literal": _literal,
        "@if": _if,
        "@arrayPath": _array_path,
        "@case": _case,
        "@replace": _replace,
        "@merge": _merge,
        "@flatten": _flatten,
        "@json": _json,
        "@transform": _transform,
        "@excludeWhenNull": _exclude_when_null,
        "@liquid": _liquid,
    }


def _is_falsy(value: object) -> bool:
    """What JavaScript takes for no: an empty list is something there."""
    return not value and not isinstance(value, list | dict)


def _is_blank(value: object) -> bool:
    return text_of(value) == "" if isinstance(value, list) else _is_falsy(value)


def _replaced(text: str, by: Replacement) -> str:
    """The replacement is a pattern of its own: `$&` is what was found, and `$$` one `$`."""
    if not _SPECIAL.search(by.replacement):
        return by.apply(text)
    found = re.compile(re.escape(by.pattern), re.IGNORECASE if by.ignorecase else 0)

    def inserted(match: re.Match[str]) -> str:
        parts = {"$": "$", "&": match[0], "`": text[: match.start()], "'": text[match.end() :]}
        return _SPECIAL.sub(lambda special: parts[special[1]], by.replacement)

    matches = len(found.findall(text)) if by.everywhere else 1
    refuse_longer_than_allowed(len(text) * (1 + matches * len(by.replacement)), "what @replace gives")
    return found.sub(inserted, text, count=0 if by.everywhere else 1)


def _members(value: object) -> Iterator[tuple[str, object]]:
    """What a value has inside: texts and lists have the places in them."""
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list | str):
        yield from ((str(place), inner) for place, inner in enumerate(numbered(value)))


def _integers_first(value: object) -> object:
    if isinstance(value, list):
        return [_integers_first(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    numbers = sorted((key for key in value if re.fullmatch(r"0|[1-9][0-9]{0,8}", key)), key=int)
    others = (key for key in value if key not in set(numbers))
    return {key: _integers_first(value[key]) for key in (*numbers, *others)}


def _complete(value: object) -> object:
    """The value without the keys that have none; a place in a list stays."""
    if isinstance(value, dict):
        return {key: _complete(inner) for key, inner in value.items() if inner is not UNDEFINED}
    if isinstance(value, list):
        return [None if inner is UNDEFINED else _complete(inner) for inner in value]
    return value


def _rounded(value: object) -> object:
    """Whole numbers are exact up to 2^53."""
    if isinstance(value, dict):
        return {key: _rounded(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_rounded(inner) for inner in value]
    if not isinstance(value, int) or abs(value) <= _LARGEST_EXACT:
        return value
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
