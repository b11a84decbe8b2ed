"""Paths into an event that lead nowhere, whatever comes, and what was hardly meant otherwise: told with what leads there."""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Final

from mappings import paths

ROOTS: Final = (
    "type", "event", "name", "userId", "anonymousId", "groupId", "previousId", "category", "messageId", "timestamp",
    "originalTimestamp", "sentAt", "receivedAt", "version", "channel", "projectId", "properties", "traits", "context",
    "integrations", "options", "external_ids", "externalIds", "messaging_subscriptions", "writeKey", "_metadata",
    "forwardedIntegrations",
)  # fmt: skip
"""What an event may have: the fields of the Segment Spec, those that Engage adds, and what a forwarder's `integrations` become."""

_MEANT: Final[Mapping[str, str]] = {
    **dict.fromkeys(("property", "prop", "props", "eventproperties", "payload", "data", "attributes"), "properties"),
    **dict.fromkeys(("trait", "profile", "user", "customer", "person", "contact"), "traits"),
    "eventname": "event",
}  # fmt: skip
"""What people call a field by names of other products, in small letters and without `_` and `-`."""
_TEXTS: Final = frozenset({"event", "type", "userId", "anonymousId", "messageId", "timestamp"})
_OBJECTS: Final = ("properties", "traits", "context")
_WILDCARD = re.compile(r"\[\*?\]|(?:^|\.)\*(?=\.|\[|$)")
_FROM_BEHIND = re.compile(r"\[(?:-[0-9]+|-?[0-9]*:-?[0-9]*)\]")
_BRACES = re.compile(r"\{\{\{?\s*([^{}]*?)\s*\}?\}\}")
_CLOSE = 0.75


def path_doubt(text: str, *, of_event: bool) -> str | None:
    """What is doubtful about the path of an `@path`, or None. `of_event`: it begins at the event, not at an item."""
    braces = _BRACES.fullmatch(text.strip())
    if braces:
        inside = braces[1].removeprefix("$.")
        return f'`{text}` leads nowhere: a path has no braces. Write `$.{inside}`, or {{"@template": "{{{{{inside}}}}}"}}.'
    wildcard = _WILDCARD.search(text)
    if wildcard:
        return _of_wildcard(text, wildcard, of_event=of_event)
    behind = _FROM_BEHIND.search(text)
    if behind:
        return f"`{behind[0]}` is no item: items are counted from 0, one at a time, as in `{text[: behind.start()]}[0]`."
    meant = _meant(paths.parse(text)) if of_event else None
    return None if meant is None else f"`{text}` leads nowhere in an event. Did you mean `$.{meant}`?"


def braces_doubt(inside: str, *, of_event: bool) -> str | None:
    """What is doubtful about a path between the braces of a `@template`, or None."""
    shown = f"`{{{{{inside}}}}}` shows nothing"
    if "|" in inside:
        return f'{shown}: a @template has no filters. Write {{"@liquid": "{{{{ {inside.strip()} }}}}"}}.'
    path = inside.strip()
    if path == "$" or path.startswith(("$.", "$[")):
        return f"{shown}: paths begin without `$.` here. Write `{{{{{path[1:].lstrip('.')}}}}}`."
    keys = paths.parse_bare(path)
    if not of_event or not keys:
        return None
    if keys[0] == "profile":
        said = f"{shown}: a @template reads the event, which has no profile. Write the text without @template"
        return (
            f"{said}, where it is Liquid and reads the profile, or ask the event: `{{{{{_meant(keys)}}}}}`."
        )
    meant = _meant(keys)
    return None if meant is None else f"{shown}: an event has no such field. Did you mean `{{{{{meant}}}}}`?"


def liquid_doubt(keys: paths.Keys) -> str | None:
    """What is doubtful about a path that the Liquid of a `@liquid` reads from the event, or None."""
    meant = _meant(keys)
    if meant is None:
        return None
    said = f"`{'.'.join(keys)}` is always empty here: a @liquid reads the event, which has no such field."
    return f"{said} Did you mean `{meant}`?"


def _of_wildcard(text: str, wildcard: re.Match[str], *, of_event: bool) -> str:
    listed = _listed(text[: wildcard.start()].removeprefix("$.") or "items", of_event=of_event)
    wanted = text[wildcard.end() :].lstrip(".") or "name"
    name = re.split(r"[.\[]", wanted)[0] or "name"
    return (
        f"`{text}` leads nowhere: a path has no wildcards. Write "
        f'{{"@arrayPath": ["{listed}", {{"{name}": {{"@path": "$.{wanted}"}}}}]}}.'
    )


def _listed(path: str, *, of_event: bool) -> str:
    """The path of a list, which in an event stands among the properties where nothing else is said."""
    keys = paths.parse_bare(path)
    if not of_event or not keys or keys[0] in ROOTS:
        return f"$.{path}"
    return f"$.{_meant(keys) or f'properties.{path}'}"


def _meant(keys: paths.Keys) -> str | None:
    """The path that was meant by one that begins with no field of an event; None where it may be right, or anything."""
    if not keys:
        return None
    root, *inside = keys
    if root in _TEXTS and inside:
        return ".".join(inside) if inside[0] in _OBJECTS else None
    if root in ROOTS:
        return None
    if root == "profile" and inside[:1] in (["traits"], ["trait"]):
        inside = inside[1:]
    meant = nearest_root(root)
    return None if meant is None else ".".join((meant, *inside))


def nearest_root(root: str) -> str | None:
    """The field of an event that a misspelt one was meant to be, or None."""
    folded = re.sub(r"[-_$ ]", "", root).lower()
    if folded in _MEANT:
        return _MEANT[folded]
    known = {re.sub(r"[-_$ ]", "", one).lower(): one for one in reversed(ROOTS)}
    found = get_close_matches(folded, known, 1, _CLOSE)
    return known[found[0]] if found else None
