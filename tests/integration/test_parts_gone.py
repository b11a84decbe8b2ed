"""What docs/more-than-one-machine.md says of parts that are gone, with two gateways and two workers over one PostgreSQL and one Redis."""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from gateway.cluster import Cluster, Part, programs, running
from gateway.cluster.parts import DEGRADED, READY
from tests.integration.system import TRUST, System, until
from tests.resilience.blows import is_up

pytestmark = pytest.mark.skipif(
    (programs.postgresql_folder() is None or programs.redis_program() is None) and "CI" not in os.environ,
    reason="PostgreSQL's server or redis-server is not installed",
)


class Customers:
    """A system of several processes, and people who enter audiences, each of whom is to get one text."""

    def __init__(self, cluster: Cluster, system: System) -> None:
        self.cluster = cluster
        self.system = system
        self.expected = 0

    def enter(self, gateway: Part, count: int = 1) -> list[int]:
        """So many new people sign up and enter an audience, in one request each; what the gateway answered."""
        return [self.enters(gateway).status_code for _ in range(count)]

    def enters(self, gateway: Part) -> httpx.Response:
        number = self.expected
        who = {"userId": f"u{number}"}
        traits = {"phone": f"+1202555{1000 + number}", "sms_opt_in": True, "first_name": f"N{number}"}
        batch = [
            {"type": "identify", **who, "messageId": f"i{number}", "traits": traits},
            {"type": "track", **who, "messageId": f"t{number}", "event": "Audience Entered"},
        ]
        answer = httpx.post(
            f"{gateway.url}/v1/batch",
            json={"batch": batch},
            auth=(self.system.write_key, ""),
            timeout=20,
            verify=TRUST,
        )
        if answer.status_code == httpx.codes.OK:
            self.expected += 1
        return answer

    def texts(self) -> Counter[str]:
        """How many texts came, by what they say."""
        return Counter(text["body"] for text in self.system.texts())

    def all_have_one(self) -> bool:
        return self.texts() == {f"Hi N{number}!": 1 for number in range(self.expected)}


@pytest.fixture
def customers(tmp_path: Path) -> Iterator[Customers]:
    with running("twilio-engage", environ={"HELIOGRAPH_RECONCILE_PATIENCE_SECONDS": "1"}) as cluster:
        system = System(tmp_path)
        system.url, system.token = cluster.gateways[0].url, cluster.token
        system.simulator_url = cluster.simulator.url
        system.simulator_port = int(cluster.simulator.address.rpartition(":")[2])
        system.seed()
        yield Customers(cluster, system)


def test_each_gets_one_text_whatever_part_is_gone(customers: Customers) -> None:
    cluster = customers.cluster
    first, second = cluster.gateways

    assert customers.enter(first, 3) + customers.enter(second, 3) == [200] * 6
    until(customers.all_have_one, 60, "a text for each")

    # A worker is killed: the other takes over.
    customers.enter(first, 5)
    cluster.workers[0].kill()
    assert customers.enter(second, 5) == [200] * 5
    until(customers.all_have_one, 60, "a text for each from the worker that is left")

    # Redis is gone: events are taken, texts wait, and go by themselves when it is back.
    before = sum(customers.texts().values())
    cluster.redis.kill()
    until(lambda: cluster.gateways[0].health().startswith(DEGRADED), 60, "degraded")
    assert customers.enter(first, 5) == [200] * 5
    until(lambda: _held(customers.system) == 5, 60, "all of them held")
    assert sum(customers.texts().values()) == before
    cluster.redis.start()
    cluster.redis.wait_until_ready()
    until(customers.all_have_one, 60, "a text for each once Redis is back")

    # PostgreSQL is gone: nothing is taken that is not kept.
    cluster.postgresql.kill()
    refused = customers.enters(second)
    assert (refused.status_code, refused.headers["Retry-After"].isdecimal()) == (503, True)
    cluster.postgresql.start()
    until(lambda: is_up(cluster.postgresql), 60, "PostgreSQL started again")
    until(lambda: second.health() == READY, 60, "ready again")
    assert customers.enter(second, 3) == [200] * 3
    until(customers.all_have_one, 60, "a text for each once PostgreSQL is back")

    # A gateway is gone: the other goes on.
    second.kill()
    assert customers.enter(first, 3) == [200] * 3
    until(customers.all_have_one, 60, "a text for each by the gateway that is left")
    assert {gone.name: gone.health() for gone in cluster.parts if gone.pid is None} == {
        "worker-1": "ended by signal 9",
        "gateway-2": "ended by signal 9",
    }


def _held(system: System) -> int:
    found = system.deliveries()
    return sum(one["status"] == "HELD" and one["reason"] == "PACED" for one in found)
