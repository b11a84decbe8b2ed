from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import Connection, update

from destinations.kit import DestinationDefinition, DestinationStatus
from destinations.kit.registry import installed
from gateway.storage import configuration, destinations, external_contacts, tables
from gateway.storage.destinations import Standing
from gateway.workspace import Role
from tests.factories import UNHINDERED
from tests.gateway.graphql.conftest import Api, Ledger

ADA = "+12025550123"
WHY = """query($phone: String!, $mapping: ID!) {
  contact(phone: $phone) { whyNot(mappingId: $mapping) { gate passed reason detail } }
}"""
FIELDS = {"from": "+12025550100", "body": "Hello {{ properties.item | default: 'you' }}", "send": True}
CALL = {"type": "track", "event": "Order Placed", "userId": "ada"}


@pytest.fixture
def definitions() -> Mapping[str, DestinationDefinition]:
    return installed()


@pytest.fixture
async def texts(api: Api) -> Ledger:
    """A verified destination, connected, with a mapping for orders; and Ada, whose number is known."""
    settings = {
        "accountSid": "AC" + "0" * 32,
        "apiKeySid": "SK" + "0" * 32,
        "apiKeySecret": "a secret of this account",
        "authToken": "0" * 32,
    }
    given = {"name": "Texts", "settings": {"twilioEngage": settings}, "policy": UNHINDERED}
    made = await api.change("destinationCreate", given, "destination { id } errors { message }")
    assert made["errors"] == []
    destination, source = made["destination"]["id"], await api.source()
    mapping = await api.mapping(
        destination, FIELDS, action="sendSms", trigger='event = "Order Placed"', name="Order"
    )
    link = {"sourceId": source, "destinationId": destination}
    await api.change("sourceConnect", link, "errors { message }")
    now = api.clock.now()
    await api.services.store.write(
        lambda c: destinations.set_standing(
            c, destination, Standing(DestinationStatus.VERIFIED, {}, None), now
        )
    )
    api.services.workspace.invalidate()
    ledger = Ledger(api, source, destination, mapping)
    await ledger.match(
        {"type": "identify", "userId": "ada", "messageId": "i1", "traits": {"phone": ADA}},
    )
    return ledger


async def why(api: Api, texts: Ledger) -> list[Any]:
    data = await api.data(WHY, phone=ADA, mapping=texts.mapping_id)
    return list(data["contact"]["whyNot"])


async def of_all(api: Api, texts: Ledger, *token: str) -> list[Any]:
    """Every contact, each with what stops a text of the mapping to it."""
    query = "query($mapping: ID!) { contacts { edges { node { phone whyNot(mappingId: $mapping) { gate passed reason detail } } } } }"
    data = await api.data(query, *token, mapping=texts.mapping_id)
    return [edge["node"] for edge in data["contacts"]["edges"]]


async def subscribe(api: Api, status: str = "SUBSCRIBED") -> None:
    given = {"phone": ADA, "channel": "SMS", "status": status, "evidence": {"method": "paper form"}}
    assert (await api.change("consentUpdate", given, "errors { message }"))["errors"] == []


async def test_says_which_gate_would_stop_a_text_to_somebody_without_any_event(
    api: Api, texts: Ledger
) -> None:
    tried, *_passed, last = await why(api, texts)

    assert tried == {
        "gate": "mapping",
        "passed": True,
        "reason": None,
        "detail": "Tried with an event of the type and name that the trigger asks for: there is none of this person.",
    }
    assert (last["passed"], last["reason"]) == (False, "NOT_SUBSCRIBED")


async def test_of_a_person_without_a_number_it_is_said_what_follows_once_nobody_waits_for_one(
    api: Api, texts: Ledger
) -> None:
    api.clock.advance(60)
    await texts.match({"type": "identify", "userId": "ada", "messageId": "i2", "traits": {"phone": ""}})

    *_passed, last = await why(api, texts)

    assert (last["gate"], last["passed"], last["reason"]) == ("recipient", False, "NO_SUPPORTED_IDS")
    assert last["detail"] == "The event has no phone id for sms, and the person's phone is not known."


async def test_says_that_nothing_would_stop_it_once_they_agreed(api: Api, texts: Ledger) -> None:
    await subscribe(api)

    gates = await why(api, texts)

    assert [one["gate"] for one in gates if not one["passed"]] == []
    assert len(gates) > 5


async def test_tries_the_last_event_of_theirs_whatever_its_age_and_what_it_said_of_consent_is_old(
    api: Api, texts: Ledger
) -> None:
    said = {"external_ids": [{"type": "phone", "id": ADA, "isSubscribed": True}]}
    await texts.match({**CALL, **said, "messageId": "o1"})
    api.clock.advance(86_400)
    before = await why(api, texts)
    await subscribe(api, "UNSUBSCRIBED")

    after = await why(api, texts)

    assert before[0]["detail"] == (
        "Tried with the last event of this person that was for the mapping; how old it is, is not asked."
    )
    assert [one["reason"] for one in before if not one["passed"]] == []
    assert [one["reason"] for one in after if not one["passed"]] == ["NOT_SUBSCRIBED"]


async def test_nothing_is_sent_or_stored(api: Api, texts: Ledger) -> None:
    await subscribe(api)

    await why(api, texts)

    counts = "{ deliveries { totalCount } events { totalCount } }"
    assert api.sent.requests == []
    assert await api.data(counts) == {"deliveries": {"totalCount": 0}, "events": {"totalCount": 1}}


async def test_a_disabled_destination_stops_it_first(api: Api, texts: Ledger) -> None:
    revision = (
        await api.data("query($id: ID!) { destination(id: $id) { revision } }", id=texts.destination_id)
    )["destination"]["revision"]
    given = {"id": texts.destination_id, "expectedRevision": revision, "enabled": False}
    await api.change("destinationUpdate", given, "errors { message }")

    gates = await why(api, texts)

    assert [(one["gate"], one["passed"], one["reason"]) for one in gates] == [
        ("mapping", True, None),
        ("ready", False, "DESTINATION_DISABLED"),
    ]


async def test_a_mapping_of_another_space_is_not_there(api: Api, texts: Ledger) -> None:
    answer = await api.ask(WHY, phone=ADA, mapping="map_" + "0" * 32)

    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert answer["errors"][0]["message"] == "`mappingId` names no mapping of this contact's space."


async def test_a_viewer_sees_the_gate_and_its_reason_beside_the_contact_and_nothing_that_an_event_says(
    api: Api, texts: Ledger
) -> None:
    await texts.match({**CALL, "messageId": "o1"})
    mended = {"id": texts.mapping_id, "expectedRevision": 1, "trigger": 'event = "Order Canceled"'}
    matching = await why(api, texts)
    viewer = await api.token(Role.VIEWER)

    before = await of_all(api, texts, viewer)
    assert (await api.change("mappingUpdate", mended, "errors { message }"))["errors"] == []
    after = await of_all(api, texts, viewer)

    [contact] = before
    assert contact["phone"].endswith("23")
    assert ADA not in str(before)
    assert contact["whyNot"] == [{**gate, "detail": None} for gate in matching]
    assert contact["whyNot"][-1] == {
        "gate": "consent",
        "passed": False,
        "reason": "NOT_SUBSCRIBED",
        "detail": None,
    }
    assert after[0]["whyNot"] == [
        {"gate": "mapping", "passed": True, "reason": None, "detail": None},
        {"gate": "trigger", "passed": False, "reason": None, "detail": None},
    ]


async def test_what_no_mapping_can_text_yet_says_so_and_stays_in_its_list(api: Api, texts: Ledger) -> None:
    now = api.clock.now()

    def write(connection: Connection) -> None:
        external_contacts.remember(connection, "default", texts.destination_id, ["CH1"], None, now)

    await api.services.store.write(write)

    shown = {contact["phone"]: contact["whyNot"] for contact in await of_all(api, texts)}

    assert set(shown) == {ADA, None}
    assert shown[None] == [
        {
            "gate": "recipient",
            "passed": False,
            "reason": "NO_SUPPORTED_IDS",
            "detail": "No number of this contact is known, only a provider's own id: no mapping can text it yet.",
        }
    ]


async def test_a_mapping_that_does_not_compile_any_more_stops_it_and_the_contact_is_shown(
    api: Api, texts: Ledger
) -> None:
    def spoil(connection: Connection) -> None:
        connection.execute(update(tables.mappings).values(trigger="event = "))
        configuration.changed(connection)

    await api.services.store.write(spoil)
    api.services.workspace.invalidate()

    gates = await why(api, texts)

    assert gates == [
        {
            "gate": "mapping",
            "passed": False,
            "reason": None,
            "detail": "This mapping does not compile any more, or its destination's type is not installed: nothing of it is sent. "
            f'Ask for {{ mapping(id: "{texts.mapping_id}") {{ problems {{ message }} }} }}.',
        }
    ]


@pytest.mark.parametrize(("action", "channel"), [("sendSms", "SMS"), ("sendWhatsApp", "WHATSAPP")])
async def test_somebody_of_whom_only_the_number_is_known_is_tried_by_it(
    api: Api, texts: Ledger, action: str, channel: str
) -> None:
    sender = {"from": "+12025550100", "send": True}
    content = {"body": "Hello"} if channel == "SMS" else {"contentSid": "HX" + "0" * 32}
    mapping = await api.mapping(
        texts.destination_id,
        {**sender, **content},
        action=action,
        trigger='event = "Order Placed"',
        name="All",
    )
    given = {
        "phone": "+12025550199",
        "channel": channel,
        "status": "SUBSCRIBED",
        "evidence": {"method": "paper"},
    }
    assert (await api.change("consentUpdate", given, "errors { message }"))["errors"] == []

    data = await api.data(WHY, phone="+12025550199", mapping=mapping)

    seen = {one["gate"]: (one["passed"], one["reason"]) for one in data["contact"]["whyNot"]}
    assert (seen["recipient"], seen["consent"]) == ((True, None), (True, None))
