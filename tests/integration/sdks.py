"""The released SDKs, each with nothing set but its host and key."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import rudderstack.analytics.client
import segment.analytics

from tests.integration import on_node

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
    on_node.run(script, host, key, given=json.dumps(calls))
