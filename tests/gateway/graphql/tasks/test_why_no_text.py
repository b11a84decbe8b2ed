"""A person says on the phone that she got no text. All that is known is her number."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from destinations.kit import ConsentStatus
from gateway.consent import ConsentSource
from gateway.storage import consent, tables
from tests.factories import word
from tests.gateway.graphql.tasks.find_tasks import OPERATOR, desk

WHY = """query($text: String!) { find(text: $text) { ... on Contact {
  people { userIds }
  deliveries(first: 1) { edges { node {
    id status reason remedy recipient mapping { name } event { name messageId }
    explanation { gate passed reason detail }
  } } }
  consentHistory(first: 1) { edges { node { status source changedAt evidence { method } } } }
} } }"""


def failing(delivery: Any) -> list[tuple[str, str | None]]:
    """The one gate that stopped it."""
    return [(gate["gate"], gate["reason"]) for gate in delivery["explanation"] if not gate["passed"]]


async def test_she_said_stop_and_forgot(database: Path) -> None:
    async with desk(database) as (api, world):
        number = await world.person()
        stop = word(
            ConsentStatus.UNSUBSCRIBED,
            phone=number,
            own_word=True,
            source=ConsentSource.PROVIDER,
            occurred_at=world.clock.now(),
            evidence={"method": "keyword STOP"},
        )
        await world.store.write(lambda c: consent.add(c, stop))
        await world.happen(number, "sendSms")

        [contact] = (await api.data(WHY, OPERATOR, text=f"{number[:2]} ({number[2:5]}) {number[5:]}"))["find"]

    [edge] = contact["deliveries"]["edges"]
    one = edge["node"]
    assert contact["people"] == [{"userIds": [number]}]
    assert (one["status"], one["reason"], one["recipient"]) == ("SUPPRESSED", "OPTED_OUT", number)
    assert (one["mapping"]["name"], one["event"]["name"]) == ("order", "sendSms")
    assert failing(one) == [("consent", "OPTED_OUT")]
    assert "START" in one["remedy"]
    [said] = contact["consentHistory"]["edges"]
    assert said["node"]["status"] == "UNSUBSCRIBED"
    assert said["node"]["evidence"] == {"method": "keyword STOP"}


@pytest.mark.parametrize(
    ("column", "value", "reason", "remedy"),
    [
        ("enabled", False, "DESTINATION_DISABLED", "destinationUpdate"),
        ("status", "DRAFT", "ACCOUNT_NOT_VERIFIED", "destinationVerify"),
    ],
)
async def test_nothing_of_hers_was_even_looked_at(
    database: Path, column: str, value: object, reason: str, remedy: str
) -> None:
    """What is refused before anybody asks for a number is found by it all the same."""
    async with desk(database) as (api, world):
        number = await world.person()
        change = update(tables.destinations).values({column: value})
        await world.store.write(lambda c: c.execute(change))
        world.services.workspace.invalidate()
        await world.happen(number, "sendSms")

        [contact] = (await api.data(WHY, OPERATOR, text=number))["find"]
        listed = await api.data(
            "query($n: String) { deliveries(filter: {recipient: $n}) { totalCount } }", OPERATOR, n=number
        )

    [edge] = contact["deliveries"]["edges"]
    assert edge["node"]["reason"] == reason
    assert failing(edge["node"]) == [("ready", reason)]
    assert remedy in edge["node"]["remedy"]
    assert listed["deliveries"]["totalCount"] == 1


async def test_nobody_ever_heard_of_her(database: Path) -> None:
    async with desk(database) as (api, _world):
        assert await api.data(WHY, OPERATOR, text="+12025550199") == {"find": []}
