"""Who changed what: a value for each change that a person made, whichever way they came."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

import msgspec

COMMAND_LINE = "the command line"
"""Who did what a command did."""

CHANGED = "changed"
"""All that is told of a secret."""

_encode = msgspec.json.Encoder(order="deterministic", enc_hook=str).encode


class FieldChange(msgspec.Struct, frozen=True):
    """What a field was and is, as texts; None where it was or is nothing. `field` is a path such as `settings.region`."""

    field: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One change. `actor` is the name of a token or a command, `action` what it did, such as `mappingUpdate`."""

    id: str
    space: str
    actor: str
    action: str
    target_id: str | None
    at: datetime
    changes: tuple[FieldChange, ...]


def changes(
    before: Mapping[str, Any], after: Mapping[str, Any], *, secret: Collection[str] = (), within: str = ""
) -> tuple[FieldChange, ...]:
    """The fields that differ, by name. Of those in `secret` only that they were changed. `within` comes before each name."""
    return tuple(_differences(before, after, frozenset(secret), within))


def _differences(
    before: Mapping[str, Any], after: Mapping[str, Any], secret: frozenset[str], within: str
) -> Iterator[FieldChange]:
    for name in sorted({*before, *after}):
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        if name in secret:
            yield FieldChange(f"{within}{name}", None, CHANGED)
        else:
            yield FieldChange(f"{within}{name}", _text(old), _text(new))


def _text(value: Any) -> str | None:
    match value:
        case None:
            return None
        case Enum():
            return str(value.value)
        case str():
            return value
        case set() | frozenset():
            return _encode(sorted(value, key=str)).decode()
    return _encode(value).decode()
