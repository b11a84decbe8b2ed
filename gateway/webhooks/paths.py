"""What lies under /webhooks: of each destination an address for statuses, and one for what people write."""

from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple
from urllib.parse import urlsplit

_START = "/webhooks/"


class About(Enum):
    """What is told at an address: its last part."""

    STATUS = "status"
    INBOUND = "inbound"


class Target(NamedTuple):
    """What a path names. `key` is what a destination had put into it, None where nothing stands there."""

    destination_id: str
    about: About
    key: str | None = None


_ABOUT = {one.value: one for one in About}


def starts(public_url: str | None) -> tuple[str, ...]:
    """How a path begins that is a provider's: below the path of HELIOGRAPH_PUBLIC_URL too, which a proxy may leave on what it passes on."""
    prefix = prefix_of(public_url)
    return (f"{prefix}{_START}", _START) if prefix else (_START,)


def prefix_of(public_url: str | None) -> str:
    """The path of HELIOGRAPH_PUBLIC_URL."""
    return "" if public_url is None else urlsplit(public_url).path


def target_of(path: str, beginnings: Sequence[str]) -> Target | None:
    """What is at that path, which has one of these beginnings."""
    for start in beginnings:
        if not path.startswith(start):
            continue
        match path[len(start) :].split("/"):
            case [destination, name] if destination and name in _ABOUT:
                return Target(destination, _ABOUT[name])
            case [destination, key, name] if destination and key and name in _ABOUT:
                return Target(destination, _ABOUT[name], key)
    return None
