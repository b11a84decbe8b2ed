"""One run of chaos over several processes: gateways and workers are killed, one is frozen, what they share goes away and comes back."""

import json
import shutil
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

import httpx

from gateway.cluster import Cluster, running
from tests.integration.system import TRUST, System, until
from tests.resilience.blows import EMPTIED, FROZEN, MOMENTS, POSTGRESQL, REDIS, Blows, port_of
from tests.resilience.books import Text, Verdict, compare
from tests.resilience.launcher import KILL_AT, left
from tests.resilience.people import PROFILES
from tests.resilience.run import MOMENT_SECONDS, PACE, Chaos, Plan
from tests.resilience.talks import (
    BODY,
    PARTS,
    Came,
    Talk,
    disordered,
    draw_talks,
    fastest,
    heard,
    late,
    placed,
    unknowing,
)

TALKS_SHARE = 1.5
"""So many talks for each of the other people: enough that their texts wait for their sender's turn."""
TALKERS, TALKS_AT_ONCE = 2, 6
"""Clients that send talks, and how many each of them has under way: kills come in the middle of talks."""
TALK_SENDER, TALK_PACE = "+12025550100", 20
"""Who sends the talks, and how many a second: as many as are sent would be several times that."""
SPAN_SECONDS, MOST_OF_PACE = 10.0, 1.05
REST_SECONDS = 300.0
LOOK_SECONDS = 2.0
ASK_SECONDS = 90.0
COUNT_OPEN = """
{ all: deliveries(first: 1) { totalCount }
  open: deliveries(first: 1, filter: { status: [PENDING, HELD, SENDING, RETRYING, UNCERTAIN] }) { totalCount } }
"""
ATTEMPTS = "query($id: ID!) { delivery(id: $id) { timeline(first: 100) { edges { node { ... on Attempt { startedAt } } } } } }"


def run_cluster(
    plan: Plan,
    folder: Path,
    tell: Callable[[str], None],
    *,
    accidents: Sequence[str] = (REDIS, EMPTIED, POSTGRESQL, FROZEN),
) -> Verdict:
    """What the books say at the end, with the order of each person and the pace among them. `accidents` are what happens besides kills."""
    environ = {
        "HELIOGRAPH_RECONCILE_PATIENCE_SECONDS": f"{PROFILES[plan.faults].patience:g}",
        KILL_AT: str(folder / "kill-at"),
        **plan.environ,
    }
    with running("twilio-engage", environ=environ, program="tests.resilience.launcher") as cluster:
        try:
            chaos = ClusterChaos(plan, ClusterSystem(folder, cluster), cluster, tell, accidents)
            chaos.set_up()
            chaos.feed_and_kill()
            chaos.come_to_rest()
            return chaos.verdict()
        finally:
            for log in cluster.folder.glob("*.log"):
                shutil.copy(log, folder)


class ClusterSystem(System):
    """The calls a person makes, to whichever gateway answers."""

    def __init__(self, folder: Path, cluster: Cluster) -> None:
        super().__init__(folder, {KILL_AT: cluster.environ[KILL_AT]})
        self._cluster = cluster
        self.token = cluster.token
        self.simulator_url = cluster.simulator.url
        self.simulator_port = port_of(cluster.simulator)
        self.url = cluster.gateways[0].url

    def ask(self, query: str, **variables: Any) -> Any:
        """Asked again, of others too, until one answers: what is asked changes nothing once things go wrong."""
        deadline = time.monotonic() + ASK_SECONDS
        while True:
            for gateway in self._cluster.gateways:
                self.url = gateway.url
                try:
                    return super().ask(query, **variables)
                except (httpx.HTTPError, ValueError, AssertionError):
                    if time.monotonic() > deadline:
                        raise
            time.sleep(0.2)  # between two rounds of all gateways

    def messages(self, newest: int | None = None) -> dict[str, Any]:
        """What the stand-in holds and refused, the newest so many messages."""
        parameters = {} if newest is None else {"newest": newest}
        found: dict[str, Any] = httpx.get(
            f"{self.simulator_url}/_simulator/messages", params=parameters, timeout=60, verify=TRUST
        ).json()
        return found


class ClusterChaos(Chaos):
    """A run under way, over several processes."""

    def __init__(
        self,
        plan: Plan,
        system: ClusterSystem,
        cluster: Cluster,
        tell: Callable[[str], None],
        accidents: Sequence[str],
    ) -> None:
        super().__init__(plan, system, tell)
        self._set = cluster
        self._all = system
        self._blows = Blows(cluster, system, self._random, self._hooks)
        self._accidents = accidents
        self.talks = draw_talks(max(1, round(plan.people * TALKS_SHARE)), plan.seed, self._profile)
        self._untold = deque(self.talks)
        self._ports = Random(f"{plan.seed}/ports")

    # -- setting up

    def set_up(self) -> None:
        super().set_up()
        mapping = {
            "destinationId": self._system.destination_id,
            "action": "sendSms",
            "name": "Talks",
            "fields": {"from": TALK_SENDER, "body": BODY, "send": True},
            "trigger": 'type = "track" and event = "Talk"',
            "purpose": "TRANSACTIONAL",
        }
        self._system.change("mappingCreate", "MappingCreateInput", "mapping { id }", mapping)
        for talk in self.talks:
            for fault in talk.faults:
                self._control("next", to=talk.phone, **fault)

    def _policy(self) -> dict[str, Any]:
        return super()._policy() | {"messagesPerSecond": {"PHONE_NUMBER": PACE, TALK_SENDER: TALK_PACE}}

    def _port(self) -> int:
        return port_of(self._ports.choice(self._set.gateways))

    # -- feeding

    def feed_and_kill(self) -> None:
        before_rest = max(0, self._plan.kills - 1)
        blows = [MOMENTS[number % len(MOMENTS)] for number in range(before_rest)] + list(self._accidents)
        self._random.shuffle(blows)
        share = len(self.people) / (len(blows) + 1)
        clients = [threading.Thread(target=self._client, name=f"client {n}") for n in range(2)]
        clients += [threading.Thread(target=self._talker, name=f"talker {n}") for n in range(TALKERS)]
        for client in clients:
            client.start()
        try:
            for number, blow in enumerate(blows):
                self._release(share * (number + 0.6))
                self._pause(self._random.uniform(0.1, 0.8))
                self._strike(blow, share * (number + 1))
        finally:
            self._release(len(self.people))
            for client in clients:
                client.join()

    def _next_talk(self, *, wait: bool) -> Talk | None:
        """The next one that is released, or None: there is none now, or where it waits, there is none any more."""
        with self._released:
            while self._untold:
                if self._untold[0].number < self._allowed * TALKS_SHARE:
                    return self._untold.popleft()
                if not wait:
                    return None
                self._released.wait()
        return None

    def _talker(self) -> None:
        """Goes on with one of several talks at a time, each request once the one before it was acknowledged."""
        open_: list[tuple[Talk, deque[list[dict[str, Any]]]]] = []
        while True:
            while len(open_) < TALKS_AT_ONCE and (talk := self._next_talk(wait=not open_)) is not None:
                open_.append((talk, deque(talk.requests())))
            if not open_:
                return
            talk, left = open_[self._ports.randrange(len(open_))]
            batch = left.popleft()
            until(lambda batch=batch: self._posted(batch), 120, "an acknowledgement")  # type: ignore[misc]
            self.acknowledged |= {one["messageId"] for one in batch if one["type"] == "track"}
            if not left:
                open_.remove((talk, left))

    # -- blows

    def _strike(self, blow: str, release: float) -> None:
        with self._blows.strike(blow) as said:
            self._release(release)
        self.kills.append(said[0] if said else blow)
        self._say(f"happened: {self.kills[-1]}", always=True)

    def _kill(self, moment: str, release: float) -> None:
        """The last one, when all is quiet: of everything that is ours."""
        self._release(release)
        self._blows.kill_all()
        self.kills.append(f"all, at {moment}")
        self._say(f"happened: {self.kills[-1]}", always=True)

    # -- the end

    def _rest(self, seconds: float) -> None:
        """As long as texts wait for their sender's turn they come at its pace."""
        deadline = time.monotonic() + (REST_SECONDS if seconds > MOMENT_SECONDS else seconds)
        expected = len(self._expected())
        while time.monotonic() < deadline:
            open_ = self._system.ask(COUNT_OPEN)
            self._say(f"texts {len(self._all.messages()['messages'])}, open {open_['open']['totalCount']}")
            if open_["all"]["totalCount"] >= expected and open_["open"]["totalCount"] == 0:
                return
            self._pause(LOOK_SECONDS)

    def _expected(self) -> list[Any]:
        return [*self.people, *(line for talk in self.talks for line in talk.lines())]

    def verdict(self) -> Verdict:
        found = self._deliveries()
        self._say(self._states(found), always=True)
        held = self._all.messages()
        for name, kept in (("deliveries", found), ("texts", held)):
            (self._all.folder / f"{name}.json").write_text(json.dumps(kept))
        sent = [one for one in held["messages"] if one["direction"] != "inbound"]
        texts = [Text(one["sid"], one["to"], one["body"]) for one in sent]
        verdict = compare(self._expected(), frozenset(self.acknowledged), found, list(map(placed, texts)))
        verdict.kills = self.kills
        verdict.unexplained += self._miscounted()
        came = _came(held)
        came_late = late(self.talks, came)
        begun = self._begun(found, {one.message_id for one in came_late})
        out_of_order = disordered(came_late, begun, _by_text(self.talks, came))
        verdict.further["out of order"] = out_of_order + unknowing(self.talks, texts)
        most, bound = fastest([one.at for one in came], SPAN_SECONDS), TALK_PACE * SPAN_SECONDS * MOST_OF_PACE
        gone = fastest(left(Path(self._set.environ[KILL_AT]), TALK_SENDER), SPAN_SECONDS)
        verdict.further["too fast"] = (
            [f"{most} in {SPAN_SECONDS:.0f} s from {TALK_SENDER}"] if most > bound else []
        )
        verdict.notes = [
            f"the most of {TALK_SENDER} in any {SPAN_SECONDS:.0f} s: {most} came and {gone} left, of {bound:.0f} at {TALK_PACE} a second",
            f"late, since a request never came: {len(came_late) - len(out_of_order)} of {PARTS * len(self.talks)} texts of talks",
        ]
        return verdict

    def _begun(self, found: Sequence[Mapping[str, Any]], of: set[str]) -> dict[str, list[float]]:
        """When the attempts of these began, by messageId."""
        ids = {(one["event"] or {}).get("messageId"): one["id"] for one in found}
        begun = {}
        for message_id in of & ids.keys():
            entries = self._system.ask(ATTEMPTS, id=ids[message_id])["delivery"]["timeline"]["edges"]
            begun[message_id] = [_seconds(one["node"]["startedAt"]) for one in entries if one["node"]]
        return begun


def _came(held: Mapping[str, Any]) -> list[Came]:
    """The requests for texts of talks, whatever was answered."""
    requests = [one["received"] for one in held["messages"]] + held["refusals"]
    told = [(heard(dict(one["pairs"]).get("Body", "")), _seconds(one["at"])) for one in requests]
    return [Came(said, at) for said, at in told if said is not None]


def _by_text(talks: Sequence[Talk], came: Sequence[Came]) -> dict[str, list[float]]:
    """When the requests for each text came, by messageId."""
    found: dict[str, list[float]] = {}
    for said, at in came:
        found.setdefault(talks[said.number].message_id(said.part), []).append(at)
    return found


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()
