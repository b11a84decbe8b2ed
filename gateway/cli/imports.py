"""What is known elsewhere, brought in."""

import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from destinations.kit import Channel
from gateway.cli.common import Token, Url, console, read_settings, run
from gateway.errors import StartupError

commands = typer.Typer(help="Bring in what is known elsewhere.", no_args_is_help=True)


@commands.command("consent")
def import_consent(
    file: Annotated[str, typer.Argument(metavar="FILE", help="CSV or JSON, in UTF-8; - is standard input.")],
    apply: Annotated[
        bool, typer.Option("--apply", "--yes", help="Record it behind the dry run, without asking.")
    ] = False,
    export: Annotated[
        str | None,
        typer.Option(
            "--from",
            help="What exported it: segment, customerio, braze, klaviyo, plain, or what a destination brings along; if left out, its columns tell.",
        ),
    ] = None,
    channel: Annotated[
        Channel | None,
        typer.Option(
            case_sensitive=False, help="SMS or WHATSAPP: what its rows are about, where they do not say it."
        ),
    ] = None,
    url: Url = "http://127.0.0.1:8080",
    token: Token = None,
    space: Annotated[
        str | None, typer.Option(help="The space it is for; if left out, that of the token.")
    ] = None,
) -> None:
    """Record who agreed to what, from the export of another system, or a file with the columns phone, channel, status and at.

    It shows how it reads the file and what that comes to, and asks. Where nobody sits, it is a dry run unless --apply is said. Exit code 1 where a row could not be read; the others are recorded all the same.
    """
    from gateway import import_command
    from gateway.configuration.command import asked as asks
    from gateway.remote import remote

    asked = remote(read_settings(), os.environ, url=url, token=token)
    sits = sys.stdin.isatty() and console.is_terminal and file != "-"
    with import_command.opened(file) as opened:
        one = import_command.ConsentFile(asked, file, space, export, channel and channel.value)
        if not run(one.run(opened, console, apply=apply, ask=asks(console, yes=False) if sits else None)):
            raise SystemExit(1)


@commands.command("segment")
def import_segment(
    exports: Annotated[
        list[str], typer.Argument(metavar="EXPORT...", help="Files of exports, JSON; - is standard input.")
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would become of it.")] = False,
    url: Url = "http://127.0.0.1:8080",
    token: Token = None,
    space: Annotated[
        str | None, typer.Option(help="The space it is for; if left out, that of the token.")
    ] = None,
    secrets: Annotated[
        Path | None, typer.Option(help="A JSON file with what exports have masked, by its name.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Make it without asking.")] = False,
    as_json: Annotated[
        bool,
        typer.Option(
            "--json", help="For a program: with --dry-run or --yes, nothing else on standard output."
        ),
    ] = False,
) -> None:
    """Take over what Segment had configured of its messaging destinations: shown as a plan first, and asked.

    What exports have masked is asked for at the terminal, or taken from HELIOGRAPH_IMPORT_<NAME> or --secrets. Done again, it changes
    nothing. Exit code 1 where it was not made, or a destination that was made did not verify.
    """
    from gateway import segment_command as command
    from gateway.configuration.command import asked
    from gateway.configuration.keeping import kept
    from gateway.remote import remote

    if as_json and not (dry_run or yes):
        raise StartupError("Say --dry-run or --yes with --json: nobody is asked then. Nothing was made.")
    settings = read_settings()
    found = remote(settings, os.environ, url=url, token=token)
    shown = Console(stderr=True) if as_json else console
    moving = command.Moving(found, shown, space, command.said_in(secrets))
    export = command.exported(exports)
    verified = True
    if dry_run:
        run(moving.plan(export))
    else:
        ask = asked(shown, yes=yes, instead="Say --yes, or look first with --dry-run.")
        keep = kept(shown, None, settings.data_dir / "shown-once.txt")
        is_there = not yes and sys.stdin.isatty() and shown.is_terminal
        verified = run(moving.run(export, ask, command.secretly(shown), keep, offer=is_there))
    if as_json:
        typer.echo(json.dumps(moving.told, ensure_ascii=False, indent=2))
    if not verified:
        raise SystemExit(1)
