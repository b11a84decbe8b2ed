"""What a message is sent from, and whether that kind of sender may do this."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any

from destinations import kit
from destinations.kit import Reason, SenderKind
from destinations.twilio_engage.gates import Verdict
from destinations.twilio_engage.settings import TwilioEngageSettings
from mappings import ROOT_DIRECTIVE

WHATSAPP = "whatsapp:"
SANDBOX = f"{WHATSAPP}+14155238886"
"""Twilio's sender for trying WhatsApp, which every account may use and no list has."""

LOOK_AGAIN = timedelta(minutes=15)
"""How often is looked whether a sender that was removed is there again."""

_NUMBER = re.compile(r"(?=.*[0-9])\+?[0-9()\s.\-]+")
_SHORT_CODE = re.compile(r"[0-9]{3,8}")
# A SID has 32 hexadecimal digits, of which practically one is a figure; "MGB" and "MGFACE" are names.
_SERVICE = re.compile(r"MG(?=[a-fA-F]*[0-9])[0-9a-fA-F]+")
_ALPHANUMERIC = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 _&+\-]{1,11}")
_NO_ALPHANUMERIC = frozenset({"US", "CA", "PR"})


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


@lru_cache(maxsize=1024)
def sms_sender(address: str, country: str | None) -> Sender:
    """The sender of an SMS or MMS. A number goes out in E.164 where it can be read, everything else as it is."""
    address = address.strip()
    kind = _kind(address)
    # A short code has the look of a national number somewhere.
    number = kit.e164(address, country) if kind is SenderKind.PHONE_NUMBER else None
    return Sender(number or address, kind, number)


@lru_cache(maxsize=1024)
def whatsapp_sender(address: str, country: str | None) -> Sender:
    """The sender of a WhatsApp message: a number gets the prefix that Twilio asks for, where it has none."""
    bare = address.strip().removeprefix(WHATSAPP).strip()
    kind = _kind(bare)
    if kind is SenderKind.MESSAGING_SERVICE:
        return Sender(bare, kind)
    if kind is not SenderKind.PHONE_NUMBER:
        return Sender(f"{WHATSAPP}{bare}", kind)
    number = kit.e164(bare, country)
    return Sender(f"{WHATSAPP}{number or bare}", SenderKind.WHATSAPP_SENDER, number)


def named_by_sms(fields: Mapping[str, Any], settings: TwilioEngageSettings) -> kit.NamedSender | None:
    """The sender that a mapping of an SMS names as it stands; None where each event says."""
    named = _named(fields, settings)
    return None if named is None else _as_named(sms_sender(named, settings.default_country))


def named_by_whatsapp(fields: Mapping[str, Any], settings: TwilioEngageSettings) -> kit.NamedSender | None:
    """The same of a WhatsApp message."""
    named = _named(fields, settings)
    return None if named is None else _as_named(whatsapp_sender(named, settings.default_country))


def _as_named(sender: Sender) -> kit.NamedSender | None:
    return None if sender.address == SANDBOX else kit.NamedSender(sender.address, sender.kind)


def _named(fields: Mapping[str, Any], settings: TwilioEngageSettings) -> str | None:
    given = fields.get("from")
    named = settings.default_sender if given in (None, "") and ROOT_DIRECTIVE not in fields else given
    return named if isinstance(named, str) and named.strip() else None


def is_name(address: str) -> bool:
    """Whether it has the form of an alphanumeric sender."""
    return _ALPHANUMERIC.fullmatch(address) is not None


async def known(sender: Sender, context: kit.Context[TwilioEngageSettings]) -> kit.Hold | kit.Suppress | None:
    """Nothing is sent from what the account is known not to have; what it had once is waited for. A name needs no entry anywhere, and
    the sandbox has none.
    """
    if sender.kind is SenderKind.ALPHANUMERIC or sender.address == SANDBOX:
        return None
    state = await context.facts.senders.state(sender.address, sender.kind)
    if state is None:
        detail = f"The account has no sender {sender.address}: its lists do not name it."
        context.trace.stopped("sender", Reason.SENDER_NOT_ALLOWED, detail)
        return kit.Suppress(Reason.SENDER_NOT_ALLOWED, detail, _another(sender, context))
    if state is not kit.SenderState.REMOVED:
        return None
    detail = f"The account has no sender {sender.address} any more."
    context.trace.stopped("sender", Reason.SENDER_REMOVED, detail)
    looks_at, remedy = context.now + LOOK_AGAIN, _swapped(sender, context)
    return kit.Hold(looks_at, Reason.SENDER_REMOVED, detail, remedy, sender=sender.address)


def _another(sender: Sender, context: kit.Context[TwilioEngageSettings]) -> str:
    change = kit.mapping_fields(context.about.mapping_id, {"from": "<a sender of the account>"})
    return (
        f"Name a sender that the account has: {change}. If it has {sender.address} since a short while ago, run "
        f"{kit.destination_call('senderSync', context.about.destination_id, 'job { status }')}, then replay this delivery."
    )


def _swapped(sender: Sender, context: kit.Context[TwilioEngageSettings]) -> str:
    given = f'from: {json.dumps(sender.address)}, to: "<a sender of the account>"'
    swap = kit.destination_call("senderSwap", context.about.destination_id, "destination { id }", given)
    return f"Give the account this sender back, or let others take its place: run {swap}. What waits then goes on by itself."


_NO_NAME = Verdict("A number, a short code or a Messaging Service.")


def sms_sender_gate(sender: Sender, recipient: str, *, trial: bool | kit.Unknown) -> Verdict:
    """Whether this kind of sender may text that number: a name may not in the US and Canada, nor from a trial account."""
    if sender.kind is not SenderKind.ALPHANUMERIC:
        return _NO_NAME
    if not is_name(sender.address):
        detail = (
            f'"{sender.address}" is neither a number nor a name that can send: at most 11 letters, digits and spaces, '
            "not digits alone (Twilio error 21709)."
        )
        return Verdict(detail, Reason.SENDER_NOT_ALLOWED)
    country = kit.country_of(recipient)
    if country in _NO_ALPHANUMERIC:
        return Verdict(f"An alphanumeric sender can't text a number in {country}.", Reason.SENDER_NOT_ALLOWED)
    if trial is True:
        return Verdict("A trial account can't send from an alphanumeric sender.", Reason.SENDER_NOT_ALLOWED)
    return Verdict("An alphanumeric sender, which this country takes; nobody can answer it.")


def whatsapp_sender_gate(sender: Sender, *, free_form: bool) -> Verdict:
    """Whether it can send on WhatsApp. Free text needs a number, since the 24 hours are those of one number."""
    if sender.kind is SenderKind.MESSAGING_SERVICE and free_form:
        detail = "A free-form body needs a number as its sender: the 24-hour window belongs to it, not to a Messaging Service."
        return Verdict(detail, Reason.SENDER_NOT_ALLOWED)
    if sender.kind is not SenderKind.MESSAGING_SERVICE and sender.number is None:
        return Verdict(f'"{sender.address}" is no sender of WhatsApp.', Reason.SENDER_NOT_ALLOWED)
    return Verdict(
        "A WhatsApp number." if sender.kind is SenderKind.WHATSAPP_SENDER else "A Messaging Service."
    )


def _kind(address: str) -> SenderKind:
    if _SERVICE.fullmatch(address):
        return SenderKind.MESSAGING_SERVICE
    if _SHORT_CODE.fullmatch(address):
        return SenderKind.SHORT_CODE
    return SenderKind.PHONE_NUMBER if _NUMBER.fullmatch(address) else SenderKind.ALPHANUMERIC
