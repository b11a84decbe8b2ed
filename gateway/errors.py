"""What can go wrong in the gateway itself. Each message says what happened, what was kept, and what to do next.

HeliographError
├── StartupError          the program can't run as it is set up: one line, exit code 1
├── StoreUnavailable      the store did not commit: nothing was acknowledged, try again
└── StoreBusy             too much waits for the store: nothing was taken, try again
"""


class HeliographError(Exception):
    """Base of the gateway's own errors."""


class StartupError(HeliographError):
    """Raised before anything is served; the command line prints the message alone."""


class StoreUnavailable(HeliographError):  # noqa: N818  a state, as HTTP's 503 names it
    """The store could not commit (disk full, connection lost). Nothing of the change was kept."""


class StoreBusy(HeliographError):  # noqa: N818  a state, as HTTP's 503 names it
    """The bounded line in front of the writer is full. Nothing of the change was kept."""
