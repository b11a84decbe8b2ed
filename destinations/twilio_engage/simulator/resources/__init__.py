"""Twilio's resources, one module each: `routes(world)` says where it answers. A new one joins RESOURCES."""

from destinations.twilio_engage.simulator.resources import (
    account,
    channel_senders,
    contents,
    messages,
    numbers,
    services,
    version,
)

RESOURCES = (version, account, messages, numbers, contents, services, channel_senders)
