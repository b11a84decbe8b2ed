"""The processes, and what is done to the store without one."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.common import console, read_settings, run
from gateway.errors import StartupError

commands = typer.Typer()

Host = Annotated[str, typer.Option(help="The address to listen on.")]
Port = Annotated[int, typer.Option(help="The port to listen on.", min=0, max=65535)]


@commands.command()
def serve(
    host: Host = "127.0.0.1",
    port: Port = 8080,
    worker: Annotated[bool, typer.Option(help="Match and deliver in this process.")] = True,
) -> None:
    """The gateway: ingestion, GraphQL, webhooks and console, with a worker inside."""
    from gateway.listening import bind
    from gateway.serve import serve as serve_on

    settings = read_settings()
    run(serve_on(settings, bind(host, port), console, work=worker))


@commands.command()
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

    settings = read_settings()
    run(work(settings, None if port is None else bind(host, port), console))


@commands.command()
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

    read_settings()
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


@commands.command()
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


@commands.command("cluster")
def local_cluster(
    gateways: Annotated[int, typer.Option(help="How many take events in.", min=1, max=16)] = 2,
    workers: Annotated[int, typer.Option(help="How many match and send.", min=1, max=16)] = 2,
) -> None:
    """Gateways, workers, PostgreSQL, Redis and a stand-in on this machine, to try them: shown, watched, and gone on Ctrl-C."""
    from gateway.cluster.command import run as run_cluster

    run_cluster(console, gateways=gateways, workers=workers)


@commands.command()
def migrate() -> None:
    """Bring the database to the newest revision, which `serve` does too; write an old file anew that can't shrink."""
    from gateway import app
    from gateway.storage import free_space, ownership
    from gateway.storage.engine import open_store

    settings = read_settings()

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


@commands.command()
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

        typer.echo(json.dumps(schema_of(installed_catalogue(installed())), ensure_ascii=False, indent=2))
        return
    from gateway.graphql.schema import sdl

    typer.echo(sdl())


@commands.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print every check as JSON.")] = False,
) -> None:
    """Go over all that stands between you and the first text, or would hurt a week later, and say what to mend."""
    from gateway.doctor import examine

    if not run(examine(read_settings(), console, as_json=as_json)):
        raise SystemExit(1)
