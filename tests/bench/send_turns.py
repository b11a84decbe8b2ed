"""The turns of `send`: what is posted to a gateway, and what its processor needed until it rested again."""

import asyncio
import copy
import hashlib
import itertools
import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from tests.bench.ingest_load import drive, post
from tests.bench.send_processes import FIXTURES, Sending, Spoken

BATCH = 100
LINES = 4
AT_ONCE = 128
PEER_MS = 2000
BURST_SECONDS = 40.0
PATIENCE = 30.0
MOST_EVENTS = 20_000
"""In a turn: so many one source may send of a sudden."""


class Events:
    """The fixture's event, about one person after the other."""

    def __init__(self) -> None:
        self._people, self._serial = itertools.count(), itertools.count()

    def people(self, count: int) -> list[int]:
        """New ones."""
        return list(itertools.islice(self._people, count))

    def one(self, person: int, name: str = "Audience Entered") -> dict[str, Any]:
        event: dict[str, Any] = copy.deepcopy(FIXTURES["event"])
        del event["receivedAt"]
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        event |= {"userId": f"user_{person:010}", "anonymousId": device(person), "event": name}
        event |= {
            "messageId": f"personas_{next(self._serial):027}",
            **dict.fromkeys(("timestamp", "originalTimestamp", "sentAt"), now),
        }
        event["external_ids"][1]["id"] = phone(person)
        return event

    def batches(
        self, people: Sequence[int], credential: str, name: str = "Audience Entered"
    ) -> Iterator[bytes]:
        for at in range(0, len(people), BATCH):
            body = {"batch": [self.one(person, name) for person in people[at : at + BATCH]]}
            yield post("/v1/batch", json.dumps(body, separators=(",", ":")).encode(), credential)


def device(person: int) -> str:
    """That person's, which says nothing of who it is: ids that went up together would share their lanes."""
    return f"anonymous_{hashlib.sha256(str(person).encode()).hexdigest()[:12]}"


def phone(person: int) -> str:
    """A number of that person's own."""
    return f"+1415{200 + person // 10_000}{person % 10_000:04}"


@dataclass
class Bench:
    """What runs, and what was noticed."""

    stand_in: Spoken
    tell: Callable[[str], None]
    events: Events = field(default_factory=Events)
    wrong: list[str] = field(default_factory=list)
    form: float = 0.0
    """Bytes of the peer's."""

    def peer(self, process: Spoken) -> tuple[float, float]:
        """Milliseconds of processor for each text, and texts a second, at 128 at once."""
        self.stand_in.ask("reset 0")
        before = process.processor_seconds
        sent = process.ask(f"{AT_ONCE} {PEER_MS}")["sent"]
        stats = self.stand_in.ask("stats")
        return 1000 * (process.processor_seconds - before) / sent, sent / (stats["last"] - stats["first"])

    def warm(self, process: Spoken, most: int = 8) -> None:
        """Until it gets no faster: its compiler has settled then."""
        best, stale = float("inf"), 0
        for number in range(most):
            now, _ = self.peer(process)
            self.tell(f"the peer warms up: {now:.2f} ms a text")
            stale = stale + 1 if number and now > 0.95 * best else 0
            best = min(best, now)
            stats = self.stand_in.ask("stats")
            self.form = stats["bytes"] / stats["messages"]
            if stale == 2:
                return

    def texts(self, gateway: Sending, count: int, delay: int = 0) -> tuple[list[int], float, float]:
        """Who was texted, milliseconds of processor for each text until the gateway rests, and texts a second from the first request on."""
        source, credential = gateway.source()
        people = self.events.people(count)
        requests = list(self.events.batches(people, credential))
        rest(gateway)
        self.stand_in.ask(f"reset {delay}")
        before, began = gateway.server.processor_seconds, time.monotonic()
        self._post(gateway, requests)
        stats = self._arrived(count)
        after = rest(gateway)
        accepted = gateway.accepted(source)
        if accepted < count:  # others had the processor: once more
            after, accepted = rest(gateway), gateway.accepted(source)
        stats = self.stand_in.ask("stats")
        found = {"messages": stats["messages"], "recipients": stats["recipients"], "accepted": accepted}
        if set(found.values()) != {count} or stats["others"]:
            self.wrong.append(f"of {count} events: {found}, and {stats['others']} other requests")
        if self.form and stats["messages"] and stats["bytes"] / stats["messages"] != self.form:
            self.wrong.append(
                f"a form has {stats['bytes'] / stats['messages']:.1f} bytes, the peer's {self.form:.1f}"
            )
        sent = max(1, stats["messages"])
        return people, 1000 * (after - before) / sent, sent / max(0.001, stats["last"] - began)

    def unmatched(self, gateway: Sending, people: Sequence[int]) -> float:
        """Milliseconds of processor for each event of these people that nothing matches, taking it included."""
        _, credential = gateway.source()
        requests = list(self.events.batches(people, credential, "Audience Exited"))
        rest(gateway)
        known, before = gateway.unmatched(), gateway.server.processor_seconds
        self._post(gateway, requests)
        deadline = time.monotonic() + PATIENCE
        after = rest(gateway)
        while (found := gateway.unmatched() - known) < len(people) and time.monotonic() < deadline:
            after = rest(gateway)
        if found != len(people):
            self.wrong.append(f"of {len(people)} events that nothing matches {found} were matched")
        return 1000 * (after - before) / len(people)

    def taking(self, gateway: Sending, people: Sequence[int]) -> float:
        """The same where nothing is matched: what taking alone costs."""
        _, credential = gateway.source()
        requests = list(self.events.batches(people, credential, "Audience Exited"))
        before = gateway.server.processor_seconds
        self._post(gateway, requests)
        return 1000 * (rest(gateway) - before) / len(people)

    def singles(self, gateway: Sending, count: int, pause: float, seconds: float = PATIENCE) -> list[float]:
        """Milliseconds from the 200 of each of these tracks to its request; those that never left count as the patience."""
        _, credential = gateway.source()
        self.stand_in.ask("reset 0")
        taken: dict[str, float] = {}
        deadline = time.monotonic() + seconds
        headers = {"Authorization": f"Basic {credential}"}
        with httpx.Client(
            base_url=f"http://127.0.0.1:{gateway.server.port}", headers=headers, timeout=PATIENCE
        ) as client:
            for person in self.events.people(count):
                answer = client.post("/v1/track", json=self.events.one(person))
                taken[phone(person)] = time.monotonic()
                if answer.status_code != httpx.codes.OK:
                    sys.exit(f"/v1/track answered {answer.status_code}: {answer.text}")
                if time.monotonic() > deadline:
                    break
                time.sleep(pause)  # so that it is idle again, or goes on with the burst
        times = self.stand_in.ask("times")
        while not taken.keys() <= times.keys() and time.monotonic() < deadline + 5:
            time.sleep(0.1)  # between two looks, until all have arrived
            times = self.stand_in.ask("times")
        return [max(0.0, 1000 * (times.get(to, at + PATIENCE) - at)) for to, at in taken.items()]

    def burst(self, gateway: Sending, size: int) -> list[float]:
        """`singles` while that many events of other sources are worked on."""
        for at in range(0, size, MOST_EVENTS):
            people = self.events.people(min(MOST_EVENTS, size - at))
            _, credential = gateway.source()
            self._post(gateway, self.events.batches(people, credential, "Audience Exited"))
        return self.singles(gateway, 100, 0.15, BURST_SECONDS)

    def _post(self, gateway: Sending, requests: Iterable[bytes]) -> None:
        load = asyncio.run(drive(gateway.server.port, iter(requests), LINES))
        if load.bad:
            sys.exit(
                f"{load.bad} of {load.answered} batches were not answered with 200: nothing can be compared."
            )

    def _arrived(self, count: int) -> dict[str, float]:
        stats: dict[str, float] = self.stand_in.ask("stats")
        at = time.monotonic()
        while stats["messages"] < count and time.monotonic() - at < PATIENCE:
            time.sleep(0.05)  # between two looks, until all have arrived
            before, stats = stats, self.stand_in.ask("stats")
            at = time.monotonic() if stats["messages"] != before["messages"] else at
        return stats


def rest(gateway: Sending, most: float = PATIENCE) -> float:
    """The seconds of processor that the gateway had, once it does nothing more."""
    deadline, quiet, before = time.monotonic() + most, 0, gateway.server.processor_seconds
    while quiet < 3 and time.monotonic() < deadline:
        time.sleep(0.1)  # what is measured is how much it does in that time
        now = gateway.server.processor_seconds
        quiet, before = (quiet + 1 if now - before <= 0.01 else 0), now
    return before
