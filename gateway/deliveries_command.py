"""`heliograph deliveries`: what became of every event of a span of time, as CSV, page by page from a gateway that runs."""

import asyncio
import csv
import os
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TextIO

import httpx
from rich.console import Console

from gateway.errors import StartupError
from gateway.events import shown
from gateway.remote import NOTHING, Remote

PAGE: Final = 100
TRIES: Final = 8
"""How often a page is asked for before it is given up: some minutes."""

FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 60.0

_QUERY = """query HeliographDeliveries($filter: DeliveryFilterInput, $first: Int, $after: String) {
  viewer { space }
  deliveries(first: $first, after: $after, filter: $filter) {
    totalCount pageInfo { hasNextPage endCursor }
    edges { node {
      id createdAt updatedAt status messageStatus reason channel recipient country sender messageSid errorCode errorMessage
      segments price attemptCount destination { id name } mapping { id name } event { id messageId name userId }
    } }
  }
}"""

COLUMNS: Final[tuple[tuple[str, str], ...]] = (
    ("id", "id"),
    ("createdAt", "createdAt"),
    ("updatedAt", "updatedAt"),
    ("status", "status"),
    ("messageStatus", "messageStatus"),
    ("reason", "reason"),
    ("channel", "channel"),
    ("destination", "destination.name"),
    ("destinationId", "destination.id"),
    ("mapping", "mapping.name"),
    ("mappingId", "mapping.id"),
    ("event", "event.name"),
    ("eventId", "event.id"),
    ("messageId", "event.messageId"),
    ("userId", "event.userId"),
    ("recipient", "recipient"),
    ("country", "country"),
    ("sender", "sender"),
    ("messageSid", "messageSid"),
    ("errorCode", "errorCode"),
    ("errorMessage", "errorMessage"),
    ("segments", "segments"),
    ("price", "price"),
    ("attemptCount", "attemptCount"),
)
"""The name of each column, and where a delivery has it."""

Sleep = Callable[[float], Awaitable[None]]


@dataclass(slots=True)
class Export:
    """One run: what it asks for, and how far it has come. `cursor` is behind the last row that was written."""

    remote: Remote
    begin: datetime
    end: datetime
    cursor: str | None = None
    written: int = 0

    async def run(
        self,
        out: TextIO,
        console: Console,
        *,
        space: str | None = None,
        client: httpx.AsyncClient | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """Write a row for each delivery made in the span, the newest first; behind a cursor, without a header. Raises StartupError."""
        if self.begin >= self.end:
            raise StartupError(f"The span is empty: --from must lie before --to. {NOTHING}")
        writer = csv.writer(out, lineterminator="\n")
        header = self.cursor is None
        timeout = httpx.Timeout(30.0, connect=5.0)
        async with AsyncExitStack() as stack:
            asking = client
            if asking is None:
                asking = await stack.enter_async_context(httpx.AsyncClient(timeout=timeout))
            status = stack.enter_context(console.status("Asking for the first deliveries"))
            more = True
            while more:
                answer = await self._page(asking, console, sleep)
                _check_space(answer["viewer"]["space"], space)
                page = answer["deliveries"]
                if header:
                    writer.writerow([name for name, _ in COLUMNS])
                    header = False
                writer.writerows([_cell(edge["node"], path) for _, path in COLUMNS] for edge in page["edges"])
                out.flush()
                self.written += len(page["edges"])
                self.cursor, more = (
                    page["pageInfo"]["endCursor"] or self.cursor,
                    page["pageInfo"]["hasNextPage"],
                )
                total = "more than 10,000" if page["totalCount"] is None else f"{page['totalCount']:,}"
                status.update(f"{self.written:,} of {total} deliveries")

    async def _page(self, client: httpx.AsyncClient, console: Console, sleep: Sleep) -> Any:
        """The next page, asked for again where the gateway is busy or away. Raises StartupError where it stays so, or refuses."""
        span = {"createdAt": {"from": self.begin.isoformat(), "to": self.end.isoformat()}}
        body = {"query": _QUERY, "variables": {"filter": span, "first": PAGE, "after": self.cursor}}
        pause, why = FIRST_PAUSE, ""
        for _ in range(TRIES):
            wait = pause
            try:
                response = await client.post(
                    self.remote.address, json=body, headers=dict(self.remote.headers)
                )
            except httpx.HTTPError as error:
                if not self.written:
                    raise self.remote.unreachable(error) from None
                why = str(error) or type(error).__name__
            else:
                if response.status_code not in _BUSY:
                    self.remote.check(response.status_code)
                    answer = response.json()
                    if not answer.get("errors"):
                        return answer["data"]
                    why = answer["errors"][0]["message"]
                    if answer["errors"][0]["extensions"]["code"] != "UNAVAILABLE":
                        raise StartupError(f"{why} {self._way_on()}")
                else:
                    why = f"it answered {response.status_code}"
                    wait = _asked_to_wait(response) or pause
            console.log(f"The gateway is asked again in {wait:g} s: {why}", markup=False, highlight=False)
            await sleep(wait)
            pause = min(2 * pause, LONGEST_PAUSE)
        raise StartupError(f"The gateway at {self.remote.url} does not go on ({why}). {self._way_on()}")

    def _way_on(self) -> str:
        """What is done, and how to do the rest."""
        if self.cursor is None:
            return NOTHING
        return (
            f"{self.written} rows were written. For the rest run: heliograph deliveries --csv --from {self.begin.isoformat()} "
            f"--to {self.end.isoformat()} --after {self.cursor}, and put it behind them; it has no header."
        )


_BUSY = (httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE, httpx.codes.BAD_GATEWAY)


def _asked_to_wait(response: httpx.Response) -> float | None:
    said = response.headers.get("retry-after", "")
    return min(float(said), LONGEST_PAUSE) if said.isascii() and said.isdigit() else None


def _check_space(own: str, wanted: str | None) -> None:
    if wanted is not None and wanted != own:
        raise StartupError(
            f"This token lists the deliveries of the space {own}, and not of {wanted}. {NOTHING} On the server, `heliograph token create "
            f"--role READER --name export --space {wanted}` makes one for it."
        )


def _cell(delivery: Mapping[str, Any], path: str) -> str:
    value: Any = delivery
    for name in path.split("."):
        value = value[name] if value is not None else None
    return "" if value is None else plain(str(value))


def plain(text: str) -> str:
    """The text as a spreadsheet shows it and does not run it: what would begin a formula gets an apostrophe before it. A number stays
    as it is, with its + or -, so that a recipient can be looked up as it stands.
    """
    return f"'{text}" if text.startswith(_BEGINS_A_FORMULA) and not _NUMBER.fullmatch(text) else text


_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")


def moment(text: str, name: str) -> datetime:
    """The time that an option gives: a day, which begins at midnight in UTC, or a time with its offset. Raises StartupError."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is not None and at.tzinfo is None and _DAY.fullmatch(text):
        at = at.replace(tzinfo=UTC)
    if at is None or at.tzinfo is None:
        raise StartupError(
            f"{name} came as {shown(text)}. {NOTHING} Write a day, such as 2026-10-01, or a time with its offset, such as "
            "2026-10-01T12:00:00Z."
        )
    return at.astimezone(UTC)


_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@contextmanager
def opened(file: Path | None, standard: TextIO) -> Iterator[TextIO]:
    """A new file of that name, or standard output where none is given; a reader of that which has seen enough ends the command.
    Raises StartupError.
    """
    if file is not None:
        try:
            with file.open("x", encoding="utf-8", newline="") as out:
                yield out
        except FileExistsError:
            raise StartupError(
                f"{file} is there already, and was left as it is. Name another --output."
            ) from None
        except OSError as error:
            raise StartupError(
                f"{file} can't be written ({error.strerror}). Name another --output."
            ) from None
        return
    try:
        yield standard
    except BrokenPipeError:
        os.dup2(
            os.open(os.devnull, os.O_WRONLY), standard.fileno()
        )  # what is left in its buffer goes nowhere
        raise SystemExit(1) from None
