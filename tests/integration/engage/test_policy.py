"""What a destination's policy refuses makes no request, and what is only noted goes out as it was written."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from destinations.kit import Channel, MmsFallback, Policy, Reason
from destinations.twilio_engage.error_codes import remedy_for
from gateway.deliveries import Delivery, DeliveryStatus
from gateway.storage.sqlite import SqliteStore
from tests.integration.engage.wired import PICTURE, Wired

GB, IN = "+447700900123", "+919876543210"
SUPPRESS, STRICT = Policy(mms_fallback=MmsFallback.SUPPRESS), Policy(require_dlt_for_india=True)


@asynccontextmanager
async def with_policy(database: Path, policy: Policy) -> AsyncIterator[Wired]:
    wired = Wired(SqliteStore.open(database), database.parent)
    await wired.configure(policy)
    try:
        yield wired
    finally:
        await wired.close()


def country(one: Delivery) -> str:
    """What the gate of countries and media saw."""
    (line,) = (line for line in one.explanation if line["gate"] == "country")
    return str(line["detail"])


@pytest.mark.parametrize(
    ("policy", "phone", "event", "note"),
    [
        (Policy(), GB, "sendSms with a picture", "Note MMS_COUNTRY: "),
        (Policy(), IN, "sendSms", "Note DLT_REQUIRED: "),
        (SUPPRESS, None, "sendSms with a picture", "US, which may be sent to."),
        (STRICT, GB, "sendSms", "GB, which may be sent to."),
    ],
)
async def test_what_twilio_may_deliver_goes_out_as_it_was_written(
    database: Path, policy: Policy, phone: str | None, event: str, note: str
) -> None:
    async with with_policy(database, policy) as wired:
        person = await wired.person(**({} if phone is None else {"phone": phone}))

        one = await wired.happen(person, event)

        with_picture = event == "sendSms with a picture"
        assert one.status is DeliveryStatus.ACCEPTED
        assert one.channel is (Channel.MMS if with_picture else Channel.SMS)
        assert note in country(one)
        (request,) = wired.requests_to(phone or person)
        assert [value for name, value in request.form if name == "MediaUrl"] == [PICTURE] * with_picture


@pytest.mark.parametrize(
    ("policy", "phone", "event", "reason"),
    [
        (SUPPRESS, GB, "sendSms with a picture", Reason.MMS_COUNTRY),
        (STRICT, IN, "sendSms", Reason.DLT_REQUIRED),
        (Policy(), GB, "sendSms with a drawing", Reason.MEDIA_TYPE),
        (Policy(allowed_countries=frozenset({"US", "CA"})), GB, "sendSms", Reason.COUNTRY_NOT_ALLOWED),
        (Policy(allowed_countries=frozenset({"IN"})), GB, "sendWhatsApp", Reason.COUNTRY_NOT_ALLOWED),
        (Policy(), None, "sendSms to a test number", Reason.NOT_SUBSCRIBED),
    ],
)
async def test_what_the_policy_or_every_carrier_refuses_makes_no_request(
    database: Path, policy: Policy, phone: str | None, event: str, reason: Reason
) -> None:
    async with with_policy(database, policy) as wired:
        one = await wired.happen(await wired.person(**({} if phone is None else {"phone": phone})), event)

        assert (one.status, one.reason) == (DeliveryStatus.SUPPRESSED, reason)
        assert one.remedy
        assert wired.line.requests == []


async def test_a_number_of_the_policy_may_be_sent_to_without_an_opt_in(database: Path) -> None:
    async with with_policy(database, Policy(test_numbers=frozenset({"+12025550199"}))) as wired:
        one = await wired.happen(await wired.person(), "sendSms to a test number")

        assert (one.status, one.recipient) == (DeliveryStatus.ACCEPTED, "+12025550199")
        assert len(wired.requests_to("+12025550199")) == 1


@pytest.mark.parametrize("code", ["21612", "21621", "21622", "21703"])
async def test_where_the_converter_is_off_the_remedy_says_to_switch_it_on(wired: Wired, code: str) -> None:
    person = await wired.person(phone=GB)
    refusal: dict[str, Any] = {"action": "error", "code": code, "message": "No.", "to": GB}
    wired.simulator.steer(refusal)

    one = await wired.happen(person, "sendSms with a picture")

    assert (one.status, one.error_code) == (DeliveryStatus.REJECTED, code)
    assert one.remedy == remedy_for(code)
    assert "MMS Converter" in one.remedy
    assert "Twilio refuses this with 400" in country(one)
