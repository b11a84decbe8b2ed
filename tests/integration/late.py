"""`heliograph` on a machine whose clock is off by so many seconds: LATE_SECONDS=120 python -m tests.integration.late worker."""

import os
from datetime import UTC, datetime, timedelta

from gateway.__main__ import main
from gateway.clock import SystemClock

LATE = "LATE_SECONDS"


def _late(_clock: object) -> datetime:
    return datetime.now(UTC) - timedelta(seconds=float(os.environ[LATE]))


if __name__ == "__main__":
    SystemClock.now = _late  # type: ignore[assignment,method-assign]  # the machine's clock is not ours to set
    main()
