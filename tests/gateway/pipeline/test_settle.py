"""The one place where a Delivery changes: what the machine has is taken, and nothing else is."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from msgspec.structs import replace
from sqlalchemy import Connection

from destinations.kit import MessageStatus, Reason
from gateway.deliveries import TRIED, Delivery, DeliveryStatus, Proof, Step
from gateway.jobs import Job, JobKind, NewJob
from gateway.pipeline import settle
from gateway.pipeline.settle import Reached
from gateway.storage import deliveries, jobs, leases, tables
from gateway.storage.engine import Store
from gateway.storage.sqlite import SqliteStore
from tests.factories import NOW, later, new_delivery

S, M = DeliveryStatus, MessageStatus
LEASE = timedelta(seconds=60)
UNSENT = {S.HELD, S.SENDING, S.RETRYING, S.SUPPRESSED, S.REJECTED, S.CANCELED, S.SHADOWED, S.EXPIRED}
MACHINE = {
    S.PENDING: UNSENT,
    S.HELD: UNSENT | {S.ACCEPTED},
    S.RETRYING: UNSENT | {S.ACCEPTED},
    S.SENDING: {S.ACCEPTED, S.REJECTED, S.RETRYING, S.UNCERTAIN, S.HELD},
    S.UNCERTAIN: {S.ACCEPTED, S.RETRYING, S.EXPIRED},
    S.ACCEPTED: {S.ACCEPTED, S.UNCERTAIN},
    S.SUPPRESSED: {S.ACCEPTED},
    S.REJECTED: {S.ACCEPTED},
    S.CANCELED: {S.ACCEPTED},
    S.SHADOWED: {S.ACCEPTED},
    S.EXPIRED: {S.ACCEPTED},
}
"""Who may follow whom, said once more."""

BEFORE, AFTER = list(DeliveryStatus), list(DeliveryStatus)


def stored(connection: Connection, *delivery_ids: str, **columns: Any) -> None:
    """Deliveries that stand like this, each with its job, which is due."""
    deliveries.add(connection, [new_delivery(id=one) for one in delivery_ids], NOW)
    if columns:
        deliveries.change(connection, [{"id": one, **columns} for one in delivery_ids], NOW)
    jobs.enqueue(connection, [NewJob(JobKind.DELIVER, subject=one) for one in delivery_ids], NOW)


async def lease(store: Store, at: float = 0) -> dict[str, Job]:
    leased = await store.write(lambda c: leases.lease(c, JobKind.DELIVER, 100, later(at), LEASE))
    return {job.subject or "": job for job in leased}


async def apply(
    store: Store, *steps: Step, at: float = 1, leases: dict[str, Job] | None = None
) -> list[Reached]:
    return await store.write(lambda c: settle.apply(c, steps, later(at), leases))


async def shown(store: Store, delivery_id: str = "dlv_1") -> Delivery:
    found = await store.read(lambda c: deliveries.get(c, delivery_id))
    assert found is not None
    return found


async def waiting(store: Store) -> list[tuple[str, float, bool]]:
    """Of every job: whose, in how many seconds it is due, and whether somebody holds it."""

    def read(connection: Connection) -> list[tuple[str, float, bool]]:
        rows = connection.execute(tables.jobs.select().order_by(tables.jobs.c.id))
        return [
            (row.subject, (row.available_at - NOW).total_seconds(), row.leased_until is not None)
            for row in rows
        ]

    return await store.read(read)


def became(delivery_id: str, before: DeliveryStatus, status: DeliveryStatus) -> Reached:
    return Reached(delivery_id, before, status, "default")


def step(status: DeliveryStatus | None, delivery_id: str = "dlv_1", **more: Any) -> Step:
    """From wherever it stands."""
    return Step(delivery_id, TRIED, status, **more)


@pytest.mark.parametrize("before", BEFORE)
async def test_every_step_that_the_machine_has_is_taken_and_every_other_changes_nothing(
    store: Store, before: DeliveryStatus
) -> None:
    names = [f"dlv_{after.value}" for after in AFTER]
    await store.write(lambda c: stored(c, *names, status=before))
    steps = [step(after, name, shows={"detail": "taken"}) for name, after in zip(names, AFTER, strict=True)]

    reached = await apply(store, *steps, at=5)

    found = await store.read(lambda c: deliveries.by_ids(c, names))
    taken = [after for after in AFTER if after in MACHINE[before]]
    assert reached == [became(f"dlv_{after.value}", before, after) for after in taken]
    assert {key: (one.status, one.detail, one.updated_at) for key, one in found.items()} == {
        f"dlv_{after.value}": (after, "taken", later(5)) if after in taken else (before, None, NOW)
        for after in AFTER
    }


@pytest.mark.parametrize("before", BEFORE)
async def test_no_step_is_taken_from_a_state_that_it_does_not_leave(
    store: Store, before: DeliveryStatus
) -> None:
    names = [f"dlv_{after.value}" for after in AFTER]
    await store.write(lambda c: stored(c, *names, status=before))
    jobs_before = await waiting(store)
    others = [status for status in DeliveryStatus if status is not before]

    reached = await apply(
        store, *(Step(f"dlv_{after.value}", others, after, shows={"detail": "taken"}) for after in AFTER)
    )

    found = await store.read(lambda c: deliveries.by_ids(c, names))
    assert reached == []
    assert {(one.status, one.detail, one.updated_at) for one in found.values()} == {(before, None, NOW)}
    assert await waiting(store) == jobs_before


@pytest.mark.parametrize("keeps_turn", [True, False])
async def test_what_was_let_go_from_its_lane_keeps_its_turn_where_the_step_says_so(
    store: Store, *, keeps_turn: bool
) -> None:
    await store.write(lambda c: stored(c, "dlv_1"))
    (job,) = (await lease(store)).values()
    await store.write(lambda c: jobs.pace(c, [(job, "lane", later(500))]))
    await store.write(lambda c: jobs.let_go(c, [job.id], NOW))
    leases = await lease(store)

    await apply(store, step(S.HELD, due=later(9), keeps_turn=keeps_turn), leases=leases)

    assert {name: job.lane for name, job in (await lease(store, at=9)).items()} == {
        "dlv_1": "lane" if keeps_turn else None
    }


async def test_what_stays_where_it_is_shows_what_the_step_shows(store: Store) -> None:
    await store.write(lambda c: stored(c, "dlv_1", status=S.UNCERTAIN))
    leases = await lease(store)

    reached = await apply(store, step(None, due=later(9), shows={"detail": "x"}), leases=leases)

    one = await shown(store)
    assert reached == [became("dlv_1", S.UNCERTAIN, S.UNCERTAIN)]
    assert (one.status, one.detail, one.next_attempt_at) == (S.UNCERTAIN, "x", later(9))
    assert await waiting(store) == [("dlv_1", 9, False)]


@pytest.mark.parametrize(("recipient", "country"), [("+4915123456789", "DE"), ("+80012345678", None)])
async def test_the_country_of_a_recipient_is_kept_with_the_number(
    store: Store, recipient: str, country: str | None
) -> None:
    await store.write(lambda c: stored(c, "dlv_1", "dlv_2"))

    await apply(store, step(S.HELD, shows={"recipient": recipient}), step(S.HELD, "dlv_2"))

    assert (await shown(store)).country == country
    assert (await shown(store, "dlv_2")).country is None


async def test_nothing_is_reached_by_no_step_and_by_one_of_a_delivery_that_is_gone(store: Store) -> None:
    await store.write(lambda c: jobs.enqueue(c, [NewJob(JobKind.DELIVER, subject="dlv_1")], NOW))
    leases = await lease(store)

    assert await apply(store) == []
    assert await apply(store, step(S.HELD), at=3, leases=leases) == []

    assert await waiting(store) == [("dlv_1", 3, False)]


# -- the jobs ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("taken", "left", "next_at"),
    [
        pytest.param(step(S.SUPPRESSED), [], None, id="no turn more"),
        pytest.param(step(S.HELD, due=later(30)), [("dlv_1", 30, False)], later(30), id="a turn then"),
        pytest.param(step(S.SENDING), [("dlv_1", 0, True)], None, id="an answer is awaited"),
        pytest.param(step(S.UNCERTAIN, due=later(30)), [("dlv_1", 1, False)], None, id="not taken"),
    ],
)
async def test_a_step_under_a_lease_settles_its_job(
    store: Store, taken: Step, left: Any, next_at: Any
) -> None:
    await store.write(lambda c: stored(c, "dlv_1"))
    leases = await lease(store)

    await apply(store, taken, leases=leases)

    assert await waiting(store) == left
    assert (await shown(store)).next_attempt_at == next_at


@pytest.mark.parametrize("held", [False, True], ids=["waits", "held"])
async def test_a_step_without_a_lease_that_needs_no_turn_ends_the_job_whoever_holds_it(
    store: Store, *, held: bool
) -> None:
    await store.write(lambda c: stored(c, "dlv_1", "dlv_2"))
    if held:
        await lease(store)

    await apply(store, step(S.CANCELED))

    assert await waiting(store) == [("dlv_2", 0, held)]


async def test_a_step_without_a_lease_makes_a_job_where_there_was_none(store: Store) -> None:
    await store.write(lambda c: stored(c, "dlv_1", status=S.ACCEPTED, message_sid="SM1"))
    leases = await lease(store)
    await store.write(lambda c: jobs.ack(c, list(leases.values())))

    reached = await apply(
        store, Step("dlv_1", (S.ACCEPTED,), S.UNCERTAIN, due=later(7), shows={"message_sid": None}), at=7
    )

    one = await shown(store)
    assert reached == [became("dlv_1", S.ACCEPTED, S.UNCERTAIN)]
    assert (one.status, one.message_sid, one.next_attempt_at) == (S.UNCERTAIN, None, later(7))
    assert await waiting(store) == [("dlv_1", 7, False)]


async def test_a_step_whose_lease_is_lost_changes_nothing(store: Store) -> None:
    await store.write(lambda c: stored(c, "dlv_1", "dlv_2"))
    stale = await lease(store)
    fresh = await lease(store, at=60)
    theirs = await waiting(store)

    late = await apply(
        store, step(S.SENDING), step(S.SUPPRESSED, "dlv_2", shows={"detail": "late"}), at=61, leases=stale
    )

    found = await store.read(lambda c: deliveries.by_ids(c, ["dlv_1", "dlv_2"]))
    assert late == []
    assert {(one.status, one.detail, one.updated_at) for one in found.values()} == {(S.PENDING, None, NOW)}
    assert await waiting(store) == theirs
    assert await apply(store, step(S.SENDING), at=62, leases=fresh) == [became("dlv_1", S.PENDING, S.SENDING)]


# -- answers and proofs --------------------------------------------------------------------------------------------


async def test_an_answer_to_an_earlier_attempt_changes_nothing(store: Store) -> None:
    await store.write(lambda c: stored(c, "dlv_1", status=S.SENDING, attempt_count=2))
    first, last = (step(S.REJECTED, answers=number, shows={"error_code": "1"}) for number in (1, 2))

    assert await apply(store, first) == []
    kept = await shown(store)
    reached = await apply(store, last)

    assert (kept.status, kept.error_code, kept.updated_at) == (S.SENDING, None, NOW)
    assert reached == [became("dlv_1", S.SENDING, S.REJECTED)]
    assert ((await shown(store)).status, (await shown(store)).error_code) == (S.REJECTED, "1")


async def test_an_answer_counts_though_its_lease_is_lost(store: Store) -> None:
    await store.write(lambda c: stored(c, "dlv_1", status=S.SENDING, attempt_count=1))
    stale = await lease(store)
    await lease(store, at=60)

    reached = await apply(store, step(S.REJECTED, answers=1), at=61, leases=stale)

    assert reached == [became("dlv_1", S.SENDING, S.REJECTED)]
    assert await waiting(store) == [("dlv_1", 0, True)]  # theirs, who sees how


PROVEN = Step("dlv_1", TRIED, S.ACCEPTED, proof=Proof("SM1", M.SENT, 2, "-0.01"))


@pytest.mark.parametrize("before", [one for one in DeliveryStatus if one not in (S.PENDING, S.ACCEPTED)])
async def test_a_proof_counts_however_the_delivery_ended_and_whoever_holds_it(
    store: Store, before: DeliveryStatus
) -> None:
    trouble = {"reason": Reason.PAUSED, "detail": "x", "error_code": "1", "error_message": "y", "remedy": "z"}
    await store.write(
        lambda c: stored(c, "dlv_1", status=before, attempt_count=1, next_attempt_at=later(9), **trouble)
    )
    stale = await lease(store)
    await lease(store, at=60)

    reached = await apply(store, PROVEN, at=61, leases=stale)

    one = await shown(store)
    assert reached == [became("dlv_1", before, S.ACCEPTED)]
    assert (one.status, one.message_sid, one.message_status) == (S.ACCEPTED, "SM1", M.SENT)
    assert (one.segments, one.price, one.next_attempt_at) == (2, "-0.01", None)
    assert [getattr(one, name) for name in trouble] == [None] * 5


async def test_what_is_known_of_a_message_stays_where_a_later_proof_says_less(store: Store) -> None:
    await store.write(lambda c: stored(c, "dlv_1", status=S.SENDING, attempt_count=1))
    failed = Proof(None, M.UNDELIVERED, problem=("30005", "Unknown handset", "Ask for it."))
    lower, better = Proof("SM2", M.QUEUED, price="-0.02"), Proof(None, M.DELIVERED)

    await apply(store, PROVEN)
    seen = []
    for proof in (failed, lower, better):
        await apply(store, replace(PROVEN, proof=proof))
        one = await shown(store)
        seen.append((one.message_sid, one.message_status, one.error_code, one.segments, one.price))

    assert seen == [
        ("SM1", M.UNDELIVERED, "30005", 2, "-0.01"),
        ("SM1", M.UNDELIVERED, "30005", 2, "-0.02"),
        ("SM1", M.DELIVERED, None, 2, "-0.02"),
    ]


# -- batches -------------------------------------------------------------------------------------------------------


async def test_several_steps_of_one_delivery_see_one_another(store: Store) -> None:
    await store.write(lambda c: stored(c, "dlv_1", status=S.SENDING, attempt_count=1))
    leases = await lease(store)
    steps = [
        step(S.UNCERTAIN, due=later(5), answers=1, shows={"error_message": "lost"}),
        Step("dlv_1", (S.SENDING,), S.REJECTED, shows={"error_message": "too late"}),
        Step("dlv_1", (S.UNCERTAIN,), S.EXPIRED, shows={"remedy": "Look it up."}),
    ]

    reached = await apply(store, *steps, leases=leases)

    one = await shown(store)
    assert reached == [became("dlv_1", S.SENDING, S.UNCERTAIN), became("dlv_1", S.UNCERTAIN, S.EXPIRED)]
    assert (one.status, one.error_message, one.remedy) == (S.EXPIRED, "lost", "Look it up.")
    assert one.next_attempt_at is None


def _lease_all(connection: Connection) -> list[Job]:
    return leases.lease(connection, JobKind.DELIVER, 250, NOW, LEASE)


async def test_one_batch_settles_many_deliveries_each_by_itself(store: Store) -> None:
    names = [f"dlv_{number:03}" for number in range(250)]
    await store.write(lambda c: stored(c, *names, status=S.PENDING))
    held = {job.subject or "": job for job in await store.write(_lease_all)}
    ways = [(S.SUPPRESSED, None), (S.HELD, later(20)), (S.UNCERTAIN, later(30)), (S.SENDING, None)]
    steps = [
        step(ways[place % 4][0], name, due=ways[place % 4][1], shows={"detail": name})
        for place, name in enumerate(names)
    ]

    reached = await apply(store, *steps, at=2, leases=held)

    found = await store.read(lambda c: deliveries.by_ids(c, names))
    ends = [S.SUPPRESSED, S.HELD, S.PENDING, S.SENDING]
    assert reached == [
        became(name, S.PENDING, ends[place % 4]) for place, name in enumerate(names) if place % 4 != 2
    ]
    assert [(found[name].status, found[name].detail) for name in names] == [
        (ends[place % 4], None if place % 4 == 2 else name) for place, name in enumerate(names)
    ]
    left = {1: (20, False), 2: (2, False), 3: (0, True)}
    assert await waiting(store) == [(name, *left[place % 4]) for place, name in enumerate(names) if place % 4]


PROOFS = st.builds(
    Proof,
    st.sampled_from([None, "SM1"]),
    st.sampled_from(MessageStatus),
    st.sampled_from([None, 1, 2]),
    st.sampled_from([None, "-0.01"]),
)
STEPS = st.one_of(
    st.builds(lambda proof: replace(PROVEN, proof=proof), PROOFS),
    st.builds(
        lambda status, leaving, answers: Step("dlv_1", leaving, status, answers=answers),
        st.sampled_from(DeliveryStatus).filter(lambda one: one is not S.ACCEPTED),
        st.sets(st.sampled_from(DeliveryStatus)),
        st.sampled_from([None, 1, 2]),
    ),
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps=st.lists(st.one_of(STEPS), max_size=12), size=st.integers(1, 12))
async def test_whatever_comes_in_whatever_order_a_status_only_moves_up_and_the_machine_is_kept(
    sqlite_store: SqliteStore, steps: Sequence[Step], size: int
) -> None:
    await sqlite_store.write(clear)
    await sqlite_store.write(lambda c: stored(c, "dlv_1", status=S.SENDING, attempt_count=2))
    before = await shown(sqlite_store)
    proofs: list[Proof] = []

    for start in range(0, len(steps), size):
        some = steps[start : start + size]
        reached = await sqlite_store.write(partial(settle.apply, steps=some, now=later(1)))
        after = await shown(sqlite_store)

        proofs += [one.proof for one in some if one.proof is not None]
        rank = max((proof.message_status.rank for proof in proofs), default=-1)
        assert (after.message_status.rank if after.message_status else -1) == rank
        assert after.message_sid == next((proof.message_sid for proof in proofs if proof.message_sid), None)
        at = before.status
        for one in reached:
            assert one.before is at
            assert one.status in MACHINE[at] | {at}
            at = one.status
        assert after.status is at
        assert not any(one.proof for one in some[-1:]) or at is S.ACCEPTED
        before = after


def clear(connection: Connection) -> None:
    connection.execute(tables.deliveries.delete())
    connection.execute(tables.jobs.delete())


# -- what is followed ----------------------------------------------------------------------------------------------


async def kinds(store: Store) -> list[tuple[str, str, float]]:
    """Of every job: whose, its kind, and in how many seconds it is due."""

    def read(connection: Connection) -> list[tuple[str, str, float]]:
        rows = connection.execute(tables.jobs.select().order_by(tables.jobs.c.id))
        return [(row.subject, row.kind, (row.available_at - NOW).total_seconds()) for row in rows]

    return await store.read(read)


def proven(delivery_id: str = "dlv_1", status: MessageStatus = M.SENT) -> Step:
    return Step(delivery_id, TRIED, S.ACCEPTED, follow_at=later(120), proof=Proof("SM1", status))


async def test_the_job_of_an_accepted_one_follows_it(store: Store) -> None:
    await store.write(lambda c: stored(c, "dlv_1", status=S.SENDING))
    leases = await lease(store)

    await apply(store, proven(), leases=leases)

    assert await kinds(store) == [("dlv_1", "follow", 120)]


@pytest.mark.parametrize(
    ("columns", "left"),
    [
        ({"status": S.UNCERTAIN}, [("dlv_1", "follow", 120)]),
        ({"status": S.ACCEPTED}, [("dlv_1", "follow", 120)]),
        ({"status": S.ACCEPTED, "message_sid": "SM1"}, [("dlv_1", "deliver", 0)]),
        ({"status": S.REJECTED}, [("dlv_1", "deliver", 0), ("dlv_1", "follow", 120)]),
    ],
    ids=["in doubt", "without a SID", "known before", "ended"],
)
async def test_what_is_proven_without_a_lease_is_followed_once(
    store: Store, columns: dict[str, Any], left: list[tuple[str, str, float]]
) -> None:
    await store.write(lambda c: stored(c, "dlv_1", **columns))

    await apply(store, proven())
    await apply(store, proven(status=M.DELIVERED))

    assert await kinds(store) == left


async def test_what_was_said_before_writes_nothing(store: Store) -> None:
    known = {"status": S.ACCEPTED, "message_sid": "SM1", "message_status": M.DELIVERED, "price": "-0.01"}
    await store.write(lambda c: stored(c, "dlv_1", **known))

    await apply(store, proven(), at=9)

    assert (await shown(store)).updated_at == NOW
