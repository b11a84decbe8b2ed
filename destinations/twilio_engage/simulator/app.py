"""The stand-in put together: Twilio's API, the control paths and the page in one app."""

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import anyio
import httpx
from starlette.applications import Starlette
from starlette.routing import Mount

from destinations.twilio_engage.simulator import control, page
from destinations.twilio_engage.simulator.accounts import DEFAULT_ACCOUNTS, Account, Accounts
from destinations.twilio_engage.simulator.api import build_api
from destinations.twilio_engage.simulator.callbacks import Callbacks
from destinations.twilio_engage.simulator.conversations import Conversations
from destinations.twilio_engage.simulator.faults import Faults, read_fault
from destinations.twilio_engage.simulator.inbound import Inbound, take_in
from destinations.twilio_engage.simulator.judge import Judge
from destinations.twilio_engage.simulator.message import Message
from destinations.twilio_engage.simulator.progress import Progress
from destinations.twilio_engage.simulator.reviews import Verdict, change_approval
from destinations.twilio_engage.simulator.store import Refusal, Store
from destinations.twilio_engage.simulator.templates import Template
from destinations.twilio_engage.simulator.world import World


class Simulator:
    """An in-memory Twilio. `app` is the ASGI app that answers for every Twilio host.

    `step` is the pace of a message, in seconds between statuses; None: only `advance` moves them. They move
    by themselves while the app's lifespan is entered. `list_lag` is in seconds. `keep` bounds the messages in
    memory. `transport` carries the callbacks; without it they go over the network, to loopback only unless
    `allow_remote_callbacks`, then by https elsewhere too. `now`, `sleep` and `new_id` (32 hex digits) can be
    replaced by a test's own.
    """

    app: Starlette

    def __init__(
        self,
        accounts: Sequence[Account] = DEFAULT_ACCOUNTS,
        *,
        step: float | None = 0.3,
        list_lag: float = 0.0,
        list_unsent_by_date: bool = False,
        keep: int = 10_000,
        allow_remote_callbacks: bool = False,
        transport: httpx.AsyncBaseTransport | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
        new_id: Callable[[], str] = lambda: uuid.uuid4().hex,
    ) -> None:
        store = Store(keep)
        known, conversations = Accounts(accounts), Conversations()
        judge = Judge(known, conversations, now)
        callbacks = Callbacks(
            allow_remote=allow_remote_callbacks, transport=transport, new_id=new_id, sleep=sleep
        )
        self._world = World(
            accounts=known,
            conversations=conversations,
            judge=judge,
            store=store,
            faults=Faults(),
            callbacks=callbacks,
            progress=Progress(store, callbacks, judge, step=step, now=now, sleep=sleep),
            now=now,
            sleep=sleep,
            new_id=new_id,
            list_lag=list_lag,
            list_unsent_by_date=list_unsent_by_date,
        )
        self.app = Starlette(
            routes=[*page.routes(), *control.routes(self._world), Mount("/", build_api(self._world))],
            lifespan=self._lifespan,
        )

    @property
    def messages(self) -> list[Message]:
        """What was created, oldest first."""
        return [message for message in self._world.store if not message.inbound]

    @property
    def inbound(self) -> list[Message]:
        """What people wrote, oldest first."""
        return [message for message in self._world.store if message.inbound]

    @property
    def refusals(self) -> list[Refusal]:
        """The creates that were answered with an error and made nothing, oldest first."""
        return list(self._world.store.refusals)

    def steer(self, fault: Mapping[str, Any]) -> None:
        """Let the next creates fail as `fault` says, in the words of /_simulator/next.

        Raises pydantic.ValidationError with every complaint.
        """
        self._world.faults.add(read_fault(dict(fault)))

    async def hear(self, message: Mapping[str, Any]) -> Message:
        """Let a person write, in the words of /_simulator/inbound, and call the webhook.

        Raises pydantic.ValidationError with every complaint, CommandError for a `to` that is nobody's.
        """
        return await take_in(self._world, Inbound.model_validate(dict(message)))

    def review(self, verdict: Mapping[str, Any]) -> Template:
        """Change how WhatsApp judged a template, in the words of /_simulator/approval.

        Raises pydantic.ValidationError with every complaint, CommandError for a template that is nobody's.
        """
        return change_approval(self._world, Verdict.model_validate(dict(verdict)))

    def change(self, account: Account) -> None:
        """Put `account` in the place of the one with its SID: what is created from then on is created by it."""
        self._world.accounts.change(account)

    async def advance(self) -> int:
        """Move every message by one status and deliver its callback, oldest first; returns how many moved."""
        return await self._world.progress.advance()

    def reset(self) -> None:
        """Forget what came in and was asked for; templates, services and senders are as configured again."""
        self._world.reset()

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        async with self._world.progress.run():
            yield


def create_app() -> Starlette:
    """A stand-in with the accounts and the pace that are the defaults, for `uvicorn --factory`."""
    return Simulator().app
