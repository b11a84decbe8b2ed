"""What is wrong with a sender as somebody wrote it, in words: in a mapping, and in the settings."""

import re
from typing import Final

from destinations.kit import SenderKind
from destinations.twilio_engage.senders import WHATSAPP, is_name, sms_sender, whatsapp_sender

SERVICE: Final = re.compile(r"MG[0-9a-fA-F]{32}")

_LONGEST_SHOWN = 60


def default_problem(address: str, country: str | None) -> str | None:
    """What is wrong with a sender that may be of an SMS or, where it says so, of a WhatsApp message."""
    problem = whatsapp_problem if address.strip().startswith(WHATSAPP) else sms_problem
    return problem(address.strip(), country)


def sms_problem(address: str, country: str | None) -> str | None:
    """What is wrong with the sender of an SMS as somebody wrote it; None where it can be one."""
    if ":" in address:
        return f'"{short(address)}" sends no SMS: leave out what stands before the colon.'
    sender = sms_sender(address, country)
    if sender.kind is SenderKind.MESSAGING_SERVICE:
        return _service_problem(address)
    if sender.kind is SenderKind.PHONE_NUMBER and sender.number is None:
        return f'"{short(address)}" is no phone number: {how_written(country)}.'
    if sender.kind is SenderKind.ALPHANUMERIC and not is_name(address):
        return (
            f'"{short(address)}" is neither a number nor a name that can send: a name has at most 11 letters from A to Z, '
            "digits and spaces, and not digits alone (Twilio error 21709); the SID of a Messaging Service is MG and 32 "
            "hexadecimal digits."
        )
    return None


def whatsapp_problem(address: str, country: str | None) -> str | None:
    """The same of the sender of a WhatsApp message."""
    sender = whatsapp_sender(address, country)
    if sender.kind is SenderKind.MESSAGING_SERVICE:
        return _service_problem(sender.address)
    if sender.number is None:
        return f'"{short(address)}" is no sender of WhatsApp: name a number that is one, or a service.'
    return None


def _service_problem(address: str) -> str | None:
    if SERVICE.fullmatch(address):
        return None
    return f'"{short(address)}" is no SID of a Messaging Service: it is MG and 32 hexadecimal digits, not {len(address) - 2}.'


def how_written(country: str | None) -> str:
    """How a number is written so that it can be read."""
    said = "write it with + and its country code, such as +12025550100"
    return said if country is None else f"{said}, or as it is dialled in {country}"


def short(text: str) -> str:
    """The text, as much of it as is shown."""
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
