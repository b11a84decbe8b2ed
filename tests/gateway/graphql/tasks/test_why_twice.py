"""A person got the same text twice: which mappings are for the same event, and switching one of them off."""

from pathlib import Path

from sqlalchemy import Connection

from gateway.storage import mappings
from tests import factories
from tests.gateway.graphql.tasks.find_tasks import OPERATOR, desk
from tests.integration.engage.wired import MAPPINGS

TWICE = """query($n: String!) { contact(phone: $n) { deliveries { totalCount edges { node {
  status messageSid createdAt event { id messageId repetitions } mapping { id name revision }
} } } } }"""
DISABLE = """mutation($input: MappingUpdateInput!) { mappingUpdate(input: $input) {
  mapping { enabled } errors { message } } }"""


async def test_two_mappings_are_for_one_event(database: Path) -> None:
    async with desk(database) as (api, world):
        action, fields = MAPPINGS["sendSms"]
        second = factories.mapping(
            id="map_" + "2" * 8,
            name="order, once more",
            destination_id="dst_twilio",
            action=action,
            trigger='type = "track" and event = "sendSms"',
            fields=fields,
        )

        def add(connection: Connection) -> None:
            mappings.add(connection, second)

        await world.store.write(add)
        world.services.workspace.invalidate()
        number = await world.person()
        await world._take({"type": "track", "event": "sendSms", "userId": number})
        await world.turn()

        found = (await api.data(TWICE, OPERATOR, n=number))["contact"]["deliveries"]
        texts = [edge["node"] for edge in found["edges"]]
        [other] = [one["mapping"] for one in texts if one["mapping"]["name"] == "order, once more"]
        given = {"id": other["id"], "expectedRevision": other["revision"], "enabled": False}
        done = await api.data(DISABLE, OPERATOR, input=given)
        await world._take({"type": "track", "event": "sendSms", "userId": number})
        await world.turn()
        after = (await api.data(TWICE, OPERATOR, n=number))["contact"]["deliveries"]

    assert found["totalCount"] == 2
    assert len({one["event"]["id"] for one in texts}) == 1
    assert {one["mapping"]["name"] for one in texts} == {"order", "order, once more"}
    assert len({one["messageSid"] for one in texts}) == 2
    assert {one["event"]["repetitions"] for one in texts} == {0}
    assert done["mappingUpdate"] == {"mapping": {"enabled": False}, "errors": []}
    assert after["totalCount"] == 3
