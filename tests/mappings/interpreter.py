"""The mapping language once more, slow and obvious: one function a directive, nothing compiled. How values are written
as text is taken from the product, and tested by itself.

As in the original, an object keeps what is missing as UNDEFINED until the very end, where it is taken out.
"""

import json
import re
from functools import reduce
from typing import Any

from mappings import UNDEFINED, MappingError
from mappings.json_text import json_text
from mappings.text import text_of


def interpreted(fields: Any, payload: Any) -> Any:
    return without_missing(resolve(fields, payload))


def without_missing(value: Any) -> Any:
    if isinstance(value, list):
        return [None if item is UNDEFINED else without_missing(item) for item in value]
    if isinstance(value, dict):
        return {key: without_missing(inner) for key, inner in value.items() if inner is not UNDEFINED}
    return value


def resolve(raw: Any, payload: Any) -> Any:
    if isinstance(raw, list):
        return [resolve(item, payload) for item in raw]
    if not isinstance(raw, dict):
        return raw
    [name] = [key for key in raw if key.startswith("@")] or [None]
    if name is None:
        return {key: resolve(value, payload) for key, value in raw.items()}
    return DIRECTIVES[name](raw[name], payload)


def at_path(raw: Any, payload: Any) -> Any:
    path = resolve(raw, payload)
    if not isinstance(path, str):
        raise MappingError("not a path")
    return walk(path.replace("$.", "", 1), payload)


def walk(path: str, value: Any) -> Any:
    for key in filter(None, re.sub(r"\[(\d+)\]|\['([^']*)'\]", r".\1\2.", path).split(".")):
        if isinstance(value, dict):
            value = value.get(key, UNDEFINED)
        elif isinstance(value, list):
            value = value[int(key)] if key in {"0", "1"} and int(key) < len(value) else UNDEFINED
        elif value is not None:
            value = UNDEFINED
    return value


def at_template(raw: Any, payload: Any) -> Any:
    template = resolve(raw, payload)
    if not isinstance(template, str):
        raise MappingError("not a template")

    def inside(braces: str) -> str:
        return (braces[3:-3] if braces.startswith("{{{") and braces.endswith("}}}") else braces[2:-2]).strip()

    pieces = re.split(r"(\{\{\{[^}]+\}\}\}|\{\{[^}]+\}\})", template)
    return "".join(
        text_of(walk(inside(piece), payload)) if number % 2 else piece for number, piece in enumerate(pieces)
    )


def at_if(raw: Any, payload: Any) -> Any:
    if "exists" in raw:
        tested = resolve(raw["exists"], payload)
        there = tested is not None and tested is not UNDEFINED
    else:
        tested = resolve(raw["blank"], payload)
        there = isinstance(tested, dict) or bool(tested)
    branch = "then" if there else "else"
    return resolve(raw[branch], payload) if branch in raw else UNDEFINED


def at_array_path(raw: Any, payload: Any) -> Any:
    found = at_path(raw[0], payload) if isinstance(raw[0], str) else resolve(raw[0], payload)
    shape = raw[1] if len(raw) > 1 else None
    if not shape or not isinstance(found, list | dict):
        return found
    return [resolve(shape, item) for item in (found if isinstance(found, list) else [found])]


def at_case(raw: Any, payload: Any) -> Any:
    value = resolve(raw["value"], payload) if raw.get("value") else UNDEFINED
    if not isinstance(value, str):
        return value
    return {"lower": value.lower(), "upper": value.upper()}[raw["operator"]]


def at_replace(raw: Any, payload: Any) -> Any:
    if not raw["value"]:
        return UNDEFINED
    value = resolve(raw["value"], payload)
    text = text_of(value) if isinstance(value, str | bool | int | float) else ""
    flags = re.IGNORECASE if raw.get("ignorecase") else 0
    times = 0 if raw.get("global", True) else 1
    for pattern, replacement in (("pattern", "replacement"), ("pattern2", "replacement2")):
        if raw.get(pattern):
            instead = raw.get(replacement) or ""
            text = re.sub(
                re.escape(raw[pattern]), lambda _, text=instead: text, text, count=times, flags=flags
            )
    return text


def at_merge(raw: Any, payload: Any) -> Any:
    objects = [resolve(item, payload) for item in raw["objects"]]
    ordered = objects if raw["direction"] == "right" else objects[::-1]
    return reduce(lambda all_, one: {**all_, **one} if isinstance(one, dict) else all_, ordered, {})


def at_transform(raw: Any, payload: Any) -> Any:
    return resolve(raw["mapping"], without_missing(resolve(raw["apply"], payload)))


def at_flatten(raw: Any, payload: Any) -> Any:
    flat = {}

    def flatten(value: Any, *keys: str) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                flatten(inner, *keys, key)
        elif isinstance(value, list) and not raw.get("omitArrays"):
            for index, inner in enumerate(value):
                flatten(inner, *keys, str(index))
        else:
            flat[raw["separator"].join(keys)] = value

    flatten(without_missing(resolve(raw["value"], payload)))
    return without_missing(flat)


def at_json(raw: Any, payload: Any) -> Any:
    value = resolve(raw["value"], payload)
    if raw["mode"] == "encode":
        return UNDEFINED if value is UNDEFINED else json_text(without_missing(value))
    if not isinstance(value, str) or value in {"NaN", "Infinity"}:
        return value
    if value.startswith("[" * 101):
        raise MappingError("too deep")
    try:
        written = json.dumps(json.loads(value), ensure_ascii=False)
    except ValueError:
        return value
    return json.loads(re.sub("[\ud800-\udfff]", "\ufffd", written).replace("Infinity", "null"))


def at_exclude_when_null(raw: Any, payload: Any) -> Any:
    def clean(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: clean(inner) for key, inner in value.items()}
        return UNDEFINED if value is None else value

    return clean(resolve(raw, payload))


DIRECTIVES = {
    "@path": at_path,
    "@template": at_template,
    "@if": at_if,
    "@arrayPath": at_array_path,
    "@case": at_case,
    "@replace": at_replace,
    "@merge": at_merge,
    "@transform": at_transform,
    "@flatten": at_flatten,
    "@json": at_json,
    "@excludeWhenNull": at_exclude_when_null,
    "@literal": resolve,
}
