"""What `send` measured, and whether its goals are met. Pure."""

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from tests.bench.verdicts import Spread, Verdict, ratio

AT_ONCE = 64
WIDE = 128
"""Requests under way at once of the wider bound."""
DELAY_MS = 50
MOST_BYTES = 250_000_000
MOST_STATEMENTS = 0.5


@dataclass(frozen=True, slots=True)
class Round:
    """One turn of each. Costs are milliseconds of processor for each text or event, rates are texts a second."""

    peer: float
    peer_rate: float
    bare: float
    ours: float
    ours_rate: float
    floor: float
    """Of the rows alone."""
    unmatched: float
    unmatched_floor: float
    slow_rate: float
    idle: Sequence[float]
    """Milliseconds from the 200 of a track to its request."""


@dataclass(frozen=True, slots=True)
class Once:
    """What is measured once, after the rounds. None: not measured, since there was no server or no time."""

    burst: Sequence[float] | None = None
    """As `idle`, while `burst_events` of other sources are worked on."""
    burst_events: int = 0
    forgetting: Sequence[float] | None = None
    """As `idle`, while rows that are old enough are removed."""
    forgotten: int = 0
    peak: int | None = None
    postgresql_rate: float | None = None
    statements: float | None = None
    postgresql_statements: float | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table."""

    case: str
    ours: str
    peer: str = ""
    floor: str = ""
    ratio: Spread | None = None
    verdicts: tuple[Verdict, ...] = ()


def percentile(values: Sequence[float], share: float) -> float:
    """The least value that so large a share of them does not exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def lines(rounds: Sequence[Round], once: Once) -> list[Line]:
    """Every case with its goals."""

    def each(pick: Callable[[Round], float]) -> list[float]:
        return [pick(one) for one in rounds]

    def middle(pick: Callable[[Round], float]) -> float:
        return statistics.median(each(pick))

    ours = each(lambda r: r.ours)
    to_peer = ratio(each(lambda r: r.peer), ours)
    to_floor = ratio(ours, each(lambda r: r.floor + r.bare))
    rates = ratio(each(lambda r: r.ours_rate), each(lambda r: r.peer_rate))
    to_rows = ratio(each(lambda r: r.unmatched), each(lambda r: r.unmatched_floor))
    pace = AT_ONCE * 1000 / DELAY_MS
    share = ratio(each(lambda r: r.slow_rate), [pace] * len(rounds))
    # What a processor could send that needs no more for a text than the peer does, or else what is under way allows.
    allowed = each(lambda r: min(WIDE * 1000 / DELAY_MS, 1000 / r.peer))
    wide = ratio(each(lambda r: r.slow_rate), allowed)
    postgresql = (
        None if once.postgresql_rate is None else once.postgresql_rate / middle(lambda r: r.ours_rate)
    )
    return [
        Line(
            "CPU ms a text, batches of 100, peer at 128",
            f"{middle(lambda r: r.ours):.3f}",
            f"{middle(lambda r: r.peer):.3f}",
            ratio=to_peer,
            verdicts=(_least("≥ 1 (peer/ours)", to_peer, 1), _least("≥ 2, the stretch", to_peer, 2)),
        ),
        Line(
            "  beside its rows and a bare request",
            f"{middle(lambda r: r.ours):.3f}",
            floor=f"{middle(lambda r: r.floor + r.bare):.3f}",
            ratio=to_floor,
            verdicts=(_most("≤ 4 (ours/floor)", to_floor, 4), _most("≤ 3, the stretch", to_floor, 3)),
        ),
        Line(
            "texts a second",
            f"{middle(lambda r: r.ours_rate):,.0f}",
            f"{middle(lambda r: r.peer_rate):,.0f}",
            ratio=rates,
            verdicts=(_least("≥ 1 (ours/peer)", rates, 1),),
        ),
        Line(
            "CPU ms an event that nothing matches",
            f"{middle(lambda r: r.unmatched):.3f}",
            floor=f"{middle(lambda r: r.unmatched_floor):.3f}",
            ratio=to_rows,
            verdicts=(_most("≤ 8 (ours/floor)", to_rows, 8),),
        ),
        _latency("idle, ms from the 200 to the request", [one for r in rounds for one in r.idle], 100),
        _latency(f"  while {once.burst_events:,} events are worked on", once.burst, 1000),
        _latency(f"  while {once.forgotten:,} old rows are removed", once.forgetting, 100),
        Line(
            f"texts a second, {DELAY_MS} ms at the provider",
            f"{middle(lambda r: r.slow_rate):,.0f}",
            floor=f"{pace:,.0f}",
            ratio=share,
            verdicts=(_least("≥ 0.7 (of the pace)", share, 0.7),),
        ),
        Line(
            f"  beside what {WIDE} at once and the peer's CPU allow",
            f"{middle(lambda r: r.slow_rate):,.0f}",
            floor=f"{statistics.median(allowed):,.0f}",
            ratio=wide,
            verdicts=(_least("≥ 0.8 (of what is allowed)", wide, 0.8),),
        ),
        Line(
            "MB of memory at most",
            _shown(once.peak, lambda peak: f"{peak / 1e6:.0f}"),
            verdicts=(
                Verdict(
                    f"< {MOST_BYTES // 1_000_000}", None if once.peak is None else once.peak < MOST_BYTES
                ),
            ),
        ),
        Line(
            "texts a second on PostgreSQL",
            _shown(once.postgresql_rate, lambda rate: f"{rate:,.0f}"),
            ratio=None if postgresql is None else Spread(postgresql, postgresql, postgresql),
            verdicts=(Verdict("≥ 1/3 (of SQLite's)", None if postgresql is None else postgresql >= 1 / 3),),
        ),
        _statements("statements a text, SQLite", once.statements),
        _statements("statements a text, PostgreSQL", once.postgresql_statements),
    ]


def table(
    found: Sequence[Line], count: int, texts: int, headings: Sequence[str] = ("ours", "peer", "floor")
) -> Table:
    """The table that is printed."""
    title = f"medians of {count} rounds of {texts:,} texts; ratios within a round [lowest .. highest]"
    made = Table(title=Text(title), box=SIMPLE_HEAD, pad_edge=False)
    made.add_column("case", no_wrap=True)
    for heading in (*headings, "ratio"):
        made.add_column(heading, justify="right", no_wrap=True)
    made.add_column("goal", no_wrap=True)
    for one in found:
        spread = one.ratio
        made.add_row(
            one.case,
            one.ours,
            one.peer,
            one.floor,
            Text(
                "" if spread is None else f"{spread.median:.2f} [{spread.lowest:.2f} .. {spread.highest:.2f}]"
            ),
            Text("\n").join(_judged(verdict) for verdict in one.verdicts),
        )
    return made


def summary(found: Sequence[Line]) -> str:
    """How many goals are met; a stretch is none."""
    goals = [
        (one.case.strip(), verdict)
        for one in found
        for verdict in one.verdicts
        if "stretch" not in verdict.text
    ]
    missed = [f"{case} {verdict.text}" for case, verdict in goals if verdict.met is False]
    unknown = [case for case, verdict in goals if verdict.met is None]
    parts = [f"{sum(verdict.met is True for _, verdict in goals)} of {len(goals)} goals met"]
    parts += [f"missed: {'; '.join(missed)}"] if missed else []
    parts += [f"not measured: {'; '.join(unknown)}"] if unknown else []
    return ". ".join(parts) + "."


def _judged(verdict: Verdict) -> Text:
    word, style = {True: ("PASS", "green"), False: ("MISS", "red"), None: ("  ? ", "dim")}[verdict.met]
    return Text.assemble((word, style), f" {verdict.text}")


def _least(text: str, spread: Spread | None, bound: float) -> Verdict:
    return Verdict(text, None if spread is None else spread.median >= bound)


def _most(text: str, spread: Spread | None, bound: float) -> Verdict:
    return Verdict(text, None if spread is None else spread.median <= bound)


def _latency(case: str, found: Sequence[float] | None, bound: float) -> Line:
    if not found:
        return Line(case, "-", verdicts=(Verdict(f"p99 ≤ {bound:,.0f}", None),))
    p50, p99 = percentile(found, 0.5), percentile(found, 0.99)
    return Line(
        case,
        f"{p50:,.0f} / {p99:,.0f}",
        verdicts=(Verdict(f"p99 ≤ {bound:,.0f} of {len(found)}", p99 <= bound),),
    )


def _statements(case: str, count: float | None) -> Line:
    met = None if count is None else count <= MOST_STATEMENTS
    return Line(
        case, _shown(count, lambda one: f"{one:.2f}"), verdicts=(Verdict(f"≤ {MOST_STATEMENTS:g}", met),)
    )


def _shown(value: float | None, how: Callable[[float], str]) -> str:
    return "-" if value is None else how(value)
