"""What an operator does with a running gateway, through its API alone: a task each, from beginning to end."""

import json
from collections.abc import Iterator
from typing import Any

import httpx

from tests.gateway.graphql.pasted import operations
from tests.integration.system import TRUST, System, until

MASKED = "+1••••01"


def person(number: int) -> dict[str, Any]:
    """Who agreed to texts."""
    return {"userId": f"u{number}", "traits": {"phone": f"+1202555{number:04}", "sms_opt_in": True}}


def know(system: System, *numbers: int) -> None:
    for number in numbers:
        assert system.post("/v1/identify", person(number)).status_code == 200


def buy(system: System, number: int, message: str) -> None:
    """An event that leads to a text."""
    event = {"userId": f"u{number}", "event": "Audience Entered", "messageId": message}
    assert system.post("/v1/track", event).status_code == 200


def asked(system: System, token: str, query: str, **variables: Any) -> httpx.Response:
    """The answer to whoever has that token."""
    return httpx.post(
        f"{system.url}/graphql",
        json={"query": query, "variables": variables},
        headers={"Authorization": f"Bearer {token}"},
        timeout=20,
        verify=TRUST,
    )


def codes(answer: httpx.Response) -> list[str]:
    return [one["extensions"]["code"] for one in answer.json().get("errors", ())]


def test_stop_everything_and_go_on(system: System) -> None:
    system.seed()
    know(system, 101, 102)
    buy(system, 101, "before")
    until(lambda: len(system.texts()) == 1, what="the first text")

    stopped = system.change("sendingPause", "SendingPauseInput", "paused waiting", {"note": "Wrong price."})
    for number in (101, 102):
        buy(system, number, f"while-{number}")
    waiting = until(
        lambda: [one for one in system.deliveries() if one["reason"] == "PAUSED"][1:] and system.deliveries(),
        what="both waiting",
    )
    why = system.ask(
        "query($id: ID!) { delivery(id: $id) { remedy explanation { gate passed detail } } }",
        id=waiting[0]["id"],
    )["delivery"]
    preview = system.ask("{ resumePreview { waiting expiring } sendingPaused }")
    [remedy] = operations(why["remedy"])

    assert stopped["paused"] is True
    assert len(system.texts()) == 1
    [stopping] = [one for one in why["explanation"] if not one["passed"]]
    assert (stopping["gate"], "Wrong price." in stopping["detail"]) == ("ready", True)
    assert preview == {"resumePreview": {"waiting": 2, "expiring": 0}, "sendingPaused": True}

    assert system.ask(remedy)["sendingResume"]["errors"] == []

    until(lambda: len(system.texts()) == 3, what="what waited sent")
    until(lambda: [one["status"] for one in system.deliveries()] == ["ACCEPTED"] * 3, what="all accepted")
    log = system.ask("{ auditEntries(first: 2) { edges { node { action changes { field after } } } } }")
    assert [edge["node"]["action"] for edge in log["auditEntries"]["edges"]] == [
        "sendingResume",
        "sendingPause",
    ]
    assert system.ask("{ sendingPaused }") == {"sendingPaused": False}


def test_give_a_colleague_read_only_access_and_take_it_back(system: System) -> None:
    system.seed()
    know(system, 101)
    buy(system, 101, "m1")
    until(lambda: [one["status"] for one in system.deliveries()] == ["ACCEPTED"], what="the text")

    made = system.change(
        "apiTokenCreate",
        "ApiTokenCreateInput",
        "apiToken { id role lastFour lastUsedAt } token",
        {"name": "A colleague, read-only", "role": "VIEWER"},
    )
    token, token_id = made["token"], made["apiToken"]["id"]
    look = "{ viewer { name role } deliveries { edges { node { status recipient } } } }"
    pause = "mutation { sendingPause(input: {}) { paused } }"
    seen, refused = asked(system, token, look), asked(system, token, pause)
    probed = asked(system, token, '{ contact(phone: "+12025550101") { id } }')

    assert made["apiToken"] == {
        "id": token_id,
        "role": "VIEWER",
        "lastFour": token[-4:],
        "lastUsedAt": None,
    }
    assert seen.json()["data"] == {
        "viewer": {"name": "A colleague, read-only", "role": "VIEWER"},
        "deliveries": {"edges": [{"node": {"status": "ACCEPTED", "recipient": MASKED}}]},
    }
    assert (codes(refused), codes(probed)) == (["FORBIDDEN"], ["FORBIDDEN"])
    assert system.ask("{ sendingPaused }") == {"sendingPaused": False}
    used = "{ apiTokens { edges { node { id name lastUsedAt } } } }"
    listed = until(
        lambda: [
            edge["node"] for edge in system.ask(used)["apiTokens"]["edges"] if edge["node"]["lastUsedAt"]
        ],
        what="its last use shown",
    )
    assert [one["id"] for one in listed] == [token_id]

    system.change("apiTokenRevoke", "IdInput", "deletedId", {"id": token_id})

    gone, unknown = asked(system, token, look), asked(system, "hgt_nobodys", look)
    assert (gone.status_code, codes(gone)) == (401, ["UNAUTHENTICATED"])
    assert gone.json()["errors"][0]["message"] == unknown.json()["errors"][0]["message"]
    assert token not in json.dumps(
        system.ask("{ auditEntries { edges { node { actor action changes { field before after } } } } }")
    )
    assert token not in system.log()


TAIL = """subscription($number: String!) {
  deliveryTail(filter: {recipient: $number}) { sequence droppedBefore delivery { status messageStatus event { messageId } } }
}"""


def items(lines: Iterator[str]) -> Iterator[Any]:
    """What a tail sends, by its data lines."""
    for line in lines:
        if line.startswith("data:") and line.removeprefix("data:").strip():
            yield json.loads(line.removeprefix("data:"))["data"]["deliveryTail"]


def test_follow_one_person_live(system: System) -> None:
    system.seed()
    know(system, 101, 102)
    until(system.settled, what="both known")

    request: dict[str, Any] = {
        "json": {"query": TAIL, "variables": {"number": "(202) 555-0101"}},
        "headers": {"Authorization": f"Bearer {system.token}", "Accept": "text/event-stream"},
    }
    with httpx.stream("POST", f"{system.url}/graphql", timeout=20, **request) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        following = items(answer.iter_lines())
        buy(system, 102, "of-another")
        buy(system, 101, "hers")
        seen = []
        for item in following:
            seen.append(item)
            if item["delivery"]["messageStatus"] == "DELIVERED":
                break

    assert {one["delivery"]["event"]["messageId"] for one in seen} == {"hers"}
    assert seen[-1]["delivery"]["status"] == "ACCEPTED"
    assert [one["droppedBefore"] for one in seen] == [0] * len(seen)
    assert len({one["sequence"] for one in seen}) == len(seen)
