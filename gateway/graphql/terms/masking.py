"""What hides numbers, texts and secrets from those who may not read them."""

import re
from datetime import datetime
from typing import Any, overload

import strawberry
from pydantic import SecretStr

from gateway import logging, phones
from gateway.auth import Viewer
from gateway.workspace import Role

TOLD_FROM = 12
"""A secret shorter than this would be half told by its last four characters."""

_PATH_KEY = re.compile(r"(?<=/webhooks/)(dst_\w+)/[^/\s?#]+(?=/(?:inbound|status)\b)")
"""The key that a destination had put into the path of an address that its provider calls."""

_GUARDED = re.compile(r"(https?://)(?:[^/\s@?#]+(@))?([^\s?#]*)(?:(\?)[^\s#]+)?")
"""What may be a secret in any address: who one is there, and the query."""


@strawberry.type(description="A stored secret as others may see it.")
class MaskedSecret:
    """Never the secret itself."""

    configured: bool = strawberry.field(description="Whether there is one.")
    last_four: str | None = strawberry.field(description="Its last four characters, where it is long enough.")
    set_at: datetime | None = strawberry.field(description="When it was last set.")


def secret(stored: SecretStr | None, set_at: datetime) -> MaskedSecret:
    """The secret as others may see it."""
    clear = "" if stored is None else stored.get_secret_value()
    return MaskedSecret(
        configured=bool(clear),
        last_four=clear[-4:] if len(clear) >= TOLD_FROM else None,
        set_at=set_at if clear else None,
    )


def remains(clear: str) -> str:
    """What is left of a secret that is shown as the secret itself would be: enough for that and no more."""
    return f"{'*' * (TOLD_FROM - 4)}{clear[-4:]}" if len(clear) >= TOLD_FROM else "*" * bool(clear)


def phone(viewer: Viewer, number: str) -> str:
    """The number, masked where the viewer may not read it."""
    return phones.masked(number) if viewer.masked else number


@overload
def text(viewer: Viewer, words: str) -> str: ...
@overload
def text(viewer: Viewer, words: None) -> None: ...
def text(viewer: Viewer, words: str | None) -> str | None:
    """The text, its numbers masked where the viewer may not read them."""
    return logging.mask(words) if viewer.masked and words is not None else words


def json(viewer: Viewer, value: Any) -> Any:
    """The JSON value, the numbers in its texts and keys masked where the viewer may not read them."""
    if not viewer.masked:
        return value
    match value:
        case str():
            return logging.mask(value)
        case list():
            return [json(viewer, item) for item in value]
        case dict():
            return {logging.mask(key): json(viewer, item) for key, item in value.items()}
    return value


def _unguarded(found: re.Match[str]) -> str:
    scheme, who, place, asked = found.groups()
    return f"{scheme}{'…@' if who else ''}{place}{'?…' if asked else ''}"


@overload
def addresses(viewer: Viewer, words: str) -> str: ...
@overload
def addresses(viewer: Viewer, words: None) -> None: ...
def addresses(viewer: Viewer, words: str | None) -> str | None:
    """The text, masked as `text` is. But for an ADMIN it is without what may be a secret in its addresses: keys in the path of this gateway's,
    of whatever destination, and of others' who one is there and the query.
    """
    if words is None or viewer.may(Role.ADMIN):
        return text(viewer, words)
    return text(viewer, _GUARDED.sub(_unguarded, _PATH_KEY.sub(r"\1/…", words)))
