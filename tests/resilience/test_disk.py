"""A disk that is full for a while, and one that can only be read: nothing acknowledged is lost, and nobody is texted twice."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.system import System, until
from tests.resilience.run import Plan, run


def mount(*arguments: str) -> None:
    done = subprocess.run(["mount", *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"a disk can't be mounted: {done.stderr.strip()}")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount")
    folder = tmp_path / "data"
    folder.mkdir()
    mount("-t", "tmpfs", "-o", "size=64m", "tmpfs", str(folder))
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_full_disk_loses_and_doubles_nothing(tmp_path: Path) -> None:
    verdict = run(Plan(people=20, kills=2, seed=5, faults="fulldisk"), tmp_path, print)

    assert "A group of changes was not committed" in (tmp_path / "serve.log").read_text()
    assert (verdict.doubled, verdict.lost, verdict.unexplained) == ([], [], [])
    assert verdict.acknowledged == 20


def test_a_disk_that_can_only_be_read_is_named_and_what_was_taken_goes_out_once_it_can_be_written(
    disk: Path, tmp_path: Path
) -> None:
    system = System(tmp_path)
    try:
        system.start_all()
        system.seed()
        user = {"userId": "ann", "traits": {"phone": "+12025550000", "sms_opt_in": True, "first_name": "Ann"}}
        entered = {"userId": "ann", "event": "Audience Entered", "messageId": "entered"}
        answer = system.post(
            "/v1/batch", {"batch": [{"type": "identify", **user}, {"type": "track", **entered}]}
        )
        assert answer.json() == {"success": True}
        system.kill_gateway()

        mount("-o", "remount,ro", str(disk))
        with pytest.raises(
            AssertionError, match=r"data can't be written \(Read-only file system\)\. Nothing was started\."
        ):
            system.start_gateway()
        mount("-o", "remount,rw", str(disk))
        system.start_gateway()

        until(lambda: [one["status"] for one in system.deliveries()] == ["ACCEPTED"], 30, "the text")
        assert [text["to"] for text in system.texts()] == ["+12025550000"]
    finally:
        system.close()
