"""Whose write key a request carries. Every SDK takes 401, 403 and 404 as final."""

import base64
import binascii
from datetime import datetime
from typing import Any

from gateway import ids
from gateway.facts.workspace import Workspace
from gateway.ingest.call import Call
from gateway.ingest.errors import IngestError
from gateway.workspace import Source, SourceTrust


def basic_user(authorization: bytes | None) -> tuple[bool, str | None]:
    """Whether that is Basic authentication, and its user. SDKs with OAuth send Bearer, and the key in the body."""
    scheme, _, credential = (authorization or b"").partition(b" ")
    if scheme.lower() != b"basic":
        return False, None
    try:
        return True, base64.b64decode(credential.strip(), validate=True).partition(b":")[0].decode()
    except (binascii.Error, UnicodeDecodeError):
        return True, None


async def identify(call: Call, workspace: Workspace, key: Any, now: datetime) -> Source:
    """The source that may send with that key, which is the call's from now on. Raises IngestError 401 or 403."""
    if not isinstance(key, str) or not key:
        raise IngestError(
            401,
            "no_write_key",
            "No write key was sent. Nothing was kept: use it as the user of Basic authentication, or as `writeKey`.",
        )
    source = call.source = (await workspace.current()).source_of(ids.digest(key), now)
    if source is None:
        raise IngestError(
            401,
            "unknown_write_key",
            "The write key is not known. Nothing was kept: take the key that sourceCreate showed.",
        )
    if not source.enabled:
        raise IngestError(403, "source_disabled", "The source is disabled. Nothing was kept: enable it.")
    return source


async def identify_page(call: Call, workspace: Workspace, key: str, now: datetime) -> Source:
    """The BROWSER source whose settings are asked for. Raises IngestError 403 or 404."""
    source = call.source = (await workspace.current()).source_of(ids.digest(key), now)
    if source is None:
        raise IngestError(
            404,
            "unknown_write_key",
            "There is no source with this write key: take the key that sourceCreate showed.",
        )
    if source.trust is SourceTrust.SERVER:
        raise IngestError(
            403,
            "server_key",
            "This write key is of a SERVER source, and in a page everyone can read it. Make a source with the trust "
            "BROWSER and put its key into the page; rotate this one where it was published.",
        )
    if not source.enabled:
        raise IngestError(
            403, "source_disabled", "The source is disabled: enable it, and load the page again."
        )
    return source
