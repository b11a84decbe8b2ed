"""The form body of every shape of a message, in sending order."""

import pytest
from syrupy.assertion import SnapshotAssertion

from destinations import kit
from tests.destinations.twilio_engage import shapes
from tests.destinations.twilio_engage.conftest import Planned, PlanSms, PlanWhatsApp


def lines(planned: Planned) -> str:
    assert isinstance(planned.plan, kit.Send)
    return "\n".join(f"{key}={value}" for key, value in planned.plan.request.form)


@pytest.mark.parametrize("name", shapes.SMS)
async def test_the_form_of_send_sms(name: str, plan_sms: PlanSms, snapshot: SnapshotAssertion) -> None:
    assert lines(await plan_sms(**shapes.SMS[name])) == snapshot


@pytest.mark.parametrize("name", shapes.WHATSAPP)
async def test_the_form_of_send_whatsapp(
    name: str, plan_whatsapp: PlanWhatsApp, snapshot: SnapshotAssertion
) -> None:
    assert lines(await plan_whatsapp(**shapes.WHATSAPP[name])) == snapshot
