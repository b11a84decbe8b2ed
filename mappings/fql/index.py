"""Of many triggers, the few that an event can concern."""

from collections.abc import Hashable, Iterator, ValuesView
from itertools import chain, count, product
from operator import itemgetter
from typing import Any, Generic, TypeVar

from mappings.fql.compile import Predicate, Trigger

Key = TypeVar("Key", bound=Hashable)

MOST_SLOTS = 1_000
"""A trigger of more pairs of type and name than this is found by its types alone."""

_ANY: tuple[None] = (None,)


class TriggerIndex(Generic[Key]):
    """Triggers under keys, found by the type and name of an event.

    Each trigger lies in a slot for every pair of type and name it can match; None stands for any, and the slot of
    None and None holds what cannot be indexed. An event looks into four slots, however many triggers there are. Which
    four is kept until a slot comes or goes; a type or name that no trigger names, whatever it is, counts as None, so
    that what events hold adds nothing here. Adding and removing touches the slots of that trigger only.
    """

    def __init__(self) -> None:
        self._slots: dict[str | None, dict[str | None, dict[Key, _Placed[Key]]]] = {}
        self._triggers: dict[Key, Trigger] = {}
        self._order = count()
        self._views: dict[str | None, dict[str | None, _Views[Key]]] = {}

    def __len__(self) -> int:
        return len(self._triggers)

    def add(self, key: Key, trigger: Trigger) -> None:
        """Put a trigger under `key`, in place of the one that may be there."""
        self.remove(key)
        self._triggers[key] = trigger
        placed = (next(self._order), key, trigger.matches)
        for kind, name in _slots(trigger):
            names = self._slots.setdefault(kind, {})
            if name not in names:
                names[name] = {}
                self._views.clear()
            names[name][key] = placed

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
                self._views.clear()
            if not names:
                del self._slots[kind]

    def candidates(self, event: Any) -> list[Key]:
        """The keys of the triggers that may match `event`, in the order they were added; no other can match it."""
        return _in_order(list(chain.from_iterable(self._found(event))))

    def matching(self, event: Any) -> list[Key]:
        """The keys of the triggers that match `event`, in the order they were added."""
        found = []
        for view in self._found(event):
            for one in view:
                if one[2](event):
                    found.append(one)  # noqa: PERF401 - a comprehension costs half as much again on short lists
        return _in_order(found) if found else []

    def _found(self, event: Any) -> "_Views[Key]":
        """The slots that an event looks into."""
        try:
            names = self._views.get(event.get("type"))
            found = None if names is None else names.get(event.get("event"))
        except (AttributeError, TypeError):  # no event, or a list where a text should be
            found = None
        return self._looked_up(event) if found is None else found

    def _looked_up(self, event: Any) -> "_Views[Key]":
        if not isinstance(event, dict):
            return ()
        kind, name = event.get("type"), event.get("event")
        if not isinstance(kind, str) or kind not in self._slots:
            kind = None
        of_kind, of_any = self._slots.get(kind, {}), self._slots.get(None, {})
        if not isinstance(name, str) or not (name in of_kind or name in of_any):
            name = None
        known = self._views.setdefault(kind, {})
        if name not in known:
            slots = [of_kind] if kind is None else [of_kind, of_any]
            names = [None] if name is None else [name, None]
            known[name] = tuple(slot[one].values() for slot in slots for one in names if one in slot)
        return known[name]


_Placed = tuple[int, Key, Predicate]
_Views = tuple[ValuesView[_Placed[Key]], ...]


def _in_order(found: "list[_Placed[Key]]") -> list[Key]:
    if len(found) == 1:
        return [found[0][1]]
    found.sort(key=itemgetter(0))
    return [key for _, key, _ in found]


def _slots(trigger: Trigger) -> Iterator[tuple[str | None, str | None]]:
    types = _ANY if trigger.types is None else trigger.types
    names = _ANY if trigger.names is None else trigger.names
    return product(types, names if len(types) * len(names) <= MOST_SLOTS else _ANY)
