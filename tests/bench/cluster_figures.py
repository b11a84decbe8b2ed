"""What `cluster` measured, and whether its goals are met. Pure."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tests.bench.cluster_counts import Ledger, Shared
from tests.bench.send_figures import Line
from tests.bench.verdicts import Spread, Verdict, ratio

SHARE = 0.4
"""Of the embedded engine's texts for each second of processor."""
STATEMENTS = 1.0
FASTER = 1.6
"""Two workers than one."""
IN_FLIGHT = 32
DELAY_MS = 50


@dataclass(frozen=True, slots=True)
class Round:
    """One turn of each. Costs are milliseconds of processor for each text, rates are texts a second."""

    embedded: float
    cluster: float
    gateway: float
    worker: float
    postgresql: float
    embedded_rate: float
    cluster_rate: float
    one: float
    """What one worker sends a second, with IN_FLIGHT at once and DELAY_MS at the provider."""
    two: float
    most: int
    """Under way at once of two workers."""
    load: float
    """Of the machine, at its end."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """What some texts took of PostgreSQL and Redis."""

    texts: int
    before: tuple[Ledger, Shared]
    after: tuple[Ledger, Shared]
    connections: Mapping[str, int]
    idle_commands: float
    """Of Redis in a second in which nothing happens."""

    def of_ledger(self, what: Callable[[Ledger], float]) -> float:
        """For each text."""
        return (what(self.after[0]) - what(self.before[0])) / self.texts

    def of_shared(self, what: Callable[[Shared], float]) -> float:
        """For each text."""
        return (what(self.after[1]) - what(self.before[1])) / self.texts


@dataclass(frozen=True, slots=True)
class Kept:
    """What a text leaves of a table: rows, and bytes of them and of their indexes; and how often one was changed."""

    table: str
    rows: float
    changes: float
    size: float
    indexes: float


def lines(rounds: Sequence[Round], traffic: Traffic) -> list[Line]:
    """Every case with its goals."""

    def each(pick: Callable[[Round], float]) -> list[float]:
        return [pick(one) for one in rounds]

    def middle(pick: Callable[[Round], float]) -> float:
        return statistics.median(each(pick))

    share = ratio(each(lambda r: r.embedded), each(lambda r: r.cluster))
    faster = ratio(each(lambda r: r.two), each(lambda r: r.one))
    statements = traffic.of_ledger(lambda one: one.statements)
    most = max(one.most for one in rounds)
    return [
        Line(
            "CPU ms a text of our processes",
            f"{middle(lambda r: r.cluster):.3f}",
            f"{middle(lambda r: r.embedded):.3f}",
            ratio=share,
            verdicts=(_least(f"≥ {SHARE:g} (embedded/cluster)", share, SHARE),),
        ),
        Line("  of the gateway", f"{middle(lambda r: r.gateway):.3f}"),
        Line("  of the worker", f"{middle(lambda r: r.worker):.3f}"),
        Line("  besides, of PostgreSQL", f"{middle(lambda r: r.postgresql):.3f}"),
        Line(
            "texts a second",
            f"{middle(lambda r: r.cluster_rate):,.0f}",
            f"{middle(lambda r: r.embedded_rate):,.0f}",
            ratio=ratio(each(lambda r: r.cluster_rate), each(lambda r: r.embedded_rate)),
        ),
        Line(
            "statements a text in a burst",
            f"{statements:.2f}",
            verdicts=(Verdict(f"≤ {STATEMENTS:g}", statements <= STATEMENTS),),
        ),
        Line("  with BEGIN, COMMIT, ROLLBACK", f"{traffic.of_ledger(lambda one: one.calls):.2f}"),
        Line(
            f"texts a second, two workers of {IN_FLIGHT}, {DELAY_MS} ms",
            f"{middle(lambda r: r.two):,.0f}",
            f"{middle(lambda r: r.one):,.0f}",
            ratio=faster,
            verdicts=(
                _least(f"≥ {FASTER:g} (two/one)", faster, FASTER),
                Verdict(f"≤ {2 * IN_FLIGHT} at once ({most})", most <= 2 * IN_FLIGHT),
            ),
        ),
        Line("commands of Redis a text", f"{traffic.of_shared(lambda one: one.commands):.2f}"),
        Line("bytes to and from Redis a text", f"{traffic.of_shared(lambda one: one.bytes):,.0f}"),
        Line("commands of Redis a second, idle", f"{traffic.idle_commands:.1f}"),
        Line("memory of Redis, MB", f"{traffic.after[1].memory / 1e6:.1f}"),
        Line("bytes of WAL a text", f"{traffic.of_ledger(lambda one: one.wal):,.0f}"),
        *(
            Line(f"connections to PostgreSQL, {name}", f"{count}")
            for name, count in traffic.connections.items()
        ),
    ]


def kept(traffic: Traffic) -> list[Kept]:
    """What a text leaves, table by table, the largest first."""
    before, after = traffic.before[0].tables, traffic.after[0].tables
    found = [
        Kept(
            name,
            (one.inserted - one.deleted - was.inserted + was.deleted) / traffic.texts,
            (one.updated - was.updated) / traffic.texts,
            (one.size - was.size) / traffic.texts,
            (one.indexes - was.indexes) / traffic.texts,
        )
        for name, one in after.items()
        if (was := before.get(name)) is not None
    ]
    written = [one for one in found if one.rows >= 0.01 or one.changes >= 0.01]
    return sorted(written, key=lambda one: -one.size - one.indexes)


def _least(text: str, spread: Spread | None, bound: float) -> Verdict:
    return Verdict(text, None if spread is None else spread.median >= bound)
