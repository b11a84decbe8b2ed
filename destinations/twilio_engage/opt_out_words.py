"""How a person is told to opt out: words at the end of their first marketing text, and again every 30 days, where the country asks for it.

Which countries do, with the source, and the words of each language are in `opt_out_words.json`. They are left out:

| where | why |
| --- | --- |
| the text says how to opt out already | it is said |
| of a content template | its account wrote it whole |
| from an alphanumeric sender | nobody can reply to one |
| nobody knows what the person was told | outside of a gateway |
"""

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from importlib.resources import files
from typing import Any

from destinations import kit
from destinations.twilio_engage.senders import Sender

AGAIN = timedelta(days=30)
"""How long a person is not told again."""

ENGLISH = "en"

_DATA: Mapping[str, Any] = json.loads(
    files(__package__).joinpath("opt_out_words.json").read_text(encoding="utf-8")
)
COUNTRIES: frozenset[str] = frozenset(_DATA["countries"])
WORDS: Mapping[str, str] = _DATA["words"]

_SAYS_SO = re.compile(
    r"\b(?:STOP|ARRET|ARRÊT|UNSUBSCRIBE)\b|\b(?i:reply|text|send|respond|répondez|responda|responde|antworten)\b[^.!?\n]{0,20}\b(?i:stop|end|quit|arr[eê]t)\b"
)
"""A text that says how to opt out: the word in capitals, as it is to be replied, or whoever reads is asked to send it."""


async def due(
    body: str | None,
    sender: Sender,
    number: str,
    traits: Mapping[str, Any],
    context: kit.Context[Any],
    *,
    is_template: bool,
) -> str | None:
    """The words that are to follow the body of a text to that number (E.164); None: none are. What was looked at is in the trace."""
    if not context.policy.opt_out_words or context.purpose is not kit.Purpose.MARKETING:
        return None
    if (
        is_template
        or sender.kind is kit.SenderKind.ALPHANUMERIC
        or kit.country_of(number) not in COUNTRIES
        or says_so(body or "")
    ):
        return None
    told = await context.facts.notices.last_told(number)
    if told is kit.UNKNOWN:
        return None
    if told is not None and context.now - told < AGAIN:
        context.trace.passed("opt_out_words", f"told how to opt out on {told:%Y-%m-%d}")
        return None
    words = WORDS[language_of(traits)]
    context.trace.passed(
        "opt_out_words", f"added, as in every first marketing text and after {AGAIN.days} days: {words}"
    )
    return words


def says_so(body: str) -> bool:
    """Whether a text says how to opt out."""
    return _SAYS_SO.search(body) is not None


def language_of(traits: Mapping[str, Any]) -> str:
    """The language that somebody is told in, by their trait `language` or `locale` (`fr`, `fr-CA`); English for any other."""
    for name in ("language", "locale"):
        said = traits.get(name)
        language = re.split(r"[-_]", said.strip().lower())[0] if isinstance(said, str) else ""
        if language in WORDS:
            return language
    return ENGLISH
