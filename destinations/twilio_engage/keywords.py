"""The words by which a person stops messages and takes them up again (Twilio help centre: opt-out keywords)."""

import unicodedata
from collections.abc import Mapping

from destinations.kit import ConsentStatus

# From Twilio's lists of default keywords, in English and the French of Canada. YES is in older lists only, lifts no block of
# a toll-free number, and answers many a question: it takes up nothing, unless Twilio itself calls it a START.
_STATUSES: Mapping[str, ConsentStatus] = {
    **dict.fromkeys(
        ("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"),
        ConsentStatus.UNSUBSCRIBED,
    ),
    **dict.fromkeys(("ARRET", "ARRETE", "ARRETT"), ConsentStatus.UNSUBSCRIBED),
    **dict.fromkeys(("START", "UNSTOP"), ConsentStatus.SUBSCRIBED),
}
# What Advanced Opt-Out took a message for, by keywords that only the account knows.
_OPT_OUT_TYPES: Mapping[str, ConsentStatus | None] = {
    "STOP": ConsentStatus.UNSUBSCRIBED,
    "START": ConsentStatus.SUBSCRIBED,
    "HELP": None,
}


def meaning(text: str | None, opt_out_type: str | None) -> tuple[ConsentStatus, str] | None:
    """What a message says of consent, and by which word; None where it says nothing.

    Only a message that is nothing but a keyword counts, in any case and with or without accents. What Twilio took it
    for counts before what it says.
    """
    taken_for = (opt_out_type or "").upper()
    if taken_for in _OPT_OUT_TYPES:
        status = _OPT_OUT_TYPES[taken_for]
        return None if status is None else (status, f"Twilio OptOutType {taken_for}")
    keyword = _plain(text or "")
    return (_STATUSES[keyword], f"keyword {keyword}") if keyword in _STATUSES else None


def _plain(text: str) -> str:
    parts = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in parts if not unicodedata.combining(letter)).strip().upper()
