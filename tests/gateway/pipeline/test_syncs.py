"""What an account has is known once a sync listed it, and stays known whatever becomes of the next ones."""

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Connection
from structlog.testing import capture_logs

from destinations.kit import DestinationStatus, IntegrationError, RetryableError, SenderKind, TemplateApproval
from gateway import ids
from gateway.background_jobs import BackgroundKind, BackgroundStatus
from gateway.clock import ManualClock
from gateway.pipeline import syncs
from gateway.pipeline.verification import verify
from gateway.pipeline.worker import Worker
from gateway.settings import Settings
from gateway.storage import background_jobs, destinations, turns
from gateway.storage.engine import Store
from tests import factories
from tests.factories import NOW, later
from tests.gateway.paper import OURS, Provider
from tests.gateway.syncing import (
    OTHER,
    Account,
    jobs_of,
    known,
    known_templates,
    number,
    sync_all,
    template,
    with_sync,
)
from tests.gateway.world import World

B, K = BackgroundStatus, BackgroundKind


@pytest.fixture
def account() -> Account:
    return Account()


@pytest.fixture
async def world(store: Store, tmp_path: Path, clock: ManualClock, account: Account) -> AsyncIterator[World]:
    """On each engine, with a verified destination whose account can be listed."""
    provider = Provider()
    made = World(
        store,
        tmp_path / "heliograph.db",
        clock,
        Settings(data_dir=tmp_path),
        provider,
        with_sync(provider, account),
    )
    await made.configure(factories.source(), factories.destination(), factories.mapping())
    yield made
    await made.services.reader.close()


async def ask(world: World, kind: BackgroundKind = K.SENDER_SYNC) -> str:
    """Ask for a sync, as a mutation does; the id of its job."""
    there = (await world.services.workspace.current()).destinations["dst_paper"]
    job, _new = await world.store.write(lambda c: syncs.start(c, there, kind, world.clock.now()))
    return job.id


async def test_keeps_what_the_account_of_a_verified_destination_has(world: World, account: Account) -> None:
    account.senders = [number(inbound_url="https://x.example/in"), number(OTHER, pool="MG1", by_pool=True)]

    done = await sync_all(world)

    senders, templates = await known(world), await known_templates(world)
    ours, other, first = senders[OURS], senders[OTHER], templates["HX1"]
    assert (done, account.destination_ids) == (2, ["dst_paper", "dst_paper"])
    assert set(senders) == {OURS, OTHER}
    assert (ours.kind, ours.label, ours.sid, ours.country) == (
        SenderKind.PHONE_NUMBER,
        f"Shop ({OURS})",
        f"PN{OURS}",
        "US",
    )
    assert ([*map(str, ours.channels)], ours.inbound_url, ours.active) == (
        ["SMS", "MMS"],
        "https://x.example/in",
        True,
    )
    assert (ours.created_at, ours.synced_at, ours.missed_at, ours.removed_at) == (NOW, NOW, None, None)
    assert (other.pool, other.by_pool) == ("MG1", True)
    assert (first.name, first.language, first.types) == ("order_on_its_way", "en", ("twilio/text",))
    assert (first.approval, first.variables) == (TemplateApproval.APPROVED, {"1": "Ada", "2": None})
    for kind, result in ((K.SENDER_SYNC, 2), (K.TEMPLATE_SYNC, 1)):
        [job] = await jobs_of(world, kind)
        assert (job.status, job.total, job.done, job.failed, job.subject) == (
            B.DONE,
            result,
            result,
            0,
            "dst_paper",
        )
        assert job.result == {"listed": result, "new": result, "removed": 0, "missing": 0}


async def test_a_sync_is_due_once_it_is_verified_and_then_every_hour(world: World, account: Account) -> None:
    assert await sync_all(world) == 2
    world.clock.advance(3_599)
    assert await sync_all(world) == 0
    world.clock.advance(1)
    assert await sync_all(world) == 2
    await verify(world.services, "dst_paper")
    assert await sync_all(world) == 0  # it was synced in the same moment
    world.clock.advance(1)
    await verify(world.services, "dst_paper")
    assert await sync_all(world) == 2

    assert (await known(world))[OURS].synced_at == later(3_601)


@pytest.mark.parametrize(
    "status", [DestinationStatus.DRAFT, DestinationStatus.VERIFYING, DestinationStatus.FAILED]
)
async def test_nothing_is_read_of_an_account_that_is_not_verified(
    world: World, account: Account, status: DestinationStatus
) -> None:
    await world.store.write(lambda c: destinations.set_verification(c, "dst_paper", status, {}, NOW))
    world.services.workspace.invalidate()

    assert (await sync_all(world), account.read, await known(world)) == (0, 0, {})


async def test_what_is_listed_otherwise_is_changed_in_place(world: World, account: Account) -> None:
    await sync_all(world)
    before = await known(world)
    account.senders = [number(label="Till", inbound_url="https://y.example")]
    account.templates = [template(approval=TemplateApproval.PAUSED, rejection_reason="Complaints")]
    world.clock.advance(3_600)

    await sync_all(world)

    [after], [kept] = (await known(world)).values(), (await known_templates(world)).values()
    assert (after.id, after.created_at, after.synced_at) == (before[OURS].id, NOW, later(3_600))
    assert (after.label, after.inbound_url) == ("Till", "https://y.example")
    assert (kept.approval, kept.rejection_reason) == (TemplateApproval.PAUSED, "Complaints")


async def test_what_two_syncs_in_a_row_do_not_list_is_removed(world: World, account: Account) -> None:
    account.senders = [number(), number(OTHER)]
    account.templates = [template(), template("HX2")]
    await sync_all(world)
    account.senders, account.templates = [number(OTHER)], [template("HX2")]
    world.clock.advance(3_600)

    await sync_all(world)
    once = await known(world)
    world.clock.advance(15)
    repeated = await sync_all(world)

    twice, gone = await known(world), await known_templates(world)
    assert (once[OURS].missed_at, once[OURS].removed_at) == (later(3_600), None)
    assert repeated == 2
    assert (twice[OURS].removed_at, twice[OURS].active) == (later(3_615), False)
    assert (twice[OTHER].removed_at, twice[OTHER].missed_at) == (None, None)
    assert {sid: one.removed_at for sid, one in gone.items()} == {"HX1": later(3_615), "HX2": None}
    assert [job.result["missing"] for job in await jobs_of(world) if job.result] == [0, 1, 0]
    assert [job.result["removed"] for job in await jobs_of(world) if job.result] == [1, 0, 0]


async def test_what_one_sync_did_not_list_and_the_next_one_does_was_never_gone(
    world: World, account: Account
) -> None:
    await sync_all(world)
    account.senders = []
    world.clock.advance(3_600)
    await sync_all(world)
    account.senders = [number()]
    world.clock.advance(15)
    await sync_all(world)
    account.senders = []
    world.clock.advance(3_600)
    await sync_all(world)

    one = (await known(world))[OURS]
    assert (one.missed_at, one.removed_at) == (later(7_215), None)


async def test_two_syncs_in_the_same_moment_are_no_two_lists(world: World, account: Account) -> None:
    await sync_all(world)
    account.senders = []
    for _ in range(3):
        world.clock.advance(3)
        await ask(world)
        await sync_all(world)

    assert (await known(world))[OURS].removed_at is None


async def test_what_comes_back_is_the_same_sender(world: World, account: Account) -> None:
    await sync_all(world)
    before = (await known(world))[OURS].id
    account.senders = []
    for wait in (3_600, 15):
        world.clock.advance(wait)
        await sync_all(world)
    account.senders = [number()]
    world.clock.advance(3_600)

    await sync_all(world)

    one = (await known(world))[OURS]
    assert (one.id, one.removed_at, one.missed_at, one.active) == (before, None, None, True)


async def test_nothing_follows_from_a_kind_that_could_not_be_listed(world: World, account: Account) -> None:
    await sync_all(world)
    account.senders, account.unread = [], frozenset({SenderKind.PHONE_NUMBER})
    for wait in (3_600, 3_600):
        world.clock.advance(wait)
        await sync_all(world)

    one = (await known(world))[OURS]
    assert (one.missed_at, one.removed_at, one.synced_at) == (None, None, NOW)


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (
            RetryableError("Reading failed", "X", 500, remedy="Wait."),
            "Reading failed. Wait.",
        ),
        (
            IntegrationError("Forbidden", "X", 403, provider_message="No such right"),
            "Forbidden. No such right",
        ),
        (TimeoutError(), "The provider took more than 120 s."),
        (KeyError("a bug"), "The gateway itself failed on it; the log has the cause."),
    ],
    ids=["passing", "final", "slow", "bug"],
)
async def test_a_sync_that_fails_changes_nothing_and_is_tried_again(
    world: World, account: Account, trouble: BaseException, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    await sync_all(world)
    before = (await known(world), await known_templates(world))
    account.trouble = trouble
    world.clock.advance(3_600)
    caplog.set_level(logging.CRITICAL)

    await sync_all(world)
    account.trouble = None
    at_once = await sync_all(world)

    assert (await known(world), await known_templates(world)) == before
    [failed, _first] = await jobs_of(world)
    assert (failed.status, failed.done, failed.result) == (B.FAILED, 0, None)
    assert failed.message == (
        f"{said} Nothing was changed: what is known is what the last good sync listed. It is tried again by itself while the destination "
        "is verified."
    )
    assert at_once == 0
    world.clock.advance(900)
    assert await sync_all(world) == 2


async def test_a_sync_that_fails_all_night_is_one_job_with_what_was_wrong_the_last_time(
    world: World, account: Account
) -> None:
    await sync_all(world)
    world.clock.advance(3_600)
    for hour in range(12):
        account.trouble = RetryableError(f"Reading failed {hour}", "X", 500)
        await sync_all(world)
        world.clock.advance(900)
    failing = await jobs_of(world)
    account.trouble = None

    await sync_all(world)

    assert [(one.status, (one.message or "")[:18]) for one in failing] == [
        (B.FAILED, "Reading failed 11."),
        (B.DONE, ""),
    ]
    assert (failing[0].created_at, failing[0].finished_at) == (later(3_600), later(3_600 + 11 * 900))
    [last, _first] = await jobs_of(world)
    assert (last.id, last.status, last.message, last.total) == (failing[0].id, B.DONE, None, 1)


async def test_a_sync_that_somebody_asks_for_is_a_job_of_its_own_after_one_that_failed(
    world: World, account: Account
) -> None:
    account.trouble = RetryableError("Reading failed", "X", 500)
    await sync_all(world)
    account.trouble = None

    asked = await ask(world)
    await sync_all(world)

    [new, failed] = await jobs_of(world)
    assert (new.id, new.status, failed.status) == (asked, B.DONE, B.FAILED)


async def test_of_one_destination_one_sync_of_a_kind_runs(world: World) -> None:
    first, second, other = await ask(world), await ask(world), await ask(world, K.TEMPLATE_SYNC)

    assert first == second != other
    assert await sync_all(world) == 2
    assert await ask(world) != first


async def test_two_workers_do_each_sync_once(world: World, account: Account) -> None:
    gate, entered = asyncio.Event(), asyncio.Event()
    lists = account.list_senders

    async def slowly(context: object) -> object:
        entered.set()
        await gate.wait()
        return await lists(context)  # type: ignore[arg-type]  # as it came

    account.list_senders = slowly  # type: ignore[method-assign,assignment]
    world.services.workspace.definitions = {"paper": with_sync(world.provider, account)}
    world.services.workspace.invalidate()
    one = asyncio.create_task(syncs.step(world.services))
    await entered.wait()
    other = await syncs.step(world.services)  # does the templates
    nothing_left = await syncs.step(world.services)
    gate.set()

    assert (await one, other, nothing_left) == (True, True, False)
    assert account.read == 2
    assert [job.status for job in await jobs_of(world)] == [B.DONE]


async def test_a_sync_that_is_cut_off_is_done_by_whoever_comes_next(world: World, account: Account) -> None:
    entered = asyncio.Event()
    lists = account.list_senders

    async def hangs(_context: object) -> object:
        entered.set()
        return await asyncio.get_running_loop().create_future()

    account.list_senders = hangs  # type: ignore[method-assign,assignment]
    world.services.workspace.definitions = {"paper": with_sync(world.provider, account)}
    job = await ask(world)
    stopped = asyncio.create_task(syncs.step(world.services))
    await entered.wait()
    stopped.cancel()
    await asyncio.wait({stopped})
    account.list_senders = lists  # type: ignore[method-assign]
    world.services.workspace.definitions = {"paper": with_sync(world.provider, account)}

    await sync_all(world)

    [there] = await jobs_of(world)
    assert (there.id, there.status, set(await known(world))) == (job, B.DONE, {OURS})


async def test_a_sync_is_left_to_whoever_does_it_until_that_one_must_be_gone(
    world: World, account: Account
) -> None:
    await sync_all(world)
    world.clock.advance(60)
    job = await ask(world)
    name = f"sync {ids.digest(job)[:16]}"
    until = world.clock.now() + 2 * syncs.LONGEST
    await world.store.write(lambda c: turns.take(c, name, "another process", world.clock.now(), until))

    beside = await sync_all(world)
    world.clock.advance(2 * syncs.LONGEST.total_seconds())
    behind = await sync_all(world)

    assert (beside, behind) == (0, 1)
    assert [one.status for one in await jobs_of(world)] == [B.DONE, B.DONE]


async def test_what_was_listed_of_an_account_that_was_changed_meanwhile_is_not_kept(
    world: World, account: Account
) -> None:
    lists = account.list_senders

    async def while_changed(context: object) -> object:
        def change(connection: Connection) -> None:
            there = destinations.get(connection, "dst_paper", world.secrets)
            assert there is not None
            changed = factories.destination(settings={"token": "another-token"})
            destinations.save(connection, changed, world.secrets)

        await world.store.write(change)
        return await lists(context)  # type: ignore[arg-type]  # as it came

    account.list_senders = while_changed  # type: ignore[method-assign,assignment]
    world.services.workspace.definitions = {"paper": with_sync(world.provider, account)}
    await ask(world)

    await syncs.step(world.services)

    [job] = await jobs_of(world)
    assert (job.status, await known(world)) == (B.FAILED, {})
    assert (job.message or "").startswith("The destination was changed meanwhile")


@pytest.mark.parametrize("status", [B.PAUSED, B.CANCELED])
async def test_a_sync_that_was_stopped_reads_nothing(
    world: World, account: Account, status: BackgroundStatus
) -> None:
    await sync_all(world)
    job = await ask(world)
    await world.store.write(lambda c: background_jobs.bring(c, job, status, [B.RUNNING]))

    done = await sync_all(world)

    assert (done, account.read) == (0, 2)
    assert [one.status for one in await jobs_of(world) if one.id == job] == [status]


async def test_a_sync_that_failed_is_not_resumed_beside_another_one(world: World) -> None:
    failed = await ask(world)
    await world.store.write(lambda c: background_jobs.end(c, failed, B.FAILED, NOW))
    await ask(world)

    resumed = await world.store.write(lambda c: background_jobs.bring(c, failed, B.RUNNING, [B.FAILED]))

    assert not resumed


async def test_a_worker_syncs_by_itself(world: World, account: Account) -> None:
    worker = Worker(world.services)
    running = asyncio.create_task(worker.run())
    async with asyncio.timeout(10):
        await account.read_both.wait()  # it reads the templates once it kept the senders
    worker.stop()
    await running

    assert set(await known(world)) == {OURS}


async def test_an_approval_that_falls_away_is_told_once(world: World, account: Account) -> None:
    account.templates = [template(), template("HX2"), template("HX3", approval=TemplateApproval.PENDING)]
    await sync_all(world)
    account.templates = [
        template(approval=TemplateApproval.PAUSED, rejection_reason="Complaints"),
        template("HX2"),
        template("HX3", approval=TemplateApproval.REJECTED),
    ]
    with capture_logs() as logs:
        for _ in range(2):
            world.clock.advance(3_600)
            await sync_all(world)

    told = [one for one in logs if one.get("alert") == "TEMPLATE_NOT_APPROVED"]
    known_now = (await world.services.workspace.current()).templates["dst_paper"]
    assert [(one["log_level"], one["template"], one["approval"]) for one in told] == [
        ("warning", "HX1", "PAUSED")
    ]
    words = "The template order_on_its_way (HX1) is PAUSED: Complaints. Until it is APPROVED no conversation can begin with it"
    assert [one["event"] for one in told] == [f"{words} (TEMPLATE_NOT_APPROVED)."]
    assert (known_now["HX1"].approval, known_now["HX1"].rejection_reason) == (
        TemplateApproval.PAUSED,
        "Complaints",
    )
