"""What a message is sent from, and whether that kind of sender may do this."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto
from urllib.parse import urlsplit

import phonenumbers

from destinations import kit
from destinations.kit import Reason
from destinations.twilio_engage.gates import Verdict
from destinations.twilio_engage.settings import TwilioEngageSettings

WHATSAPP = "whatsapp:"
LOOK_AGAIN = timedelta(minutes=15)
"""How often is looked whether a sender that was removed is there again."""

_NUMBER = re.compile(r"(?=.*[0-9])\+?[0-9()\s.\-]+")
_SHORT_CODE = re.compile(r"[0-9]{3,8}")
# A SID has 32 hexadecimal digits, of which practically one is a figure; "MGB" and "MGFACE" are names.
_SERVICE = re.compile(r"MG(?=[a-fA-F]*[0-9])[0-9a-fA-F]+")
_ALPHANUMERIC = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 _&+\-]{1,11}")
_NO_ALPHANUMERIC = frozenset({"US", "CA", "PR"})
_MMS_COUNTRIES = frozenset({"US", "CA", "AU"})
_DLT_COUNTRY = "IN"
# What Twilio's page on accepted content types does not list for MMS; error 12300 follows.
_REFUSED_MEDIA = (
    *("avif", "ico", "psd", "svg", "svgz", "webp"),
    *("doc", "docx", "ppt", "pptx", "xls", "xlsx"),
    *("css", "htm", "html", "js", "json", "xml"),
    *("7z", "apk", "exe", "gz", "rar", "tar", "zip"),
)


class SenderKind(Enum):
    """How an address sends."""

    NUMBER = auto()
    SHORT_CODE = auto()
    ALPHANUMERIC = auto()  # a name; nobody can answer it
    SERVICE = auto()  # Twilio picks a sender of the Messaging Service


@dataclass(frozen=True, slots=True)
class Sender:
    """A sender as `from` names it. `number` is in E.164, None where it is no number or is yet to be picked."""

    address: str
    kind: SenderKind
    number: str | None = None

    @property
    def key(self) -> str:
        """The form under which a person's word to it is kept."""
        return kit.sender_key(self.number or self.address)


def sms_sender(address: str, country: str | None) -> Sender:
    """The sender of an SMS or MMS. A number goes out in E.164 where it can be read, everything else as it is."""
    kind = _kind(address)
    # A short code has the look of a national number somewhere.
    number = kit.e164(address, country) if kind is SenderKind.NUMBER else None
    return Sender(number or address, kind, number)


def whatsapp_sender(address: str, country: str | None) -> Sender:
    """The sender of a WhatsApp message: a number gets the prefix that Twilio asks for, where it has none."""
    bare = address.removeprefix(WHATSAPP)
    kind = _kind(bare)
    if kind is SenderKind.SERVICE:
        return Sender(bare, kind)
    number = kit.e164(bare, country) if kind is SenderKind.NUMBER else None
    return Sender(f"{WHATSAPP}{number or bare}", kind, number)


def is_name(address: str) -> bool:
    """Whether it has the form of an alphanumeric sender."""
    return _ALPHANUMERIC.fullmatch(address) is not None


def country_of(number: str) -> str | None:
    """The country (ISO 3166, two letters) of a number in E.164."""
    parsed = phonenumbers.parse(number)
    return phonenumbers.region_code_for_number(parsed) or phonenumbers.region_code_for_country_code(
        parsed.country_code or 0
    )


async def removed(sender: Sender, context: kit.Context[TwilioEngageSettings]) -> kit.Hold | None:
    """Wait for a sender that the account is known to have no more; a name needs no entry anywhere."""
    if sender.kind is SenderKind.ALPHANUMERIC or await context.facts.senders.has(sender.address) is not False:
        return None
    detail = f"The account has no sender {sender.address} any more."
    context.trace.stopped("sender", Reason.SENDER_REMOVED, detail)
    remedy = 'Set "from" in the mapping to a sender that the account has, or give it this one back; what waits then goes on.'
    return kit.Hold(context.now + LOOK_AGAIN, Reason.SENDER_REMOVED, detail, remedy)


def sms_sender_gate(sender: Sender, recipient: str, *, trial: bool | kit.Unknown) -> Verdict:
    """Whether this kind of sender may text that number: a name may not in the US and Canada, nor from a trial account."""
    if sender.kind is not SenderKind.ALPHANUMERIC:
        return Verdict("A number, a short code or a Messaging Service.")
    if not is_name(sender.address):
        detail = (
            f'"{sender.address}" is neither a number nor a name that can send: at most 11 letters, digits and spaces, '
            "not digits alone (Twilio error 21709)."
        )
        return Verdict(detail, Reason.SENDER_NOT_ALLOWED)
    country = country_of(recipient)
    if country in _NO_ALPHANUMERIC:
        return Verdict(f"An alphanumeric sender can't text a number in {country}.", Reason.SENDER_NOT_ALLOWED)
    if trial is True:
        return Verdict("A trial account can't send from an alphanumeric sender.", Reason.SENDER_NOT_ALLOWED)
    return Verdict("An alphanumeric sender, which this country takes; nobody can answer it.")


def whatsapp_sender_gate(sender: Sender, *, free_form: bool) -> Verdict:
    """Whether it can send on WhatsApp. Free text needs a number, since the 24 hours are those of one number."""
    if sender.kind is SenderKind.SERVICE and free_form:
        detail = "A free-form body needs a number as its sender: the 24-hour window belongs to it, not to a Messaging Service."
        return Verdict(detail, Reason.SENDER_NOT_ALLOWED)
    if sender.kind is not SenderKind.SERVICE and sender.number is None:
        return Verdict(f'"{sender.address}" is no sender of WhatsApp.', Reason.SENDER_NOT_ALLOWED)
    return Verdict("A WhatsApp number." if sender.kind is SenderKind.NUMBER else "A Messaging Service.")


def country_gate(
    recipient: str, allowed: frozenset[str] | None, *, media: Sequence[str], dlt: str | None
) -> Verdict:
    """Whether an SMS or MMS may go to that number's country, with these media.

    `allowed` are the countries the destination is limited to, None for any. Media go to the US, Canada and Australia
    alone; an SMS to India needs the id of a DLT registration on the destination.
    """
    country = country_of(recipient)
    limited = _limited(country, allowed)
    if limited is not None:
        return limited
    if media and country not in _MMS_COUNTRIES:
        detail = f"MMS reaches the US, Canada and Australia alone, and this number is in {country or 'no country'}."
        return Verdict(detail, Reason.MMS_COUNTRY)
    for url in media:
        extension = _extension(url)
        if extension in _REFUSED_MEDIA:
            return Verdict(f"Twilio takes no .{extension} file in an MMS (error 12300).", Reason.MEDIA_TYPE)
    if country == _DLT_COUNTRY and not dlt:
        return Verdict("An SMS to India needs a DLT registration.", Reason.DLT_REQUIRED)
    return Verdict(f"{country or 'No country'}, which may be sent to.")


def whatsapp_country_gate(recipient: str, allowed: frozenset[str] | None) -> Verdict:
    """Whether a WhatsApp message may go to that number's country."""
    country = country_of(recipient)
    return _limited(country, allowed) or Verdict(f"{country or 'No country'}, which may be sent to.")


def _limited(country: str | None, allowed: frozenset[str] | None) -> Verdict | None:
    if allowed is None or country in allowed:
        return None
    said = f"The destination sends to {', '.join(sorted(allowed))} alone, and this number is in {country or 'no country'}."
    return Verdict(said, Reason.COUNTRY_NOT_ALLOWED)


def _kind(address: str) -> SenderKind:
    if _SERVICE.fullmatch(address):
        return SenderKind.SERVICE
    if _SHORT_CODE.fullmatch(address):
        return SenderKind.SHORT_CODE
    return SenderKind.NUMBER if _NUMBER.fullmatch(address) else SenderKind.ALPHANUMERIC


def _extension(url: str) -> str:
    try:
        name = urlsplit(url).path.rpartition("/")[2]
    except ValueError:
        return ""
    return name.rpartition(".")[2].lower() if "." in name else ""
