"""Where the stand-in for Twilio shows what a phone got, as its page reads it: behind the `#` stands whose phone."""

from urllib.parse import quote

from destinations.kit import Channel
from destinations.twilio_engage import hosts
from destinations.twilio_engage.senders import WHATSAPP
from destinations.twilio_engage.settings import TwilioEngageSettings


def phone_page(
    settings: TwilioEngageSettings, allowed_hosts: frozenset[str], number: str | None, channel: Channel | None
) -> str | None:
    """The page of that number's phone, or of all; None where the account is not at a stand-in on this machine."""
    place = hosts.stand_in(settings, allowed_hosts)
    if place is None:
        return None
    if number is None:
        return f"{place}/"
    address = f"{WHATSAPP}{number}" if channel is Channel.WHATSAPP else number
    return f"{place}/#{quote(address, safe='')}"
