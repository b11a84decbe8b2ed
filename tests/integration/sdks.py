"""The released SDKs, each with nothing set but its host and key."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import rudderstack.analytics.client
import segment.analytics

NODE = Path(__file__).with_name("node")

Calls = Sequence[dict[str, Any]]
"""As the Segment Spec writes them: a type, a userId, and `traits` or `event` and `properties`."""

Sdk = Callable[[str, str, Calls], None]
"""(host, write key, calls): makes the calls, and comes back once the SDK has sent them. It fails where the SDK failed."""


def segment_python(host: str, key: str, calls: Calls) -> None:
    """segment-analytics-python."""
    failures: list[object] = []
    client = segment.analytics.Client(key, host=host, on_error=lambda error, _items: failures.append(error))
    _call(client, calls)
    assert failures == []


def segment_python_gzip(host: str, key: str, calls: Calls) -> None:
    """segment-analytics-python with the one option that changes what is sent."""
    failures: list[object] = []
    client = segment.analytics.Client(
        key, host=host, gzip=True, on_error=lambda error, _items: failures.append(error)
    )
    _call(client, calls)
    assert failures == []


def rudder_python(host: str, key: str, calls: Calls) -> None:
    """rudder-sdk-python: gzip, null ids, and the traits of an identify in its context alone."""
    failures: list[object] = []
    client = rudderstack.analytics.client.Client(
        key, host=host, on_error=lambda error, _items: failures.append(error)
    )
    _call(client, calls)
    assert failures == []


def segment_node(host: str, key: str, calls: Calls) -> None:
    """@segment/analytics-node."""
    _node("segment.js", host, key, calls)


def rudder_node(host: str, key: str, calls: Calls) -> None:
    """@rudderstack/rudder-sdk-node: gzipped JSON that calls itself a form."""
    _node("rudder.js", host, key, calls)


SDKS: tuple[Sdk, ...] = (segment_python, segment_python_gzip, rudder_python, segment_node, rudder_node)


def _call(client: Any, calls: Calls) -> None:
    for call in calls:
        if call["type"] == "identify":
            client.identify(call["userId"], dict(call["traits"]))
        else:
            client.track(call["userId"], call["event"], dict(call.get("properties", {})))
    client.shutdown()


def _node(script: str, host: str, key: str, calls: Calls) -> None:
    ran = subprocess.run(
        [_installed(), NODE / script, host, key],
        input=json.dumps(calls),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


@cache
def _installed() -> str:
    """Node, once its SDKs lie beside our scripts, in the versions that package.json pins; installed at most once.

    Skips the test where Node or npm is missing or nothing can be fetched; fails it in CI, where both are there.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return _missing("Node.js and npm are needed for the Node SDKs")
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
