"""A client that does nothing wrong, and has to be served whatever others do."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from tests.integration.system import TRUST, System, until

PATIENCE = 10.0
"""How long the most impatient of the SDKs waits for an answer: @segment/analytics-node."""


class Honest:
    """Sends one event after the other, each on a connection of its own, until it is told to stop."""

    def __init__(self, system: System) -> None:
        self._url = f"{system.url}/v1/track"
        self._key, self.source_id = system.source("An honest shop")
        self._stopping = threading.Event()
        self.acknowledged: list[str] = []
        self.failures: list[str] = []

    def run(self) -> None:
        number = 0
        while not self._stopping.wait(0.02):  # fifty a second at most: it is not what loads the gateway
            number += 1
            event = {"userId": "honest", "event": "Visited", "messageId": f"honest-{number}"}
            try:
                answer = httpx.post(
                    self._url, json=event, auth=(self._key, ""), timeout=PATIENCE, verify=TRUST
                )
            except httpx.HTTPError as error:
                self.failures.append(f"{type(error).__name__}: {error}")
                continue
            if answer.json() == {"success": True}:
                self.acknowledged.append(event["messageId"])
            else:
                self.failures.append(f"{answer.status_code}: {answer.text}")

    def stop(self) -> None:
        self._stopping.set()

    def assert_served(self) -> None:
        """An event that it sends from now on is acknowledged, as all were that it sent so far."""
        wanted = len(self.acknowledged) + 2  # the first of them may be under way
        until(lambda: self.failures or len(self.acknowledged) >= wanted, what="an acknowledgement")
        assert self.failures == []


@contextmanager
def honest(system: System) -> Iterator[Honest]:
    """At work for the length of the block."""
    client = Honest(system)
    thread = threading.Thread(target=client.run, name="honest client")
    thread.start()
    try:
        yield client
    finally:
        client.stop()
        thread.join()
