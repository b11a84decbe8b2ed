"""Ctrl-C ends everything, whenever it comes: while Python loads, while tables are made, while two servers start."""

import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import gateway

MOMENTS = (0.02, 0.2, 0.5, 0.8, 0.95, 1.1, 1.25, 1.4, 1.7, 2.2, 3.0)
ENDED = {0, 130, -signal.SIGINT}
"""Stopped in good order; ended while it started; ended before any line of ours had run."""

BEFORE_US = (b"Could not import runpy module", b"Fatal Python error: init_")
"""What Python itself says, with the code 1, where it is stopped while it prepares to run a module, or before that."""

OURS = re.escape(os.fsencode(Path(gateway.__file__).parent))
PAST_OUR_START = re.compile(rb'File "' + OURS + rb"/(?!__(?:main|init)__\.py)")
"""That a traceback is of more than what Python does before our own handler is there."""

OUR_START = re.compile(rb'File "' + OURS + rb"/__(?:main|init)__\.py|<frozen runpy>|<frozen site>")


def kin_of(folder: Path) -> list[int]:
    """The processes that were started with this folder in their environment, children's children among them."""
    found = []
    for environ in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):  # it is another user's, or gone
            if os.fsencode(folder) in environ.read_bytes():
                found.append(int(environ.parent.name))
    return found


@pytest.fixture(autouse=True)
def _ctrl_c_is_heard() -> Iterator[None]:
    """Where the tests run in the background of a shell, Ctrl-C is ignored, and what is started here would ignore it, too."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks for processes in /proc")
@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize(
    "command",
    [
        ("serve", "--port", "0"),
        ("simulator", "--port", "0"),
        ("demo", "--port", "0", "--simulator-port", "0"),
    ],
    ids=lambda command: command[0],
)
def test_ctrl_c_ends_everything(tmp_path: Path, command: tuple[str, ...], moment: float) -> None:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("HELIOGRAPH_")}
    environ |= {"HELIOGRAPH_DATA_DIR": str(tmp_path / "data"), "TMPDIR": str(tmp_path)}
    process = subprocess.Popen(
        [sys.executable, "-m", "gateway", *command],
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(moment)

    process.send_signal(signal.SIGINT)
    try:
        said, _ = process.communicate(timeout=15)
        left = kin_of(tmp_path)
    finally:
        for one in kin_of(tmp_path):
            with contextlib.suppress(ProcessLookupError):
                os.kill(one, signal.SIGKILL)

    assert process.returncode in ENDED or said.startswith(BEFORE_US), said
    assert left == []
    assert b"Traceback" not in said or (OUR_START.search(said) and not PAST_OUR_START.search(said)), said
    assert list(tmp_path.glob("heliograph-demo-*")) == []
