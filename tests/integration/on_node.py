"""Scripts that run on Node, with what npm has for them."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

NODE = Path(__file__).with_name("node")


def run(script: str, *arguments: str, given: str = "") -> str:
    """What that script of node/ prints; the test fails where the script does."""
    return _ran(str(NODE / script), *arguments, given=given)


def run_module(code: str) -> str:
    """The same of a module, which may import what node/ has."""
    return _ran("--input-type=module", given=code)


def bundled(code: str) -> str:
    """Such a module with all that it imports, as one script for a browser."""
    return _ran(str(NODE / "node_modules" / "esbuild" / "bin" / "esbuild"), "--bundle", given=code)


def _ran(*arguments: str, given: str) -> str:
    ran = subprocess.run(
        [_installed(), *arguments],
        input=given,
        cwd=NODE,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@contextmanager
def started(script: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """That script of node/ as it runs, until the block is left."""
    running = subprocess.Popen(
        [_installed(), NODE / script, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        yield running
    finally:
        running.kill()
        running.communicate()


@cache
def _installed() -> str:
    """Node, once its packages lie beside our scripts, in the versions that package.json pins; installed at most once.

    Skips the test where Node or npm is missing or nothing can be fetched; fails it in CI, where both are there.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return _missing("Node.js and npm are needed for what runs on Node")
    if not _fresh():
        ran = subprocess.run(
            [npm, "install", "--ignore-scripts", "--no-audit", "--no-fund"],
            cwd=NODE,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        if ran.returncode != 0 or not _fresh():
            return _missing(f"`npm install` in {NODE.name}/ ended with status {ran.returncode}")
    return node


def _fresh() -> bool:
    pinned = json.loads((NODE / "package.json").read_text())["dependencies"]
    found = {name: NODE / "node_modules" / name / "package.json" for name in pinned}
    return all(path.is_file() for path in found.values()) and pinned == {
        name: json.loads(path.read_text())["version"] for name, path in found.items()
    }


def _missing(why: str) -> str:
    if os.environ.get("CI"):
        pytest.fail(why)
    pytest.skip(why)
