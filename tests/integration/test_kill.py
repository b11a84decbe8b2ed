"""kill -9 at any moment: what was answered is not lost, and nobody is texted twice."""

import sqlite3
from collections import Counter

from tests.integration.system import System, until


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


def test_an_answered_event_survives_a_kill_right_after_the_200(system: System) -> None:
    system.seed()
    identify(system, 1)
    enter(system, 0)

    system.kill_gateway()
    system.start_gateway()

    until(lambda: [one["messageStatus"] for one in system.deliveries()] == ["DELIVERED"], what="the text")
    assert [dict(text["received"]["pairs"])["To"] for text in system.texts()] == ["+12025550000"]


def test_kills_under_load_lose_nothing_and_double_nothing(system: System) -> None:
    people = 60
    system.seed()
    identify(system, people)
    for third in range(3):
        for number in range(third * 20, third * 20 + 20):
            enter(system, number)
        system.kill_gateway()
        system.start_gateway()

    def settled() -> bool:
        found = system.deliveries()
        return len(found) == people and all(one["status"] == "ACCEPTED" for one in found)

    until(settled, 60, "every delivery accepted")
    texts = Counter(dict(text["received"]["pairs"])["To"] for text in system.texts())
    assert texts == {f"+1202555{number:04d}": 1 for number in range(people)}


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
    system.steer(action="delay", seconds=1.5)
    enter(system, 0)
    until(lambda: [one["status"] for one in system.deliveries()] == ["SENDING"], what="a request under way")

    code = system.stop("serve")

    assert code == 0
    with sqlite3.connect(system.folder / "data" / "heliograph.db") as ledger:
        assert ledger.execute("SELECT status, attempt_count FROM deliveries").fetchall() == [("ACCEPTED", 1)]
        assert ledger.execute("SELECT count(*) FROM jobs").fetchone() == (0,)
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
