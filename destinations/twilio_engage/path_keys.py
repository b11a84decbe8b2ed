"""The secret in the path of an address, for accounts whose owners give neither an Auth Token nor a shared key away.

It is made of the destination's callbackSecret and of what the address is for, so that whoever learns one address, such as that of one text,
knows no other.
"""

import hmac
import re

from destinations.twilio_engage.settings import TwilioEngageSettings

INBOUND, STATUS = "inbound", "status"
"""What an address is for; that of one text's statuses is for its Delivery."""

_LENGTH = 40
_KEYED = re.compile(r"/webhooks/[^/]+/[0-9a-f]{40}/")


def path_key(settings: TwilioEngageSettings, about: str) -> str | None:
    """The key in the path of the address for that; None where calls are known by their signatures, or by nothing."""
    if settings.callback_secret is None or settings.signing_secrets:
        return None
    secret = settings.callback_secret.get_secret_value().encode()
    return hmac.digest(secret, about.encode(), "sha256").hex()[:_LENGTH]


def has_key(address: str) -> bool:
    """Whether there is a key in the path of that address of ours."""
    return _KEYED.search(address) is not None


def is_right(settings: TwilioEngageSettings, about: str, given: str | None) -> bool:
    """Whether that is the key of the address for that."""
    wanted = path_key(settings, about)
    return wanted is not None and given is not None and hmac.compare_digest(wanted.encode(), given.encode())
