"""A mapping and its destination each name a sender: which one wins is shown, and said where one of them is a service."""

from typing import Any

import pytest

from destinations.twilio_engage import simulator
from tests.gateway.graphql.senders.conftest import OTHER, OURS, Shop

SERVICE = simulator.SERVICE_SID

SETTINGS = """mutation($sender: String!) { destinationUpdate(input: { id: "dst_paper", expectedRevision: 1,
  settings: { twilioEngage: { defaultSender: $sender } } }) { errors { message path } } }"""
MAPPING = '{ mapping(id: "map_order") { effectiveSender problems { severity path message } } }'
FIELDS = """mutation($fields: JSON!) { mappingUpdate(input: { id: "map_order", expectedRevision: 1, fields: $fields }) {
  mapping { effectiveSender problems { severity path message } } errors { message path } } }"""

LEAVE = (
    "To send from the default one, take `from` out of the mapping's fields; if it is meant so, there is nothing to do, or take "
    "`defaultSender` out of the settings where no other mapping needs it."
)
NUMBER_WINS = (
    f"It names the sender {OURS}, and the `defaultSender` of the destination is the service {SERVICE}: its own `from` wins, so that none "
    f"of that service's pool is used. {LEAVE}"
)
SERVICE_WINS = (
    f"It names the service {SERVICE}, and the `defaultSender` of the destination is the sender {OTHER}: its own `from` wins, so that that "
    f"sender is not used. {LEAVE}"
)


async def with_default(shop: Shop, sender: str) -> None:
    done = await shop.change(SETTINGS, sender=sender)
    assert done == {"destinationUpdate": {"errors": []}}


def of_sender(problems: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(one["severity"], one["message"]) for one in problems if one["path"] == "/fields/from"]


@pytest.mark.parametrize(
    ("default", "own", "effective", "said"),
    [
        (SERVICE, OURS, OURS, [("WARNING", NUMBER_WINS)]),
        (OTHER, SERVICE, SERVICE, [("WARNING", SERVICE_WINS)]),
        (OTHER, OURS, OURS, []),
        (SERVICE, SERVICE, SERVICE, []),
        (SERVICE, None, SERVICE, []),
        (SERVICE, {"@path": "$.properties.from"}, None, []),
    ],
    ids=[
        "number over service",
        "service over number",
        "two numbers",
        "the same",
        "default alone",
        "by event",
    ],
)
async def test_the_effective_sender_is_shown_and_a_conflict_is_named_at_save_and_afterwards(
    shop: Shop, default: str, own: Any, effective: str | None, said: list[tuple[str, str]]
) -> None:
    await with_default(shop, default)
    fields = {"body": "Thanks!", "send": True, **({} if own is None else {"from": own})}

    saved = (await shop.change(FIELDS, fields=fields))["mappingUpdate"]
    shown = (await shop.change(MAPPING))["mapping"]

    assert saved["errors"] == []
    for mapping in (saved["mapping"], shown):
        assert mapping["effectiveSender"] == effective
        assert of_sender(mapping["problems"]) == said


async def test_the_sender_that_is_shown_as_effective_is_the_one_that_sends(shop: Shop) -> None:
    await with_default(shop, SERVICE)
    await shop.change('mutation { destinationVerify(input: {id: "dst_paper"}) { errors { message } } }')
    await shop.queue(1)

    await shop.seconds(1)

    assert (await shop.change(MAPPING))["mapping"]["effectiveSender"] == OURS
    assert shop.senders == [OURS]
