"""`heliograph cluster`: a whole set on this machine, for as long as somebody looks at it."""

import contextlib

from rich.console import Console

from destinations.kit import DestinationDefinition
from destinations.kit.registry import installed
from gateway.cluster.local import running
from gateway.cluster.parts import interruptible
from gateway.cluster.view import point, watch
from gateway.errors import StartupError


def run(console: Console, *, gateways: int, workers: int) -> None:
    """Start a set, show it and how it is, and end all of it on Ctrl-C or SIGTERM. Raises StartupError."""
    interruptible()
    with contextlib.suppress(KeyboardInterrupt), contextlib.ExitStack() as stack:
        with console.status(f"Starting {gateways} gateways and {workers} workers, and what they need ..."):
            cluster = stack.enter_context(running(_with_stand_in().slug, gateways=gateways, workers=workers))
        point(console, cluster)
        console.print("\nIt stays up until Ctrl-C; what it stored goes with it.\n")
        watch(console, cluster)
    console.print("Stopped; nothing of it is left behind.")


def _with_stand_in() -> DestinationDefinition:
    definition = next((one for one in installed().values() if one.simulator is not None), None)
    if definition is None:
        raise StartupError(
            "No installed destination has a stand-in. Nothing was started. Install heliograph itself."
        )
    return definition
