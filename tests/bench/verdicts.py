"""What two sides measured turn by turn, compared: ratios within a round, and whether the goals are met. Pure."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

Figures = Mapping[str, float]
"""Microseconds per operation, by case."""


@dataclass(frozen=True, slots=True)
class Rounds:
    """The figures of each round; `theirs` is empty where ours ran alone."""

    ours: Sequence[Figures]
    theirs: Sequence[Figures] = ()


@dataclass(frozen=True, slots=True)
class Spread:
    """The ratios of all rounds. A noisy minute touches both sides of a round, and so leaves its ratio alone."""

    median: float
    lowest: float
    highest: float


@dataclass(frozen=True, slots=True)
class Faster:
    """Theirs takes at least so many times ours."""

    times: float


@dataclass(frozen=True, slots=True)
class Flat:
    """Ours takes at most so many times what it takes to find one among this many mappings."""

    times: float
    size: int


@dataclass(frozen=True, slots=True)
class Within:
    """Ours takes less than so many microseconds."""

    microseconds: float


Goal = Faster | Flat | Within

GOALS: Mapping[str, tuple[Goal, ...]] = {
    "map_a": (Faster(5),),
    "map_b": (Faster(5),),
    "compile_map_a": (Within(2000),),
    "compile_map_b": (Within(2000),),
    "fql_eval_simple": (Faster(0.8),),
    "fql_eval_complex": (Faster(1),),
    "dispatch_preparsed_1000": (Faster(50), Flat(1.5, 10)),
    "liquid_parse_render": (Faster(5),),
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """A goal in words and whether it is met; None: that takes the peer."""

    text: str
    met: bool | None


@dataclass(frozen=True, slots=True)
class Row:
    """All there is to say of a case. `ours` and `theirs` are medians; the ratio is theirs over ours."""

    case: str
    ours: float | None
    theirs: float | None
    ratio: Spread | None
    verdicts: tuple[Verdict, ...]


def rows(rounds: Rounds) -> list[Row]:
    """A row for each case, ours first, then those that only the peer has."""
    cases = [case for figures in (*rounds.ours, *rounds.theirs) for case in figures]
    return [_row(case, rounds) for case in dict.fromkeys(cases)]


def ratio(over: Sequence[float], under: Sequence[float]) -> Spread | None:
    """The ratios of what was measured in the same rounds. None: one side measured nothing."""
    found = [one / other for one, other in zip(over, under, strict=False)]
    return Spread(statistics.median(found), min(found), max(found)) if found else None


def summary(rows: Sequence[Row]) -> str:
    """How many goals are met, and which are not."""
    goals = [(row.case, verdict) for row in rows for verdict in row.verdicts]
    met = sum(verdict.met is True for _, verdict in goals)
    missed = [f"{case} {verdict.text}" for case, verdict in goals if verdict.met is False]
    unknown = sum(verdict.met is None for _, verdict in goals)
    parts = [f"{met} of {len(goals)} goals met"]
    parts += [f"missed: {', '.join(missed)}"] if missed else []
    parts += [f"{unknown} take the peer"] if unknown else []
    return "; ".join(parts) + "."


def _row(case: str, rounds: Rounds) -> Row:
    ours, theirs = _figures(rounds.ours, _ours_for(case)), _figures(rounds.theirs, case)
    return Row(
        case,
        statistics.median(ours) if ours else None,
        statistics.median(theirs) if theirs else None,
        ratio(theirs, ours),
        tuple(_verdict(goal, ours, theirs, rounds) for goal in GOALS.get(case, ())),
    )


def _verdict(goal: Goal, ours: Sequence[float], theirs: Sequence[float], rounds: Rounds) -> Verdict:
    match goal:
        case Faster(times):
            against = ratio(theirs, ours)
            return Verdict(f"≥ {times:g}x", against.median >= times if against else None)
        case Flat(times, size):
            grown = ratio(ours, _figures(rounds.ours, f"dispatch_preparsed_{size}"))
            return Verdict(f"≤ {times:g}x ours at {size}", grown.median <= times if grown else None)
        case Within(microseconds):
            return Verdict(
                f"< {microseconds:,g} µs", statistics.median(ours) < microseconds if ours else None
            )
        case _:
            assert_never(goal)


def _figures(side: Sequence[Figures], case: str) -> list[float]:
    return [figures[case] for figures in side if case in figures]


def _ours_for(case: str) -> str:
    """Ours reads a trigger when its mapping is saved; theirs, as shipped, for every event. The work is the same."""
    return case.replace("dispatch_parsing_", "dispatch_preparsed_")
