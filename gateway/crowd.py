"""Some people in memory: those that a batch of events is about. What one event teaches, the next one sees."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec
from msgspec.structs import replace

from gateway.people import ANONYMOUS_ID, USER_ID, Identity, Known

Tie = tuple[str, str, str]
"""(space, kind, value): an id as it is kept."""


class Taught(msgspec.Struct, frozen=True):
    """What an event says of its person. `known` is the person as the event leaves them, None where nobody is known.

    `ties` are the ids that are theirs from now on: without any, nothing about the person changes. With them, `before` is the
    person as known so far (None: somebody new, whose `known.id` is empty), and `absorbed` the ids of those who turn out to be
    the same.
    """

    known: Known | None
    ties: tuple[Identity, ...] = ()
    before: Known | None = None
    absorbed: tuple[str, ...] = ()


@dataclass(slots=True)
class Changes:
    """What `keep` changed, for the store. `absorbed` are (who is gone, who they are now), in the order it was found out."""

    created: set[str] = field(default_factory=set)
    before: dict[str, Known] = field(default_factory=dict)
    linked: set[Tie] = field(default_factory=set)
    absorbed: list[tuple[str, str]] = field(default_factory=list)


class Crowd:
    """People by their ids. `ties` says whose each id is, of those asked for; `people` are all of these, wholly."""

    def __init__(
        self,
        ties: Mapping[Tie, str],
        people: Mapping[str, Known],
        ids: Mapping[str, set[Tie]],
        spaces: Mapping[str, str],
    ) -> None:
        self.stored: Mapping[Tie, str] = dict(ties)
        self.spaces = dict(spaces)
        self.changes = Changes()
        self._ties = dict(ties)
        self._people = dict(people)
        self._ids = {person_id: set(held) for person_id, held in ids.items()}

    def get(self, person_id: str) -> Known | None:
        """All that is known of somebody; None where they are not in the crowd."""
        return self._people.get(person_id)

    def all_of(self, person_id: str) -> set[str]:
        """That person, and whoever turned out to be the same since the crowd was loaded, by their ids."""
        found = {person_id}
        for loser, winner in reversed(self.changes.absorbed):
            if winner in found:
                found.add(loser)
        return found

    def whose(self, tie: Tie) -> str | None:
        """Whose id that is."""
        return self._ties.get(tie)

    def find(self, space: str, pairs: Iterable[Identity]) -> Known | None:
        """The person of the first identity that is known.

        Beside a user id a device counts only while it is nobody's: a shared one is another user's.
        """
        pairs = list(pairs)
        has_user = any(kind == USER_ID for kind, _value in pairs)
        for kind, value in pairs:
            found = self._ties.get((space, kind, value))
            if found is not None and (kind == USER_ID or not has_user or self._is_anonymous(found)):
                return self._people[found]
        return None

    def identified(
        self, space: str, user_id: str | None, anonymous_id: str | None
    ) -> tuple[str | None, str | None]:
        """(whom an identify is about, who turns out to be the same): ids of people, None where there is nobody.

        A device that belongs to another user is shared: it is nobody's proof.
        """
        by_user = self._ties.get((space, USER_ID, user_id)) if user_id else None
        by_device = self._ties.get((space, ANONYMOUS_ID, anonymous_id)) if anonymous_id else None
        if by_device is None or (user_id and not self._is_anonymous(by_device)):
            return by_user, None
        if by_user is None:
            return by_device, None
        return by_user, by_device if by_device != by_user else None

    def aliased(
        self, space: str, user_id: str, previous: str
    ) -> tuple[str | None, tuple[str, ...], tuple[str, ...]]:
        """(whom an alias is about, who turn out to be the same, of what kinds the earlier id is), as in `identified`.

        An earlier id that is a user's and a free device's is both: else somebody who says with a public key that a device is a user
        would come between a visitor and the user they become. One that nobody has is taken for a device's.
        """
        present = self._ties.get((space, USER_ID, user_id))
        by_user = self._ties.get((space, USER_ID, previous))
        by_device = self._ties.get((space, ANONYMOUS_ID, previous))
        free = by_device if by_device is not None and self._is_anonymous(by_device) else None
        kinds = [USER_ID] if by_user is not None else []
        if free is not None or by_user is None:
            kinds.append(ANONYMOUS_ID)
        about = list(dict.fromkeys(one for one in (present, by_user, free) if one is not None))
        return about[0] if about else None, tuple(about[1:]), tuple(kinds)

    def keep(self, space: str, taught: Taught, new_id: str) -> Known | None:
        """The person as an event leaves them, known so from now on; `new_id` is for somebody new."""
        if taught.known is None or not taught.ties:
            return taught.known
        person_id = new_id if taught.before is None else taught.before.id
        known = replace(taught.known, id=person_id)
        if taught.before is None:
            self.changes.created.add(person_id)
            self.spaces[person_id] = space
            self._ids[person_id] = set()
        elif person_id not in self.changes.created:
            self.changes.before.setdefault(person_id, taught.before)
        for loser in taught.absorbed:
            self._absorb(loser, person_id)
        self._people[person_id] = known
        for kind, value in taught.ties:
            self._link((space, kind, value), person_id)
        return known

    def changed(self) -> Sequence[tuple[Known | None, Known]]:
        """(as stored, as known now) of everybody about whom something may have changed; None: nothing is stored yet."""
        return [
            *((None, self._people[one]) for one in sorted(self.changes.created)),
            *(
                (before, self._people[one])
                for one, before in self.changes.before.items()
                if one in self._people
            ),
        ]

    def _is_anonymous(self, person_id: str) -> bool:
        """Whether no user id is tied to the person."""
        return all(kind == ANONYMOUS_ID for _space, kind, _value in self._ids[person_id])

    def _link(self, tie: Tie, person_id: str) -> None:
        held_by = self._ties.get(tie)
        if held_by == person_id:
            return
        if held_by is not None:
            self._ids[held_by].discard(tie)
        self._ties[tie] = person_id
        self._ids[person_id].add(tie)
        self.changes.linked.add(tie)

    def _absorb(self, loser: str, winner: str) -> None:
        """The loser's ids become the winner's, and the loser is gone."""
        for tie in sorted(self._ids[loser]):
            self._link(tie, winner)
        self.changes.absorbed.append((loser, winner))
        self.changes.created.discard(loser)
        self.changes.before.pop(loser, None)
        self._people.pop(loser, None)
        self._ids.pop(loser, None)
