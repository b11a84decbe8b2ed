"""The text of a template as the tokens that python-liquid's parser reads.

As in LiquidJS a text between quotes may hold braces and escapes, and every word may follow a dot. One pass whose
time grows with the length of the text and with nothing else.
"""

import re
from collections.abc import Iterator

from liquid.exceptions import LiquidSyntaxError
from liquid.stream import TokenStream
from liquid.token import (
    TOKEN_CONTENT,
    TOKEN_DOT,
    TOKEN_EOF,
    TOKEN_EXPRESSION,
    TOKEN_FLOAT,
    TOKEN_IDENTINDEX,
    TOKEN_IDENTSTRING,
    TOKEN_INTEGER,
    TOKEN_LBRACKET,
    TOKEN_OUTPUT,
    TOKEN_RANGE_LITERAL,
    TOKEN_RBRACKET,
    TOKEN_RPAREN,
    TOKEN_STRING,
    TOKEN_TAG,
    TOKEN_WORD,
    Token,
    operators,
)

_DEEPEST_BRACKETS = 20
_LONGEST_NUMBER = 400
_TEXT = r"""(?:"(?:[^"\\]|\\.)*+"|'(?:[^'\\]|\\.)*+')"""
OPENING = re.compile(r"\{([{%])(-?)")
# Not possessive around texts, which are: Python before 3.11.5, such as Debian 12's, then finds no end where there is one.
OUTPUT_END = re.compile(rf"""(?:[^"'}}]|{_TEXT}|}}(?!}}))*}}}}""", re.DOTALL)
NAME = re.compile(r"\A(?:#|\w*)")
VERBATIM_END = {name: re.compile(rf"\{{%(-?)\s*end{name}\s*(-?)%\}}") for name in ("raw", "comment")}
_WORDS = frozenset({"true", "false", "nil", "null", "empty", "blank", "and", "or", "contains", "not"})
_LOOP_WORDS = frozenset({"in", "limit", "offset", "reversed", "cols", "continue"})
_PIECE = re.compile(
    rf"""
    (?P<{TOKEN_STRING}> {_TEXT} )
    | \[\s*+ (?P<{TOKEN_IDENTINDEX}> -?[0-9]+ ) \s*+\]
    | \[\s*+ (?P<{TOKEN_IDENTSTRING}> {_TEXT} ) \s*+\]
    | (?P<place> (?<=[\w\]]\.)[0-9]++ )
    | (?P<{TOKEN_FLOAT}> -?[0-9]++\.(?!\.)[0-9]*+ )
    | (?P<{TOKEN_INTEGER}> -?[0-9]+\b )
    | (?P<{TOKEN_WORD}> \w[\w\-]*+\?? )
    | (?P<operator> \.\. | [!=<>]{{1,2}} | [.()\[\]:,|] )
    | (?P<gap> \s++ )
    """,
    re.VERBOSE | re.DOTALL,
)
_BRACKETS = {TOKEN_RANGE_LITERAL: 1, TOKEN_LBRACKET: 1, TOKEN_RPAREN: -1, TOKEN_RBRACKET: -1}
_QUOTED = frozenset({TOKEN_STRING, TOKEN_IDENTSTRING})
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|[0-3]?[0-7]{1,2}|.)", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v"}


class Stream(TokenStream):
    """python-liquid's stream of tokens, with statements read by this module."""

    def __init__(self, tokens: Iterator[Token], block_depth: int = 0, end: Token = TokenStream.eof) -> None:
        super().__init__(tokens, block_depth)
        self.eof = end

    def into_inner(self, *, tag: Token | None = None, eat: bool = True) -> "Stream":
        token = self.current
        if token.kind != TOKEN_EXPRESSION:
            raise LiquidSyntaxError("missing expression", token=tag or token)
        if eat:
            next(self)
        words = _WORDS | _LOOP_WORDS if tag is not None and tag.value in {"for", "tablerow"} else _WORDS
        return Stream(_pieces(token, words), end=token._replace(kind=TOKEN_EOF, value=""))


def tokens(text: str) -> Iterator[Token]:
    """The tokens of a template. Raises LiquidSyntaxError for an output, tag or comment that does not end."""
    start, trim = 0, False
    opening: re.Match[str] | None
    while (opening := OPENING.search(text, start)) is not None:
        yield from _content(text, start, opening.start(), left=trim, right=opening[2] == "-")
        if opening[1] == "{":
            closing = OUTPUT_END.match(text, opening.end())
            start, trim, inside = _inside(text, opening, closing.end() - 2 if closing else -1)
            yield Token(TOKEN_OUTPUT, "{{", opening.start(), text)
            yield inside
            continue
        start, trim, inside = _inside(text, opening, text.find("%}", opening.end()))
        name, rest = _named(inside)
        if name in VERBATIM_END:
            end = VERBATIM_END[name].search(text, start)
            if end is None:
                raise LiquidSyntaxError(f"{{% {name} %}} is not closed", token=inside)
            if name == "raw":
                yield from _content(text, start, end.start(), left=trim, right=end[1] == "-")
            start, trim = end.end(), end[2] == "-"
        elif name != "#":
            yield Token(TOKEN_TAG, name, opening.start(), text)
            if rest.value:
                yield rest
    yield from _content(text, start, len(text), left=trim, right=False)


def lines(expression: Token) -> Iterator[Token]:
    """The tokens of a `liquid` tag, in which every line is a tag."""
    start, comment = 0, False
    for line in expression.value.split("\n"):
        at = expression.start_index + start + len(line) - len(line.lstrip())
        start += len(line) + 1
        name, rest = _named(expression._replace(value=line.strip(), start_index=at))
        if comment or name in {"comment", "#"} or not line.strip():
            comment = name == "comment" or (comment and name != "endcomment")
            continue
        yield Token(TOKEN_TAG, name, at, expression.source)
        if rest.value:
            yield rest
    if comment:
        raise LiquidSyntaxError("{% comment %} is not closed", token=expression)


def statement(text: str) -> Token:
    """The token of a statement that stands alone, such as an expression that a filter is given."""
    return Token(TOKEN_EXPRESSION, text, 0, text)


def place(token: Token) -> str:
    """Where a token stands, as LiquidJS writes it: `line:1, col:1`."""
    before = token.source[: token.start_index]
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    return f"line:{line}, col:{column}"


def _content(text: str, start: int, end: int, *, left: bool, right: bool) -> Iterator[Token]:
    """The text between two statements, blanks dropped at the side of a `-`."""
    content = text[start:end]
    content = content.lstrip() if left else content
    content = content.rstrip() if right else content
    if content:
        yield Token(TOKEN_CONTENT, content, start, text)


def _inside(text: str, opening: re.Match[str], end: int) -> tuple[int, bool, Token]:
    """What stands between an opening and its end: where to go on, whether a `-` drops blanks there, the statement."""
    if end < 0:
        what = "output" if opening[1] == "{" else "tag"
        raise LiquidSyntaxError(f"the {what} is not closed", token=_at(statement(text), opening.start()))
    inside = text[opening.end() : end]
    trim = inside.endswith("-")
    inside = inside[:-1] if trim else inside
    begins = len(inside) - len(inside.lstrip())
    return end + 2, trim, Token(TOKEN_EXPRESSION, inside.strip(), opening.end() + begins, text)


def _named(statement: Token) -> tuple[str, Token]:
    """The name of a tag, and the rest of its statement."""
    behind = NAME.sub("", statement.value, count=1)
    name = statement.value[: len(statement.value) - len(behind)]
    rest = behind.lstrip()
    at = statement.start_index + len(statement.value) - len(rest)
    return name, statement._replace(value=rest, start_index=at)


def _pieces(statement: Token, words: frozenset[str]) -> Iterator[Token]:
    """The tokens of a statement; `words` have a meaning of their own, unless they follow a dot."""
    text, start, open_brackets, known = statement.value, 0, 0, words
    while start < len(text):
        piece = _PIECE.match(text, start)
        if piece is None:
            raise LiquidSyntaxError(f"unexpected {text[start]!r}", token=_at(statement, start))
        if piece.lastgroup != "gap":
            kind, value = _meant(statement, piece, known)
            open_brackets += _BRACKETS.get(kind, 0)
            if open_brackets > _DEEPEST_BRACKETS:
                message = f"brackets are nested deeper than {_DEEPEST_BRACKETS} levels"
                raise LiquidSyntaxError(message, token=_at(statement, start))
            known = frozenset() if kind == TOKEN_DOT else words
            yield Token(kind, value, statement.start_index + start, statement.source)
        start = piece.end()


def _meant(statement: Token, piece: re.Match[str], words: frozenset[str]) -> tuple[str, str]:
    """The kind that python-liquid knows a piece of a statement by, and what it stands for."""
    kind = piece.lastgroup or ""
    value = piece[kind]
    if kind == TOKEN_WORD:
        return value if value in words else kind, value
    if kind in _QUOTED:
        return kind, _ESCAPE.sub(_unescaped, value[1:-1])
    if kind == "place":  # in a list, as in `list.0`
        return TOKEN_WORD, value
    if kind == "operator":
        # Nothing but a range stands in parentheses.
        kind = TOKEN_RANGE_LITERAL if value == "(" else operators.get(value, "")
        if not kind:
            raise LiquidSyntaxError(f"unknown operator {value!r}", token=_at(statement, piece.start()))
    elif len(value) > _LONGEST_NUMBER:
        message = f"a number has more than {_LONGEST_NUMBER} digits"
        raise LiquidSyntaxError(message, token=_at(statement, piece.start()))
    return kind, value


def _at(statement: Token, start: int) -> Token:
    return statement._replace(kind=TOKEN_EOF, value="", start_index=statement.start_index + start)


def _unescaped(escape: re.Match[str]) -> str:
    meant = escape[1]
    if meant[0] == "u" and len(meant) > 1:
        return chr(int(meant[1:], 16))
    if meant[0] in "01234567":
        return chr(int(meant, 8))
    return _ESCAPED.get(meant, meant)
