"""What is made of the memory of `serve`."""

from io import StringIO

import pytest
from rich.console import Console

from tests.bench.send_memory import Sample, slope, table, tenths, verdicts


def samples(first: int, last: int, count: int = 100) -> list[Sample]:
    """As many, a second and a hundred texts apart, along a line."""
    return [Sample(float(at), 100 * at, first + (last - first) * at // (count - 1)) for at in range(count)]


@pytest.mark.parametrize(
    ("first", "last", "met"),
    [
        (200_000_000, 200_000_000, (True, True)),
        (200_000_000, 249_000_000, (True, False)),
        (250_000_000, 250_000_000, (False, True)),
    ],
    ids=["small and flat", "growing", "large"],
)
def test_memory_is_to_stay_small_and_flat(first: int, last: int, met: tuple[bool, bool]) -> None:
    assert tuple(verdict.met for verdict in verdicts(samples(first, last))) == met


def test_what_is_made_once_is_no_growth() -> None:
    warm = samples(150_000_000, 180_000_000, 20) + [
        Sample(20.0 + at, 2000 + 100 * at, 180_000_000) for at in range(180)
    ]

    assert slope(warm) == 0.0
    assert slope(samples(150_000_000, 159_900_000)) == pytest.approx(1000, rel=0.01)


def test_the_table_shows_tenths_of_the_time() -> None:
    text = StringIO()

    Console(width=100, file=text).print(table(samples(150_000_000, 249_000_000)))

    assert [len(part) for part in tenths(samples(1, 1, 25))] == [2, 3, 2, 3, 2, 3, 2, 3, 2, 3]
    assert "9,900 240.0 244.5 249.0" in " ".join(text.getvalue().split())
