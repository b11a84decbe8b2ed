"""Splits the text of a trigger into tokens, each with the place it stands at."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from mappings.errors import TriggerError
from mappings.fql.piece import Piece


class Kind(Enum):
    """What a token is. The names are those of the groups in the pattern below."""

    WORD = auto()
    TEXT = auto()
    NUMBER = auto()
    OPERATOR = auto()
    NOT = auto()
    OPEN = auto()
    CLOSE = auto()
    COMMA = auto()
    END = auto()


@dataclass(slots=True, eq=False)
class Token(Piece):
    """A piece of a trigger and its kind."""

    kind: Kind

    def __str__(self) -> str:
        return "the end" if self.kind is Kind.END else Piece.__str__(self)


# A word's pieces are not possessive: Python before 3.11.5, such as Debian 12's, then finds no word where the last piece is none.
_TOKEN = re.compile(
    r"""
    [ \t\r\n]*+
    (?: (?P<WORD>     (?:[A-Za-z_]|\\.) (?:[A-Za-z0-9_.-]|\\.|\[(?:0|[1-9][0-9]{0,8}|'[^']*+'|"[^"]*+")\])* )
    |   (?P<TEXT>     (?:"(?:[^"\\]|\\.)*+"|'(?:[^'\\]|\\.)*+') (?=[ \t\r\n),]|\Z|(?i:and|or)(?![A-Za-z0-9_.\\\[-])) )
    |   (?P<mistake>  == | <> | =[<>] | &&? | \|\|? )
    |   (?P<OPERATOR> [!<>]= | [=<>] )
    |   (?P<NUMBER>   [+-]?+[0-9]++(?:\.[0-9]++)?+(?:[eE][+-]?+[0-9]++)?+(?![A-Za-z0-9_.\\-]) )
    |   (?P<OPEN>     \( )
    |   (?P<CLOSE>    \) )
    |   (?P<COMMA>    , )
    |   (?P<NOT>      ! )
    |   (?P<END>      \Z )
    )
    """,
    re.VERBOSE | re.DOTALL,
)
_KINDS = {kind.name: kind for kind in Kind}
_BLANKS = re.compile(r"[ \t\r\n]*")
_ENDED_TEXT = re.compile(r""""(?:[^"\\]|\\.)*+"|'(?:[^'\\]|\\.)*+'""", re.DOTALL)
_MISTAKES = {
    "==": "Equality is written with one `=`.",
    "<>": "`Is not` is written `!=`.",
    "=<": "Write `<=`.",
    "=>": "Write `>=`.",
    "&": "Write `and`.",
    "&&": "Write `and`.",
    "|": "Write `or`.",
    "||": "Write `or`.",
}
_BRACKETS = 'Brackets hold the number of an item, from 0, or a name in quotes: `properties.tags[0]`, `traits["first name"]`.'
_CURLY = "Write straight quotes."
_HINTS = {
    "[": _BRACKETS,
    "]": _BRACKETS,
    **dict.fromkeys("\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}", _CURLY),
    **dict.fromkeys("\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}", _CURLY),
}
_HINT = "Put texts in quotes, and a backslash before an unusual character in a name."


def tokens(text: str) -> Iterator[Token]:
    """The tokens of a trigger, the last of kind END. Raises TriggerError at what is no token."""
    at = 0
    while True:
        match = _TOKEN.match(text, at)
        if match is None:
            raise _unreadable(text, at)
        group = str(match.lastgroup)
        found = match[group]
        at = match.end()
        if group == "mistake":
            raise Piece(text, at - len(found), found).error(f"`{found}` is not an operator", _MISTAKES[found])
        yield Token(text, at - len(found), found, _KINDS[group])
        if group == "END":
            return


def _unreadable(text: str, at: int) -> TriggerError:
    """What is wrong with the token after `at`."""
    blanks = _BLANKS.match(text, at)
    start = blanks.end() if blanks else at
    character = Piece(text, start, text[start])
    if character.text in "\"'":
        ended = _ENDED_TEXT.match(text, start)
        if ended:
            return Piece(text, ended.end(), "").error(
                "a text in quotes is followed by something else", "Put a space after the closing quote."
            )
        return character.error(
            "a text in quotes does not end",
            "Close the text with the quote it began with, or put a backslash before a quote inside it.",
        )
    if character.text in "+-.0123456789":
        return character.error(
            "this is not a number", "Numbers are written like 12, -3.5 or 1e6; put texts in quotes."
        )
    return character.error(f"{character} cannot stand here", _HINTS.get(character.text, _HINT))
