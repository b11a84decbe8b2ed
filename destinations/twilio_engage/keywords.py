"""The words by which a person stops messages, takes them up again, and says yes.

They are data, `keywords.json`, each with its source:
  stops    a message of nothing but these and fillers is a stop
  doubts   what may be said with a stop in mind: somebody has to look
  signs    the same of emoji, where no word stands beside them
  starts   only a message that is nothing but one of these takes messages up again
  yeses    a message of nothing but one of these says yes to what it answers; each with its language
  fillers  words of courtesy, of wishing, and of what is to stop and for whom; `kinds` are written out in {braces}
"""

import itertools
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from destinations.kit import ConsentStatus

_DATA: Mapping[str, Any] = json.loads(files(__package__).joinpath("keywords.json").read_text("utf-8"))
# What Advanced Opt-Out took a message for, by keywords that only the account knows.
_OPT_OUT_TYPES: Mapping[str, ConsentStatus | None] = {
    "STOP": ConsentStatus.UNSUBSCRIBED,
    "START": ConsentStatus.SUBSCRIBED,
    "HELP": None,
}


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a message says of consent: `status` None says nothing.

    `keyword` is the word that says it, `evidence` the same for the ledger. `needs_review`: a person has to look, since a word
    of stopping stands in it and it may mean something else.
    """

    status: ConsentStatus | None = None
    keyword: str | None = None
    evidence: str | None = None
    needs_review: bool = False


def meaning(said: Sequence[str], opt_out_type: str | None, pressed: Sequence[str] = ()) -> Meaning:
    """What a message says of consent.

    `said` are its texts: what was written, and what a button shows. `pressed` are the ids of a button, which nobody sees: they
    can stop, and start nothing. What Twilio took the message for counts before what it says. One text that is a stop is
    enough, and a start is one only where no other text speaks of stopping.
    """
    taken_for = (opt_out_type or "").strip().upper()
    status = _OPT_OUT_TYPES.get(taken_for)
    if status is not None:
        return Meaning(status, taken_for, f"Twilio OptOutType {taken_for}")
    read = [_read(text) for text in (*said, *pressed)]
    doubt = any(one.stop is not None or one.doubt for one in read)
    if taken_for in _OPT_OUT_TYPES:
        return Meaning(needs_review=doubt)
    stop = next((one.stop for one in read if one.stop is not None), None)
    if stop is not None:
        return Meaning(ConsentStatus.UNSUBSCRIBED, stop, f"keyword {stop}")
    start = next((word for word in map(_start, said) if word is not None), None)
    if start is not None and not doubt:
        return Meaning(ConsentStatus.SUBSCRIBED, start, f"keyword {start}")
    return Meaning(needs_review=doubt)


@dataclass(frozen=True, slots=True)
class _Read:
    """The word by which a text stops, and whether it only may."""

    stop: str | None = None
    doubt: bool = False


def _read(text: str) -> _Read:
    folded = _fold(text)
    words = _words(folded)
    if not words:
        return _Read(doubt=any(sign in text for sign in _SIGNS))
    for spelling in _spellings(words):
        if (stop := _stop(spelling)) is not None:
            return _Read(stop)
    return _Read(doubt=any(_speaks_of_stopping(spelling) for spelling in _spellings(words)))


def yes(said: Sequence[str], pressed: Sequence[str] = ()) -> str | None:
    """The word of a yes that a message is: each of its texts is one, whatever marks are around it, and nothing pressed may be a stop."""
    if any(one.stop is not None or one.doubt for one in map(_read, (*said, *pressed))):
        return None
    folded = [_words(_fold(text)) for text in said]
    return " ".join(folded[0]) if folded and all(words in _YESES for words in folded) else None


# A START lifts a stop: nothing is read into it beyond case, width, blanks, and the marks of a sentence or a quotation.
_AROUND_A_START = " \t\r\n.!\"'“”‘’«»„\u200b\u200e\u200f\u2060\ufeff"


def _start(text: str) -> str | None:
    word = unicodedata.normalize("NFKC", text).strip(_AROUND_A_START).upper()
    return word if word in _DATA["starts"] else None


def _stop(words: tuple[str, ...]) -> str | None:
    """The first stop in a text that holds nothing but stops and fillers; None for any other.

    Every way of cutting the words is tried, from the left: `reached` holds, of each place that can be come to, the stop that
    was met on the way.
    """
    reached: dict[int, str | None] = {0: None}
    for place in range(len(words)):
        if place not in reached:
            continue
        for length in range(1, min(_LONGEST, len(words) - place) + 1):
            part = words[place : place + length]
            met = reached[place] or _STOPS.get(part)
            if (part in _STOPS or part in _FILLERS) and reached.get(place + length) is None:
                reached[place + length] = met
    return reached.get(len(words))


def _speaks_of_stopping(words: tuple[str, ...]) -> bool:
    """Whether a word of stopping, or of doubt, stands in the text as a word; or anywhere, in scripts that part no words."""
    parts = (
        words[place : place + length]
        for place in range(len(words))
        for length in range(1, min(_LONGEST, len(words) - place) + 1)
    )
    return any(part in _STOPS or part in _DOUBTS for part in parts) or any(
        stop in word for word in words for stop in _UNPARTED
    )


def _spellings(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """The words as they are; with letters that were held down ("stoppp"); in Latin letters, where they hold others that look
    the same; and, short as they are, as one ("S T O P").
    """
    yield tuple(words)
    for once in (r"\1", r"\1\1"):
        yield tuple(_HELD_DOWN.sub(once, word) for word in words)
    if (alike := tuple(word.translate(_LOOK_ALIKES) for word in words)) != tuple(words):
        yield alike
    if len(words) > 1:
        yield ("".join(words),)
        yield from _rejoined(words)


def _rejoined(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """With what stands letter by letter put together: "s t o p please"."""
    runs = [
        ["".join(group)] if single else list(group)
        for single, group in itertools.groupby(words, key=lambda word: len(word) == 1)
    ]
    yield tuple(itertools.chain.from_iterable(runs))


# Cyrillic and Greek capitals that are drawn as a Latin one (Unicode Technical Standard 39, confusables).
_LOOK_ALIKES = str.maketrans("АВЕЅІЈКМНОРСТУХΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABESIJKMHOPCTYXABEZHIKMNOPTYX")
_HELD_DOWN = re.compile(r"(.)\1{2,}")
_APOSTROPHES = re.compile("(?<=\\w)['’‘ʼ`´＇](?=\\w)")
_ENCLOSED = re.compile(
    r"(?:NEGATIVE (?:CIRCLED|SQUARED) LATIN CAPITAL LETTER|REGIONAL INDICATOR SYMBOL LETTER) ([A-Z])"
)
# Combining marks, what has no width, and what is not assigned: none of it parts a word. (Categories of Unicode.)
_DROPPED = frozenset({"Mn", "Mc", "Me", "Cf", "Cn", "Co", "Cs"})


def _fold(text: str) -> str:
    """The text in capitals without accents and without what nobody sees; letters in boxes and circles become letters."""
    plain = "".join(_letter(one) for one in unicodedata.normalize("NFKD", text))
    cased = unicodedata.normalize("NFKD", _APOSTROPHES.sub("", plain).casefold())
    kept = "".join(one for one in cased if unicodedata.category(one) not in _DROPPED)
    return kept.replace("ı", "i").upper()


def _letter(one: str) -> str:
    if one.isascii():
        return one
    if unicodedata.category(one) == "Cf":
        return ""
    found = _ENCLOSED.fullmatch(unicodedata.name(one, ""))
    return found[1] if found else one


def _words(folded: str) -> tuple[str, ...]:
    """Runs of letters and digits: quotes, punctuation, emoji and blanks part them."""
    return tuple("".join(one if one.isalnum() else " " for one in folded).split())


def _phrases(lines: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """The words of each line, once for every way of writing out its {kinds}."""
    for line in lines:
        pieces = (_DATA["kinds"].get(name, (name,)) for name in re.split(r"[{}]", line))
        for chosen in itertools.product(*pieces):
            yield _words(_fold("".join(chosen)))


_STOPS: Mapping[tuple[str, ...], str] = {words: " ".join(words) for words in _phrases(_DATA["stops"])}
_DOUBTS = frozenset(_phrases(_DATA["doubts"]))
_YESES = frozenset(_phrases(_DATA["yeses"]))
_FILLERS = frozenset(_phrases(itertools.chain.from_iterable(_DATA["fillers"].values())))
_SIGNS: frozenset[str] = frozenset(_DATA["signs"])
_LONGEST = max(map(len, itertools.chain(_STOPS, _DOUBTS, _FILLERS)))
# Chinese, Japanese and Korean write (or may write) a sentence without a blank.
_UNPARTED = frozenset(
    words[0]
    for words in _STOPS
    if any(
        unicodedata.name(one, "").startswith(("CJK", "HANGUL", "KATAKANA", "HIRAGANA")) for one in words[0]
    )
)
