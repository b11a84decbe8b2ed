"""The provider's calls: signed with the token, and read into signals."""

import hmac
from urllib.parse import parse_qs, urlsplit

from pydantic import BaseModel, Field

from destinations import kit
from destinations.kit import Channel, ConsentStatus
from tests.destinations.toy.pager.settings import Settings

SIGNATURE = "x-pager-signature"


class Moved(BaseModel):
    id: str
    status: kit.MessageStatus
    code: str | None = None
    message: str | None = None


class Wrote(BaseModel):
    id: str
    number: str = Field(alias="from")
    to: str
    text: str


def signature(token: str, url: str, body: bytes) -> str:
    return hmac.new(token.encode(), url.encode() + body, "sha256").hexdigest()


def status(call: kit.WebhookRequest, settings: Settings) -> tuple[kit.Signal, ...]:
    said = Moved.model_validate_json(_proven(call, settings))
    delivery = parse_qs(urlsplit(call.url).query).get("delivery", [None])[0]
    return (kit.StatusChanged(said.id, said.status, delivery, said.code, said.message),)


def inbound(call: kit.WebhookRequest, settings: Settings) -> tuple[kit.Signal, ...]:
    said = Wrote.model_validate_json(_proven(call, settings))
    message = kit.InboundMessage(said.id, said.number, said.to, Channel.SMS, said.text)
    if said.text != "STOP":
        return (message,)
    stop = kit.ConsentChanged(
        said.number, Channel.SMS, ConsentStatus.UNSUBSCRIBED, stop=True, evidence="keyword STOP"
    )
    return (message, stop)


def _proven(call: kit.WebhookRequest, settings: Settings) -> bytes:
    wanted = signature(settings.token.get_secret_value(), call.url, call.body)
    if not hmac.compare_digest(wanted, call.headers.get(SIGNATURE, "")):
        raise kit.InvalidAuthenticationError("The signature is wrong.")
    return call.body
