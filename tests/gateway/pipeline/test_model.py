"""Any order of steps, callbacks, looks and kills ends explained: nothing is sent twice, nothing is lost, what was not sent says why,
and all of it is counted as it is.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import HealthCheck, given, settings, strategies as st

from destinations.kit import MessageStatus, Policy, Resend, UncertainPolicy
from gateway.storage.engine import Store
from gateway.storage.sqlite import SqliteStore
from tests.gateway.company import ANSWERS, LOST
from tests.gateway.model import PHONES, SOURCES, Model, open_model


class Operation(NamedTuple):
    """What happens next: a method of the Model, and what it is given."""

    name: str
    given: dict[str, Any]

    async def on(self, model: Model) -> None:
        given = {
            name: partial(one.on, model) if isinstance(one, Operation) else one
            for name, one in self.given.items()
        }
        await getattr(model, self.name)(**given)


def op(name: str, **given: st.SearchStrategy[Any]) -> st.SearchStrategy[Operation]:
    return st.builds(Operation, st.just(name), st.fixed_dictionaries(given))


WHO = st.sampled_from(sorted(PHONES))
PROCESS = st.integers(0, 1)
NUMBER, ONE = st.integers(0, 8), st.integers(0, 5)
LAG = st.sampled_from([0.0, 25.0])
FATE = st.sampled_from(LOST)
STATUS = st.sampled_from(
    [
        MessageStatus.QUEUED,
        MessageStatus.SENT,
        MessageStatus.UNDELIVERED,
        MessageStatus.DELIVERED,
        MessageStatus.READ,
    ]
)
EVENT = op("event", number=NUMBER, source=st.sampled_from(SOURCES))
RESEND = st.sampled_from([None, Resend.NEVER_SENT, Resend.MAY_HAVE_ARRIVED])
CALL_BACK = op("call_back", which=ONE, status=STATUS, named=st.booleans(), resend=RESEND)
REPLAY = op("replay", which=ONE, key=st.sampled_from("ab"), include_accepted=st.booleans())
MEANWHILE = [
    op("stop", who=WHO),
    op("pause"),
    CALL_BACK,
    op("cancel", which=ONE),
    op("leave", who=WHO),
    op("start", who=WHO),
    op("start", who=WHO),
    op("resume"),
    op("resume"),
    EVENT,
    REPLAY,
    op("identify", who=WHO, opt_in=st.sampled_from([True, True, True, False])),
    op("lists", status=st.sampled_from([200, 200, 500, 0])),
]
"""What needs no process, and so may happen between two writes of one."""

DIES = st.sampled_from(["dies before", "dies after"])
ORDER = op(
    "order",
    number=NUMBER,
    source=st.sampled_from(SOURCES),
    process=PROCESS,
    at_hand=st.booleans(),
    writes=st.integers(0, 1),
    event=st.one_of(st.none(), st.none(), *MEANWHILE),
)
ANSWER = op("answer", which=ONE, how=st.sampled_from(sorted(ANSWERS)), lag=LAG)
RUN = op("run", process=PROCESS, seconds=st.sampled_from([1.0, 20.0, 70.0, 130.0, 3_000.0]), fate=FATE)
SELDOM = st.one_of(
    op("arm", process=PROCESS, writes=st.integers(0, 4), event=st.one_of(DIES, *MEANWHILE), fate=FATE),
    op("arm", process=PROCESS, writes=st.integers(0, 4), event=DIES, fate=FATE),
    op("match", process=PROCESS),
    op("turn", process=PROCESS, at_hand=st.booleans()),
    op("pass_time", seconds=st.sampled_from([1.0, 6.0, 20.0, 130.0]), fate=FATE),
    op("follow", process=PROCESS),
    op("kill", process=PROCESS, fate=FATE, lag=LAG),
    op("restart", fate=FATE, lag=LAG),
    op("roll_up"),
    op("verify"),
    op("verify"),
    REPLAY,
    *MEANWHILE,
)
OFTEN = [ORDER, ORDER, ANSWER, ANSWER, RUN, RUN, CALL_BACK, REPLAY, SELDOM, SELDOM, SELDOM]
ANY = {
    "happens": st.lists(st.sampled_from(OFTEN).flatmap(lambda one: one), min_size=15, max_size=50),
    "uncertain": st.sampled_from(UncertainPolicy),
}
CHECKS = (HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large)


async def play(store: Store, path: Path, happens: Sequence[Operation], uncertain: UncertainPolicy) -> None:
    model = await open_model(store, path, Policy(uncertain=uncertain))
    try:
        for one in happens:
            await one.on(model)
            await model.bury()
            model.check()
        await model.counted()
        await model.end()
        await model.explained()
        await model.counted()
    finally:
        await model.close()


@settings(max_examples=50, suppress_health_check=CHECKS)
@given(**ANY)
async def test_whatever_happens_in_whatever_order_ends_explained(
    sqlite_store: SqliteStore, tmp_path: Path, happens: list[Operation], uncertain: UncertainPolicy
) -> None:
    await play(sqlite_store, tmp_path, happens, uncertain)


@settings(max_examples=5, suppress_health_check=CHECKS)
@given(**ANY)
async def test_and_on_postgresql(
    postgresql_store: Store, tmp_path: Path, happens: list[Operation], uncertain: UncertainPolicy
) -> None:
    await play(postgresql_store, tmp_path, happens, uncertain)
