"""Nothing invisible goes out: controls are dropped, and what shows nothing is empty."""

from typing import Any

import pytest
from hypothesis import given, strategies as st

from destinations import kit
from destinations.twilio_engage.visible import shows_something, visible
from tests.destinations.twilio_engage.conftest import NOW, NUMBER, SENDER, PlanSms, PlanWhatsApp

CONTROLS = [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\t\n\r"]
UNSEEN = [
    *(" ", "\t", "\r\n", "\u00a0", "\u2003", "\u3000", "\u2028"),
    *("\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u180e", "\u061c", "\u202e"),
    *("\ufe0f", "\ufe00", "\U000e0100", "\u034f", "\u3164", "\u115f", "\uffa0", "\u2800"),
    *("\U000e0001", "\U000e0041", "\U000e007f", "\u17b4", "\u180b"),
]
KEPT = [
    "a\tb\nc\r\nd",
    "\U0001f469\u200d\U0001f680",
    "\u2764\ufe0f",
    "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
    "10\u00a0000",
    " a ",
    ".",
    "\u0601",
    "\U0001f3f4\U000e0067\U000e0062\U000e007f",
]


@pytest.mark.parametrize("control", CONTROLS)
def test_a_control_is_dropped(control: str) -> None:
    assert visible(f"a{control}b") == "ab"


@pytest.mark.parametrize("text", KEPT)
def test_what_belongs_to_a_text_stays(text: str) -> None:
    assert visible(text) == text


@given(st.lists(st.sampled_from([*UNSEEN, *CONTROLS])).map("".join))
def test_a_text_of_nothing_that_is_seen_is_empty(text: str) -> None:
    assert visible(text) == ""


@given(st.text())
def test_what_stays_shows_something_or_is_empty(text: str) -> None:
    kept = visible(text)

    assert kept == "" or shows_something(kept)
    assert not set(kept) & set(CONTROLS)


@pytest.mark.parametrize(
    "text", ["   ", "\u200b", "\ufe0f\u00ad", "\U000e0041", "\x00\x1b", "{{ profile.traits.unseen }}"]
)
@pytest.mark.parametrize("media", [[], [""], ["\u200b"]])
async def test_a_message_that_shows_nothing_is_refused(
    plan_sms: PlanSms, text: str, media: list[str]
) -> None:
    with pytest.raises(kit.PayloadValidationError) as raised:
        await plan_sms({"body": text, "media": media, "traits": {"unseen": "\u200b \u2060"}})

    assert raised.value.provider_code == "21602"


async def test_whatsapp_text_that_shows_nothing_is_refused(plan_whatsapp: PlanWhatsApp) -> None:
    with pytest.raises(kit.PayloadValidationError) as raised:
        await plan_whatsapp({"body": "\u200b"}, inbound={(NUMBER, SENDER): NOW})

    assert raised.value.provider_code == "21602"


async def test_controls_of_an_event_do_not_go_out(plan_sms: PlanSms, plan_whatsapp: PlanWhatsApp) -> None:
    traits: dict[str, Any] = {"name": "A\x00d\x1ba\x9b"}

    sms = await plan_sms({"body": "Hi {{ profile.traits.name }}\x07\n!", "traits": traits})
    whatsapp = await plan_whatsapp({"contentVariables": {"1": "{{ profile.traits.name }}"}, "traits": traits})
    as_given = await plan_whatsapp({"contentVariables": {"1": traits["name"]}, "traitEnrichment": False})

    assert sms.form["Body"] == "Hi Ada\n!"
    assert whatsapp.form["ContentVariables"] == '{"1":"Ada"}'
    assert as_given.form["ContentVariables"] == '{"1":"Ada"}'


async def test_media_may_come_without_a_text_that_shows_something(plan_sms: PlanSms) -> None:
    planned = await plan_sms({"body": " ", "media": ["https://example.com/a.png"]})

    assert ("Body" in planned.form, planned.form["MediaUrl"]) == (False, "https://example.com/a.png")
