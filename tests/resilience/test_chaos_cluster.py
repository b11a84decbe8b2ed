"""A few people and talks over two gateways and two workers, of which each kind is killed once, with Redis emptied meanwhile."""

import os
from pathlib import Path

import pytest

from gateway.cluster import programs
from tests.resilience.blows import EMPTIED
from tests.resilience.cluster import run_cluster
from tests.resilience.run import Plan

pytestmark = pytest.mark.skipif(
    (programs.postgresql_folder() is None or programs.redis_program() is None) and "CI" not in os.environ,
    reason="PostgreSQL's server or redis-server is not installed",
)


def test_each_text_goes_once_and_in_order_over_several_processes(tmp_path: Path) -> None:
    plan = Plan(people=8, kills=3, seed=13, faults="calm")

    verdict = run_cluster(plan, tmp_path, print, accidents=(EMPTIED,))

    assert (verdict.doubled, verdict.lost, verdict.unexplained) == ([], [], [])
    assert verdict.further == {"out of order": [], "too fast": []}
    assert verdict.acknowledged == 8 + 12 * 10
