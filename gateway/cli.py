"""The command line: serve · worker · simulator · demo · cluster · migrate · schema · pause · resume · tail · deliveries · backtest · plan · apply · export · import consent, segment · token create, list, revoke · doctor.

A command loads what it needs when it is run: all of it takes more than a second, most of which is the GraphQL schema.
"""

import asyncio
import json
import os
import sys
from collections.abc import Coroutine
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console

from destinations.kit import Channel
from gateway import logging
from gateway.errors import HeliographError, StartupError
from gateway.settings import Settings, unknown
from gateway.workspace import Role

T = TypeVar("T")

cli = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
token_cli = typer.Typer(help="API tokens.", no_args_is_help=True)
cli.add_typer(token_cli, name="token")
import_cli = typer.Typer(help="Bring in what is known elsewhere.", no_args_is_help=True)
cli.add_typer(import_cli, name="import")
console = Console()

Host = Annotated[str, typer.Option(help="The address to listen on.")]
Port = Annotated[int, typer.Option(help="The port to listen on.", min=0, max=65535)]


def main() -> None:
    """Run a command; what a person can mend is one line on standard error and exit code 1."""
    os.umask(0o077)  # whatever is written holds numbers, texts or keys
    try:
        cli()
    except HeliographError as error:
        print(f"heliograph: {error}", file=sys.stderr)  # noqa: T201  the one line that the caller reads
        raise SystemExit(1) from None


def _version(asked: bool) -> None:
    if asked:
        print(f"heliograph {version('heliograph')}")  # noqa: T201  the answer itself
        raise typer.Exit


@cli.callback()
def _about(
    _asked: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print which version this is.")
    ] = False,
) -> None:
    """Segment events in, texts out, and every decision explained."""


def _settings() -> Settings:
    settings = Settings.from_environ(os.environ)
    logging.configure(settings.log_format, settings.log_level)
    for variable in unknown(os.environ):
        logging.get("settings").warning("A variable is no setting and was ignored", variable=variable)
    return settings


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


@cli.command()
def serve(
    host: Host = "127.0.0.1",
    port: Port = 8080,
    worker: Annotated[bool, typer.Option(help="Match and deliver in this process.")] = True,
) -> None:
    """The gateway: ingestion, GraphQL, webhooks and console, with a worker inside."""
    from gateway.listening import bind
    from gateway.serve import serve as serve_on

    settings = _settings()
    run(serve_on(settings, bind(host, port), console, work=worker))


@cli.command()
def worker(
    host: Host = "127.0.0.1",
    port: Annotated[
        int | None,
        typer.Option(help="Answer /healthz, /readyz and /metrics on this port.", min=0, max=65535),
    ] = None,
) -> None:
    """Match and send, beside `serve --no-worker` and other workers over one PostgreSQL and one Redis."""
    from gateway.listening import bind
    from gateway.serve import work

    settings = _settings()
    run(work(settings, None if port is None else bind(host, port), console))


@cli.command()
def simulator(
    host: Host = "127.0.0.1",
    port: Port = 4010,
    destination: Annotated[str | None, typer.Option(help="Whose provider to stand in for.")] = None,
    scenario: Annotated[
        Path | None, typer.Option(help="A file of what is done to it first: commands of its control API.")
    ] = None,
) -> None:
    """A stand-in for the provider: takes messages, shows them as a phone would, calls back."""
    import uvicorn
    from uvicorn.importer import import_from_string

    from destinations.kit.registry import installed
    from gateway import scenario as scenarios
    from gateway.listening import bind
    from gateway.stand_in import introduce

    _settings()
    found = {slug: one.simulator for slug, one in installed().items() if one.simulator is not None}
    slug = destination or (next(iter(found)) if len(found) == 1 else None)
    if slug is None or slug not in found:
        raise StartupError(
            f"Say which provider with --destination: {', '.join(found) or 'none has a stand-in'}."
        )
    app = import_from_string(found[slug])()
    if scenario is not None:
        run(scenarios.play(app, scenarios.read(scenario)))
    listener = bind(host, port)
    address = f"{host}:{listener.getsockname()[1]}"
    introduce(console, installed()[slug], address)
    config = uvicorn.Config(app, log_config=None, access_log=False, server_header=False)
    uvicorn.Server(config).run(sockets=[listener])


@cli.command()
def demo(
    once: Annotated[
        bool, typer.Option("--once", help="Exit after the run; 1 if a promise was not kept.")
    ] = False,
    port: Annotated[
        int, typer.Option(help="The gateway's port; 0 takes a free one.", min=0, max=65535)
    ] = 8080,
    simulator_port: Annotated[int, typer.Option(help="The stand-in's port.", min=0, max=65535)] = 4010,
    cluster: Annotated[
        bool,
        typer.Option(
            "--cluster",
            help="Over two gateways, two workers, PostgreSQL and Redis, started for that on free ports.",
        ),
    ] = False,
) -> None:
    """Gateway, stand-in and a released Segment SDK on a store of its own: what became of each event, and why."""
    from gateway.demo import run as run_demo

    run_demo(console, once=once, port=port, simulator_port=simulator_port, cluster=cluster)


@cli.command("cluster")
def local_cluster(
    gateways: Annotated[int, typer.Option(help="How many take events in.", min=1, max=16)] = 2,
    workers: Annotated[int, typer.Option(help="How many match and send.", min=1, max=16)] = 2,
) -> None:
    """Gateways, workers, PostgreSQL, Redis and a stand-in on this machine, to try them: shown, watched, and gone on Ctrl-C."""
    from gateway.cluster.command import run as run_cluster

    run_cluster(console, gateways=gateways, workers=workers)


@cli.command()
def migrate() -> None:
    """Bring the database to the newest revision, which `serve` does too; write an old file anew that can't shrink."""
    from gateway import app
    from gateway.storage import free_space, ownership
    from gateway.storage.engine import open_store

    settings = _settings()

    async def work() -> None:
        app.prepare(settings)
        store = await open_store(settings.database)
        try:
            due = await store.read(free_space.is_kept)
        finally:
            await store.close()
        console.print("The database is at the newest revision.")
        if due and settings.database_file is not None:
            async with ownership.held(settings.database, alone=True):
                _rewrite(settings.database_file)

    run(work())


def _rewrite(file: Path) -> None:
    """Once, for a file that was made before it could give back what is free in it; nobody serves from it meanwhile."""
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    from gateway.storage import free_space

    before = file.stat().st_size
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        progress.add_task(
            f"Writing the file anew, so that it can shrink ({before / 1e6:,.0f} MB)", total=None
        )
        free_space.vacuum(file)
    console.print(
        f"The file has {file.stat().st_size / 1e6:,.1f} MB instead of {before / 1e6:,.1f}; what is freed from now on is given "
        "back while the gateway runs.",
        highlight=False,
        soft_wrap=True,
    )


@cli.command()
def schema(
    configuration: Annotated[
        bool, typer.Option("--configuration", help="Print the JSON Schema of configuration files instead.")
    ] = False,
) -> None:
    """Print the GraphQL schema, or the JSON Schema of configuration files, by what is installed here."""
    if configuration:
        import json

        from destinations.kit.registry import installed
        from gateway.configuration.catalogue import installed_catalogue
        from gateway.configuration.schema import schema as schema_of

        print(json.dumps(schema_of(installed_catalogue(installed())), ensure_ascii=False, indent=2))  # noqa: T201
        return
    from gateway.graphql.schema import sdl

    print(sdl())  # noqa: T201  for a file or a pipe, without colours or folding


@cli.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print every check as JSON.")] = False,
) -> None:
    """Go over all that stands between you and the first text, or would hurt a week later, and say what to mend."""
    from gateway.doctor import examine

    if not run(examine(_settings(), console, as_json=as_json)):
        raise SystemExit(1)


Destination = Annotated[
    str | None, typer.Option(help="The id of a destination; if left out, the whole space is meant.")
]
Space = Annotated[str, typer.Option(help="The space, where no destination is named.")]


@cli.command()
def pause(
    destination: Destination = None,
    space: Space = "default",
    note: Annotated[str | None, typer.Option(help="Why: each delivery that waits shows it.")] = None,
) -> None:
    """Let what comes wait, of a destination or of a whole space; a gateway that runs goes by it at once."""
    from gateway import pause_commands

    run(pause_commands.pause(_settings(), console, destination_id=destination, space=space, note=note))


@cli.command()
def resume(destination: Destination = None, space: Space = "default") -> None:
    """Show what waits for the end of a pause, and let it go on, the oldest first."""
    from gateway import pause_commands

    run(pause_commands.resume(_settings(), console, destination_id=destination, space=space))


Url = Annotated[str, typer.Option(help="Where the gateway is.")]
Token = Annotated[
    str | None,
    typer.Option(
        help="What to ask it with; better in HELIOGRAPH_TOKEN, since others on this machine can see it here."
    ),
]


@cli.command()
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

    asked = remote(_settings(), os.environ, url=url, token=token)
    run(tail_command.tail(asked, console, destination_id=destination, events=events))


@cli.command()
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
    asked = remote(_settings(), os.environ, url=url, token=token)
    span = deliveries_command.moment(begin, "--from"), deliveries_command.moment(end, "--to")
    export = deliveries_command.Export(asked, *span, cursor=after)
    progress = Console(stderr=True)
    with deliveries_command.opened(output, sys.stdout) as out:
        run(export.run(out, progress, space=space))
    progress.print(f"{export.written:,} deliveries were written.", highlight=False)


@cli.command()
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
    asked = remote(_settings(), os.environ, url=url, token=token)
    run(Backtest(asked, mapping, begins, ends).run(console, as_json=as_json))


Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The folder with the files.")]
Prune = Annotated[bool, typer.Option("--prune", help="Delete what no file has.")]
Verify = Annotated[
    bool, typer.Option(help="Verify destinations that are made, get other settings, or never were verified.")
]


Secrets = Annotated[
    bool, typer.Option("--secrets", help="Set every secret anew: two that end alike look the same.")
]


@cli.command("plan")
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

    files = Files(folder, remote(_settings(), os.environ, url=url, token=token), os.environ)
    if run(files.plan(console, prune=prune, verify=verify, secrets=secrets, as_json=as_json)):
        raise SystemExit(2)


@cli.command("apply")
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

    settings = _settings()
    files = Files(folder, remote(settings, os.environ, url=url, token=token), os.environ)
    keep = kept(console, keys, settings.data_dir / "shown-once.txt")
    ask = asked(console, yes=yes)
    done = run(files.apply(console, ask, keep, expected=plan, prune=prune, verify=verify, secrets=secrets))
    if not all(one.is_well for one in done):
        raise SystemExit(1)


@cli.command("export")
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

    files = Files(folder, remote(_settings(), os.environ, url=url, token=token), os.environ)
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


@import_cli.command("consent")
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

    asked = remote(_settings(), os.environ, url=url, token=token)
    sits = sys.stdin.isatty() and console.is_terminal and file != "-"
    with import_command.opened(file) as opened:
        one = import_command.ConsentFile(asked, file, space, export, channel and channel.value)
        if not run(one.run(opened, console, apply=apply, ask=asks(console, yes=False) if sits else None)):
            raise SystemExit(1)


@import_cli.command("segment")
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
    settings = _settings()
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
        print(json.dumps(moving.told, ensure_ascii=False, indent=2))  # noqa: T201  for a program
    if not verified:
        raise SystemExit(1)


@token_cli.command("create")
def token_create(
    role: Annotated[Role, typer.Option(case_sensitive=False, help="What the token may do.")],
    name: Annotated[str, typer.Option(help="What it is for.")],
    space: Annotated[str, typer.Option(help="The space it belongs to.")] = "default",
) -> None:
    """Make an API token and print it, once."""
    from gateway import token_commands

    token = run(token_commands.create(_settings(), role=role, name=name, space=space))
    print(token)  # noqa: T201  alone on its line, so that a script can take it


@token_cli.command("list")
def token_list(
    space: Annotated[str | None, typer.Option(help="Only of that space; if left out, of all.")] = None,
) -> None:
    """Print whose tokens there are, what they may do and when they were last used; never a token."""
    from gateway import token_commands

    run(token_commands.list_all(_settings(), console, space=space))


@token_cli.command("revoke")
def token_revoke(
    token_id: Annotated[str, typer.Argument(metavar="ID", help="Its id, as `heliograph token list` has it.")],
) -> None:
    """Revoke an API token: from the next request on it is answered as one that never was."""
    from gateway import token_commands

    run(token_commands.revoke(_settings(), console, token_id))
