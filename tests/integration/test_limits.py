"""So many texts a day and no more, with real processes that are killed while they send."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.cluster import Cluster, programs, running
from tests.integration.system import System, until
from tests.integration.test_kill import enter, identify

TEXTS = int(os.environ.get("LIMIT_TEXTS", "2000"))
LIMIT = TEXTS // 10
AT_ONCE = 100
PATIENCE = 60.0 + TEXTS / 10
COUNTS = """{ sent: deliveries(filter: { status: [ACCEPTED] }) { totalCount }
  refused: deliveries(filter: { status: [SUPPRESSED], reason: [BUDGET] }) { totalCount }
  all: deliveries { totalCount } }"""


def test_what_a_killed_process_had_claimed_counts_once(system: System) -> None:
    system.seed(policy={"dailyMessageLimit": 2})
    identify(system, 3)
    system.steer(action="delay", seconds=6)
    enter(system, 0)
    until(lambda: [one["status"] for one in system.deliveries()] == ["SENDING"], what="a request under way")

    system.kill_gateway()
    counted = system.ledger("SELECT phone, purpose, claimed FROM claim_counts")
    # One that is not there a second after it was asked for counts as never made, as these processes are set.
    until(lambda: len(system.texts()) == 1, what="the text that the killed process asked for")
    system.start_gateway()
    until(lambda: [one["status"] for one in system.deliveries()] == ["ACCEPTED"], 40, "the text found")
    enter(system, 1)
    until(system.settled, what="the second text")
    enter(system, 2)
    until(system.settled, what="the third text")

    assert counted == [("", "", 1)]
    assert len(system.texts()) == 2
    assert [(one["status"], one["reason"]) for one in system.deliveries()] == [
        ("SUPPRESSED", "BUDGET"),
        ("ACCEPTED", None),
        ("ACCEPTED", None),
    ]
    assert system.ledger("SELECT phone, purpose, claimed FROM claim_counts") == [("", "", 2)]


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    with running("twilio-engage", environ={"HELIOGRAPH_RECONCILE_PATIENCE_SECONDS": "1"}) as one:
        yield one


@pytest.mark.skipif(
    (programs.postgresql_folder() is None or programs.redis_program() is None) and "CI" not in os.environ,
    reason="PostgreSQL's server or redis-server is not installed",
)
def test_two_workers_send_exactly_as_many_as_may_be_though_one_is_killed(
    cluster: Cluster, tmp_path: Path
) -> None:
    system = System(tmp_path)
    system.url, system.token = cluster.gateways[0].url, cluster.token
    system.simulator_url = cluster.simulator.url
    system.simulator_port = int(cluster.simulator.address.rpartition(":")[2])
    system.seed(policy={"dailyMessageLimit": LIMIT})

    for first in range(0, TEXTS, AT_ONCE):
        sign_up(system, range(first, first + AT_ONCE))
        if first == TEXTS // 20 // AT_ONCE * AT_ONCE:  # half of what may be, so that it is in the midst of it
            until(system.texts, PATIENCE, "the first texts")
            cluster.workers[0].kill()
            cluster.workers[0].start()
    until(lambda: is_over(system), PATIENCE, "an end of each")

    assert len(system.texts()) == LIMIT
    found = system.ask(COUNTS)
    assert {name: found[name]["totalCount"] for name in found} == {
        "sent": LIMIT,
        "refused": TEXTS - LIMIT,
        "all": TEXTS,
    }


def sign_up(system: System, people: range) -> None:
    batch: list[dict[str, Any]] = []
    for number in people:
        who = {"userId": f"u{number}"}
        traits = {"phone": f"+1202{5_550_000 + number}", "sms_opt_in": True, "first_name": f"N{number}"}
        batch.append({"type": "identify", **who, "messageId": f"i{number}", "traits": traits})
        batch.append({"type": "track", **who, "messageId": f"t{number}", "event": "Audience Entered"})
    assert system.post("/v1/batch", {"batch": batch}).status_code == httpx.codes.OK


def is_over(system: System) -> bool:
    found = system.ask(COUNTS)
    return bool(found["sent"]["totalCount"] + found["refused"]["totalCount"] == TEXTS)
