"""What the messages of both actions share: the number that `to` picks, the templates' scope, and the end of the form."""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from destinations import kit
from destinations.twilio_engage import profiles
from destinations.twilio_engage.content import render
from destinations.twilio_engage.recipients import Recipient
from destinations.twilio_engage.settings import TwilioEngageSettings
from destinations.twilio_engage.status_callback import status_callback
from mappings.json_text import json_text

_TAGS = (
    "audience_id",
    "correlation_id",
    "journey_name",
    "step_name",
    "campaign_name",
    "campaign_key",
    "user_id",
    "message_id",
)


class Addressing(Protocol):
    """The fields of a payload that pick a number among traits."""

    @property
    def to(self) -> str | None: ...
    @property
    def traits(self) -> Mapping[str, Any] | None: ...
    @property
    def trait_enrichment(self) -> bool: ...


class Answered(Protocol):
    """The fields of a payload that come back on status callbacks."""

    @property
    def custom_args(self) -> Mapping[str, Any]: ...
    @property
    def connection_overrides(self) -> str | None: ...


def rendered_to(
    payload: Addressing,
    user_id: str | None,
    person: kit.Person | None,
    context: kit.Context[TwilioEngageSettings],
) -> str | None:
    """The number that `to` picks, among what SERVER sources said: nobody else names a recipient."""
    if payload.to is None:
        return None
    own = payload.traits if payload.trait_enrichment and context.trusted else None
    traits = profiles.over(person.server_traits if person else {}, own)
    return render(payload.to, scope(user_id, person.phone if person else None, traits), context.now).strip()


def scope(user_id: str | None, phone: str | None, traits: Mapping[str, Any]) -> dict[str, Any]:
    """What a template can print."""
    return {"profile": {"user_id": user_id, "phone": phone, "traits": traits}}


def tags(payload: Answered, recipient: Recipient) -> str:
    """The Tags of a message, which Twilio shows in its reports."""
    found = {name: payload.custom_args[name] for name in _TAGS if name in payload.custom_args}
    if recipient.id_type is not None:
        found["external_id_type"] = recipient.id_type
    return json_text({**found, "external_id_value": recipient.text})


def callback(
    payload: Answered, recipient: Recipient, context: kit.Context[TwilioEngageSettings]
) -> Iterator[tuple[str, str]]:
    """The StatusCallback of a message, where somebody listens. Raises PayloadValidationError."""
    url = status_callback(
        context.settings,
        own_url=context.callback_url,
        phone=recipient.text,
        custom_args=payload.custom_args,
        connection_overrides=payload.connection_overrides,
    )
    if url is not None:
        yield "StatusCallback", url
