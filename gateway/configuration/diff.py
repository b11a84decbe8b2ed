"""What is to be done so that a server is as the files want it: decided from both, and nothing else."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import Any

from gateway.configuration.documents import KINDS, Key
from gateway.configuration.references import Secret
from gateway.configuration.state import Configuration, Item, Path, canonical, same
from gateway.errors import StartupError
from gateway.remote import NOTHING

FIXED: dict[str, tuple[Path, str]] = {
    "destination": (("definition",), "the type of a destination"),
    "mapping": (("action",), "the action of a mapping"),
}
"""What can't be changed of something that is there."""


class Doing(StrEnum):
    """What is done with one of them."""

    MAKE = "make"
    CHANGE = "change"
    VERIFY = "verify"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One value that becomes another. None: there is none."""

    path: Path
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Change:
    """What is done with one of them. `item` is as it is to be, or where it is deleted as it was; `id` and `revision` are of what stands."""

    doing: Doing
    item: Item
    fields: tuple[FieldChange, ...] = ()

    @property
    def key(self) -> Key:
        """What it is about."""
        return self.item.key


@dataclass(frozen=True)
class Plan:
    """All that is to be done, in the order of the kinds and names. `unnamed` is what stands and no file has."""

    changes: tuple[Change, ...]
    unchanged: int
    unnamed: tuple[Key, ...]

    @cached_property
    def fingerprint(self) -> str:
        """The same for the same changes to the same revisions."""
        told = [
            [one.doing, one.key.kind, one.key.name, one.key.destination, one.item.id, one.item.revision]
            + [[list(field.path), canonical(field.before), canonical(field.after)] for field in one.fields]
            for one in self.changes
        ]
        return hashlib.sha256(canonical(told).encode()).hexdigest()[:16]

    def count(self, doing: Doing) -> int:
        """How many are to be made, changed, verified or deleted."""
        return sum(one.doing is doing for one in self.changes)


def diff(
    wanted: Configuration,
    standing: Configuration,
    *,
    prune: bool = False,
    verify: bool = True,
    secrets: bool = False,
) -> Plan:
    """What leads from the one to the other. With `prune` what no file has is deleted; with `verify` a destination that is as it is to be,
    and was never verified, is verified; with `secrets` every secret is set, whatever is shown of it. Raises StartupError where that can't be
    done by changes.
    """
    changes = [
        _change(item, standing.get(key), verify=verify, secrets=secrets) for key, item in wanted.items()
    ]
    unnamed = tuple(sorted(key for key in standing if key not in wanted))
    if prune:
        changes += [Change(Doing.DELETE, standing[key]) for key in unnamed]
    needed = [one for one in changes if one is not None]
    _check_fixed(needed)
    touched = sum(one.doing is not Doing.DELETE for one in needed)
    return Plan(tuple(sorted(needed, key=_place)), len(wanted) - touched, unnamed)


def _place(change: Change) -> tuple[int, bool, Key]:
    return KINDS.index(change.key.kind), change.doing is Doing.DELETE, change.key


def _change(item: Item, there: Item | None, *, verify: bool, secrets: bool) -> Change | None:
    if there is None:
        made = tuple(
            FieldChange(path, None, value) for path, value in item.values.items() if value is not None
        )
        return Change(Doing.MAKE, item, made)
    whole = replace(there, values=item.values)
    fields = tuple(_fields(item, there, secrets=secrets))
    if fields:
        return Change(Doing.CHANGE, whole, fields)
    return Change(Doing.VERIFY, whole) if verify and there.verified is False else None


def _fields(item: Item, there: Item, *, secrets: bool) -> Iterator[FieldChange]:
    """What is another. The fields of a mapping are all said; of anything else what is not said stays."""
    paths = dict.fromkeys(item.values)
    paths |= dict.fromkeys(path for path in there.values if path[0] == "fields")
    for path in paths:
        before, after = there.values.get(path), item.values.get(path)
        if not same(after, before) or (secrets and isinstance(after, Secret)):
            yield FieldChange(path, before, after)


def _check_fixed(changes: Iterable[Change]) -> None:
    said = [
        f"{one.key}: {FIXED[one.key.kind][1]} can't be changed. Give the new one another name; --prune deletes the old one."
        for one in changes
        if one.doing is Doing.CHANGE
        and one.key.kind in FIXED
        and any(field.path == FIXED[one.key.kind][0] for field in one.fields)
    ]
    if said:
        raise StartupError("\n".join([f"This can't be done. {NOTHING}", *said]))
