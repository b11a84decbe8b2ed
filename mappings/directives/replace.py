"""`@replace`: a text with every `pattern` in it replaced. `{"@replace": {"value": ..., "pattern": "-", "replacement": ""}}`

`pattern2` and `replacement2` are applied after the first. All patterns and replacements mean the characters they
consist of. Numbers and booleans are written as text first; everything else counts as an empty text.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from mappings.bounds import MOST_WORK, Work, refuse_longer_than_allowed, spend
from mappings.check import Checker, Part
from mappings.text import text_of
from mappings.writer import NOTHING, Result, Writer
from mappings.written import Mixed, changed, joined

name = "@replace"

_LONGEST = 10
_ASCII = 128
_IN_ANY_CASE = 8
"""What a character costs where case does not matter, in others."""


def check(value: object, path: str, checker: Checker) -> None:
    """The value is an object with the text to look in, and a pattern of 1 to 10 characters."""
    checker.parts(
        value,
        path,
        Part("pattern", partial(checker.text, least=1, most=_LONGEST), required=True),
        Part("replacement", partial(checker.text, most=_LONGEST)),
        Part("value", checker.text_or_directive, required=True),
        Part("ignorecase", checker.boolean),
        Part("global", checker.boolean),
        Part("pattern2", partial(_check_second, "pattern", checker)),
        Part("replacement2", partial(_check_second, "replacement", checker)),
    )


def _check_second(part: str, checker: Checker, value: object, path: str) -> None:
    """What the original looks at only when an event comes."""
    if value is not None and not isinstance(value, str):
        checker.doubt(path, f"{path} should be a string; it means nothing.")
    elif value is not None and len(value) > _LONGEST:
        checker.refuse(path, f'{name} requires a "{part}" less than {_LONGEST} characters')


def emit(value: Any, writer: Writer) -> Result:
    """A call with the replacements as they were read here."""
    if not value["value"]:
        return NOTHING
    ignore, everywhere = value.get("ignorecase", False), value.get("global", True)
    replacements = [Replacement(value["pattern"], value.get("replacement", ""), ignore, everywhere)]
    if isinstance(value.get("pattern2"), str) and value["pattern2"]:
        second = value["replacement2"] if isinstance(value.get("replacement2"), str) else ""
        replacements.append(Replacement(value["pattern2"], second, ignore, everywhere))
    if isinstance(value["value"], str):
        return writer.constant(replaced(value["value"], replacements, [MOST_WORK]))
    found = writer.value(value["value"])
    return writer.call(replaced, found.code, writer.source.bind(replacements), "work")


@dataclass(frozen=True, slots=True)
class Replacement:
    """What to put in place of what: everywhere or the first time, in this case or any."""

    pattern: str
    replacement: str
    ignorecase: bool
    everywhere: bool

    def apply(self, text: str) -> str:
        """`text` with what is to be replaced replaced."""
        if self.ignorecase:
            return self._apply_in_any_case(text)
        times = text.count(self.pattern) if self.everywhere else 1
        grows = times * (len(self.replacement) - len(self.pattern))
        refuse_longer_than_allowed(len(text) + grows, f"what {name} gives")
        return text.replace(self.pattern, self.replacement, -1 if self.everywhere else 1)

    def _apply_in_any_case(self, text: str) -> str:
        folded, pattern = _folded(text), _folded(self.pattern)
        pieces, start, found = [], 0, folded.find(pattern)
        while found >= 0:
            pieces.append(text[start:found])
            start = found + len(pattern)
            found = folded.find(pattern, start) if self.everywhere else -1
        whole = self.replacement.join([*pieces, text[start:]])
        refuse_longer_than_allowed(len(whole), f"what {name} gives")
        return whole


def replaced(value: object, replacements: list[Replacement], work: Work) -> str:
    """The text of `value` after all `replacements`."""
    text = text_of(value) if isinstance(value, str | bool | int | float) else ""
    for replacement in replacements:
        spend(work, len(text) * (_IN_ANY_CASE if replacement.ignorecase else 1))
        text = (
            _changed_once(text, replacement.apply)
            if not replacement.everywhere
            else changed(text, replacement.apply)
        )
    return text


def _changed_once(text: str, change: Callable[[str], str]) -> str:
    """The text after a change of the first of its parts that it changes."""
    if not isinstance(text, Mixed):
        return changed(text, change)
    parts = list(text.parts)
    for place, part in enumerate(parts):
        parts[place] = changed(part, change)
        if parts[place] != part:
            break
    return joined(parts)


def _folded(text: str) -> str:
    """`text` in the case in which JavaScript compares the characters of a pattern (ECMA-262, Canonicalize): upper
    case where that is one character, and never an ASCII one for one that is not.
    """
    if text.isascii():
        return text.upper()
    return "".join(map(_folded_character, text))


def _folded_character(character: str) -> str:
    upper = character.upper()
    keeps = len(upper) != 1 or (ord(upper) < _ASCII <= ord(character))
    return character if keeps else upper
