"""What an event teaches of a person and of consent: told here, stored by the match of its batch, before its sends."""

import msgspec

from gateway import ids
from gateway.consent import ConsentEntry
from gateway.crowd import Crowd, Taught
from gateway.events import Doubt
from gateway.people import ANONYMOUS_ID, USER_ID, Identity, Known, merged
from gateway.pipeline.claims import Claims


class Lesson(msgspec.Struct, frozen=True):
    """The person an event is about, as the event leaves them, None where nobody is known; the words of consent that it
    says; what of it could not be read; and the person as known before an event that teaches.
    """

    known: Known | None
    words: tuple[ConsentEntry, ...]
    doubts: tuple[Doubt, ...]
    before: Known | None = None


def ids_of(claims: Claims) -> list[Identity]:
    """Every id by which an event may find somebody: a crowd has to be loaded by these."""
    if claims.previous_id is None:
        return list(claims.identities)
    return [*claims.identities, (USER_ID, claims.previous_id), (ANONYMOUS_ID, claims.previous_id)]


def learn(crowd: Crowd, claims: Claims) -> Lesson:
    """What the event teaches, kept in the crowd: the events behind it see it."""
    told = taught(crowd, claims)
    return _lesson(claims, told, crowd.keep(claims.source.space, told, ids.new("per")))


def suppose(crowd: Crowd, claims: Claims) -> Lesson:
    """The same, with nothing kept."""
    told = taught(crowd, claims)
    return _lesson(claims, told, told.known)


def _lesson(claims: Claims, told: Taught, known: Known | None) -> Lesson:
    said = claims.heard(told.known)
    return Lesson(known, said.words, (*said.doubts, *claims.told.doubts), told.before)


def taught(crowd: Crowd, claims: Claims) -> Taught:
    """What the event says of its person."""
    if not claims.teaches:
        return Taught(crowd.find(claims.source.space, claims.identities))
    person_id, same_ids, ties = _who(crowd, claims)
    before = crowd.get(person_id) if person_id else None
    after = before or Known("")
    for same_id in same_ids:
        same = crowd.get(same_id)
        if same is not None:
            after = merged(after, same)
    return Taught(claims.learned(after), ties, before, same_ids)


def _who(crowd: Crowd, claims: Claims) -> tuple[str | None, tuple[str, ...], tuple[Identity, ...]]:
    """(whom an event makes known, or more of whom; who turn out to be the same; the ids that are theirs from now on)."""
    space, ties, previous = claims.source.space, claims.ties, claims.previous_id
    named = dict(ties)
    if previous is not None:
        person_id, same_ids, kinds = crowd.aliased(space, named[USER_ID], previous)
        return person_id, same_ids, (*ties, *((kind, previous) for kind in kinds))
    person_id, same_id = crowd.identified(space, named.get(USER_ID), named.get(ANONYMOUS_ID))
    return person_id, () if same_id is None else (same_id,), ties
