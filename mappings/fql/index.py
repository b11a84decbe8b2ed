"""Of many triggers, the few that an event can concern."""

from collections.abc import Hashable, Iterable, Iterator
from itertools import chain, count, product
from operator import itemgetter
from typing import Any, Generic, TypeVar

from mappings.fql.compile import Trigger

Key = TypeVar("Key", bound=Hashable)

_ANY: tuple[None] = (None,)


class TriggerIndex(Generic[Key]):
    """Triggers under keys, found by the type and name of an event.

    Each trigger lies in a slot for every pair of type and name it can match; None stands for any, and the slot of
    None and None holds what cannot be indexed. An event looks into four slots, however many triggers there are.
    Adding and removing touches the slots of that trigger only.
    """

    def __init__(self) -> None:
        self._slots: dict[str | None, dict[str | None, dict[Key, _Entry[Key]]]] = {}
        self._triggers: dict[Key, Trigger] = {}
        self._order = count()

    def __len__(self) -> int:
        return len(self._triggers)

    def add(self, key: Key, trigger: Trigger) -> None:
        """Put a trigger under `key`, in place of the one that may be there."""
        self.remove(key)
        self._triggers[key] = trigger
        entry = (next(self._order), key, trigger)
        for kind, name in _slots(trigger):
            self._slots.setdefault(kind, {}).setdefault(name, {})[key] = entry

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

    def candidates(self, event: Any) -> list[Key]:
        """The keys of the triggers that may match `event`, in the order they were added; no other can match it."""
        return [key for _, key, _ in self._entries(event)]

    def matching(self, event: Any) -> list[Key]:
        """The keys of the triggers that match `event`, in the order they were added."""
        return [key for _, key, trigger in self._entries(event) if trigger.matches(event)]

    def _entries(self, event: Any) -> "Iterable[_Entry[Key]]":
        if not isinstance(event, dict):
            return ()
        kind, name = event.get("type"), event.get("event")
        slots = []
        for names in (self._slots.get(kind) if isinstance(kind, str) else None, self._slots.get(None)):
            if names is not None:
                if isinstance(name, str) and name in names:
                    slots.append(names[name])
                if None in names:
                    slots.append(names[None])
        if len(slots) == 1:
            return slots[0].values()
        return sorted(chain.from_iterable(slot.values() for slot in slots), key=itemgetter(0))


_Entry = tuple[int, Key, Trigger]


def _slots(trigger: Trigger) -> Iterator[tuple[str | None, str | None]]:
    types = _ANY if trigger.types is None else trigger.types
    names = _ANY if trigger.names is None else trigger.names
    return product(types, names)
