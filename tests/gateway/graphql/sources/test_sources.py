import asyncio
import re
from typing import Any

from sqlalchemy import select, update as update_rows

from gateway.storage import refusals
from gateway.storage.refusals import Refusal
from gateway.storage.tables import idempotency_keys
from gateway.workspace import Role
from tests.factories import NOW

CREATED = """
  source { id space name trust enabled revision smsOptInTrait whatsappOptInTrait createdAt
    writeKey { configured lastFour setAt } }
  writeKey
  errors { __typename message code path }
"""


async def test_makes_a_source_and_shows_its_write_key_this_once(api: Any) -> None:
    payload = await api.change("sourceCreate", {"name": " Shop "}, CREATED)

    key = payload["writeKey"]
    assert re.fullmatch(r"hwk_[A-Za-z0-9_-]{32}", key)
    source_id = payload["source"]["id"]
    assert re.fullmatch(r"src_[0-9a-f]{32}", source_id)
    shown = {
        "id": source_id,
        "space": "default",
        "name": "Shop",
        "trust": "SERVER",
        "enabled": True,
        "revision": 1,
        "smsOptInTrait": "sms_opt_in",
        "whatsappOptInTrait": "whatsapp_opt_in",
        "createdAt": "2026-03-01T12:00:00.000Z",
        "writeKey": {"configured": True, "lastFour": key[-4:], "setAt": "2026-03-01T12:00:00.000Z"},
    }
    assert payload == {"source": shown, "writeKey": key, "errors": []}
    again = await api.ask("query($id: ID!) { source(id: $id) { name writeKey { lastFour } } }", id=source_id)
    assert again == {"data": {"source": {"name": "Shop", "writeKey": {"lastFour": key[-4:]}}}}


async def test_a_source_says_when_its_last_event_came(ledger: Any) -> None:
    api, query = ledger.api, "{ sources { edges { node { name lastEventAt } } } }"
    await api.source(name="Quiet")
    await ledger.event(1)
    api.clock.advance(60)
    await ledger.event(2)

    shown = {
        one["node"]["name"]: one["node"]["lastEventAt"] for one in (await api.data(query))["sources"]["edges"]
    }

    assert shown == {"Quiet": None, "Shop": "2026-03-01T12:01:00.000Z"}


async def test_the_key_finds_the_source_at_once(api: Any) -> None:
    payload = await api.change("sourceCreate", {"name": "Shop", "trust": "BROWSER"}, "writeKey source { id }")

    snapshot = await api.services.workspace.current()
    [source] = snapshot.by_key_hash.values()
    assert (source.id, source.trust.value) == (payload["source"]["id"], "BROWSER")
    assert payload["writeKey"] not in repr(source)


async def test_the_same_key_and_input_make_one_source_and_show_no_key_again(api: Any) -> None:
    given = {"name": "Shop", "idempotencyKey": "once"}

    first = await api.change("sourceCreate", given, "source { id } writeKey errors { code }")
    second = await api.change("sourceCreate", given, "source { id } writeKey errors { code }")

    assert second == {"source": first["source"], "writeKey": None, "errors": []}
    assert (await api.data("{ sources { totalCount } }"))["sources"]["totalCount"] == 1


async def test_the_same_key_with_another_input_is_refused(api: Any) -> None:
    await api.change("sourceCreate", {"name": "Shop", "idempotencyKey": "once"}, "source { id }")

    payload = await api.change("sourceCreate", {"name": "Other", "idempotencyKey": "once"}, CREATED)

    message = (
        "This idempotency key was used before with another input. Nothing was made: repeat the call with the input "
        "it had, or take a new key."
    )
    error = {
        "__typename": "InputError",
        "message": message,
        "code": "IDEMPOTENCY_MISMATCH",
        "path": ["idempotencyKey"],
    }
    assert payload == {"source": None, "writeKey": None, "errors": [error]}
    assert (await api.data("{ sources { totalCount } }"))["sources"]["totalCount"] == 1


async def test_a_blank_key_is_refused_and_not_read_as_none(api: Any) -> None:
    query = "mutation($input: SourceCreateInput!) { sourceCreate(input: $input) { source { id } errors { code path } } }"

    made = await api.data(query, input={"name": "Shop", "idempotencyKey": ""})
    listed = await api.data("{ sources { totalCount } }")

    assert made["sourceCreate"] == {
        "source": None,
        "errors": [{"code": "INVALID", "path": ["idempotencyKey"]}],
    }
    assert listed == {"sources": {"totalCount": 0}}


async def test_two_calls_with_one_key_in_the_same_moment_make_one_source(api: Any) -> None:
    query = (
        "mutation($input: SourceCreateInput!) { a: sourceCreate(input: $input) { source { id } writeKey } "
        "b: sourceCreate(input: $input) { source { id } writeKey } }"
    )

    data = await api.data(query, input={"name": "Shop", "idempotencyKey": "k"})

    assert data["a"]["source"] == data["b"]["source"]
    assert data["b"]["writeKey"] is None


async def test_ten_calls_with_one_key_at_a_time_make_one_source_on_postgresql(remote_api: Any) -> None:
    given = {"name": "Shop", "idempotencyKey": "once"}

    answers = await asyncio.gather(
        *(
            remote_api.change("sourceCreate", given, "source { id } writeKey errors { code }")
            for _ in range(10)
        )
    )

    assert [answer["errors"] for answer in answers] == [[]] * 10
    assert len({answer["source"]["id"] for answer in answers}) == 1
    assert sum(answer["writeKey"] is not None for answer in answers) == 1


async def test_of_twelve_who_take_one_name_at_a_time_one_has_it_on_postgresql(remote_api: Any) -> None:
    answers = await asyncio.gather(
        *(
            remote_api.change("sourceCreate", {"name": "Shop"}, "source { id } errors { code }")
            for _ in range(12)
        )
    )

    refusals = [answer["errors"] for answer in answers if answer["source"] is None]
    assert refusals == [[{"code": "TAKEN"}]] * 11
    assert (await remote_api.data("{ sources { totalCount } }"))["sources"]["totalCount"] == 1


async def test_a_key_whose_call_was_refused_is_free_for_another_try(api: Any) -> None:
    shop = await api.source(name="Shop")
    given = {"name": "Shop", "idempotencyKey": "once"}
    refused = await api.change("sourceCreate", given, "source { id } errors { code }")
    await api.change("sourceDelete", {"id": shop, "expectedRevision": 1}, "deletedId")

    made = await api.change("sourceCreate", given, "source { id } errors { code }")

    assert refused == {"source": None, "errors": [{"code": "TAKEN"}]}
    assert made["errors"] == []
    assert made["source"]["id"] != shop


async def test_a_key_whose_source_was_deleted_finds_nothing_and_makes_nothing(api: Any) -> None:
    given = {"name": "Shop", "idempotencyKey": "once"}
    made = await api.change("sourceCreate", given, "source { id }")
    await api.change("sourceDelete", {"id": made["source"]["id"], "expectedRevision": 1}, "deletedId")

    again = await api.change("sourceCreate", given, "source { id } writeKey errors { code path }")

    missing = [{"code": "NOT_FOUND", "path": ["idempotencyKey"]}]
    assert again == {"source": None, "writeKey": None, "errors": missing}
    assert (await api.data("{ sources { totalCount } }"))["sources"]["totalCount"] == 0


async def test_a_repetition_is_answered_what_was_answered_first_for_a_day(api: Any) -> None:
    given = {"name": "Shop", "idempotencyKey": "once"}
    shown = "source { id name revision enabled writeKey { lastFour } } writeKey errors { code }"
    first = await api.change("sourceCreate", given, shown)
    update = {"id": first["source"]["id"], "expectedRevision": 1, "name": "Site", "enabled": False}
    await api.change("sourceUpdate", update, "errors { code }")

    api.clock.advance(24 * 3600 - 1)
    again = await api.change("sourceCreate", given, shown)
    api.clock.advance(1)
    anew = await api.change("sourceCreate", given, shown)

    assert again == {**first, "writeKey": None}
    assert anew["errors"] == []
    assert anew["source"]["id"] != first["source"]["id"]
    assert anew["writeKey"] is not None


async def test_what_was_answered_first_is_on_disk_under_a_key_and_without_it_shown_as_it_is_now(
    api: Any,
) -> None:
    given = {"name": "Shop", "idempotencyKey": "once"}
    made = await api.change("sourceCreate", given, "source { id }")
    update = {"id": made["source"]["id"], "expectedRevision": 1, "name": "Site"}
    await api.change("sourceUpdate", update, "errors { code }")

    def answers(connection: Any) -> list[Any]:
        return list(connection.scalars(select(idempotency_keys.c.answer)))

    [answer] = await api.services.store.read(answers)
    assert made["source"]["id"] not in answer
    await api.services.store.write(
        lambda c: c.execute(update_rows(idempotency_keys).values(answer="of another key"))
    )

    again = await api.change("sourceCreate", given, "source { id name } errors { code }")

    assert again == {"source": {"id": made["source"]["id"], "name": "Site"}, "errors": []}


async def test_says_all_that_is_wrong_with_a_name_and_makes_nothing(api: Any) -> None:
    for given, code, path in (
        ({"name": " "}, "REQUIRED", ["name"]),
        ({"name": "x" * 201}, "INVALID", ["name"]),
        ({"name": "a\nb"}, "INVALID", ["name"]),
        ({"name": "Shop", "space": "no blanks"}, "INVALID", ["space"]),
        ({"name": "Shop", "smsOptInTrait": " "}, "REQUIRED", ["smsOptInTrait"]),
        ({"name": "Shop", "idempotencyKey": "k" * 256}, "INVALID", ["idempotencyKey"]),
    ):
        payload = await api.change("sourceCreate", given, "source { id } writeKey errors { code path }")

        assert payload == {"source": None, "writeKey": None, "errors": [{"code": code, "path": path}]}
    assert (await api.data("{ sources { totalCount } }"))["sources"]["totalCount"] == 0


async def test_a_name_is_taken_once_in_a_space(api: Any) -> None:
    await api.source(name="Shop")

    payload = await api.change("sourceCreate", {"name": "Shop"}, "source { id } errors { message code path }")

    message = 'A source named "Shop" exists in this space. Take another name.'
    assert payload == {"source": None, "errors": [{"message": message, "code": "TAKEN", "path": ["name"]}]}
    await api.source(name="Shop", space="other")


async def test_connects_a_source_and_a_destination_however_often_it_is_asked(api: Any) -> None:
    source, destination = await api.source(), await api.destination()
    given = {"sourceId": source, "destinationId": destination}
    selection = "source { destinations { edges { node { id sources { id } } } } } errors { code }"

    for _ in range(2):
        payload = await api.change("sourceConnect", given, selection)

        node = {"id": destination, "sources": [{"id": source}]}
        assert payload == {"source": {"destinations": {"edges": [{"node": node}]}}, "errors": []}


async def test_disconnects_a_source_from_one_destination_however_often_it_is_asked(api: Any) -> None:
    source, one, other = await api.source(), await api.destination("A"), await api.destination("B")
    for destination in (one, other):
        await api.change("sourceConnect", {"sourceId": source, "destinationId": destination}, "source { id }")
    given = {"sourceId": source, "destinationId": one}
    selection = "source { revision destinations { edges { node { id } } } } errors { code }"

    for _ in range(2):
        payload = await api.change("sourceDisconnect", given, selection)

        left = {"edges": [{"node": {"id": other}}]}
        assert payload == {"source": {"revision": 1, "destinations": left}, "errors": []}
    query = "query($id: ID!) { destination(id: $id) { sources { id } } }"
    assert await api.data(query, id=one) == {"destination": {"sources": []}}
    assert await api.data(query, id=other) == {"destination": {"sources": [{"id": source}]}}
    assert (await api.services.workspace.current()).links == {(source, other)}


async def test_pages_through_the_destinations_of_a_source(api: Any) -> None:
    source, made = await api.source(), []
    for name in ("A", "B", "C"):
        api.clock.advance(1)
        made.append(await api.destination(name))
        given = {"sourceId": source, "destinationId": made[-1]}
        await api.change("sourceConnect", given, "source { id }")
    query = """query($id: ID!, $after: String) { source(id: $id) { destinations(first: 2, after: $after) {
      totalCount pageInfo { hasNextPage endCursor } edges { node { id } } } } }"""

    first = (await api.data(query, id=source))["source"]["destinations"]
    after = first["pageInfo"]["endCursor"]
    second = (await api.data(query, id=source, after=after))["source"]["destinations"]

    assert [edge["node"]["id"] for edge in (*first["edges"], *second["edges"])] == made[::-1]
    assert (first["totalCount"], first["pageInfo"]["hasNextPage"]) == (3, True)
    assert (second["totalCount"], second["pageInfo"]["hasNextPage"]) == (3, False)


async def test_links_never_cross_a_space(api: Any) -> None:
    source, other = await api.source(), await api.destination(space="other")

    for given, path in (
        ({"sourceId": source, "destinationId": other}, "destinationId"),
        ({"sourceId": "src_0", "destinationId": other}, "sourceId"),
    ):
        for mutation in ("sourceConnect", "sourceDisconnect"):
            payload = await api.change(mutation, given, "source { id } errors { code path }")

            assert payload == {"source": None, "errors": [{"code": "NOT_FOUND", "path": [path]}]}
    assert (await api.services.workspace.current()).links == frozenset()


async def test_only_an_admin_makes_sources(api: Any) -> None:
    for role in (Role.OPERATOR, Role.READER, Role.VIEWER):
        token = await api.token(role)

        answer = await api.ask('mutation { sourceCreate(input: {name: "S"}) { source { id } } }', token)

        assert answer["data"] is None
        [error] = answer["errors"]
        assert error["extensions"]["code"] == "FORBIDDEN"
        assert error["path"] == ["sourceCreate"]
        assert error["message"] == (
            f"Making a source takes the role ADMIN; this token has {role.value}. Nothing was done. "
            "Use another token; on the server, `heliograph token create` makes one."
        )
    assert (await api.data("{ sources { totalCount } }"))["sources"]["totalCount"] == 0


async def test_shows_what_was_refused_of_a_source(api: Any) -> None:
    source_id = await api.source()
    one = Refusal(source_id, "bad_gzip", "The body is no gzip.", 2, NOW)
    await api.services.store.write(lambda c: refusals.add(c, [one]))

    data = await api.data(
        "query($id: ID!) { source(id: $id) { refusals { code message count lastAt } } }", id=source_id
    )

    assert data["source"]["refusals"] == [
        {
            "code": "bad_gzip",
            "message": "The body is no gzip.",
            "count": 2,
            "lastAt": "2026-11-21T12:00:00.000Z",
        }
    ]
