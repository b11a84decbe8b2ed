"""Says in words why terms of a trigger never hold, and what to write instead."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from difflib import get_close_matches

from mappings.errors import TriggerError
from mappings.fql.piece import Piece, shown, value_shown
from mappings.fql.texts import Term, term_of
from mappings.fql.tree import Comparison, Not, Search

_DATE = re.compile(
    r"\d{4}-\d{2}(-\d{2})?([T ].*)?|\d{1,2}[/.]\d{1,2}[/.]\d{2,4}|\d{4}/\d{1,2}/\d{1,2}", re.ASCII
)
_SPOKEN = 1
_PAIR = 2


def error(terms: Sequence[Term], types: Sequence[str]) -> TriggerError:
    """The error for terms that no event fulfils together, at the last of them."""
    ordered = sorted(terms, key=lambda term: term_of(term).written.start)
    last = ordered[-1]
    place = last.written
    if len(ordered) == _SPOKEN:
        return _of_one(last, types)
    written = [_shown(term) for term in ordered]
    both = "both" if len(ordered) == _PAIR else "all of"
    message = f"no event fulfils {both} {', '.join(written[:-1])} and {written[-1]}"
    return place.error(message, _hint_for_several(ordered))


def _of_one(term: Term, types: Sequence[str]) -> TriggerError:
    inner, place = term_of(term), term.written
    never = f"{_shown(term)} never holds"
    root, *inside = inner.operand.keys
    if isinstance(inner, Comparison) and isinstance(inner.value, str) and inner.operator not in {"=", "!="}:
        return _of_order(inner, place)
    if root == "type":
        known = ", ".join(types)
        nearest = _nearest(inner, types)
        hint = f'Did you mean `type = "{nearest}"`? ' if nearest else ""
        return place.error(f"{never}: a call is of another type", f"{hint}There are: {known}.")
    if root == "event":
        return place.error(f"{never}: the event of a track call is a text, other calls have none", "")
    if root in {"properties", "traits", "context"} and not inside:
        hint = f"Name something inside of it, as in `{root}.name`."
        return place.error(f"{never}: {root} is an object", hint)
    if inner.operand.function is not None and inner.operand.function.name == "length":
        return place.error(f"{never}: a length is a whole number from 0", "")
    return place.error(f"{never}, whatever the event has there", "")


def _of_order(term: Comparison, place: Piece) -> TriggerError:
    field, value = shown(term.operand.written.text), str(term.value)
    said = f"{_shown(term)} never holds: `{term.operator}` compares numbers, and {value_shown(value)} is none"
    if _DATE.fullmatch(value.strip()):
        hint = (
            f"Dates are texts, which have no order here. Ask for a part of one, as in "
            f'`match({field}, "{_start(value)}*")`, or let the event carry the time as a number, as in '
            f"`{field} {term.operator} {_seconds(value)}`."
        )
    else:
        hint = (
            f"Compare with a number, as in `{field} {term.operator} 100`; a text can be `=` or `!=` another."
        )
    return place.error(said, hint)


def _start(date: str) -> str:
    """As much of a date as several days share."""
    return date.strip()[:7] if date.strip()[4:5] in {"-", "/"} else "2026-01"


def _seconds(date: str) -> int:
    """The date as seconds since 1970; those of an example for one that is not in ISO's form."""
    try:
        read = datetime.fromisoformat(date.strip())
    except ValueError:
        read = datetime(2026, 1, 1, tzinfo=UTC)
    return int((read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp())


def _nearest(term: Comparison | Search, types: Sequence[str]) -> str | None:
    value = term.value if isinstance(term, Comparison) else term.text
    found = get_close_matches(str(value).strip().lower(), types, 1)
    return found[0] if found else None


def _hint_for_several(terms: Sequence[Term]) -> str:
    roots = {term_of(term).operand.keys[0] for term in terms}
    if roots == {"type", "event"}:
        if any(isinstance(one, Comparison) and one.value is None for one in map(term_of, terms)):
            return "A track call has an event, and no other call has one."
        return 'Only track calls have an event: write `type = "track"`, or leave `event` out.'
    if all(isinstance(term, Comparison) and term.operator == "=" for term in terms):
        return "Where either will do, join them with `or`."
    return "Where one of them will do, join them with `or`."


def _shown(term: Term) -> str:
    text = shown(term_of(term).written.text, 200)
    return f"`not {text}`" if isinstance(term, Not) else f"`{text}`"
