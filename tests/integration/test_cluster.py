"""Several processes over one PostgreSQL and one Redis, as `heliograph cluster` and `heliograph demo --cluster` start them."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from gateway.cluster import programs

pytestmark = pytest.mark.skipif(
    (programs.postgresql_folder() is None or programs.redis_program() is None) and "CI" not in os.environ,
    reason="PostgreSQL's server or redis-server is not installed",
)


def environ(folder: Path) -> dict[str, str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("HELIOGRAPH_")}
    return plain | {"TMPDIR": str(folder), "COLUMNS": "200"}


def test_the_demo_keeps_its_promises_over_two_gateways_and_two_workers(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "gateway", "demo", "--once", "--cluster"],
        env=environ(tmp_path),
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert re.findall(r"^(\S+) +127\.0\.0\.1:\d+ +\d+ +ready", ran.stdout, re.MULTILINE) == [
        "postgresql",
        "redis",
        "simulator",
        "gateway-1",
        "gateway-2",
        "worker-1",
        "worker-2",
    ]
    assert ran.stdout.count("ACCEPTED DELIVERED") == 3
    assert ran.stdout.count("SUPPRESSED NOT_SUBSCRIBED") == 3
    assert ran.stdout.count("REJECTED 21211") == 2
    assert list(tmp_path.iterdir()) == []


@contextmanager
def cluster(folder: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "gateway", "cluster", "--gateways", "1", "--workers", "1"],
        env=environ(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.terminate()  # it ends all that it started
        process.communicate(timeout=60)


def until(process: subprocess.Popen[str], line: str) -> str:
    """What it wrote, up to the line that begins so."""
    assert process.stdout is not None
    said = ""
    for one in process.stdout:
        said += one
        if one.startswith(line):
            return said
    pytest.fail(f"it ended without {line!r}: {said}")


def test_a_set_shows_how_its_parts_are_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with cluster(tmp_path) as process:
        said = until(process, "worker-1")
        pids = {
            name: int(pid)
            for name, pid in re.findall(r"^(\S+) +127\.0\.0\.1:\d+ +(\d+) ", said, re.MULTILINE)
        }
        [link] = re.findall(r"http://127\.0\.0\.1:\d+/graphql#token=hgt_\S+", said)
        [settings] = tmp_path.glob("heliograph-cluster-*/environ")
        mode = settings.stat().st_mode & 0o777
        token = link.partition("#token=")[2]
        seen = httpx.post(
            link.partition("#")[0],
            json={"query": "{ sources(first: 1) { edges { node { id } } } }"},
            headers={"Authorization": f"Bearer {token}"},
            timeout=20,
        ).json()

        os.kill(pids["worker-1"], signal.SIGKILL)
        told = until(process, "worker-1: ")
        process.send_signal(signal.SIGINT)
        rest = until(process, "Stopped")

        assert list(pids) == ["postgresql", "redis", "simulator", "gateway-1", "worker-1"]
        assert seen["data"] == {"sources": {"edges": []}}
        assert mode == 0o600
        assert told.endswith("worker-1: ended by signal 9\n")
        assert rest.endswith("Stopped; nothing of it is left behind.\n")
        assert process.wait(60) == 0
    assert [name for name, pid in pids.items() if Path(f"/proc/{pid}").exists()] == []
    assert list(tmp_path.iterdir()) == []
