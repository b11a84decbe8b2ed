"""Twilio's published specification, as far as an answer can be held against it.

It describes what goes well. Of errors, of which one is answered with 200 (20001), it says nothing: they are held against what all of Twilio's have (https://www.twilio.com/docs/usage/
twilios-response, FACTS 3).
"""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from tests.destinations.twilio_engage.openapi import _is_moment, _operation, _resolved

NOT_IN_THE_SPECIFICATION = (
    re.compile(r"/2010-04-01(\.json)?"),
    re.compile(r"/2010-04-01/Accounts/[^/]+/SMS/ShortCodes.*"),
    re.compile(r"/v2/Channels/Senders.*"),
    re.compile(r"/v2/Content.*"),
)
"""Paths of Twilio that the subset leaves out."""

_ERROR = {"code": int, "message": str, "more_info": str, "status": int}
_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": dict,
}


def complaints_of_answer(method: str, url: str, status: int, content: bytes) -> list[str]:
    """Everything that the specification has against an answer to that request."""
    path = urlsplit(url).path
    if status >= 400 or b'"more_info"' in content:
        return list(_of_error(status, content))
    found = _operation(method, path)
    if found is None:
        left_out = any(one.fullmatch(path) for one in NOT_IN_THE_SPECIFICATION)
        return [] if left_out else [f"{method} {path} is not in the specification"]
    responses = found[0]["responses"]
    if str(status) not in responses:
        return [f"{status} is none of {sorted(responses)}"]
    described = responses[str(status)].get("content", {}).get("application/json")
    if described is None:
        return [] if content == b"" else ["has a body"]
    return list(_wrong("answer", described["schema"], json.loads(content)))


def _of_error(status: int, content: bytes) -> Iterator[str]:
    said = json.loads(content)
    for name, kind in _ERROR.items():
        if type(said.get(name)) is not kind:
            yield f"{name} is {said.get(name)!r}"
    if said.get("status") != status:
        yield f"status is {said.get('status')}, and it is answered {status}"
    if said.get("more_info") != f"https://www.twilio.com/docs/errors/{said.get('code')}":
        yield f"more_info is {said.get('more_info')}"


def _wrong(where: str, given: Any, value: Any) -> Iterator[str]:
    schema = _resolved(given)
    if value is None:
        if not (given.get("nullable") or schema.get("nullable")):
            yield f"{where} is null"
        return
    kind = schema.get("type")
    if kind is None:
        return
    if not _is_of_type(kind, value):
        yield f"{where} is {value!r}, and no {kind}"
        return
    match kind:
        case "object":
            yield from _wrong_object(where, schema, value)
        case "array":
            for place, one in enumerate(value):
                yield from _wrong(f"{where}[{place}]", schema["items"], one)
        case "string":
            yield from _wrong_text(where, schema, value)


def _is_of_type(kind: str, value: Any) -> bool:
    return isinstance(value, _TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))


def _wrong_object(where: str, schema: Any, value: dict[str, Any]) -> Iterator[str]:
    known = schema.get("properties")
    if known is None:
        return
    for name in value.keys() - known.keys():
        yield f"{where}.{name} is not in the specification"
    for name in value.keys() & known.keys():
        yield from _wrong(f"{where}.{name}", known[name], value[name])


def _wrong_text(where: str, schema: Any, value: str) -> Iterator[str]:
    form = schema.get("format")
    checks = {
        "not of its choices": value in schema.get("enum", [value]),
        "not of its pattern": re.search(schema.get("pattern", ""), value),
        "too short": len(value) >= schema.get("minLength", 0),
        "too long": len(value) <= schema.get("maxLength", len(value)),
        "no time of RFC 2822": form != "date-time-rfc-2822" or _is_rfc_2822(value),
        "no date and time": form != "date-time" or _is_moment(value),
        "no currency": form != "currency" or re.fullmatch(r"[A-Z]{3}", value),
        "no country": form != "iso-country-code" or re.fullmatch(r"[A-Z]{2}", value),
        "no method": form != "http-method" or value in {"GET", "POST", "HEAD", "PUT", "PATCH", "DELETE"},
    }
    for what, is_right in checks.items():
        if not is_right:
            yield f"{where} is {value!r}: {what}"


def _is_rfc_2822(value: str) -> bool:
    try:
        moment: datetime = parsedate_to_datetime(value)
    except ValueError:
        return False
    return moment.tzinfo is not None
