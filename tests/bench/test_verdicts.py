import json

import pytest

from tests.bench.micro import FIXTURES, cases
from tests.bench.verdicts import GOALS, Figures, Rounds, Spread, Verdict, ratio, rows, summary


def verdicts_of(case: str, rounds: Rounds) -> tuple[Verdict, ...]:
    [row] = [row for row in rows(rounds) if row.case == case]
    return row.verdicts


def test_a_ratio_is_taken_within_each_round() -> None:
    assert ratio([10.0, 30.0, 8.0], [2.0, 10.0, 1.0]) == Spread(median=5.0, lowest=3.0, highest=8.0)


def test_there_is_no_ratio_to_a_side_that_measured_nothing() -> None:
    assert ratio([], [2.0]) is None


def test_a_row_gives_medians_and_theirs_over_ours() -> None:
    [row] = rows(Rounds(ours=[{"map_b": 2.0}, {"map_b": 4.0}], theirs=[{"map_b": 20.0}, {"map_b": 12.0}]))

    assert (row.case, row.ours, row.theirs) == ("map_b", 3.0, 16.0)
    assert row.ratio == Spread(median=6.5, lowest=3.0, highest=10.0)
    assert row.verdicts == (Verdict("≥ 5x", met=True),)


def test_the_cases_of_one_side_are_listed_too() -> None:
    found = rows(Rounds(ours=[{"compile_map_a": 400.0}], theirs=[{"onEvent_nomatch_1": 7.0}]))

    assert [(row.case, row.ours, row.theirs, row.ratio) for row in found] == [
        ("compile_map_a", 400.0, None, None),
        ("onEvent_nomatch_1", None, 7.0, None),
    ]


def test_reading_a_trigger_for_each_event_is_compared_with_having_read_it() -> None:
    found = rows(Rounds(ours=[{"dispatch_preparsed_10": 0.5}], theirs=[{"dispatch_parsing_10": 25.0}]))

    assert found[1].case == "dispatch_parsing_10"
    assert found[1].ratio == Spread(50.0, 50.0, 50.0)


@pytest.mark.parametrize(
    ("case", "ours", "theirs", "met"),
    [
        ("map_a", 1.0, 5.0, True),
        ("map_a", 1.0, 4.9, False),
        ("fql_eval_simple", 1.0, 0.8, True),
        ("fql_eval_simple", 1.0, 0.7, False),
        ("fql_eval_complex", 1.0, 1.0, True),
        ("fql_eval_complex", 1.0, 0.9, False),
        ("compile_map_b", 1999.0, None, True),
        ("compile_map_b", 2000.0, None, False),
        ("liquid_parse_render", 1.0, None, None),
    ],
)
def test_a_goal_is_met_from_its_bound_on(
    case: str, ours: float, theirs: float | None, met: bool | None
) -> None:
    theirs_too: list[Figures] = [] if theirs is None else [{case: theirs}]

    [verdict] = verdicts_of(case, Rounds([{case: ours}], theirs_too))

    assert verdict.met is met


@pytest.mark.parametrize(("at_1000", "flat", "faster"), [(0.6, True, True), (0.7, False, False)])
def test_a_dispatch_is_flat_and_fifty_times_faster(at_1000: float, flat: bool, faster: bool) -> None:
    ours = [{"dispatch_preparsed_10": 0.4, "dispatch_preparsed_1000": at_1000}]

    found = verdicts_of("dispatch_preparsed_1000", Rounds(ours, [{"dispatch_preparsed_1000": 31.0}]))

    assert found == (Verdict("≥ 50x", met=faster), Verdict("≤ 1.5x ours at 10", met=flat))


def test_a_dispatch_is_judged_flat_without_the_peer() -> None:
    found = verdicts_of(
        "dispatch_preparsed_1000", Rounds([{"dispatch_preparsed_10": 0.4, "dispatch_preparsed_1000": 0.4}])
    )

    assert [verdict.met for verdict in found] == [None, True]


def test_the_summary_counts_and_names_what_is_missed() -> None:
    ours = {"map_a": 1.0, "map_b": 1.0, "compile_map_a": 3000.0, "liquid_parse_render": 1.0}
    theirs = {"map_a": 9.0, "map_b": 4.0}

    assert summary(rows(Rounds([ours], [theirs]))) == (
        "1 of 4 goals met; missed: map_b ≥ 5x, compile_map_a < 2,000 µs; 1 take the peer."
    )


def test_the_summary_is_short_when_all_is_well() -> None:
    assert summary(rows(Rounds([{"map_a": 1.0}], [{"map_a": 5.0}]))) == "1 of 1 goals met."


def test_the_goals_are_about_cases_that_are_measured() -> None:
    measured = cases(json.loads(FIXTURES.read_text(encoding="utf-8")))

    assert GOALS.keys() - measured.keys() == set()
