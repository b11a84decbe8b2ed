"""Rotating keys and tokens: `destinationKeyAdd`, `-Promote`, `-Remove`, and the same of auth tokens."""

from collections.abc import Mapping
from typing import Any

import pytest

from destinations.kit import DestinationDefinition, DestinationStatus
from gateway.storage import audit, destinations
from gateway.workspace import Destination, Role
from tests.gateway.graphql.conftest import Api
from tests.gateway.graphql.destinations.falcons import KEY, SECOND, Loft, falcons
from tests.gateway.graphql.pigeons import PIGEONS

SHOWN = """
  destination {
    status revision
    settings { ... on FalconPostSettings {
      apiKeys { sid label state secret { configured lastFour setAt } }
      mark { configured lastFour } marks { id label state secret { lastFour } }
    } }
  }
  errors { __typename code path message ... on ProviderError { remedy retryable } }
"""
AT = "2026-03-01T12:00:00.000Z"
OPERATIONS = [
    ("destinationKeyAdd", SECOND),
    ("destinationKeyPromote", {"apiKeySid": "FK1"}),
    ("destinationKeyRemove", {"apiKeySid": "FK1"}),
    ("destinationAuthTokenAdd", {"authToken": "a-second-mark-of-wax"}),
    ("destinationAuthTokenPromote", {"authTokenId": "tok_1"}),
    ("destinationAuthTokenRemove", {"authTokenId": "tok_1"}),
]


@pytest.fixture
def loft() -> Loft:
    return Loft()


@pytest.fixture
def definitions(loft: Loft) -> Mapping[str, DestinationDefinition]:
    """Falcons, and pigeons beside them."""
    return {"falcon-post": falcons(loft), PIGEONS.slug: PIGEONS}


async def made(api: Api, **settings: Any) -> str:
    given = {"loft": "LF1", **KEY, "mark": "the-first-mark-of-wax", **settings}
    payload = await api.change(
        "destinationCreate",
        {"name": "Falcons", "settings": {"falconPost": given}},
        "destination { id } errors { message }",
    )
    assert payload["errors"] == []
    return str(payload["destination"]["id"])


async def stored(api: Api, destination_id: str) -> Destination:
    kept = await api.services.store.read(lambda c: destinations.get(c, destination_id, api.services.secrets))
    assert kept is not None
    return kept


def states(payload: Any, of: str = "apiKeys", by: str = "sid") -> dict[str, str]:
    return {one[by]: one["state"] for one in payload["destination"]["settings"][of]}


async def test_a_second_key_stands_by_once_the_provider_took_it(api: Api, loft: Loft) -> None:
    destination = await made(api)
    api.clock.advance(60)

    given = {"id": destination, "expectedRevision": 1, **SECOND, "label": "spare"}
    payload = await api.change("destinationKeyAdd", given, SHOWN)

    assert payload["errors"] == []
    assert payload["destination"]["revision"] == 2
    assert payload["destination"]["settings"]["apiKeys"] == [
        {
            "sid": "FK1",
            "label": None,
            "state": "ACTIVE",
            "secret": {"configured": True, "lastFour": "irst", "setAt": AT},
        },
        {
            "sid": "FK2",
            "label": "spare",
            "state": "STANDBY",
            "secret": {"configured": True, "lastFour": "cond", "setAt": "2026-03-01T12:01:00.000Z"},
        },
    ]
    assert loft.shown == [{"apiKeys": [SECOND["apiKeySecret"]], "marks": []}]


async def test_a_key_that_the_provider_refuses_is_not_kept(api: Api, loft: Loft) -> None:
    destination = await made(api)
    before = await stored(api, destination)
    loft.broken = {SECOND["apiKeySecret"]}

    given = {"id": destination, "expectedRevision": 1, **SECOND}
    payload = await api.change("destinationKeyAdd", given, SHOWN)

    assert payload["destination"] is None
    assert payload["errors"] == [
        {
            "__typename": "ProviderError",
            "code": "CREDENTIALS_REJECTED",
            "path": ["apiKeySecret"],
            "message": "The loft refused it. Nothing was kept.",
            "remedy": "Look.",
            "retryable": False,
        }
    ]
    assert await stored(api, destination) == before


async def test_a_key_that_nobody_can_ask_about_is_not_kept(api: Api, loft: Loft) -> None:
    destination = await made(api)
    before = await stored(api, destination)
    loft.lost = True

    payload = await api.change(
        "destinationKeyAdd", {"id": destination, "expectedRevision": 1, **SECOND}, SHOWN
    )

    assert [(one["code"], one["retryable"]) for one in payload["errors"]] == [("PROVIDER_ERROR", True)]
    assert await stored(api, destination) == before


async def test_a_promoted_key_is_used_and_the_one_before_stands_by(api: Api) -> None:
    destination = await made(api)
    await api.change("destinationVerify", {"id": destination}, "errors { code }")
    await api.change("destinationKeyAdd", {"id": destination, "expectedRevision": 1, **SECOND}, SHOWN)

    given = {"id": destination, "expectedRevision": 2, "apiKeySid": "FK2"}
    payload = await api.change("destinationKeyPromote", given, SHOWN)

    assert payload["errors"] == []
    assert states(payload) == {"FK1": "STANDBY", "FK2": "ACTIVE"}
    assert (payload["destination"]["status"], payload["destination"]["revision"]) == ("VERIFIED", 3)


async def test_promoting_what_is_active_changes_nothing(api: Api, loft: Loft) -> None:
    destination = await made(api)
    before = await stored(api, destination)

    given = {"id": destination, "expectedRevision": 1, "apiKeySid": "FK1"}
    payload = await api.change("destinationKeyPromote", given, SHOWN)

    assert payload["errors"] == []
    assert (await stored(api, destination), loft.shown) == (before, [])


async def test_a_key_that_was_revoked_before_it_is_promoted_is_failed_and_the_old_one_stays(
    api: Api, loft: Loft
) -> None:
    destination = await made(api)
    await api.change("destinationKeyAdd", {"id": destination, "expectedRevision": 1, **SECOND}, SHOWN)
    loft.broken = {SECOND["apiKeySecret"]}

    given = {"id": destination, "expectedRevision": 2, "apiKeySid": "FK2"}
    payload = await api.change("destinationKeyPromote", given, SHOWN)

    assert [(one["code"], one["path"]) for one in payload["errors"]] == [
        ("CREDENTIALS_REJECTED", ["apiKeySid"])
    ]
    assert states(payload) == {"FK1": "ACTIVE", "FK2": "FAILED"}


async def test_promoting_while_the_provider_does_not_answer_changes_nothing(api: Api, loft: Loft) -> None:
    destination = await made(api)
    await api.change("destinationKeyAdd", {"id": destination, "expectedRevision": 1, **SECOND}, SHOWN)
    before = await stored(api, destination)
    loft.lost = True

    given = {"id": destination, "expectedRevision": 2, "apiKeySid": "FK2"}
    payload = await api.change("destinationKeyPromote", given, SHOWN)

    assert (payload["destination"], payload["errors"][0]["retryable"]) == (None, True)
    assert await stored(api, destination) == before


async def test_a_destination_that_failed_for_a_revoked_key_is_verified_by_the_promotion(
    api: Api, loft: Loft
) -> None:
    destination = await made(api)
    await api.change("destinationKeyAdd", {"id": destination, "expectedRevision": 1, **SECOND}, SHOWN)
    loft.broken = {KEY["apiKeySecret"]}
    await api.change("destinationVerify", {"id": destination}, "errors { code }")
    assert (await stored(api, destination)).status is DestinationStatus.FAILED
    # The loft is shown all keys by a verification; the old one is of no use to it any more.
    loft.broken = set()

    given = {"id": destination, "expectedRevision": 2, "apiKeySid": "FK2"}
    payload = await api.change("destinationKeyPromote", given, SHOWN)

    assert (payload["destination"]["status"], payload["errors"]) == ("VERIFIED", [])


async def test_what_is_active_is_in_use_and_what_stands_by_goes(api: Api) -> None:
    destination = await made(api)
    await api.change("destinationKeyAdd", {"id": destination, "expectedRevision": 1, **SECOND}, SHOWN)

    given = {"id": destination, "expectedRevision": 2}
    kept = await api.change("destinationKeyRemove", {**given, "apiKeySid": "FK1"}, SHOWN)
    gone = await api.change("destinationKeyRemove", {**given, "apiKeySid": "FK2"}, SHOWN)

    assert [(one["code"], one["path"]) for one in kept["errors"]] == [("IN_USE", ["apiKeySid"])]
    assert (kept["destination"], states(gone)) == (None, {"FK1": "ACTIVE"})
    assert SECOND["apiKeySecret"] not in str((await stored(api, destination)).settings)


async def test_the_same_key_again_is_taken_and_the_same_call_again_adds_nothing(api: Api, loft: Loft) -> None:
    destination = await made(api)
    given = {"id": destination, "expectedRevision": 1, **SECOND}

    first = await api.change("destinationKeyAdd", {**given, "idempotencyKey": "once"}, SHOWN)
    loft.lost = True
    again = await api.change("destinationKeyAdd", {**given, "idempotencyKey": "once"}, SHOWN)
    other = await api.change(
        "destinationKeyAdd", {**given, "apiKeySecret": "another", "idempotencyKey": "once"}, SHOWN
    )
    later = await api.change("destinationKeyAdd", {**given, "expectedRevision": 2}, SHOWN)

    assert again == first
    assert [one["code"] for one in other["errors"]] == ["IDEMPOTENCY_MISMATCH"]
    assert [(one["code"], one["path"]) for one in later["errors"]] == [("TAKEN", ["apiKeySid"])]
    assert len((await stored(api, destination)).settings["apiKeys"]) == 2


async def test_no_more_than_five_are_kept(api: Api) -> None:
    destination = await made(api)
    for number in range(2, 6):
        given = {"id": destination, "expectedRevision": number - 1}
        added = {"apiKeySid": f"FK{number}", "apiKeySecret": f"a secret of number {number}"}
        assert (await api.change("destinationKeyAdd", {**given, **added}, SHOWN))["errors"] == []

    given = {"id": destination, "expectedRevision": 5, "apiKeySid": "FK6", "apiKeySecret": "one more"}
    payload = await api.change("destinationKeyAdd", given, SHOWN)

    assert [one["code"] for one in payload["errors"]] == ["INVALID"]
    assert len((await stored(api, destination)).settings["apiKeys"]) == 5


async def test_a_token_is_added_promoted_and_removed_alike(api: Api, loft: Loft) -> None:
    destination = await made(api)
    given = {"id": destination, "expectedRevision": 1, "authToken": "a-second-mark-of-wax"}

    added = await api.change("destinationAuthTokenAdd", given, SHOWN)
    second = added["destination"]["settings"]["marks"][1]["id"]
    promoted = await api.change(
        "destinationAuthTokenPromote",
        {"id": destination, "expectedRevision": 2, "authTokenId": second},
        SHOWN,
    )
    removed = await api.change(
        "destinationAuthTokenRemove",
        {"id": destination, "expectedRevision": 3, "authTokenId": "tok_1"},
        SHOWN,
    )

    assert states(added, "marks", "id") == {"tok_1": "ACTIVE", second: "STANDBY"}
    assert added["destination"]["settings"]["mark"] == {"configured": True, "lastFour": "-wax"}
    assert states(promoted, "marks", "id") == {"tok_1": "STANDBY", second: "ACTIVE"}
    assert states(removed, "marks", "id") == {second: "ACTIVE"}
    assert loft.shown[0] == {"apiKeys": [KEY["apiKeySecret"]], "marks": ["a-second-mark-of-wax"]}


@pytest.mark.parametrize(("operation", "given"), OPERATIONS[3:])
async def test_a_type_without_such_a_list_says_so(api: Api, operation: str, given: dict[str, Any]) -> None:
    pigeons = await api.destination(apiKeySid="PK1", apiKeySecret="the secret of a pigeon")
    before = await stored(api, pigeons)

    payload = await api.change(
        operation,
        {"id": pigeons, "expectedRevision": 1, **given},
        "destination { id } errors { code message }",
    )

    [error] = payload["errors"]
    assert (payload["destination"], error["code"]) == (None, "INVALID")
    assert "A Pigeon Post destination keeps no list of auth tokens" in error["message"]
    assert await stored(api, pigeons) == before


@pytest.mark.parametrize(("operation", "given"), OPERATIONS)
async def test_another_revision_is_a_conflict_and_nobody_is_asked(
    api: Api, loft: Loft, operation: str, given: dict[str, Any]
) -> None:
    destination = await made(api)
    before = await stored(api, destination)

    payload = await api.change(operation, {"id": destination, "expectedRevision": 7, **given}, SHOWN)

    assert [one["__typename"] for one in payload["errors"]] == ["ConflictError"]
    assert (await stored(api, destination), loft.shown) == (before, [])


@pytest.mark.parametrize(("operation", "given"), OPERATIONS)
async def test_rotating_takes_an_admin_of_the_space(api: Api, operation: str, given: dict[str, Any]) -> None:
    destination = await made(api)
    before = await stored(api, destination)
    operator, stranger = await api.token(Role.OPERATOR), await api.token(Role.ADMIN, "other")
    kind = operation.replace("Promote", "").replace("Remove", "")
    kind = f"{kind[0].upper()}{kind[1:]}Input"
    query = f"mutation($input: {kind}!) {{ {operation}(input: $input) {{ errors {{ code path }} }} }}"
    asked = {"id": destination, "expectedRevision": 1, **given}

    answer = await api.ask(query, operator, input=asked)
    unseen = await api.data(query, stranger, input=asked)

    assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"]
    assert unseen[operation]["errors"] == [{"code": "NOT_FOUND", "path": ["id"]}]
    assert await stored(api, destination) == before


async def test_the_log_of_changes_names_keys_and_tells_no_secret(api: Api) -> None:
    destination = await made(api)
    await api.change("destinationKeyAdd", {"id": destination, "expectedRevision": 1, **SECOND}, SHOWN)

    entries = await api.services.store.read(lambda c: audit.page(c, "default", destination, 10, None).items)

    added = next(one for one in entries if one.action == "destinationKeyAdd")
    assert {change.field: change.after for change in added.changes} == {
        "settings.apiKeySecret": "changed",
        "settings.apiKeys": '[{"label":null,"sid":"FK1","state":"ACTIVE"},{"label":null,"sid":"FK2","state":"STANDBY"}]',
    }
    assert "secret-of" not in str(entries)
