"""Traits for the templates: the event's own over what is known of the person, or those of Segment's profile API."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from pydantic import SecretStr

from destinations import kit
from destinations.twilio_engage.addressed import AddressedPayload
from destinations.twilio_engage.reading import read_object
from destinations.twilio_engage.settings import TwilioEngageSettings

# encodeURIComponent leaves these alone, the apostrophe aside, which a URL's path writes as %27.
_AS_THEY_ARE = "-_.!~*()"
_EMPTY = "<nil>"
_NONE: Mapping[str, Any] = {}


async def traits_for(
    payload: AddressedPayload,
    user_id: str | None,
    person: kit.Person | kit.Unknown | None,
    context: kit.Context[TwilioEngageSettings],
) -> Mapping[str, Any]:
    """The traits in a template's reach. `<nil>`, which Segment writes for a trait without a value, counts as empty.

    Raises PayloadValidationError where the profile API is to be asked and nobody says about whom, RetryableError and
    IntegrationError as its answer says.
    """
    known = None if person is None or person is kit.UNKNOWN else person
    if payload.trait_enrichment:
        return with_own(known, payload.traits, context)
    if _has_profile_api(context.settings) or known is None or not known.traits:
        return over(known.traits if known else _NONE, await _from_profile_api(context, user_id))
    return over(known.traits, None)


def with_own(
    known: kit.Person | None, own: Mapping[str, Any] | None, context: kit.Context[TwilioEngageSettings]
) -> Mapping[str, Any]:
    """The traits that an event brings over those that are known. One that nobody has to believe replaces none that a SERVER source gave."""
    if known is None or context.trusted:
        return over(known.traits if known else _NONE, own)
    return over({**known.traits, **(own or {})}, known.server_traits)


def over(known: Mapping[str, Any], own: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """A payload's own traits over those that are known. `<nil>`, which Segment writes for a trait without a value, is empty."""
    traits = {**known, **(own or {})}
    for name, value in traits.items():
        if isinstance(value, (dict, list)) or value == _EMPTY:
            traits[name] = _emptied(value)
    return traits


def _has_profile_api(settings: TwilioEngageSettings) -> bool:
    return bool(settings.space_id and settings.profile_api_access_token)


async def _from_profile_api(
    context: kit.Context[TwilioEngageSettings], user_id: str | None
) -> Mapping[str, Any]:
    settings = context.settings
    if not user_id:
        raise kit.PayloadValidationError(
            "No userId provided and no traits provided",
            remedy='Map userId, or set "traitEnrichment": true to take the traits of the event.',
        )
    token = settings.profile_api_access_token
    if token is None or not settings.space_id:
        raise kit.PayloadValidationError(
            "No traits are known, and no profile API is set up to ask for them",
            remedy='Set "traitEnrichment": true in the mapping, or spaceId and profileApiAccessToken on the destination.',
        )
    request = _request(settings, settings.space_id, token, user_id)
    answer = await read_object(context, request, "Segment's profile API")
    traits = answer.get("traits")
    return traits if isinstance(traits, dict) else {}


def _request(
    settings: TwilioEngageSettings, space_id: str, token: SecretStr, user_id: str
) -> kit.HttpRequest:
    region = "euw1." if settings.profile_api_region == "eu-west-1" else ""
    domain = "com" if settings.profile_api_environment == "production" else "build"
    path = (
        f"/v1/spaces/{_quoted(space_id)}/collections/users/profiles"
        f"/user_id:{_quoted(user_id)}/traits?limit=200"
    )
    return kit.HttpRequest(
        "GET",
        f"https://profiles.{region}segment.{domain}{path}",
        headers=(("content-type", "application/json"),),
        auth=kit.BasicAuth(token.get_secret_value(), SecretStr("")),
    )


def _quoted(text: str) -> str:
    return quote(text, safe=_AS_THEY_ARE, errors="replace")


def _emptied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _emptied(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_emptied(inner) for inner in value]
    return "" if value == _EMPTY else value
