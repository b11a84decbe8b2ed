"""Double opt-in: what answers a question, when the next one may be asked, and what becomes of what waits as the policy changes."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import Connection

from destinations.kit import HttpResponse
from destinations.twilio_engage.simulator import (
    OTHER_SENDER,
    SENDER,
    SERVICE_SID,
    SHORT_CODE,
    WHATSAPP_SENDER,
)
from gateway import ids
from gateway.storage import sources
from tests import factories
from tests.situations.confirmed import ASKS, QUESTION, YES, asks
from tests.situations.shown import bodies, destination, do, history, questions
from tests.situations.stage import Stage
from tests.situations.telling import (
    DORA,
    PAUSE,
    RESUME,
    Step,
    identify,
    later,
    not_delivered,
    order,
    together,
    track,
    writes,
)

SOON = later(minutes=1)
OPTS_IN = identify(phone=DORA, whatsapp_opt_in=True)


async def statuses(stage: Stage) -> list[str]:
    """What was said for Dora's number, the oldest first."""
    return [status for status, _words in await history(stage)]


def answers(status: int, code: int) -> Step:
    """Twilio answers that to the next create."""

    async def steer(stage: Stage) -> None:
        body = f'{{"code": {code}, "message": "No."}}'.encode()
        stage.line.answers.append(HttpResponse(status, {}, body))

    return Step(f"Twilio answers {status}", steer)


async def asked_by(stage: Stage, *, name: str = "Question", body: str = QUESTION) -> str:
    """The id of a mapping that could ask, beside the others."""
    fields = f'from: "{SENDER}", send: true, traitEnrichment: true, body: "{body}"'
    made = await stage.change(
        "mappingCreate",
        f'destinationId: "{stage.destination}", action: "sendSms", name: "{name}", trigger: "type = \\"identify\\"", '
        f"purpose: TRANSACTIONAL, fields: {{{fields}}}",
        "mapping { id }",
    )
    return str(made["mapping"]["id"])


async def asks_by(stage: Stage, mapping_id: str) -> None:
    revision = (await destination(stage))["revision"]
    policy = f'doubleOptIn: true, confirmationMappingId: "{mapping_id}"'
    given = f'id: "{stage.destination}", expectedRevision: {revision}, policy: {{{policy}}}'
    await stage.change("destinationUpdate", given)


# -- what answers a question --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("happens", "status"),
    [
        pytest.param([answers(400, 21211), YES], "REJECTED", id="one that Twilio refused"),
        pytest.param([answers(429, 20429), YES], "RETRYING", id="one that did not leave yet"),
        pytest.param([not_delivered(30003, YES)], "ACCEPTED", id="one that was not delivered"),
        pytest.param([PAUSE, YES], "HELD", id="one that waits"),
        pytest.param([answers(500, 20500), YES], "UNCERTAIN", id="one of which nobody knows whether it left"),
    ],
)
async def test_a_yes_to_a_question_that_nobody_got_is_none(
    stage: Stage, happens: Sequence[Step], status: str
) -> None:
    await do(stage, ASKS, *happens, writes("YES"))

    assert [one["status"] for one in await questions(stage)] == [status]
    assert await statuses(stage) == ["PENDING"]


async def test_a_yes_before_the_question_left_at_last_is_none_and_one_behind_it_counts(stage: Stage) -> None:
    await do(stage, ASKS, answers(429, 20429), YES, writes("YES"), later(minutes=10))
    assert [one["status"] for one in await questions(stage)] == ["ACCEPTED"]
    assert await statuses(stage) == ["PENDING"]

    await do(stage, writes("YES"))

    assert await statuses(stage) == ["PENDING", "SUBSCRIBED"]


async def test_a_yes_to_the_question_that_was_sent_once_more_counts(stage: Stage) -> None:
    await do(stage, ASKS, not_delivered(30001, YES), later(minutes=30), writes("YES"))

    assert [one["status"] for one in await questions(stage)] == ["ACCEPTED", "ACCEPTED"]
    assert bodies(stage) == [(DORA, QUESTION), (DORA, QUESTION)]
    assert await statuses(stage) == ["PENDING", "SUBSCRIBED"]


@pytest.mark.parametrize(
    "more",
    [
        {"OriginalRepliedMessageSid": "SM" + "9" * 32},
        {"OriginalRepliedMessageSid": "SM" + "9" * 32, "ButtonText": "Yes", "ButtonPayload": "liked"},
        {"ButtonText": "Yes", "ButtonPayload": "liked"},
    ],
    ids=["a reply to another message", "a button of another message", "a button of nobody knows which"],
)
async def test_a_yes_to_something_else_is_none(stage: Stage, more: dict[str, str]) -> None:
    await do(stage, asks("sendWhatsApp"), writes("Hello", WHATSAPP_SENDER), OPTS_IN, SOON)
    assert [one["status"] for one in await questions(stage)] == ["ACCEPTED"]

    await do(stage, writes("Yes", WHATSAPP_SENDER, **more))

    assert await statuses(stage) == ["PENDING"]


async def test_a_button_of_the_question_counts(stage: Stage) -> None:
    await do(stage, asks("sendWhatsApp"), writes("Hello", WHATSAPP_SENDER), OPTS_IN, SOON)
    found = await stage.ask("{ deliveries { edges { node { messageSid } } } }")
    [sid] = [edge["node"]["messageSid"] for edge in found["deliveries"]["edges"]]
    pressed = {"OriginalRepliedMessageSid": sid, "ButtonText": "Yes", "ButtonPayload": "yes"}

    await do(stage, writes("Yes", WHATSAPP_SENDER, **pressed))

    assert await statuses(stage) == ["PENDING", "SUBSCRIBED"]


async def test_where_a_service_asks_each_of_its_senders_is_answered_and_no_other(stage: Stage) -> None:
    await do(stage, asks(**{"from": SERVICE_SID}), YES, SOON, writes("YES", OTHER_SENDER))
    assert await statuses(stage) == ["PENDING"]

    await do(stage, writes("YES", SHORT_CODE))
    assert await statuses(stage) == ["PENDING", "SUBSCRIBED"]


async def test_where_a_number_asks_no_other_of_its_service_is_answered(stage: Stage) -> None:
    await do(stage, ASKS, YES, SOON, writes("YES", SHORT_CODE))

    assert await statuses(stage) == ["PENDING"]


async def test_a_hidden_number_confirms_by_a_reply_to_the_question_alone(stage: Stage) -> None:
    await do(stage, asks("sendWhatsApp"), writes("Hello", WHATSAPP_SENDER), OPTS_IN, SOON)
    found = await stage.ask("{ deliveries { edges { node { messageSid } } } }")
    [sid] = [edge["node"]["messageSid"] for edge in found["deliveries"]["edges"]]
    hidden = "whatsapp:US.ABCDEF12345678"

    await stage.write(hidden, "Yes", WHATSAPP_SENDER)
    assert await statuses(stage) == ["PENDING"]

    await stage.write(hidden, "Yes", WHATSAPP_SENDER, OriginalRepliedMessageSid=sid)
    assert await statuses(stage) == ["PENDING", "SUBSCRIBED"]


async def test_a_later_yes_of_an_event_takes_the_place_of_none_that_was_confirmed_and_a_no_before_it_that_comes_late_holds(
    stage: Stage,
) -> None:
    await do(stage, ASKS, YES, SOON, writes("YES"), later(hours=2), YES, order())
    assert bodies(stage) == [(DORA, QUESTION), (DORA, "News for you")]
    assert await statuses(stage) == ["PENDING", "SUBSCRIBED", "PENDING"]
    query = f'{{ contact(phone: "{DORA}", space: "{stage.space}") {{ consents {{ status inWords }} }} }}'
    assert (await stage.ask(query))["contact"]["consents"] == [
        {
            "status": "SUBSCRIBED",
            "inWords": f"subscribed by reply YES on 24 November 2026, as they were asked to confirm, said to {SENDER}",
        }
    ]

    await do(stage, identify(phone=DORA, sms_opt_in=False, ago=timedelta(hours=1)), order())

    assert len(stage.line.requests) == 2
    refused = await stage.delivery()
    assert refused is not None
    assert (refused.status, refused.reason) == ("SUPPRESSED", "NOT_SUBSCRIBED")


# -- when somebody is asked ---------------------------------------------------------------------------------------------


async def lasts(stage: Stage, days: int) -> None:
    """The question may be sent so long after its event."""
    mapping_id = (await destination(stage))["policy"]["confirmationMappingId"]
    seconds = int(timedelta(days=days).total_seconds())
    await stage.change("mappingUpdate", f'id: "{mapping_id}", expectedRevision: 1, maxAgeSeconds: {seconds}')


async def test_while_a_question_waits_nobody_is_asked_again(stage: Stage) -> None:
    await do(stage, ASKS)
    await lasts(stage, 20)

    await do(stage, PAUSE, YES, later(days=7, hours=1), YES, RESUME, SOON)

    assert bodies(stage) == [(DORA, QUESTION)]
    assert [one["status"] for one in await questions(stage)] == ["ACCEPTED"]


async def test_the_days_are_counted_from_when_the_question_left(stage: Stage) -> None:
    await do(stage, ASKS)
    await lasts(stage, 20)

    await do(stage, PAUSE, YES, later(days=6), RESUME, SOON, later(days=6, hours=23), YES)
    assert bodies(stage) == [(DORA, QUESTION)]

    await do(stage, later(hours=1), YES)
    assert bodies(stage) == [(DORA, QUESTION), (DORA, QUESTION)]


async def test_a_yes_behind_a_no_says_on_its_event_that_the_question_of_before_asks_them_still(
    stage: Stage,
) -> None:
    await do(stage, ASKS, YES, SOON, identify(sms_opt_in=False), SOON, YES, YES)
    [asked] = await questions(stage)

    found = await stage.ask("{ events { edges { node { problem problemMessage } } } }")
    told = (
        f"The yes for SMS is PENDING, and nobody is asked. The delivery {asked['id']} asks them already, and nobody is asked twice in 7 days: "
        "a YES in reply to it counts."
    )
    assert [edge["node"] for edge in reversed(found["events"]["edges"])] == [
        {"problem": None, "problemMessage": None},
        {"problem": None, "problemMessage": None},
        {"problem": "confirmation_not_sent", "problemMessage": told},
        {"problem": None, "problemMessage": None},
    ]
    assert bodies(stage) == [(DORA, QUESTION)]

    await do(stage, writes("YES"))
    assert await statuses(stage) == ["PENDING", "UNSUBSCRIBED", "PENDING", "PENDING", "SUBSCRIBED"]


async def test_the_same_messageid_of_another_source_asks_where_the_first_question_never_left(
    stage: Stage,
) -> None:
    other = factories.source(
        id=f"src_OTHER_{stage.space}",
        space=stage.space,
        name="Other",
        write_key_hash=ids.digest(stage.key("OTHER")),
    )

    def keep(connection: Connection) -> None:
        sources.add(connection, other)
        sources.connect(connection, other.id, stage.destination)

    await stage.store.write(keep)
    await do(stage, ASKS, PAUSE)
    call = {
        "type": "identify",
        "userId": "dora",
        "messageId": "same",
        "traits": {"phone": DORA, "sms_opt_in": True},
    }
    await stage.say(call)
    [first] = await questions(stage)
    await stage.change("deliveryCancel", f'id: "{first["id"]}"')
    await do(stage, RESUME, SOON)

    for _twice in range(2):
        await stage.say(call, source="OTHER")

    assert [one["status"] for one in await questions(stage)] == ["CANCELED", "ACCEPTED"]
    assert bodies(stage) == [(DORA, QUESTION)]


async def test_nobody_is_asked_who_stopped_another_sender_whatever_the_purpose_of_what_asks(
    stage: Stage,
) -> None:
    await do(stage, ASKS, identify(phone=DORA), SOON, writes("STOP", OTHER_SENDER), SOON, YES)

    assert [(one["status"], one["reason"]) for one in await questions(stage)] == [("SUPPRESSED", "OPTED_OUT")]
    assert stage.line.requests == []


@pytest.mark.parametrize("at_once", [True, False], ids=["in one request", "one behind the other"])
async def test_the_cancel_trigger_of_the_mapping_that_asks_ends_a_question_of_an_event_before(
    stage: Stage, at_once: bool
) -> None:
    await do(stage, ASKS)
    mapping_id = (await destination(stage))["policy"]["confirmationMappingId"]
    trigger = 'cancelTrigger: "event = \\"Left\\""'
    await stage.change("mappingUpdate", f'id: "{mapping_id}", expectedRevision: 1, {trigger}')
    await do(stage, PAUSE, *([together(YES, track("Left"))] if at_once else [YES, track("Left")]), RESUME)

    assert [(one["status"], one["reason"]) for one in await questions(stage)] == [
        ("CANCELED", "CANCELED_BY_TRIGGER")
    ]

    await do(stage, together(track("Left"), YES))
    assert bodies(stage) == [(DORA, QUESTION)]


# -- what waits as the policy changes -----------------------------------------------------------------------------------


async def test_a_question_that_waits_is_asked_though_another_mapping_asks_since_then(stage: Stage) -> None:
    await do(stage, ASKS, PAUSE, YES)
    await asks_by(stage, await asked_by(stage, name="Second", body="The second asks."))

    await do(stage, RESUME, SOON, writes("YES"), SOON, order())

    assert bodies(stage) == [(DORA, QUESTION), (DORA, "News for you")]
    assert await statuses(stage) == ["PENDING", "SUBSCRIBED"]


async def test_what_waits_of_a_mapping_that_asks_since_then_is_no_question_and_is_canceled(
    stage: Stage,
) -> None:
    mapping_id = await asked_by(stage)
    await do(stage, PAUSE, YES)
    assert [one["status"] for one in await questions(stage)] == ["HELD"]
    await asks_by(stage, mapping_id)

    await do(stage, RESUME, SOON)

    found = await stage.ask("{ deliveries { edges { node { status errorCode errorMessage remedy } } } }")
    [edge] = found["deliveries"]["edges"]
    assert edge["node"] == {
        "status": "CANCELED",
        "errorCode": "MAPPING_ASKS",
        "errorMessage": "The mapping Question became the one that asks people to confirm a yes (confirmationMappingId) before it was sent.",
        "remedy": "To text the person all the same, make another mapping (mappingCreate) and send the event again under a new messageId.",
    }
    assert stage.line.requests == []
