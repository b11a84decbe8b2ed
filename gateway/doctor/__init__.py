"""Looks at what a person set up and says what to mend."""

import os
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx
from rich.console import Console
from rich.markup import escape

from gateway import app
from gateway.doctor import redis, store
from gateway.errors import StartupError
from gateway.idle import Finding
from gateway.settings import Settings, unknown

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
    lines: list[Finding] = [("settings", None if strangers else True, said)]
    lines += await store.examine(settings)
    lines += await _shared(settings)
    lines += await _public_url(settings)
    for name, well, words in lines:
        sign = {True: "[green]ok  [/]", False: "[red]mend[/]", None: "[yellow]note[/]"}[well]
        # Not a table: what is to be pasted must not be folded.
        console.print(f"{sign} [bold]{escape(name)}[/]: {escape(words)}", highlight=False, soft_wrap=True)
    return all(well is not False for _name, well, _words in lines)


async def _shared(settings: Settings) -> list[Finding]:
    """What several processes share, where there are several."""
    try:
        app.fit_together(settings)
    except StartupError as error:
        return [("settings", False, str(error))]
    if settings.redis_url is not None:
        return await redis.examine(settings.redis_url)
    if settings.embedded:
        return []
    return [
        (
            "redis",
            None,
            "HELIOGRAPH_REDIS_URL is not set: one process works alone on this database, and keeps others out",
        )
    ]


async def _public_url(settings: Settings) -> list[Finding]:
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
    lines: list[Finding] = [("public url", True, f"{url} reaches a gateway")]
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
