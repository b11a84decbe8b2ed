"""The pieces that the original takes a trigger for. Unlike ours, it reads on where nothing can be meant."""

import re
from dataclasses import dataclass
from enum import Enum, auto

ENDED = "eos"
"""What the end of a trigger says where a value is looked for."""


class Kind(Enum):
    """What a piece is."""

    WORD = auto()
    DOT = auto()
    JOIN = auto()
    TEXT = auto()
    NUMBER = auto()
    OPERATOR = auto()
    NOT = auto()
    OPEN = auto()
    CLOSE = auto()
    COMMA = auto()
    BRACKET = auto()
    END = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """A piece and what it says, without its quotes and escapes."""

    kind: Kind
    text: str


END = Token(Kind.END, ENDED)

_BLANKS = re.compile(r"[ \t\n]*")
_TEXT = re.compile(r'"[^"]*"')
_SINGLE = re.compile(r"'[^']*'")
_WORD = re.compile(r"(?:[A-Za-z0-9_-]|\\.)+", re.DOTALL)
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")
_STARTS_WORD = re.compile(r"[A-Za-z_\\]")
_CONJUNCTION = re.compile(r"(?:and|or)(?=[ \t\n]|\Z)")
_LONG_OPERATOR = re.compile(r"[!<>]=(?=[ \t\n])")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)

_AFTER_TEXT = frozenset(" \t\n,)]")
_AFTER_WORD = frozenset(" \t\n=(),.")
_SINGLE_CHARACTERS = {
    ".": Kind.DOT,
    "(": Kind.OPEN,
    ")": Kind.CLOSE,
    ",": Kind.COMMA,
    "[": Kind.BRACKET,
    "]": Kind.BRACKET,
    "!": Kind.NOT,
    **dict.fromkeys("=<>", Kind.OPERATOR),
}


class UnreadableError(ValueError):
    """Raised for a trigger that the original can't read: it never matches."""


def tokens(text: str) -> list[Token]:
    """The pieces of a trigger. Raises UnreadableError for a character that is none of them."""
    found: list[Token] = []
    at = 0
    while True:
        blanks = _BLANKS.match(text, at)
        at = blanks.end() if blanks else at
        if at == len(text):
            return found
        token, at = _next(text, at, found)
        found.append(token)


def _next(text: str, at: int, before: list[Token]) -> tuple[Token, int]:
    first = text[at]
    if first in "\"'":
        return _quoted(text, at)
    inside = bool(before) and before[-1].kind is Kind.DOT
    if _STARTS_WORD.match(first) or (inside and _WORD.match(first)):
        return _word(text, at)
    number = _NUMBER.match(text, at)
    if number:
        after = number.end()
        if text[after : after + 1] == ".":
            raise UnreadableError
        return Token(Kind.NUMBER, number[0]), after
    operator = _LONG_OPERATOR.match(text, at)
    if operator:
        return Token(Kind.OPERATOR, operator[0]), operator.end()
    kind = _SINGLE_CHARACTERS.get(first)
    if kind is None:
        raise UnreadableError
    return Token(kind, first), at + 1


def _quoted(text: str, at: int) -> tuple[Token, int]:
    """A text in quotes knows no escapes. Single quotes stay part of it; a closing quote with something else behind it than a
    blank, a comma or a bracket is not taken along, and opens the next text.
    """
    double = text[at] == '"'
    match = (_TEXT if double else _SINGLE).match(text, at)
    if match is None:
        raise UnreadableError
    after = match.end()
    closed = after == len(text) or text[after] in _AFTER_TEXT
    said = match[0][1:-1] if double else match[0]
    return Token(Kind.TEXT, said), after if closed else after - 1


def _word(text: str, at: int) -> tuple[Token, int]:
    conjunction = _CONJUNCTION.match(text, at)
    if conjunction:
        return Token(Kind.JOIN, conjunction[0]), conjunction.end()
    word = _WORD.match(text, at)
    if word is None:
        raise UnreadableError
    after = word.end()
    if after < len(text) and text[after] not in _AFTER_WORD:
        raise UnreadableError
    return Token(Kind.WORD, _ESCAPE.sub(r"\1", word[0])), after
