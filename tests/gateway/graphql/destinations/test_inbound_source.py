"""The source whose events replies become."""

from typing import Any

import pytest

from destinations.kit import Policy
from gateway.storage import destinations
from tests.gateway.graphql.conftest import Api

CHANGED = "destination { revision policy { inboundSourceId } } errors { code path message }"


async def a_source(api: Api, **given: Any) -> str:
    made = await api.change("sourceCreate", {"name": "Replies", **given}, "source { id } errors { message }")
    return str(made["source"]["id"])


async def change(api: Api, destination: str, source: str | None, revision: int = 1) -> Any:
    given = {"id": destination, "expectedRevision": revision, "policy": {"inboundSourceId": source}}
    return await api.change("destinationUpdate", given, CHANGED)


async def kept(api: Api, destination: str) -> Policy:
    found = await api.services.store.read(lambda c: destinations.get(c, destination, api.services.secrets))
    assert found is not None
    return found.policy


async def test_it_is_set_stays_where_it_is_left_out_and_is_ended_by_an_empty_text(
    api: Api, ledger: Any
) -> None:
    source = await a_source(api)

    chosen = await change(api, ledger.destination_id, source)
    left = await change(api, ledger.destination_id, None, revision=2)
    ended = await change(api, ledger.destination_id, "", revision=2)

    assert [one["destination"]["policy"]["inboundSourceId"] for one in (chosen, left, ended)] == [
        source,
        source,
        None,
    ]
    assert (await kept(api, ledger.destination_id)).inbound_source_id is None


async def test_what_becomes_an_event_is_replies_unless_something_else_is_said(api: Api, ledger: Any) -> None:
    selection = "destination { policy { inboundSourceEvents } } errors { message }"

    async def say(policy: dict[str, Any], revision: int) -> Any:
        given = {"id": ledger.destination_id, "expectedRevision": revision, "policy": policy}
        payload = await api.change("destinationUpdate", given, selection)
        return payload["destination"]["policy"]["inboundSourceEvents"]

    first = await say({"retryUndelivered": True}, 1)
    chosen = await say({"inboundSourceEvents": ["MESSAGE_FAILED", "MESSAGE_RECEIVED", "MESSAGE_FAILED"]}, 2)
    left = await say({"retryUndelivered": False}, 3)
    none = await say({"inboundSourceEvents": []}, 4)

    assert first == ["MESSAGE_RECEIVED"]
    assert chosen == left == ["MESSAGE_RECEIVED", "MESSAGE_FAILED"]
    assert none == []
    assert (await kept(api, ledger.destination_id)).inbound_source_events == frozenset()


@pytest.mark.parametrize(
    ("given", "code"),
    [
        pytest.param({"trust": "BROWSER"}, "INVALID", id="a browser's"),
        pytest.param({"space": "other"}, "NOT_FOUND", id="of another space"),
        pytest.param(None, "NOT_FOUND", id="nobody's"),
    ],
)
async def test_a_source_that_can_not_take_replies_is_refused(
    api: Api, ledger: Any, given: dict[str, str] | None, code: str
) -> None:
    source = "src_none" if given is None else await a_source(api, **given)

    payload = await change(api, ledger.destination_id, source)

    assert [(one["code"], one["path"]) for one in payload["errors"]] == [
        (code, ["policy", "inboundSourceId"])
    ]
    assert payload["errors"][0]["message"].endswith("Nothing was changed.")
    assert payload["destination"] is None
    assert (await kept(api, ledger.destination_id)).inbound_source_id is None


async def test_a_source_that_takes_replies_is_not_deleted_unless_it_is_forced(api: Api, ledger: Any) -> None:
    source = await a_source(api)
    await change(api, ledger.destination_id, source)
    given = {"id": source, "expectedRevision": 1}

    refused = await api.change("sourceDelete", given, "deletedId errors { code message }")
    forced = await api.change("sourceDelete", {**given, "force": True}, "deletedId errors { code }")

    (error,) = refused["errors"]
    assert (refused["deletedId"], error["code"]) == (None, "IN_USE")
    assert error["message"].startswith("Replies to destinations become its events (inboundSourceId): ")
    assert forced == {"deletedId": source, "errors": []}
