"""Splits the text of a trigger into tokens, each with the place it stands at."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from mappings.errors import TriggerError
from mappings.paths import Keys


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


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a trigger: its kind, the text it stands for, the place where it begins.

    `keys` are the names that a word consists of, as in `properties.plan`; `number` is the value of a number.
    """

    kind: Kind
    text: str
    line: int
    column: int
    keys: Keys = ()
    number: float = 0

    def error(self, message: str, hint: str = "") -> TriggerError:
        """An error that points at this token."""
        return TriggerError(message, self.line, self.column, hint)

    def __str__(self) -> str:
        if self.kind is Kind.END:
            return "the end"
        return f'`"{self.text}"`' if self.kind is Kind.TEXT else f"`{self.text}`"


_TOKEN = re.compile(
    r"""
      (?P<space>    [ \t\r\n]+ )
    | (?P<mistake>  == | <> | =[<>] | &&? | \|\|? )
    | (?P<OPERATOR> != | <= | >= | = | < | > )
    | (?P<NOT>      ! )
    | (?P<OPEN>     \( )
    | (?P<CLOSE>    \) )
    | (?P<COMMA>    , )
    | (?P<TEXT>     "(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)*' )
    | (?P<NUMBER>   [+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![A-Za-z0-9_.\\-]) )
    | (?P<WORD>     (?:[A-Za-z_]|\\.)(?:[A-Za-z0-9_.-]|\\.|\['[^']*'\]|\["[^"]*"\])* )
    """,
    re.VERBOSE | re.DOTALL,
)
_NAME = re.compile(
    r"""\[(?:'(?P<single>[^']*)'|"(?P<double>[^"]*)")\]|(?P<plain>(?:[^.\\\[]|\\.)+)|(?P<dot>\.)""", re.DOTALL
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED_IN_TEXT = re.compile(r"""\\(["'\\])""")
_AFTER_TEXT = re.compile(r"[ \t\r\n),]|\Z")
_LONGEST_INTEGER = 400
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
_HINTS = {
    '"': "Close the text with the quote it began with, or put a backslash before a quote inside it.",
    "'": "Close the text with the quote it began with, or put a backslash before a quote inside it.",
    "[": "An item of a list is written with a dot, as in `properties.tags.0`.",
    "]": "An item of a list is written with a dot, as in `properties.tags.0`.",
}
_HINT = "Put texts in quotes, and a backslash before an unusual character in a name."


def tokens(text: str) -> Iterator[Token]:
    """The tokens of a trigger, the last of kind END. Raises TriggerError at what is no token."""
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise _unreadable(text, at)
        kind, found = str(match.lastgroup), match.group()
        if kind == "mistake":
            raise _token(Kind.OPERATOR, found, text, at).error(
                f"`{found}` is not an operator", _MISTAKES[found]
            )
        if kind != "space":
            if kind == "WORD" and match.end() < len(text) and not _TOKEN.match(text, match.end()):
                raise _unreadable(text, match.end())
            token = _token(Kind[kind], found, text, at)
            at = match.end()
            if token.kind is Kind.TEXT and not _AFTER_TEXT.match(text, at):
                raise _token(Kind.END, "", text, at).error(
                    "a text in quotes is followed by something else", "Put a space after the closing quote."
                )
            yield token
        at = match.end()
    yield _token(Kind.END, "", text, len(text))


def _token(kind: Kind, found: str, text: str, at: int) -> Token:
    line = text.count("\n", 0, at) + 1
    column = at - text.rfind("\n", 0, at)
    if kind is Kind.TEXT:
        return Token(kind, _ESCAPED_IN_TEXT.sub(r"\1", found[1:-1]), line, column)
    if kind is Kind.NUMBER:
        whole = found.lstrip("+-").isdigit() and len(found) <= _LONGEST_INTEGER
        return Token(kind, found, line, column, number=int(found) if whole else float(found))
    if kind is Kind.WORD:
        token = Token(kind, found, line, column)
        keys = tuple(_names(token))
        return Token(kind, ".".join(keys), line, column, keys)
    return Token(kind, found, line, column)


def _names(word: Token) -> Iterator[str]:
    """The names in a word. A dot separates two of them; one behind a backslash or in brackets does not."""
    after_dot = True
    for match in _NAME.finditer(word.text):
        if match["dot"]:
            if after_dot:
                break
            after_dot = True
        else:
            after_dot = False
            plain = match["plain"]
            quoted = match["double"] if match["single"] is None else match["single"]
            yield quoted if plain is None else _ESCAPED.sub(r"\1", plain)
    if after_dot:
        raise word.error(f"`{word.text}` has a dot without a name beside it")


def _unreadable(text: str, at: int) -> TriggerError:
    character = text[at]
    token = _token(Kind.END, "", text, at)
    if character in "\"'":
        return token.error("a text in quotes does not end", _HINTS[character])
    if character in "+-.0123456789":
        return token.error(
            "this is not a number", "Numbers are written like 12, -3.5 or 1e6; put texts in quotes."
        )
    return token.error(f"`{character}` cannot stand here", _HINTS.get(character, _HINT))
