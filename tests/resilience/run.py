"""One run of chaos: a gateway that is killed at bad moments, over a stand-in that misbehaves, and clients that send until they are heard."""

import http.client
import json
import resource
import signal
import threading
import time
from base64 import b64encode
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import httpx

from tests.integration.system import SENDER, System, until
from tests.resilience.books import TERMINAL, Text, Verdict, compare, miscounted
from tests.resilience.launcher import KILL_AT, Moment, order
from tests.resilience.people import PROFILES, Person, draw

CLIENTS = 3
AT_ONCE = 5
"""People in a batch."""
MOMENT_SECONDS = 30.0
"""How long a moment is waited for; then it is any time."""
REST_SECONDS = 120.0
"""How long after the last fault a Delivery may still be in doubt."""
QUIET_SECONDS = 2.0
FULL_SECONDS = 1.5
FULL_BYTES = 64 * 1024
PACE = 1000
MOMENTS = ("message created", *Moment, "batch acknowledged", "batch sent", "any time")
"""The worst come first: a run with few kills has those."""
QUERY = """
query($after: String) { deliveries(first: 100, after: $after) {
    edges { node { id status reason errorCode messageSid attemptCount messageStatus segments price event { messageId } } }
    pageInfo { hasNextPage endCursor } } }
"""
COUNTS = """
query($range: TimeRangeInput!) { events(first: 1) { totalCount } stats(range: $range) { points {
    events matched accepted suppressed rejected canceled expired delivered failed segments price } } }
"""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run is made of. `environ` goes to the gateway."""

    people: int
    kills: int
    seed: int
    faults: str = "nasty"
    environ: Mapping[str, str] = field(default_factory=dict)


def run(plan: Plan, folder: Path, tell: Callable[[str], None]) -> Verdict:
    """What the three books say at the end. `tell` hears how far it is."""
    profile = PROFILES[plan.faults]
    environ = {
        "HELIOGRAPH_RECONCILE_PATIENCE_SECONDS": f"{profile.patience:g}",
        KILL_AT: str(folder / "kill-at"),
        **plan.environ,
    }
    system = System(folder, environ, "tests.resilience.launcher")
    try:
        system.start_all()
        chaos = Chaos(plan, system, tell)
        chaos.set_up()
        chaos.feed_and_kill()
        chaos.come_to_rest()
        return chaos.verdict()
    finally:
        system.close()


class Chaos:
    """A run under way."""

    def __init__(self, plan: Plan, system: System, tell: Callable[[str], None]) -> None:
        self._plan, self._system, self._tell = plan, system, tell
        self._random = Random(plan.seed)
        self._profile = PROFILES[plan.faults]
        self.people = draw(plan.people, plan.seed, self._profile)
        self._began = time.monotonic()
        self._told = 0.0
        self._waiting = deque(self.people)
        self._released = threading.Condition()
        self._allowed = 0
        self._hooks: dict[str, Callable[[int], None]] = {}
        self.acknowledged: set[str] = set()
        self.kills: list[str] = []

    # -- setting up

    def set_up(self) -> None:
        system = self._system
        fields = {"from": SENDER, "body": {"@path": "$.properties.text"}, "send": True}
        trigger = 'type = "track" and event = "Order Shipped"'
        system.seed(
            mapping={"fields": fields, "trigger": trigger, "purpose": "TRANSACTIONAL"}, policy=self._policy()
        )
        profile = self._profile
        self._control("settings", list_lag=profile.list_lag, callback_ways=dict(profile.ways))
        self._control("settings", reads_fail_every=profile.reads_fail_every)
        for person in self.people:
            if person.refused is not None:
                self._control("next", to=person.phone, times=None, action="error", code=person.refused)
            for fault in person.faults:
                self._control("next", to=person.phone, **fault)

    def _policy(self) -> dict[str, Any]:
        """One sender's own pace would make a run of a thousand texts last for a quarter of an hour."""
        known = self._system.ask('{ __type(name: "DestinationPolicyInput") { inputFields { name } } }')[
            "__type"
        ]
        names = {one["name"] for one in (known or {"inputFields": []})["inputFields"]}
        wanted = {
            "messagesPerSecond": {"PHONE_NUMBER": PACE},
            "dailyMessageLimit": 20 * self._plan.people + 1000,
            "perRecipientDailyLimit": 50,
        }
        return {name: value for name, value in wanted.items() if name in names}

    def _control(self, name: str, **value: Any) -> None:
        self._system.tell_simulator(name, value)

    # -- clients, which do as SDKs do: the same batch until it is acknowledged

    def feed_and_kill(self) -> None:
        """Kills come while events flow: each has its share of the people, some before and some after it."""
        before_rest = max(0, self._plan.kills - 1)
        moments = [MOMENTS[number % len(MOMENTS)] for number in range(before_rest)]
        self._random.shuffle(moments)
        share = len(self.people) / (before_rest + 1)
        clients = [
            threading.Thread(target=self._client, name=f"client {number}") for number in range(CLIENTS)
        ]
        for client in clients:
            client.start()
        try:
            for number, moment in enumerate(moments):
                self._release(share * (number + 0.6))
                self._pause(self._random.uniform(0.1, 0.8))
                with self._disk_full() if self._profile.full_disk else nullcontext():
                    self._release(share * (number + 0.8))
                    self._pause(FULL_SECONDS if self._profile.full_disk else 0)
                    if self._profile.full_disk and number % 2:
                        self._kill("any time", 0)
                self._kill(moment, share * (number + 1))
        finally:
            self._release(len(self.people))
            for client in clients:
                client.join()

    def _release(self, people: float) -> None:
        with self._released:
            self._allowed = max(self._allowed, int(people))
            self._released.notify_all()

    def _take(self) -> list[Person]:
        with self._released:
            while self._waiting and self._waiting[0].number >= self._allowed:
                self._released.wait()
            taken: list[Person] = []
            while self._waiting and len(taken) < AT_ONCE and self._waiting[0].number < self._allowed:
                taken.append(self._waiting.popleft())
            return taken

    def _client(self) -> None:
        while people := self._take():
            batch = [event for person in people for event in person.events()]
            until(lambda batch=batch: self._posted(batch), 120, "an acknowledgement")  # type: ignore[misc]
            if people[0].number % 4 == 0:
                self._posted(batch)  # it did not hear the answer
            self.acknowledged |= {person.message_id for person in people}

    def _posted(self, batch: Sequence[Mapping[str, Any]]) -> bool:
        key = b64encode(f"{self._system.write_key}:".encode()).decode()
        headers = {"Content-Type": "application/json", "Authorization": f"Basic {key}"}
        port = self._port()
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        try:
            connection.request("POST", "/v1/batch", json.dumps({"batch": batch}), headers)
            self._reached("batch sent", port)
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
        if answer.status == httpx.codes.OK:
            self._reached("batch acknowledged", port)
        return answer.status == httpx.codes.OK

    def _port(self) -> int:
        """Where the next batch goes."""
        return self._system.port

    def _reached(self, moment: str, port: int) -> None:
        hook = self._hooks.pop(moment, None)
        if hook is not None:
            hook(port)

    # -- kills

    @contextmanager
    def _disk_full(self) -> Iterator[None]:
        """What the gateway has on disk cannot grow, but for its short log: each write beyond that fails."""
        gateway = self._system.gateway
        resource.prlimit(gateway.pid, resource.RLIMIT_FSIZE, (FULL_BYTES, resource.RLIM_INFINITY))
        self._say("the disk is full", always=True)
        try:
            yield
        finally:
            with suppress(ProcessLookupError):  # it was killed meanwhile
                resource.prlimit(gateway.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)

    def _kill(self, moment: str, release: float) -> None:
        gateway = self._system.gateway
        named = Path(self._system.environ()[KILL_AT])
        match moment:
            case "batch sent" | "batch acknowledged":
                self._hooks[moment] = lambda _port: gateway.send_signal(signal.SIGKILL)
            case "message created":
                self._control("next", action="timeout", seconds=2)
                known = self._sids()
            case Moment():
                order(named, moment)
        self._release(release)
        deadline = time.monotonic() + (0 if moment == "any time" else MOMENT_SECONDS)
        while gateway.poll() is None and time.monotonic() < deadline:
            if moment == "message created" and self._sids() - known:
                break
            time.sleep(0.005)  # between two looks, until the moment has come
        came = time.monotonic() < deadline or moment == "any time"
        self._hooks.clear()
        self._system.kill_gateway()
        named.unlink(missing_ok=True)
        self.kills.append(moment if came else "any time")
        self._say(f"killed: {self.kills[-1]}", always=True)
        self._system.start_gateway()

    def _sids(self) -> set[str]:
        return {text.sid for text in self._texts()}

    def _texts(self) -> list[Text]:
        return [
            Text(one["sid"], one["to"], one["body"])
            for one in self._system.texts()
            if one["direction"] != "inbound"
        ]

    # -- the end

    def come_to_rest(self) -> None:
        """Until nothing is under way; then it is killed once more, and what starts again has nothing to send."""
        self._rest(REST_SECONDS)
        if self._plan.kills:
            self._kill("any time", 0)
            self._rest(QUIET_SECONDS * 3)
        held, since = len(self._texts()), time.monotonic()
        while time.monotonic() - since < QUIET_SECONDS:
            self._pause(0.3)
            now = len(self._texts())
            held, since = now, (since if now == held else time.monotonic())

    def _rest(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = self._deliveries()
            self._say(self._states(found))
            events = {(one["event"] or {}).get("messageId") for one in found}
            if all(one["status"] in TERMINAL for one in found) and len(events) >= len(self.people):
                return
            self._pause(0.5)

    def verdict(self) -> Verdict:
        found = self._deliveries()
        self._say(self._states(found), always=True)
        verdict = compare(self.people, frozenset(self.acknowledged), found, self._texts())
        verdict.kills = self.kills
        verdict.unexplained += self._miscounted()
        return verdict

    def _miscounted(self) -> list[str]:
        """Compared while nothing changes: the provider may still have something to tell."""
        for _ in range(20):
            before, found, after = self._counts(), self._deliveries(), self._counts()
            if before == after:
                return miscounted(found, after["events"]["totalCount"], after["stats"]["points"])
            self._pause(0.5)
        return ["what was counted does not come to rest"]

    def _counts(self) -> dict[str, Any]:
        now = datetime.now(UTC)
        span = {"from": (now - timedelta(hours=2)).isoformat(), "to": (now + timedelta(hours=1)).isoformat()}
        found: dict[str, Any] = self._system.ask(COUNTS, range=span)
        return found

    def _deliveries(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        after = None
        while True:
            page = self._system.ask(QUERY, after=after)["deliveries"]
            found += [edge["node"] for edge in page["edges"]]
            if not page["pageInfo"]["hasNextPage"]:
                return found
            after = page["pageInfo"]["endCursor"]

    @staticmethod
    def _states(found: Sequence[Mapping[str, Any]]) -> str:
        counts = Counter(str(one["status"]) for one in found)
        return ", ".join(f"{status} {count}" for status, count in sorted(counts.items()))

    def _say(self, what: str, *, always: bool = False) -> None:
        now = time.monotonic()
        if always or now - self._told > 5:
            self._told = now
            self._tell(
                f"{now - self._began:4.0f} s  kills {len(self.kills)}, acknowledged {len(self.acknowledged)}  {what}"
            )

    @staticmethod
    def _pause(seconds: float) -> None:
        time.sleep(seconds)  # kills come at any distance, and looks at the books take from what is tried
