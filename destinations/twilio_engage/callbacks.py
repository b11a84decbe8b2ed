"""Twilio's webhooks: whose they are (X-Twilio-Signature), and what they say, as signals.

The signature is base64(HMAC(secret, the public URL, then each form parameter's name and value in byte order)). For a
JSON body the URL alone is signed; it carries the body's SHA-256. The secret is the account's auth token, with
SHA-1, unless a header names another algorithm. While one auth token takes the place of another, either signs.
"""

import hashlib
import hmac
import json
import re
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import urlsplit

from destinations import kit
from destinations.twilio_engage import clicks, inbound, path_keys, signed_address, statuses
from destinations.twilio_engage.settings import TwilioEngageSettings
from destinations.twilio_engage.status_callback import is_forwarded

DELIVERY = "delivery"
"""The query parameter of our own callback URL that carries the Delivery's id."""

_DELIVERY_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_RECEIVED = "RECEIVED"  # Twilio: the status of what a person wrote
_SIGNATURE = "x-twilio-signature"
_SETTINGS = "x-twilio-webhooks-signature-settings"
_BODY_DIGEST = "bodySHA256"
_Pairs = Sequence[tuple[str, str]]
_ALGORITHMS: Mapping[str, str] = {"HMAC_SHA1": "sha1", "HMAC_SHA256": "sha256"}


def status_signals(request: kit.WebhookRequest, settings: TwilioEngageSettings) -> tuple[kit.Signal, ...]:
    """What a status callback, or that of a click, says. Raises InvalidAuthenticationError where it can't be shown to be Twilio's.

    A status nobody knows says nothing, as does a call without a message SID. Raises ValueError where it can't be read.
    """
    delivery_id = _delivery(request.url)
    form = form_of(request)
    _verify(request, form, settings, delivery_id or path_keys.STATUS)
    said = _parameters(request, form)
    if clicks.is_click(said):
        return tuple(clicks.signals(said))
    if _is_inbound(said):
        raise ValueError(f"a person's message: the address for those is {_sibling(request.url, 'inbound')}")
    return tuple(statuses.signals(said, delivery_id=delivery_id, form=_passed_on(said, settings)))


def _delivery(url: str) -> str | None:
    """The Delivery that our own callback URL carries; what is no id of one counts as none."""
    named = _first(_query(url), DELIVERY) or ""
    return named if _DELIVERY_ID.fullmatch(named) else None


def _passed_on(said: Mapping[str, str], settings: TwilioEngageSettings) -> tuple[tuple[str, str], ...]:
    """What came, without what our own address brought along, where the owner is told Twilio's own words."""
    if not is_forwarded(settings):
        return ()
    return tuple((name, value) for name, value in said.items() if name != DELIVERY)


def inbound_signals(request: kit.WebhookRequest, settings: TwilioEngageSettings) -> tuple[kit.Signal, ...]:
    """What a person wrote, and what that says of consent. Raises InvalidAuthenticationError where the call can't be shown
    to be Twilio's.
    """
    form = form_of(request)
    _verify(request, form, settings, path_keys.INBOUND)
    said = _parameters(request, form)
    if _is_status(said) or clicks.is_click(said):
        raise ValueError(
            f"the status of a message: the address for those is {_sibling(request.url, 'status')}"
        )
    return tuple(inbound.signals(said))


def _is_inbound(said: Mapping[str, str]) -> bool:
    """Whether these are the parameters of what a person wrote: received, or with a body or pictures and no status of ours."""
    return statuses.word(said) == _RECEIVED or (
        "MessageStatus" not in said and ("Body" in said or "NumMedia" in said)
    )


def _is_status(said: Mapping[str, str]) -> bool:
    """Whether they are the status of a message of ours, which has no body; of a text SmsStatus alone may say it."""
    return statuses.word(said) not in {"", _RECEIVED} and "Body" not in said and "NumMedia" not in said


def _sibling(url: str, name: str) -> str:
    parts = urlsplit(url)
    path = f"{parts.path.rpartition('/')[0]}/{name}"
    return parts._replace(path=path, query="", fragment="").geturl()


def _verify(request: kit.WebhookRequest, form: _Pairs, settings: TwilioEngageSettings, about: str) -> None:
    """By a signature where there is something to verify it with; else by the key in the path of the address for that."""
    signing = settings.signing_secrets
    if not signing and settings.callback_secret is not None:
        if path_keys.is_right(settings, about, request.path_key):
            return
        raise kit.InvalidAuthenticationError(
            "The key in the path is not that of this address",
            "INVALID_PATH_KEY",
            remedy="Set at Twilio the address that destination { inboundUrl } shows to an ADMIN.",
        )
    if not signing:
        raise kit.InvalidAuthenticationError(
            "Neither an auth token nor a shared key nor a callback secret is set, so nobody can say whether Twilio made this call",
            "NO_AUTH_TOKEN",
            remedy="Add authToken, sharedKey or callbackSecret to the destination's settings.",
        )
    if not is_signed(request, form, [secret.get_secret_value() for secret in signing]):
        raise kit.InvalidAuthenticationError(
            "The signature is not that of this account for this URL",
            "INVALID_SIGNATURE",
            remedy="Check authToken, and that the public URL is the one Twilio calls, scheme and path included.",
        )


def is_signed(request: kit.WebhookRequest, form: _Pairs, secrets: Iterable[str]) -> bool:
    """Whether the request carries the signature of one of these secrets over its URL and its body, of which `form` is what `form_of` says."""
    algorithm = _algorithm(request.headers.get(_SETTINGS))
    given = request.headers.get(_SIGNATURE)
    if algorithm is None or not given:
        return False
    # Most calls have none, and are not taken apart for it.
    digest = _first(_query(request.url), _BODY_DIGEST) if _BODY_DIGEST in request.url else None
    if digest is None:
        said = _signed_text(form)
    elif hmac.compare_digest(digest.encode(), hashlib.sha256(request.body).hexdigest().encode()):
        said = b""
    else:
        return False
    host = request.headers.get("host", "")
    signature = given.encode("utf-8", "replace")
    return any(
        hmac.compare_digest(signature, _signature(secret, url, said, algorithm))
        for secret in secrets
        for address in (request.url, *request.others)
        for url in signed_address.spellings(address, host)
    )


def _algorithm(header: str | None) -> str | None:
    """The digest's name, None for an algorithm we do not know."""
    if header is None:
        return "sha1"
    named = dict(part.strip().partition("=")[::2] for part in header.split(","))
    return _ALGORITHMS.get(named.get("algorithm", ""))


def signature(secret: str, url: str, parameters: Iterable[tuple[str, str]]) -> str:
    """What X-Twilio-Signature says of a call to that URL with these parameters."""
    return _signature(secret, url, _signed_text(parameters), "sha1").decode("ascii")


def _signature(secret: str, url: str, said: bytes, algorithm: str) -> bytes:
    return b64encode(hmac.digest(secret.encode(), url.encode() + said, algorithm))


def _signed_text(parameters: Iterable[tuple[str, str]]) -> bytes:
    ordered = sorted({(name.encode(), value.encode()) for name, value in parameters})
    return b"".join(name + value for name, value in ordered)


def form_of(request: kit.WebhookRequest) -> _Pairs:
    """The pairs of its body, read as a form's whatever it is: they are what is signed."""
    return kit.decode_form(request.body.decode("utf-8", "replace"))


def _query(url: str) -> _Pairs:
    return kit.decode_form(url.partition("#")[0].partition("?")[2])


def _first(pairs: _Pairs, name: str) -> str | None:
    """The first value of that name that is not blank."""
    return next((value for one, value in pairs if one == name and value), None)


def _parameters(request: kit.WebhookRequest, form: _Pairs) -> Mapping[str, str]:
    if request.method == "GET":
        return dict(_query(request.url))
    if not request.headers.get("content-type", "").startswith("application/json"):
        return dict(form)
    try:
        decoded = json.loads(request.body)
    except (ValueError, RecursionError):
        decoded = None
    if not isinstance(decoded, dict):
        message = "its Content-Type says that it is JSON, and its body is no object of parameters"
        raise ValueError(message)  # noqa: TRY004  it is the call that is wrong, and no type of ours
    return {_whole(name): _whole(str(value)) for name, value in decoded.items()}


def _whole(text: str) -> str:
    """The text without halves of characters, which JSON can write and nothing can keep: each becomes U+FFFD, as in a form."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
