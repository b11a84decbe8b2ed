"""Of many triggers, the few that an event can concern."""

from collections.abc import Hashable, Iterator
from itertools import chain, count, product
from operator import itemgetter
from typing import Any, Generic, TypeVar

from mappings.fql.compile import Predicate, Trigger

Key = TypeVar("Key", bound=Hashable)

MOST_KEPT = 100_000
"""Merged lists are kept up to this many entries in all, and made anew beyond."""

MOST_SLOTS = 1_000
"""A trigger of more pairs of type and name than this is found by its types alone."""

_ANY: tuple[None] = (None,)


class TriggerIndex(Generic[Key]):
    """Triggers under keys, found by the type and name of an event.

    Each trigger lies in a slot for every pair of type and name it can match; None stands for any, and the slot of
    None and None holds what cannot be indexed. An event concerns what lies in four slots, however many triggers
    there are. The four are merged into one list when an event first asks for it, and the list is kept until a
    trigger comes or goes that belongs in it.

    A type or name that no trigger names, whatever it is, counts as None: what events hold adds nothing here.
    """

    def __init__(self) -> None:
        self._slots: dict[str | None, dict[str | None, dict[Key, _Placed[Key]]]] = {}
        self._triggers: dict[Key, Trigger] = {}
        self._order = count()
        self._merged: dict[str | None, dict[str | None, _Entries[Key]]] = {}
        self._kept = 0

    def __len__(self) -> int:
        return len(self._triggers)

    def add(self, key: Key, trigger: Trigger) -> None:
        """Put a trigger under `key`, in place of the one that may be there."""
        self.remove(key)
        self._triggers[key] = trigger
        placed = (next(self._order), key, trigger.matches)
        for kind, name in _slots(trigger):
            self._slots.setdefault(kind, {}).setdefault(name, {})[key] = placed
            self._forget(kind, name)

    def remove(self, key: Key) -> None:
        """Take away the trigger under `key`, if there is one."""
        trigger = self._triggers.pop(key, None)
        if trigger is None:
            return
        for kind, name in _slots(trigger):
            names = self._slots[kind]
            del names[name][key]
            if not names[name]:
                del names[name]
            if not names:
                del self._slots[kind]
            # A type that no trigger names any more has no lists of its own.
            self._forget(kind, name if kind in self._slots else None)

    def candidates(self, event: Any) -> list[Key]:
        """The keys of the triggers that may match `event`, in the order they were added; no other can match it."""
        return [key for key, _ in self._entries(event)]

    def matching(self, event: Any) -> list[Key]:
        """The keys of the triggers that match `event`, in the order they were added."""
        found = []  # filled by a loop: a comprehension costs half as much again where most lists are this short
        for key, matches in self._entries(event):
            if matches(event):
                found.append(key)
        return found

    def _entries(self, event: Any) -> "_Entries[Key]":
        try:
            names = self._merged.get(event.get("type"))
            found = None if names is None else names.get(event.get("event"))
        except (AttributeError, TypeError):  # no event, or a list where a text should be
            found = None
        return self._looked_up(event) if found is None else found

    def _looked_up(self, event: Any) -> "_Entries[Key]":
        if not isinstance(event, dict):
            return ()
        kind, name = event.get("type"), event.get("event")
        if not isinstance(kind, str) or kind not in self._slots:
            kind = None
        slots, others = self._slots.get(kind, {}), self._slots.get(None, {})
        if not isinstance(name, str) or not (name in slots or name in others):
            name = None
        try:
            return self._merged[kind][name]
        except KeyError:
            return self._merge(kind, name)

    def _merge(self, kind: str | None, name: str | None) -> "_Entries[Key]":
        names = [self._slots[one] for one in {kind, None} if one in self._slots]
        slots = (named[one].values() for named in names for one in {name, None} if one in named)
        merged = tuple(
            (key, matches) for _, key, matches in sorted(chain.from_iterable(slots), key=itemgetter(0))
        )
        if self._kept > MOST_KEPT:
            self._merged, self._kept = {}, 0
        self._merged.setdefault(kind, {})[name] = merged
        self._kept += 1 + len(merged)
        return merged

    def _forget(self, kind: str | None, name: str | None) -> None:
        """Drop the merged lists in which the slot of `kind` and `name` lies."""
        for one in list(self._merged) if kind is None else [kind]:
            names = self._merged.get(one, {})
            for gone in list(names) if name is None else {name} & names.keys():
                self._kept -= 1 + len(names.pop(gone))
            if not names:
                self._merged.pop(one, None)


_Placed = tuple[int, Key, Predicate]
_Entries = tuple[tuple[Key, Predicate], ...]


def _slots(trigger: Trigger) -> Iterator[tuple[str | None, str | None]]:
    types = _ANY if trigger.types is None else trigger.types
    names = _ANY if trigger.names is None else trigger.names
    return product(types, names if len(types) * len(names) <= MOST_SLOTS else _ANY)
