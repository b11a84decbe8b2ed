"""What is configured, as files."""

import os
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.common import Token, Url, console, read_settings, run

commands = typer.Typer()


Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The folder with the files.")]
Prune = Annotated[bool, typer.Option("--prune", help="Delete what no file has.")]
Verify = Annotated[
    bool, typer.Option(help="Verify destinations that are made, get other settings, or never were verified.")
]


Secrets = Annotated[
    bool, typer.Option("--secrets", help="Set every secret anew: two that end alike look the same.")
]


@commands.command("plan")
def plan_files(
    folder: Folder,
    url: Url = "http://127.0.0.1:8080",
    token: Token = None,
    prune: Prune = False,
    verify: Verify = True,
    secrets: Secrets = False,
    as_json: Annotated[bool, typer.Option("--json", help="For a program.")] = False,
) -> None:
    """Show what `apply` would do so that a gateway is configured as the files of a folder have it.

    Exit code 0: nothing; 2: something; 1: it can't be said.
    """
    from gateway.configuration.command import Files
    from gateway.remote import remote

    files = Files(folder, remote(read_settings(), os.environ, url=url, token=token), os.environ)
    if run(files.plan(console, prune=prune, verify=verify, secrets=secrets, as_json=as_json)):
        raise SystemExit(2)


@commands.command("apply")
def apply_files(
    folder: Folder,
    url: Url = "http://127.0.0.1:8080",
    token: Token = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do it without asking.")] = False,
    plan: Annotated[
        str | None,
        typer.Option(help="The fingerprint that `plan` showed: done is that and nothing else."),
    ] = None,
    prune: Prune = False,
    verify: Verify = True,
    secrets: Secrets = False,
    keys: Annotated[
        Path | None,
        typer.Option(help="The file to add new write keys to; if left out, they are shown at the terminal."),
    ] = None,
) -> None:
    """Configure a gateway as the files of a folder have it: shown first, and asked. Done again, it changes nothing.

    Exit code 1 where not all of it was done, or a destination did not verify.
    """
    from gateway.configuration.command import Files, asked
    from gateway.configuration.keeping import kept
    from gateway.remote import remote

    settings = read_settings()
    files = Files(folder, remote(settings, os.environ, url=url, token=token), os.environ)
    keep = kept(console, keys, settings.data_dir / "shown-once.txt")
    ask = asked(console, yes=yes)
    done = run(files.apply(console, ask, keep, expected=plan, prune=prune, verify=verify, secrets=secrets))
    if not all(one.is_well for one in done):
        raise SystemExit(1)


@commands.command("export")
def export_files(
    folder: Folder,
    url: Url = "http://127.0.0.1:8080",
    token: Token = None,
    force: Annotated[
        bool, typer.Option("--force", help="Write files anew that have another content.")
    ] = False,
) -> None:
    """Write what is configured on a gateway as files, with references in the place of secrets."""
    from gateway.configuration.command import Files
    from gateway.remote import remote

    files = Files(folder, remote(read_settings(), os.environ, url=url, token=token), os.environ)
    written, left = run(files.export(console, force=force))
    for name in written:
        console.print(name, markup=False, highlight=False, soft_wrap=True)
    console.print(
        f"{len(written)} files were written into {folder}.", markup=False, highlight=False, soft_wrap=True
    )
    if left:
        console.print(
            f"The gateway has nothing of these, which stay: {', '.join(left)}",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
