"""The way to Twilio leads through a host whose certificate is signed by the operator's own authority."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme

from destinations.kit import DestinationStatus, MessageStatus as M
from destinations.twilio_engage.simulator import ACCOUNT_SID, TEMPLATE_SID
from gateway.deliveries import DeliveryStatus as S
from gateway.sending import Proxies
from gateway.sending.reading import open_reader
from gateway.shared.memory import MemoryCache
from gateway.storage.sqlite import SqliteStore
from tests.gateway.wire import served
from tests.integration.engage.wired import Wired

pytestmark = pytest.mark.network

NAME = "127.1"
"""Leads to 127.0.0.1, as which a client may write it, and is no name for which the gateway takes plain http."""
TWO_MINUTES = 120


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@asynccontextmanager
async def behind_tls(authority: trustme.CA, folder: Path) -> AsyncIterator[tuple[Wired, list[str]]]:
    """A gateway that reads over a network, and that nobody calls, with the paths that came through."""
    certificate = folder / "certificate.pem"
    authority.issue_cert(NAME, "127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(certificate))
    paths: list[str] = []

    async def twilio(scope: Any, receive: Any, send: Any) -> None:
        paths.append(scope["path"])
        await wired.simulator.app(scope, receive, send)

    async with served(twilio, certificate=certificate) as port:
        reader = open_reader(MemoryCache(), Proxies())
        store = SqliteStore.open(folder / "heliograph.db")
        wired = Wired(store, folder, public_url=None, host=f"{NAME}:{port}", reader=reader)
        await wired.configure()
        yield wired, paths
        await wired.close()


async def test_every_kind_of_read_trusts_whom_ssl_cert_file_names(
    authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    account = f"/2010-04-01/Accounts/{ACCOUNT_SID}"

    async with behind_tls(authority, tmp_path) as (wired, paths):
        verified = (await wired.verify()).status
        verification, paths[:] = list(paths), []
        templated = await wired.happen(await wired.person(), "sendWhatsApp")
        template, paths[:] = list(paths), []
        wired.simulator.steer({"action": "drop"})
        in_doubt = await wired.happen(await wired.person(), "sendSms")
        looked_up = await wired.settle()
        look_up, paths[:] = list(paths), []
        while await wired.simulator.advance():
            pass
        wired.clock.advance(TWO_MINUTES)
        await wired.follow()
        followed = await wired.delivery()

    assert (verified, verification[0]) == (DestinationStatus.VERIFIED, f"{account}.json")
    assert (templated.status, template[0]) == (S.ACCEPTED, f"/v1/Content/{TEMPLATE_SID}")
    assert (in_doubt.status, looked_up.status) == (S.UNCERTAIN, S.ACCEPTED)
    assert set(look_up) == {f"{account}/Messages.json"}
    assert (followed.id, followed.message_status) == (looked_up.id, M.DELIVERED)
    assert f"{account}/Messages/{looked_up.message_sid}.json" in paths


async def test_a_certificate_that_ssl_cert_file_does_not_vouch_for_is_named_as_the_reason(
    authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "another.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "another.pem"))

    async with behind_tls(authority, tmp_path) as (wired, paths):
        destination = await wired.verify()

    failed = [check for check in (destination.verification or {})["checks"] if not check["passed"]]
    assert destination.status is DestinationStatus.FAILED
    [said] = [check["message"] for check in failed]
    assert said == (
        "Reading from 127.1 failed: its certificate is not trusted (SSL_CERT_FILE names the authorities that are); "
        "nothing was created or changed there."
    )
    assert paths == []
