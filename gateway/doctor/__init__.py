"""Looks at what a person set up and says what to mend."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime

import typer
from rich.console import Console

from gateway import app
from gateway.doctor import address, checks, machine, redis, store
from gateway.doctor.checks import Check, Group, note
from gateway.errors import StartupError
from gateway.settings import Settings


async def examine(settings: Settings, console: Console, *, as_json: bool = False) -> bool:
    """Print a line per check, or all of them as JSON; whether nothing is to be mended."""
    found = await everything(settings, os.environ)
    if as_json:
        typer.echo(checks.as_json(found))  # for a file or a pipe: not folded
    else:
        checks.printed(found, console)
    return checks.all_well(found)


async def everything(settings: Settings, environ: Mapping[str, str]) -> list[Check]:
    """What was looked at, and what came of it."""
    found = [*machine.findings(machine.look(settings, environ, datetime.now(UTC)))]
    looked = await store.examine(settings)
    found += looked.checks
    found += await _shared(settings)
    url = settings.public_url
    answered = None if url is None else await address.ask(url, looked.own)
    return [*found, *address.findings(url, answered)]


async def _shared(settings: Settings) -> list[Check]:
    """What several processes share, where there are several."""
    try:
        app.fit_together(settings)
    except StartupError:
        return []  # the settings say so
    if settings.redis_url is not None:
        return await redis.examine(settings.redis_url)
    if settings.embedded:
        return []
    return [
        note(
            Group.STORES,
            "redis",
            "HELIOGRAPH_REDIS_URL is not set: one process works alone on this database, and keeps others out.",
            "For several, set it to a Redis that they share: HELIOGRAPH_REDIS_URL=redis://host:6379/0",
        )
    ]
