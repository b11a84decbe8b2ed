"""A client that does not behave, with a source of its own."""

from typing import Any

from tests.integration.raw import Reply, exchange, request
from tests.integration.system import System, until

GOOD = {"type": "track", "userId": "u", "event": "Good", "messageId": "good"}


class Abuser:
    """A source whose client does not behave."""

    def __init__(self, system: System, name: str) -> None:
        self.system = system
        self.port = system.port
        self.key, self.source_id = system.source(name)

    def post(self, body: bytes, **headers: Any) -> Reply | None:
        return exchange(self.port, request(self.key, body, **headers))

    def kept(self) -> list[str]:
        """The messageIds of what it sent and was taken as good."""
        until(self.system.settled, 60, "everything worked off")
        query = "SELECT message_id FROM events WHERE source_id = ? AND outcome <> 'INVALID' ORDER BY rowid"
        return [message_id for (message_id,) in self.system.ledger(query, self.source_id)]


def assert_refused(answer: Reply | None, status: int, code: str) -> None:
    assert answer is not None
    assert (answer.status, answer.body["success"], answer.body["code"]) == (status, False, code)
    assert answer.body["message"]
