"""`heliograph backtest`: what a mapping, stored or in a file, would have sent for the events of the last days."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import httpx
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from gateway.configuration.documents import MappingDocument, document_of
from gateway.configuration.problems import ConfigurationError
from gateway.errors import StartupError
from gateway.remote import NOTHING, Remote

POLL_SECONDS: Final = 0.5
PAGE: Final = 100

Sleep = Callable[[float], Awaitable[None]]

_DESTINATIONS = """query HeliographBacktest($first: Int!, $after: String) {
  destinations(first: $first, after: $after) { pageInfo { hasNextPage endCursor } edges { node { id name } } }
}"""
_BEGIN = """mutation HeliographBacktest($input: BacktestInput!) {
  backtest(input: $input) { job { id } errors { message path } }
}"""
_JOB = """query HeliographBacktest($id: ID!) { node(id: $id) { ... on Job { status total done message result } } }"""
_SAMPLE = """query HeliographBacktest($input: MappingPreviewInput!) {
  mappingPreview(input: $input) { text request { form { name value } } remedy }
}"""

_NOT_TRIED: Final = ("max_age_seconds", "allow_browser_events", "allow_import")
_RUNNING = ("RUNNING", "PAUSED")


@dataclass(frozen=True, slots=True)
class Backtest:
    """One run over a gateway: `mapping` is an id, a name, or the path of a file."""

    remote: Remote
    mapping: str
    begins: datetime
    ends: datetime
    sleep: Sleep = asyncio.sleep

    async def run(
        self, console: Console, *, as_json: bool, client: httpx.AsyncClient | None = None
    ) -> Mapping[str, Any]:
        """Ask for it, wait for it, and show it; its result. Raises StartupError."""
        async with AsyncExitStack() as stack:
            asking = client
            if asking is None:
                timeout = httpx.Timeout(60.0, connect=5.0)
                asking = await stack.enter_async_context(httpx.AsyncClient(timeout=timeout))
            preview, notes = await self._preview(asking)
            result = await self._result(asking, console, preview, quiet=as_json)
            if as_json:
                console.print(Text(json.dumps(result, ensure_ascii=False, indent=2)), soft_wrap=True)
                return result
            samples = [(one, await self._sample(asking, preview, one)) for one in result["samples"]]
        for note in notes:
            console.print(Text(note), soft_wrap=True)
        self._show(console, result, samples)
        return result

    async def _preview(self, client: httpx.AsyncClient) -> tuple[dict[str, Any], list[str]]:
        """The mapping as the API takes it, and what of its file is not tried."""
        path = Path(self.mapping)
        if path.suffix not in (".yaml", ".yml"):
            key = "mappingId" if self.mapping.startswith("map_") else "mappingName"
            return {key: self.mapping}, []
        try:
            written = document_of(self.mapping, await asyncio.to_thread(path.read_bytes))
        except OSError as error:
            raise StartupError(f"{self.mapping} can't be read ({error.strerror}). {NOTHING}") from None
        if isinstance(written, list):
            raise ConfigurationError(written)
        document = written.document
        if not isinstance(document, MappingDocument):
            raise ConfigurationError([written.problem("A backtest tries a mapping, and this is none.")])
        preview = {
            "destinationId": await self._destination(client, document.destination),
            "action": document.action,
            "trigger": document.trigger,
            "purpose": document.purpose.value,
            "fields": document.fields,
        }
        models = MappingDocument.model_fields
        left = [models[name].alias for name in _NOT_TRIED if getattr(document, name) != models[name].default]
        notes = [f"Not tried of the file: {', '.join(map(str, left))}."] if left else []
        return {name: value for name, value in preview.items() if value is not None}, notes

    async def _destination(self, client: httpx.AsyncClient, name: str) -> str:
        found: list[str] = []
        after: str | None = None
        while True:
            page = (await self.remote.ask(client, _DESTINATIONS, {"first": PAGE, "after": after}))[
                "destinations"
            ]
            found += [edge["node"]["id"] for edge in page["edges"] if edge["node"]["name"] == name]
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                break
        if len(found) == 1:
            return found[0]
        what = "no destination" if not found else f"{len(found)} destinations ({', '.join(found)})"
        raise StartupError(
            f"The gateway at {self.remote.url} has {what} of the name {name}, and {self.mapping} needs one. {NOTHING}"
        )

    async def _result(
        self, client: httpx.AsyncClient, console: Console, preview: Mapping[str, Any], *, quiet: bool
    ) -> Mapping[str, Any]:
        span = {"from": self.begins.isoformat(), "to": self.ends.isoformat()}
        asked = (await self.remote.ask(client, _BEGIN, {"input": {"preview": preview, "range": span}}))[
            "backtest"
        ]
        if asked["errors"]:
            raise StartupError(" ".join(one["message"] for one in asked["errors"]))
        columns = (TextColumn("Trying"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=console, transient=True, disable=quiet) as progress:
            task = progress.add_task("Trying", total=None)
            while True:
                job = (await self.remote.ask(client, _JOB, {"id": asked["job"]["id"]}))["node"]
                progress.update(task, completed=job["done"], total=job["total"] or None)
                if job["status"] not in _RUNNING:
                    break
                await self.sleep(POLL_SECONDS)
        if job["status"] != "DONE":
            raise StartupError(f"The job {asked['job']['id']} is {job['status']}. {job['message']}")
        result: Mapping[str, Any] = job["result"]
        return result

    async def _sample(
        self, client: httpx.AsyncClient, preview: Mapping[str, Any], sample: Mapping[str, Any]
    ) -> str:
        """What would have been sent for it, or why not, in words; the event may be gone by now."""
        given = {**preview, "eventId": sample["eventId"]}
        seen = (await self.remote.ask(client, _SAMPLE, {"input": given}))["mappingPreview"]
        if sample["decision"] != "SEND":
            return ""
        form = {field["name"]: field["value"] for field in (seen["request"] or {"form": []})["form"]}
        return str(seen["text"] or form.get("Body") or form.get("ContentSid") or "")

    # -- what is shown -----------------------------------------------------------------------------------------------------

    def _show(
        self, console: Console, result: Mapping[str, Any], samples: Sequence[tuple[Mapping[str, Any], str]]
    ) -> None:
        console.print(
            Text(f"{self.mapping}, events of {self.begins:%Y-%m-%d %H:%M} to {self.ends:%Y-%m-%d %H:%M} UTC")
        )
        counts = Table(show_header=False, box=None, pad_edge=False)
        counts.add_column(justify="right")
        counts.add_column()
        for number, meaning in _said(result):
            counts.add_row(f"{number:,}", Text(meaning))
        console.print(counts)
        if result["days"]:
            console.print(_days(result["days"]))
        if samples:
            console.print(_samples(samples))
        console.print(Text("Nothing was sent."))


def _said(result: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
    yield result["events"], "events came"
    if result["withoutPayload"]:
        yield result["withoutPayload"], "of them can't be tried: their payloads are gone"
    yield result["matched"], "are for the mapping"
    yield result["sent"], f"texts would have been sent, to {result['people']:,} people"
    if result["waited"]:
        yield result["waited"], "of them after quiet hours"
    for name in ("suppressed", "held", "rejected"):
        for reason, number in result[name].items():
            yield number, f"{name}: {reason}"
    if result["notRead"]:
        yield result["notRead"], "could not be tried: what they need could not be read from the provider"
    price = f", {result['price']} as the last texts like them cost" if result["price"] else ""
    yield result["segments"], f"segments{price}"


def _days(days: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("day")
    for name in ("texts", "people", "suppressed", "segments", "price"):
        table.add_column(name, justify="right")
    for day in days:
        numbers = (day["sent"], day["people"], sum(day["suppressed"].values()), day["segments"])
        table.add_row(day["day"], *(f"{number:,}" for number in numbers), day["price"] or "")
    return table


def _samples(samples: Sequence[tuple[Mapping[str, Any], str]]) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name in ("event", "decision", "text"):
        table.add_column(name, overflow="fold")
    for sample, text in samples:
        decision = " ".join(filter(None, (sample["decision"], sample["reason"])))
        table.add_row(sample["eventId"], decision, Text(text))
    return table
