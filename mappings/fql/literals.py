"""What the tokens of a trigger stand for: the names in a word, the text between quotes, the value of a number."""

import re
from math import isinf

from mappings.fql.lexer import Token
from mappings.paths import Keys
from mappings.text import number_in

_NAME = re.compile(
    r"""(?P<dot>\.)?+(?:(?P<plain>(?:[^.\\\[]|\\.)+)|\[(?:'(?P<single>[^']*+)'|"(?P<double>[^"]*+)"|(?P<item>[0-9]++))\])""",
    re.DOTALL,
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED_IN_TEXT = re.compile(r"""\\(["'\\])""")


def keys(word: Token) -> Keys:
    """The names in a word. A dot separates two of them; one behind a backslash or in brackets does not.

    Raises TriggerError for a dot with nothing to separate, and for a name that follows a bracket without one.
    """
    found: list[str] = []
    at = 0
    while at < len(word.text):
        name = _NAME.match(word.text, at)
        if name is None or (name["dot"] and not found):
            raise word.error(f"{word} has a dot without a name beside it")
        if found and name["plain"] and not name["dot"]:
            raise word.error(f"{word} has a name right after a bracket", "Put a dot between them.")
        plain = name["plain"]
        found.append(name[str(name.lastgroup)] if plain is None else _ESCAPED.sub(r"\1", plain))
        at = name.end()
    return tuple(found)


def word(token: Token) -> str:
    """The text that a word stands for where a text may be written without quotes. Raises TriggerError for brackets."""
    if "[" in token.text:
        raise token.error(f"{token} has brackets", "Put texts in quotes.")
    return ".".join(keys(token))


def quoted(token: Token) -> str:
    """The text between the quotes."""
    return _ESCAPED_IN_TEXT.sub(r"\1", token.text[1:-1])


def number(token: Token) -> float:
    """The value of a number, whole numbers exactly. Raises TriggerError for one that no event could hold."""
    found = _finite(token, float(token.text))
    try:
        return int(token.text)
    except ValueError:  # it has a fraction or an exponent, or thousands of zeros
        return found


def quoted_number(token: Token) -> float | None:
    """The number that a text in quotes spells, or None. Raises TriggerError for one that no event could hold."""
    found = number_in(quoted(token))
    return None if found is None else _finite(token, found)


def _finite(token: Token, found: float) -> float:
    if isinf(found):
        raise token.error(f"{token} is too large", "Numbers go up to 1.8e308.")
    return found
