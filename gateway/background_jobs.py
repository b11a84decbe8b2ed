"""Work that somebody asked for and that takes a while: it shows how far it is, and can be paused, resumed and canceled.

running ◀─▶ paused
   ├─▶ done · canceled
   └─▶ failed ─▶ running    resumed, it goes on where it stopped
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Self


class BackgroundKind(StrEnum):
    """What it does."""

    REPLAY = "REPLAY"
    SENDER_SYNC = "SENDER_SYNC"
    TEMPLATE_SYNC = "TEMPLATE_SYNC"
    SENDER_CONNECT = "SENDER_CONNECT"
    ERASE = "ERASE"
    INBOUND_IMPORT = "INBOUND_IMPORT"
    CONSENT_IMPORT = "CONSENT_IMPORT"
    IMPORT = "IMPORT"
    BACKTEST = "BACKTEST"

    @property
    def is_sync(self) -> bool:
        """Whether it reads what an account has."""
        return self in (BackgroundKind.SENDER_SYNC, BackgroundKind.TEMPLATE_SYNC)


class BackgroundStatus(StrEnum):
    """Where it stands."""

    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    DONE = "DONE"
    FAILED = "FAILED"
    CANCELED = "CANCELED"

    @property
    def comes_from(self) -> Collection["BackgroundStatus"]:
        """From where somebody may bring it here."""
        return _FROM.get(self, ())


_B = BackgroundStatus
_FROM = {
    _B.PAUSED: (_B.RUNNING,),
    _B.RUNNING: (_B.PAUSED, _B.FAILED),
    _B.CANCELED: (_B.RUNNING, _B.PAUSED, _B.FAILED),
}


@dataclass(frozen=True, slots=True)
class BackgroundJob:
    """One piece of such work. Of `total` items `done` are done and `failed` could not be; `message` has the last thing to know,
    `result` what it came to so far; None before it began. `subject` is the id of what it is about, of which one of a kind runs at a
    time; None where that is many things.
    """

    id: str
    space: str
    kind: BackgroundKind
    status: BackgroundStatus
    total: int
    done: int
    failed: int
    message: str | None
    result: Mapping[str, Any] | None
    replay_key: str
    include_accepted: bool
    created_at: datetime
    finished_at: datetime | None
    subject: str | None = None

    @classmethod
    def begun(cls, job_id: str, space: str, kind: BackgroundKind, now: datetime, **given: Any) -> Self:
        """One that runs from now on, and has done nothing yet. `given` is what else is known of it by then: `subject`, `total`, `result`,
        `replay_key`, `include_accepted`.
        """
        new = cls(
            id=job_id,
            space=space,
            kind=kind,
            status=BackgroundStatus.RUNNING,
            total=0,
            done=0,
            failed=0,
            message=None,
            result=None,
            replay_key="",
            include_accepted=False,
            created_at=now,
            finished_at=None,
        )
        return replace(new, **given)
