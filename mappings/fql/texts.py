"""What terms ask of a text together: the one text it must be, or pieces of it that can or cannot stand side by side."""

from collections.abc import Iterator, Sequence
from itertools import product

from mappings.fql.tree import Comparison, Not, Search
from mappings.text import number_text

Term = Comparison | Search | Not
"""One thing that is asked of a field: a term of the trigger, or the opposite of one."""


def term_of(term: Term) -> Comparison | Search:
    """The term itself, whether it is asked for or its opposite."""
    while isinstance(term, Not):
        inner = term.condition
        if not isinstance(inner, Comparison | Search | Not):
            raise TypeError(inner)
        term = inner
    return term


def fixed(terms: Sequence[Term]) -> Iterator[str]:
    """The texts that the field itself must be equal to, each by a term of its own."""
    for term in terms:
        match term:
            case Comparison(operand, "=", value) | Not(Comparison(operand, "!=", value)):
                if operand.function is None and isinstance(value, str):
                    yield value
                elif operand.plain and isinstance(value, bool):
                    yield str(value).lower()
                elif operand.plain and isinstance(value, int | float):
                    yield number_text(value)
    for search in _wanted(terms, "match"):
        if search.operand.function is None and "*" not in search.text:
            yield search.text


def of_any(terms: Sequence[Term]) -> Iterator[Term]:
    """The comparisons that hold of every text or of none (but for those that fix one): with null, and of orders."""
    for term in terms:
        match term_of(term):
            case Comparison(operator="=" | "!=", value=str()):
                continue
            case Comparison():
                yield term


def agree(terms: Sequence[Term]) -> bool:
    """Whether nothing was noticed that keeps one text from fulfilling all terms, none of which fixes it."""
    patterns = [one.text.split("*") for one in _wanted(terms, "match") if "*" in one.text]
    for (first, *_, last), (other_first, *_, other_last) in product(patterns, repeat=2):
        if not (first.startswith(other_first) or other_first.startswith(first)):
            return False
        if not (last.endswith(other_last) or other_last.endswith(last)):
            return False
    pieces = ["", *(piece for pattern in patterns for piece in pattern)]
    pieces += [one.text for one in _wanted(terms, "contains")]
    if any(one.text in piece for one in _unwanted(terms, "contains") for piece in pieces):
        return False
    return not any(_follows(one.text.split("*"), patterns, pieces) for one in _unwanted(terms, "match"))


def shortest(terms: Sequence[Term]) -> int:
    """How many characters a text has at least that fulfils all terms."""
    patterns = [len(one.text.replace("*", "")) for one in _wanted(terms, "match")]
    return max([0, *patterns, *(len(one.text) for one in _wanted(terms, "contains"))])


def _follows(pattern: list[str], patterns: list[list[str]], pieces: list[str]) -> bool:
    """Whether a text of these patterns, with these pieces in it, is of that pattern as well."""
    if pattern in patterns:
        return True
    match pattern:
        case [start, ""]:
            return any(first.startswith(start) for first, *_ in [*patterns, [""]])
        case ["", end]:
            return any(last.endswith(end) for *_, last in [*patterns, [""]])
        case ["", inside, ""]:
            return any(inside in piece for piece in pieces)
    return False


def _wanted(terms: Sequence[Term], function: str) -> Iterator[Search]:
    return _searches(terms, function, negated=False)


def _unwanted(terms: Sequence[Term], function: str) -> Iterator[Search]:
    return _searches(terms, function, negated=True)


def _searches(terms: Sequence[Term], function: str, *, negated: bool) -> Iterator[Search]:
    """Of a text `not contains(...)` is `!contains(...)`, however it is written."""
    for term in terms:
        searched = term_of(term)
        if not isinstance(searched, Search) or searched.function != function:
            continue
        if (searched.negated is not isinstance(term, Not)) is negated:
            yield searched
