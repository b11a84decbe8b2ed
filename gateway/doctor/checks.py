"""What was looked at, and what came of it: one value for each thing, printed in one place for people and in one for programs."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from rich.console import Console
from rich.markup import escape

from gateway import phones
from gateway.logging import mask


class Level(StrEnum):
    """How it is."""

    OK = "ok"
    NOTE = "note"  # worth a word, and nothing is lost by it
    MEND = "mend"


class Group(StrEnum):
    """What it belongs to, in the order in which a person goes over it."""

    SETTINGS = "settings"
    STORES = "stores"
    CLOCK = "clock"
    SOURCES = "sources"
    ACCOUNTS = "accounts"
    MAPPINGS = "mappings"
    PEOPLE = "people"
    KEEPING = "keeping"


@dataclass(frozen=True, slots=True)
class Check:
    """One line. `remedy` can be pasted, or says what to do; `target` is the id of what it is about, where that has one."""

    group: Group
    name: str
    level: Level
    message: str
    remedy: str = ""
    target: str | None = None


def ok(group: Group, name: str, message: str) -> Check:
    """That it is as it should be."""
    return Check(group, name, Level.OK, message)


def note(group: Group, name: str, message: str, remedy: str, target: str | None = None) -> Check:
    """That somebody should know of it."""
    return Check(group, name, Level.NOTE, message, remedy, target)


def mend(group: Group, name: str, message: str, remedy: str, target: str | None = None) -> Check:
    """That something does not work, or can be lost."""
    return Check(group, name, Level.MEND, message, remedy, target)


def failed(group: Group, name: str, words: str) -> Check:
    """That something could not be done, by the words of its error: what happened and that nothing was changed, and then what to do."""
    said = _NOTHING_WAS.search(words)
    end = len(words) if said is None else said.end()
    return mend(group, name, words[:end], words[end:].strip())


_NOTHING_WAS = re.compile(r"Nothing was [^.]*\.(?: Nothing was [^.]*\.)*")


def all_well(checks: Iterable[Check]) -> bool:
    """Whether nothing is to be mended."""
    return all(one.level is not Level.MEND for one in checks)


def printed(checks: Sequence[Check], console: Console) -> None:
    """A line for each, under the name of its group. A phone number is masked, whoever it belongs to."""
    for group in Group:
        some = [_masked(one) for one in checks if one.group is group]
        if some:
            console.print(f"[bold]{group}[/]", highlight=False)
        for one in some:
            words = " ".join(filter(None, (one.message, one.remedy)))
            # Not a table: what is to be pasted must not be folded.
            line = f"  {_SIGNS[one.level]} [bold]{escape(one.name)}[/]: {escape(words)}"
            console.print(line, highlight=False, soft_wrap=True)


def as_json(checks: Sequence[Check]) -> str:
    """The same for programs: `well`, and a list in which each has the same keys."""
    told = [
        {
            "group": one.group.value,
            "name": one.name,
            "level": one.level.value,
            "message": one.message,
            "remedy": one.remedy or None,
            "target": one.target,
        }
        for group in Group
        for one in map(_masked, checks)
        if one.group is group
    ]
    return json.dumps({"well": all_well(checks), "checks": told}, ensure_ascii=False, indent=2)


_SIGNS = {Level.OK: "[green]ok  [/]", Level.MEND: "[red]mend[/]", Level.NOTE: "[yellow]note[/]"}


_OF_THE_LEDGER = frozenset({Group.ACCOUNTS, Group.SOURCES, Group.MAPPINGS, Group.PEOPLE})
_IN_A_REMEDY = re.compile(r"\+[1-9][0-9]{6,14}")


def _masked(check: Check) -> Check:
    """Without the phone numbers that stand in the ledger. In what is pasted other numbers stay: they may be a limit."""
    if check.group not in _OF_THE_LEDGER:
        return check
    remedy = _IN_A_REMEDY.sub(lambda found: phones.masked(found[0]), check.remedy)
    return replace(check, name=mask(check.name), message=mask(check.message), remedy=remedy)
