"""What waits, as GraphQL tells it."""

from datetime import timedelta
from typing import Any

from destinations.kit import Reason
from gateway.deliveries import DeliveryStatus
from gateway.workspace import Role
from tests.gateway.graphql.conftest import NOON, Ledger

ASK = "{ queues { destination { id } sender waiting held oldestSeconds estimatedWaitSeconds paused buried } }"
SENDER = "+15550001111"


async def test_what_waits_is_told_by_destination_and_sender(ledger: Ledger) -> None:
    api = ledger.api
    paced: dict[str, Any] = {
        "status": DeliveryStatus.HELD,
        "reason": Reason.PACED,
        "sender": SENDER,
        "segments": 1,
        "next_attempt_at": NOON + timedelta(hours=4),
    }
    await ledger.delivery(1)
    await ledger.delivery(2, **paced)
    await ledger.delivery(3, **{**paced, "reason": Reason.ACCOUNT_NOT_VERIFIED})
    await ledger.delivery(4, status=DeliveryStatus.ACCEPTED, sender=SENDER)
    api.clock.advance(90)

    seen = (await api.data(ASK))["queues"]

    of = {"destination": {"id": ledger.destination_id}, "oldestSeconds": 90, "paused": False, "buried": 0}
    assert seen == [
        {**of, "sender": None, "waiting": 1, "held": 0, "estimatedWaitSeconds": None},
        {**of, "sender": SENDER, "waiting": 1, "held": 1, "estimatedWaitSeconds": None},
    ]


async def test_a_viewer_sees_no_number_and_another_space_nothing(ledger: Ledger) -> None:
    api = ledger.api
    await ledger.delivery(1, status=DeliveryStatus.RETRYING, sender=SENDER)

    [seen] = (await api.data(ASK, await api.token(Role.VIEWER)))["queues"]
    elsewhere = await api.data(ASK, await api.token(Role.ADMIN, space="other"))

    assert (seen["waiting"], "0001" in seen["sender"]) == (1, False)
    assert elsewhere == {"queues": []}


async def test_nothing_that_waits_is_an_empty_list(ledger: Ledger) -> None:
    await ledger.delivery(1, status=DeliveryStatus.ACCEPTED)

    assert (await ledger.api.data(ASK))["queues"] == []
