"""`identify` followed by `track` always finds the number, however many come at once."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from tests.integration.system import System, until

PAIRS = 10_000
CONNECTIONS = 8
AT_ONCE = 125
"""People of one request."""


def phone(number: int) -> str:
    return f"+1202{2_000_000 + number}"


def identify(number: int) -> dict[str, Any]:
    """Somebody new, with a number and no opt-in: that a text is refused for want of one shows that the number was found."""
    return {"type": "identify", "userId": f"user-{number}", "traits": {"phone": phone(number)}}


def track(number: int) -> dict[str, Any]:
    return {"type": "track", "userId": f"user-{number}", "event": "Audience Entered"}


def requests_of(people: range, *, together: bool) -> list[list[dict[str, Any]]]:
    """Pair by pair in one request; or all who they are in one, and all they did in the next."""
    if together:
        return [[event for number in people for event in (identify(number), track(number))]]
    return [[identify(number) for number in people], [track(number) for number in people]]


def test_of_10_000_identify_and_track_pairs_sent_at_once_every_track_finds_its_number(system: System) -> None:
    system.seed()
    groups = [range(at, at + AT_ONCE) for at in range(0, PAIRS, AT_ONCE)]
    start = threading.Barrier(CONNECTIONS)

    def send(mine: list[range]) -> Counter[int]:
        answers: Counter[int] = Counter()
        with httpx.Client(base_url=system.url, auth=(system.write_key, ""), timeout=30) as connection:
            start.wait()
            for place, people in enumerate(mine):
                for events in requests_of(people, together=place % 2 == 0):
                    answers[connection.post("/v1/batch", json={"batch": events}).status_code] += 1
        return answers

    with ThreadPoolExecutor(CONNECTIONS) as threads:
        answers = list(threads.map(send, [groups[at::CONNECTIONS] for at in range(CONNECTIONS)]))
    until(system.settled, 300, "everything worked off")

    assert set().union(*answers) == {200}
    assert system.ledger("SELECT status, reason, count(*) FROM deliveries GROUP BY 1, 2") == [
        ("SUPPRESSED", "NOT_SUBSCRIBED", PAIRS)
    ]
    late = "SELECT count(*) FROM deliveries WHERE person_id IS NULL OR held_at IS NOT NULL"
    assert system.ledger(late) == [(0,)]  # none was matched before its identify and found the number later
    found = system.ledger("SELECT user_id, recipient FROM deliveries JOIN events ON events.id = event_id")
    assert dict(found) == {f"user-{number}": phone(number) for number in range(PAIRS)}
    assert system.texts() == []
