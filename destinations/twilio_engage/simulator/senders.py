"""Who sends: From, MessagingServiceSid, or a service's SID in From."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from destinations.twilio_engage.simulator.accounts import Account, Service
from destinations.twilio_engage.simulator.addresses import ACCEPTED_MAGIC_FROM, MAGIC_FROM, Address
from destinations.twilio_engage.simulator.errors import TwilioError
from destinations.twilio_engage.simulator.form import Form

_SERVICE_SID = re.compile(r"MG[0-9a-fA-F]{32}")
_LONGEST_ALPHANUMERIC = 11


@dataclass(frozen=True, slots=True)
class Sender:
    """`address` is None while a service has not chosen one of its pool."""

    address: str | None
    service: Service | None

    def settle(self, to: Address) -> str | None:
        """The address that sends: the given one, or the first of the pool that can reach `to`."""
        return self.address or (next(iter(_pool(self.service, to)), None) if self.service else None)


def choose(form: Form, account: Account, accounts: Iterable[Account], to: Address) -> Sender:
    """The sender that the form names and `account` may use.

    Raises TwilioError 21603 (none named), 21212, 21606, 21611, 21660, 30016, 63007 (From), or 21701, 21703,
    21704, 21705 (service). A sender outside the service's pool is answered with 21703; Twilio does not state
    its code.
    """
    from_, sid = form.get("From"), form.get("MessagingServiceSid")
    if from_ and not sid and from_.startswith("MG") and len(from_) > _LONGEST_ALPHANUMERIC:
        from_, sid = None, from_
    if sid is None:
        if from_ is None:
            raise TwilioError(21603)
        _check(Address.read(from_), account, accounts, to)
        return Sender(from_, None)
    service = _find(sid, account)
    if not _pool(service, to):
        raise TwilioError(21703)
    if from_ is not None:
        _check(Address.read(from_), account, accounts, to)
        if from_ not in service.senders:
            raise TwilioError(21703)
    return Sender(from_, service)


def _find(sid: str, account: Account) -> Service:
    if not _SERVICE_SID.fullmatch(sid):
        raise TwilioError(21705, sid)
    service = account.service(sid)
    if service is None:
        raise TwilioError(21701, sid)
    if not service.senders:
        raise TwilioError(21704)
    return service


def _pool(service: Service, to: Address) -> list[str]:
    senders = [Address.read(sender) for sender in service.senders]
    return [sender.text for sender in senders if sender.channel == to.channel and _reaches(sender, to)]


def _reaches(sender: Address, to: Address) -> bool:
    """The United States and Canada take no alphanumeric IDs."""
    return not (sender.is_alphanumeric and to.number.startswith("+1"))


def _check(sender: Address, account: Account, accounts: Iterable[Account], to: Address) -> None:
    if account.test:
        _check_magic(sender)
    elif sender.channel != to.channel:
        raise TwilioError(30016)
    elif sender.text not in account.senders:
        _refuse_foreign(sender, accounts, to)


def _check_magic(sender: Address) -> None:
    if sender.text != ACCEPTED_MAGIC_FROM:
        raise TwilioError(MAGIC_FROM.get(sender.text, 21606), sender.text)


def _refuse_foreign(sender: Address, accounts: Iterable[Account], to: Address) -> None:
    if any(sender.text in account.senders for account in accounts):
        raise TwilioError(21660, sender.text)
    if sender.channel != "sms":
        raise TwilioError(63007, sender.text)
    if sender.is_alphanumeric:
        if not _reaches(sender, to):
            raise TwilioError(21612)
        return
    if not (sender.is_e164 or sender.is_short_code):
        raise TwilioError(21212, sender.text)
    raise TwilioError(MAGIC_FROM.get(sender.text, 21606), sender.text)
