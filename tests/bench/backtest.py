"""Measures a backtest over many events, all of which its mapping is for, and over the same where it is for none.

    python -m tests.bench.backtest --events 100000

The events come over /v1 into a gateway on SQLite in one process, from 2,000 people who agreed, and wait in the ledger; then the job runs.
It informs, and ends with 0 whether the goal is met or not: 100,000 events in a minute.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import track
from rich.table import Table

from destinations.kit import new_policy
from destinations.twilio_engage.simulator import SENDER
from gateway.pipeline import backtests
from gateway.storage.engine import open_store
from gateway.storage.migrate import upgrade
from tests.situations.stage import Stage

PEOPLE: Final = 2_000
BATCH: Final = 500
GOAL_SECONDS: Final = 60.0
GOAL_EVENTS: Final = 100_000
NOON: Final = datetime(2026, 3, 2, 17, tzinfo=UTC)
SPAN: Final = {"from": "2026-03-01T00:00:00Z", "to": "2026-03-09T00:00:00Z"}


def calls(events: int) -> Iterator[dict[str, Any]]:
    """Those of everybody who says yes, then what they left in their baskets."""
    for number in range(PEOPLE):
        traits = {"phone": f"+1202{5550000 + number}", "sms_opt_in": True, "firstName": "Ann"}
        yield {"type": "identify", "userId": f"u{number}", "traits": traits}
    for number in range(events):
        items = [{"sku": "A-10391", "name": "A mug of stoneware", "quantity": 2}] * 10
        properties = {"total": number, "items": items}
        yield {
            "type": "track",
            "event": "Basket Left",
            "userId": f"u{number * 7 % PEOPLE}",
            "properties": properties,
        }


async def tried(stage: Stage, trigger: str) -> tuple[float, float, Any]:
    """Seconds, seconds of CPU, and the result."""
    given = {
        "destinationId": stage.destination,
        "action": "sendSms",
        "trigger": trigger,
        "fields": {"from": SENDER, "body": "You left {{ profile.traits.total }}", "send": True},
    }
    query = "mutation ($input: BacktestInput!) { backtest(input: $input) { job { id } errors { message } } }"
    made = (await stage.ask(query, input={"preview": given, "range": SPAN}))["backtest"]
    began, cpu = time.perf_counter(), time.process_time()
    await backtests.step(stage.services)
    took, spent = time.perf_counter() - began, time.process_time() - cpu
    found = await stage.ask(f'{{ node(id: "{made["job"]["id"]}") {{ ... on Job {{ status result }} }} }}')
    return took, spent, found["node"]["result"]


async def measured(folder: Path, events: int, console: Console) -> Table:
    store = await open_store(f"sqlite:///{folder / 'bench.db'}")
    await store.write(upgrade)
    stage = Stage(store, folder, "bench", NOON)
    await stage.configure(
        replace(new_policy("US"), daily_message_limit=0),
        {"fields": {"body": "Hello"}, "trigger": 'event = "Nothing of the kind"'},
    )
    coming = calls(events)
    some = iter(lambda: list(islice(coming, BATCH)), [])
    for batch in track(
        some, total=-(-(events + PEOPLE) // BATCH), description="Events come", console=console, transient=True
    ):
        await stage.say(*batch)
        stage.clock.advance(1)
    table = Table(box=SIMPLE_HEAD, title=f"A backtest over {events + PEOPLE:,} events")
    for name in ("the mapping is for", "would be sent", "seconds", "CPU", "events a second"):
        table.add_column(name, justify="right")
    for trigger in ('event = "Basket Left"', 'event = "Something Else"'):
        took, spent, result = await tried(stage, trigger)
        figures = (f"{took:.1f}", f"{spent:.1f}", f"{result['events'] / took:,.0f}")
        table.add_row(f"{result['matched']:,}", f"{result['sent']:,}", *figures)
        if trigger == 'event = "Basket Left"':
            speed = result["events"] / took
    met = "met" if speed >= GOAL_EVENTS / GOAL_SECONDS else "missed"
    table.caption = f"goal: {GOAL_EVENTS:,} events in {GOAL_SECONDS:.0f} s: {met}"
    await stage.close()
    await store.close()
    return table


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--events", type=int, default=GOAL_EVENTS)
    events = parser.parse_args().events
    console = Console()
    with tempfile.TemporaryDirectory(prefix="heliograph-bench-") as folder:
        console.print(asyncio.run(measured(Path(folder), events, console)))


if __name__ == "__main__":
    main()
