"""A person writes to a sender: the message that comes of it, what it changes, and the webhook that tells of it.

What the webhook answers is noted, and its TwiML not carried out.
"""

import mimetypes
import re
from typing import Annotated, Self
from urllib.parse import urlsplit

import phonenumbers
from pydantic import BaseModel, ConfigDict, Field, model_validator

from destinations.twilio_engage import segments
from destinations.twilio_engage.simulator.accounts import Account
from destinations.twilio_engage.simulator.addresses import Address
from destinations.twilio_engage.simulator.content import Content
from destinations.twilio_engage.simulator.draft import Draft
from destinations.twilio_engage.simulator.errors import CommandError
from destinations.twilio_engage.simulator.form import Form
from destinations.twilio_engage.simulator.message import API_VERSION, Message, arrived
from destinations.twilio_engage.simulator.senders import Sender
from destinations.twilio_engage.simulator.urls import is_web_url
from destinations.twilio_engage.simulator.world import World

_STATUS_URL = re.compile(r"(https?://[^?#]+/webhooks/[^/?#]+)/status(?=[?#]|$)")
_PLACES = ("City", "State", "Zip")


class Inbound(BaseModel):
    """What a person writes; `from` may be WhatsApp's id of them in place of a number. `url` is called in place of what is configured. Any other name is a parameter of the
    webhook (ButtonText, OptOutType ...), and takes the place of one of that name.
    """

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, str]

    from_: Annotated[str, Field(alias="from")]
    to: str
    body: str = ""
    media: Annotated[list[str], Field(max_length=10)] = []
    url: str | None = None

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        person, sender = Address.read(self.from_), Address.read(self.to)
        if not (person.is_e164 or person.is_scoped_id):
            raise ValueError("'from' is no E.164 number, nor an id of WhatsApp such as whatsapp:US.1349")
        if person.channel != sender.channel:
            raise ValueError("the channels of 'from' and 'to' differ")
        if self.url is not None and not is_web_url(self.url):
            raise ValueError("'url' is no http(s) URL")
        return self


async def take_in(world: World, said: Inbound) -> Message:
    """Make the message, open the window or note the stop, and call the webhook.

    Raises CommandError when no account has a sender `to`.
    """
    account = next((one for one in world.accounts if said.to in one.senders and not one.test), None)
    if account is None:
        raise CommandError(f"no account has a sender {said.to}")
    now, sid = world.now(), ("MM" if said.media else "SM") + world.new_id()
    draft = _draft(said, account, world.inbound_url or _beside_statuses(world, said))
    extra = said.__pydantic_extra__
    parameters = {**_parameters(draft, sid), **extra}
    message = arrived(draft, Form(tuple(parameters.items())), sid=sid, now=now)
    world.conversations.hear(
        account,
        draft.to,
        Address.read(said.from_),
        said.body,
        opt_out_type=extra.get("OptOutType"),
        now=now,
    )
    world.store.add(message)
    await world.callbacks.call(message, message.status, list(parameters.items()), now)
    world.store.touch(message)
    return message


def _beside_statuses(world: World, said: Inbound) -> str | None:
    """The inbound webhook of whoever last texted this person from there, where the statuses of that text name a
    heliograph: so a reply is heard without anything being set up.
    """
    for message in reversed(list(world.store)):
        if not message.inbound and (message.from_, message.draft.to.text) == (said.to, said.from_):
            found = _STATUS_URL.match(message.draft.callback or "")
            return None if found is None else f"{found[1]}/inbound"
    return None


def _draft(said: Inbound, account: Account, otherwise: str | None) -> Draft:
    service = account.service_of(said.to)
    url = said.url or account.urls_of(said.to).inbound or otherwise
    if said.url is None and service is not None and not service.use_inbound_webhook_on_number:
        url = service.inbound_request_url or url
    return Draft(
        account=account,
        to=Address.read(said.to),
        sender=Sender(said.from_, service),
        content=Content(said.body, tuple(said.media)),
        callback=url,
        send_at=None,
        smart_encoded=False,
        as_mms=False,
    )


def _parameters(draft: Draft, sid: str) -> dict[str, str]:
    content, person = draft.content, Address.read(draft.sender.address or "")
    pairs = {"MessageSid": sid, "SmsMessageSid": sid, "SmsSid": sid, "AccountSid": draft.account.sid}
    if draft.sender.service is not None:
        pairs["MessagingServiceSid"] = draft.sender.service.sid
    pairs |= {
        "From": person.text,
        "To": draft.to.text,
        "Body": content.body,
        "NumMedia": str(len(content.media)),
        "NumSegments": str(segments.count(content.body).segments),
        "SmsStatus": "received",
        "ApiVersion": API_VERSION,
    }
    for index, url in enumerate(content.media):
        pairs[f"MediaUrl{index}"] = url
        pairs[f"MediaContentType{index}"] = _media_type(url)
    if person.is_scoped_id:
        return pairs | {"ExternalUserId": person.number, "ProfileName": person.number}
    if person.channel == "whatsapp":
        return pairs | {"WaId": person.number.removeprefix("+"), "ProfileName": person.number}
    for side, address in (("From", person), ("To", draft.to)):
        pairs |= {side + place: "" for place in _PLACES}
        pairs[f"{side}Country"] = country_of(address.number)
    return pairs


def country_of(number: str) -> str:
    """Two letters; a short code is taken for one of the United States."""
    if not number.startswith("+"):
        return "US"
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(number)) or ""
    except phonenumbers.NumberParseException:
        return ""


def _media_type(url: str) -> str:
    return mimetypes.guess_type(urlsplit(url).path)[0] or "application/octet-stream"
