"""The senders of an account as things with a SID: numbers (PN), short codes (SC), alphanumeric IDs (AI) and
channel senders (XE).
"""

import hashlib
from enum import Enum

from destinations.twilio_engage.simulator.accounts import Account
from destinations.twilio_engage.simulator.addresses import Address


class Kind(Enum):
    """Its value begins the SID."""

    NUMBER = "PN"
    SHORT_CODE = "SC"
    ALPHANUMERIC = "AI"
    CHANNEL = "XE"


def kind_of(address: Address) -> Kind:
    if address.channel != "sms":
        return Kind.CHANNEL
    if address.is_e164:
        return Kind.NUMBER
    return Kind.SHORT_CODE if address.is_short_code else Kind.ALPHANUMERIC


def sid_of(account: Account, address: Address) -> str:
    """The same for the same address of the same account, always."""
    digest = hashlib.sha256(f"{account.sid} {address.text}".encode()).hexdigest()
    return kind_of(address).value + digest[:32]


def owned(account: Account, kind: Kind) -> dict[str, Address]:
    """The account's senders of that kind by their SIDs."""
    addresses = [one for one in map(Address.read, account.senders) if kind_of(one) is kind]
    return {sid_of(account, address): address for address in addresses}
