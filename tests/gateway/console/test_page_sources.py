"""What the page decides without a browser, its types and its style, by the tools that the page has for them."""

import json
import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

from gateway.console import hatch_build

CONSOLE = Path(hatch_build.__file__).parent


@pytest.mark.parametrize("script", ["test", "lint"])
def test_the_page_passes_its_own(script: str) -> None:
    ran = npm("run", script)

    assert ran.returncode == 0, plain(ran.stdout + ran.stderr)


def npm(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [installed(), *command],
        cwd=CONSOLE,
        env={**os.environ, "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@cache
def installed() -> str:
    """Npm, once the packages that the lock names lie beside the sources.

    Skips the test where npm is missing or nothing can be fetched; fails it in CI, where both are there.
    """
    found = shutil.which("npm")
    if found is None:
        return missing("npm is needed for what the page tests of itself")
    if is_fresh():
        return found
    ran = subprocess.run(
        [found, "ci", "--include=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"],
        cwd=CONSOLE,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    if ran.returncode != 0:
        return missing(f"`npm ci` in {CONSOLE.name}/ ended with status {ran.returncode}")
    return found


def is_fresh() -> bool:
    """Whether the packages are those of the lock already: npm writes down which it has put there."""
    written = CONSOLE / "node_modules" / ".package-lock.json"
    if not written.is_file():
        return False
    wanted, there = versions(CONSOLE / "package-lock.json"), versions(written)
    return wanted.items() <= there.items()


def versions(lock: Path) -> dict[str, str]:
    """Of each package by its place, but for those of another platform, which npm leaves out."""
    packages = json.loads(lock.read_text(encoding="utf-8"))["packages"]
    return {place: of["version"] for place, of in packages.items() if place and not of.get("optional")}


def missing(why: str) -> str:
    if os.environ.get("CI"):
        pytest.fail(why)
    pytest.skip(why)  # a laptop may lack npm or a network; under CI it fails above


def plain(output: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", output)
