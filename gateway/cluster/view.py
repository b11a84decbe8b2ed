"""What a person sees of a set: a table of its parts, and whether each is well."""

import time
from collections.abc import Mapping

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from gateway.cluster.local import Cluster
from gateway.cluster.parts import READY, is_usable

LOOK_SECONDS = 1.0


def looked_at(cluster: Cluster) -> dict[str, str]:
    """How each part is, by its name."""
    return {part.name: part.health() for part in cluster.parts}


def table(cluster: Cluster, health: Mapping[str, str]) -> Table:
    """A row for each part."""
    shown = Table(box=None, pad_edge=False)
    for column in ("part", "address", "pid", "health", "log"):
        shown.add_column(column, no_wrap=True, overflow="fold")
    for part in cluster.parts:
        said = health[part.name]
        shown.add_row(
            part.name,
            part.address,
            str(part.pid or "-"),
            Text(said, _colour(said)),
            part.log.name,
        )
    return shown


def _colour(health: str) -> str:
    if health == READY:
        return "green"
    return "yellow" if is_usable(health) else "red"


def point(console: Console, cluster: Cluster) -> None:
    """Where to go, and with what."""
    first = cluster.gateways[0].url
    lines = (
        ("Events and GraphQL, at either", "  ".join(gateway.url for gateway in cluster.gateways)),
        ("GraphiQL, signed in", f"{first}/graphql#token={cluster.token}"),
        ("The texts, as a phone shows them", f"{cluster.simulator.url}/"),
        ("The logs", str(cluster.folder)),
        ("Another worker beside them", f"(set -a; . {cluster.environ_file}; exec heliograph worker)"),
    )
    console.print()
    for title, text in lines:
        console.print(f"{title}:\n  {text}", highlight=False, soft_wrap=True, markup=False)


def watch(console: Console, cluster: Cluster) -> None:
    """Show how each part is, for ever: until KeyboardInterrupt. Where nobody sees a screen, each change is a line."""
    health = looked_at(cluster)
    if not console.is_terminal:
        console.print(table(cluster, health))
        while True:
            time.sleep(LOOK_SECONDS)  # health is looked at as a person would
            before, health = health, looked_at(cluster)
            for name in (name for name in health if health[name] != before[name]):
                console.print(f"{name}: {health[name]}", highlight=False, markup=False)
    with Live(table(cluster, health), console=console, auto_refresh=False) as live:
        while True:
            time.sleep(LOOK_SECONDS)  # as above
            live.update(table(cluster, looked_at(cluster)), refresh=True)
