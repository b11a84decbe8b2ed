"""Which host is called, decided before any credential leaves.

Twilio's hosts have three parts before twilio.com outside US1: product, edge, region. The two-part form
(`api.ie1.twilio.com`) was switched off in April 2026, except for US1.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

from destinations import kit
from destinations.twilio_engage.settings import TwilioEngageSettings, TwilioRegion

_API_HOSTS: Mapping[TwilioRegion, str] = {
    TwilioRegion.US1: "api.twilio.com",
    TwilioRegion.IE1: "api.dublin.ie1.twilio.com",
    TwilioRegion.AU1: "api.sydney.au1.twilio.com",
}
REGIONS_OF_MESSAGING = (TwilioRegion.US1, TwilioRegion.IE1)
"""Twilio sends messages from these alone."""

_MESSAGING_HOSTS: Mapping[TwilioRegion, str] = {
    TwilioRegion.US1: "messaging.twilio.com",
    TwilioRegion.IE1: "messaging.dublin.ie1.twilio.com",
    TwilioRegion.AU1: "messaging.sydney.au1.twilio.com",
}
_CONTENT_HOST = "content.twilio.com"
_EDGES: Mapping[str, str] = {
    "au1": "sydney",
    "br1": "sao-paulo",
    "de1": "frankfurt",
    "ie1": "dublin",
    "jp1": "tokyo",
    "sg1": "singapore",
    "us2": "umatilla",
}
_TWILIO_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+twilio\.com")
_DEAD_HOST = re.compile(r"([a-z]+)\.([a-z]{2}[0-9])\.twilio\.com")


def api_base(settings: TwilioEngageSettings, allowed_hosts: frozenset[str]) -> str:
    """`https://host` of the Messages API. Raises PayloadValidationError for a host that is nobody's we know."""
    named = settings.twilio_hostname
    if named is None:
        return f"https://{_API_HOSTS[settings.region]}"
    host = named.lower()
    if host in _lower(allowed_hosts):
        return _allowed_base(host)
    if not (host.isascii() and _TWILIO_HOST.fullmatch(host)):
        raise kit.PayloadValidationError(
            f'Invalid Twilio hostname: "{named}". Hostname must be within the twilio.com domain.',
            remedy="Set the destination's twilioHostname to a host below twilio.com, or clear it for the region's own.",
        )
    dead = _dead(host)
    if dead is not None:
        raise kit.PayloadValidationError(dead, remedy="Set the destination's twilioHostname to that host.")
    return f"https://{host}"


def content_base(settings: TwilioEngageSettings, allowed_hosts: frozenset[str]) -> str:
    """`https://host` of the Content API: only a host the operator allows takes its place."""
    host = (settings.twilio_hostname or "").lower()
    return _allowed_base(host) if host in _lower(allowed_hosts) else f"https://{_CONTENT_HOST}"


def messaging_base(settings: TwilioEngageSettings, allowed_hosts: frozenset[str]) -> str:
    """`https://host` of the API of Messaging Services and WhatsApp senders, as `content_base`."""
    host = (settings.twilio_hostname or "").lower()
    if host in _lower(allowed_hosts):
        return _allowed_base(host)
    return f"https://{_MESSAGING_HOSTS[settings.region]}"


def host_problem(settings: TwilioEngageSettings, allowed_hosts: frozenset[str]) -> str | None:
    """What is wrong with the host name of the settings, or None."""
    try:
        api_base(settings, allowed_hosts)
    except kit.PayloadValidationError as error:
        return error.message
    return None


def host_code(settings: TwilioEngageSettings) -> str:
    """What is wrong with a host name that `host_problem` complains of, as a code."""
    return "HOST_SWITCHED_OFF" if _dead((settings.twilio_hostname or "").lower()) else "HOST_NOT_ALLOWED"


def is_allowed(settings: TwilioEngageSettings, allowed_hosts: frozenset[str]) -> bool:
    """Whether the host is one that the operator allows beside Twilio's own."""
    return (settings.twilio_hostname or "").lower() in _lower(allowed_hosts)


def stand_in(settings: TwilioEngageSettings, allowed_hosts: frozenset[str]) -> str | None:
    """`http://host` of the stand-in for Twilio that takes all requests: an allowed host on this machine. None where there is none."""
    host = (settings.twilio_hostname or "").lower()
    if host not in _lower(allowed_hosts) or not _is_loopback(urlsplit(f"//{host}").hostname or ""):
        return None
    return _allowed_base(host)


def _dead(host: str) -> str | None:
    found = _DEAD_HOST.fullmatch(host)
    if found is None or found[2] not in _EDGES:
        return None
    product, region = found.groups()
    return f"Twilio switched {host} off in April 2026. Use {product}.{_EDGES[region]}.{region}.twilio.com."


@lru_cache(maxsize=64)
def _allowed_base(host: str) -> str:
    return f"{'http' if _is_loopback(urlsplit(f'//{host}').hostname or '') else 'https'}://{host}"


def _is_loopback(name: str) -> bool:
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


def _lower(hosts: frozenset[str]) -> frozenset[str]:
    return frozenset(host.lower() for host in hosts)
