"""What a destination's owner decided for all of its messages, as far as a plan may know of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import phonenumbers

from destinations.kit.enums import InboundSourceEvent, MmsFallback, SenderKind, UncertainPolicy
from destinations.kit.phones import e164

COUNTRIES = frozenset(phonenumbers.SUPPORTED_REGIONS)
"""The countries (ISO 3166, two letters) that have numbers of their own."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The defaults are what holds where no owner decided anything, outside of a gateway: nothing is asked of anybody's hours or counts. What a
    destination begins with is `new_policy`. All fields are stored with it, so that it keeps what it had when that changes; a migration that
    adds a field fills it in for those that are there.

    `mms_fallback`: what media do where there is no MMS. `require_dlt_for_india`: an SMS to India needs the id of a
    DLT registration on the destination. `messages_per_second`: how fast it sends, by `pace_key`; what is not there has the default of
    its kind. `uncertain`: what becomes of a message of which nobody knows whether it was created, once it is proven absent.
    `test_numbers` (E.164) may be sent to by a mapping's `toNumber`. `allowed_countries` (ISO 3166) are all that it sends to;
    empty: any. `retry_undelivered`: sent once more where the first may have arrived. `inbound_source_id`: the source of whose events
    people's replies become some; None: nothing becomes one. `inbound_source_events`: what does; only replies where nothing is said.
    `stop_confirmation`: what a person is told who stopped by a word that the provider does not answer; None: nothing.
    `opt_out_words`: a person's first marketing text says how to opt out, and one every 30 days, where the country asks for it.
    From `quiet_hours_start` until `quiet_hours_end` (HH:MM, where the person is) no marketing goes out; equal: at any hour.
    `daily_message_limit`: how many texts it sends on a day; `per_recipient_daily_limit`: how many of those to one number, and
    `per_recipient_weekly_limit`: how many of one purpose in a week; 0 or None: any number. Days and weeks are those of `time_zone` (IANA).
    `double_opt_in`: a yes that an event says counts once the person confirmed it, as the text of the mapping `confirmation_mapping_id` asks them
    to; that mapping sends nothing else.
    """

    mms_fallback: MmsFallback = MmsFallback.LINK
    require_dlt_for_india: bool = False
    messages_per_second: Mapping[str, float] = field(default_factory=dict)
    uncertain: UncertainPolicy = UncertainPolicy.RESEND_WHEN_ABSENT
    test_numbers: frozenset[str] = frozenset()
    allowed_countries: frozenset[str] = frozenset()
    retry_undelivered: bool = False
    inbound_source_id: str | None = None
    stop_confirmation: str | None = None
    inbound_source_events: frozenset[InboundSourceEvent] = frozenset({InboundSourceEvent.MESSAGE_RECEIVED})
    opt_out_words: bool = False
    quiet_hours_start: str = "00:00"
    quiet_hours_end: str = "00:00"
    daily_message_limit: int = 0
    per_recipient_daily_limit: int = 0
    per_recipient_weekly_limit: int | None = None
    time_zone: str = "UTC"
    double_opt_in: bool = False
    confirmation_mapping_id: str | None = None


_NEW = Policy(
    opt_out_words=True,
    quiet_hours_start="21:00",
    quiet_hours_end="08:00",
    daily_message_limit=1_000,
    per_recipient_daily_limit=10,
)


def new_policy(country: str | None) -> Policy:
    """What a destination begins with whose owner says nothing else: it sends to its default country, and to any where it has none."""
    return _NEW if country is None else replace(_NEW, allowed_countries=frozenset({country}))


PACES: Mapping[SenderKind, float] = {
    SenderKind.PHONE_NUMBER: 1,
    SenderKind.SHORT_CODE: 100,
    SenderKind.ALPHANUMERIC: 10,
    SenderKind.MESSAGING_SERVICE: 10,
    SenderKind.WHATSAPP_SENDER: 80,
}
"""Segments a second of each kind, where a policy says nothing of it."""

TOLL_FREE_PACE = 3.0
"""The same of a toll-free number of the US or Canada."""


def pace(policy: Policy, sender: str, kind: SenderKind) -> float:
    """How many segments a second a sender sends at most: by the policy's word on it, or on its kind, or else by default."""
    said = policy.messages_per_second
    found = said.get(sender, said.get(kind))
    if found is not None:
        return found
    if kind is SenderKind.PHONE_NUMBER and _TOLL_FREE.match(sender):
        return TOLL_FREE_PACE
    return PACES[kind]


def pace_key(text: str) -> str | None:
    """Whose pace is meant: a SenderKind, or one sender as plans name it, its number in E.164. None where it can be neither; so is
    a kind that is spelt in another way, or a word that somebody may take for a kind: it would be kept as a name that never sends.
    """
    written = text.strip()
    if written in SenderKind.__members__:
        return written
    if _is_like_a_kind(written):
        return None
    channel, colon, address = written.rpartition(":")
    if _NUMBER.fullmatch(address) is None:
        return written if _NAME.fullmatch(written) else None
    if _SHORT_CODE.fullmatch(address):
        return address if not colon else None
    number = e164(address, None)
    known = number is not None and _CHANNEL.fullmatch(channel)
    return f"{channel}{colon}{number}" if known else None


def _is_like_a_kind(written: str) -> bool:
    bare = _bare(written)
    return bare in _KINDS or bool(
        _WORDS.fullmatch(written) and (bare in _WORDS_OF_KINDS or _CAPITALS.fullmatch(written))
    )


def _bare(text: str) -> str:
    return re.sub(r"[^a-z]", "", text.lower())


_KINDS = frozenset(map(_bare, SenderKind))
_WORDS_OF_KINDS = frozenset(
    [
        "unknown",
        "default",
        "other",
        "others",
        "any",
        "all",
        "none",
        "null",
        "sender",
        "kind",
        "number",
        "service",
        "sms",
        "mms",
        "whatsapp",
        "rcs",
        "phone",
        "mobile",
        "landline",
        "longcode",
        "tollfree",
        "alpha",
    ]
)
"""What somebody may take for a kind."""

_CHANNEL = re.compile(r"[a-z]*")
_NUMBER = re.compile(r"\+?[0-9() .\-]+")
_SHORT_CODE = re.compile(r"[0-9]{3,8}")
_TOLL_FREE = re.compile(r"\+1(800|833|844|855|866|877|888)[0-9]{7}$")
_NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 _&+\-]{1,64}")
_WORDS = re.compile(r"[A-Za-z _-]+")
_CAPITALS = re.compile(r"[A-Z]+(?:_[A-Z]+)+")
