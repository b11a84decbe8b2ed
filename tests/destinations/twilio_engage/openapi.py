"""Twilio's published specification, as far as a request can be held against it.

`openapi-messaging.json` is cut from twilio-oai 2.6.7, its first lines say how; types, patterns, formats and enumerations are
those of Twilio.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

_SPEC: dict[str, Any] = json.loads(Path(__file__).with_name("openapi-messaging.json").read_text("utf-8"))
_FORM = "application/x-www-form-urlencoded"
_E164 = re.compile(r"\+[1-9][0-9]{1,14}")
_BOOLEANS = {"true", "false"}

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Complaint:
    """What the specification has against a request: where (`path`, `query` or `form`), which name, which value."""

    where: str
    name: str
    value: str
    why: str


def complaints(method: str, url: str, form: Pairs = ()) -> list[Complaint]:
    """Everything that the specification has against the request."""
    parts = urlsplit(url)
    found = _operation(method, parts.path)
    if found is None:
        return [Complaint("path", method, parts.path, "is not in the specification")]
    operation, server, arguments = found
    query = parse_qsl(parts.query, keep_blank_values=True)
    said = [*_host(server, parts.netloc)]
    said += _pairs("path", arguments, _parameters(operation, "path"), {name for name, _ in arguments})
    said += _pairs("query", query, _parameters(operation, "query"), _required(operation))
    body = operation.get("requestBody", {}).get("content", {}).get(_FORM, {}).get("schema", {})
    said += _pairs("form", form, body.get("properties", {}), set(body.get("required", ())))
    return said


def _operation(method: str, path: str) -> tuple[Any, str, Pairs] | None:
    for template, item in _SPEC["paths"].items():
        names = re.findall(r"\{(\w+)\}", template)
        pattern = re.sub(r"\\\{\w+\\\}", "([^/]+?)", re.escape(template))
        matched = re.fullmatch(pattern, path)
        if matched and method.lower() in item:
            arguments = list(zip(names, map(unquote, matched.groups()), strict=True))
            return item[method.lower()], urlsplit(item["servers"][0]["url"]).netloc, arguments
    return None


def _host(server: str, host: str) -> Iterator[Complaint]:
    if host != server:
        yield Complaint("host", server, host, "is another host")


def _parameters(operation: Any, where: str) -> dict[str, Any]:
    return {one["name"]: one["schema"] for one in operation.get("parameters", ()) if one["in"] == where}


def _required(operation: Any) -> set[str]:
    return {
        one["name"] for one in operation.get("parameters", ()) if one["in"] == "query" and one.get("required")
    }


def _pairs(where: str, pairs: Pairs, schemas: dict[str, Any], required: set[str]) -> Iterator[Complaint]:
    names = [name for name, _ in pairs]
    for name in sorted(required - set(names)):
        yield Complaint(where, name, "", "is required")
    for name, value in pairs:
        schema = _resolved(schemas.get(name))
        if schema is None:
            yield Complaint(where, name, value, "is not in the specification")
            continue
        several = schema["type"] == "array"
        if names.count(name) > 1 and not several:
            yield Complaint(where, name, value, "is given more than once")
        why = _wrong(_resolved(schema["items"]) if several else schema, value)
        if why:
            yield Complaint(where, name, value, why)


def _resolved(schema: Any) -> Any:
    while schema is not None and "$ref" in schema:
        schema = _SPEC["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def _wrong(schema: Any, value: str) -> str | None:
    """Why the value is not of that schema, None where it is."""
    kind, form = schema["type"], schema.get("format")
    number = int(value) if kind == "integer" and value.isdecimal() else None
    checks = {
        "no integer": kind != "integer" or number is not None,
        "too little": number is None or number >= schema.get("minimum", number),
        "too much": number is None or number <= schema.get("maximum", number),
        "no number": kind != "number" or re.fullmatch(r"[0-9.]+", value),
        "no boolean": kind != "boolean" or value in _BOOLEANS,
        "not of its pattern": re.search(schema.get("pattern", ""), value),
        "too short": len(value) >= schema.get("minLength", 0),
        "too long": len(value) <= schema.get("maxLength", len(value)),
        "not of its choices": value in schema.get("enum", [value]),
        "no phone number": form != "phone-number" or _E164.fullmatch(value),
        "no URI": form != "uri" or _is_uri(value),
        "no date and time": form != "date-time" or _is_moment(value),
    }
    return next((f"is {what}" for what, is_right in checks.items() if not is_right), None)


def _is_uri(value: str) -> bool:
    parts = urlsplit(value)
    return (
        parts.scheme in {"http", "https"}
        and bool(parts.hostname)
        and re.search(r"[\s<>\"{}|^`]", value) is None
    )


def _is_moment(value: str) -> bool:
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False
