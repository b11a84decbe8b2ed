"""The benchmark of the page says what it measured, beside its goals."""

from tests.bench.page import told


def test_it_tells_medians_and_counts_the_goals_that_are_met() -> None:
    loads = [(1_800.0, 240_000.0), (2_600.0, 240_100.0), (1_900.0, 240_000.0)]
    answers = {"open": [(40.0, 90.0), (130.0, 300.0), (48.0, 100.0)], "more": [(16.0, 50.0)] * 3}

    first, table, line = told(100_000, loads, answers)

    assert [list(column.cells) for column in first.columns] == [
        ["1,900 ms"],
        ["1,800 ms"],
        ["2,600 ms"],
        ["240 KB"],
    ]
    assert [list(column.cells) for column in table.columns] == [
        ["open", "more"],
        ["48 ms", "16 ms"],
        ["130 ms", "16 ms"],
        ["100 ms", "50 ms"],
    ]
    assert line == (
        "page: usable after 1,900 ms (<= 2000), first load 240 KB (<= 350), interaction 48 ms (<= 100): 3/3 goals"
    )
