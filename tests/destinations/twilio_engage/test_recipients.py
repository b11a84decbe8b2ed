from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from destinations import kit
from destinations.kit import Consent, ConsentStatus, Person

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
NUMBER = "+12025550142"
OTHER = "+12025550143"
STOPPED = Consent(ConsentStatus.UNSUBSCRIBED, NOW, stopped=True)
AGREED = Consent(ConsentStatus.SUBSCRIBED, NOW)

PlanSms = Callable[..., Awaitable[Any]]


async def test_without_send_nothing_is_looked_at(plan_sms: PlanSms) -> None:
    planned = await plan_sms({"send": False, "toNumber": NUMBER})

    assert planned.reason == "SEND_DISABLED"
    assert planned.gates == [("send", False)]
    assert planned.reads == []


async def test_falls_back_to_the_persons_phone(plan_sms: PlanSms) -> None:
    planned = await plan_sms({"externalIds": []}, person=Person(phone=NUMBER), consents={NUMBER: AGREED})

    assert planned.form["To"] == NUMBER
    assert planned.form["Tags"] == f'{{"external_id_type":"phone","external_id_value":"{NUMBER}"}}'


async def test_to_picks_among_traits_the_events_over_the_persons(plan_sms: PlanSms) -> None:
    known = {"cell": OTHER, "home": NUMBER}
    person = Person(phone="+12025550199", traits=known, server_traits=known)
    to = "{{ profile.traits.cell | default: profile.traits.home }}"

    of_person = await plan_sms(
        {"externalIds": [], "to": to}, person=person, consents={OTHER: AGREED, NUMBER: AGREED}
    )
    of_event = await plan_sms(
        {"externalIds": [], "to": to, "traits": {"cell": NUMBER}},
        person=person,
        consents={OTHER: AGREED, NUMBER: AGREED},
    )

    assert (of_person.form["To"], of_event.form["To"]) == (OTHER, NUMBER)


async def test_to_picks_no_number_that_only_a_page_gave(plan_sms: PlanSms) -> None:
    person = Person(phone=NUMBER, traits={"mobile": OTHER, "phone": NUMBER}, server_traits={"phone": NUMBER})
    fields = {
        "externalIds": [],
        "to": "{{ profile.traits.mobile | default: profile.traits.phone }}",
        "body": "{{ profile.traits.mobile }}",
    }

    by_page = await plan_sms(fields, person=person, consents={OTHER: AGREED, NUMBER: AGREED})
    own = await plan_sms(
        {**fields, "traits": {"mobile": OTHER}},
        person=person,
        consents={OTHER: AGREED, NUMBER: AGREED},
        trusted=False,
    )

    assert (by_page.form["To"], by_page.form["Body"]) == (NUMBER, OTHER)
    assert own.form["To"] == NUMBER


@pytest.mark.parametrize(("trusted", "text"), [(True, "Bob, A-1, x"), (False, "Ann, A-1, x")])
async def test_what_a_page_says_prints_where_no_server_said_it(
    plan_sms: PlanSms, *, trusted: bool, text: str
) -> None:
    fields = {
        "body": "{{ profile.traits.name }}, {{ profile.traits.order }}, {{ profile.traits.seen }}",
        "traits": {"name": "Bob", "order": "A-1"},
        "traitEnrichment": True,
    }
    person = Person(
        phone=NUMBER,
        traits={"name": "Ann", "order": "A-0", "seen": "x"},
        server_traits={"name": "Ann"},
        server_numbers=frozenset({NUMBER}),
    )

    planned = await plan_sms(fields, person=person, consents={NUMBER: AGREED}, trusted=trusted)

    assert planned.form["Body"] == text


async def test_to_needs_an_opt_in(plan_sms: PlanSms) -> None:
    planned = await plan_sms({"externalIds": [], "to": NUMBER}, consents={})

    assert planned.reason == "NOT_SUBSCRIBED"
    assert planned.reads == []


async def test_a_to_that_renders_to_nothing_reaches_nobody(plan_sms: PlanSms) -> None:
    planned = await plan_sms(
        {"externalIds": [], "to": "{{ profile.traits.cell }}"},
        person=Person(phone=NUMBER),
        consents={NUMBER: AGREED},
    )

    assert planned.reason == "NO_SUPPORTED_IDS"


async def test_nobody_known_and_no_id_reaches_nobody(plan_sms: PlanSms) -> None:
    planned = await plan_sms({"externalIds": [{"type": "email", "id": "a@example.com"}]}, person=None)

    assert planned.reason == "NO_SUPPORTED_IDS"
    assert planned.plan.detail == "The event has no phone id for sms, and nobody is known."
    assert (
        '"userId": "ada", "traits": {"phone": "<the number in E.164>", "sms_opt_in": true}'
        in planned.plan.remedy
    )


async def test_waits_once_for_somebody_who_may_yet_be_identified(plan_sms: PlanSms) -> None:
    until = NOW + timedelta(seconds=10)

    waits = await plan_sms({"externalIds": []}, person=None, profile_hold_until=until)
    waited = await plan_sms({"externalIds": []}, person=None, profile_hold_until=NOW)

    assert isinstance(waits.plan, kit.Hold)
    assert (waits.plan.until, waits.plan.reason) == (until, kit.Reason.PROFILE_PENDING)
    assert waits.gates == [("send", True), ("recipient", False)]
    assert waited.reason == "NO_SUPPORTED_IDS"


async def test_does_not_wait_where_people_are_not_known_at_all(plan_sms: PlanSms) -> None:
    planned = await plan_sms({"externalIds": []}, profile_hold_until=NOW + timedelta(seconds=10))

    assert planned.reason == "NO_SUPPORTED_IDS"


@pytest.mark.parametrize("number", ["abcd", "12345", "+", "+999123456", "202 555 0142"])
async def test_a_number_that_can_be_none_is_refused(plan_sms: PlanSms, number: str) -> None:
    planned = await plan_sms({"externalIds": []}, person=Person(phone=number), consents={})

    assert planned.reason == "INVALID_PHONE"
    assert planned.gates == [("send", True), ("recipient", False)]
    assert planned.reads == []


async def test_national_numbers_are_read_in_the_default_country(plan_sms: PlanSms) -> None:
    planned = await plan_sms(
        {"externalIds": []},
        own_settings={"defaultCountry": "GB"},
        person=Person(phone="020 7183 8750"),
        consents={"+442071838750": AGREED},
    )

    assert planned.form["To"] == "+442071838750"
    assert planned.form["Tags"] == '{"external_id_type":"phone","external_id_value":"020 7183 8750"}'


async def test_an_id_that_is_no_number_gives_way_to_the_next(plan_sms: PlanSms) -> None:
    bad = {"type": "phone", "id": "abcd", "subscriptionStatus": "subscribed"}
    good = {"type": "phone", "id": NUMBER, "subscriptionStatus": "subscribed"}

    planned = await plan_sms({"externalIds": [bad, good]})

    assert planned.form["To"] == NUMBER


async def test_a_delivery_never_goes_to_a_second_number(plan_sms: PlanSms) -> None:
    same = await plan_sms(recipient=NUMBER)
    other = await plan_sms(recipient=OTHER)

    assert same.form["To"] == NUMBER
    assert other.reason == "RECIPIENT_CHANGED"
    assert other.reads == []


async def test_a_test_number_needs_no_opt_in(plan_sms: PlanSms) -> None:
    planned = await plan_sms(
        {"toNumber": NUMBER, "externalIds": []}, consents={}, test_numbers=frozenset({NUMBER})
    )

    assert planned.form["To"] == NUMBER
    assert planned.form["Tags"] == f'{{"external_id_value":"{NUMBER}"}}'


async def test_a_stop_holds_for_a_test_number(plan_sms: PlanSms) -> None:
    planned = await plan_sms(
        {"toNumber": NUMBER}, consents={NUMBER: STOPPED}, test_numbers=frozenset({NUMBER})
    )

    assert planned.reason == "OPTED_OUT"
    assert planned.reads == []


async def test_any_other_to_number_needs_an_opt_in_and_nobody_else_is_sent_to(plan_sms: PlanSms) -> None:
    refused = await plan_sms({"toNumber": OTHER}, consents={}, test_numbers=frozenset())
    agreed = await plan_sms({"toNumber": OTHER}, consents={OTHER: AGREED}, test_numbers=frozenset())

    assert refused.reason == "NOT_SUBSCRIBED"
    assert agreed.form["To"] == OTHER


@pytest.mark.parametrize(
    ("sender", "number", "reason"),
    [
        ("My Brand", "+12025550142", "SENDER_NOT_ALLOWED"),
        ("My Brand", "+14165550142", "SENDER_NOT_ALLOWED"),
        ("My Brand", "+15005550009", "SENDER_NOT_ALLOWED"),
        ("My Brand", "+442071838750", None),
        ("12345", "+12025550142", None),
        ("(500) 555-0006", "+12025550142", None),
        ("MG" + "a1" * 16, "+12025550142", None),
        ("MG" + "a" * 32, "+442071838750", "SENDER_NOT_ALLOWED"),
    ],
)
async def test_a_name_as_sender_is_refused_where_carriers_refuse_it(
    plan_sms: PlanSms, sender: str, number: str, reason: str | None
) -> None:
    planned = await plan_sms({"from": sender, "toNumber": number})

    assert (planned.reason if isinstance(planned.plan, kit.Suppress) else None) == reason


async def test_marketing_waits_while_a_message_may_be_a_stop(plan_sms: PlanSms) -> None:
    planned = await plan_sms(
        {"externalIds": [], "to": NUMBER}, consents={NUMBER: AGREED}, in_review={NUMBER: "inb_1"}
    )

    assert (planned.reason, planned.gates[-1]) == ("NEEDS_REVIEW", ("consent", False))
    assert isinstance(planned.plan, kit.Hold)
    assert planned.plan.remedy is not None
    assert 'inboundReview(input: {id: "inb_1", answer: NOT_A_STOP})' in planned.plan.remedy


async def test_what_is_no_marketing_waits_for_no_review(plan_sms: PlanSms) -> None:
    planned = await plan_sms(
        {"externalIds": [], "to": NUMBER},
        consents={NUMBER: AGREED},
        in_review={NUMBER: "inb_1"},
        purpose=kit.Purpose.TRANSACTIONAL,
    )

    assert planned.form["To"] == NUMBER


async def test_a_stop_needs_no_review(plan_sms: PlanSms) -> None:
    planned = await plan_sms(
        {"externalIds": [], "to": NUMBER}, consents={NUMBER: STOPPED}, in_review={NUMBER: "inb_1"}
    )

    assert planned.reason == "OPTED_OUT"


@pytest.mark.parametrize(
    ("given", "dialled"),
    [
        ("+52 1 55 8765 0000", "+525587650000"),
        ("+55 11 8765-4321", "+551187654321"),
        ("+54 11 4321 0000", "+541143210000"),
        ("+54 9 11 4321 0000", "+5491143210000"),
    ],
)
@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
async def test_what_is_dialled_is_the_number_as_given_but_for_mexicos_1(
    plan_sms: PlanSms, plan_whatsapp: PlanSms, channel: str, given: str, dialled: str
) -> None:
    plan, prefix = (plan_sms, "") if channel == "sms" else (plan_whatsapp, "whatsapp:")
    ids = [{"type": "phone", "id": given, "channelType": channel, "subscriptionStatus": "subscribed"}]

    planned = await plan({"externalIds": ids})

    assert planned.form["To"] == prefix + dialled


@pytest.mark.parametrize("given", ["+5215587650000", "+525587650000"])
@pytest.mark.parametrize("said", ["+5215587650000", "+525587650000"])
async def test_a_stop_is_found_whichever_form_of_the_number_is_texted(
    plan_sms: PlanSms, given: str, said: str
) -> None:
    planned = await plan_sms({"externalIds": []}, person=Person(phone=given), consents={said: STOPPED})

    assert planned.reason == "OPTED_OUT"
    assert planned.reads == []


async def test_a_delivery_stays_with_the_form_that_its_first_plan_fixed(plan_sms: PlanSms) -> None:
    fields: dict[str, Any] = {"externalIds": []}
    person = Person(phone="+5491143210000")

    planned = await plan_sms(
        fields, person=person, consents={"+5491143210000": AGREED}, recipient="+541143210000"
    )

    assert planned.form["To"] == "+541143210000"


async def test_a_test_number_is_one_in_every_form(plan_sms: PlanSms) -> None:
    planned = await plan_sms(
        {"toNumber": "+52 1 55 8765 0000", "externalIds": []},
        consents={},
        test_numbers=frozenset({"+525587650000"}),
    )

    assert planned.form["To"] == "+525587650000"


@pytest.mark.parametrize(
    "came",
    ["5550144", "123-456-7890", "000-000-0000", "+1 555 555 5555", "911", "112", "1.20256E+10", "true"],
)
@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
async def test_what_is_no_number_is_told_as_it_came(
    plan_sms: PlanSms, plan_whatsapp: PlanSms, channel: str, came: str
) -> None:
    plan = plan_sms if channel == "sms" else plan_whatsapp
    fields: dict[str, Any] = {"externalIds": []}

    planned = await plan(
        fields, own_settings={"defaultCountry": "US"}, person=Person(phone=came), consents={}
    )

    assert planned.reason == "INVALID_PHONE"
    assert planned.plan.detail == (
        f'Phone number must be able to be formatted to e164 for {channel}. It came as "{came}", which can\'t be one.'
    )
    assert planned.reads == []


@pytest.mark.parametrize("field", ["toNumber", "to"])
@pytest.mark.parametrize("value", [12025550142, 12025550142.0, "12025550142", "1.202.555.0142"])
async def test_a_field_takes_a_number_in_any_notation(plan_sms: PlanSms, field: str, value: Any) -> None:
    planned = await plan_sms(
        {field: value, "externalIds": []}, own_settings={"defaultCountry": "US"}, consents={NUMBER: AGREED}
    )

    assert planned.form["To"] == NUMBER
