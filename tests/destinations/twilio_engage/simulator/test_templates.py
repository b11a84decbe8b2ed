"""Messages that are made from a template."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from destinations.twilio_engage.simulator import (
    AUTHENTICATION_TEMPLATE_SID,
    CALL_TO_ACTION_TEMPLATE_SID,
    DEFAULT_ACCOUNTS,
    DISABLED_TEMPLATE_SID,
    LIST_PICKER_TEMPLATE_SID,
    MEDIA_TEMPLATE_SID,
    PAUSED_TEMPLATE_SID,
    QUICK_REPLY_TEMPLATE_SID,
    REJECTED_TEMPLATE_SID,
    SERVICE_SID,
    TEMPLATE_SID,
    UNSUBMITTED_TEMPLATE_SID,
    Account,
    Approval,
    Simulator,
    Template,
)

CALLBACK = "http://127.0.0.1:8080/status"


def from_template(sid: str, **values: Any) -> dict[str, Any]:
    """The parameters of a create; variables are named `v1`, `v2` ... here."""
    variables = json.dumps({name.removeprefix("v"): value for name, value in values.items()})
    return {"Body": None, "ContentSid": sid, "ContentVariables": variables if values else None}


async def ended(twilio: Any, simulator: Simulator, form: dict[str, Any]) -> tuple[str, int | None]:
    """How a WhatsApp message ends that was created with `form`."""
    created = await twilio.whatsapp(**form)
    assert created.status_code == 201
    while await simulator.advance():
        pass
    [message] = simulator.messages
    return message.status, message.error_code


@pytest.mark.parametrize(
    ("values", "body"),
    [
        ({"v1": "Jane", "v2": "B-7"}, "Hello Jane, your order B-7 is on its way."),
        ({"v1": "Jane"}, "Hello Jane, your order A-1001 is on its way."),
        ({}, "Hello Ada, your order A-1001 is on its way."),
        ({"v1": '"O\'Neil" {{2}}'}, 'Hello "O\'Neil" {{2}}, your order A-1001 is on its way.'),
        ({"v1": "Jane", "v3": "one too many"}, "Hello Jane, your order A-1001 is on its way."),
    ],
    ids=["all given", "one missing", "none given", "quotes and braces", "extra"],
)
async def test_a_value_that_is_missing_is_the_templates_sample(
    twilio: Any, values: dict[str, str], body: str
) -> None:
    answer = await twilio.whatsapp(**from_template(TEMPLATE_SID, **values))

    assert (answer.status_code, answer.json()["body"]) == (201, body)


async def test_a_template_replaces_the_body(twilio: Any) -> None:
    answer = await twilio.send(**(from_template(TEMPLATE_SID) | {"Body": "not sent"}))

    assert answer.json()["body"] == "Hello Ada, your order A-1001 is on its way."


async def test_media_of_a_template_are_filled_in_too(twilio: Any, simulator: Simulator) -> None:
    answer = await twilio.send(**from_template(MEDIA_TEMPLATE_SID, v1="Jane", v2="B-7.pdf"))

    assert (answer.json()["sid"][:2], answer.json()["num_media"]) == ("MM", "1")
    assert answer.json()["body"] == "Hello Jane, here is the receipt you asked for."
    assert simulator.messages[0].draft.content.media == ("https://shop.example/receipts/B-7.pdf",)


async def test_each_channel_gets_the_richest_type_that_it_shows(twilio: Any) -> None:
    form = from_template(QUICK_REPLY_TEMPLATE_SID, v2="Monday")

    by_whatsapp = (await twilio.whatsapp(**form)).json()["body"]
    by_sms = (await twilio.send(**form)).json()["body"]

    assert by_whatsapp == "Hello Ada, does Monday suit you for the delivery?"
    assert by_sms == "Hello Ada, does Monday suit you for the delivery? Answer YES or NO."
    shown = (await twilio.http.get("/_simulator/messages")).json()["messages"]
    assert [message["content"]["type"] for message in shown] == ["twilio/quick-reply", "twilio/text"]
    assert shown[0]["content"]["parts"]["actions"] == [
        {"type": "QUICK_REPLY", "title": "Yes", "id": "slot-yes"},
        {"type": "QUICK_REPLY", "title": "Not Monday", "id": "slot-no"},
    ]


async def test_a_code_is_put_into_whatsapps_own_words(twilio: Any) -> None:
    answer = await twilio.whatsapp(**from_template(AUTHENTICATION_TEMPLATE_SID, v1="482913"))

    assert answer.json()["body"] == "482913 is your verification code."


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"v1": None}, 92007),
        ({"v1": ""}, 92007),
        ({"v1": "two\nlines"}, 92007),
        ({"v1": "two\rlines"}, 92007),
        ({"v1": 7}, 21656),
        ({"v1": "a" * 1601}, 21658),
        ({f"v{number}": "a" for number in range(101)}, 92002),
    ],
    ids=["null", "empty", "newline", "return", "number", "over 1600", "101 values"],
)
async def test_values_that_whatsapp_does_not_take_are_refused_at_once(
    twilio: Any, simulator: Simulator, values: dict[str, Any], code: int
) -> None:
    answer = await twilio.whatsapp(**from_template(TEMPLATE_SID, **values))

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert simulator.messages == []


@pytest.mark.parametrize("value", ["", "two\nlines", "a\tb", "a    b"])
async def test_a_text_takes_them_all_but_null(twilio: Any, value: str) -> None:
    answer = await twilio.send(**from_template(TEMPLATE_SID, v1=value))
    refused = await twilio.send(**from_template(TEMPLATE_SID, v1=None))

    assert (answer.status_code, answer.json()["body"]) == (
        201,
        f"Hello {value}, your order A-1001 is on its way.",
    )
    assert (refused.status_code, refused.json()["code"]) == (400, 21656)


@pytest.mark.parametrize("value", ["a\tb", "a    b"], ids=["tab", "four spaces"])
@pytest.mark.parametrize("window_is_open", [True, False])
async def test_values_against_a_policy_of_whatsapp_fail_later(
    twilio: Any, simulator: Simulator, value: str, window_is_open: bool
) -> None:
    if window_is_open:
        await twilio.hear()

    assert await ended(twilio, simulator, from_template(TEMPLATE_SID, v1=value)) == ("failed", 63013)


async def test_three_spaces_are_none_too_many(twilio: Any, simulator: Simulator) -> None:
    assert await ended(twilio, simulator, from_template(TEMPLATE_SID, v1="a   b")) == ("delivered", None)


@pytest.mark.parametrize(
    ("sid", "end"),
    [
        (TEMPLATE_SID, ("delivered", None)),
        (MEDIA_TEMPLATE_SID, ("delivered", None)),
        (QUICK_REPLY_TEMPLATE_SID, ("delivered", None)),
        (CALL_TO_ACTION_TEMPLATE_SID, ("delivered", None)),
        (AUTHENTICATION_TEMPLATE_SID, ("delivered", None)),
        (UNSUBMITTED_TEMPLATE_SID, ("failed", 63016)),
        (LIST_PICKER_TEMPLATE_SID, ("failed", 63016)),
        (REJECTED_TEMPLATE_SID, ("failed", 63040)),
        (PAUSED_TEMPLATE_SID, ("failed", 63041)),
        (DISABLED_TEMPLATE_SID, ("failed", 63042)),
    ],
)
async def test_outside_the_window_only_an_approved_template_is_delivered(
    twilio: Any, simulator: Simulator, sid: str, end: tuple[str, int | None]
) -> None:
    assert await ended(twilio, simulator, from_template(sid)) == end


@pytest.mark.parametrize(
    "sid", [UNSUBMITTED_TEMPLATE_SID, LIST_PICKER_TEMPLATE_SID, REJECTED_TEMPLATE_SID, TEMPLATE_SID]
)
async def test_within_the_window_a_template_is_a_message_like_any_other(
    twilio: Any, simulator: Simulator, sid: str
) -> None:
    await twilio.hear()

    assert await ended(twilio, simulator, from_template(sid)) == ("delivered", None)


async def test_a_list_picker_starts_no_conversation_even_when_it_is_approved(
    twilio: Any, simulator: Simulator
) -> None:
    simulator.review({"sid": LIST_PICKER_TEMPLATE_SID, "status": "approved"})

    assert await ended(twilio, simulator, from_template(LIST_PICKER_TEMPLATE_SID)) == ("failed", 63016)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("unsubmitted", 63016),
        ("received", 63016),
        ("pending", 63016),
        ("approved", None),
        ("rejected", 63040),
        ("paused", 63041),
        ("disabled", 63042),
    ],
)
async def test_a_template_fails_with_the_code_of_its_standing(
    twilio: Any, simulator: Simulator, webhook: Any, status: str, code: int | None
) -> None:
    await twilio.control("approval", sid=TEMPLATE_SID, status=status)

    _, ended_with = await ended(twilio, simulator, from_template(TEMPLATE_SID) | {"StatusCallback": CALLBACK})

    assert ended_with == code
    assert webhook.forms[-1].get("ErrorCode") == (str(code) if code else None)


async def test_the_callback_of_a_failed_template_names_the_failure(
    twilio: Any, simulator: Simulator, webhook: Any
) -> None:
    await ended(twilio, simulator, from_template(REJECTED_TEMPLATE_SID) | {"StatusCallback": CALLBACK})

    [form] = webhook.forms
    assert (form["MessageStatus"], form["ErrorCode"]) == ("failed", "63040")
    assert form["ChannelStatusMessage"] == "The template was rejected"


async def test_an_end_that_was_asked_for_comes_before_the_templates_own(
    twilio: Any, simulator: Simulator
) -> None:
    simulator.steer({"action": "status", "status": "read"})

    assert await ended(twilio, simulator, from_template(REJECTED_TEMPLATE_SID)) == ("read", None)


@pytest.mark.parametrize("status", ["approved", "paused"])
async def test_a_scheduled_template_is_judged_when_its_time_comes(
    twilio: Any, simulator: Simulator, clock: Any, status: str
) -> None:
    simulator.review({"sid": TEMPLATE_SID, "status": "pending"})
    form = from_template(TEMPLATE_SID) | {
        "From": None,
        "MessagingServiceSid": SERVICE_SID,
        "ScheduleType": "fixed",
        "SendAt": "2026-11-21T10:30:00Z",
    }
    await twilio.whatsapp(**form)
    simulator.review({"sid": TEMPLATE_SID, "status": status})
    clock.tick(3600)

    while await simulator.advance():
        pass

    [message] = simulator.messages
    assert message.error_code == {"approved": None, "paused": 63041}[status]


async def test_a_scheduled_message_ends_as_it_was_asked_to(
    twilio: Any, simulator: Simulator, clock: Any
) -> None:
    simulator.steer({"action": "status", "status": "read"})
    await twilio.whatsapp(
        From=None,
        MessagingServiceSid=SERVICE_SID,
        ScheduleType="fixed",
        SendAt="2026-11-21T10:30:00Z",
    )
    clock.tick(3600)

    while await simulator.advance():
        pass

    assert [message.status for message in simulator.messages] == ["read"]


@pytest.fixture
def with_template(
    make_simulator: Callable[..., Simulator],
) -> Callable[..., Simulator]:
    """A simulator whose account has one template more."""

    def make(template: Template) -> Simulator:
        default = DEFAULT_ACCOUNTS[0]
        account = Account(default.sid, default.auth_token, senders=default.senders, templates=(template,))
        return make_simulator(accounts=[account])

    return make


APPROVED = Approval("approved", "UTILITY", "made_up")
MADE_UP = f"HX{99:032d}"


@pytest.mark.parametrize(
    ("template", "code"),
    [
        (
            Template(
                MADE_UP, "no sample", {"twilio/text": {"body": "Hello {{1}} there"}}, {}, approval=APPROVED
            ),
            63028,
        ),
        (
            Template(
                MADE_UP,
                "a button without a sample",
                {"twilio/quick-reply": {"body": "Well?", "actions": [{"title": "{{1}}"}]}},
                {},
                approval=APPROVED,
            ),
            63028,
        ),
        (Template(MADE_UP, "1025", {"twilio/text": {"body": "a" * 1025}}, {}, approval=APPROVED), 63021),
        (Template(MADE_UP, "1024", {"twilio/text": {"body": "a" * 1024}}, {}, approval=APPROVED), None),
        (Template(MADE_UP, "unknown type", {"twilio/new": {"body": "Hello"}}, {}, approval=APPROVED), 63006),
    ],
    ids=lambda case: case.friendly_name if isinstance(case, Template) else str(case),
)
async def test_what_whatsapp_minds_in_a_template_fails_later(
    with_template: Callable[..., Simulator],
    connect: Callable[..., httpx.AsyncClient],
    template: Template,
    code: int | None,
) -> None:
    simulator = with_template(template)
    form = {"To": "whatsapp:+12025550142", "From": "whatsapp:+12025550100", "ContentSid": MADE_UP}

    async with connect(simulator) as client:
        answer = await client.post(f"/2010-04-01/Accounts/{DEFAULT_ACCOUNTS[0].sid}/Messages.json", data=form)
    while await simulator.advance():
        pass

    assert answer.status_code == 201
    assert [message.error_code for message in simulator.messages] == [code]


@pytest.mark.parametrize(("buttons", "end"), [(3, ("delivered", None)), (4, ("failed", 63016))])
async def test_a_session_message_has_three_buttons_at_most(
    with_template: Callable[..., Simulator],
    connect: Callable[..., httpx.AsyncClient],
    buttons: int,
    end: tuple[str, int | None],
) -> None:
    actions = [{"type": "QUICK_REPLY", "title": str(number)} for number in range(buttons)]
    simulator = with_template(
        Template(MADE_UP, "buttons", {"twilio/quick-reply": {"body": "Well?", "actions": actions}})
    )
    await simulator.hear({"from": "whatsapp:+12025550142", "to": "whatsapp:+12025550100"})
    form = {"To": "whatsapp:+12025550142", "From": "whatsapp:+12025550100", "ContentSid": MADE_UP}

    async with connect(simulator) as client:
        await client.post(f"/2010-04-01/Accounts/{DEFAULT_ACCOUNTS[0].sid}/Messages.json", data=form)
    while await simulator.advance():
        pass

    assert [(message.status, message.error_code) for message in simulator.messages] == [end]


async def test_a_type_that_a_phone_cannot_show_as_a_text_fails_later(
    twilio: Any, simulator: Simulator
) -> None:
    await twilio.send(**from_template(LIST_PICKER_TEMPLATE_SID))
    await twilio.send(**from_template(UNSUBMITTED_TEMPLATE_SID))

    while await simulator.advance():
        pass

    assert [(message.status, message.error_code) for message in simulator.messages] == [
        ("failed", 63006),
        ("delivered", None),
    ]
