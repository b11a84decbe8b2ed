"""`heliograph import consent`: a file of consent to a gateway that runs, shown as a dry run first, and recorded once one says so."""

import asyncio
import shlex
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

import httpx
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from gateway.errors import StartupError
from gateway.remote import NOTHING, Remote

CHUNK: Final = 256 * 1024
POLL_SECONDS: Final = 0.5

Sleep = Callable[[float], Awaitable[None]]
Ask = Callable[[str], bool]
"""Asks whoever sits there, yes or no."""

_IMPORT = """mutation HeliographImport($input: ConsentImportInput!) {
  consentImport(input: $input) { job { id } errors { message } }
}"""
_JOB = """query HeliographImport($id: ID!) { node(id: $id) { ... on Job { id status message result } } }"""

_SAID: Final = (
    ("rows", "rows"),
    ("subscribed", "yeses that count from now on"),
    ("unsubscribed", "noes that count from now on"),
    ("unchanged", "imported before: nothing to do"),
    ("older", "a later word counts"),
    ("stopped", "yeses of people whose own stop stands"),
    ("silent", "say nothing: nobody was asked, or there is no number"),
    ("bad", "can't be read: nothing is recorded of them"),
)
_RUNNING = ("RUNNING", "PAUSED")


@dataclass(frozen=True, slots=True)
class ConsentFile:
    """One run over a gateway. `space`: that of the token, unless it is named."""

    remote: Remote
    name: str
    space: str | None = None
    export: str | None = None
    channel: str | None = None
    sleep: Sleep = asyncio.sleep

    async def run(
        self,
        file: BinaryIO,
        console: Console,
        *,
        apply: bool,
        ask: Ask | None = None,
        client: httpx.AsyncClient | None = None,
    ) -> bool:
        """Upload it, show how it is read and what it comes to, and with `apply`, or once `ask` is answered with yes, record what it says;
        whether every row was read. Raises StartupError.
        """
        timeout = httpx.Timeout(60.0, connect=5.0)
        async with AsyncExitStack() as stack:
            asking = client
            if asking is None:
                asking = await stack.enter_async_context(httpx.AsyncClient(timeout=timeout))
            upload = await self._upload(asking, file)
            result = await self._import(asking, console, upload, dry_run=True)
            _show_columns(console, result)
            _show(console, result)
            if apply or (ask is not None and ask("Record this?")):
                result = await self._import(asking, console, upload, dry_run=False)
                _show(console, result)
            else:
                _say(console, f"Nothing was changed. To record it run: {self._command()}")
        return not result["bad"]

    async def _upload(self, client: httpx.AsyncClient, file: BinaryIO) -> Mapping[str, Any]:
        params = {} if self.space is None else {"space": self.space}
        headers = {**self.remote.headers, "Content-Type": "application/octet-stream"}
        try:
            response = await client.post(
                f"{self.remote.url}/uploads", params=params, headers=headers, content=_pieces(file)
            )
        except httpx.HTTPError as error:
            raise self.remote.unreachable(error) from None
        if response.status_code != httpx.codes.CREATED:
            said = _message(response)
            if said is None or response.status_code == httpx.codes.UNAUTHORIZED:
                self.remote.check(response.status_code)
            raise StartupError(
                said or f"The gateway took no upload (it said {response.status_code}). {NOTHING}"
            )
        found: Mapping[str, Any] = response.json()
        return found

    async def _import(
        self, client: httpx.AsyncClient, console: Console, upload: Mapping[str, Any], *, dry_run: bool
    ) -> Mapping[str, Any]:
        """The result of the job, once it is done."""
        given: dict[str, Any] = {
            "uploadId": upload["uploadId"],
            "dryRun": dry_run,
            "idempotencyKey": f"{upload['uploadId']} {'dry run' if dry_run else 'apply'}",
        }
        given |= {} if self.export is None else {"from": self.export}
        given |= {} if self.channel is None else {"channel": self.channel}
        asked = (await self.remote.ask(client, _IMPORT, {"input": given}))["consentImport"]
        if asked["errors"]:
            raise StartupError(" ".join(one["message"] for one in asked["errors"]))
        what = "Counting" if dry_run else "Recording"
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=console, transient=True) as progress:
            task = progress.add_task(what, total=upload["lines"])
            while True:
                job = (await self.remote.ask(client, _JOB, {"id": asked["job"]["id"]}))["node"]
                result: Mapping[str, Any] = job["result"]
                progress.update(task, completed=result["rows"])
                if job["status"] not in _RUNNING:
                    break
                await self.sleep(POLL_SECONDS)
        if job["status"] != "DONE":
            raise StartupError(f"The job {job['id']} is {job['status']}. {job['message']}")
        return result

    def _command(self) -> str:
        words = ["heliograph import consent", shlex.quote(self.name), "--apply", "--url", self.remote.url]
        said = {"--from": self.export, "--channel": self.channel, "--space": self.space}
        return " ".join([*words, *(f"{name} {value}" for name, value in said.items() if value is not None)])


async def _pieces(file: BinaryIO) -> AsyncIterator[bytes]:
    while chunk := await asyncio.to_thread(file.read, CHUNK):
        yield chunk


def _message(response: httpx.Response) -> str | None:
    try:
        return str(response.json()["errors"][0]["message"])
    except (ValueError, LookupError, TypeError):
        return None


def _show_columns(console: Console, result: Mapping[str, Any]) -> None:
    _say(console, f"It is read as {result['export']}: {result['why']}. Say --from to have it read otherwise.")
    table = Table(title="Columns", title_justify="left")
    for name in ("column", "is read as", "for example"):
        table.add_column(name)
    for one in result["columns"]:
        is_time = "at" in one["reads"].split()
        reads = f"{one['reads']} (UTC if it has no zone)" if is_time else one["reads"]
        table.add_row(Text(one["column"]), Text(reads), Text(one["example"] or ""))
    console.print(table)
    if result["channel"]:
        _say(console, f"Rows that say no channel are about {result['channel']}.")
    if result["leftColumns"]:
        _say(console, f"Columns that nobody reads: {', '.join(result['leftColumns'])}")


def _show(console: Console, result: Mapping[str, Any]) -> None:
    table = Table(
        title="Dry run" if result["dryRun"] else "Recorded", title_justify="left", show_header=False
    )
    table.add_column(justify="right")
    table.add_column()
    for name, meaning in _SAID:
        table.add_row(f"{result[name]:,}", Text(meaning))
    console.print(table)
    for problem in result["problems"]:
        column = f", {problem['column']}" if problem["column"] else ""
        _say(console, f"line {problem['line']}{column}: {problem['message']}")
    more = result["bad"] - len(result["problems"])
    if more:
        _say(console, f"... and {more:,} more")


def _say(console: Console, text: str) -> None:
    console.print(Text(text), soft_wrap=True)


@contextmanager
def opened(name: str) -> Iterator[BinaryIO]:
    """The file of that name; `-` is standard input. Raises StartupError."""
    if name == "-":
        yield sys.stdin.buffer
        return
    try:
        with Path(name).open("rb") as file:
            yield file
    except OSError as error:
        raise StartupError(f"{name} can't be read ({error.strerror}). {NOTHING}") from None
