"""Everything the stand-in knows, handed to each resource; without globals, several can live side by side."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from starlette.requests import Request

from destinations.twilio_engage.simulator.accounts import Accounts, Caller, identify
from destinations.twilio_engage.simulator.callbacks import Callbacks
from destinations.twilio_engage.simulator.conversations import Conversations
from destinations.twilio_engage.simulator.errors import TwilioError
from destinations.twilio_engage.simulator.faults import Faults
from destinations.twilio_engage.simulator.judge import Judge
from destinations.twilio_engage.simulator.message import Message, resource
from destinations.twilio_engage.simulator.progress import Progress
from destinations.twilio_engage.simulator.store import Store
from destinations.twilio_engage.simulator.stumbles import Stumbles


@dataclass(slots=True)
class World:
    """`list_lag`: seconds until a new message shows in the list. `list_unsent_by_date`: whether a message
    that was not sent yet matches a DateSent filter (by its creation). `price_lag`: seconds from the last status of a message
    until its price is known; 0: it is with the status `sent`. Twilio states none of them. `inbound_url`: where people's
    messages go whose receiver has no webhook of its own.
    """

    accounts: Accounts
    conversations: Conversations
    judge: Judge
    store: Store
    faults: Faults
    callbacks: Callbacks
    progress: Progress
    now: Callable[[], datetime]
    sleep: Callable[[float], Awaitable[None]]
    new_id: Callable[[], str]
    list_lag: float
    list_unsent_by_date: bool
    price_lag: float = 0.0
    inbound_url: str | None = None
    stumbles: Stumbles = field(default_factory=Stumbles)

    def show(self, message: Message) -> dict[str, Any]:
        """The message resource, as it is now."""
        return resource(message, priced=message.is_priced(self.now(), self.price_lag))

    def known_caller(self, request: Request) -> Caller:
        """Who makes this request; raises TwilioError 20003 unless it may act for the account in the path."""
        caller = identify(self.accounts, request.headers.get("authorization"))
        if caller.account.sid != request.path_params.get("account_sid", caller.account.sid):
            raise TwilioError(20003)
        return caller

    def caller(self, request: Request) -> Caller:
        """The same where the account can be used; raises TwilioError 20003 for one that is suspended or closed."""
        caller = self.known_caller(request)
        if caller.account.status != "active":
            raise TwilioError(20003)
        return caller

    def live_caller(self, request: Request) -> Caller:
        """The same where test credentials may not go; raises TwilioError 20008 (403) for them."""
        caller = self.caller(request)
        if caller.account.test:
            raise TwilioError(20008)
        return caller

    def reset(self) -> None:
        """Forget messages, refusals, faults, windows and stops; what accounts hold is as configured again. The
        knobs stay.
        """
        self.progress.clear()
        self.accounts.reset()
        self.conversations.clear()
        self.store.clear()
        self.faults.clear()
