"""`heliograph`, which kills itself with -9 at the moment that a file names, once. Nothing of it is in the gateway.

    RESILIENCE_KILL_AT=FILE python -m tests.resilience.launcher serve

The file holds the name of a moment, and is removed when that has come.
"""

import os
import signal
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from destinations.kit import HttpRequest, HttpResponse
from gateway import app
from gateway.__main__ import main
from gateway.sending import SendingClient, open_client

KILL_AT = "RESILIENCE_KILL_AT"


class Moment(StrEnum):
    """Inside the process, where nobody outside can see it."""

    CLAIMED = "claimed, and not sent yet"
    ANSWERED = "answered, and not recorded yet"
    RECORDING = "while it is recorded"


class Trap:
    """Ends the process where the file names the moment that has come."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.answered = self.changed = False

    def reach(self, moment: Moment) -> None:
        if self._file.exists() and self._file.read_text() == moment:
            self._file.unlink()
            os.kill(os.getpid(), signal.SIGKILL)


class Watched:
    """The sending client, and the moments around it."""

    def __init__(self, client: SendingClient, trap: Trap) -> None:
        self._client = client
        self._trap = trap

    async def send(self, request: HttpRequest) -> HttpResponse:
        self._trap.reach(Moment.CLAIMED)
        response = await self._client.send(request)
        self._trap.reach(Moment.ANSWERED)
        self._trap.answered = True
        return response

    async def close(self) -> None:
        await self._client.close()


def watch(trap: Trap) -> None:
    """Come by the moments of every store and client that is opened from here on."""

    @event.listens_for(Engine, "after_cursor_execute")
    def _changed(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        trap.changed |= trap.answered and "deliveries" in statement and statement.startswith("UPDATE")

    @event.listens_for(Engine, "commit")
    def _committing(_connection: Any) -> None:
        if trap.changed:
            trap.reach(Moment.RECORDING)

    def opened(**options: Any) -> SendingClient:
        return Watched(open_client(**options), trap)

    app.open_client = opened  # type: ignore[attr-defined,assignment]  # the one place it is opened from


if __name__ == "__main__":
    watch(Trap(Path(os.environ[KILL_AT])))
    main()
