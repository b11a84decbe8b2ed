"""What the commands share: the terminal, the settings, the loop that they run on, and the options of those that ask a gateway."""

import asyncio
import os
from collections.abc import Coroutine
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console

from gateway import logging
from gateway.settings import Settings, unknown

T = TypeVar("T")

console = Console()

Url = Annotated[str, typer.Option(help="Where the gateway is.")]
Token = Annotated[
    str | None,
    typer.Option(
        help="What to ask it with; better in HELIOGRAPH_TOKEN, since others on this machine can see it here."
    ),
]


def read_settings() -> Settings:
    """Those of the environment; logs go as they say."""
    found = Settings.from_environ(os.environ)
    logging.configure(found.log_format, found.log_level)
    for variable in unknown(os.environ):
        logging.get("settings").warning("A variable is no setting and was ignored", variable=variable)
    return found


def run(work: Coroutine[Any, Any, T]) -> T:
    """What comes of that, run on the loop that every command runs on."""
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(work)


def _loop_factory() -> Any:
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop
