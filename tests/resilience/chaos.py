"""Kills a gateway while its provider misbehaves, and counts: nobody texted twice, nobody forgotten, nothing unsaid.

`--cluster`: two gateways and two workers over a PostgreSQL and a Redis of their own, which are restarted meanwhile.

Ends with 0 only where the three books agree. `--standin DIR` runs the independent chaos.py of that folder in the place of ours.
"""

import argparse
import os
import secrets
import signal
import subprocess
import sys
import tempfile
from base64 import b64encode
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console

from gateway.errors import StartupError
from gateway.settings import Settings
from tests.databases import database
from tests.resilience.cluster import run_cluster
from tests.resilience.people import PROFILES
from tests.resilience.run import Plan, run

MOST_PEOPLE = 5000
MOST_KILLS = 200


def elsewhere(folder: Path, given: argparse.Namespace, environ: dict[str, str]) -> int:
    """The exit code of that folder's own chaos, over our serve."""
    command = [sys.executable, "-B", str(folder / "chaos.py")]
    command += ["--serve", f"{sys.executable} -m gateway serve --host 127.0.0.1 --port {{port}}"]
    faults = {"rough": "nasty"}.get(given.faults, given.faults)
    command += [
        "--n",
        str(given.n),
        "--kills",
        str(given.kills),
        "--seed",
        str(given.seed),
        "--faults",
        faults,
    ]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HELIOGRAPH_")}
    return subprocess.run(command, env=kept | environ, check=False).returncode


def _server(address: str) -> str:
    try:
        settings = Settings.from_environ({"HELIOGRAPH_DATABASE_URL": address})
    except StartupError as error:
        sys.exit(str(error))
    if settings.embedded:
        sys.exit(
            "DATABASE_URL takes a PostgreSQL server; without it the ledger is SQLite. Nothing was started."
        )
    return settings.database


def _asked() -> argparse.Namespace:
    """What the command line asks for; the program ends where that can't be."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument(
        "--n", type=int, default=300, help=f"people with one event each, up to {MOST_PEOPLE}"
    )
    arguments.add_argument("--kills", type=int, default=12, help="the last one comes when all is quiet")
    arguments.add_argument(
        "--seed", type=int, default=secrets.randbelow(10**6), help="a new one, unless given"
    )
    arguments.add_argument("--faults", choices=list(PROFILES), default="nasty", help="what the provider does")
    arguments.add_argument("--standin", type=Path, help="a folder with a chaos.py of its own")
    arguments.add_argument(
        "--database-url", help="a PostgreSQL server: a database of its own is made there, and dropped"
    )
    arguments.add_argument(
        "--cluster", action="store_true", help="several processes, each of which is killed"
    )
    arguments.add_argument("--keep", type=Path, help="a folder for logs and data; else they go")
    given = arguments.parse_args()
    if not 1 <= given.n <= MOST_PEOPLE:
        arguments.error(f"--n is from 1 to {MOST_PEOPLE}")
    if not 0 <= given.kills <= MOST_KILLS:
        arguments.error(f"--kills is from 0 to {MOST_KILLS}")
    if given.cluster and (given.standin or given.database_url or PROFILES[given.faults].full_disk):
        arguments.error("--cluster has servers of its own: no --standin, --database-url or --faults fulldisk")
    if given.keep is not None and given.keep.exists() and any(given.keep.iterdir()):
        arguments.error(f"--keep takes a new folder, and {given.keep} has something in it")
    return given


def main() -> None:
    given = _asked()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was started is ended with it
    console = Console(highlight=False, soft_wrap=True)
    with ExitStack() as stack:
        folder = given.keep or Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="heliograph-chaos-"))
        )
        folder.mkdir(parents=True, exist_ok=True)
        environ = {}
        if given.database_url:
            address = stack.enter_context(database("chaos", _server(given.database_url)))
            if address is None:
                sys.exit("No database could be made on the server of --database-url. Nothing was started.")
            keys = b64encode(secrets.token_bytes(32)).decode()
            environ = {"HELIOGRAPH_DATABASE_URL": address, "HELIOGRAPH_SECRET_KEYS": keys}
        if given.standin is not None:
            sys.exit(elsewhere(given.standin, given, environ))
        console.print(
            f"chaos: {given.n} people, {given.kills} kills, faults {given.faults}, seed {given.seed}, "
            f"{'a cluster' if given.cluster else 'PostgreSQL' if environ else 'SQLite'}"
        )
        plan = Plan(given.n, given.kills, given.seed, given.faults, environ)
        try:
            verdict = (run_cluster if given.cluster else run)(plan, folder, console.print)
        except StartupError as error:
            sys.exit(str(error))
        for line in verdict.lines():
            console.print(line)
        if not verdict.good and given.keep is None:
            console.print("--keep DIR keeps the logs of a run", style="dim")
    console.print(verdict.summary(given.seed))
    sys.exit(0 if verdict.good else 1)


if __name__ == "__main__":
    main()
