"""kill -9 at any moment: what was answered is not lost, and nobody is texted twice."""

import sqlite3
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import httpx

from tests.integration.system import SENDER, System, until


def identify(system: System, people: int) -> None:
    batch = [
        {
            "type": "identify",
            "userId": f"user-{number}",
            "traits": {"phone": f"+1202555{number:04d}", "sms_opt_in": True, "first_name": f"N{number}"},
        }
        for number in range(people)
    ]
    assert system.post("/v1/batch", {"batch": batch}).json() == {"success": True}


def enter(system: System, number: int) -> None:
    event = {"userId": f"user-{number}", "event": "Audience Entered", "messageId": f"message-{number}"}
    answer = system.post("/v1/track", event)
    assert answer.status_code == 200


class Sender:
    """Sends one event for each of these people, and notes which messageIds were sent and which answered with a 200."""

    def __init__(self, system: System, people: Sequence[int], *, patient: bool, at_once: int) -> None:
        self.patient = patient
        self.sent: list[str] = []
        self.answered: list[str] = []
        self._system = system
        self._requests = [people[at : at + at_once] for at in range(0, len(people), at_once)]

    def run(self) -> None:
        for people in self._requests:
            codes = [f"message-{number}" for number in people]
            events: list[dict[str, object]] = [
                {
                    "type": "track",
                    "userId": f"user-{number}",
                    "event": "Audience Entered",
                    "messageId": code,
                    "properties": {"code": code},
                }
                for number, code in zip(people, codes, strict=True)
            ]
            self.sent += codes
            if until(partial(self._is_over, events), 30, "an end") == "answered":
                self.answered += codes

    def _is_over(self, events: list[dict[str, object]]) -> str | None:
        """How the request ended; None where it is to be sent again."""
        try:
            answer = self._system.post("/v1/batch", {"batch": events})
        except httpx.ConnectError:
            return None  # it never left
        except httpx.TransportError:
            return None if self.patient else "lost"
        assert answer.status_code == httpx.codes.OK, answer.text
        return "answered"


def test_an_answered_event_survives_a_kill_right_after_the_200(system: System) -> None:
    system.seed()
    identify(system, 1)
    enter(system, 0)

    system.kill_gateway()
    system.start_gateway()

    until(lambda: [one["messageStatus"] for one in system.deliveries()] == ["DELIVERED"], what="the text")
    assert [dict(text["received"]["pairs"])["To"] for text in system.texts()] == ["+12025550000"]


def test_three_kills_under_load_lose_nothing_and_double_nothing(system: System) -> None:
    fields = {"from": SENDER, "body": {"@path": "$.properties.code"}, "send": True}
    system.seed(mapping={"fields": fields})
    identify(system, 400)
    # Two of four do as SDKs do, and send again what was not answered; two never do once it left them.
    senders = [
        Sender(system, range(at, 400, 4), patient=at % 2 == 0, at_once=1 + at // 2 * 4) for at in range(4)
    ]

    with ThreadPoolExecutor(len(senders)) as threads:
        working = [threads.submit(sender.run) for sender in senders]
        for kill in (1, 2, 3):
            until(
                partial(lambda least: sum(len(one.answered) for one in senders) >= least, kill * 80),
                30,
                "enough answers",
            )
            assert not all(one.done() for one in working)
            system.kill_gateway()
            system.start_gateway()
        for one in working:
            one.result(60)
    until(system.settled, 60, "everything worked off")

    answered = {code for one in senders for code in one.answered}
    sent = {code for one in senders for code in one.sent}
    assert {code for one in senders if one.patient for code in one.sent} <= answered
    events = Counter(code for (code,) in system.ledger("SELECT message_id FROM events WHERE type = 'track'"))
    assert set(events.values()) == {1}
    assert answered <= set(events) <= sent
    assert system.ledger("SELECT DISTINCT status FROM deliveries") == [("ACCEPTED",)]
    texts = Counter(dict(text["received"]["pairs"])["Body"] for text in system.texts())
    assert texts == events


def test_a_lost_answer_is_looked_up_and_not_sent_again(system: System) -> None:
    system.seed()
    identify(system, 1)
    system.steer(action="drop")

    enter(system, 0)

    until(lambda: [one["status"] for one in system.deliveries()] == ["ACCEPTED"], 30, "the lost answer found")
    assert len(system.texts()) == 1
    assert system.deliveries()[0]["attemptCount"] == 1


def test_sigterm_finishes_what_is_under_way(system: System) -> None:
    system.seed()
    identify(system, 1)
    system.steer(action="delay", seconds=4)
    enter(system, 0)
    until(lambda: [one["status"] for one in system.deliveries()] == ["SENDING"], what="a request under way")

    code = system.stop("serve")

    assert code == 0
    with sqlite3.connect(system.folder / "data" / "heliograph.db") as ledger:
        assert ledger.execute("SELECT status, attempt_count FROM deliveries").fetchall() == [("ACCEPTED", 1)]
        assert ledger.execute("SELECT kind, leased_until FROM jobs").fetchall() == [("follow", None)]
    ledger.close()
    assert len(system.texts()) == 1


def test_the_same_message_id_texts_once(system: System) -> None:
    system.seed()
    identify(system, 1)

    for _ in range(5):
        enter(system, 0)
    event = {"userId": "user-0", "event": "Audience Entered", "messageId": "message-0"}
    system.post("/v1/batch", {"batch": [{"type": "track", **event}] * 5})
    enter(system, 0)

    until(lambda: [one["messageStatus"] for one in system.deliveries()] == ["DELIVERED"], what="the text")
    assert len(system.texts()) == 1
