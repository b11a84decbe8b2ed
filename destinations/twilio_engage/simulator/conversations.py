"""What a sender remembers of a person: when they last wrote on WhatsApp, and whether they said STOP to its texts."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from destinations import kit
from destinations.twilio_engage.simulator.accounts import Account
from destinations.twilio_engage.simulator.addresses import Address
from destinations.twilio_engage.simulator.senders import Sender

WINDOW = timedelta(hours=24)

# What Twilio takes for a stop or a start on a long code; a message that is nothing but the word.
_KEYWORDS: Mapping[str, str] = {
    **dict.fromkeys(
        ("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"),
        "STOP",
    ),
    **dict.fromkeys(("START", "UNSTOP", "YES"), "START"),
}
# Toll-free numbers are stopped by the network, which knows these only.
_TOLL_FREE_KEYWORDS: Mapping[str, str] = {"STOP": "STOP", "START": "START", "UNSTOP": "START"}
_TOLL_FREE = tuple(f"+1{code}" for code in (800, 833, 844, 855, 866, 877, 888))


class Conversations:
    """Windows by sender and person; stops by sender, or by service for every sender in its pool."""

    def __init__(self) -> None:
        self._heard: dict[tuple[str, str], datetime] = {}
        self._stops: set[tuple[str, str, str]] = set()

    def hear(
        self,
        account: Account,
        sender: Address,
        person: Address,
        said: str,
        *,
        opt_out_type: str | None,
        now: datetime,
    ) -> None:
        """Note what a person wrote. `opt_out_type`: what Advanced Opt-Out took it for, whatever was `said`.

        A stop is only ever one of texts: on WhatsApp, STOP is a message like any other.
        """
        if sender.channel != "sms":
            self._heard[_pair(sender.text, person)] = now
            return
        scope = _scope(account, sender.text, person)
        match opt_out_type or _keyword(sender, said):
            case "STOP":
                self._stops.add(scope)
            case "START":
                self._stops.discard(scope)

    def is_open(self, sender: str, person: Address, now: datetime) -> bool:
        """Whether the person wrote to that sender within the last 24 hours."""
        heard = self._heard.get(_pair(sender, person))
        return heard is not None and now - heard < WINDOW

    def has_stopped(self, account: Account, sender: Sender, person: Address) -> bool:
        if person.channel != "sms":
            return False
        address = sender.settle(person)
        return address is not None and _scope(account, address, person) in self._stops

    def clear(self) -> None:
        self._heard.clear()
        self._stops.clear()


def _pair(sender: str, person: Address) -> tuple[str, str]:
    return sender, kit.canonical(person.number)


def _scope(account: Account, sender: str, person: Address) -> tuple[str, str, str]:
    service = account.service_of(sender)
    return account.sid, service.sid if service else sender, person.number


def _keyword(sender: Address, said: str) -> str | None:
    """A short code outside of Advanced Opt-Out does its own handling, so that nothing is a keyword there."""
    if not sender.is_e164:
        return None
    known = _TOLL_FREE_KEYWORDS if sender.number.startswith(_TOLL_FREE) else _KEYWORDS
    return known.get(said.strip().upper())
