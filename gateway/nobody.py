"""Ids that are nobody's: what programs write where they know no id. Two people who both came with one are still two.

A rule that says "the same id is the same person" must not be told that everybody who is "undefined" is one person.
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

_MIXPANEL = "Mixpanel refuses them as distinct ids: docs.mixpanel.com/docs/tracking-methods/id-management"
_POSTHOG = "PostHog refuses them as distinct ids: posthog.com/docs/product-analytics/identify"
_JAVASCRIPT = (
    "JavaScript's String() of what is no text: ECMA-262, Number::toString and Object.prototype.toString"
)
_PYTHON = "Python's str() of what is no text"
_GO = "Go's fmt of what is no text: pkg.go.dev/fmt"
_SWIFT = "Swift's description of an optional that holds nothing"
_FILTERS = "what takes the place of data that a filter took out: Sentry's [Filtered], Rails' [FILTERED]"
_ANALYTICS = (
    "Google Analytics writes it where a value is missing: support.google.com/analytics/answer/2820717"
)
_FORMS = "what people and forms write where there is nothing"
_KEYS = "the name of the field, in place of what it should hold"

WORDS: Mapping[str, str] = {
    "undefined": _JAVASCRIPT,
    "null": _JAVASCRIPT,
    "nan": _JAVASCRIPT,
    "infinity": _JAVASCRIPT,
    "true": _JAVASCRIPT,
    "false": _JAVASCRIPT,
    "object object": _JAVASCRIPT,
    "object undefined": _JAVASCRIPT,
    "object null": _JAVASCRIPT,
    "object promise": _JAVASCRIPT,
    "object array": _JAVASCRIPT,
    "object function": _JAVASCRIPT,
    "undefined undefined": _JAVASCRIPT,
    "null null": _JAVASCRIPT,
    "none": _PYTHON,
    "inf": _PYTHON,
    "nil": _GO,
    "no value": _GO,
    "invalid reflect value": _GO,
    "anon": _MIXPANEL,
    "anonymous": _MIXPANEL,
    "unknown": _MIXPANEL,
    "n a": _MIXPANEL,
    "na": _MIXPANEL,
    "lmy47d": _MIXPANEL,
    "guest": _POSTHOG,
    "distinct id": _POSTHOG,
    "distinctid": _POSTHOG,
    "not authenticated": _POSTHOG,
    "id": _POSTHOG,
    "email": _POSTHOG,
    "not set": _ANALYTICS,
    "not provided": _ANALYTICS,
    "not available": _FORMS,
    "not applicable": _FORMS,
    "not defined": _FORMS,
    "not found": _FORMS,
    "not logged in": _FORMS,
    "logged out": _FORMS,
    "unidentified": _FORMS,
    "unauthenticated": _FORMS,
    "unspecified": _FORMS,
    "unset": _FORMS,
    "anonymous user": _FORMS,
    "guest user": _FORMS,
    "unknown user": _FORMS,
    "nobody": _FORMS,
    "no user": _FORMS,
    "no id": _FORMS,
    "no user id": _FORMS,
    "empty": _FORMS,
    "blank": _FORMS,
    "missing": _FORMS,
    "void": _FORMS,
    "visitor": _FORMS,
    "anonymous visitor": _FORMS,
    "tbd": _FORMS,
    "unassigned": _FORMS,
    "redacted": _FILTERS,
    "filtered": _FILTERS,
    "optional nil": _SWIFT,
    "user id": _KEYS,
    "userid": _KEYS,
    "anonymous id": _KEYS,
    "anonymousid": _KEYS,
    "previous id": _KEYS,
    "previousid": _KEYS,
    "group id": _KEYS,
    "groupid": _KEYS,
    "your user id": _KEYS,
    "placeholder": _KEYS,
}
"""Each word, without case, its blanks and signs as single blanks and without outer ones; and who writes it or refuses it.

"test" and "admin" are not here: somebody may go by them.
"""

_UUID_DIGITS = 32
LONGEST = 64
"""No id of nobody is longer than that, so that a long one costs nothing."""

_APART = re.compile(r"[\W_]+")
_UNFILLED = re.compile(r"\{\{.*\}\}|\$\{.*\}|<%.*%>|%%.*%%|#\{.*\}", re.DOTALL)
"""A template's place that was never filled: Liquid and Handlebars, shells and JavaScript, ERB, ad servers, Ruby."""
_NUMBER = re.compile(r"[+-]?0*1?(?:\.0*)?")
_HEX = re.compile(r"(?:urn:uuid:)?[0f-]{4,}", re.IGNORECASE)


@lru_cache(maxsize=4096)  # each id is asked for again at every turn of its text
def is_nobody(text: str) -> bool:
    """Whether an id is nobody's: empty, of blanks and signs alone, one of WORDS, 0 or -1, a UUID of zeros (RFC 9562: nil) or
    of f (max) in any form, or a template's place that was not filled.
    """
    return _is_nobody(text) if len(text) <= LONGEST else not text.strip()


def _is_nobody(text: str) -> bool:
    first = text[:1]
    if first.isalnum() and first.isascii() and text[-1].isascii() and text[-1].isalnum():
        folded = _APART.sub(" ", text.lower()) if not text.isalnum() else text.lower()
        return folded in WORDS or (first in "0fFuU" and _is_empty_number(text))
    bare = unicodedata.normalize("NFKC", text).strip().strip("\ufeff\u200b\u2060'\"`()<>[]{} ")
    return (
        not any(sign.isalnum() or not sign.isascii() for sign in bare)
        or _APART.sub(" ", bare.lower()).strip() in WORDS
        or _UNFILLED.fullmatch(text.strip()) is not None
        or _is_empty_number(bare)
    )


def _is_empty_number(text: str) -> bool:
    if _HEX.fullmatch(text):
        signs = set(text.lower().removeprefix("urn:uuid:")) - {"-"}
        return signs == {"0"} or (signs == {"f"} and len(text.replace("-", "")) >= _UUID_DIGITS)
    return _NUMBER.fullmatch(text) is not None and float(text or 0) in (0.0, -1.0)
