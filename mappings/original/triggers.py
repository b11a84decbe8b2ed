"""Which events the original took: its grammar is a list of terms, of which the last `and` or `or` decides for all."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mappings.original.paths import walk
from mappings.original.tokens import END, Kind, Token, UnreadableError, tokens
from mappings.text import number_in
from mappings.values import UNDEFINED

_TEXTS = frozenset({"type", "event", "name"})
_OBJECTS = frozenset({"properties", "traits", "context"})
_SEARCHES = frozenset({"contains", "match"})
_LITERALS: Mapping[str, bool | None] = {"true": True, "false": False, "null": None}


@dataclass(frozen=True, slots=True)
class _Value:
    """What stands behind an operator: what it says as a text, and whether it was in quotes or a number."""

    text: str
    quoted: bool
    is_number: bool

    @property
    def word(self) -> bool:
        return not self.quoted and not self.is_number and self.text in _LITERALS


@dataclass(frozen=True, slots=True)
class _Comparison:
    path: tuple[str, ...]
    operator: str
    value: _Value


@dataclass(frozen=True, slots=True)
class _Search:
    function: str
    path: tuple[str, ...]
    text: str
    negated: bool


@dataclass(frozen=True, slots=True)
class _Group:
    any_of_them: bool
    terms: tuple["_Term", ...]


_Term = _Comparison | _Search | _Group


def trigger_matches(trigger: str, event: Any) -> bool:
    """Whether the original took an event; one that it could not read never matched."""
    try:
        group = _Reader(tokens(trigger)).group()
    except UnreadableError:
        return False
    return isinstance(event, Mapping) and _holds(group, event)


class _Reader:
    def __init__(self, pieces: list[Token]) -> None:
        self._pieces = pieces
        self._at = 0

    def group(self) -> _Group:
        """All that is left. What is no term is passed over; a group without terms can't be read."""
        terms = []
        last = "and"
        while self._at < len(self._pieces):
            token = self._take()
            if token.kind is Kind.JOIN:
                last = token.text
                continue
            term = self._term(token)
            if term is not None:
                terms.append(term)
        if not terms:
            raise UnreadableError
        return _Group(last == "or", tuple(terms))

    def _term(self, token: Token) -> _Term | None:
        if token.kind is Kind.OPEN:
            return _Reader(self._until_closed()).group()
        if token.kind is Kind.NOT and self._sees_search():
            return self._search(self._take(), negated=True)
        if token.kind is not Kind.WORD:
            return None
        if token.text in _SEARCHES:
            return self._search(token, negated=False)
        path = self._path(token)
        return None if path is None else self._comparison(path)

    def _until_closed(self) -> list[Token]:
        """The pieces up to the next closing bracket, whichever bracket it closes."""
        start = self._at
        while self._at < len(self._pieces):
            if self._take().kind is Kind.CLOSE:
                return self._pieces[start : self._at - 1]
        raise UnreadableError

    def _path(self, root: Token) -> tuple[str, ...] | None:
        """Where a word leads to in an event; None for one that names no field."""
        if root.text not in _OBJECTS:
            return (root.text,) if root.text in _TEXTS or root.text == "userId" else None
        keys: list[str] = []
        while self._peek().kind is Kind.DOT and self._peek(1).kind is Kind.WORD:
            self._take()
            keys += self._take().text.split(".")
        return (root.text, *(keys or [root.text]))

    def _comparison(self, path: tuple[str, ...]) -> _Comparison:
        operator = self._take()
        if operator is END:
            raise UnreadableError
        token = self._take()
        value = _Value(token.text, token.kind is Kind.TEXT, token.kind is Kind.NUMBER)
        return _Comparison(path, operator.text, value)

    def _search(self, function: Token, *, negated: bool) -> _Search | None:
        """Two arguments in brackets: the piece between them is not looked at."""
        self._take()
        first = self._take()
        if first.kind is not Kind.WORD:
            raise UnreadableError
        path = self._path(first)
        self._take()
        text = self._take().text
        if self._peek().kind is Kind.CLOSE:
            self._take()
        return None if path is None or path == ("type",) else _Search(function.text, path, text, negated)

    def _sees_search(self) -> bool:
        return self._peek().kind is Kind.WORD and self._peek().text in _SEARCHES

    def _peek(self, further: int = 0) -> Token:
        at = self._at + further
        return self._pieces[at] if at < len(self._pieces) else END

    def _take(self) -> Token:
        token = self._peek()
        self._at += 1
        return token


def _holds(term: _Term, event: Mapping[str, Any]) -> bool:
    match term:
        case _Group():
            several: Iterator[bool] = (_holds(one, event) for one in term.terms)
            return any(several) if term.any_of_them else all(several)
        case _Search():
            return _found(term, walk(event, term.path))
    found = walk(event, term.path)
    if term.operator in ("<", "<=", ">", ">="):
        return _ordered(term.operator, found, term.value)
    if term.operator not in ("=", "!="):
        return False
    return _compared(term, found, equal=term.operator == "=")


def _found(term: _Search, value: object) -> bool:
    if not isinstance(value, str):
        return False
    return (_fits(value, term) if term.function == "match" else term.text in value) is not term.negated


def _fits(value: str, term: _Search) -> bool:
    """A star at the end, else one in front, which is taken to be there."""
    if term.text.endswith("*"):
        return value.startswith(term.text[:-1])
    return value.endswith(term.text[1:])


def _compared(term: _Comparison, found: object, *, equal: bool) -> bool:
    value = term.value
    root = term.path[0]
    is_text = root in _TEXTS and not (root == "name" and value.word and value.text == "null")
    if is_text or value.quoted or not (value.word or value.is_number):
        return (found == value.text) is equal
    if value.word:
        literal = _LITERALS[value.text]
        if literal is None:
            return (found is None or found is UNDEFINED) is equal
        return found is literal if equal else found != value.text
    if root == "userId":
        return (found == value.text) is equal
    return _is_number(found) and (found == float(value.text)) is equal


def _ordered(operator: str, found: object, value: _Value) -> bool:
    bound = number_in(value.text)
    if bound is None or not isinstance(found, int | float) or isinstance(found, bool):
        return False
    return {
        "<": found < bound,
        "<=": found <= bound,
        ">": found > bound,
        ">=": found >= bound,
    }[operator]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
