"""Whatever happens in whatever order, with processes that die between any two of their writes: no limit is passed, and what is counted is
what the attempts say.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from hypothesis import given, settings, strategies as st
from sqlalchemy import Connection, select

from destinations.kit import Policy, Purpose, canonical
from gateway.storage import tables
from gateway.storage.engine import Store
from gateway.storage.sqlite import SqliteStore
from tests.gateway.model import Model, open_model
from tests.gateway.pipeline.test_model import CHECKS, FATE, OFTEN, PROCESS, Operation, op

ZONE = "Etc/GMT-11"
"""Where it is an hour before midnight as the model begins."""

RUNS = op("run", process=PROCESS, seconds=st.just(3_000.0), fate=FATE)
POLICIES = st.builds(
    Policy,
    daily_message_limit=st.sampled_from([0, 1, 2, 4]),
    per_recipient_daily_limit=st.sampled_from([0, 1, 2]),
    per_recipient_weekly_limit=st.sampled_from([None, 1, 3]),
    time_zone=st.just(ZONE),
)
ANY = {
    "happens": st.lists(st.sampled_from([*OFTEN, RUNS]).flatmap(lambda one: one), min_size=15, max_size=40),
    "policy": POLICIES,
}
Counted = dict[tuple[str, str, str], int]
_ATTEMPTS = select(
    tables.attempts.c.delivery_id, tables.attempts.c.started_at, tables.deliveries.c.recipient
).join(tables.deliveries, tables.deliveries.c.id == tables.attempts.c.delivery_id)
_COUNTS = select(tables.claim_counts)


def by_attempts(connection: Connection, policy: Policy) -> Counted:
    """How many Deliveries were tried: on each day, on each day to each person, and in each week to each person."""
    tried: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for delivery_id, started_at, recipient in connection.execute(_ATTEMPTS):
        day = started_at.astimezone(ZoneInfo(ZONE)).date()
        phone = canonical(recipient)
        if policy.daily_message_limit:
            tried[day.isoformat(), "", ""].add(delivery_id)
        if policy.per_recipient_daily_limit:
            tried[day.isoformat(), phone, ""].add(delivery_id)
        if policy.per_recipient_weekly_limit:
            tried[_monday(day).isoformat(), phone, Purpose.MARKETING.value].add(delivery_id)
    return {key: len(those) for key, those in tried.items()}


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def counted(connection: Connection) -> Counted:
    return {(row.begins, row.phone, row.purpose): row.claimed for row in connection.execute(_COUNTS)}


async def check(model: Model, policy: Policy) -> None:
    there = await model.world.store.read(counted)

    assert there == await model.world.store.read(lambda c: by_attempts(c, policy))
    for (_begins, phone, purpose), claimed in there.items():
        most = (
            policy.per_recipient_weekly_limit
            if purpose
            else policy.per_recipient_daily_limit
            if phone
            else policy.daily_message_limit
        )
        assert most is not None
        assert claimed <= most, there


async def play(store: Store, path: Path, happens: Sequence[Operation], policy: Policy) -> None:
    model = await open_model(store, path, policy)
    try:
        for one in happens:
            await one.on(model)
            await model.bury()
            model.check()
            await check(model, policy)
        await model.end()
        await model.explained()
        await check(model, policy)
    finally:
        await model.close()


@settings(max_examples=25, suppress_health_check=CHECKS)
@given(**ANY)
async def test_no_limit_is_passed(
    sqlite_store: SqliteStore, tmp_path: Path, happens: list[Operation], policy: Policy
) -> None:
    await play(sqlite_store, tmp_path, happens, policy)


@settings(max_examples=4, suppress_health_check=CHECKS)
@given(**ANY)
async def test_nor_on_postgresql(
    postgresql_store: Store, tmp_path: Path, happens: list[Operation], policy: Policy
) -> None:
    await play(postgresql_store, tmp_path, happens, policy)
