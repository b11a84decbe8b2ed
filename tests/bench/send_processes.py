"""What `send` starts: the stand-in, the peer, and gateways with a destination that sends to the stand-in."""

import asyncio
import base64
import json
import os
import secrets
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import trustme

from tests.bench.ingest_servers import Server, _await, _process
from tests.databases import execute

HERE = Path(__file__).parent
FIXTURES: Mapping[str, Any] = json.loads((HERE / "fixtures.json").read_text(encoding="utf-8"))
HOST = "127.1"
"""It reaches 127.0.0.1, and is no name for which the gateway would take plain http."""
FAST = 100_000
"""Segments a second that each sender may send: its usual pace would be measured otherwise."""
_KINDS = ("SHORT_CODE", "PHONE_NUMBER", "ALPHANUMERIC", "MESSAGING_SERVICE", "WHATSAPP_SENDER")


class Spoken:
    """A process that answers each line with one, in JSON."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self._server = Server(process, 0)  # type: ignore[arg-type]  # for its processor time alone

    def hear(self) -> Any:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"{self.process.args!r} ended with {self.process.wait()}, and said no more.")
        return json.loads(line)

    def ask(self, line: str) -> Any:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.hear()

    @property
    def processor_seconds(self) -> float:
        return self._server.processor_seconds


@contextmanager
def spoken(command: Sequence[str], environ: Mapping[str, str] | None = None) -> Iterator[Spoken]:
    """That process, ended with the block."""
    process = subprocess.Popen(
        list(command),
        env={**os.environ, **(environ or {})},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    )
    try:
        yield Spoken(process)
    finally:
        process.terminate()
        process.wait(30)


def certify(folder: Path) -> tuple[Path, Path]:
    """A certificate with its key for the stand-in, and the authority to trust."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "authority.pem"))
    authority.issue_cert("localhost", HOST, "127.0.0.1").private_key_and_cert_chain_pem.write_to_path(
        str(folder / "certificate.pem")
    )
    return folder / "certificate.pem", folder / "authority.pem"


@contextmanager
def stand_in(certificate: Path, pinned: Sequence[str]) -> Iterator[tuple[Spoken, int]]:
    """The stand-in, and its port."""
    with spoken([*pinned, sys.executable, "-m", "tests.bench.send_stand_in", str(certificate)]) as process:
        yield process, process.hear()["port"]


class Sending:
    """A gateway with a destination at the stand-in, as the fixtures have it."""

    def __init__(self, server: Server, token: str, destination: str) -> None:
        self.server = server
        self.destination = destination
        self._token = token

    def source(self) -> tuple[str, str]:
        """The id of a new source, connected, and what Basic authentication takes. A source may send some thousands of a sudden."""
        made = ask(
            self.server.port,
            self._token,
            "sourceCreate",
            {"name": f"bench {secrets.token_hex(8)}"},
            "source { id } writeKey",
        )
        given = {"sourceId": made["source"]["id"], "destinationId": self.destination}
        ask(self.server.port, self._token, "sourceConnect", given, "source { id }")
        return made["source"]["id"], base64.b64encode(f"{made['writeKey']}:".encode()).decode()

    def accepted(self, source: str) -> int:
        """How many deliveries of that source are ACCEPTED."""
        now = datetime.now(UTC)
        span = {"from": (now - timedelta(hours=1)).isoformat(), "to": (now + timedelta(hours=1)).isoformat()}
        wanted = {
            "sourceId": source,
            "destinationId": self.destination,
            "status": ["ACCEPTED"],
            "createdAt": span,
        }
        query = "query($f: DeliveryFilterInput) { deliveries(first: 1, filter: $f) { totalCount } }"
        return int(_graphql(self.server.port, self._token, query, {"f": wanted})["deliveries"]["totalCount"])

    def unmatched(self) -> int:
        """How many events that nothing matched there were so far."""
        return self._counted("heliograph_events_total{", "UNMATCHED")

    def forgotten(self) -> int:
        """How many rows it has removed for their age so far, or parts of them."""
        return self._counted("heliograph_forgotten_total{")

    @property
    def peak(self) -> int:
        """Bytes that it had in memory at most."""
        lines = Path(f"/proc/{self.server.process.pid}/status").read_text().splitlines()
        [kilobytes] = [int(line.split()[1]) for line in lines if line.startswith("VmHWM:")]
        return kilobytes * 1024

    def _counted(self, metric: str, label: str = "") -> int:
        lines = httpx.get(f"http://127.0.0.1:{self.server.port}/metrics", timeout=30).text.splitlines()
        found = (line for line in lines if line.startswith(metric) and label in line)
        return int(sum(float(line.rpartition(" ")[2]) for line in found))


@contextmanager
def sending(
    folder: Path,
    stand_in_port: int,
    authority: Path,
    pinned: Sequence[str],
    *,
    work: bool = True,
    counted: bool = False,
    database: str | None = None,
) -> Iterator[tuple[Sending, Spoken | None]]:
    """A gateway that is set up and sends; `counted`: the one that counts its statements, with the line to it."""
    token = f"hgt_{secrets.token_urlsafe(24)}"
    environ = {
        "HELIOGRAPH_DATA_DIR": str(folder),
        "HELIOGRAPH_ADMIN_TOKEN": token,
        "HELIOGRAPH_ALLOWED_HOSTS": f"{HOST}:{stand_in_port}",
        "HELIOGRAPH_LOG_LEVEL": "error",
        "SSL_CERT_FILE": str(authority),
    }
    if database is not None:
        environ |= {
            "HELIOGRAPH_DATABASE_URL": database,
            "HELIOGRAPH_SECRET_KEYS": base64.b64encode(secrets.token_bytes(32)).decode(),
        }
    plain = [sys.executable, "-m", "gateway", "serve"]
    with _process([*plain, "--no-worker", "--port"], environ) as server:
        destination = _set_up(server.port, token, f"{HOST}:{stand_in_port}")
    _declare_verified(folder, database)
    if counted:
        port = server.port
        kept = {name: value for name, value in os.environ.items() if not name.startswith("HELIOGRAPH_")}
        command = [*pinned, sys.executable, "-m", "tests.bench.send_counted", str(port)]
        with spoken(command, kept | environ) as line:
            line.ask("")  # it answers once it is about to serve
            _await(line.process, f"http://127.0.0.1:{port}/readyz")  # type: ignore[arg-type]  # any process will do
            yield Sending(Server(line.process, port), token, destination), line  # type: ignore[arg-type]  # as above
        return
    command = [*pinned, *plain, *([] if work else ["--no-worker"]), "--port"]
    with _process(command, environ) as server:
        yield Sending(server, token, destination), None


def ask(port: int, token: str, name: str, given: Mapping[str, Any], selection: str) -> Any:
    """The payload of a mutation; ends the run with what it says where that is an error."""
    kind = f"{name[0].upper()}{name[1:]}Input"
    query = f"mutation($i: {kind}!) {{ {name}(input: $i) {{ {selection} errors {{ message path }} }} }}"
    payload = _graphql(port, token, query, {"i": given})[name]
    if payload["errors"]:
        sys.exit(f"{name}: {payload['errors']}")
    return payload


def unpaced(port: int, token: str) -> dict[str, Any]:
    """A policy that keeps the senders' own pace and limits out of the way, as far as the schema knows one."""
    query = '{ __type(name: "DestinationPolicyInput") { inputFields { name } } }'
    known = _graphql(port, token, query, {})["__type"] or {"inputFields": []}
    senders = (*_KINDS, FIXTURES["mapping_a"]["from"])
    wanted = {
        "messagesPerSecond": dict.fromkeys(senders, FAST),
        "dailyMessageLimit": 10_000_000,
        "perRecipientDailyLimit": 100_000,
    }
    return {field["name"]: wanted[field["name"]] for field in known["inputFields"] if field["name"] in wanted}


def _graphql(port: int, token: str, query: str, variables: Mapping[str, Any]) -> Any:
    answer = httpx.post(
        f"http://127.0.0.1:{port}/graphql",
        json={"query": query, "variables": variables},
        headers={"Authorization": f"Bearer {token}"},
        timeout=60,
    ).json()
    if answer.get("errors"):
        sys.exit(f"GraphQL: {answer['errors']}")
    return answer["data"]


def _set_up(port: int, token: str, authority: str) -> str:
    """Make the destination and its mapping; the id of the former."""
    theirs = FIXTURES["settings"]
    settings = {
        "accountSid": theirs["twilioAccountSID"],
        "apiKeySid": theirs["twilioApiKeySID"],
        "apiKeySecret": theirs["twilioApiKeySecret"],
        "authToken": secrets.token_hex(
            16
        ),  # so that what Twilio reports may be passed on, as the published destination has it
        "webhookFormat": "TWILIO_FORM",
        "twilioHostname": authority,
        "shortenLinks": True,
        **{name: theirs[name] for name in ("webhookUrl", "connectionOverrides", "spaceId")},
    }
    policy = unpaced(port, token)
    given = {
        "name": f"bench {secrets.token_hex(4)}",  # the ledger may have had one before
        "settings": {"twilioEngage": settings},
        **({"policy": policy} if policy else {}),
    }
    destination = str(ask(port, token, "destinationCreate", given, "destination { id }")["destination"]["id"])
    mapping = {
        "destinationId": destination,
        "action": "sendSms",
        "name": "bench",
        "purpose": "TRANSACTIONAL",
        "trigger": FIXTURES["fql"]["simple"],
        "fields": FIXTURES["mapping_a"],
    }
    ask(port, token, "mappingCreate", mapping, "mapping { id }")
    return destination


def age(folder: Path, by: timedelta) -> None:
    """Let all that its ledger holds have happened so much earlier; nobody serves from it meanwhile."""
    micros = by // timedelta(microseconds=1)
    columns = {
        "events": ("received_at", "occurred_at"),
        "event_keys": ("received_at",),
        "deliveries": ("created_at", "updated_at", "first_attempt_at"),
    }
    with closing(sqlite3.connect(folder / "heliograph.db")) as ledger, ledger:
        for table, times in columns.items():
            earlier = ", ".join(f"{time} = {time} - {micros}" for time in times)
            ledger.execute(f"UPDATE {table} SET {earlier}")
        ledger.execute("DELETE FROM jobs")  # what became of those texts was known long ago


def settle(folder: Path, database: str | None) -> None:
    """What became of all that was sent is known: nobody asks for it two minutes later, while something else is measured."""
    _execute(folder, database, "DELETE FROM jobs WHERE kind = 'follow'")


def _declare_verified(folder: Path, database: str | None) -> None:
    """Nothing else than Messages is stood in for, and verifying is no part of what is measured."""
    _execute(folder, database, "UPDATE destinations SET status = 'VERIFIED'")


def _execute(folder: Path, database: str | None, statement: str) -> None:
    if database is not None:
        asyncio.run(execute(database, statement))
        return
    with closing(sqlite3.connect(folder / "heliograph.db")) as ledger, ledger:
        ledger.execute(statement)
