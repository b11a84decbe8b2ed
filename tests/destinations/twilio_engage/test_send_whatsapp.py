"""Send WhatsApp: what is sent when, to whom, and from what."""

from datetime import timedelta
from typing import Any

import pytest

from destinations import kit
from destinations.kit import Purpose
from tests.destinations.twilio_engage.conftest import NOW, NUMBER, SENDER, PlanWhatsApp

SID = "HX" + "0" * 32
YES = kit.Consent(kit.ConsentStatus.SUBSCRIBED, NOW - timedelta(days=9))
NO = kit.Consent(kit.ConsentStatus.UNSUBSCRIBED, NOW - timedelta(days=9))
STOPPED = kit.Consent(kit.ConsentStatus.UNSUBSCRIBED, NOW - timedelta(days=9), stopped=True)
BODY = {"body": "Hello", "contentSid": None}
BOTH = {"body": "Hello {{ profile.traits.first_name }}", "contentVariables": {"1": "Ada"}}


def wrote(ago: timedelta, number: str = NUMBER) -> dict[tuple[str, str], Any]:
    """That the person wrote to the sender so long before now."""
    return {(number, SENDER): NOW - ago}


OPEN = wrote(timedelta(hours=23, minutes=59))
CLOSED = wrote(timedelta(hours=24, minutes=1))


def silent(number: str = NUMBER) -> dict[str, Any]:
    """An id that says nothing of consent."""
    return {"externalIds": [{"type": "phone", "id": number, "channelType": "whatsapp"}]}


# -- the 24-hour window -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("inbound", "sent"),
    [
        (OPEN, {"Body": "Hello Ada"}),
        (wrote(timedelta(hours=24) - timedelta(microseconds=1)), {"Body": "Hello Ada"}),
        (
            wrote(timedelta(seconds=-5)),
            {"Body": "Hello Ada"},
        ),  # the provider's clock is a little ahead of ours
        (wrote(timedelta(hours=24)), {"ContentSid": SID, "ContentVariables": '{"1":"Ada"}'}),
        (CLOSED, {"ContentSid": SID, "ContentVariables": '{"1":"Ada"}'}),
        ({}, {"ContentSid": SID, "ContentVariables": '{"1":"Ada"}'}),
        (None, {"ContentSid": SID, "ContentVariables": '{"1":"Ada"}'}),
    ],
)
async def test_the_window_chooses_between_the_body_and_the_template(
    plan_whatsapp: PlanWhatsApp, inbound: Any, sent: dict[str, str]
) -> None:
    planned = await plan_whatsapp({**BOTH, "traits": {"first_name": "Ada"}}, inbound=inbound)

    form = planned.form
    assert {name: form[name] for name in ("Body", "ContentSid", "ContentVariables") if name in form} == sent


@pytest.mark.parametrize("inbound", [CLOSED, {}, wrote(timedelta(hours=24))])
async def test_a_body_alone_is_not_sent_outside_the_window(plan_whatsapp: PlanWhatsApp, inbound: Any) -> None:
    planned = await plan_whatsapp(BODY, inbound=inbound)

    assert planned.reason == "WINDOW_CLOSED"
    assert planned.gates[-1] == ("window", False)
    assert isinstance(planned.plan, kit.Suppress)
    assert '"contentSid": "<HX and the rest of its SID>"' in (planned.plan.remedy or "")


async def test_a_body_alone_is_sent_where_nobody_knows_of_the_window(plan_whatsapp: PlanWhatsApp) -> None:
    planned = await plan_whatsapp(BODY)

    assert planned.form["Body"] == "Hello"
    assert planned.trace.results[-1].detail == "Free text; the 24-hour window is not known."


async def test_a_message_to_another_of_our_numbers_opens_nothing_here(plan_whatsapp: PlanWhatsApp) -> None:
    planned = await plan_whatsapp(BODY, inbound={(NUMBER, "+12025550101"): NOW})

    assert planned.reason == "WINDOW_CLOSED"


@pytest.mark.parametrize(
    ("given", "known"),
    [
        ("+5521987654321", "+5521987654321"),
        ("+552187654321", "+5521987654321"),
        ("+52 55 1234 5678", "+525512345678"),
        ("+5215512345678", "+525512345678"),
        ("+54 9 11 2345 6789", "+5491123456789"),
        ("+54 11 2345 6789", "+5491123456789"),
    ],
)
async def test_a_person_whose_number_is_written_in_two_ways_is_one(
    plan_whatsapp: PlanWhatsApp, given: str, known: str
) -> None:
    planned = await plan_whatsapp(
        {**BODY, **silent(given)},
        consents={known: YES},
        inbound=wrote(timedelta(hours=1), known),
        purpose=Purpose.TRANSACTIONAL,
    )

    assert planned.form["Body"] == "Hello"
    assert planned.trace.results[2].detail == "A reply: the person wrote within the last 24 hours."


# -- consent ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("consent", "inbound", "purpose", "reason"),
    [
        (YES, {}, Purpose.MARKETING, None),
        (None, {}, Purpose.MARKETING, "NOT_SUBSCRIBED"),
        (None, {}, Purpose.TRANSACTIONAL, "NOT_SUBSCRIBED"),
        (None, {}, Purpose.AUTHENTICATION, "NOT_SUBSCRIBED"),
        (None, OPEN, Purpose.MARKETING, None),
        (None, OPEN, Purpose.TRANSACTIONAL, None),
        (None, CLOSED, Purpose.TRANSACTIONAL, "NOT_SUBSCRIBED"),
        (NO, OPEN, Purpose.MARKETING, "NOT_SUBSCRIBED"),
        (NO, OPEN, Purpose.TRANSACTIONAL, None),
        (STOPPED, OPEN, Purpose.TRANSACTIONAL, "OPTED_OUT"),
        (STOPPED, OPEN, Purpose.MARKETING, "OPTED_OUT"),
    ],
)
async def test_whatsapp_needs_a_yes_or_an_open_window(
    plan_whatsapp: PlanWhatsApp, consent: Any, inbound: Any, purpose: Purpose, reason: str | None
) -> None:
    planned = await plan_whatsapp(
        silent(), consents={NUMBER: consent} if consent else {}, inbound=inbound, purpose=purpose
    )

    assert (None if isinstance(planned.plan, kit.Send) else planned.reason) == reason


@pytest.mark.parametrize(
    ("consent", "reason"), [(None, None), (NO, None), (STOPPED, "OPTED_OUT")], ids=["nothing", "no", "stop"]
)
async def test_a_reply_in_an_open_window_passes_and_a_stop_never_does(
    plan_whatsapp: PlanWhatsApp, consent: Any, reason: str | None
) -> None:
    planned = await plan_whatsapp(
        {**BODY, **silent()},
        consents={NUMBER: consent} if consent else {},
        inbound=OPEN,
        purpose=Purpose.TRANSACTIONAL,
    )

    assert (None if isinstance(planned.plan, kit.Send) else planned.reason) == reason


async def test_an_advertisement_in_an_open_window_obeys_a_no(plan_whatsapp: PlanWhatsApp) -> None:
    planned = await plan_whatsapp({**BODY, **silent()}, consents={NUMBER: NO}, inbound=OPEN)

    assert planned.reason == "NOT_SUBSCRIBED"


@pytest.mark.parametrize("word", ["447400123456", "+44 7400 123456"])
async def test_a_number_abroad_is_one_with_and_without_its_plus(
    plan_whatsapp: PlanWhatsApp, word: str
) -> None:
    planned = await plan_whatsapp(
        silent(word),
        own_settings={"defaultCountry": "US"},
        consents={"+447400123456": YES},
    )

    assert planned.form["To"] == "whatsapp:+447400123456"


async def test_the_remedy_shows_the_trait_and_the_channel_of_whatsapp(plan_whatsapp: PlanWhatsApp) -> None:
    planned = await plan_whatsapp(silent(), consents={}, inbound={})

    assert isinstance(planned.plan, kit.Suppress)
    assert '"whatsapp_opt_in": true' in (planned.plan.remedy or "")
    assert "channel: WHATSAPP" in (planned.plan.remedy or "")


# -- senders ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sender", "sent"),
    [
        ("whatsapp:+12025550100", "whatsapp:+12025550100"),
        ("+12025550100", "whatsapp:+12025550100"),
        ("+1 (202) 555-0100", "whatsapp:+12025550100"),
        ("MG" + "0" * 32, "MG" + "0" * 32),
    ],
)
async def test_a_sender_goes_out_as_twilio_expects_it(
    plan_whatsapp: PlanWhatsApp, sender: str, sent: str
) -> None:
    planned = await plan_whatsapp({"from": sender})

    assert planned.form["From"] == sent
    assert planned.form["To"] == f"whatsapp:{NUMBER}"


@pytest.mark.parametrize(
    "sender", ["20255", "Acme Shop", "whatsapp:20255", "+1 555", "whatsapp:442012345678"]
)
async def test_what_is_no_number_is_no_sender_of_whatsapp(plan_whatsapp: PlanWhatsApp, sender: str) -> None:
    planned = await plan_whatsapp({"from": sender})

    assert planned.reason == "SENDER_NOT_ALLOWED"


async def test_free_text_needs_a_sender_that_is_a_number(plan_whatsapp: PlanWhatsApp) -> None:
    planned = await plan_whatsapp({**BODY, "from": "MG" + "0" * 32}, inbound=OPEN)

    assert planned.reason == "SENDER_NOT_ALLOWED"
    assert "the 24-hour window belongs to it" in planned.trace.results[-1].detail  # type: ignore[operator]  # it has one


async def test_a_template_goes_through_a_service_even_where_there_is_a_body(
    plan_whatsapp: PlanWhatsApp,
) -> None:
    planned = await plan_whatsapp({**BOTH, "from": "MG" + "0" * 32}, inbound=OPEN)

    assert planned.form["ContentSid"] == SID


async def test_a_country_that_is_not_allowed_gets_nothing(plan_whatsapp: PlanWhatsApp) -> None:
    planned = await plan_whatsapp(allowed_countries=frozenset({"GB"}))

    assert planned.reason == "COUNTRY_NOT_ALLOWED"


# -- content ----------------------------------------------------------------------------------------------------------


async def test_a_body_prints_who_the_person_is(plan_whatsapp: PlanWhatsApp) -> None:
    person = kit.Person(user_id="ada", traits={"first_name": "Ada"}, phone=NUMBER)

    planned = await plan_whatsapp(
        {**BODY, "body": "{{ profile.traits.first_name }} {{ profile.user_id }} {{ profile.phone }}"},
        person=person,
        inbound=OPEN,
    )

    assert planned.form["Body"] == f"Ada ada {NUMBER}"


@pytest.mark.parametrize(("text", "code"), [("x" * 1601, "21617"), ("{{ profile.traits.nothing }}", "21602")])
async def test_a_body_that_twilio_would_refuse_is_refused_before(
    plan_whatsapp: PlanWhatsApp, text: str, code: str
) -> None:
    with pytest.raises(kit.PayloadValidationError) as refused:
        await plan_whatsapp({**BODY, "body": text}, inbound=OPEN)

    assert refused.value.provider_code == code


async def test_neither_body_nor_template_is_a_missing_field(plan_whatsapp: PlanWhatsApp) -> None:
    with pytest.raises(
        kit.PayloadValidationError, match=r"^The root value is missing the required field 'contentSid'\.$"
    ):
        await plan_whatsapp({"contentSid": None})


async def test_outside_the_gateway_no_template_is_read(plan_whatsapp: PlanWhatsApp) -> None:
    planned = await plan_whatsapp()

    assert planned.reads == []
    assert planned.trace.results[3].detail == f"the template {SID} (not known), 0 variables"


async def test_a_template_that_is_too_long_once_filled_is_refused_before(plan_whatsapp: PlanWhatsApp) -> None:
    long = {"1": "x" * 900, "2": "y" * 900}
    types = {"twilio/text": {"body": "{{1}} {{2}}"}}

    with pytest.raises(kit.PayloadValidationError) as refused:
        await plan_whatsapp(
            {"contentVariables": long}, answers=((200, {"types": types}),), inbound={}, lookups=True
        )

    assert refused.value.provider_code == "21617"


async def test_the_code_of_an_authentication_template_is_its_variable(plan_whatsapp: PlanWhatsApp) -> None:
    answers = (
        (200, {"types": {"whatsapp/authentication": {"actions": []}}, "variables": {"1": "123456"}}),
        (200, {"whatsapp": {"status": "approved"}}),
    )

    planned = await plan_whatsapp({"contentVariables": {"1": "998877"}}, answers=answers, lookups=True)

    assert planned.form["ContentVariables"] == '{"1":"998877"}'


async def test_overrides_of_a_mapping_that_twilio_does_not_know_are_refused(
    plan_whatsapp: PlanWhatsApp,
) -> None:
    with pytest.raises(kit.PayloadValidationError, match="Invalid connection overrides"):
        await plan_whatsapp({"connectionOverrides": "rc=99"}, callback_url="https://example.com/cb")


async def test_nothing_goes_to_a_host_that_was_switched_off(plan_whatsapp: PlanWhatsApp) -> None:
    with pytest.raises(kit.PayloadValidationError, match=r"Use api\.dublin\.ie1\.twilio\.com\."):
        await plan_whatsapp(own_settings={"twilioHostname": "api.ie1.twilio.com"})
