"""The queue: one suite over every engine."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from itertools import count
from typing import Any

import pytest
from sqlalchemy import Connection, event, select

from gateway.jobs import SUSPICIOUS_DEATHS, Job, JobKind, NewJob, Waiting
from gateway.storage import jobs, leases
from gateway.storage.engine import Store
from gateway.storage.jobs import MOST_SUBJECTS
from gateway.storage.leases import LOOKED_THROUGH
from gateway.storage.sqlite import SqliteStore
from gateway.storage.tables import buried_jobs
from tests.factories import NOW, later

LEASE = timedelta(seconds=60)
LANES = count()
AT_ONCE = 50
"""What is to be matched is due from the beginning, and only what failed is due later: here from so many seconds on."""


async def put(store: Store, *subjects: str, at: float = 0, kind: JobKind = JobKind.DELIVER) -> None:
    due = later(at) if at > AT_ONCE else None
    new = [
        NewJob(kind, b"payload of " + subject.encode(), subject, lanes=1 << next(LANES) % 16)
        for subject in subjects
    ]
    await store.write(lambda c: jobs.enqueue(c, new, later(at), due))


async def take(store: Store, limit: int = 10, at: float = 0, kind: JobKind = JobKind.DELIVER) -> list[Job]:
    return await store.write(lambda c: leases.lease(c, kind, limit, later(at), LEASE))


def subjects(leased: Sequence[Job]) -> list[str | None]:
    return [job.subject for job in leased]


async def due(store: Store, kind: JobKind = JobKind.DELIVER) -> float | None:
    when = await store.read(lambda c: jobs.next_due(c, kind))
    return None if when is None else (when - NOW).total_seconds()


async def test_jobs_are_leased_in_the_order_they_came_and_once(store: Store) -> None:
    await put(store, "a", "b")
    await put(store, "c")

    assert subjects(await take(store, limit=2)) == ["a", "b"]
    assert subjects(await take(store)) == ["c"]
    assert await take(store) == []


async def test_a_job_comes_as_it_was_put(store: Store) -> None:
    await put(store, "a", at=1)

    (job,) = await take(store, at=2)

    assert (job.kind, job.payload, job.subject) == (JobKind.DELIVER, b"payload of a", "a")
    assert (job.tries, job.failures, job.created_at) == (1, 0, later(1))


async def test_putting_nothing_is_nothing(store: Store) -> None:
    await put(store)

    assert await due(store) is None


@pytest.mark.parametrize("count", [64, 2 * 64 + 16 + 2])
async def test_however_many_are_put_at_once_each_is_there_in_its_order(store: Store, count: int) -> None:
    names = [f"j{number:04}" for number in range(count)]
    await put(store, *names)

    assert subjects(await take(store, limit=1000)) == names


async def test_the_kinds_have_lanes_of_their_own(store: Store) -> None:
    await put(store, "a", kind=JobKind.MATCH)

    assert await take(store) == []
    assert await due(store) is None
    assert subjects(await take(store, kind=JobKind.MATCH)) == ["a"]


async def test_what_is_enqueued_in_a_change_that_fails_was_never_there(store: Store) -> None:
    def change(connection: object) -> None:
        jobs.enqueue(connection, [NewJob(JobKind.DELIVER)], NOW)  # type: ignore[arg-type]  # the store gives a Connection
        raise ValueError("halfway")

    with pytest.raises(ValueError, match="halfway"):
        await store.write(change)

    assert await take(store) == []


async def test_what_is_acknowledged_is_gone(store: Store) -> None:
    await put(store, "a")
    (job,) = await take(store)

    await store.write(lambda c: jobs.ack(c, [job]))

    assert await take(store, at=1000) == []
    assert await store.read(lambda c: jobs.depth(c, JobKind.DELIVER, later(1000))) == (0, 0.0)


async def test_a_lease_that_runs_out_is_anothers(store: Store) -> None:
    await put(store, "a")
    await take(store)

    assert await take(store, at=59) == []
    assert await due(store) == 60
    (job,) = await take(store, at=60)
    assert job.tries == 2


async def test_a_lease_can_be_extended(store: Store) -> None:
    await put(store, "a")
    (job,) = await take(store)

    await store.write(lambda c: leases.extend(c, [job], later(500)))

    assert await take(store, at=499) == []
    assert subjects(await take(store, at=500)) == ["a"]


async def test_what_was_let_go_of_is_not_held_again_by_a_late_word(store: Store) -> None:
    await put(store, "later", "sent")
    again, sent = await take(store)
    await store.write(lambda c: jobs.retry_at(c, [(again, later(10))]))
    await store.write(lambda c: jobs.follow(c, [(sent, later(120))], NOW))

    await store.write(lambda c: leases.extend(c, [again, sent], later(500)))

    assert await due(store) == 10
    assert subjects(await take(store, at=10)) == ["later"]
    assert await store.read(lambda c: jobs.next_due(c, JobKind.FOLLOW)) == later(120)


async def test_a_job_given_back_is_due_then(store: Store) -> None:
    await put(store, "a", "b")
    first, second = await take(store)

    await store.write(lambda c: jobs.retry_at(c, [(second, later(5)), (first, later(10))]))

    assert await due(store) == 5
    assert await take(store, at=4.9) == []
    assert subjects(await take(store, at=10)) == ["b", "a"]


async def test_only_failures_count_as_failures(store: Store) -> None:
    await put(store, "a")
    seen = []
    for at, failed in enumerate([False, True, False, True, False]):
        (job,) = await take(store, at=at)
        seen.append((job.tries, job.failures))
        give_back = partial(jobs.retry_at, again=[(job, later(at + 1))], failed=failed)
        await store.write(give_back)

    assert seen == [(1, 0), (2, 0), (3, 1), (4, 1), (5, 2)]


async def test_a_buried_job_is_kept_with_its_reason(store: Store) -> None:
    await put(store, "a")
    (job,) = await take(store)

    await store.write(lambda c: jobs.bury(c, job, "ValueError: no", later(3)))

    assert await take(store, at=1000) == []
    rows = await store.read(lambda c: c.execute(select(buried_jobs)).all())
    assert [
        (row.id, row.kind, row.subject, row.payload, row.why, row.tries, row.buried_at) for row in rows
    ] == [(job.id, "deliver", "a", b"payload of a", "ValueError: no", 1, later(3))]


async def test_what_waits_can_be_woken_by_what_it_is_about(store: Store) -> None:
    await put(store, "a", "b", "c", at=100)
    await store.write(lambda c: jobs.wake(c, ["a", "c", "nobody"], later(1)))

    assert subjects(await take(store, at=1)) == ["a", "c"]
    assert await due(store) == 61


async def test_however_many_are_woken_at_once_each_is_due(store: Store) -> None:
    names = [f"j{number:04}" for number in range(MOST_SUBJECTS + 1)]
    await put(store, *names, at=100)

    await store.write(lambda c: jobs.wake(c, names, later(1)))

    assert subjects(await take(store, limit=2 * MOST_SUBJECTS, at=1)) == names


async def test_what_goes_on_is_due_in_the_order_in_which_it_was_made_before_what_came_since(
    store: Store,
) -> None:
    await put(store, "a")
    await put(store, "b", at=1)
    await put(store, "came since", at=2)
    first, second = await take(store, limit=2, at=1)
    await store.write(lambda c: jobs.retry_at(c, [(second, later(500)), (first, later(600))]))

    await store.write(lambda c: jobs.go_on(c, ["b", "a", "nobody"]))

    assert subjects(await take(store, at=2)) == ["a", "b", "came since"]


async def test_what_is_worked_on_or_waits_in_a_lane_does_not_go_on(store: Store) -> None:
    await put(store, "worked on", "in a lane")
    held, paced = await take(store)
    await store.write(lambda c: jobs.pace(c, [(paced, "lane", later(500))]))

    await store.write(lambda c: jobs.go_on(c, ["worked on", "in a lane"]))
    await store.write(lambda c: jobs.retry_at(c, [(held, later(50))]))

    assert await take(store, at=49) == []
    assert await store.read(lambda c: jobs.next_due(c, JobKind.PACED)) == later(500)


async def test_a_job_given_back_has_its_senders_leave_unless_that_is_taken(store: Store) -> None:
    await put(store, "a", "b")
    leased = await take(store)
    await store.write(lambda c: jobs.pace(c, [(job, "lane", later(500)) for job in leased]))
    await store.write(lambda c: jobs.let_go(c, [job.id for job in leased], NOW))
    first, second = await take(store)

    await store.write(lambda c: jobs.retry_at(c, [(first, later(1)), (second.without_turn, later(1))]))

    assert [(job.subject, job.lane) for job in await take(store, at=1)] == [("a", "lane"), ("b", None)]


async def test_what_is_worked_on_is_not_woken(store: Store) -> None:
    await put(store, "a")
    (job,) = await take(store)
    await store.write(lambda c: jobs.wake(c, ["a"], later(1)))
    await store.write(lambda c: jobs.retry_at(c, [(job, later(50))]))

    assert await take(store, at=49) == []


async def test_a_new_process_frees_the_leases_of_one_that_is_gone(store: Store) -> None:
    await put(store, "a", "b", "c")
    await take(store, limit=2)

    assert await store.write(leases.recover) == 2
    assert subjects(await take(store)) == ["a", "b", "c"]
    assert await store.write(leases.recover) == 3


async def test_the_next_is_due_when_the_first_can_be_leased(store: Store) -> None:
    assert await due(store) is None
    await put(store, "late", at=30)
    assert await due(store) == 30
    await put(store, "soon", at=10)
    assert await due(store) == 10
    await take(store, at=10)
    assert await due(store) == 30
    await take(store, at=30)
    assert await due(store) == 70


async def test_the_depth_counts_what_waits_and_ages_what_is_due(store: Store) -> None:
    assert await store.read(lambda c: jobs.depth(c, JobKind.DELIVER, NOW)) == (0, 0.0)
    await put(store, "a", at=0)
    await put(store, "b", at=4)

    assert await store.read(lambda c: jobs.depth(c, JobKind.DELIVER, later(10))) == (2, 10.0)
    assert await store.read(lambda c: jobs.depth(c, JobKind.MATCH, later(10))) == (0, 0.0)
    await put(store, "c", at=20)
    assert await store.read(lambda c: jobs.depth(c, JobKind.DELIVER, later(10))) == (3, 10.0)


async def test_whoever_lost_the_lease_does_nothing_to_the_job(store: Store) -> None:
    await put(store, "a")
    (stale,) = await take(store)
    (job,) = await take(store, at=60)

    await store.write(lambda c: leases.extend(c, [stale], later(900)))
    await store.write(lambda c: jobs.retry_at(c, [(stale, later(61))]))
    buried = await store.write(lambda c: jobs.bury(c, stale, "late", later(61)))
    await store.write(lambda c: jobs.ack(c, [stale]))

    assert (buried, await due(store)) == (False, 120)
    assert await store.write(lambda c: leases.still_held(c, [stale])) == set()
    assert await store.read(lambda c: c.execute(select(buried_jobs)).all()) == []
    assert await store.write(lambda c: leases.still_held(c, [job])) == {job.id}
    await store.write(lambda c: leases.extend(c, [job], later(200)))
    assert await due(store) == 200
    assert await store.write(lambda c: jobs.bury(c, job, "in time", later(61)))
    assert await due(store) is None


async def test_what_is_done_with_several_is_done_with_each_that_is_still_held(store: Store) -> None:
    await put(store, "a", "b", "c", "d")
    held = await take(store)
    await store.write(lambda c: jobs.ack(c, held[1:2]))
    await store.write(lambda c: jobs.retry_at(c, [(held[2], NOW)]))
    (again,) = await take(store)

    kept = await store.write(lambda c: leases.still_held(c, held))
    await store.write(lambda c: leases.extend(c, held, later(500)))
    moved = await due(store)
    await store.write(lambda c: jobs.ack(c, held))

    assert kept == {held[0].id, held[3].id}
    assert (again.subject, moved, await due(store)) == ("c", 60, 60)
    assert await store.write(lambda c: leases.still_held(c, [])) == set()


async def test_the_jobs_of_what_is_settled_go_whoever_holds_them(store: Store) -> None:
    await put(store, "a", "b", "c")
    await put(store, "a", kind=JobKind.MATCH)
    held, *_others = await take(store, limit=2)

    await store.write(lambda c: jobs.drop(c, ["a", "c", "nobody"]))

    assert await store.write(lambda c: leases.still_held(c, [held])) == set()
    assert subjects(await take(store, at=1000)) == ["b"]
    assert subjects(await take(store, kind=JobKind.MATCH)) == ["a"]


async def test_a_job_says_until_when_it_is_held(store: Store) -> None:
    await put(store, "a")

    (job,) = await take(store, at=5)

    assert job.until == later(65)


async def take_turns(store: Store, limit: int, without: Sequence[str] = (), at: float = 9) -> list[Job]:
    return await store.write(
        lambda c: leases.lease_by_turns(c, JobKind.MATCH, limit, later(at), LEASE, frozenset(without))
    )


async def test_what_they_are_about_takes_turns(store: Store) -> None:
    for at, subject in enumerate("aaaaabbc"):
        await put(store, subject, at=at, kind=JobKind.MATCH)

    first = await take_turns(store, 6)
    second = await take_turns(store, 2, without=["b"])

    assert subjects(first) == ["a", "a", "b", "b", "c"]
    assert [job.created_at for job in first] == [later(at) for at in (0, 1, 5, 6, 7)]
    assert subjects(second) == ["a", "a"]
    assert subjects(await take_turns(store, 2)) == ["a"]
    assert await take_turns(store, 2) == []


async def test_the_turn_goes_round(store: Store) -> None:
    for subject in "abcabcabc":
        await put(store, subject, kind=JobKind.MATCH)

    assert subjects(await take_turns(store, 2)) == ["a", "b"]
    assert subjects(await take_turns(store, 2)) == ["c", "a"]
    assert subjects(await take_turns(store, 9, without=["b"])) == ["c", "c", "a"]


async def test_however_much_of_one_waits_another_has_its_turn_once_that_is_at_work(store: Store) -> None:
    await put(store, *["a"] * (2 * LOOKED_THROUGH[0]), kind=JobKind.MATCH)
    await put(store, "b", kind=JobKind.MATCH)

    assert subjects(await take_turns(store, 1)) == ["a"]
    assert subjects(await take_turns(store, 1, without=["a"])) == ["b"]


async def test_what_is_not_due_takes_nobodys_turn(store: Store) -> None:
    await put(store, "a", at=100, kind=JobKind.MATCH)
    await put(store, "b", kind=JobKind.DELIVER)
    await put(store, "c", kind=JobKind.MATCH)

    assert subjects(await take_turns(store, 1)) == ["c"]


async def test_what_may_be_deadly_is_leased_alone(store: Store) -> None:
    await put(store, "a", kind=JobKind.MATCH)
    for _ in range(SUSPICIOUS_DEATHS):
        await take_turns(store, 9)
        await store.write(leases.recover)
    for subject in ("b", "c", "a"):
        await put(store, subject, kind=JobKind.MATCH)

    assert subjects(await take_turns(store, 9, without=["a"])) == ["b", "c"]
    assert await take_turns(store, 9, without=["b", "c"]) == []
    (alone,) = await take_turns(store, 9)
    assert (alone.subject, alone.deaths) == ("a", SUSPICIOUS_DEATHS)


async def test_what_waits_is_counted_by_what_it_is_about(store: Store) -> None:
    for subject in "aab":
        await put(store, subject, kind=JobKind.MATCH)
    await put(store, "c")
    await take_turns(store, 1)

    whole = await store.read(lambda c: jobs.waiting(c, JobKind.MATCH, sizes=True))
    counted = await store.read(lambda c: jobs.waiting(c, JobKind.MATCH, sizes=False))

    assert whole == {"a": Waiting(2, 24), "b": Waiting(1, 12)}
    assert counted == {"a": Waiting(2, 0), "b": Waiting(1, 0)}


async def test_what_was_enqueued_together_keeps_its_order_behind_what_is_longer_due(store: Store) -> None:
    await put(store, "c", "d", at=2)
    await put(store, "a", "b", at=1)

    assert subjects(await take(store, at=2)) == ["a", "b", "c", "d"]


async def plan(store: SqliteStore, change: Callable[[Connection], object]) -> list[str]:
    """How SQLite does the first statement of a change."""
    asked: list[tuple[str, Any]] = []

    def note(_c: object, _cursor: object, statement: str, parameters: Any, *_more: object) -> None:
        asked.append((statement, parameters[0] if isinstance(parameters, list) else parameters))

    event.listen(store._writer, "before_cursor_execute", note)
    await store.write(change)
    event.remove(store._writer, "before_cursor_execute", note)
    statement, parameters = next(one for one in asked if not one[0].startswith("BEGIN"))

    def explained(connection: Connection) -> list[str]:
        found = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        return [row.detail for row in found]

    return await store.read(explained)


async def test_leasing_sorts_nothing(sqlite_store: SqliteStore) -> None:
    (step,) = await plan(sqlite_store, lambda c: leases.lease(c, JobKind.DELIVER, 10, NOW, LEASE))

    assert step.startswith("SEARCH jobs USING INDEX ix_jobs_turns (kind=? AND available_at<?")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda c: jobs.wake(c, ["a", "b"], NOW), id="wake"),
        pytest.param(lambda c: jobs.drop(c, ["a", "b"]), id="drop"),
        pytest.param(lambda c: jobs.follow_subjects(c, [("a", NOW)], NOW), id="follow"),
    ],
)
async def test_what_is_asked_for_by_its_subject_is_found_by_it_and_not_among_all_that_wait(
    sqlite_store: SqliteStore, change: Callable[[Connection], object]
) -> None:
    assert await plan(sqlite_store, change) == ["SEARCH jobs USING INDEX ix_jobs_subject (subject=?)"]


# -- what follows ------------------------------------------------------------------------------------------------------


async def test_what_was_delivered_is_followed_from_then_on(store: Store) -> None:
    await put(store, "a", "b", "c")
    held = await take(store, limit=2)

    await store.write(lambda c: jobs.follow(c, [(held[0], later(120)), (held[1], later(130))], later(7)))

    assert await due(store) == 0  # c
    assert await due(store, JobKind.FOLLOW) == 120
    assert await take(store, at=119, kind=JobKind.FOLLOW) == []
    first, second = await take(store, at=130, kind=JobKind.FOLLOW)
    assert (first.subject, second.subject, first.created_at, first.failures) == ("a", "b", later(7), 0)
    await store.write(lambda c: jobs.ack(c, held))
    assert await store.read(lambda c: jobs.depth(c, JobKind.FOLLOW, NOW)) == (2, 0.0)


async def test_what_another_delivers_by_now_is_not_followed_by_whoever_held_it(store: Store) -> None:
    await put(store, "a")
    [stale] = await take(store)
    [job] = await take(store, at=60)

    await store.write(lambda c: jobs.follow(c, [(stale, later(120))], later(61)))

    assert await due(store, JobKind.FOLLOW) is None
    assert await store.write(lambda c: leases.still_held(c, [job])) == {job.id}


async def test_what_is_followed_by_its_subject_is_taken_from_whoever_holds_it(store: Store) -> None:
    await put(store, "a", "b")
    await put(store, "a", kind=JobKind.MATCH)
    [held] = await take(store, limit=1)

    await store.write(lambda c: jobs.follow_subjects(c, [("a", later(120)), ("nobody", later(120))], NOW))
    await store.write(lambda c: jobs.ack(c, [held]))
    await store.write(lambda c: jobs.drop(c, ["a"]))

    assert subjects(await take(store)) == ["b"]
    assert subjects(await take(store, at=120, kind=JobKind.FOLLOW)) == ["a"]
    assert subjects(await take(store, kind=JobKind.MATCH)) == ["a"]


async def test_what_is_due_later_waits_until_then(store: Store) -> None:
    new = [NewJob(JobKind.DELIVER, subject="a")]

    await store.write(lambda c: jobs.enqueue(c, new, NOW, due=later(30)))

    assert await due(store) == 30
    assert await take(store, at=29) == []
    assert subjects(await take(store, at=30)) == ["a"]
