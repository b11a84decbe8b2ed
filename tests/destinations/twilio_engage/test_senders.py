"""Senders: what carriers are known to refuse is not sent."""

from typing import Any

import pytest

from destinations import kit
from destinations.kit import SenderKind
from destinations.twilio_engage.senders import sms_sender, whatsapp_sender
from tests.destinations.twilio_engage.conftest import NOW, SENDER, PlanSms, PlanWhatsApp

IN_USE, REMOVED = kit.SenderState.IN_USE, kit.SenderState.REMOVED
US, CA, PR, GB = "+12025550142", "+16135550142", "+17875550142", "+447700900123"


def to(number: str, **fields: Any) -> dict[str, Any]:
    """The fields of a text to somebody who agreed."""
    return {"externalIds": [{"type": "phone", "id": number, "subscriptionStatus": "subscribed"}], **fields}


@pytest.mark.parametrize(
    ("address", "kind", "number"),
    [
        ("+12025550100", SenderKind.PHONE_NUMBER, "+12025550100"),
        ("(202) 555-0100", SenderKind.PHONE_NUMBER, None),
        ("20255", SenderKind.SHORT_CODE, None),
        ("894546", SenderKind.SHORT_CODE, None),
        ("MG" + "0a" * 16, SenderKind.MESSAGING_SERVICE, None),
        ("Northwind", SenderKind.ALPHANUMERIC, None),
        ("MGM", SenderKind.ALPHANUMERIC, None),
        ("MGB", SenderKind.ALPHANUMERIC, None),
        ("MGFACE", SenderKind.ALPHANUMERIC, None),
        ("MGface", SenderKind.ALPHANUMERIC, None),
        ("MG1", SenderKind.MESSAGING_SERVICE, None),
        ("MGFACE7", SenderKind.MESSAGING_SERVICE, None),
        ("MG7g", SenderKind.ALPHANUMERIC, None),
        ("mg7", SenderKind.ALPHANUMERIC, None),
    ],
)
def test_a_sender_is_told_by_how_it_is_written(address: str, kind: SenderKind, number: str | None) -> None:
    sender = sms_sender(address, None)

    assert (sender.address, sender.kind, sender.number) == (address, kind, number)


@pytest.mark.parametrize(
    ("written", "country"),
    [
        ("+1 (202) 555-0100", None),
        ("+1 202 555 0100", None),
        ("+1\u00a0202\u00a0555\u00a00100", None),
        ("+1.202.555.0100", None),
        ("(202) 555-0100", "US"),
    ],
)
async def test_a_sender_written_with_blanks_goes_out_in_e164(
    plan_sms: PlanSms, plan_whatsapp: PlanWhatsApp, written: str, country: str | None
) -> None:
    own = {"own_settings": {"defaultCountry": country}}

    assert (await plan_sms(to(US, **{"from": written}), **own)).form["From"] == "+12025550100"
    assert (await plan_whatsapp({"from": written}, **own)).form["From"] == "whatsapp:+12025550100"


def test_a_national_whatsapp_number_is_read_in_the_default_country() -> None:
    assert whatsapp_sender("(202) 555-0100", "US").address == "whatsapp:+12025550100"


@pytest.mark.parametrize("number", [US, CA, PR])
async def test_a_name_sends_nothing_to_countries_that_take_none(plan_sms: PlanSms, number: str) -> None:
    planned = await plan_sms(to(number, **{"from": "Northwind"}))

    assert planned.reason == "SENDER_NOT_ALLOWED"
    assert planned.gates[-1] == ("sender", False)


async def test_a_name_sends_where_it_is_taken_though_it_is_on_no_list(plan_sms: PlanSms) -> None:
    planned = await plan_sms(to(GB, **{"from": "Northwind"}))

    assert planned.form["From"] == "Northwind"
    assert planned.trace.results[-2].detail == (
        "An alphanumeric sender, which this country takes; nobody can answer it."
    )
    assert planned.reads == []


@pytest.mark.parametrize("name", ["Northwind Traders", "Nörd", "A\tB"])
async def test_a_name_that_can_be_none_is_refused(plan_sms: PlanSms, name: str) -> None:
    planned = await plan_sms(to(GB, **{"from": name}))

    assert planned.reason == "SENDER_NOT_ALLOWED"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ((200, {"type": "Trial"}), "SENDER_NOT_ALLOWED"),
        ((200, {"type": "Full"}), None),
        ((200, {}), None),
        ((401, {"code": 20003, "message": "a standard key", "status": 401}), None),
    ],
)
async def test_a_trial_account_sends_from_no_name(plan_sms: PlanSms, answer: Any, reason: str | None) -> None:
    planned = await plan_sms(to(GB, **{"from": "Northwind"}), answers=(answer,), lookups=True)

    assert (None if isinstance(planned.plan, kit.Send) else planned.reason) == reason
    assert [request.url.rpartition("/")[2] for request in planned.reads] == ["AC" + "0" * 32 + ".json"]


async def test_of_a_number_nobody_asks_whether_the_account_is_a_trial(plan_sms: PlanSms) -> None:
    planned = await plan_sms(to(GB), lookups=True)

    assert planned.reads == []


@pytest.mark.parametrize(
    ("country", "written", "number"),
    [
        ("US", "415 555 2671", "+14155552671"),
        ("GB", "020 7183 8750", "+442071838750"),
        ("CN", "021 6309 5246", "+862163095246"),
        ("AU", "(08) 9287 8230", "+61892878230"),
    ],
)
async def test_a_national_number_is_read_in_the_destinations_country(
    plan_sms: PlanSms, country: str, written: str, number: str
) -> None:
    planned = await plan_sms(to(written), own_settings={"defaultCountry": country})

    assert planned.form["To"] == number


@pytest.mark.parametrize(
    ("address", "known", "held"),
    [
        ("+12025550100", {"+12025550100": IN_USE}, False),
        ("+12025550100", {"+12025550100": REMOVED}, True),
        ("+12025550100", {}, False),
        ("20255", {"20255": REMOVED}, True),
        ("MG" + "0a" * 16, {"MG" + "0a" * 16: REMOVED}, True),
        ("Northwind", {"Northwind": REMOVED}, False),
    ],
)
async def test_a_sender_that_is_known_to_be_gone_is_waited_for_and_a_name_never_is(
    plan_sms: PlanSms, address: str, known: dict[str, kit.SenderState | None], held: bool
) -> None:
    planned = await plan_sms(to(GB, **{"from": address}), senders=known)

    assert isinstance(planned.plan, kit.Hold) == held
    if isinstance(planned.plan, kit.Hold):
        assert planned.plan.reason == kit.Reason.SENDER_REMOVED
        assert (planned.plan.until - NOW).total_seconds() == 900


async def test_a_whatsapp_sender_that_is_known_to_be_gone_is_waited_for(plan_whatsapp: PlanWhatsApp) -> None:
    planned = await plan_whatsapp(senders={f"whatsapp:{SENDER}": REMOVED})

    assert isinstance(planned.plan, kit.Hold)
    assert planned.plan.reason == kit.Reason.SENDER_REMOVED
    assert planned.gates[-1] == ("sender", False)
