"""Triggers that read well and that no event can fulfil, such as `type = "trak"` or `event = "A" and event = "B"`.

A trigger is taken apart into alternatives, each a list of terms that have to hold together, and every alternative into
what is asked of one field. For that field the kinds of value that JSON has are gone through. Where it is not clear that
none of them will do, one may: a trigger that could hold is never called impossible.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import combinations, pairwise
from typing import Any, Final

from mappings.errors import TriggerError
from mappings.fql import texts, why_impossible
from mappings.fql.compile import Trigger
from mappings.fql.failures import failures
from mappings.fql.texts import Term, term_of
from mappings.fql.tree import All, Comparison, Condition, Either, Not, Operand
from mappings.paths import Keys

TYPES: Final = ("track", "identify", "page", "screen", "group", "alias")
"""What `type` may be: the calls of the Segment Spec. Of these only track has an `event`."""

# What is past these is not looked at, which leaves fewer triggers refused, and each of them rightly.
_MOST_ALTERNATIVES = 64
_MOST_TERMS = 100
_MOST_OF_A_FIELD = 40

_MADE: Final = ("properties", "made")
"""Where a value that a function made is looked at as if an event had it."""

_CALL: Final = frozenset({("type",), ("event",)})
_Kind = Callable[[Sequence[Term], Keys], bool]


def impossible(trigger: Trigger) -> TriggerError | None:
    """Why no event of a Segment SDK can fulfil the trigger, with line, column and a hint; None where one may."""
    conflict = _conflict_of(trigger.condition)
    return None if conflict is None else why_impossible.error(conflict, TYPES)


def may_both_match(first: Trigger, second: Trigger) -> bool:
    """Whether an event of a Segment SDK may fulfil both triggers; where that is not clear, one may."""
    for one, other in ((first.types, second.types), (first.names, second.names)):
        if one is not None and other is not None and one.isdisjoint(other):
            return False
    return _conflict_of(All((first.condition, second.condition))) is None


def idle_branches(trigger: Trigger) -> tuple[TriggerError, ...]:
    """Why conditions joined with `or` can never be what fulfils a trigger that another of them may fulfil."""
    if impossible(trigger) is not None:
        return ()
    found = (_conflict_of(branch) for branch in _branches(trigger.condition))
    return tuple(why_impossible.error(conflict, TYPES) for conflict in found if conflict is not None)


def _branches(condition: Condition) -> Iterator[Condition]:
    """The conditions joined with `or`, but for those inside of a negation."""
    match condition:
        case Either(conditions):
            yield from conditions
        case All(conditions):
            for one in conditions:
                yield from _branches(one)


def _conflict_of(condition: Condition) -> tuple[Term, ...] | None:
    """What no event fulfils in the first of the condition's alternatives, where none of them may hold."""
    first = None
    for terms in _alternatives(condition, holds=True):
        conflict = _conflict(terms[:_MOST_TERMS])
        if conflict is None:
            return None
        first = first or conflict
    return first


def _alternatives(condition: Condition, *, holds: bool) -> list[tuple[Term, ...]]:
    """The lists of terms one of which has to hold as a whole, so that the condition holds (or does not)."""
    match condition:
        case Not(inner):
            return _alternatives(inner, holds=not holds)
        case All(conditions) | Either(conditions):
            each = [_alternatives(one, holds=holds) for one in conditions]
            return _together(each) if isinstance(condition, All) is holds else _one_of(each)
    return [(condition if holds else Not(condition, condition.written),)]


def _together(each: Sequence[list[tuple[Term, ...]]]) -> list[tuple[Term, ...]]:
    found: list[tuple[Term, ...]] = [()]
    for alternatives in sorted(each, key=len):
        if len(found) * len(alternatives) <= _MOST_ALTERNATIVES:
            found = [(*before, *more) for before in found for more in alternatives]
    return found


def _one_of(each: Sequence[list[tuple[Term, ...]]]) -> list[tuple[Term, ...]]:
    found = [terms for alternatives in each for terms in alternatives]
    return found if len(found) <= _MOST_ALTERNATIVES else [()]


def _conflict(terms: Sequence[Term]) -> tuple[Term, ...] | None:
    """The fewest of the terms that no event fulfils together, of those that were noticed."""
    fields: dict[object, list[Term]] = {}
    for term in terms:
        keys = term_of(term).operand.keys
        fields.setdefault(_CALL if keys in _CALL else keys, []).append(term)
    for asked in fields.values():
        of_field = asked[:_MOST_OF_A_FIELD]
        if not _possible(of_field):
            few = (some for many in (1, 2) for some in combinations(of_field, many))
            return next((some for some in few if not _possible(some)), tuple(of_field))
    return None


def _possible(terms: Sequence[Term]) -> bool:
    """Whether a value may fulfil all terms, which are about one field, or about `type` and `event`."""
    keys = term_of(terms[0]).operand.keys
    if keys in _CALL:
        return _call_possible(terms)
    kinds = _OF_A_ROOT if keys in _ROOTS else _ANY
    return any(kind(terms, keys) for kind in kinds)


def _call_possible(terms: Sequence[Term]) -> bool:
    of_type = [term for term in terms if term_of(term).operand.keys == ("type",)]
    of_event = [term for term in terms if term_of(term).operand.keys == ("event",)]
    called = [word for word in TYPES if _hold(of_type, ("type",), word)]
    others = any(word != "track" for word in called)
    return ("track" in called and _text(of_event, ("event",))) or (others and _null(of_event, ("event",)))


def _hold(terms: Iterable[Term], keys: Keys, value: Any) -> bool:
    """Whether all terms hold of an event that has this value at these keys."""
    for key in reversed(keys):
        value = {key: value}
    return not any(failures(term, value) for term in terms)


def _null(terms: Sequence[Term], keys: Keys) -> bool:
    return _hold(terms, keys, None)


def _boolean(terms: Sequence[Term], keys: Keys) -> bool:
    return any(_hold(terms, keys, value) for value in (True, False))


def _object(terms: Sequence[Term], keys: Keys) -> bool:
    return _hold(terms, keys, {})


def _array(terms: Sequence[Term], keys: Keys) -> bool:
    lengths, others = _apart(terms, "length")
    return _hold(others, keys, []) and _some_length(lengths, 0)


def _number(terms: Sequence[Term], keys: Keys) -> bool:
    return any(_hold(terms, keys, number) for number in _numbers(terms))


def _text(terms: Sequence[Term], keys: Keys) -> bool:
    for one in texts.fixed(terms):
        return _hold(terms, keys, one)
    lengths, others = _apart(terms, "length")
    lowered, others = _apart(others, "lowercase")
    types, plain = _apart(others, "typeof")
    if not _hold(types, keys, ""):
        return False
    small = [_of_itself(term) for term in lowered]
    for one in texts.fixed(small):
        return _hold(texts.of_any(plain), keys, "") and _hold(small, _MADE, one)
    well = _hold(texts.of_any(plain), keys, "") and _hold(texts.of_any(small), _MADE, "")
    return well and texts.agree(plain) and texts.agree(small) and _some_length(lengths, texts.shortest(plain))


_ANY: Final[tuple[_Kind, ...]] = (_text, _null, _number, _boolean, _array, _object)
_ROOTS: Final = frozenset({("properties",), ("traits",), ("context",)})
_OF_A_ROOT: Final[tuple[_Kind, ...]] = (_null, _object)


def _apart(terms: Sequence[Term], function: str) -> tuple[list[Term], list[Term]]:
    """The terms about what a function makes of the field, and the others."""
    of: list[Term] = []
    others: list[Term] = []
    for term in terms:
        used = term_of(term).operand.function
        (of if used is not None and used.name == function else others).append(term)
    return of, others


def _of_itself(term: Term) -> Term:
    """The term about what a function made, as one about a value."""
    if isinstance(term, Not):
        return Not(_of_itself(term_of(term)), term.written)
    return replace(term, operand=Operand(_MADE))


def _some_length(lengths: Sequence[Term], least: int) -> bool:
    """Whether there is a length, of at least so much, that fulfils all terms about lengths."""
    of_itself = [_of_itself(term) for term in lengths]
    near = {least}
    for number in _constants(lengths):
        near |= {math.floor(number) + step for step in (-1, 0, 1, 2)}
    return any(number >= least and _hold(of_itself, _MADE, number) for number in near)


def _constants(terms: Sequence[Term]) -> Iterator[float]:
    for term in terms:
        match term_of(term):
            case Comparison(value=int() | float() as number):
                yield number


def _numbers(terms: Sequence[Term]) -> Iterator[float]:
    """Numbers of which one fulfils the terms if any number does: those they name, and some before, between and behind."""
    named = sorted(set(_constants(terms)))
    if not named:
        yield 0
        return
    yield from named
    yield math.floor(named[0]) - 1
    yield math.ceil(named[-1]) + 1
    for low, high in pairwise(named):
        middle = (Fraction(low) + Fraction(high)) / 2
        for number in (float(middle), math.floor(middle), math.ceil(middle)):
            if low < number < high:
                yield number
