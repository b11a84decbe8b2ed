"""What was received: messages and refusals, the newest of each, in memory."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from destinations.twilio_engage.simulator.errors import TwilioError
from destinations.twilio_engage.simulator.form import Form
from destinations.twilio_engage.simulator.message import Message

_MOST_REFUSALS = 1_000


@dataclass(frozen=True, slots=True)
class Refusal:
    """A create that was answered with an error and made no message."""

    received: Form
    error: TwilioError
    at: datetime
    version: int


class Store:
    """The newest `keep` messages and 1,000 refusals. A change gets a `version`, a reset an `epoch`."""

    def __init__(self, keep: int) -> None:
        self._keep = keep
        self._messages: dict[str, Message] = {}
        self._refusals: deque[Refusal] = deque(maxlen=_MOST_REFUSALS)
        self.version = 0
        self.epoch = 0

    def __iter__(self) -> Iterator[Message]:
        """Oldest first."""
        return iter(self._messages.values())

    def __len__(self) -> int:
        return len(self._messages)

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """Oldest first."""
        return tuple(self._refusals)

    def newest_first(self) -> list[Message]:
        return list(reversed(self._messages.values()))

    def add(self, message: Message) -> None:
        self._messages[message.sid] = message
        self.touch(message)
        while len(self._messages) > self._keep:
            del self._messages[next(iter(self._messages))]

    def touch(self, message: Message) -> None:
        """Note that `message` changed."""
        self.version += 1
        message.version = self.version

    def find(self, account_sid: str, sid: str) -> Message:
        """The message of that account; raises TwilioError 20404 when there is none, or it was deleted."""
        message = self._messages.get(sid)
        if message is None or message.deleted or message.draft.account.sid != account_sid:
            raise TwilioError(20404)
        return message

    def refuse(self, received: Form, error: TwilioError, at: datetime) -> None:
        self.version += 1
        self._refusals.append(Refusal(received, error, at, self.version))

    def clear(self) -> None:
        self._messages.clear()
        self._refusals.clear()
        self.version = 0
        self.epoch += 1
