"""What is made of the figures of those who watch."""

import pytest

from tests.bench.tail import is_flat, p99


def test_one_of_a_hundred_may_be_late() -> None:
    assert p99([0.01] * 995 + [9.0] * 5) == 0.01
    assert p99([0.01] * 980 + [9.0] * 20) == 9.0


@pytest.mark.parametrize(
    ("resident", "flat"),
    [
        ([150, 180, 182, 181], True),
        ([150, 180, 190, 200], True),
        ([150, 180, 220, 260], False),
    ],
)
def test_what_grows_after_the_second_round_is_not_flat(resident: list[int], flat: bool) -> None:
    assert is_flat([one * 1_000_000 for one in resident]) is flat
