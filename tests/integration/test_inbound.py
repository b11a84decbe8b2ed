"""A person writes to the stand-in, which calls the gateway."""

from typing import Any

import pytest
from segment.analytics import Client

from tests.integration.system import SENDER, System, until

ADA = "+12025550142"
OUR_WHATSAPP = "+12025550100"


def write(system: System, body: str, person: str = ADA, to: str = SENDER) -> None:
    """A person writes to our number, and the gateway is told."""
    said = {
        "from": person,
        "to": to,
        "body": body,
        "url": f"{system.url}/webhooks/{system.destination_id}/inbound",
    }
    system.tell_simulator("inbound", said)


def contact(system: System, phone: str = ADA) -> Any:
    selection = "lastInboundAt windows { sender open } consents { channel status }"
    return system.ask(f'{{ contact(phone: "{phone}") {{ {selection} }} }}')["contact"]


def test_a_stop_that_somebody_writes_holds_until_they_write_start(system: System) -> None:
    system.seed()
    analytics = Client(system.write_key, host=system.url)
    analytics.identify("ada", {"first_name": "Ada", "phone": ADA, "sms_opt_in": True})

    write(system, "Stop")
    stopped = contact(system)
    analytics.track("ada", "Audience Entered", message_id="m-1")
    analytics.flush()
    until(lambda: [one["reason"] for one in system.deliveries()] == ["OPTED_OUT"], what="a stop that holds")
    write(system, "Start")
    analytics.track("ada", "Audience Entered", message_id="m-2")
    analytics.shutdown()

    until(
        lambda: {one["status"] for one in system.deliveries()} == {"SUPPRESSED", "ACCEPTED"},
        what="a text after the start",
    )
    assert stopped["consents"] == [{"channel": "SMS", "status": "UNSUBSCRIBED"}]
    assert stopped["lastInboundAt"] is not None
    assert stopped["windows"] == []
    assert contact(system)["consents"] == [{"channel": "SMS", "status": "SUBSCRIBED"}]


def test_a_message_on_whatsapp_opens_the_window_of_the_number_it_was_written_to(system: System) -> None:
    system.seed()

    write(system, "Hello", person="whatsapp:+5215512345678", to=f"whatsapp:{OUR_WHATSAPP}")

    heard = contact(system, "+525512345678")
    assert heard["windows"] == [{"sender": OUR_WHATSAPP, "open": True}]
    assert heard["consents"] == []


QUESTION = "{ inboundMessages(needsReview: true) { edges { node { id body from to needsReview } } } }"
REVIEW = """mutation Review($input: InboundReviewInput!) {
  inboundReview(input: $input) { inboundMessage { needsReview } errors { message code path } } }"""


@pytest.mark.parametrize(
    ("answer", "becomes"), [("NOT_A_STOP", ("ACCEPTED", None)), ("STOP", ("SUPPRESSED", "OPTED_OUT"))]
)
def test_marketing_waits_until_somebody_says_whether_it_was_a_stop(
    system: System, answer: str, becomes: tuple[str, str | None]
) -> None:
    system.seed()
    analytics = Client(system.write_key, host=system.url)
    analytics.identify("ada", {"first_name": "Ada", "phone": ADA, "sms_opt_in": True})
    write(system, "stop by at 5?")
    analytics.track("ada", "Audience Entered", message_id="m-1")
    analytics.shutdown()
    until(
        lambda: [(one["status"], one["reason"]) for one in system.deliveries()] == [("HELD", "NEEDS_REVIEW")],
        what="a text that waits",
    )

    (edge,) = system.ask(QUESTION)["inboundMessages"]["edges"]
    done = system.ask(REVIEW, input={"id": edge["node"]["id"], "answer": answer, "note": "a date"})

    assert (edge["node"]["body"], edge["node"]["from"], edge["node"]["to"]) == ("stop by at 5?", ADA, SENDER)
    assert done["inboundReview"] == {"inboundMessage": {"needsReview": False}, "errors": []}
    until(
        lambda: [(one["status"], one["reason"]) for one in system.deliveries()] == [becomes],
        what="what follows from the answer",
    )
