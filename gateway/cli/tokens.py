"""API tokens, of whoever has the store."""

from typing import Annotated

import typer

from gateway.cli.common import console, read_settings, run
from gateway.workspace import Role

commands = typer.Typer(help="API tokens.", no_args_is_help=True)


@commands.command("create")
def token_create(
    role: Annotated[Role, typer.Option(case_sensitive=False, help="What the token may do.")],
    name: Annotated[str, typer.Option(help="What it is for.")],
    space: Annotated[str, typer.Option(help="The space it belongs to.")] = "default",
) -> None:
    """Make an API token and print it, once."""
    from gateway import token_commands

    token = run(token_commands.create(read_settings(), role=role, name=name, space=space))
    typer.echo(token)  # alone on its line, so that a script can take it


@commands.command("list")
def token_list(
    space: Annotated[str | None, typer.Option(help="Only of that space; if left out, of all.")] = None,
) -> None:
    """Print whose tokens there are, what they may do and when they were last used; never a token."""
    from gateway import token_commands

    run(token_commands.list_all(read_settings(), console, space=space))


@commands.command("revoke")
def token_revoke(
    token_id: Annotated[str, typer.Argument(metavar="ID", help="Its id, as `heliograph token list` has it.")],
) -> None:
    """Revoke an API token: from the next request on it is answered as one that never was."""
    from gateway import token_commands

    run(token_commands.revoke(read_settings(), console, token_id))
