"""What the destinations of Segment have in common: who they ask for what, and what of their fields is left."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from destinations import kit

ACCOUNT_STANDS_IN: Final = f"AC{'0' * 32}"
KEY_STANDS_IN: Final = f"SK{'0' * 32}"
SECRET_STANDS_IN: Final = "0" * 32

CONSENT: Final = (
    "Consent: Segment went by what each event says of its addresses. Here that counts too, and so does what this gateway knows of a number: "
    "whoever stopped here gets nothing, whatever an event says. `heliograph import consent` brings in what was known so far."
)
OPT_IN: Final = (
    "There everybody was texted whom the event named. Here the number needs an opt-in, since the purpose is MARKETING; TRANSACTIONAL asks for "
    "none where your own server gave the number."
)
NOT_SHORTENED: Final = "Links: nobody shortened them, and nobody does here (shortenLinks is false)."
UNKNOWN: Final = "It is no setting of that destination."


def asked_where_missing(
    given: Mapping[str, Any], wanted: Iterable[kit.AskedSetting]
) -> Iterator[kit.AskedSetting]:
    """Those of them that are secret, which a plan never takes from an export, or that the export lacks."""
    for one in wanted:
        if one.secret or not given.get(one.name):
            yield one


def others(given: Mapping[str, Any], known: Iterable[str]) -> Iterator[kit.MovedSetting]:
    """The settings that the destination never had."""
    names = set(known)
    for name in given:
        if name not in names:
            yield kit.MovedSetting(name, None, UNKNOWN)


def without(fields: Mapping[str, Any], known: frozenset[str]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The fields that the action has, and the names of all others that say something."""
    kept = {name: value for name, value in fields.items() if name in known}
    left = tuple(name for name, value in fields.items() if name not in known and value is not None)
    return kept, left


def left_out(left: Iterable[str]) -> Iterator[str]:
    """What is said of fields that are left."""
    names = sorted(left)
    if names:
        yield f"Left out, since the action never had them or they were about how Segment sends: {', '.join(names)}."


def constant(value: Any) -> str | None:
    """The text that a field says, whatever the event; None where it depends on that, or is no text."""
    return value.strip() or None if isinstance(value, str) else None
