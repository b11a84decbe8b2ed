"""What is wrong with settings before anything is called: one sentence per problem, with the field it is about."""

import re
from collections.abc import Iterator

import phonenumbers

from destinations.twilio_engage import overrides
from destinations.twilio_engage.hosts import host_problem
from destinations.twilio_engage.sender_problems import default_problem
from destinations.twilio_engage.settings import TwilioEngageSettings
from destinations.twilio_engage.status_callback import address

_ACCOUNT = re.compile(r"AC[0-9a-fA-F]{32}")
_KEY = re.compile(r"SK[0-9a-fA-F]{32}")
_REGISTRATION = re.compile(r"[0-9A-Za-z-]{1,40}")
_SHORTEST = 24
_LONGEST_URL = 4000

Problem = tuple[str, str]


def validate_settings(settings: TwilioEngageSettings, allowed_hosts: frozenset[str]) -> tuple[Problem, ...]:
    """(field path in camelCase, message) of everything that can be seen to be wrong. Empty: worth verifying."""
    return (
        *_credentials(settings),
        *_addresses(settings, allowed_hosts),
        *_sender(settings),
        *_registration(settings),
        *_profile_api(settings),
    )


def _credentials(settings: TwilioEngageSettings) -> Iterator[Problem]:
    if not _ACCOUNT.fullmatch(settings.account_sid):
        yield (
            "accountSid",
            "An Account SID is AC and 32 hexadecimal digits; the Twilio console shows it first.",
        )
    for key in settings.api_keys:
        if not _KEY.fullmatch(key.sid):
            yield "apiKeySid", "The SID of an API key is SK and 32 hexadecimal digits."
        if _is_mistyped(key.secret.get_secret_value()):
            yield "apiKeySecret", "The secret of the API key is empty or has spaces around it."
    if any(_is_mistyped(token.secret.get_secret_value()) for token in settings.auth_tokens):
        yield "authToken", "The Auth Token is empty or has spaces around it."
    if settings.shared_key is not None and _is_mistyped(settings.shared_key.get_secret_value()):
        yield "sharedKey", "The shared key is empty or has spaces around it."
    if settings.callback_secret is not None and len(settings.callback_secret.get_secret_value()) < _SHORTEST:
        yield (
            "callbackSecret",
            f"A callback secret has at least {_SHORTEST} characters: openssl rand -hex 24 makes one.",
        )
    if not settings.api_keys and not settings.auth_tokens:
        yield "apiKeySid", "Give apiKeySid and apiKeySecret, or authToken: without one nothing can be sent."


def _addresses(settings: TwilioEngageSettings, allowed_hosts: frozenset[str]) -> Iterator[Problem]:
    problem = host_problem(settings, allowed_hosts)
    if problem is not None:
        yield "twilioHostname", problem
    if settings.webhook_url is not None:
        url = address(settings.webhook_url)
        if url is None or len(url.href) > _LONGEST_URL:
            yield "webhookUrl", "The webhook must be an http or https URL of at most 4000 characters."
        elif "_" in url.hostname:
            yield "webhookUrl", "Twilio calls no host with an underscore in its name (error 21609)."
    for sentence in (
        overrides.problems(settings.connection_overrides) if settings.connection_overrides else ()
    ):
        yield "connectionOverrides", sentence
    country = settings.default_country
    if country is not None and country not in phonenumbers.SUPPORTED_REGIONS:
        yield (
            "defaultCountry",
            f"`{country}` is no country: use two capital letters of ISO 3166, such as US or GB.",
        )


def _sender(settings: TwilioEngageSettings) -> Iterator[Problem]:
    """A stored one that no text can have is told when the destination is verified or changed; mappings with a sender of their own go on."""
    problem = (
        default_problem(settings.default_sender, settings.default_country)
        if settings.default_sender
        else None
    )
    if problem is not None:
        yield "defaultSender", problem


def _registration(settings: TwilioEngageSettings) -> Iterator[Problem]:
    """It opens the gate to India, so that the words of a remedy, pasted as they stand, are not taken for one."""
    given = (settings.dlt_entity_id or "").strip()
    if given and not _REGISTRATION.fullmatch(given):
        yield (
            "dltEntityId",
            "The id of a DLT registration has only letters, digits and hyphens: the DLT portal shows it.",
        )


def _profile_api(settings: TwilioEngageSettings) -> Iterator[Problem]:
    if settings.profile_api_access_token is not None and not settings.space_id:
        yield "spaceId", "The profile API is asked for a space: give spaceId beside profileApiAccessToken."
    if settings.profile_api_region not in (None, "us-west-2", "eu-west-1"):
        yield "profileApiRegion", "The profile API is in us-west-2 or eu-west-1."


def _is_mistyped(secret: str) -> bool:
    return not secret or secret != secret.strip()
