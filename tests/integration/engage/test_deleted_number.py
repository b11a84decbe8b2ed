"""A number that is deleted at the provider while 200 texts wait, by processes of their own and the real clock."""

import time

import httpx

from destinations.twilio_engage import simulator
from destinations.twilio_engage.simulator.addresses import Address
from destinations.twilio_engage.simulator.owned import sid_of
from tests import factories
from tests.integration.system import SENDER, SETTINGS, TRUST, System, until

WAITING = 200
MOST_SECONDS = 60.0
MOST_UNDER_WAY = 20
OTHER = simulator.OTHER_SENDER


def stands(system: System) -> list[tuple[str, str | None, int]]:
    query = "SELECT status, reason, count(*) FROM deliveries GROUP BY status, reason"
    return [(str(status), reason, int(count)) for status, reason, count in system.ledger(query)]


def is_removed(system: System) -> bool:
    return system.ledger("SELECT removed_at IS NOT NULL FROM senders WHERE address = ?", SENDER) == [(1,)]


def queue(system: System) -> None:
    """That many people enter the audience while nothing is sent."""
    calls: list[dict[str, object]] = []
    for n in range(WAITING):
        traits = {"phone": f"+1202555{1000 + n}", "sms_opt_in": True}
        calls.append({"type": "identify", "userId": f"u{n}", "traits": traits})
        calls.append({"type": "track", "userId": f"u{n}", "event": "Audience Entered", "messageId": f"m{n}"})
    assert system.post("/v1/batch", {"batch": calls}).status_code == 200


def give_up_the_number(system: System) -> None:
    account = next(one for one in simulator.DEFAULT_ACCOUNTS if one.sid == SETTINGS["accountSid"])
    sid = sid_of(account, Address.read(SENDER))
    url = f"{system.simulator_url}/2010-04-01/Accounts/{account.sid}/IncomingPhoneNumbers/{sid}.json"
    done = httpx.delete(url, auth=(account.sid, SETTINGS["authToken"]), timeout=20, verify=TRUST)
    assert done.status_code == 204


def test_all_are_held_within_a_minute_and_each_goes_once_after_a_swap(system: System) -> None:
    system.seed(policy={"messagesPerSecond": {**factories.AT_ONCE, SENDER: 5}})
    until(lambda: system.ledger("SELECT 1 FROM senders WHERE address = ?", SENDER), what="the first sync")
    this = {"id": system.destination_id}
    system.change("destinationPause", "PauseInput", "destination { id }", this)
    queue(system)
    until(lambda: stands(system) == [("HELD", "PAUSED", WAITING)], what="all waiting for the pause")
    give_up_the_number(system)

    begun = time.monotonic()
    system.change("destinationResume", "IdInput", "destination { id }", this)
    held = [("HELD", "SENDER_REMOVED", WAITING)]
    until(lambda: stands(system) == held and is_removed(system), MOST_SECONDS, "all held")
    took = time.monotonic() - begun
    refused = len(system.ledger("SELECT 1 FROM attempts"))
    sent_before = system.texts()
    swap = {"destinationId": system.destination_id, "from": SENDER, "to": OTHER}
    system.change("senderSwap", "SenderSwapInput", "destination { id } warnings { path }", swap)
    until(lambda: stands(system) == [("ACCEPTED", None, WAITING)], MOST_SECONDS, "all sent")

    assert took < MOST_SECONDS
    assert sent_before == []
    assert 1 <= refused <= MOST_UNDER_WAY
    sent = [dict(one["received"]["pairs"]) for one in system.texts()]
    assert [one["From"] for one in sent] == [OTHER] * WAITING
    assert len({one["To"] for one in sent}) == WAITING
