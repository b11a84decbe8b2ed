"""Content templates: what is known of one is checked before anything is sent."""

import json
from datetime import timedelta
from typing import Any

import pytest

from destinations import kit
from destinations.twilio_engage import templates
from mappings import Template
from tests.destinations.twilio_engage.conftest import NOW, NUMBER, SENDER, PlanSms, PlanWhatsApp

SID = "HX" + "0" * 32
URL = f"https://content.twilio.com/v1/Content/{SID}"
OPEN = {(NUMBER, SENDER): NOW - timedelta(hours=1)}
TEXT = {"twilio/text": {"body": "Hello {{1}}, your order {{2}} is on its way."}}
APPROVED = (200, {"whatsapp": {"status": "approved"}})
VALUES = {"1": "Ada", "2": "o-1"}


def template(types: dict[str, Any]) -> tuple[int, Any]:
    return 200, {"sid": SID, "types": types, "variables": {"1": "a sample"}}


def approval(word: str) -> tuple[int, Any]:
    return 200, {"sid": SID, "whatsapp": {"status": word, "name": "order"}}


async def refused(plan: PlanWhatsApp, fields: dict[str, Any], *answers: Any, **more: Any) -> tuple[str, str]:
    """(code, message) of the refusal, after asserting that nothing was to be sent."""
    with pytest.raises(kit.IntegrationError) as error:
        await plan(fields, answers=answers, lookups=True, **more)
    return str(error.value.code), error.value.message


async def test_a_template_with_its_variables_is_sent(plan_whatsapp: PlanWhatsApp) -> None:
    planned = await plan_whatsapp(
        {"contentVariables": VALUES}, answers=(template(TEXT), APPROVED), inbound={}, lookups=True
    )

    assert planned.form["ContentVariables"] == '{"1":"Ada","2":"o-1"}'
    assert [request.url for request in planned.reads] == [URL, f"{URL}/ApprovalRequests"]
    assert planned.gates[-4:] == [("content", True), ("sender", True), ("country", True), ("window", True)]
    assert (
        planned.trace.results[-1].detail == "A twilio/text template, APPROVED; the 24-hour window is closed."
    )


@pytest.mark.parametrize(
    ("variables", "name", "what"),
    [
        (None, "1", "is missing: Twilio would send the template's sample instead"),
        ({"1": "Ada"}, "2", "is missing: Twilio would send the template's sample instead"),
        ({"1": "Ada", "2": "{{ profile.traits.order }}"}, "2", "is empty"),
        ({"1": "Ada", "2": "  "}, "2", "is empty"),
        ({"1": "Ada", "2": None}, "2", "is empty"),
        ({"1": "Ada", "2": "o-1", "3": "more"}, "3", "is not in the template"),
        ({"1": "A\nda", "2": "o-1"}, "1", "has a line break, which WhatsApp refuses (Twilio error 63013)"),
        ({"1": "A\tda", "2": "o-1"}, "1", "has a tab, which WhatsApp refuses (Twilio error 63013)"),
        (
            {"1": "A    da", "2": "o-1"},
            "1",
            "has more than three spaces in a row, which WhatsApp refuses (Twilio error 63013)",
        ),
        (
            {"1": "x" * 1601, "2": "o-1"},
            "1",
            "has 1601 characters; 1600 are the most (Twilio error 21658)",
        ),
    ],
)
async def test_variables_that_are_not_the_templates_are_caught(
    plan_whatsapp: PlanWhatsApp, variables: Any, name: str, what: str
) -> None:
    code, message = await refused(plan_whatsapp, {"contentVariables": variables}, template(TEXT), APPROVED)

    assert (code, message) == (
        "TEMPLATE_VARIABLES",
        f"The variable `{name}` of the content template {SID} {what}",
    )


async def test_a_number_that_is_sent_as_it_is_is_caught(plan_whatsapp: PlanWhatsApp) -> None:
    code, message = await refused(
        plan_whatsapp,
        {"contentVariables": {"1": "Ada", "2": 5}, "traitEnrichment": False},
        template(TEXT),
    )

    assert code == "TEMPLATE_VARIABLES"
    assert message.startswith(f"The variable `2` of the content template {SID} is no text")


async def test_a_quote_in_a_value_stays_one_value(plan_whatsapp: PlanWhatsApp) -> None:
    planned = await plan_whatsapp(
        {"contentVariables": {"1": "{{ profile.traits.n }}", "2": "o-1"}, "traits": {"n": 'A "da" \\ {{2}}'}},
        answers=(template(TEXT), APPROVED),
        lookups=True,
    )

    assert planned.form["ContentVariables"] == '{"1":"A \\"da\\" \\\\ {{2}}","2":"o-1"}'


async def test_variables_that_are_written_as_json_text_are_refused(plan_whatsapp: PlanWhatsApp) -> None:
    code, message = await refused(plan_whatsapp, {"contentVariables": '{"1": "A "da""}'})

    assert code == "PAYLOAD_VALIDATION_FAILED"
    assert message == "WhatsApp template variables must be an object but it was a string."


@pytest.mark.parametrize(
    ("types", "missing"),
    [
        (
            {
                "twilio/quick-reply": {
                    "body": "Pick",
                    "actions": [{"type": "QUICK_REPLY", "title": "{{who}}", "id": "1"}],
                }
            },
            "who",
        ),
        ({"twilio/media": {"body": "Look", "media": ["https://example.com/{{picture}}"]}}, "picture"),
        (
            {
                "twilio/call-to-action": {
                    "body": "Go",
                    "actions": [{"type": "URL", "title": "x", "url": "https://example.com/{{path}}"}],
                }
            },
            "path",
        ),
    ],
)
async def test_variables_in_buttons_and_media_count(
    plan_whatsapp: PlanWhatsApp, types: dict[str, Any], missing: str
) -> None:
    code, message = await refused(plan_whatsapp, {}, template(types), APPROVED)

    assert code == "TEMPLATE_VARIABLES"
    assert f"`{missing}`" in message


async def test_a_template_without_a_type_for_whatsapp_is_the_wrong_one(plan_whatsapp: PlanWhatsApp) -> None:
    code, message = await refused(plan_whatsapp, {}, template({"twilio/unheard-of": {"body": "x"}}))

    assert (code, message) == (
        "UNSUPPORTED_CONTENT_TYPE",
        "Sending templates with 'twilio/unheard-of' content type is not supported by whatsapp",
    )


async def test_of_several_types_the_richest_is_what_whatsapp_gets(plan_whatsapp: PlanWhatsApp) -> None:
    types = {**TEXT, "twilio/quick-reply": {"body": "Hi {{1}}", "actions": []}}

    planned = await plan_whatsapp(
        {"contentVariables": {"1": "Ada"}}, answers=(template(types), APPROVED), lookups=True
    )

    assert planned.form["ContentSid"] == SID
    assert "twilio/quick-reply" in (planned.trace.results[3].detail or "")


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        (approval("rejected"), "REJECTED"),
        (approval("paused"), "PAUSED"),
        (approval("disabled"), "DISABLED"),
        (approval("pending"), "PENDING"),
        (approval("received"), "RECEIVED"),
        (approval("unsubmitted"), "UNSUBMITTED"),
        (approval("in_appeal"), "OTHER"),
        ((200, {"sid": SID, "whatsapp": None}), "UNSUBMITTED"),
        ((200, {}), "UNSUBMITTED"),
        ((404, {"code": 20404, "message": "not found", "status": 404}), "UNSUBMITTED"),
    ],
)
@pytest.mark.parametrize(
    ("inbound", "sender"), [({}, SENDER), (None, SENDER), (None, "MG" + "0" * 32)], ids=["closed", "?", "MG"]
)
async def test_outside_the_window_a_template_must_be_approved(
    plan_whatsapp: PlanWhatsApp, answer: Any, word: str, inbound: Any, sender: str
) -> None:
    planned = await plan_whatsapp(
        {"contentVariables": VALUES, "from": sender},
        answers=(template(TEXT), answer),
        inbound=inbound,
        lookups=True,
    )

    assert planned.reason == "TEMPLATE_NOT_APPROVED"
    assert f"is {word} at WhatsApp" in (planned.trace.results[-1].detail or "")


async def test_an_approval_in_the_flat_form_of_lists_is_read_too(plan_whatsapp: PlanWhatsApp) -> None:
    planned = await plan_whatsapp(
        {"contentVariables": VALUES},
        answers=(template(TEXT), (200, {"approval_requests": {"status": "approved"}})),
        lookups=True,
    )

    assert planned.form["ContentSid"] == SID


async def test_within_the_window_a_template_needs_no_approval_and_none_is_asked(
    plan_whatsapp: PlanWhatsApp,
) -> None:
    planned = await plan_whatsapp(
        {"contentVariables": VALUES}, answers=(template(TEXT),), inbound=OPEN, lookups=True
    )

    assert planned.form["ContentSid"] == SID
    assert len(planned.reads) == 1


@pytest.mark.parametrize("kind", ["twilio/list-picker", "twilio/location"])
async def test_a_template_that_only_answers_is_sent_within_the_window_alone(
    plan_whatsapp: PlanWhatsApp, kind: str
) -> None:
    types = {kind: {"body": "Pick one", "latitude": 1, "longitude": 2}}

    within = await plan_whatsapp(answers=(template(types),), inbound=OPEN, lookups=True)
    outside = await plan_whatsapp(answers=(template(types),), inbound={}, lookups=True)

    assert within.form["ContentSid"] == SID
    assert outside.reason == "WINDOW_CLOSED"


@pytest.mark.parametrize("kind", ["twilio/carousel", "whatsapp/authentication", "whatsapp/flows"])
async def test_some_types_need_their_approval_always(plan_whatsapp: PlanWhatsApp, kind: str) -> None:
    planned = await plan_whatsapp(
        {"contentVariables": {"1": "x"}},
        answers=(template({kind: {"body": "{{1}}"}}), approval("unsubmitted")),
        inbound=OPEN,
        lookups=True,
    )

    assert planned.reason == "TEMPLATE_NOT_APPROVED"


async def test_a_template_that_is_not_there_is_final(plan_whatsapp: PlanWhatsApp) -> None:
    with pytest.raises(kit.IntegrationError) as error:
        await plan_whatsapp(answers=((404, {"code": 20404, "message": "gone", "status": 404}),), lookups=True)

    assert (error.value.retryable, error.value.status, error.value.provider_code) == (False, 404, "20404")


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_where_twilio_does_not_answer_it_is_tried_again_and_nothing_is_sent(
    plan_whatsapp: PlanWhatsApp, status: int
) -> None:
    with pytest.raises(kit.RetryableError):
        await plan_whatsapp(answers=((status, {}),), lookups=True)


@pytest.mark.parametrize("status", [401, 403])
async def test_a_key_that_may_not_read_templates_may_send_them(
    plan_whatsapp: PlanWhatsApp, status: int
) -> None:
    unread = (status, {"code": 20003, "message": "no", "status": status})

    planned = await plan_whatsapp({"contentVariables": {"9": "x"}}, answers=(unread,), lookups=True)
    unapproved = await plan_whatsapp(
        {"contentVariables": VALUES}, answers=(template(TEXT), unread), lookups=True
    )

    assert planned.trace.results[-1].detail == (
        f"The template {SID} is not known; the 24-hour window is not known."
    )
    assert unapproved.trace.results[-1].detail == "A twilio/text template, whose approval is not known."


# -- a template as an SMS ---------------------------------------------------------------------------------------------


async def test_an_sms_passes_the_template_and_its_variables_to_twilio(plan_sms: PlanSms) -> None:
    planned = await plan_sms(
        {
            "contentSid": SID,
            "contentVariables": {"1": "{{ profile.traits.first_name }}", "2": "o-1"},
            "traits": {"first_name": "{{2}} Ada"},
        },
        answers=(template(TEXT),),
    )

    assert list(planned.form)[:4] == ["ContentSid", "From", "To", "ShortenUrls"]
    assert planned.form["ContentVariables"] == '{"1":"{{2}} Ada","2":"o-1"}'
    assert "Body" not in planned.form
    assert isinstance(planned.plan, kit.Send)
    assert (planned.plan.segments, planned.plan.encoding, planned.plan.channel) == (1, "GSM-7", "SMS")
    assert planned.trace.results[3].detail == "46 characters, 1 segment of GSM-7"


async def test_a_template_with_media_is_an_mms(plan_sms: PlanSms) -> None:
    types = {"twilio/media": {"body": "Look {{1}}", "media": ["https://example.com/{{1}}.png"]}}

    planned = await plan_sms(
        {"contentSid": SID, "contentVariables": {"1": "ada"}}, answers=(template(types),)
    )

    assert isinstance(planned.plan, kit.Send)
    assert planned.plan.channel == "MMS"
    assert "MediaUrl" not in planned.form


@pytest.mark.parametrize(
    ("variables", "problem"),
    [
        (None, "`1` of the content template {SID} is missing"),
        ({"1": "Ada"}, "`2` of the content template {SID} is missing"),
        ({"1": "Ada", "2": ""}, "`2` of the content template {SID} is empty"),
        ({"1": "Ada", "2": "o", "x": "y"}, "`x` of the content template {SID} is not in the template"),
    ],
)
async def test_variables_of_an_sms_are_caught_too(plan_sms: PlanSms, variables: Any, problem: str) -> None:
    code, message = await refused(
        plan_sms, {"contentSid": SID, "contentVariables": variables}, template(TEXT)
    )

    assert code == "TEMPLATE_VARIABLES"
    assert problem.replace("{SID}", SID) in message


async def test_an_sms_takes_a_line_break_and_needs_no_approval(plan_sms: PlanSms) -> None:
    planned = await plan_sms(
        {"contentSid": SID, "contentVariables": {"1": "A\nda", "2": "o-1"}}, answers=(template(TEXT),)
    )

    assert planned.form["ContentVariables"] == '{"1":"A\\nda","2":"o-1"}'
    assert len(planned.reads) == 1


@pytest.mark.parametrize(
    ("value", "mended"),
    [
        ("two\nwords", "two words"),
        ("two\r\nwords", "two words"),
        ("two\rwords", "two words"),
        ("two\twords", "two words"),
    ],
)
def test_the_remedy_for_a_break_glues_no_words_together(value: str, mended: str) -> None:
    problem = templates.layout_problem("1", value)

    assert problem is not None
    example = json.loads(problem.remedy[problem.remedy.index("{") : problem.remedy.rindex("}") + 1])
    template = example["contentVariables"]["1"]
    assert Template(template).render({"profile": {"traits": {"note": value}}}) == mended


@pytest.mark.parametrize(
    ("shown", "label"),
    [
        ({"friendly_name": "order_on_its_way"}, f"order_on_its_way ({SID})"),
        ({"friendly_name": ""}, SID),
        ({}, SID),
    ],
)
async def test_a_template_that_may_not_go_out_is_named(
    plan_whatsapp: PlanWhatsApp, shown: dict[str, Any], label: str
) -> None:
    unapproved, session = template(TEXT), template({"twilio/location": {"latitude": 1, "longitude": 1}})
    for _status, body in (unapproved, session):
        body.update(shown)

    paused = await plan_whatsapp(
        {"contentVariables": VALUES}, answers=(unapproved, approval("paused")), inbound={}, lookups=True
    )
    closed = await plan_whatsapp(answers=(session,), inbound={}, lookups=True)

    assert paused.trace.results[-1].detail == (
        f"The template {label} is PAUSED at WhatsApp, not APPROVED, and the 24-hour window is closed."
    )
    assert closed.trace.results[-1].reason is kit.Reason.WINDOW_CLOSED
    assert closed.trace.results[-1].detail == (
        f"The template {label} is a twilio/location, which only answers a person, and this one has not written for 24 hours."
    )
