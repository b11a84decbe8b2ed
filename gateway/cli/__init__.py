"""The command line: serve · worker · simulator · demo · cluster · migrate · schema · pause · resume · tail · deliveries · backtest · plan · apply · export · import consent, segment · token create, list, revoke · doctor.

A command loads what it needs when it is run: all of it takes more than a second, most of which is the GraphQL schema.
"""

import os
from importlib.metadata import version
from typing import Annotated

import typer

from gateway.cli import files, imports, operating, running, tokens
from gateway.errors import HeliographError

cli = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for commands in (running.commands, operating.commands, files.commands):
    cli.add_typer(commands)
cli.add_typer(tokens.commands, name="token")
cli.add_typer(imports.commands, name="import")


def main() -> None:
    """Run a command; what a person can mend is one line on standard error and exit code 1."""
    os.umask(0o077)  # whatever is written holds numbers, texts or keys
    try:
        cli()
    except HeliographError as error:
        typer.echo(f"heliograph: {error}", err=True)
        raise SystemExit(1) from None


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"heliograph {version('heliograph')}")
        raise typer.Exit


@cli.callback()
def _about(
    _asked: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print which version this is.")
    ] = False,
) -> None:
    """Segment events in, texts out, and every decision explained."""
