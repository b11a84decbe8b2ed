"""`python -m gateway` is `heliograph`. Ctrl-C ends it from its first moment on, without a traceback.

Nothing is loaded before that is arranged. What was under way then is undone by the store, which commits whole changes alone.
"""

import gc
import os
import signal
from types import FrameType

INTERRUPTED = 128 + signal.SIGINT
"""What a shell reports of a command that Ctrl-C ended."""

YOUNG = 50_000
"""How many objects more than before there are when the garbage collector looks through the youngest. With Python's own number it
looked through the modules again and again while they load, for a quarter of that time; and a batch of events alone is thousands
of objects, which need no collector.
"""


def _end(_signal: int, _frame: FrameType | None) -> None:
    os._exit(
        INTERRUPTED
    )  # at once: an exception could be lost in an import, a migration or a loop that is not up yet


def main() -> None:
    """Run a command. A command that has something to finish takes the signal over once there is something."""
    signal.signal(signal.SIGINT, _end)
    gc.set_threshold(YOUNG, 20, 20)
    from gateway.cli import main as run  # noqa: PLC0415  it loads for a second, in which Ctrl-C counts already

    run()


if __name__ == "__main__":
    main()
