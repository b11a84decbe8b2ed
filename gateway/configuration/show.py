"""A plan, and what becomes of it, for people and as JSON."""

import json
from collections.abc import Iterator
from typing import Any, Final

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from gateway.configuration.apply import Done
from gateway.configuration.catalogue import Catalogue
from gateway.configuration.diff import Change, Doing, FieldChange, Plan
from gateway.configuration.documents import KINDS, Key
from gateway.configuration.references import Secret
from gateway.configuration.server import Standing
from gateway.configuration.short import flat, short
from gateway.configuration.state import Configuration, Masked

_SIGNS: Final = {
    Doing.MAKE: ("+", "green"),
    Doing.CHANGE: ("~", "yellow"),
    Doing.VERIFY: ("?", "cyan"),
    Doing.DELETE: ("-", "red"),
}
_SHORT: Final = 50
"""Two values that are shorter stand on one line."""


_WAITS: Final = (
    "A secret, SID, host or region that is another sends it back to DRAFT: what is to be sent waits until it is verified with it. A new key "
    "alone, with a SID of its own, takes the place of the old one without that, once the provider took it."
)


def show(
    console: Console, plan: Plan, standing: Standing, wanted: Configuration, url: str, *, prune: bool
) -> None:
    """Print what is to be done, and what is not."""
    _say(console, f"{url}, space {standing.space}")
    around = {**standing.items, **wanted}
    for one in plan.changes:
        sign, color = _SIGNS[one.doing]
        _say(console, "")
        _say(console, f"{sign} {one.key}", f"bold {color}")
        for line, style in _lines(one, standing.catalogue, around):
            console.print(Padding(Text(line, style), (0, 0, 0, 4), expand=False))
    _say(console, "")
    _say(console, _counts(plan))
    if plan.unnamed and not prune:
        _say(
            console, f"No file has these, which stay (with --prune they are deleted): {_names(plan.unnamed)}."
        )
    if plan.changes:
        _say(console, f"Fingerprint: {plan.fingerprint}")


def show_unsaid(console: Console, unsaid: tuple[str, ...]) -> None:
    """Print what is configured there, or may be, and stands in no file."""
    if unsaid:
        _say(
            console,
            f"The gateway is newer than this command, and knows what these files can't say: {', '.join(unsaid)}. It stays as it is there.",
            "yellow",
        )


def _counts(plan: Plan) -> str:
    if not plan.changes:
        return f"Nothing is to be done. Unchanged: {plan.unchanged}."
    words = {Doing.MAKE: "made", Doing.CHANGE: "changed", Doing.VERIFY: "verified", Doing.DELETE: "deleted"}
    said = [f"{plan.count(doing)} to be {word}" for doing, word in words.items() if plan.count(doing)]
    return f"{', '.join(said)}. Unchanged: {plan.unchanged}."


def counted(keys: tuple[Key, ...]) -> str:
    """How many of each kind, such as `2 mappings`."""
    numbers = [(kind, sum(one.kind == kind for one in keys)) for kind in KINDS]
    return ", ".join(f"{number} {kind}{'' if number == 1 else 's'}" for kind, number in numbers if number)


def _names(keys: tuple[Key, ...]) -> str:
    return "; ".join(map(str, keys))


def _lines(change: Change, catalogue: Catalogue, around: Configuration) -> Iterator[tuple[str, str]]:
    match change.doing:
        case Doing.MAKE:
            for name, value in flat(short(change.item, catalogue, around)).items():
                yield f"{name}: {_shown(value)}", ""
        case Doing.CHANGE:
            for field in change.fields:
                yield from _changed(field)
            if any(field.path[0] == "settings" for field in change.fields):
                yield _WAITS, "dim"
        case Doing.VERIFY:
            yield "It is as the files have it, and was not verified yet.", "dim"
        case Doing.DELETE:
            yield "No file has it.", "dim"


def _changed(field: FieldChange) -> Iterator[tuple[str, str]]:
    name, before, after = ".".join(field.path), _shown(field.before), _shown(field.after)
    if isinstance(field.before, Masked) and isinstance(field.after, Secret):
        after = f"another, from {after}"
    if len(before) + len(after) <= _SHORT:
        yield f"{name}: {before} → {after}", ""
        return
    yield f"{name}:", ""
    yield f"  - {before}", "red"
    yield f"  + {after}", "green"


def _shown(value: Any) -> str:
    match value:
        case None:
            return "none"
        case Secret():
            return value.reference
        case Masked():
            return f"a secret that ends in {value.last_four}" if value.last_four else "a secret"
    return json.dumps(value, ensure_ascii=False)


def show_done(console: Console, done: Done) -> None:
    """Print a step that was done."""
    _say(
        console,
        f"✓ {done.step.words}" if done.is_well else f"✗ {done.step.words}: {done.status}",
    )
    for check in done.checks:
        sign = "✓" if check.passed else "✗"
        said = " ".join(filter(None, (check.message, check.remedy)))
        _indented(console, f"{sign} {check.name}{f': {said}' if said else ''}")
    for note in done.notes:
        _indented(console, f"! {note}")


def _indented(console: Console, text: str) -> None:
    """Not wrapped: there is something to paste in it."""
    console.print(Text(f"    {text}"), soft_wrap=True)


def _say(console: Console, text: str, style: str = "") -> None:
    console.print(Text(text, style), soft_wrap=True)


def as_json(plan: Plan, url: str, space: str) -> str:
    """The plan for a program."""
    told = {
        "url": url,
        "space": space,
        "fingerprint": plan.fingerprint,
        "changes": [
            {
                "do": one.doing.value,
                **_key(one.key),
                "id": one.item.id or None,
                "revision": one.item.revision or None,
                "fields": [
                    {"path": list(field.path), "before": _plain(field.before), "after": _plain(field.after)}
                    for field in one.fields
                ],
            }
            for one in plan.changes
        ],
        "unchanged": plan.unchanged,
        "unnamed": [_key(one) for one in plan.unnamed],
    }
    return json.dumps(told, ensure_ascii=False, indent=2)


def _key(key: Key) -> dict[str, Any]:
    return {"kind": key.kind, "name": key.name, "destination": key.destination}


def _plain(value: Any) -> Any:
    match value:
        case Secret():
            return {"reference": value.reference}
        case Masked():
            return {"configured": True, "lastFour": value.last_four}
    return value
