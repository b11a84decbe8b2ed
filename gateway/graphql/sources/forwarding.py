"""What lets a forwarder send for a source: the secret that it signs with, and the write key in its path."""

import re
from datetime import datetime
from typing import Any, Final

import strawberry
from pydantic import SecretStr
from sqlalchemy import Connection as Database

from gateway.graphql.terms import masking
from gateway.graphql.terms.enums import ErrorCode
from gateway.graphql.terms.errors import InputError, input_error
from gateway.secrets import Secrets
from gateway.storage import sources
from gateway.workspace import Source, SourceTrust

SHORTEST: Final = 16
LONGEST: Final = 256
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f]")

SIGNED_WITH = (
    "What its senders sign each request with, as the hex HMAC-SHA1 or HMAC-SHA256 of the body in the header X-Signature, of 16 to 256 "
    "characters. A source that has one refuses every request that is not signed with it."
)
PATH_KEY = (
    "Whether requests may have its write key in their path, `/v1/events/{writeKey}`, for senders that can set no header. Proxies log "
    "paths, and keys in them."
)


def given_secret(given: SecretStr | None) -> str | None:
    """The secret that an input gave; None where it gave none."""
    return given.get_secret_value() if isinstance(given, SecretStr) else None


def check_secret(secret: str | None) -> list[InputError]:
    """What is wrong with a secret that a person gives."""
    if secret is None:
        return []
    if not SHORTEST <= len(secret) <= LONGEST:
        message = (
            f"A shared secret has {SHORTEST} to {LONGEST} characters, this one has {len(secret)}: less could be guessed. Nothing was "
            "changed. Make one with `openssl rand -hex 32`, and give the same to the sender."
        )
        return [input_error(ErrorCode.INVALID, message, "sharedSecret")]
    if secret != secret.strip() or _UNPRINTABLE.search(secret):
        message = (
            "It begins or ends with a blank, or has characters that can't be shown: the sender's would be another one. Nothing was "
            "changed. Paste it anew."
        )
        return [input_error(ErrorCode.INVALID, message, "sharedSecret")]
    return []


def check_trust(trust: SourceTrust, *, has_secret: bool, path_key_allowed: bool) -> list[InputError]:
    """What makes no sense together: forwarders are servers."""
    if trust is SourceTrust.SERVER:
        return []
    problems = []
    if has_secret:
        message = (
            "A BROWSER source has no shared secret: its pages would have to sign, and whoever reads a page would read the secret. Nothing "
            "was changed. Make a SERVER source for what signs, or clear it with sharedSecret: null."
        )
        problems.append(input_error(ErrorCode.INVALID, message, "sharedSecret"))
    if path_key_allowed:
        message = (
            "A BROWSER source takes no write key in a path: pages send theirs in the header or the body, and a forwarder is a server. "
            "Nothing was changed. Make a SERVER source for the forwarder, or say pathKeyAllowed: false."
        )
        problems.append(input_error(ErrorCode.INVALID, message, "pathKeyAllowed"))
    return problems


def with_secret(secret: str | None, now: datetime) -> dict[str, Any]:
    """What a source shows of its secret, by the names of workspace.Source."""
    shown = masking.secret(None if secret is None else SecretStr(secret), now)
    return {"shared_secret_last_four": shown.last_four, "shared_secret_set_at": shown.set_at}


def renewed(
    database: Database, secrets: Secrets, found: Source, given: SecretStr | None, now: datetime
) -> dict[str, Any]:
    """The same of an update: nothing where the secret is left out, or is the one that the source has; null clears it."""
    if given is strawberry.UNSET or given_secret(given) == sources.shared_secret(database, secrets, found.id):
        return {}
    return with_secret(given_secret(given), now)
