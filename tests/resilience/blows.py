"""What happens to a set of processes: each blow falls around a block, in which events come in."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any, Protocol

from redis import Redis

from gateway.cluster import Cluster, Part
from gateway.errors import StartupError
from tests.integration.system import until
from tests.resilience.launcher import KILL_AT, Halt, Moment, order
from tests.resilience.run import MOMENT_SECONDS

AWAY_SECONDS = (0.5, 3.0)
"""How long a server is gone."""
FROZEN_SECONDS = 36.0
"""Longer than a lease, by its heart-beat's turn at the most."""
WORKERS_MOMENTS = (*Moment, "message created")
MOMENTS = (
    "message created",
    "batch acknowledged",
    *Moment,
    "batch sent",
    "a gateway, at any time",
    "a worker, at any time",
)
"""The worst come first."""
REDIS, EMPTIED, POSTGRESQL, FROZEN = (
    "Redis restarted",
    "Redis emptied",
    "PostgreSQL restarted",
    "a worker frozen",
)


class StandIn(Protocol):
    """As ClusterSystem has it."""

    def steer(self, **action: Any) -> None: ...
    def messages(self, newest: int | None = None) -> dict[str, Any]: ...


class Blows:
    """What may happen to this set. `hooks` are called by whoever sends a batch, with the port that it went to."""

    def __init__(
        self, cluster: Cluster, system: StandIn, random: Random, hooks: dict[str, Callable[[int], None]]
    ) -> None:
        self._set = cluster
        self._system = system
        self._random = random
        self._hooks = hooks
        self._file = Path(cluster.environ[KILL_AT])

    def strike(self, blow: str) -> AbstractContextManager[list[str]]:
        """It happens around the block; what happened, where that is something else."""
        match blow:
            case "Redis restarted":
                return self._restarted(self._set.redis)
            case "Redis emptied":
                return self._emptied()
            case "PostgreSQL restarted":
                return self._restarted(self._set.postgresql)
            case "a worker frozen":
                return self._frozen()
            case "batch sent" | "batch acknowledged" | "a gateway, at any time":
                return self._gateway_killed(blow)
            case _:
                return self._worker_killed(blow)

    @contextmanager
    def _restarted(self, part: Part) -> Iterator[list[str]]:
        """Ended with -9, gone for a while, and there again."""
        part.kill()
        try:
            yield []
            time.sleep(self._random.uniform(*AWAY_SECONDS))
        finally:
            self._start(part)

    @contextmanager
    def _emptied(self) -> Iterator[list[str]]:
        yield []
        with Redis.from_url(self._set.redis_url) as redis:
            redis.flushall()

    @contextmanager
    def _frozen(self) -> Iterator[list[str]]:
        """One that is at a bad moment hangs for longer than its leases, and wakes."""
        halt = self._random.choice(list(Halt))
        order(self._file, halt, signal.SIGSTOP)
        said: list[str] = []
        yield said
        workers = self._set.workers
        frozen = self._soon(lambda: next((one for one in workers if _is_stopped(one)), None))
        self._file.unlink(missing_ok=True)
        said.append(f"{FROZEN}: {'at any time' if frozen is None else halt}")
        if frozen is None:
            frozen = self._random.choice(workers)
            frozen.send_signal(signal.SIGSTOP)
        time.sleep(FROZEN_SECONDS)  # the lease runs out by the clocks of others
        frozen.send_signal(signal.SIGCONT)

    @contextmanager
    def _gateway_killed(self, moment: str) -> Iterator[list[str]]:
        gateways = {port_of(one): one for one in self._set.gateways}
        if moment == "a gateway, at any time":
            self._random.choice(self._set.gateways).send_signal(signal.SIGKILL)
        else:
            self._hooks[moment] = lambda port: gateways[port].send_signal(signal.SIGKILL)
        said: list[str] = []
        yield said
        dead = self._soon(lambda: next((one for one in self._set.gateways if one.pid is None), None))
        self._hooks.clear()
        if dead is None:
            dead = self._random.choice(self._set.gateways)
            dead.kill()
            said.append("a gateway, at any time")
        self._start(dead)

    @contextmanager
    def _worker_killed(self, moment: str) -> Iterator[list[str]]:
        """The one that comes to that moment; where nobody outside can tell which one that is, all of them."""
        workers, said = self._set.workers, list[str]()
        known: set[str] = set()
        if moment == "message created":
            self._system.steer(action="timeout", seconds=2)
            known = self._sids()
        elif moment == "a worker, at any time":
            self._random.choice(workers).send_signal(signal.SIGKILL)
        else:
            order(self._file, moment)
        yield said
        if moment == "message created":
            came = self._soon(lambda: self._sids() - known)
            for worker in workers:
                worker.kill()
        else:
            came = self._soon(lambda: any(one.pid is None for one in workers))
            self._file.unlink(missing_ok=True)
        if not came:
            said.append("a worker, at any time")
            self._random.choice(workers).kill()
        self._start(*(worker for worker in workers if worker.pid is None))

    def kill_all(self) -> None:
        """Gateways and workers, and start them again."""
        parts = [*self._set.gateways, *self._set.workers]
        for part in parts:
            part.kill()
        self._start(*parts)

    @staticmethod
    def _start(*parts: Part) -> None:
        """All at once; one again where what is left of the process before is still in its way."""
        for part in parts:
            part.start()
        for part in parts:
            until(lambda part=part: is_up(part), 120, f"{part.name} started again")  # type: ignore[misc]

    @staticmethod
    def _soon(condition: Callable[[], Any]) -> Any:
        """What it says once that is true, or after a while whatever it says."""
        deadline = time.monotonic() + MOMENT_SECONDS
        while not (found := condition()) and time.monotonic() < deadline:
            time.sleep(0.01)  # between two looks, until the moment has come
        return found

    def _sids(self) -> set[str]:
        return {one["sid"] for one in self._system.messages(newest=50)["messages"]}


def port_of(part: Part) -> int:
    return int(part.address.rpartition(":")[2])


def is_up(part: Part) -> bool:
    """Whether it can be used by now; where it ended meanwhile it is started again."""
    with suppress(StartupError):
        part.wait_until_ready()
        return True
    part.kill()
    part.start()
    return False


def _is_stopped(part: Part) -> bool:
    if part.pid is None:
        return False
    with suppress(OSError):
        stat = Path(f"/proc/{part.pid}/stat").read_text()
        return stat.rpartition(")")[2].split()[0] == "T"
    return False
