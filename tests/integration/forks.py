"""Processes that begin as forks of one which has loaded the whole program: to load takes three seconds of a core, to fork a fiftieth of one.

Such a process is one of its own like any other: it has its own environment and log, takes signals, and may be killed.
"""

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from multiprocessing import forkserver
from pathlib import Path
from typing import Any, Final, Protocol

from gateway.__main__ import main

_FORKS: Final = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.integration.loaded"])


class Process(Protocol):
    """What is asked of a process that runs, as `subprocess.Popen` has it."""

    @property
    def pid(self) -> int: ...
    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def send_signal(self, sig: int, /) -> None: ...
    def terminate(self) -> None: ...


class Fork:
    """A process in which that function runs, and nothing after it. It ends with this one at the latest."""

    def __init__(self, run: Callable[..., None], *arguments: Any) -> None:
        self._process = _FORKS.Process(target=run, args=arguments, daemon=True)
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        code = self._process.exitcode
        if code is None:
            raise subprocess.TimeoutExpired(str(self._process.name), timeout or 0)
        return code

    def send_signal(self, sig: int, /) -> None:
        if self.poll() is None:
            os.kill(self.pid, sig)

    def terminate(self) -> None:
        self._process.terminate()


def prepare() -> None:
    """Begin to load, beside whatever is done before the first fork."""
    forkserver.ensure_running()


def heliograph(arguments: Sequence[str], environ: Mapping[str, str], log: Path) -> Fork:
    """The command line with those arguments, as `python -m gateway` runs it."""
    return Fork(_command, arguments, environ, log)


def _command(arguments: Sequence[str], environ: Mapping[str, str], log: Path) -> None:
    written = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.dup2(written, 1)
    os.dup2(written, 2)
    os.environ.clear()
    os.environ.update(environ)
    sys.argv = ["heliograph", *arguments]
    main()
