"""Twilio's resources, one module each: `routes(world)` says where it answers. A new one joins RESOURCES."""

from destinations.twilio_engage.simulator.resources import (
    account,
    contents,
    messages,
    numbers,
    services,
    version,
)

RESOURCES = (version, account, messages, numbers, contents, services)
