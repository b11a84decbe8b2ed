"""A request is read again as what the phone shows: what the plan of it said, and no guess where nothing is known."""

from datetime import timedelta
from typing import Any

import pytest

from destinations import kit
from destinations.kit import Button, ButtonKind, KnownForms, Shown, TemplateForm
from destinations.twilio_engage import shown, template_forms
from destinations.twilio_engage.simulator import DEFAULT_TEMPLATES
from tests.destinations.twilio_engage.conftest import NOW, NUMBER, SENDER, PlanSms, PlanWhatsApp

SID = "HX" + "0" * 32
TYPES: dict[str, Any] = {
    "twilio/text": {"body": "Hello {{1}}, {{2}}? Answer YES."},
    "twilio/card": {
        "title": "Hello {{1}}",
        "subtitle": "Shop",
        "media": ["https://shop.example/{{2}}.png"],
        "actions": [
            {"type": "URL", "title": "See {{2}}", "url": "https://shop.example/{{2}}"},
            {"type": "PHONE_NUMBER", "title": "Call", "phone": "+12025550100"},
            {"type": "COPY_CODE", "title": "Copy", "code": "{{1}}"},
            {"type": "VOICE_CALL", "title": "Talk"},
            {"type": "URL"},
        ],
    },
}
KNOWN = KnownForms(template_forms.of_types(TYPES), {"1": "Ada", "2": "o-1"})


def request(to: str = f"whatsapp:{NUMBER}", **fields: str) -> list[tuple[str, str]]:
    return [*fields.items(), ("From", SENDER), ("To", to)]


def test_a_request_with_a_text_shows_it_with_its_media() -> None:
    form = [
        *request(NUMBER, Body="Hello"),
        ("MediaUrl", "https://a.example"),
        ("MediaUrl", "https://b.example"),
    ]

    assert shown.template(form) is None
    assert shown.shown(form, None) == Shown("Hello", ("https://a.example", "https://b.example"))
    assert shown.shown(form[1:], None) == Shown(None, ("https://a.example", "https://b.example"))


def test_whatsapp_shows_the_richest_form_with_the_values_of_the_request() -> None:
    form = request(ContentSid=SID, ContentVariables='{"1":"Bo","2":"o-7"}')

    assert shown.template(form) == SID
    assert shown.shown(form, KNOWN) == Shown(
        "Hello Bo",
        ("https://shop.example/o-7.png",),
        (
            Button("See o-7", ButtonKind.URL, "https://shop.example/o-7"),
            Button("Call", ButtonKind.PHONE_NUMBER, "+12025550100"),
            Button("Copy", ButtonKind.COPY_CODE, "Bo"),
            Button("Talk", ButtonKind.OTHER),
        ),
    )


def test_sms_shows_the_first_form_and_a_sample_where_no_value_is_given() -> None:
    form = request(NUMBER, ContentSid=SID, ContentVariables='{"2":"all well"}')

    assert shown.shown(form, KNOWN) == Shown("Hello Ada, all well? Answer YES.")


def test_what_is_said_in_a_value_is_no_variable() -> None:
    form = request(NUMBER, ContentSid=SID, ContentVariables='{"1":"{{2}}","2":"{{1}}"}')

    assert shown.shown(form, KNOWN).text == "Hello {{2}}, {{1}}? Answer YES."


@pytest.mark.parametrize(
    "known", [None, KnownForms(()), KnownForms((TemplateForm("twilio/unheard-of", "Hello"),))]
)
def test_of_a_template_that_is_not_known_nothing_is_shown(known: KnownForms | None) -> None:
    assert shown.shown(request(ContentSid=SID), known) == Shown()


def test_a_list_and_a_flow_have_the_button_that_opens_them() -> None:
    types = {
        "twilio/list-picker": {"body": "Where?", "button": "Shops", "items": [{"item": "North"}]},
        "whatsapp/flows": {"body": "Book", "button_text": "Open", "flow_id": "1"},
        "whatsapp/authentication": {"actions": [{"type": "COPY_CODE", "copy_code_text": "Copy it"}]},
        "twilio/quick-reply": {"body": "Yes?", "actions": [{"title": "Yes", "id": "y"}, "odd"]},
        "twilio/media": {"body": None, "media": "https://a.example"},
        "odd": "no object",
    }

    assert template_forms.of_types(types) == (
        TemplateForm("twilio/list-picker", "Where?", buttons=(Button("Shops", ButtonKind.OTHER),)),
        TemplateForm("whatsapp/flows", "Book", buttons=(Button("Open", ButtonKind.OTHER),)),
        TemplateForm("whatsapp/authentication", None, buttons=(Button("Copy it", ButtonKind.COPY_CODE),)),
        TemplateForm("twilio/quick-reply", "Yes?", buttons=(Button("Yes", ButtonKind.REPLY, "y"),)),
        TemplateForm("twilio/media", None, ("https://a.example",)),
    )


@pytest.mark.parametrize("template", DEFAULT_TEMPLATES, ids=lambda one: one.friendly_name)
async def test_a_plan_and_its_request_show_the_same(plan_whatsapp: PlanWhatsApp, template: Any) -> None:
    variables = dict.fromkeys(template.variables, "well")
    types, samples = dict(template.types), dict(template.variables)
    answer = (200, {"sid": template.sid, "types": types, "variables": samples})
    approved = (200, {"whatsapp": {"status": "approved"}})
    session = {(NUMBER, SENDER): NOW - timedelta(hours=1)}

    planned = await plan_whatsapp(
        {"contentSid": template.sid, "contentVariables": variables},
        answers=(answer, approved),
        inbound=session,
        lookups=True,
    )

    assert isinstance(planned.plan, kit.Send)
    sent = planned.plan
    known = KnownForms(template_forms.of_types(types), samples)
    assert shown.shown(sent.request.form, known) == Shown(sent.text, sent.media, sent.buttons)


async def test_so_they_do_for_a_text(plan_sms: PlanSms) -> None:
    planned = await plan_sms({"media": ["https://shop.example/a.png"]})

    assert isinstance(planned.plan, kit.Send)
    assert shown.shown(planned.plan.request.form, None) == Shown("Hello", ("https://shop.example/a.png",))
