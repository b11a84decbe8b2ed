"""Connection overrides: the fragment of a callback URL that tells Twilio how to call it (`#rp=all&rc=5`)."""

from collections.abc import Callable, Mapping
from functools import lru_cache

DEFAULT = "rp=all&rc=5"
"""Twilio repeats a call only where the connection failed, once, unless it is told to."""

_EDGES = frozenset(
    [
        "ashburn",
        "ashburn-ix",
        "dublin",
        "frankfurt",
        "frankfurt-ix",
        "london-ix",
        "san-jose-ix",
        "sao-paulo",
        "singapore",
        "singapore-ix",
        "sydney",
        "tokyo",
        "umatilla",
    ]
)
_POLICIES = frozenset({"ct", "rt", "4xx", "5xx", "all"})


@lru_cache(maxsize=256)
def fragment(*given: str | None) -> str:
    """The first that says something, without its #; else the default."""
    return next((text for text in (text.removeprefix("#") for text in given if text) if text), DEFAULT)


def problems(text: str) -> tuple[str, ...]:
    """What Twilio would not understand, one sentence per part (Twilio errors 11240, 11241, 11243)."""
    found = []
    seen: set[str] = set()
    for part in text.removeprefix("#").split("&"):
        key, equals, value = part.partition("=")
        if key not in _PARTS or not equals:
            found.append(
                f"`{part}` is no connection override; the parts are {', '.join(_PARTS)}, as in {DEFAULT}."
            )
            continue
        takes, allowed = _PARTS[key]
        if key in seen:
            found.append(f"`{key}` is given twice.")
        elif not takes(value):
            found.append(f"`{key}` must be {allowed}, not `{value}`.")
        seen.add(key)
    return tuple(found)


def _between(least: int, most: int) -> tuple[Callable[[str], bool], str]:
    def takes(value: str) -> bool:
        return (
            value.isascii()
            and value.isdecimal()
            and len(value) < len("123456")
            and least <= int(value) <= most
        )

    return takes, f"a whole number from {least} to {most}"


def _some_of(words: frozenset[str]) -> tuple[Callable[[str], bool], str]:
    def takes(value: str) -> bool:
        return set(value.split(",")) <= words

    return takes, f"one or more of {', '.join(sorted(words))}"


_PARTS: Mapping[str, tuple[Callable[[str], bool], str]] = {
    "ct": _between(100, 10_000),
    "rt": _between(100, 15_000),
    "tt": _between(100, 15_000),
    "rc": _between(0, 5),
    "rp": _some_of(_POLICIES),
    "sni": (lambda value: value in {"y", "n"}, "y or n"),
    "e": _some_of(_EDGES),
}
