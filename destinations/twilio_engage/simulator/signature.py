"""X-Twilio-Signature, as Twilio computes it."""

import base64
import hashlib
import hmac
from collections.abc import Sequence


def sign(auth_token: str, url: str, pairs: Sequence[tuple[str, str]]) -> str:
    """base64(HMAC-SHA1(auth_token, url + name + value + ...)): the URL without its fragment, then each
    distinct pair in byte order.
    """
    in_order = sorted((name.encode(), value.encode()) for name, value in set(pairs))
    signed = url.partition("#")[0].encode() + b"".join(name + value for name, value in in_order)
    return base64.b64encode(hmac.digest(auth_token.encode(), signed, hashlib.sha1)).decode()
