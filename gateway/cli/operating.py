"""What somebody asks, or stops, day by day."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from gateway.cli.common import Token, Url, console, read_settings, run
from gateway.errors import StartupError

commands = typer.Typer()


Destination = Annotated[
    str | None, typer.Option(help="The id of a destination; if left out, the whole space is meant.")
]
Space = Annotated[str, typer.Option(help="The space, where no destination is named.")]


@commands.command()
def pause(
    destination: Destination = None,
    space: Space = "default",
    note: Annotated[str | None, typer.Option(help="Why: each delivery that waits shows it.")] = None,
) -> None:
    """Let what comes wait, of a destination or of a whole space; a gateway that runs goes by it at once."""
    from gateway import pause_commands

    run(pause_commands.pause(read_settings(), console, destination_id=destination, space=space, note=note))


@commands.command()
def resume(destination: Destination = None, space: Space = "default") -> None:
    """Show what waits for the end of a pause, and let it go on, the oldest first."""
    from gateway import pause_commands

    run(pause_commands.resume(read_settings(), console, destination_id=destination, space=space))


@commands.command()
def tail(
    url: Url = "http://127.0.0.1:8080",
    token: Token = None,
    destination: Annotated[
        str | None, typer.Option(help="The id of a destination, to see what goes out through it alone.")
    ] = None,
    events: Annotated[
        bool, typer.Option("--events", help="Show the events as they are matched, too.")
    ] = False,
) -> None:
    """Watch a gateway that runs: each delivery as it is made and changes. Ctrl-C ends it."""
    from gateway import tail_command
    from gateway.remote import remote

    asked = remote(read_settings(), os.environ, url=url, token=token)
    run(tail_command.tail(asked, console, destination_id=destination, events=events))


@commands.command()
def deliveries(
    begin: Annotated[
        str,
        typer.Option("--from", help="The first moment: a day (midnight in UTC), or a time with its offset."),
    ],
    end: Annotated[str, typer.Option("--to", help="The first moment behind it, written alike.")],
    csv: Annotated[bool, typer.Option("--csv", help="As CSV, the one form there is.")] = False,
    url: Url = "http://127.0.0.1:8080",
    token: Token = None,
    space: Annotated[
        str | None, typer.Option(help="The space that is meant: a token of another one is refused.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(help="The file to write, which must not be there yet; if left out, standard output."),
    ] = None,
    after: Annotated[
        str | None, typer.Option(help="Go on behind this cursor, which an export that broke off has named.")
    ] = None,
) -> None:
    """Write what became of every event of a span of time, one row for each delivery, the newest first.

    A text that a spreadsheet would run as a formula begins with an apostrophe; a number stays as it is.
    """
    from gateway import deliveries_command
    from gateway.remote import remote

    if not csv:
        raise StartupError("Say --csv: it is the one form there is. Nothing was done.")
    asked = remote(read_settings(), os.environ, url=url, token=token)
    span = deliveries_command.moment(begin, "--from"), deliveries_command.moment(end, "--to")
    export = deliveries_command.Export(asked, *span, cursor=after)
    progress = Console(stderr=True)
    with deliveries_command.opened(output, sys.stdout) as out:
        run(export.run(out, progress, space=space))
    progress.print(f"{export.written:,} deliveries were written.", highlight=False)


@commands.command()
def backtest(
    mapping: Annotated[
        str,
        typer.Argument(
            help="The id or the name of a mapping, or a file with one (.yaml), as `export` writes it."
        ),
    ],
    days: Annotated[int, typer.Option(help="The events of so many days, up to now.", min=1, max=31)] = 7,
    begin: Annotated[
        str | None,
        typer.Option(
            "--from", help="The first moment, in place of --days: a day, or a time with its offset."
        ),
    ] = None,
    end: Annotated[
        str | None, typer.Option("--to", help="The first moment behind it; if left out, now.")
    ] = None,
    url: Url = "http://127.0.0.1:8080",
    token: Token = None,
    as_json: Annotated[bool, typer.Option("--json", help="For a program.")] = False,
) -> None:
    """Show what a mapping would have sent for the events of the last days. Nothing is sent."""
    from datetime import UTC, datetime, timedelta

    from gateway.backtest_command import Backtest
    from gateway.deliveries_command import moment
    from gateway.remote import remote

    ends = datetime.now(UTC) if end is None else moment(end, "--to")
    begins = ends - timedelta(days=days) if begin is None else moment(begin, "--from")
    asked = remote(read_settings(), os.environ, url=url, token=token)
    run(Backtest(asked, mapping, begins, ends).run(console, as_json=as_json))
