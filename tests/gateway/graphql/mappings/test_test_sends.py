"""A test send: a real text to one number, which only a test number or somebody who agreed may get."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import func, select, update

from destinations import kit
from destinations.kit import ConsentStatus, HttpRequest, HttpResponse
from destinations.kit.registry import installed
from gateway.storage import consent, tables
from gateway.workspace import Role
from tests.factories import UNHINDERED, word
from tests.gateway.graphql.conftest import NOON, Api
from tests.gateway.graphql.tails.streams import watching
from tests.gateway.turns import HandWorker

TESTER, STRANGER = "+12025550111", "+12025550199"
EVENT = {
    "type": "track",
    "event": "Order Placed",
    "userId": "ann",
    "timestamp": "2026-01-01T00:00:00Z",
    "properties": {"total": 5, "phone": "+12025550101"},
}
SHOWN = """
  delivery { id status test recipient mapping { id } event { id messageId source { name } } explanation { gate passed detail } }
  errors { __typename code path message }
"""


@pytest.fixture
def definitions() -> Mapping[str, kit.DestinationDefinition]:
    """What is really installed."""
    return installed()


@pytest.fixture
async def mapping(api: Api) -> str:
    """A mapping of a destination that has one test number and is not verified yet."""
    account = {"accountSid": "AC" + "0" * 32, "authToken": "0" * 32, "defaultCountry": "US"}
    given = {
        "name": "Twilio",
        "settings": {"twilioEngage": account},
        "policy": {**UNHINDERED, "testNumbers": [TESTER]},
    }
    made = await api.change("destinationCreate", given, "destination { id } errors { message }")
    assert made["errors"] == []
    fields = {
        "from": "+15005550006",
        "to": {"@path": "$.properties.phone"},
        "body": "Thanks, {{ profile.user_id }}",
        "traitEnrichment": True,
        "send": True,
    }
    return await api.mapping(
        made["destination"]["id"], fields, action="sendSms", trigger='event = "Order Placed"'
    )


def answer(request: HttpRequest) -> HttpResponse:
    body = json.dumps({"sid": f"SM{len(dict(request.form)['To'])}", "status": "queued"}).encode()
    return HttpResponse(201, {"content-type": "application/json"}, body)


@pytest.fixture
async def verified(api: Api, mapping: str) -> str:
    """The mapping, once its destination is verified."""
    api.sent._answer = answer
    await api.services.store.write(lambda c: c.execute(update(tables.destinations).values(status="VERIFIED")))
    api.services.workspace.invalidate()
    return mapping


async def try_out(api: Api, mapping: str, token: str | None = None, **given: Any) -> Any:
    wanted = {"mappingId": mapping, "event": EVENT, "to": TESTER, "idempotencyKey": "k1", **given}
    tokens = () if token is None else (token,)
    return await api.change("testSend", wanted, SHOWN, *tokens)


async def work(api: Api) -> list[tuple[str, str]]:
    """To whom which text left, once all that waits had its turn."""
    worker = HandWorker(api.services)
    for _turn in range(3):
        await worker._deliver()
        await worker._outbox.finished()
        api.clock.advance(3)
    return [(dict(one.form)["To"], dict(one.form)["Body"]) for one in api.sent.requests]


async def status_of(api: Api, delivery: str) -> str:
    shown = await api.data("query($id: ID!) { delivery(id: $id) { status } }", id=delivery)
    return str(shown["delivery"]["status"])


async def rows(api: Api) -> tuple[int, int]:
    """How many events and deliveries there are."""

    def count(connection: Any) -> tuple[int, int]:
        of = (tables.events, tables.deliveries)
        events, deliveries = (connection.scalar(select(func.count()).select_from(one)) for one in of)
        return events, deliveries

    return await api.services.store.read(count)


async def refused(api: Api, mapping: str, **given: Any) -> list[tuple[str, list[str]]]:
    """The errors of a test that is not made."""
    before = await rows(api)
    payload = await try_out(api, mapping, **given)
    assert payload["delivery"] is None
    assert (await rows(api), await work(api)) == (before, [])
    return [(error["code"], error["path"]) for error in payload["errors"]]


async def test_a_test_number_gets_the_text_without_consent_and_nobody_else_does(
    api: Api, verified: str
) -> None:
    payload = await try_out(api, verified, to="(202) 555-0111")
    sent = await work(api)

    delivery = payload["delivery"]
    assert payload["errors"] == []
    assert (delivery["status"], delivery["test"], delivery["recipient"]) == ("PENDING", True, TESTER)
    assert (delivery["mapping"], delivery["event"]["source"]) == ({"id": verified}, {"name": "Test sends"})
    assert sent == [(TESTER, "Thanks, ann")]
    now = await api.data(
        "query($id: ID!) { delivery(id: $id) { status explanation { gate passed } } sources { totalCount } "
        'contact(userId: "ann") { id } }',
        id=delivery["id"],
    )
    assert now["delivery"]["status"] == "ACCEPTED"
    assert all(gate["passed"] for gate in now["delivery"]["explanation"])
    assert (now["sources"], now["contact"]) == ({"totalCount": 0}, None)


async def test_whoever_watches_is_told_of_a_test_as_it_is_made_and_once(
    api: Api, verified: str, admin_token: str
) -> None:
    tail = "subscription { deliveryTail { sequence delivery { id status test } } }"

    async with watching(api.endpoint, tail, admin_token) as stream:
        made = [
            (await try_out(api, verified, idempotencyKey=key))["delivery"]["id"] for key in ("k1", "k1", "k2")
        ]
        told = [(await stream.item())["delivery"] for _time in range(2)]

    assert told == [{"id": one, "status": "PENDING", "test": True} for one in (made[0], made[2])]


async def test_the_same_key_sends_once_and_another_input_is_refused(api: Api, verified: str) -> None:
    first = await try_out(api, verified)
    await work(api)
    again = await try_out(api, verified)
    other = await try_out(api, verified, to=STRANGER)
    mismatch = await try_out(api, verified, event={**EVENT, "properties": {}})
    second = await try_out(api, verified, idempotencyKey="k2")

    sent = await work(api)

    assert again == first
    assert await status_of(api, first["delivery"]["id"]) == "ACCEPTED"
    for payload in (other, mismatch):
        assert [error["code"] for error in payload["errors"]] == ["IDEMPOTENCY_MISMATCH"]
    assert second["delivery"]["id"] != first["delivery"]["id"]
    assert len(sent) == 2


async def test_another_number_gets_it_only_where_its_owner_agreed(api: Api, verified: str) -> None:
    told = {**EVENT, "external_ids": [{"id": STRANGER, "type": "phone", "isSubscribed": True}]}

    unknown = await refused(api, verified, to=STRANGER)
    said_by_the_event = await refused(api, verified, to=STRANGER, event=told)
    await api.services.store.write(lambda c: consent.add(c, word(phone=STRANGER)))
    agreed = await try_out(api, verified, to=STRANGER)

    assert unknown == said_by_the_event == [("SUPPRESSED", ["to"])]
    assert agreed["errors"] == []
    assert [to for to, _body in await work(api)] == [STRANGER]


async def test_a_stop_holds_for_a_test_number_too_even_where_it_came_after_the_test_was_asked_for(
    api: Api, verified: str
) -> None:
    payload = await try_out(api, verified)
    stop = word(ConsentStatus.UNSUBSCRIBED, phone=TESTER, own_word=True)
    await api.services.store.write(lambda c: consent.add(c, stop))

    sent, later = await work(api), await refused(api, verified, idempotencyKey="k2")

    shown = await api.data(
        "query($id: ID!) { delivery(id: $id) { status reason } }", id=payload["delivery"]["id"]
    )
    assert (sent, shown["delivery"]) == ([], {"status": "SUPPRESSED", "reason": "OPTED_OUT"})
    assert later == [("SUPPRESSED", ["to"])]


async def test_nothing_is_tested_before_the_account_is_verified(api: Api, mapping: str) -> None:
    payload = await try_out(api, mapping)

    [error] = payload["errors"]
    assert (error["code"], error["path"]) == ("NOT_VERIFIED", ["mappingId"])
    assert "destinationVerify(input:" in error["message"]
    assert await rows(api) == (0, 0)


async def test_all_that_is_wrong_is_said_at_once(api: Api, verified: str) -> None:
    both = await refused(api, verified, to="nobody", event=[])
    no_event = await refused(api, verified, event={"type": "track"})
    not_for_it = await refused(api, verified, event={**EVENT, "event": "Order Refunded"})
    unknown = await refused(api, "map_0", event="x")

    assert both == [("INVALID", ["event"]), ("INVALID", ["to"])]
    assert no_event == [("INVALID", ["event"])]
    assert not_for_it == [("INVALID", ["event"])]
    assert unknown == [("NOT_FOUND", ["mappingId"]), ("INVALID", ["event"])]


async def test_a_disabled_mapping_may_be_tested(api: Api, verified: str) -> None:
    given = {"id": verified, "expectedRevision": 1, "enabled": False}
    await api.change("mappingUpdate", given, "errors { message }")

    payload = await try_out(api, verified)

    assert payload["errors"] == []
    assert await work(api) == [(TESTER, "Thanks, ann")]


async def test_a_test_is_not_replayed_since_its_event_names_another_number(api: Api, verified: str) -> None:
    given = {"id": verified, "expectedRevision": 1, "enabled": False}
    made = (await try_out(api, verified))["delivery"]["id"]
    await api.change("deliveryCancel", {"id": made}, "errors { message }")
    await api.change("mappingUpdate", {**given, "enabled": True}, "errors { message }")

    one = await api.change(
        "deliveryReplay", {"id": made, "idempotencyKey": "r"}, "delivery { id } errors { code message }"
    )
    many = await api.change(
        "deliveriesReplay",
        {"filter": {"status": ["CANCELED"]}, "idempotencyKey": "r", "dryRun": True},
        "matching errors { code }",
    )

    assert one["delivery"] is None
    assert "is a test send" in one["errors"][0]["message"]
    assert many == {"matching": 0, "errors": []}
    assert await work(api) == []


async def test_a_test_takes_an_operator_and_is_in_the_audit_log_with_its_number_masked(
    api: Api, verified: str
) -> None:
    query = "mutation($input: TestSendInput!) { testSend(input: $input) { errors { code } } }"
    given = {"mappingId": verified, "event": EVENT, "to": TESTER, "idempotencyKey": "k1"}
    reader, operator = await api.token(Role.READER), await api.token(Role.OPERATOR)
    stranger = await api.token(Role.OPERATOR, "other")

    answer = await api.ask(query, reader, input=given)
    elsewhere = await api.data(query, stranger, input=given)
    before = await rows(api)
    payload = await try_out(api, verified, operator)

    assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"]
    assert elsewhere["testSend"]["errors"] == [{"code": "NOT_FOUND"}]
    assert before == (0, 0)
    assert payload["errors"] == []
    query_ = select(tables.audit_entries).where(tables.audit_entries.c.action == "testSend")
    [entry] = await api.services.store.read(lambda c: list(c.execute(query_)))
    assert (entry.actor, entry.target_id, entry.at) == ("OPERATOR of default", verified, NOON)
    assert [one["field"] for one in entry.changes] == ["delivery", "to"]
    assert TESTER not in json.dumps(entry.changes)


async def test_a_dry_run_of_the_event_of_a_test_says_what_it_is(api: Api, verified: str) -> None:
    tried = (await try_out(api, verified))["delivery"]["event"]
    query = """query($i: MappingPreviewInput!) {
      mappingPreview(input: $i) { decision explanation { gate passed detail } } }"""

    seen = (await api.data(query, i={"mappingId": verified, "eventId": tried["id"]}))["mappingPreview"]

    assert seen["decision"] == "NO_MATCH"
    assert seen["explanation"][0] == {
        "gate": "source",
        "passed": False,
        "detail": "This event came by a test send, which was for the one number that it named: try an event that a source sent.",
    }
