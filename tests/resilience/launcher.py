"""`heliograph`, which kills itself with -9, or freezes, at the moment that a file names, once. Nothing of it is in the gateway.

    RESILIENCE_KILL_AT=FILE python -m tests.resilience.launcher serve

The file holds a signal and the name of a moment, see `order`, and is removed by the process to which that comes first. Beside it each
process writes when its requests left, and from which sender, see `left`.
"""

import os
import signal
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event

from destinations.kit import HttpRequest, HttpResponse
from gateway import app
from gateway.__main__ import main
from gateway.deliveries import Step
from gateway.jobs import Job
from gateway.pipeline import send, settle
from gateway.pipeline.settle import Reached
from gateway.sending import SendingClient, open_client
from gateway.services import Services

KILL_AT = "RESILIENCE_KILL_AT"


class Moment(StrEnum):
    """Inside the process, where nobody outside can see it."""

    CLAIMED = "claimed, and not sent yet"
    ANSWERED = "answered, and not recorded yet"
    RECORDING = "while it is recorded"


class Halt(StrEnum):
    """Where a process is frozen: what it holds is another's when it wakes."""

    BEFORE_SENDING = "before a request leaves"
    ANSWERED = Moment.ANSWERED
    RECORDING = Moment.RECORDING
    LEASING = "while it leases"


def order(file: Path, moment: str, what: signal.Signals = signal.SIGKILL) -> None:
    """Have that happen to the process to which that moment comes first."""
    draft = file.with_suffix(".draft")
    draft.write_text(f"{what.name} {moment}")
    draft.rename(file)


def left(file: Path, sender: str) -> list[float]:
    """When requests of that sender left, as the processes told beside that file."""
    told = _told(file)
    lines = told.read_text().splitlines() if told.exists() else []
    return [float(at) for of, _, at in (line.rpartition(" ") for line in lines) if of == sender]


def _told(file: Path) -> Path:
    return file.with_suffix(".left")


class Trap:
    """Ends or stops the process where the file names the moment that has come."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.answered = self.changed = False

    def leave(self, request: HttpRequest) -> None:
        """That request leaves now. A line at a time, which several processes may write."""
        with _told(self._file).open("a") as told:
            told.write(f"{dict(request.form).get('From')} {time.time()}\n")

    def reach(self, moment: str) -> None:
        try:
            name, _, ordered = self._file.read_text().partition(" ")
            if ordered != moment:
                return
            self._file.unlink()
        except FileNotFoundError:  # there is none, or another process was the first
            return
        os.kill(os.getpid(), signal.Signals[name])


class Watched:
    """The sending client, and the moments around it."""

    def __init__(self, client: SendingClient, trap: Trap) -> None:
        self._client = client
        self._trap = trap

    async def send(self, request: HttpRequest) -> HttpResponse:
        self._trap.reach(Moment.CLAIMED)
        self._trap.leave(request)
        response = await self._client.send(request)
        self._trap.reach(Moment.ANSWERED)
        self._trap.answered = True
        return response

    async def close(self) -> None:
        await self._client.close()


def watch(trap: Trap) -> None:
    """Come by the moments of every store and client that is opened from here on."""

    if (
        "HELIOGRAPH_DATABASE_URL" in os.environ
    ):  # on SQLite the statements of whoever listens would take another way

        @event.listens_for(Engine, "after_cursor_execute")
        def _executed(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            if "pg_advisory_xact_lock" in statement:
                trap.reach(Halt.LEASING)

    apply = settle.apply

    def applied(
        connection: Connection,
        steps: Sequence[Step],
        now: datetime,
        leases: Mapping[str, Job] | None = None,
    ) -> list[Reached]:
        trap.changed |= trap.answered and len(steps) > 0
        return apply(connection, steps, now, leases)

    @event.listens_for(Engine, "commit")
    def _committing(_connection: Any) -> None:
        if trap.changed:
            trap.reach(Moment.RECORDING)

    def opened(**options: Any) -> SendingClient:
        return Watched(open_client(**options), trap)

    at_once = send.send

    async def sent(services: Services, claim: send.Claim) -> send.Answer:
        trap.reach(Halt.BEFORE_SENDING)
        return await at_once(services, claim)

    app.open_client = opened  # type: ignore[attr-defined,assignment]  # the one place it is opened from
    send.send = sent
    settle.apply = applied


if __name__ == "__main__":
    watch(Trap(Path(os.environ[KILL_AT])))
    main()
