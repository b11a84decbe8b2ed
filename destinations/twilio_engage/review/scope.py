"""What a text of a message can read, and what to say of a text that reads something else, which is never there."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from destinations import kit
from mappings import filter_doubts, template_reads, written_templates
from mappings.check import steps

_SCOPE: Final = ("user_id", "phone", "traits")
"""What a profile has in a text; see `message`."""
_OF_WHATSAPP_VARIABLES: Final = ("traits",)
"""What it has in a template's variables by WhatsApp, as in the original."""
_EVENT_S: Final = frozenset({"event", "type", "timestamp", "messageId", "context", "anonymousId"})
"""What an event has and no profile."""
_TRAITS_S: Final = frozenset({"traits", "trait", "properties", "attributes"})
"""What people call the traits, as one of the names on the way."""
_TEXTS: Final = ("body", "to", "media")
_DOLLAR = re.compile(r"\{\{-?\s*\$\.([A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)*)")
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def of_sms(fields: Mapping[str, Any]) -> Iterator[kit.FieldProblem]:
    """What texts of Send SMS read that is never there, and filters that there are none of."""
    for key in (*_TEXTS, "contentVariables"):
        yield from _of_field(key, fields.get(key), _SCOPE)


def of_whatsapp(fields: Mapping[str, Any]) -> Iterator[kit.FieldProblem]:
    """The same of Send WhatsApp."""
    for key in _TEXTS:
        yield from _of_field(key, fields.get(key), _SCOPE)
    if fields.get("traitEnrichment") is not False:
        yield from _of_field("contentVariables", fields.get("contentVariables"), _OF_WHATSAPP_VARIABLES)


def _of_field(key: str, value: Any, scope: tuple[str, ...]) -> Iterator[kit.FieldProblem]:
    for place, text in written_templates(value, f"/{key}"):
        read = (_doubt(path, scope) for path in template_reads(text).paths)
        dollars = (_of_dollar(found[1]) for found in _DOLLAR.finditer(text))
        for said in (*dollars, *(one for one in read if one is not None), *filter_doubts(text)):
            yield kit.FieldProblem(steps(place), said, certain=False)


def _of_dollar(path: str) -> str:
    root, *inside = path.split(".")
    meant = _shown(_meant(root, inside, _SCOPE))
    return f"`$.{path}` is a path of a mapping, which a text does not read. Did you mean `{meant}`?"


def _doubt(path: tuple[str, ...], scope: tuple[str, ...]) -> str | None:
    root, *inside = path
    if root == "profile" and (not inside or inside[0] in scope):
        return None
    empty = f"`{_shown(path)}` is always empty here"
    if root in _EVENT_S and inside[:1] != ["traits"] and (root != "event" or not inside):
        return (
            f"{empty}: a text reads the profile, not the event. To show what the event has, let the event put it in: "
            f'{{"@template": "... {{{{{_shown(path)}}}}} ..."}}, or map `traits` so that it is a trait.'
        )
    meant = _shown(_meant(root, inside, scope))
    *known, last = (f"`profile.{name}{'.*' if name == 'traits' else ''}`" for name in scope)
    reads = f"{', '.join(known)} and {last}" if known else last
    why = ", the event's properties among the traits" if root in {"properties", "event"} else ""
    return f"{empty}: a text reads {reads}{why}. Did you mean `{meant}`?"


def _meant(root: str, inside: list[str], scope: tuple[str, ...]) -> tuple[str, ...]:
    """What there is for a path that leads nowhere."""
    names = inside or [root]
    if names[0] in _TRAITS_S or (root == "profile" and len(names) > 1):
        names = names[1:]
    folded = re.sub(r"[-_ ]", "", "".join(names)).lower()
    a_person_s = root not in {"properties", "event", "traits"}
    if a_person_s and folded in {"userid", "id"} and "user_id" in scope:
        return ("profile", "user_id")
    return ("profile", "traits", *names)


def _shown(path: tuple[str, ...]) -> str:
    first, *others = path
    return first + "".join(f".{name}" if _PLAIN.fullmatch(name) else f'["{name}"]' for name in others)
