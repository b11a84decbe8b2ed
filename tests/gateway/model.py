"""A model of all that may happen to Deliveries: what it does are its methods, and every transaction is looked at as it ends."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, delete, select

from destinations.kit import (
    Channel,
    ConsentChanged,
    ConsentStatus,
    MessageStatus,
    Policy,
    Resend,
    Signal,
    StatusChanged,
)
from gateway import ids
from gateway.clock import ManualClock
from gateway.deliveries import DeliveryStatus
from gateway.events import QueuedRequest, encode
from gateway.jobs import JobKind, NewJob
from gateway.pipeline import replays, signals
from gateway.pipeline.cancel import cancel
from gateway.pipeline.verification import verify
from gateway.settings import Settings
from gateway.storage import jobs, leases, pauses, rollup, tables
from gateway.storage.engine import Store
from gateway.workspace import Pause
from tests import factories
from tests.factories import ANN, BOB, NOW
from tests.gateway import counting
from tests.gateway.company import Company, Request
from tests.gateway.processes import Happens, Process, Watched
from tests.gateway.world import World

CY: Final = "+12025550103"
PHONES: Final = {"ann": ANN, "bob": BOB, "cy": CY}
"""Ann and Bob said yes before anything happens; of Cy nothing is known."""

SOURCES: Final = ("src_server", "src_shop")
TIME_LIMIT: Final = 15.0
"""Seconds after which a client gives a request up."""

WITHIN: Final = timedelta(hours=5)
"""By then everything has ended, once nothing fails any more."""

DESTINATION: Final = "dst_paper"

_BY_ID = select(tables.deliveries).order_by(tables.deliveries.c.id)


@dataclass
class Seen:
    """What the rows of the ledger showed last, and what must not happen from then on."""

    rows: dict[str, Any] = field(default_factory=dict)
    stopped: set[str] = field(default_factory=set)
    paused: bool = False

    def look(self, connection: Connection) -> None:
        """Each change is one that the machine has, a message's status only rises, and nothing is claimed that must not be."""
        for row in connection.execute(_BY_ID):
            before, self.rows[row.id] = self.rows.get(row.id), row
            status = DeliveryStatus(row.status)
            if before is None:
                assert status in (DeliveryStatus.PENDING, DeliveryStatus.CANCELED), row
                continue
            was = DeliveryStatus(before.status)
            assert status is was or was.may_become(status), (before, row)
            if (was, status) != (DeliveryStatus.ACCEPTED, DeliveryStatus.UNCERTAIN):
                assert _rank(row) >= _rank(before), (before, row)
                assert before.message_sid in (None, row.message_sid), (before, row)
            if row.attempt_count > before.attempt_count:
                assert row.recipient not in self.stopped, row
                assert not self.paused, row


def _rank(row: Any) -> int:
    return -1 if row.message_status is None else MessageStatus(row.message_status).rank


async def emptied(store: Store) -> None:
    """Forget everything."""

    def empty(connection: Connection) -> None:
        for table in reversed(tables.metadata.sorted_tables):
            connection.execute(delete(table))

    await store.write(empty)


class Model:
    """Ask `open_model` for one. An operation is a method: it ends when nothing goes on but what waits for an answer."""

    def __init__(self, store: Store, path: Path) -> None:
        self.clock = ManualClock(NOW)
        self.seen = Seen()
        settings = Settings(data_dir=path, public_url="https://texts.example.com")
        self.company = Company(self.clock)
        self.world = World(Watched(store, self.seen.look), path, self.clock, settings, self.company)
        self.processes = [Process(self.world, self.company) for _ in range(2)]
        self._sent: set[tuple[str, str]] = set()
        self._wanted: set[str] = set()
        self._failed: set[str] = set()
        self._requests = 0
        self._fates = ["lost", "lost"]

    # -- what comes in ------------------------------------------------------------------------------------------------

    async def event(self, number: int, source: str) -> None:
        """An order; the same number is the same event."""
        who = ("ann", "bob", "ann", "bob", "cy")[number % 5]
        await self._put(source, factories.track(userId=who, messageId=f"m-{number}"))

    async def order(
        self, number: int, source: str, process: int, *, at_hand: bool, writes: int, event: Happens | None
    ) -> None:
        """An order that is worked on at once; before one of the writes of its turn something else may happen."""
        await self.event(number, source)
        await self.match(process)
        if not self.processes[process].store.dead.is_set():
            if event is not None:
                self.processes[process].store.arm(writes, event)
            await self.turn(process, at_hand=at_hand)

    async def identify(self, who: str, *, opt_in: bool) -> None:
        traits = {"phone": PHONES[who], "sms_opt_in": opt_in}
        await self._put(SOURCES[0], factories.identify(userId=who, messageId=self._unique(), traits=traits))

    async def leave(self, who: str) -> None:
        """What cancels what they were to get."""
        await self._put(SOURCES[0], factories.track(userId=who, event="Left", messageId=self._unique()))

    def _unique(self) -> str:
        return f"once-{self._requests}"

    async def _put(self, source: str, call: dict[str, Any]) -> None:
        """As ingestion leaves it."""
        now = self.clock.now()
        self._requests += 1
        request = QueuedRequest(ids.new("req", now), source, now, [call])
        job = NewJob(JobKind.MATCH, encode(request), source)
        await self.world.store.write(lambda c: jobs.enqueue(c, [job], now))
        self._sent.add((source, call["messageId"]))

    # -- what processes do --------------------------------------------------------------------------------------------

    async def match(self, process: int) -> None:
        one = self.processes[process]
        await one.until_quiet(one.match())

    async def turn(self, process: int, *, at_hand: bool) -> None:
        one = self.processes[process]
        await one.until_quiet(one.turn(at_hand=at_hand))

    async def follow(self, process: int) -> None:
        self.company.tell()
        one = self.processes[process]
        await one.until_quiet(one.follow())

    async def kill(self, process: int, fate: str, lag: float) -> None:
        """End that process; what becomes of its requests is their fate."""
        one = self.processes[process]
        await one.kill()
        await self.world.store.write(lambda _c: None)  # behind what it wrote last
        for request in [request for request in self.company.open if request.process is one]:
            self.company.answer_to(request, fate, lag)
        self.processes[process] = Process(self.world, self.company)

    async def restart(self, fate: str, lag: float) -> None:
        """End all processes, and start as a gateway that is one process."""
        for process in range(len(self.processes)):
            await self.kill(process, fate, lag)
        await self.world.store.write(leases.recover)

    async def roll_up(self) -> None:
        """Add up what was counted."""
        await rollup.roll_up(self.world.store, self.clock.now())

    async def arm(self, process: int, writes: int, event: str | Happens, fate: str) -> None:
        """That happens to a process after so many more writes; if it dies of it, that is the fate of its requests."""
        self.processes[process].store.arm(writes, event)
        self._fates[process] = fate

    async def bury(self) -> None:
        """Replace what died in the last operation."""
        for process, one in enumerate(self.processes):
            if one.store.dead.is_set():
                await self.kill(process, self._fates[process], 0.0)

    # -- what the provider does ---------------------------------------------------------------------------------------

    async def answer(self, which: int, how: str, lag: float) -> None:
        """Answer one of the open requests."""
        if self.company.open:
            await self._answer(self.company.open[which % len(self.company.open)], how, lag)

    async def _answer(self, request: Request, how: str, lag: float) -> None:
        self.company.answer_to(request, how, lag)
        (process,) = [one for one in self.processes if one is request.process]
        await process.until_quiet()

    async def lists(self, status: int) -> None:
        """From now on the list answers with that; 0: not at all."""
        self.company.unreachable, self.company.list_status = status == 0, status

    async def call_back(
        self, which: int, status: MessageStatus, *, named: bool, resend: Resend | None
    ) -> None:
        """Report a status of one of the messages, however old it is; `named`: by our own address. A failure may ask for a child."""
        if not self.company.held:
            return
        message = self.company.held[which % len(self.company.held)]
        message.status = max(message.status, status, key=lambda one: one.rank)
        delivery_id = message.delivery_id if named else None
        failed = status is MessageStatus.UNDELIVERED
        again, code = (resend, "30003") if failed else (None, None)
        if again is not None:
            self._failed.add(message.delivery_id)
        await self._signal(StatusChanged(message.sid, status, delivery_id, code, resend=again))

    async def _signal(self, signal: Signal) -> None:
        destination = (await self.world.services.workspace.current()).destinations[DESTINATION]
        now = self.clock.now()
        await self.world.store.write(
            lambda c: signals.apply(c, self.world.secrets, destination, [signal], now)
        )

    # -- what people do -----------------------------------------------------------------------------------------------

    async def stop(self, who: str) -> None:
        await self._signal(
            ConsentChanged(PHONES[who], Channel.SMS, ConsentStatus.UNSUBSCRIBED, stop=True, evidence="STOP")
        )
        self.seen.stopped.add(PHONES[who])

    async def start(self, who: str) -> None:
        self.seen.stopped.discard(PHONES[who])
        await self._signal(
            ConsentChanged(PHONES[who], Channel.SMS, ConsentStatus.SUBSCRIBED, stop=False, evidence="START")
        )

    async def pause(self) -> None:
        begun = Pause(self.clock.now(), "ops", None)
        await self.world.store.write(lambda c: pauses.pause(c, DESTINATION, begun))
        self.world.services.workspace.invalidate()
        self.seen.paused = True

    async def resume(self) -> None:
        self.seen.paused = False
        await self.world.store.write(lambda c: pauses.resume(c, DESTINATION))
        self.world.services.workspace.invalidate()

    async def verify(self) -> None:
        await verify(self.world.services, DESTINATION)

    async def cancel(self, which: int) -> None:
        one, now = self._one_of(which), self.clock.now()
        if one is not None:
            await self.world.store.write(lambda c: cancel(c, one, "ops", now))

    async def replay(self, which: int, key: str, *, include_accepted: bool) -> None:
        """Of what was accepted a replay is another text, which somebody wants."""
        snapshot = await self.world.services.workspace.current()
        one, now = self._one_of(which), self.clock.now()
        if one is not None:
            asked = replays.Asked(f"{key} all" if include_accepted else key, include_accepted)
            made = await self.world.store.write(lambda c: replays.replay(c, snapshot, [one], asked, now))
            if include_accepted:
                self._wanted.update(new for new in made.results if isinstance(new, str))

    def _one_of(self, which: int) -> str | None:
        made = list(self.seen.rows)
        return made[which % len(made)] if made else None

    async def run(self, process: int, seconds: float, fate: str) -> None:
        """For so long that process works on what is due."""
        until = self.clock.now() + timedelta(seconds=seconds)
        for _turn in range(20):
            due = await self._due(JobKind.DELIVER)
            if due is None or due > until:
                break
            await self.pass_time(max(0.0, (due - self.clock.now()).total_seconds()), fate)
            await self.turn(process, at_hand=True)
            await self.bury()
            self.check()
        await self.pass_time(max(0.0, (until - self.clock.now()).total_seconds()), fate)

    async def pass_time(self, seconds: float, fate: str) -> None:
        """Until then; requests are given up at their time limit, and processes learn what was configured."""
        until = self.clock.now() + timedelta(seconds=seconds)
        while self.company.open:
            first = min(self.company.open, key=lambda one: one.at)
            limit = first.at + timedelta(seconds=TIME_LIMIT)
            if limit > until:
                break
            self._move_to(limit)
            await self._answer(first, fate, 25.0)
            await self.bury()
        self._move_to(until)
        for process in self.processes:
            await process.services.workspace.look()

    def _move_to(self, moment: datetime) -> None:
        self.clock.advance(max(0.0, (moment - self.clock.now()).total_seconds()))

    # -- how it stands ------------------------------------------------------------------------------------------------

    def check(self) -> None:
        """No text was sent twice: not for one Delivery, nor for one event, but where somebody wanted that, or the first failed."""
        held, rows = self.company.held, self.seen.rows
        assert len({one.delivery_id for one in held}) == len(held), held
        children = {one.id: one.fallback_of for one in rows.values() if one.fallback_of is not None}
        assert len(set(children.values())) == len(children), children
        assert set(children.values()) <= self._failed, children
        firsts = [one for one in held if one.delivery_id not in self._wanted | children.keys()]
        assert len({one.body for one in firsts}) == len(firsts), held

    async def counted(self) -> None:
        """What was counted along the way is what the ledger comes to."""
        kept = await self.world.store.read(counting.of_stats)
        assert kept == await self.world.store.read(counting.of_ledger)

    async def end(self) -> None:
        """Nothing fails any more: let time go on until nothing is due for hours."""
        for process in self.processes:
            process.store.arm(0, None)
        await self.lists(200)
        await self.resume()
        await self.verify()
        end = self.clock.now() + WITHIN
        while True:
            await self.pass_time(0, "lost")
            await self.match(0)
            await self.turn(0, at_hand=True)
            while self.company.open:
                await self.answer(0, "created", 0)
            self.check()
            due = [at for kind in (JobKind.MATCH, JobKind.DELIVER) if (at := await self._due(kind))]
            if await self._due(JobKind.PACED):  # a turn comes within a second, by the pacer's own clock
                due.append(self.world.clock.now() + timedelta(seconds=1))
            if not due or min(due) > end:
                return
            self._move_to(min(due))

    async def _due(self, kind: JobKind) -> datetime | None:
        return await self.world.store.read(lambda c: jobs.next_due(c, kind))

    async def explained(self) -> None:
        """Everything that came has ended, and shows why."""
        there = await self.world.deliveries()
        by_delivery = {one.delivery_id: one for one in self.company.held}
        for one in there:
            message = by_delivery.get(one.id)
            assert one.status.final, one
            if one.status is DeliveryStatus.ACCEPTED:
                assert message is not None, one
                assert one.message_sid == message.sid, (one, message)
            else:
                # Of what is EXPIRED since the list could not be read for hours nobody knows, and it says so.
                assert message is None or one.may_have_been_sent, (one, message)
                assert one.reason or (one.error_message and one.remedy), one
        assert await self.world.store.read(_kinds_of_jobs) <= {JobKind.FOLLOW.value}
        assert await self.world.store.read(_events) == self._sent

    async def close(self) -> None:
        for one in self.processes:
            await one.kill()
        await self.world.services.reader.close()


def _kinds_of_jobs(connection: Connection) -> set[str]:
    both = (tables.jobs.c.kind, tables.buried_jobs.c.kind)
    return {kind for column in both for kind in connection.scalars(select(column))}


def _events(connection: Connection) -> set[tuple[str, str]]:
    rows = connection.execute(select(tables.events.c.source_id, tables.events.c.message_id))
    return {(row.source_id, row.message_id) for row in rows}


async def open_model(store: Store, path: Path, policy: Policy) -> Model:
    """Over an empty ledger, with two sources of one destination of that policy, and two people who said yes."""
    await emptied(store)
    model = Model(store, path)
    await model.world.configure(
        factories.source(),
        factories.source(id=SOURCES[1], name="till", write_key_hash=ids.digest("wk_of_the_till")),
        factories.destination(policy=policy),
        factories.mapping(
            cancel_trigger='event = "Left"',
            fields={"body": {"@path": "$.messageId"}, "send": True},
        ),
    )
    for who in ("ann", "bob"):
        await model.identify(who, opt_in=True)
    await model.match(0)
    return model
