"""Two hundred Deliveries through kills and a rough provider. `make chaos` has more of it."""

from pathlib import Path

from tests.resilience.launcher import Moment
from tests.resilience.run import Plan, run


def test_two_hundred_are_texted_once_each_whatever_is_killed(tmp_path: Path) -> None:
    verdict = run(Plan(people=200, kills=5, seed=11, faults="rough"), tmp_path, print)

    assert (verdict.doubled, verdict.lost, verdict.unexplained) == ([], [], [])
    assert verdict.acknowledged == 200
    assert set(verdict.kills) == {"message created", *Moment, "any time"}
