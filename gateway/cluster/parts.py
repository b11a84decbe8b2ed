"""A process of a set: started, asked how it is, ended by its pid, and started again at the same address."""

import contextlib
import random
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType

import httpx

from gateway.errors import StartupError

START_SECONDS = 60.0
END_SECONDS = 25.0
POLL_SECONDS = 0.1
PROBE_SECONDS = 2.0

READY, DEGRADED = "ready", "degraded: "
"""How a part is that can be used; DEGRADED goes before what it does without."""

PORTS = range(10_000, 32_768)
"""Ports that Linux gives to no connection by itself: one that was free stays so until it is used."""

ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""A closed terminal must leave nothing behind either."""

_SAID_LINES = 6


class Part:
    """One process. Its output goes to a file, which a second start goes on with."""

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        address: str,
        log: Path,
        environ: Mapping[str, str],
        probe: Callable[[], str],
        ending: signal.Signals = signal.SIGTERM,
        user: str | None = None,
        given: bytes = b"",
        folder: Path | None = None,
    ) -> None:
        """`probe` says READY, or what is the matter; `ending` is the signal that ends it in order; `given` is what it reads from its
        standard input, where nobody else sees it; `folder` is the one it runs in.
        """
        self.name = name
        self.address = address
        self.log = log
        self._command = [str(word) for word in command]
        self._environ = dict(environ)
        self._probe = probe
        self._ending = ending
        self._user = user
        self._given = given
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it is asked, of one that speaks HTTP."""
        return f"http://{self.address}"

    @property
    def pid(self) -> int | None:
        """Of the process that runs now."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def start(self) -> None:
        """Begin. `wait_until_ready` says when it can be used."""
        with undivided(), self.log.open("ab") as log:
            process = subprocess.Popen(  # noqa: S603  this program, and servers that are installed
                self._command,
                env=self._environ,
                cwd=self._folder,
                stdin=subprocess.PIPE if self._given else subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for whoever started it, who ends it in its turn
                user=self._user,
                group=self._user,
                extra_groups=None if self._user is None else [],
            )
            self._process = process
        if process.stdin is not None:
            with process.stdin as stdin:
                stdin.write(self._given)

    def health(self) -> str:
        """READY, DEGRADED and without what, or what is the matter with it now."""
        if self._process is None:
            return "not started"
        code = self._process.poll()
        if code is not None:
            return f"ended by signal {-code}" if code < 0 else f"ended with {code}"
        return self._probe()

    def wait_until_ready(self, seconds: float = START_SECONDS) -> None:
        """Return once it is. Raises StartupError, with what it said, where it ends or takes longer."""
        deadline = time.monotonic() + seconds
        while not is_usable(health := self.health()):
            if self.pid is None or time.monotonic() > deadline:
                raise StartupError(
                    f"{self.name} did not start ({health}). It said: {self.said() or 'nothing'}"
                )
            time.sleep(
                POLL_SECONDS
            )  # another process does not say when it is ready: it is asked, to a deadline

    def wait(self) -> None:
        """Return once it ended."""
        if self._process is not None:
            self._process.wait()

    def tell_to_end(self) -> None:
        """Ask it to end, and do not wait for that."""
        if self.pid is not None and self._process is not None:
            self._process.send_signal(self._ending)

    def stop(self) -> None:
        """End it in order, or at once where that takes too long or somebody presses Ctrl-C again."""
        if self._process is None:
            return
        self.tell_to_end()
        try:
            self._process.wait(END_SECONDS)
        except (subprocess.TimeoutExpired, KeyboardInterrupt):
            self.kill()

    def kill(self) -> None:
        """End it at once: kill -9."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def send_signal(self, number: signal.Signals) -> None:
        """Such as SIGSTOP and SIGCONT: it hangs, and wakes."""
        if self._process is not None:
            self._process.send_signal(number)

    def said(self) -> str:
        """The last of what it wrote."""
        text = self.log.read_text(errors="replace").strip() if self.log.exists() else ""
        return "\n".join(text.splitlines()[-_SAID_LINES:])


def is_usable(health: str) -> bool:
    """Whether one that says so can be used."""
    return health == READY or health.startswith(DEGRADED)


def free_port() -> int:
    """A port of loopback on which nobody listens now."""
    for port in random.sample(PORTS, len(PORTS)):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise StartupError("No port is free on 127.0.0.1. Nothing was started.")


def answering(url: str) -> Callable[[], str]:
    """A probe: whether that address answers 200, without which parts, and if not, what it says."""

    def probe() -> str:
        try:
            answer = httpx.get(url, timeout=PROBE_SECONDS, trust_env=False, verify=False)  # noqa: S501  plain http on loopback
        except httpx.HTTPError:
            return "does not answer"
        if answer.status_code != httpx.codes.OK:
            return f"answers {answer.status_code}"
        is_json = answer.headers.get("content-type", "").startswith("application/json")
        lacking = answer.json().get("degraded") if is_json else None
        return f"{DEGRADED}{', '.join(lacking)}" if lacking else READY

    return probe


def interruptible() -> None:
    """From now on each way of being ended is a KeyboardInterrupt, so that nothing that was started stays."""
    for ending in ENDINGS:
        signal.signal(ending, signal.default_int_handler)


@contextlib.contextmanager
def undivided() -> Iterator[None]:
    """Whoever ends this process meanwhile does so after the block: a process must be known before it can be stopped."""
    if threading.current_thread() is not threading.main_thread():
        yield  # signals reach the main thread alone
        return
    told: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        told.append(number)

    before = [(ending, signal.signal(ending, note)) for ending in ENDINGS]
    try:
        yield
    finally:
        for ending, handler in before:
            signal.signal(ending, handler)
    if told:
        signal.raise_signal(signal.Signals(told[0]))
