"""Consent in words: what a value says of somebody's wish to be messaged. One table, `consent_words.json`, for all who read it.

A no is read in many words wherever one may stand: what is unclear must not become a yes, and what is a no must not be missed.
A yes is read as widely only in an opt-in trait, which people fill in as they like, and in an import; the status of a
subscription or an external id says yes by its own words alone, as the original has it. Each row of the table is a word, what
it means and where it is from. Case, blanks around it, full-width forms, quotes, and what is written between its parts
(opt out, opt-out, opt_out) do not count.
"""

import json
import re
import unicodedata
from collections.abc import Mapping
from enum import Enum
from importlib.resources import files


class Said(Enum):
    """What a value says of consent."""

    YES = "yes"
    NO = "no"
    NOTHING = "nothing"  # null, or an empty text
    UNKNOWN = "that nobody knows"  # somebody who never subscribed: neither a yes nor a no
    UNREADABLE = "what can't be read"


def opt_in_says(value: object) -> Said:
    """What an opt-in trait, or a cell of an import, says: booleans, 0 and 1, and the words of the table."""
    return _read(value, _MEANINGS)


def status_says(value: object) -> Said:
    """What the status of a subscription or of an external id says: its yes is `subscribed` or `true`, its no any of the table."""
    return _read(value, _OF_STATUS)


def _read(value: object, meanings: Mapping[str, Said]) -> Said:
    if value is None:
        return Said.NOTHING
    if value.__class__ is bool:
        value = "true" if value else "false"
    if value.__class__ is str and value in meanings:  # as nearly all are
        return meanings[value]
    word = _plain(_written(value))
    return meanings.get(word, Said.UNREADABLE) if word else Said.NOTHING


def _written(value: object) -> str:
    """A value as somebody would write it; what is neither text, boolean, 0 nor 1 as no word of the table."""
    match value:
        case bool():
            return str(value)
        case int() | float() if value in (0, 1):
            return str(int(value))
        case str():
            return value.strip()[:_LONGEST]
    return "?"


_LONGEST = 100
# Only between letters: the hyphen of -1 is no hyphen.
_BETWEEN = re.compile(r"(?<=[^\W\d_])[\s_\-\u2010-\u2015]+(?=[^\W\d_])")
_AROUND = " \t\r\n\"'.!`\u00b4\u2018\u2019\u201c\u201d\u00ab\u00bb"


def _plain(text: str) -> str:
    if text.isascii() and text.isalpha():
        return text.lower()
    visible = "".join(letter for letter in text if unicodedata.category(letter) != "Cf")
    return _BETWEEN.sub("", unicodedata.normalize("NFKC", visible).casefold().strip().strip(_AROUND))


_ROWS = json.loads(files(__package__).joinpath("consent_words.json").read_text("utf-8"))
_MEANINGS: Mapping[str, Said] = {_plain(row["word"]): Said[row["means"].upper()] for row in _ROWS}
_STATUS_YES = frozenset({"subscribed", "true"})
_OF_STATUS: Mapping[str, Said] = {
    word: means for word, means in _MEANINGS.items() if means is not Said.YES or word in _STATUS_YES
}
