"""What people wrote, and who says whether it is a stop."""

from typing import Any

import pytest

from destinations.kit import Channel, ConsentChanged, ConsentStatus, InboundMessage
from gateway.pipeline import signals
from gateway.storage import consent, inbound_messages, people
from gateway.storage.inbound_messages import StoredMessage
from gateway.workspace import Role

ANN, OURS = "+15551234567", "+12025550100"
FIELDS = "id from to body mediaUrls keyword needsReview externalUserId receivedAt"
LIST = f"query L($needs: Boolean) {{ inboundMessages(needsReview: $needs) {{ totalCount edges {{ node {{ {FIELDS} }} }} }} }}"
PAYLOAD = f"inboundMessage {{ {FIELDS} }} errors {{ message code path }}"


async def wrote(api: Any, key: str, body: str = "stop by at 5?", *, needs_review: bool = True) -> str:
    """Ann wrote to us."""
    message = StoredMessage(
        id=f"inb_{key}",
        space="default",
        destination_id="dst_1",
        message_sid=f"SM{key}",
        channel=Channel.SMS,
        phone=ANN,
        external_user_id=None,
        sender=OURS,
        service="MG1",
        body=body,
        media_urls=["https://media.example/1"],
        keyword=None,
        word=None,
        needs_review=needs_review,
        answer=None,
        delivery_id=None,
        received_at=api.clock.now(),
    )

    def change(connection: Any) -> None:
        people.add_contact(connection, "default", ANN, api.clock.now())
        inbound_messages.add(connection, message)

    await api.services.store.write(change)
    return message.id


async def in_review(api: Any) -> str | None:
    found = await api.services.store.read(lambda c: inbound_messages.in_review(c, "default", [ANN]))
    waiting: str | None = found[ANN].get(Channel.SMS)
    return waiting


async def words(api: Any) -> list[Any]:
    found: list[Any] = await api.services.store.read(lambda c: consent.of_number(c, "default", ANN))
    return found


async def test_shows_what_waits_for_somebody_to_look(api: Any) -> None:
    await wrote(api, "1")
    await wrote(api, "2", "Hello", needs_review=False)

    found = (await api.data(LIST, needs=True))["inboundMessages"]

    assert found["totalCount"] == 1
    assert found["edges"][0]["node"] == {
        "id": "inb_1",
        "from": ANN,
        "to": OURS,
        "body": "stop by at 5?",
        "mediaUrls": ["https://media.example/1"],
        "keyword": None,
        "needsReview": True,
        "externalUserId": None,
        "receivedAt": "2026-03-01T12:00:00.000Z",
    }


async def test_shows_each_with_who_wrote_it_by_what_and_what_was_said_of_it(api: Any) -> None:
    await wrote(api, "1")
    await wrote(api, "2")
    await api.change("inboundReview", {"id": "inb_1", "answer": "NOT_A_STOP"}, PAYLOAD)

    found = await api.data(
        '{ inboundMessages { edges { node { id channel answer contact { id phone } } } } contact(phone: "+15551234567") { id } }'
    )

    ann = {"id": found["contact"]["id"], "phone": ANN}
    assert [edge["node"] for edge in found["inboundMessages"]["edges"]] == [
        {"id": "inb_2", "channel": "SMS", "answer": None, "contact": ann},
        {"id": "inb_1", "channel": "SMS", "answer": "NOT_A_STOP", "contact": ann},
    ]


async def test_a_viewer_sees_neither_numbers_nor_bodies(api: Any) -> None:
    await wrote(api, "1")

    found = (await api.data(LIST, token=await api.token(Role.VIEWER)))["inboundMessages"]["edges"][0]["node"]

    assert (found["from"], found["to"], found["body"], found["mediaUrls"]) == (
        "+1••••67",
        "+1••••00",
        None,
        [],
    )


async def test_a_stop_is_recorded_as_the_persons_own_and_answers_for_all(api: Any) -> None:
    await wrote(api, "1")
    await wrote(api, "2")
    api.clock.advance(60)

    done = await api.change(
        "inboundReview", {"id": "inb_2", "answer": "STOP", "note": "on the phone"}, PAYLOAD
    )

    assert (done["errors"], done["inboundMessage"]["needsReview"]) == ([], False)
    (word,) = await words(api)
    assert (word.is_stop, word.sender, word.service, word.source) == (True, OURS, "MG1", "inboundReview")
    assert word.evidence["messageSid"] == "SM2"
    assert word.evidence["note"] == "on the phone"
    assert await in_review(api) is None


async def test_what_is_no_stop_leaves_the_others_to_look_at(api: Any) -> None:
    await wrote(api, "1")
    await wrote(api, "2")

    await api.change("inboundReview", {"id": "inb_1", "answer": "NOT_A_STOP"}, PAYLOAD)

    assert await in_review(api) == "inb_2"
    assert await words(api) == []


@pytest.mark.parametrize("role", [Role.READER, Role.VIEWER])
async def test_who_may_not_record_consent_answers_for_nothing(api: Any, role: Role) -> None:
    await wrote(api, "1")

    answer = await api.ask(
        "mutation R($input: InboundReviewInput!) { inboundReview(input: $input) { errors { code } } }",
        await api.token(role),
        input={"id": "inb_1", "answer": "NOT_A_STOP"},
    )

    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert await in_review(api) == "inb_1"


async def test_a_stop_is_not_taken_back_by_an_answer(api: Any) -> None:
    await wrote(api, "1")
    await api.change("inboundReview", {"id": "inb_1", "answer": "STOP"}, PAYLOAD)

    done = await api.change("inboundReview", {"id": "inb_1", "answer": "NOT_A_STOP"}, PAYLOAD)

    assert (done["inboundMessage"], done["errors"][0]["code"]) == (None, "INVALID")
    assert len(await words(api)) == 1


async def test_a_message_that_is_not_there_is_not_found(api: Any) -> None:
    done = await api.change("inboundReview", {"id": "inb_9", "answer": "STOP"}, PAYLOAD)

    assert done["errors"] == [
        {
            "message": "There is no message with this id. Nothing was changed.",
            "code": "NOT_FOUND",
            "path": ["id"],
        }
    ]


async def test_shows_somebody_who_is_known_by_the_providers_id_alone(api: Any) -> None:
    key = await api.destination()
    destination = (await api.services.workspace.current()).destinations[key]
    message = InboundMessage(
        "SM1",
        None,
        OURS,
        Channel.WHATSAPP,
        "Stop.",
        keyword="STOP",
        external_user_ids=("FI.2782",),
        address="whatsapp:FI.2782",
    )
    stop = ConsentChanged(
        None, Channel.WHATSAPP, ConsentStatus.UNSUBSCRIBED, stop=True, evidence="keyword STOP"
    )
    await api.services.store.write(
        lambda c: signals.apply(c, api.services.secrets, destination, [message, stop], api.clock.now())
    )

    found = await api.data(
        """{
          contact(userId: "FI.2782") {
            id phone externalUserIds consents { channel status sender } lastInboundAt
            inboundMessages { edges { node { body externalUserId contact { id } } } }
          }
          unmatchedCallbacks { edges { node { id from to messageSid destination { id } } } }
        }"""
    )

    contact, (edge,) = found["contact"], found["unmatchedCallbacks"]["edges"]
    assert contact == {
        "id": contact["id"],
        "phone": None,
        "externalUserIds": ["FI.2782"],
        "consents": [{"channel": "WHATSAPP", "status": "UNSUBSCRIBED", "sender": OURS}],
        "lastInboundAt": "2026-03-01T12:00:00.000Z",
        "inboundMessages": {
            "edges": [
                {
                    "node": {
                        "body": "Stop.",
                        "externalUserId": "FI.2782",
                        "contact": {"id": contact["id"]},
                    }
                }
            ]
        },
    }
    assert edge["node"] == {
        "id": edge["node"]["id"],
        "from": "whatsapp:FI.2782",
        "to": OURS,
        "messageSid": "SM1",
        "destination": {"id": key},
    }
    ids = [contact["id"], edge["node"]["id"]]
    again = await api.data("query N($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }", ids=ids)
    assert again["nodes"] == [
        {"__typename": "Contact", "id": ids[0]},
        {"__typename": "UnmatchedCallback", "id": ids[1]},
    ]
