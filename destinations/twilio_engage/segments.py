"""How many segments a text is billed and sent as.

Twilio cuts a text into segments of 160 GSM-7 septets or 70 UCS-2 units, 153 or 67 when there are more than
one. One character outside GSM-7 turns the whole text to UCS-2. Nothing that belongs together is cut apart:
neither the two septets of an extension character, nor a grapheme (an emoji family, a flag, a letter and its
accent), as in Twilio's segment calculator. Which of the two ways of counting is billed is not stated; this
one never counts less.
"""

import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Literal

import msgspec

_BASIC = frozenset(
    "@\xa3$\xa5\xe8\xe9\xf9\xec\xf2\xc7\n\xd8\xf8\r\xc5\xe5\u0394_\u03a6\u0393\u039b\u03a9\u03a0\u03a8\u03a3\u0398\u039e\xc6\xe6\xdf\xc9"
    " !\"#\xa4%&'()*+,-./0123456789:;<=>?\xa1ABCDEFGHIJKLMNOPQRSTUVWXYZ\xc4\xd6\xd1\xdc\xa7\xbfabcdefghijklmnopqrstuvwxyz"
    "\xe4\xf6\xf1\xfc\xe0"
)
_EXTENSION = frozenset("|^\u20ac{}[~]\\\f")
_SINGLE = {"GSM-7": 160, "UCS-2": 70}
_MULTI = {"GSM-7": 153, "UCS-2": 67}

# What smart encoding writes, and the characters it writes it for. Full-width forms follow by rule below.
_LOOK_ALIKES = {
    '"': "\xab\xbb\u201c\u201d\u02ba\u02ee\u201f\u201e\u275d\u275e\u301d\u301e",
    "'": "\u2018\u2019\u02bb\u02c8\u02bc\u02bd\u02b9\u201b\xb4\u02ca`\u02cb\u275b\u275c\u0313\u0314\ufe10\ufe11",
    "/": "\xf7\u29f8\u0337\u0338\u2044\u2215",
    "1/4": "\xbc",
    "1/2": "\xbd",
    "3/4": "\xbe",
    "\\": "\u29f9\u29f5\u20e5\ufe68",
    "_": "\u0332\u2017",
    "|": "\u20d2\u20d3\u2223\u23b8\u23b9\u23d0\u239c\u239f",
    "-": "\u23bc\u23bd\u2015\ufe63\u2010\u2043\u2014\u2013\u2022",
    "@": "\ufe6b",
    "$": "\ufe69",
    "!": "\u01c3\ufe15\ufe57",
    "#": "\ufe5f",
    "%": "\ufe6a",
    "&": "\ufe60",
    ",": "\u201a\u0326\ufe50\ufe51\uff64\u3001",
    "(": "\u2768\u276a\ufe59\u27ee\u2985",
    ")": "\u2769\u276b\ufe5a\u27ef\u2986",
    "*": "\u204e\u2217\u229b\u2722\u2723\u2724\u2725\u2731\u2732\u2733\u273a\u273b\u273c\u273d\u2743\u2749\u274a\u274b\u29c6\ufe61",
    "+": "\u02d6\ufe62",
    ".": "\u3002\ufe52\uff61",
    ":": "\u02d0\u02f8\u2982\ua789\ufe13",
    ";": "\u204f\ufe14\ufe54",
    "<": "\ufe64\u2039",
    "=": "\u0347\ua78a\ufe66",
    ">": "\ufe65\u203a",
    "?": "\ufe16\ufe56",
    "A": "\u1d00",
    "B": "\u0299",
    "C": "\u1d04",
    "D": "\u1d05",
    "E": "\u1d07",
    "F": "\ua730",
    "G": "\u0262",
    "H": "\u029c",
    "I": "\u026a",
    "J": "\u1d0a",
    "K": "\u1d0b",
    "L": "\u029f",
    "M": "\u1d0d",
    "N": "\u0274",
    "O": "\u1d0f",
    "P": "\u1d18",
    "R": "\u0280",
    "S": "\ua731",
    "T": "\u1d1b",
    "U": "\u1d1c",
    "V": "\u1d20",
    "W": "\u1d21",
    "Y": "\u028f",
    "Z": "\u1d22",
    "^": "\u02c6\u0302\u1dcd",
    "{": "\u2774\ufe5b",
    "}": "\u2775\ufe5c",
    "~": "\u02dc\u02f7\u0303\u0330\u0334\u223c",
    "  ": "\xa0\u2000\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000\x8d\x9f\x80\x90\x9b",
    "": "\x10\x00\x03\x04\x17\x19\x11\x12\x13\x14\u2060\u200b\u200c\ufeff",
    "       ": "\t",
    "!!": "\u203c",
    " ": "\u2028\u2029\u2001",
    "...": "\u2026",
}
# Full-width punctuation, digits and capitals; the small letters and the backtick stay as they are.
_FULL_WIDTH = {0xFF00 + n: chr(0x20 + n) for n in (*range(0x01, 0x40), *range(0x5B, 0x5F))}
_SMART = {ord(char): plain for plain, chars in _LOOK_ALIKES.items() for char in chars} | _FULL_WIDTH

_ZERO_WIDTH_JOINER = "\u200d"
# Vowel signs that Unicode classes as letters, yet attaches to the letter before.
_THAI_AND_LAO_AM = "\u0e33\u0eb3"


class Segments(msgspec.Struct, frozen=True):
    """What a text costs: `segments` of its `encoding`; `units` are septets or 16-bit units, without any
    header. `character` is the first that GSM-7 does not have, and `because` names it, such as
    `"\u2019" (U+2019 RIGHT SINGLE QUOTATION MARK)`.
    """

    encoding: Literal["GSM-7", "UCS-2"]
    segments: int
    units: int
    because: str | None = None
    character: str | None = None


def count(text: str, *, smart: bool = False) -> Segments:
    """Count the segments of `text`; with `smart`, after look-alike Unicode was replaced as SmartEncoded does.

    The empty text counts as one segment of no units.
    """
    if smart:
        text = text.translate(_SMART)
    if _BASIC.issuperset(text):  # as most texts are
        units = len(text)
        return Segments("GSM-7", 1 if units <= _SINGLE["GSM-7"] else -(-units // _MULTI["GSM-7"]), units)
    forcing = next((char for char in text if char not in _BASIC and char not in _EXTENSION), None)
    if forcing is None:
        costs = [2 if char in _EXTENSION else 1 for char in text]
        units = sum(costs)
        segments = 1 if units <= _SINGLE["GSM-7"] else _pack(costs, _MULTI["GSM-7"])
        return Segments("GSM-7", segments, units)
    units = len(text.encode("utf-16-le", "surrogatepass")) // 2
    segments = 1 if units <= _SINGLE["UCS-2"] else _pack(_ucs2_costs(text), _MULTI["UCS-2"])
    return Segments("UCS-2", segments, units, _named(forcing), forcing)


def _named(char: str) -> str:
    shown = f'"{char}" ' if char.isprintable() and not unicodedata.combining(char) else ""
    return f"{shown}(U+{ord(char):04X} {unicodedata.name(char, 'without a name')})"


def _pack(costs: Iterable[int], limit: int) -> int:
    segments, used = 1, 0
    for cost in costs:
        if used + cost > limit:
            segments, used = segments + 1, 0
        used += cost
    return segments


def _ucs2_costs(text: str) -> Iterator[int]:
    if not any(map(_may_join, set(text))):  # nothing in it is of several characters
        yield from map(_ucs2_units, text)
        return
    for grapheme in _graphemes(text):
        whole = _ucs2_units(grapheme) if len(grapheme) == 1 else sum(map(_ucs2_units, grapheme))
        if whole <= _MULTI["UCS-2"]:
            yield whole
        else:  # no segment holds it, so it is cut after all, by code point
            yield from map(_ucs2_units, grapheme)


def _ucs2_units(char: str) -> int:
    return 2 if ord(char) > 0xFFFF else 1  # noqa: PLR2004 - the last code point of one unit


def _graphemes(text: str) -> Iterator[str]:
    grapheme = ""
    for char in text:
        joins = _may_join(char) or grapheme[-1:] == _ZERO_WIDTH_JOINER
        if grapheme and not (joins and _belongs_to(grapheme, char)):
            yield grapheme
            grapheme = ""
        grapheme += char
    if grapheme:
        yield grapheme


@lru_cache(maxsize=4096)
def _may_join(char: str) -> bool:
    """Whether it belongs to some characters before it; a joiner's apart, of nearly all none does."""
    return _attaches(char) or _is_flag_letter(char) or "\u1100" <= char <= "\u11ff"


def _belongs_to(grapheme: str, char: str) -> bool:
    if _attaches(char):
        return unicodedata.category(grapheme[-1]) != "Cc"
    if grapheme[-1] == _ZERO_WIDTH_JOINER:
        return _is_pictograph(char) and _is_pictograph(grapheme[0])
    if _is_flag_letter(char):
        return len(grapheme) == 1 and _is_flag_letter(grapheme)
    return _continues_hangul(grapheme[-1], char)


def _attaches(char: str) -> bool:
    is_mark = unicodedata.category(char) in {"Mn", "Mc", "Me"}
    is_skin_tone = "\U0001f3fb" <= char <= "\U0001f3ff"
    is_tag = "\U000e0020" <= char <= "\U000e007f"
    return is_mark or is_skin_tone or is_tag or char == _ZERO_WIDTH_JOINER or char in _THAI_AND_LAO_AM


def _is_pictograph(char: str) -> bool:
    return unicodedata.category(char) in {"So", "Sm"} and char > "\xff"


def _is_flag_letter(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _continues_hangul(before: str, char: str) -> bool:
    """Conjoining jamo: leading consonants, vowels and trailing consonants make one syllable, in that order."""
    is_vowel, is_trailing = "\u1160" <= char <= "\u11a7", "\u11a8" <= char <= "\u11ff"
    after_leading = "\u1100" <= before <= "\u115f"
    after_syllable = "\u1160" <= before <= "\u11ff" or "\uac00" <= before <= "\ud7a3"
    return ("\u1100" <= char <= "\u11ff" and after_leading) or ((is_vowel or is_trailing) and after_syllable)
