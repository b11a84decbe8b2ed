"""What Segment sends on of audiences, computed traits and journeys, in its own shapes, signed as its Webhooks sign."""

import hashlib
import hmac
import json
from typing import Any

from sqlalchemy import Connection

from gateway import ids
from gateway.storage import mappings, sources
from gateway.workspace import Mapping
from mappings.presets import PRESETS
from tests import factories
from tests.situations.stage import SENDERS, Stage

DORA = "+12025550144"
SHARED = "what Segment and we both know"
NOT_OURS = {"All": False, "Webhooks (Actions)": True}
"""As Engage has it on whatever it sends: which of Segment's destinations it is for."""

ONLY = {preset.name: preset for preset in PRESETS}


def computed(kind: str, key: str, **given: Any) -> dict[str, Any]:
    personas = {
        "computation_class": kind,
        "computation_id": f"{'tra' if kind == 'trait' else 'aud'}_2Qb644c0fe",
        "computation_key": key,
        "namespace": "spa_9hK2Lr",
        "space_id": "spa_9hK2Lr",
    }
    context = {"personas": personas, "library": {"name": "unknown", "version": "unknown"}}
    return {"userId": "dora", "integrations": NOT_OURS, "context": context, **given}


def entered(key: str, event: str = "Audience Entered", kind: str = "audience", **more: Any) -> dict[str, Any]:
    """The track form: `Audience Entered` or `Audience Exited`."""
    properties = {"audience_key": key, key: event == "Audience Entered"}
    return computed(kind, key, type="track", event=event, properties=properties, **more)


def member(key: str, value: object = True, kind: str = "audience", **more: Any) -> dict[str, Any]:
    """The identify form: the trait of the audience's key."""
    return computed(kind, key, type="identify", traits={key: value}, **more)


def trait_computed(key: str, value: object) -> dict[str, Any]:
    return computed(
        "trait", key, type="track", event="Trait Computed", properties={"trait_key": key, key: value}
    )


def subscribed(number: str, status: object = True) -> dict[str, Any]:
    """The external id that Engage gives of a phone with its subscription."""
    return {
        "id": number,
        "type": "phone",
        "channelType": "sms",
        "isSubscribed": status,
        "collection": "users",
        "encoding": "none",
    }


def signature(body: bytes, secret: str = SHARED) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha1).hexdigest()


class Segment:
    """A Webhooks destination of Segment's, in front of a gateway that has some presets."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self._source = f"src_segment_{stage.space}"
        self._sent = 0

    async def settle(self, *presets: str) -> None:
        """Dora agreed; a signed source; a mapping by each of these presets, and none beside."""
        await self.stage.say(
            {"type": "identify", "userId": "dora", "traits": {"phone": DORA, "sms_opt_in": True}}
        )
        await self.stage.store.write(lambda c: self._configure(c, presets))
        self.stage.services.workspace.invalidate()

    def _configure(self, connection: Connection, presets: tuple[str, ...]) -> None:
        made = factories.source(
            id=self._source,
            space=self.stage.space,
            name="Segment",
            write_key_hash=ids.digest(self.stage.key("Segment")),
            shared_secret_set_at=self.stage.clock.now(),
        )
        sources.add(connection, made)
        sources.share(connection, self.stage.services.secrets, made.id, SHARED)
        sources.connect(connection, made.id, self.stage.destination)
        for name in presets:
            mappings.add(connection, self._mapping(name))

    def _mapping(self, name: str) -> Mapping:
        preset = ONLY[name]
        one: Mapping = factories.mapping(
            id=f"map_{name}_{self.stage.space}",
            destination_id=self.stage.destination,
            name=name,
            action=preset.action,
            trigger=preset.trigger,
            fields={**preset.fields, "from": SENDERS[preset.action]},
        )
        return one

    async def map(self, fields: dict[str, Any], trigger: str) -> None:
        """A mapping to SMS of these fields beside the others."""
        there, space = self.stage.destination, self.stage.space
        one = factories.mapping(
            id=f"map_own_{space}", destination_id=there, action="sendSms", trigger=trigger, fields=fields
        )
        await self.stage.store.write(lambda c: mappings.add(c, one))
        self.stage.services.workspace.invalidate()

    async def send(self, *events: dict[str, Any], each: float = 60) -> list[int]:
        """Each event by itself, some time after the one before; the statuses of the answers."""
        answers = []
        for event in events:
            self.stage.clock.advance(each)
            self._sent += 1
            at = self.stage.clock.now().isoformat()
            given = {
                "messageId": f"segment-{self._sent}",
                "timestamp": at,
                "sentAt": at,
                "receivedAt": at,
                **event,
            }
            answers.append(await self.post(json.dumps(given).encode()))
        return answers

    async def together(self, *events: dict[str, Any]) -> int:
        """These events as one list, as a Function sends them."""
        at = self.stage.clock.now().isoformat()
        listed = []
        for event in events:
            self._sent += 1
            listed.append({"messageId": f"segment-{self._sent}", "timestamp": at, **event})
        return await self.post(json.dumps(listed).encode())

    async def post(self, body: bytes, path: str | None = None, secret: str = SHARED, **headers: str) -> int:
        """A body, signed with that secret; the status of the answer, once every turn that is due then was taken."""
        where = f"/v1/events/{self._source}" if path is None else path
        return await self.stage.raw(where, body, {"X-Signature": signature(body, secret), **headers})

    @property
    def texts(self) -> list[str]:
        """What Dora was sent."""
        forms = [dict(one.form) for one in self.stage.line.requests]
        assert {form["To"] for form in forms} <= {DORA}
        return [form["Body"] for form in forms]

    async def told(self, message_id: str) -> Any:
        """What is shown of an event."""
        query = """query ($id: String!) { events(filter: {messageId: $id}) { edges { node {
          outcome problem payload whyNot { mapping { name } matched failedTerm found } } } } }"""
        found = await self.stage.ask(query, id=message_id)
        [edge] = found["events"]["edges"]
        return edge["node"]
