"""Looks at what a person set up and says what to mend."""

import os
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx
from rich.console import Console
from rich.markup import escape
from sqlalchemy import Connection

from destinations.kit.registry import installed
from gateway import app
from gateway.errors import StartupError
from gateway.idle import Configured, findings
from gateway.secrets import Secrets
from gateway.settings import Settings, unknown
from gateway.storage import destinations, free_space, mappings, sources, usage
from gateway.storage.engine import open_store
from gateway.storage.migrate import all_applied

MOST_SKEW_SECONDS = 30
"""Consent, windows and ages are decided by the clock."""


async def examine(settings: Settings, console: Console) -> bool:
    """Print a line per check; whether all are well."""
    strangers = unknown(os.environ)
    said = (
        f"{', '.join(strangers)}: no setting, and ignored"
        if strangers
        else "every HELIOGRAPH_* variable is known"
    )
    lines: list[tuple[str, bool | None, str]] = [("settings", None if strangers else True, said)]
    lines += await _store(settings)
    lines += await _public_url(settings)
    for name, well, words in lines:
        sign = {True: "[green]ok  [/]", False: "[red]mend[/]", None: "[yellow]note[/]"}[well]
        # Not a table: what is to be pasted must not be folded.
        console.print(f"{sign} [bold]{escape(name)}[/]: {escape(words)}", highlight=False, soft_wrap=True)
    return all(well is not False for _name, well, _words in lines)


def _missing(settings: Settings) -> Path | None:
    """The file of an embedded ledger that was not made yet."""
    path = settings.database_file
    return None if path is None or path.exists() else path


async def _store(settings: Settings) -> list[tuple[str, bool | None, str]]:
    """Looks at the store without changing it: it makes no file, and applies no migration."""
    missing = _missing(settings)
    if missing is not None:
        return [("store", None, f"no database yet: `heliograph serve` makes {missing}")]
    try:
        if not await all_applied(settings.database):
            return [("store", None, "migrations are missing: the next `heliograph serve` applies them")]
        store = await open_store(settings.database)
    except StartupError as error:
        return [("store", False, str(error))]
    kind = "SQLite, synchronous=FULL: an answered event is on disk" if settings.embedded else "PostgreSQL"
    space = []
    try:
        if await store.read(free_space.is_kept):
            space.append(("free space", None, f"what is removed stays part of the file: {free_space.REMEDY}"))
        keys = app.open_secrets(settings)
        found = await store.read(lambda c: _configured(c, keys))
    except StartupError as error:
        return [("store", True, kind), *space, ("secrets", False, str(error))]
    finally:
        await store.close()
    return [
        ("store", True, kind),
        *space,
        ("secrets", True, f"the settings of {len(found.destinations)} destinations can be read"),
        *findings(found, installed()),
    ]


def _configured(connection: Connection, keys: Secrets) -> Configured:
    known = mappings.everything(connection)
    there = destinations.everything(connection, keys)
    return Configured(
        sources.everything(connection),
        there,
        frozenset(sources.links(connection)),
        known,
        usage.matched(connection, known),
        usage.senders(connection, [one.id for one in there]),
    )


async def _public_url(settings: Settings) -> list[tuple[str, bool | None, str]]:
    url = settings.public_url
    if url is None:
        return [
            (
                "public url",
                None,
                "HELIOGRAPH_PUBLIC_URL is not set: the provider can't report deliveries to this gateway.",
            )
        ]
    try:
        async with httpx.AsyncClient(timeout=5) as client:
            answer = await client.get(f"{url}/healthz")
    except httpx.HTTPError as error:
        return [
            (
                "public url",
                False,
                f"{url}/healthz can't be reached ({type(error).__name__}). Is `serve` running behind it?",
            )
        ]
    if answer.status_code != httpx.codes.OK:
        return [
            ("public url", False, f"{url}/healthz answers {answer.status_code}; it must reach this gateway.")
        ]
    lines: list[tuple[str, bool | None, str]] = [("public url", True, f"{url} reaches a gateway")]
    if "date" in answer.headers:
        skew = abs((datetime.now(UTC) - parsedate_to_datetime(answer.headers["date"])).total_seconds())
        well = skew <= MOST_SKEW_SECONDS
        lines.append(
            (
                "clock",
                well,
                f"{skew:.0f} s from the clock behind {url}" + ("" if well else ": set this machine's."),
            )
        )
    return lines
