"""The accounts that exist here, who may call them, and the made-up ones that exist by default.

None of the values below opens anything: they are here for demos, tests and compose files to use.
"""

import base64
import binascii
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from destinations.twilio_engage.simulator.errors import TwilioError


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key of an account. A `standard` one may do all but read the Account (401, Twilio error 20003)."""

    sid: str
    secret: str = field(repr=False)
    standard: bool = False


@dataclass(frozen=True, slots=True)
class Service:
    """A Messaging Service: its pool of senders, and the callback of messages that bring none."""

    sid: str
    senders: tuple[str, ...] = ()
    status_callback: str | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """An account, its credentials and what it may send with.

    `senders` are E.164 numbers, short codes and `whatsapp:` addresses; alphanumeric IDs need no entry.
    `templates` are the texts of Content templates by their HX SID. A `test` account holds test credentials:
    it can only create messages, from the magic number +15005550006, and they go nowhere.
    """

    sid: str
    auth_token: str = field(repr=False)
    friendly_name: str = "Simulated account"
    keys: tuple[ApiKey, ...] = ()
    senders: tuple[str, ...] = ()
    services: tuple[Service, ...] = ()
    templates: Mapping[str, str] = field(default_factory=dict)
    test: bool = False


@dataclass(frozen=True, slots=True)
class Caller:
    """Who made a request: an account, by its auth token or by one of its keys."""

    account: Account
    key: ApiKey | None = None


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
SERVICE_SID = _made_up("MG", 51)
TEMPLATE_SID = _made_up("HX", 51)

DEFAULT_ACCOUNTS: tuple[Account, ...] = (
    Account(
        ACCOUNT_SID,
        AUTH_TOKEN,
        keys=(
            ApiKey(API_KEY_SID, API_KEY_SECRET),
            ApiKey(STANDARD_KEY_SID, STANDARD_KEY_SECRET, standard=True),
        ),
        senders=(SENDER, OTHER_SENDER, MAGIC_SENDER, SHORT_CODE, WHATSAPP_SENDER),
        services=(Service(SERVICE_SID, (SENDER, WHATSAPP_SENDER)),),
        templates={TEMPLATE_SID: "Hello {{1}}, your order {{2}} is on its way."},
    ),
    Account(TEST_ACCOUNT_SID, TEST_AUTH_TOKEN, friendly_name="Simulated test credentials", test=True),
)


def identify(accounts: Sequence[Account], authorization: str | None) -> Caller:
    """Who sends this Authorization header; raises TwilioError 20003 (401) for nobody we know."""
    user, password = _basic(authorization)
    for account in accounts:
        if _same(user, account.sid) and _same(password, account.auth_token):
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
