"""The accounts that exist here, who may call them, and the made-up ones that exist by default.

None of the values below opens anything: they are here for demos, tests and compose files to use.
"""

import base64
import binascii
import hmac
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from destinations.twilio_engage.simulator.errors import TwilioError
from destinations.twilio_engage.simulator.templates import DEFAULT_TEMPLATES, Template

AccountStatus = Literal["active", "suspended", "closed"]


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key of an account. A `standard` one may do all but read the Account (401, Twilio error 20003); one without `messages` is
    restricted to the rest (403, Twilio error 20403).
    """

    sid: str
    secret: str = field(repr=False)
    standard: bool = False
    messages: bool = True


@dataclass(frozen=True, slots=True)
class Service:
    """A Messaging Service: its pool of senders, the callback of messages that bring none, and where what its
    senders receive goes; to each sender's own URL when `use_inbound_webhook_on_number`.
    """

    sid: str
    senders: tuple[str, ...] = ()
    status_callback: str | None = None
    inbound_request_url: str | None = None
    use_inbound_webhook_on_number: bool = False
    friendly_name: str = "Simulated service"


@dataclass(frozen=True, slots=True)
class SenderUrls:
    """What a sender calls: `inbound` with a message it received (SmsUrl of a number), `status` as set."""

    inbound: str | None = None
    status: str | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """An account, its credentials and what it may send with.

    `senders` are E.164 numbers, short codes and `whatsapp:` addresses; alphanumeric IDs need no entry. `urls`
    are what each of them calls. A `test` account holds test credentials: it can only create messages, from
    the magic number +15005550006, and they go nowhere. While its auth token is rotated it has a `second_token`, by which it may be
    called as well; webhooks are signed with the first. One that is not `active` can only be looked at. A `trial` sends to those of
    the recipients that are `verified`, and puts a line of its own before each text.
    """

    sid: str
    auth_token: str = field(repr=False)
    friendly_name: str = "Simulated account"
    keys: tuple[ApiKey, ...] = ()
    senders: tuple[str, ...] = ()
    services: tuple[Service, ...] = ()
    urls: Mapping[str, SenderUrls] = field(default_factory=dict)
    templates: tuple[Template, ...] = ()
    test: bool = False
    second_token: str | None = field(default=None, repr=False)
    status: AccountStatus = "active"
    trial: bool = False
    verified: frozenset[str] = frozenset()

    def template(self, sid: str) -> Template | None:
        return next((template for template in self.templates if template.sid == sid), None)

    def with_template(self, template: Template) -> "Account":
        """The account with `template` in the place of the one with its SID, or as its newest."""
        if self.template(template.sid) is None:
            return replace(self, templates=(*self.templates, template))
        templates = tuple(template if one.sid == template.sid else one for one in self.templates)
        return replace(self, templates=templates)

    def without_sender(self, address: str) -> "Account":
        """The account once it gave that sender up: no service has it in its pool any more."""
        services = tuple(
            replace(one, senders=tuple(sender for sender in one.senders if sender != address))
            for one in self.services
        )
        senders = tuple(sender for sender in self.senders if sender != address)
        return replace(self, senders=senders, services=services)

    def service(self, sid: str) -> Service | None:
        return next((service for service in self.services if service.sid == sid), None)

    def service_of(self, sender: str) -> Service | None:
        """The service whose pool holds `sender`; a sender is in one at most."""
        return next((service for service in self.services if sender in service.senders), None)

    def urls_of(self, sender: str) -> SenderUrls:
        return self.urls.get(sender, SenderUrls())


@dataclass(frozen=True, slots=True)
class Caller:
    """Who made a request: an account, by its auth token or by one of its keys."""

    account: Account
    key: ApiKey | None = None


class Accounts:
    """The accounts as they are now. An account is a value: what changes in it makes another of the same SID."""

    def __init__(self, configured: Iterable[Account]) -> None:
        self._configured = {account.sid: account for account in configured}
        self._now = dict(self._configured)

    def __iter__(self) -> Iterator[Account]:
        return iter(self._now.values())

    def __getitem__(self, sid: str) -> Account:
        return self._now[sid]

    def change(self, account: Account) -> None:
        """Put `account` in the place of the one with its SID."""
        self._now[account.sid] = account

    def reset(self) -> None:
        """Back to what was configured."""
        self._now = dict(self._configured)


def _made_up(prefix: str, number: int) -> str:
    return f"{prefix}{number:032d}"


ACCOUNT_SID = _made_up("AC", 51)
AUTH_TOKEN = "51" * 16
API_KEY_SID = _made_up("SK", 51)
API_KEY_SECRET = "simulator-main-key"  # noqa: S105 - made up, see the module's first lines
STANDARD_KEY_SID = _made_up("SK", 52)
STANDARD_KEY_SECRET = "simulator-standard-key"  # noqa: S105 - made up
TEST_ACCOUNT_SID = _made_up("AC", 53)
TEST_AUTH_TOKEN = "53" * 16
SENDER = "+12025550100"  # 555-0100 to 555-0199 belong to nobody
OTHER_SENDER = "+12025550101"
MAGIC_SENDER = "+15005550006"
SHORT_CODE = "20255"
WHATSAPP_SENDER = "whatsapp:+12025550100"
ALPHANUMERIC_SENDER = "Northwind"
SERVICE_SID = _made_up("MG", 51)

DEFAULT_ACCOUNTS: tuple[Account, ...] = (
    Account(
        ACCOUNT_SID,
        AUTH_TOKEN,
        keys=(
            ApiKey(API_KEY_SID, API_KEY_SECRET),
            ApiKey(STANDARD_KEY_SID, STANDARD_KEY_SECRET, standard=True),
        ),
        senders=(SENDER, OTHER_SENDER, MAGIC_SENDER, SHORT_CODE, WHATSAPP_SENDER),
        services=(Service(SERVICE_SID, (SENDER, SHORT_CODE, WHATSAPP_SENDER, ALPHANUMERIC_SENDER)),),
        templates=DEFAULT_TEMPLATES,
    ),
    Account(TEST_ACCOUNT_SID, TEST_AUTH_TOKEN, friendly_name="Simulated test credentials", test=True),
)


def identify(accounts: Iterable[Account], authorization: str | None) -> Caller:
    """Who sends this Authorization header; raises TwilioError 20003 (401) for nobody we know."""
    user, password = _basic(authorization)
    for account in accounts:
        tokens = (account.auth_token, account.second_token)
        if _same(user, account.sid) and any(_same(password, token) for token in tokens if token is not None):
            return Caller(account)
        for key in account.keys:
            if _same(user, key.sid) and _same(password, key.secret):
                return Caller(account, key)
    raise TwilioError(20003)


def _basic(authorization: str | None) -> tuple[str, str]:
    scheme, _, encoded = (authorization or "").partition(" ")
    if scheme.lower() != "basic":
        raise TwilioError(20003)
    try:
        user, colon, password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise TwilioError(20003) from None
    if not colon:
        raise TwilioError(20003)
    return user, password


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())
