"""The real thing: `heliograph serve` and `heliograph simulator` as processes of their own, on free loopback ports."""

import contextlib
import os
import secrets
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests import factories
from tests.integration import forks

START_SECONDS = 60.0
TRUST = ssl.create_default_context()
"""Handed to httpx, which else makes one for each call: that takes it twenty times as long as the call itself."""

SETTINGS = {
    "accountSid": "AC00000000000000000000000000000051",
    "authToken": "51" * 16,
    "defaultCountry": "US",
}
SENDER = "+15005550006"


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(condition: Callable[[], Any], seconds: float = 60.0, what: str = "the condition") -> Any:
    """What the condition returns, once that is true; the test fails where it does not become so in time."""
    deadline = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > deadline:
            pytest.fail(f"{what} did not become true within {seconds} s")
        time.sleep(0.05)


class System:
    """A gateway and a stand-in, with the calls a person makes."""

    def __init__(
        self,
        folder: Path,
        environ: Mapping[str, str] | None = None,
        program: str = "gateway",
        *,
        forked: bool = False,
    ) -> None:
        """`environ`: what is set besides, and in the place of what is set here; `program`: the module that is run; `forked`: its processes
        need not load it (`forks.py`).
        """
        self.folder = folder
        self._environ = dict(environ or {})
        self._program = program
        self._forked = forked
        self.token = f"hgt_{secrets.token_urlsafe(24)}"
        self.port, self.simulator_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.simulator_url = f"http://127.0.0.1:{self.simulator_port}"
        self.write_key = ""
        self.source_id = ""
        self.destination_id = ""
        self._processes: dict[str, forks.Process] = {}

    def environ(self) -> dict[str, str]:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("HELIOGRAPH_")}
        return environ | {
            "HELIOGRAPH_DATA_DIR": str(self.folder / "data"),
            "HELIOGRAPH_ADMIN_TOKEN": self.token,
            "HELIOGRAPH_ALLOWED_HOSTS": f"127.0.0.1:{self.simulator_port}",
            "HELIOGRAPH_PUBLIC_URL": self.url,
            "HELIOGRAPH_RECONCILE_PATIENCE_SECONDS": "1",
            **self._environ,
        }

    def _begin(self, command: str, port: int) -> None:
        arguments, log = (command, "--port", str(port)), self.folder / f"{command}.log"
        run = forks.heliograph if self._forked else self._run
        self._processes[command] = run(arguments, self.environ(), log)

    def _run(
        self, arguments: Sequence[str], environ: Mapping[str, str], log: Path
    ) -> subprocess.Popen[bytes]:
        with log.open("ab") as written:
            return subprocess.Popen(
                [sys.executable, "-m", self._program, *arguments],
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=written,
                stderr=written,
            )

    def _await(self, command: str, ready: str) -> None:
        process = self._processes[command]

        def answers() -> bool:
            assert process.poll() is None, (self.folder / f"{command}.log").read_text()
            with contextlib.suppress(httpx.HTTPError):
                return httpx.get(ready, timeout=2, verify=TRUST).status_code == httpx.codes.OK
            return False

        until(answers, START_SECONDS, f"{command} answering")

    def start_all(self) -> None:
        """Both at once: neither needs the other to start."""
        self._begin("simulator", self.simulator_port)
        self._begin("serve", self.port)
        self._await("simulator", f"{self.simulator_url}/")
        self._await("serve", f"{self.url}/readyz")

    def start_gateway(self) -> None:
        self._begin("serve", self.port)
        self._await("serve", f"{self.url}/readyz")

    def kill_gateway(self) -> None:
        """kill -9: no goodbye, no flush."""
        process = self._processes.pop("serve")
        process.send_signal(signal.SIGKILL)
        process.wait()

    @property
    def gateway(self) -> forks.Process:
        return self._processes["serve"]

    @property
    def simulator(self) -> forks.Process:
        return self._processes["simulator"]

    def gateway_memory(self, name: str = "VmRSS") -> int:
        """What the gateway takes, in bytes, by that line of its /proc status; the test fails where it is gone."""
        process = self._processes["serve"]
        assert process.poll() is None, self.log()
        lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
        [kilobytes] = [int(line.split()[1]) for line in lines if line.startswith(f"{name}:")]
        return kilobytes * 1024

    def stop(self, command: str) -> int:
        process = self._processes.pop(command)
        process.terminate()
        return process.wait(30)

    def close(self) -> None:
        """Ends both at once."""
        ending = list(self._processes.values())
        self._processes.clear()
        for process in ending:
            process.terminate()
        for process in ending:
            process.wait(30)

    def ask(self, query: str, **variables: Any) -> Any:
        answer = httpx.post(
            f"{self.url}/graphql",
            json={"query": query, "variables": variables},
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=20,
            verify=TRUST,
        )
        body = answer.json()
        assert "errors" not in body, body
        return body["data"]

    def change(self, name: str, kind: str, selection: str, given: Mapping[str, Any]) -> Any:
        query = f"mutation($input: {kind}!) {{ {name}(input: $input) {{ {selection} errors {{ message path }} }} }}"
        payload = self.ask(query, input=given)[name]
        assert payload["errors"] == [], payload
        return payload

    def seed(
        self,
        *,
        verify: bool = True,
        mapping: Mapping[str, Any] | None = None,
        policy: Mapping[str, Any] | None = None,
    ) -> None:
        """A server source connected to a verified destination, with one mapping for Audience Entered."""
        self.write_key, self.source_id = self._source("Shop")
        settings = {**SETTINGS, "twilioHostname": f"127.0.0.1:{self.simulator_port}"}
        created = self.change(
            "destinationCreate",
            "DestinationCreateInput",
            "destination { id status }",
            {
                "name": "Texts",
                "settings": {"twilioEngage": settings},
                "policy": {"messagesPerSecond": factories.AT_ONCE, **factories.UNHINDERED, **(policy or {})},
            },
        )
        self.destination_id = created["destination"]["id"]
        self._connect(self.source_id)
        if verify:
            self.verify()
        self.change(
            "mappingCreate",
            "MappingCreateInput",
            "mapping { id }",
            {
                "destinationId": self.destination_id,
                "action": "sendSms",
                "name": "Audience",
                "fields": {"from": SENDER, "body": "Hi {{ profile.traits.first_name }}!", "send": True},
                **(mapping or {}),
            },
        )

    def source(self, name: str) -> tuple[str, str]:
        """(write key, id) of a further server source, connected to the destination."""
        key, source_id = self._source(name)
        self._connect(source_id)
        return key, source_id

    def _source(self, name: str) -> tuple[str, str]:
        made = self.change("sourceCreate", "SourceCreateInput", "writeKey source { id }", {"name": name})
        return made["writeKey"], made["source"]["id"]

    def _connect(self, source_id: str) -> None:
        given = {"sourceId": source_id, "destinationId": self.destination_id}
        self.change("sourceConnect", "SourceConnectInput", "source { id }", given)

    def verify(self) -> None:
        verified = self.change(
            "destinationVerify", "IdInput", "destination { status }", {"id": self.destination_id}
        )
        assert verified["destination"]["status"] == "VERIFIED"

    def post(self, path: str, event: Any) -> httpx.Response:
        return httpx.post(
            f"{self.url}{path}", json=event, auth=(self.write_key, ""), timeout=20, verify=TRUST
        )

    def deliveries(self, first: int = 100) -> list[dict[str, Any]]:
        found = self.ask(
            "query($first: Int!) { deliveries(first: $first) { edges { node { id status messageStatus reason remedy recipient errorCode"
            " messageSid attemptCount event { messageId userId } } } } }",
            first=first,
        )
        return [edge["node"] for edge in found["deliveries"]["edges"]]

    def ledger(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        """What another process reads of the gateway's file now."""
        with contextlib.closing(sqlite3.connect(self.folder / "data" / "heliograph.db")) as database:
            return database.execute(query, parameters).fetchall()

    def settled(self) -> bool:
        """Whether everything that was taken is worked off."""
        return self.ledger("SELECT count(*) FROM jobs WHERE kind <> 'follow'") == [(0,)]

    def texts(self) -> list[dict[str, Any]]:
        """What the stand-in received."""
        found: list[dict[str, Any]] = httpx.get(
            f"{self.simulator_url}/_simulator/messages", timeout=20, verify=TRUST
        ).json()["messages"]
        return found

    def steer(self, **action: Any) -> None:
        """What the stand-in does with the next message."""
        self.tell_simulator("next", action)

    def tell_simulator(self, name: str, said: Mapping[str, Any]) -> None:
        """What only a stand-in can be told."""
        url = f"{self.simulator_url}/_simulator/{name}"
        httpx.post(url, json=said, timeout=20, verify=TRUST).raise_for_status()

    def log(self) -> str:
        return (self.folder / "serve.log").read_text()


@contextlib.contextmanager
def running(folder: Path) -> Iterator[System]:
    """A system that is up, and ends with the block."""
    system = System(folder, forked=True)
    try:
        system.start_all()
        yield system
    finally:
        system.close()
