"""A batch of events leaves the same rows as its events one by one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings, strategies as st
from sqlalchemy import Connection, delete, select, update

from destinations.kit import Reason
from gateway.deliveries import DeliveryStatus
from gateway.facts.snapshot import Snapshot
from gateway.pipeline.match import Taken, match
from gateway.storage import tables
from tests.factories import ANN, BOB, NOW, browser, destination, event, later, mapping, source
from tests.gateway.world import World

WRITTEN = [
    tables.events,
    tables.event_keys,
    tables.event_repetitions,
    tables.invalid_keys,
    tables.people,
    tables.identities,
    tables.person_phones,
    tables.contacts,
    tables.consent_history,
    tables.deliveries,
    tables.jobs,
]
"""What a match writes, and nothing else."""

WHO = [
    ("ann", None),
    ("bob", None),
    (None, "d-1"),
    (None, "d-2"),
    ("ann", "d-1"),
    ("bob", "d-1"),
    ("bob", "d-2"),
]
SOURCES = ["src_server"] * 4 + ["src_browser"]


@dataclass(frozen=True)
class Call:
    """One call by a source. `repeats`: the messageId of which call before it it has, if any; `ends`: a batch ends behind it."""

    raw: dict[str, Any]
    who: tuple[str | None, str | None]
    source: str
    repeats: int | None
    ends: bool


def calls(**fields: Any) -> st.SearchStrategy[Call]:
    minutes = st.sampled_from([58, 59])
    at = minutes.map(lambda minute: f"2026-11-21T11:{minute}:00Z")
    return st.builds(
        Call,
        st.fixed_dictionaries({"timestamp": at, **fields}),
        st.sampled_from(WHO),
        st.sampled_from(SOURCES),
        st.sampled_from([None, None, None, 0, 1]),
        st.sampled_from([False, False, True]),
    )


TRAITS = st.fixed_dictionaries(
    {"phone": st.sampled_from([ANN, BOB, ANN, BOB, "", "112"])},
    optional={"sms_opt_in": st.booleans(), "name": st.sampled_from(["Ann", "Bob"])},
)
CALLS = st.one_of(
    calls(type=st.just("identify"), traits=TRAITS),
    calls(type=st.just("track"), event=st.sampled_from(["Order Placed", "Left"])),
    calls(
        type=st.just("track"),
        event=st.just("Order Placed"),
        context=st.fixed_dictionaries({"traits": TRAITS}),
    ),
    calls(type=st.just("alias"), previousId=st.sampled_from(["ann", "bob", "d-1", "d-2"])),
)


@settings(
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(known=st.lists(CALLS, max_size=5), taken=st.lists(CALLS, min_size=2, max_size=12))
async def test_a_batch_leaves_the_same_rows_as_its_events_one_by_one(
    empty_world: World, known: list[Call], taken: list[Call]
) -> None:
    snapshot = await configured(empty_world)
    both = events_of([*known, *taken], snapshot)
    before, behind = both[: len(known)], both[len(known) :]
    batches: list[list[Taken]] = [[]]
    for one, call in zip(behind, taken, strict=True):
        batches[-1].append(one)
        if call.ends:
            batches.append([])

    def rows(connection: Connection, some: Sequence[Sequence[Taken]]) -> Any:
        for table in reversed(WRITTEN):
            connection.execute(delete(table))
        for one in before:
            match(connection, empty_world.secrets, snapshot, [one], NOW)
        hold(connection)
        outcomes = [
            got
            for batch in some
            for got in match(connection, empty_world.secrets, snapshot, batch, later(1)).outcomes
        ]
        return outcomes, contents(connection)

    alone = await empty_world.store.write(lambda c: rows(c, [[one] for one in behind]))
    together = await empty_world.store.write(lambda c: rows(c, batches))

    assert together == alone


async def configured(world: World) -> Snapshot:
    """Two sources of one destination; what waits of one mapping can be canceled."""
    if not (await world.services.workspace.current()).sources:
        await world.configure(
            source(),
            browser(),
            destination(),
            mapping(cancel_trigger='event = "Left"'),
            mapping(id="map_all", trigger='type = "track"', allow_browser_events=True),
        )
    return await world.services.workspace.current()


def events_of(some: Sequence[Call], snapshot: Snapshot) -> list[Taken]:
    """The events that these calls are, a millisecond apart."""
    found: list[Taken] = []
    for place, call in enumerate(some):
        user_id, device = call.who
        known = {"userId": user_id, "anonymousId": device}
        number = place if call.repeats is None else max(0, place - 1 - call.repeats)
        raw = {**call.raw, "messageId": f"m-{number}", **{k: v for k, v in known.items() if v is not None}}
        found.append(Taken(snapshot.sources[call.source], event(raw, NOW + timedelta(milliseconds=place))))
    return found


def hold(connection: Connection) -> None:
    """What was made so far waits for somebody to be identified."""
    connection.execute(
        update(tables.deliveries).values(
            status=DeliveryStatus.HELD.value, reason=Reason.PROFILE_PENDING.value, next_attempt_at=later(10)
        )
    )
    connection.execute(update(tables.jobs).values(available_at=later(10)))


def _in_order(value: Any) -> Any:
    """An object without the order of its names, which says nothing."""
    return sorted(value.items()) if isinstance(value, dict) else value


def contents(connection: Connection) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of every table: without numbers of the ledger's own, and people by the ids they go by."""
    of_person: dict[str, list[str]] = {}
    for row in connection.execute(select(tables.identities).order_by(tables.identities.c.value)):
        of_person.setdefault(row.person_id, []).append(f"{row.kind}={row.value}")

    def shown(table: Any, row: Any) -> tuple[Any, ...]:
        return tuple(
            repr(of_person.get(value, value) if name in ("person_id", "id") else _in_order(value))
            for name, value in row._mapping.items()
            if not (name == "id" and table in (tables.contacts, tables.consent_history, tables.jobs))
            # When a row of somebody was written: what a batch teaches and takes back writes none.
            and not (name == "updated_at" and table is tables.people)
        )

    def order(table: Any) -> list[Any]:
        return [table.c.id] if table in (tables.consent_history, tables.jobs) else []

    return {
        table.name: found if order(table) else sorted(found)
        for table in WRITTEN
        for found in [
            [shown(table, row) for row in connection.execute(select(table).order_by(*order(table)))]
        ]
    }
