"""What a stored remedy leaves open, filled in with what is configured now: see `destinations/kit/pasting.py`. Of the gateway's own:

`<resumption of dst_1>`   what ends each pause that holds it now: its own, its space's, or both
"""

import json
import re
from typing import Any

from gateway.workspace import Destination, Mapping

_OPEN = re.compile(r"<([a-zA-Z]+) of ((?:dst|map)_\w+)(>| with (?=[{\[]))")
_DECODER = json.JSONDecoder()


def resumption_of(destination: Destination) -> str:
    """The mutation that lets a paused destination go on, left open: until somebody reads it, another pause may hold it."""
    return f"<resumption of {destination.id}>"


def resuming_space(space: str) -> str:
    """What lets a whole space go on, to stand in a mutation."""
    return f"sendingResume(input: {{space: {json.dumps(space)}}}) {{ paused waiting errors {{ message }} }}"


def _resumption(one: Destination) -> str:
    own = f"destinationResume(input: {{id: {json.dumps(one.id)}}}) {{ destination {{ paused }} errors {{ message }} }}"
    pauses = [own] if one.pause is not None or one.space_pause is None else []
    pauses += [] if one.space_pause is None else [resuming_space(one.space)]
    return f"mutation {{ {' '.join(pauses)} }}"


def filled(text: str, *configured: Destination | Mapping | None) -> str:
    """The remedy as it can be pasted now. Only what is open of these is filled in: a remedy repeats what came with an event, and whoever
    sent that names no others. What was deleted stays open: it can't be changed any more.
    """
    known = {one.id: one for one in configured if one is not None and one.deleted_at is None}
    parts: list[str] = []
    end = 0
    for found in _OPEN.finditer(text):
        one = known.get(found[2])
        if one is None or found.start() < end:
            continue
        value, after = _value(one, found[1], text, found)
        if value is not None:
            parts += [text[end : found.start()], value]
            end = after
    return "".join([*parts, text[end:]])


def _value(one: Destination | Mapping, name: str, text: str, found: re.Match[str]) -> tuple[str | None, int]:
    """What stands there now, and where its bracket ends; None for what is none of ours."""
    if found[3] == ">":
        return _whole(one, name), found.end()
    try:
        change, after = _DECODER.raw_decode(text, found.end())
    except ValueError:
        return None, found.end()
    value = _of_mapping(one, name, change) if isinstance(one, Mapping) else _of_policy(one, name, change)
    return (None if value is None else json.dumps(value, ensure_ascii=False)), after + len(">")


def _whole(one: Destination | Mapping, name: str) -> str | None:
    if name == "resumption" and isinstance(one, Destination):
        return _resumption(one)
    return str(one.revision) if name == "revision" else None


def _of_mapping(one: Mapping, name: str, change: Any) -> Any:
    return {**one.fields, **change} if name == "fields" and isinstance(change, dict) else None


def _of_policy(one: Destination, name: str, change: Any) -> Any:
    policy = one.policy
    match name, change:
        case "messagesPerSecond", dict():
            return {**policy.messages_per_second, **change}
        case "testNumbers", list():
            return sorted({*policy.test_numbers, *change})
        case "allowedCountries", list():
            return sorted({*policy.allowed_countries, *change}) if policy.allowed_countries else []
    return None
