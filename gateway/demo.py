"""`heliograph demo`: real processes, a released SDK, and what became of each event, over the same doors users have."""

import asyncio
import contextlib
import os
import secrets
import socket
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr
from rich.console import Console
from rich.live import Live

from destinations.kit import Demo, DestinationDefinition
from destinations.kit.registry import installed
from gateway.cluster import Cluster, Part, running
from gateway.cluster.parts import POLL_SECONDS, answering, free_port, interruptible
from gateway.cluster.view import looked_at, table, watch
from gateway.configuration.command import Files
from gateway.demo_view import Row, shown
from gateway.errors import StartupError
from gateway.remote import Remote

SETTLE_SECONDS = 60.0
WIDE = 80
"""Columns where nobody says how wide the output is: a file, a pipe, CI."""

_DELIVERIES = """query Ledger { deliveries(first: 100) { edges { node {
  id status messageStatus reason channel recipient messageSid errorCode errorMessage remedy
  explanation { gate passed detail } mapping { name } event { userId name type } } } } }"""


@dataclass(frozen=True, slots=True)
class _Stage:
    """What the stories are told to. `door` is the address that events go to; with several gateways it is another's than GraphQL's."""

    gateway: Part
    door: str
    simulator: Part
    token: str
    cluster: Cluster | None = None


def run(console: Console, *, once: bool, port: int, simulator_port: int, cluster: bool = False) -> None:
    """Start everything, tell the stories, print what became of them; stay until Ctrl-C or SIGTERM unless `once`.

    With `cluster` it is two gateways and two workers over PostgreSQL and Redis, at free ports. Raises StartupError where something
    does not start, SystemExit(1) where a promise was not kept.
    """
    interruptible()
    os.environ |= {
        "NO_PROXY": "127.0.0.1",
        "no_proxy": "127.0.0.1",
    }  # the SDK would take a proxy even to loopback
    if not console.is_terminal:
        console = Console(width=WIDE)
    try:
        definition, demo = _performed()
        stage = (
            _several(console, definition)
            if cluster
            else _alone(console, definition, port=port, simulator_port=simulator_port)
        )
        with stage as set_up:
            _perform(console, set_up, demo, once=once)
    except KeyboardInterrupt:
        console.print("Stopped; nothing of it is left behind.")


def _performed() -> tuple[DestinationDefinition, Demo]:
    for one in installed().values():
        if one.demo is not None and one.simulator is not None:
            return one, one.demo
    raise StartupError(
        "No installed destination has a demo. Install heliograph itself: pip install heliograph[demo]."
    )


def _perform(console: Console, stage: _Stage, demo: Demo, *, once: bool) -> None:
    headers = {"Authorization": f"Bearer {stage.token}"}
    with httpx.Client(base_url=stage.gateway.url, headers=headers, timeout=20, trust_env=False) as api:
        write_key = _seed(console, stage, demo)
        rows = _tell(console, demo, stage.door, write_key)
        settled = _watch(console, api, rows, demo, stage.simulator.url)
    if once:
        if not settled:
            raise SystemExit(1)
        return
    _point(console, stage, write_key)
    console.print("\nIt stays up until Ctrl-C; what it stored goes with it.")
    if stage.cluster is not None:
        console.print()
        watch(console, stage.cluster)
    stage.gateway.wait()
    raise StartupError(f"The gateway ended by itself. It said: {stage.gateway.said() or 'nothing'}")


@contextlib.contextmanager
def _alone(
    console: Console, definition: DestinationDefinition, *, port: int, simulator_port: int
) -> Iterator[_Stage]:
    """One gateway on SQLite, with its worker inside."""
    with tempfile.TemporaryDirectory(prefix="heliograph-demo-") as folder, contextlib.ExitStack() as stack:
        here = f"127.0.0.1:{_port(console, port, '--port')}"
        there = f"127.0.0.1:{_port(console, simulator_port, '--simulator-port')}"
        token = f"hgt_{secrets.token_urlsafe(24)}"
        environ = {name: value for name, value in os.environ.items() if not name.startswith("HELIOGRAPH_")}
        environ |= {
            "HELIOGRAPH_DATA_DIR": str(Path(folder) / "data"),
            "HELIOGRAPH_ADMIN_TOKEN": token,
            "HELIOGRAPH_ALLOWED_HOSTS": there,
            "HELIOGRAPH_PUBLIC_URL": f"http://{here}",
            "HELIOGRAPH_LOG_LEVEL": "warning",
        }
        simulator = _part(folder, "simulator", there, "/", environ, "--destination", definition.slug)
        gateway = _part(folder, "serve", here, "/readyz", environ)
        with console.status("Starting the gateway and the provider's stand-in ..."):
            for part in (simulator, gateway):
                stack.callback(part.stop)
                part.start()
            for part in (simulator, gateway):
                part.wait_until_ready()
        console.print(
            f"[green]✓[/] gateway on {gateway.url}\n[green]✓[/] stand-in for {definition.name} on {simulator.url}",
            highlight=False,
        )
        yield _Stage(gateway, gateway.url, simulator, token)


def _part(
    folder: str, command: str, address: str, ready: str, environ: Mapping[str, str], *more: str
) -> Part:
    return Part(
        f"`heliograph {command}`",
        [sys.executable, "-P", "-m", "gateway", command, "--port", address.rpartition(":")[2], *more],
        address=address,
        log=Path(folder) / f"{command}.log",
        environ=environ,
        probe=answering(f"http://{address}{ready}"),
    )


@contextlib.contextmanager
def _several(console: Console, definition: DestinationDefinition) -> Iterator[_Stage]:
    """Gateways and workers over PostgreSQL and Redis. Events go to the last gateway, while callbacks and GraphQL go to the first."""
    with contextlib.ExitStack() as stack:
        with console.status("Starting gateways, workers, PostgreSQL, Redis and the provider's stand-in ..."):
            cluster = stack.enter_context(
                running(definition.slug, environ={"HELIOGRAPH_LOG_LEVEL": "warning"})
            )
        console.print(table(cluster, looked_at(cluster)))
        first, *_, last = cluster.gateways
        yield _Stage(first, last.url, cluster.simulator, cluster.token, cluster)


def _port(console: Console, wanted: int, option: str) -> int:
    """The wanted port, or any free one where it is 0 or taken, which is said."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):
            if wanted:
                probe.bind(("127.0.0.1", wanted))
                return wanted
    found = free_port()
    if wanted:
        console.print(
            f"[yellow]![/] port {wanted} is taken: {found} is used instead (choose one with {option})",
            highlight=False,
        )
    return found


def _ask(api: httpx.Client, query: str, **variables: Any) -> Any:
    answer = api.post("/graphql", json={"query": query, "variables": variables})
    body = answer.json()
    if body.get("errors"):
        raise StartupError(f"GraphQL refused: {body['errors'][0]['message']}")
    return body["data"]


def _seed(console: Console, stage: _Stage, demo: Demo) -> str:
    """A source, a verified destination and the mappings, from files as anybody would keep them; the write key."""
    remote = Remote(stage.gateway.url, SecretStr(stage.token))
    files = Files(demo.folder, remote, demo.environ_at(stage.simulator.address))
    kept: dict[str, str] = {}
    done = asyncio.run(files.apply(Console(quiet=True), lambda _: True, kept.__setitem__))
    [status] = [one.status for one in done if one.status is not None]
    mappings = sum(one.step.operation == "mappingCreate" for one in done)
    console.print(
        f"[green]✓[/] a source, the destination ({status}, without quiet hours: it texts at any hour) and "
        f"{mappings} mappings, made through GraphQL",
        highlight=False,
    )
    [write_key] = kept.values()
    return write_key


def _tell(console: Console, demo: Demo, url: str, write_key: str) -> list[Row]:
    """Make the stories' calls with the released SDK, as a customer's server would."""
    try:
        from segment.analytics import Client  # noqa: PLC0415  an extra, which only the demo needs
    except ImportError:
        raise StartupError(
            "The demo drives a Segment SDK. Install it with: pip install 'heliograph[demo]'."
        ) from None
    client = Client(write_key, host=url)
    rows = []
    for story in demo.stories:
        for call in story.calls:
            getattr(client, call.method)(**call.arguments)
        user_id = str(story.calls[0].arguments["user_id"])
        titles = (story.title, *[""] * len(story.promises))
        rows += [Row(user_id, title, promise) for title, promise in zip(titles, story.promises, strict=False)]
    client.shutdown()
    calls = sum(len(story.calls) for story in demo.stories)
    console.print(f"[green]✓[/] {calls} calls by segment-analytics-python, flushed\n", highlight=False)
    return rows


def _watch(console: Console, api: httpx.Client, rows: list[Row], demo: Demo, simulator: str) -> bool:
    """Look at the ledger and the phones until every promise is kept, or a minute went by; whether they were."""
    deadline = time.monotonic() + SETTLE_SECONDS
    with Live(shown(rows, {}), console=console, refresh_per_second=8, vertical_overflow="visible") as live:
        while True:
            found = [edge["node"] for edge in _ask(api, _DELIVERIES)["deliveries"]["edges"]]
            by_key = {(node["event"]["userId"], node["mapping"]["name"]): node for node in found}
            for row in rows:
                row.seen = by_key.get((row.who, row.promise.mapping), {})
            arrived = httpx.get(f"{simulator}{demo.texts_at}", timeout=20, trust_env=False).json()
            live.update(shown(rows, demo.texts(arrived)))
            kept = all(row.kept for row in rows) and len(found) == len(rows)
            if kept or time.monotonic() > deadline:
                break
            time.sleep(POLL_SECONDS)  # the ledger is looked at as a person would, to a deadline
    if not kept:
        console.print(f"[red]✗[/] not as promised ({len(found)} deliveries, {len(rows)} promised)")
    return kept


def _point(console: Console, stage: _Stage, write_key: str) -> None:
    lines = (
        ("The texts, as a phone shows them; you can reply there", f"{stage.simulator.url}/"),
        (
            "The page to look at and to change everything, signed in",
            f"{stage.gateway.url}/#token={stage.token}",
        ),
        ("The URL for your own events", stage.door),
        ("The write key, as user of Basic", write_key),
        ("The admin token", stage.token),
    )
    console.print()
    for title, text in lines:
        console.print(f"{title}:\n  {text}", highlight=False, soft_wrap=True, markup=False)
