"""The released clients watch a gateway that runs: by server-sent events and by WebSocket."""

import json
import queue
import subprocess
import threading
import time
from typing import Any

import pytest

from tests import factories
from tests.integration import on_node
from tests.integration.system import System, until

QUERY = "subscription { deliveryTail { sequence droppedBefore delivery { id status recipient event { messageId } } } }"
PATIENCE = 60.0

every_client = pytest.mark.parametrize("script", ["watch_sse.js", "watch_ws.js"])


class Lines:
    """What a script prints, line by line, as it comes."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._lines: queue.Queue[Any] = queue.Queue()
        self._process = process
        self._seen: list[str] = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self._process.stdout or ():
            self._lines.put(line)

    def next(self) -> Any:
        try:
            line = self._lines.get(timeout=PATIENCE)
            self._seen.append(line)
            return json.loads(line)
        except (queue.Empty, ValueError):
            pytest.fail("".join(self._seen))

    def until_status(self, status: str) -> dict[str, Any]:
        """The next item whose delivery has that status."""
        while True:
            line = self.next()
            item = line.get("data", {}).get("deliveryTail")
            if item is not None and item["delivery"]["status"] == status:
                return dict(item)


def text(system: System, number: int) -> str:
    """Have somebody new be texted; the messageId of the event."""
    user, message_id = f"user-{number}", f"message-{number}"
    traits = {"first_name": "Ada", "phone": f"+1555867{5000 + number}", "sms_opt_in": True}
    system.post("/v1/identify", {"userId": user, "traits": traits}).raise_for_status()
    entered = {"userId": user, "event": "Audience Entered", "messageId": message_id}
    system.post("/v1/track", factories.track(**entered)).raise_for_status()
    return message_id


@every_client
def test_a_released_client_sees_a_text_go_out_and_comes_back_after_a_restart(
    system: System, script: str
) -> None:
    system.seed()
    with on_node.started(script, f"{system.url}/graphql", system.token, QUERY) as client:
        lines = Lines(client)
        assert lines.next() == {"connected": False}
        first = text(system, 1)
        item = lines.until_status("ACCEPTED")
        assert item["delivery"]["event"] == {"messageId": first}
        assert item["delivery"]["recipient"] == "+15558675001"
        assert item["droppedBefore"] == 0
        until(lambda: system.deliveries()[0]["messageStatus"] == "DELIVERED", what="all that is said of it")

        begun = time.monotonic()
        assert system.stop("serve") == 0
        assert time.monotonic() - begun < 18  # what follows it holds nothing up until uvicorn lets go of it
        system.start_gateway()
        while "connected" not in (line := lines.next()):
            assert "complete" not in line, line
        until(system.settled, 30, "everything worked off")
        second = text(system, 2)
        item = lines.until_status("ACCEPTED")
        assert item["delivery"]["event"] == {"messageId": second}


@every_client
def test_a_released_client_is_told_why_it_can_not_watch(served: System, script: str) -> None:
    wrong = 'subscription { deliveryTail(filter: {recipient: "nobody"}) { sequence } }'
    with on_node.started(script, f"{served.url}/graphql", served.token, wrong) as client:
        lines = Lines(client)
        assert lines.next() == {"connected": False}
        told = lines.next()

    if script == "watch_ws.js":
        assert told == {"failed": "BAD_USER_INPUT"}
    else:
        assert told["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


def test_a_released_client_with_a_wrong_token_is_refused(served: System) -> None:
    with on_node.started("watch_ws.js", f"{served.url}/graphql", "hgt_wrong", QUERY) as client:
        assert Lines(client).next() == {"closed": 4403}
