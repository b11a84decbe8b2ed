"""What is configured in the store: read, and gone over in the order in which a newcomer makes it."""

from collections.abc import Mapping
from datetime import datetime

from destinations.kit import DestinationDefinition
from gateway.doctor import accounts, facts, keeping, mappings, sources
from gateway.doctor.checks import Check, Group, ok
from gateway.secrets import Secrets
from gateway.settings import Settings
from gateway.storage.engine import Store


async def examine(
    settings: Settings,
    store: Store,
    keys: Secrets,
    definitions: Mapping[str, DestinationDefinition],
    now: datetime,
) -> list[Check]:
    """A line per check. Raises StartupError where the keys don't fit."""
    found = await facts.read(store, keys, definitions, settings.public_url, now)
    kept = await keeping.read(store, settings, found)
    readable = f"the settings of {len(found.snapshot.destinations)} destinations can be read"
    return [
        ok(Group.SETTINGS, "secrets", readable),
        *sources.findings(found),
        *accounts.findings(found),
        *mappings.findings(found),
        *mappings.opt_ins(found),
        *keeping.findings(kept),
    ]
