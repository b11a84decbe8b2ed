"""A few Deliveries through kills and a rough provider, with the ledger on PostgreSQL."""

from pathlib import Path

from tests.resilience.run import Plan, run


def test_twenty_are_texted_once_each_on_postgresql(tmp_path: Path, postgresql: dict[str, str]) -> None:
    verdict = run(Plan(people=20, kills=2, seed=12, faults="rough", environ=postgresql), tmp_path, print)

    assert (verdict.doubled, verdict.lost, verdict.unexplained) == ([], [], [])
    assert verdict.acknowledged == 20
