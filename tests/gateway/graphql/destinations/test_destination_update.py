"""A destination's policy, and `destinationUpdate`."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from destinations.kit import DestinationDefinition
from gateway.storage import destinations
from gateway.workspace import Destination, Role
from tests.gateway.graphql.conftest import Api
from tests.gateway.graphql.pigeons import PIGEONS

POLICY = "policy { mmsFallback requireDltForIndia allowedCountries uncertain messagesPerSecond testNumbers retryUndelivered }"
CHANGED = (
    f"destination {{ name enabled revision status {POLICY} }} "
    "errors { __typename code path message ... on ConflictError { currentRevision } }"
)
DEFAULTS = {
    "mmsFallback": "LINK",
    "requireDltForIndia": False,
    "allowedCountries": [],
    "uncertain": "RESEND_WHEN_ABSENT",
    "messagesPerSecond": {},
    "testNumbers": [],
    "retryUndelivered": False,
}
OTHERS = {
    "mmsFallback": "SUPPRESS",
    "requireDltForIndia": True,
    "allowedCountries": ["CA", "US"],
    "uncertain": "EXPIRE",
    "messagesPerSecond": {"+12025550100": 1, "SHORT_CODE": 99.5},
    "testNumbers": ["+12025550101"],
    "retryUndelivered": True,
}


@pytest.fixture
def definitions() -> Mapping[str, DestinationDefinition]:
    """Pigeons that read numbers as their country does."""
    return {PIGEONS.slug: replace(PIGEONS, default_country=lambda settings: settings.country)}


async def stored(api: Api, destination_id: str) -> Destination:
    kept = await api.services.store.read(lambda c: destinations.get(c, destination_id, api.services.secrets))
    assert kept is not None
    return kept


async def made(api: Api, policy: Any, **settings: Any) -> Any:
    given = {"name": "Pigeons", "settings": {"pigeonPost": {"loft": "LF1", **settings}}, "policy": policy}
    return await api.change("destinationCreate", given, CHANGED.replace("name ", "id name ", 1))


@pytest.mark.parametrize("policy", [None, {}, dict.fromkeys(DEFAULTS)])
async def test_a_new_destination_has_the_default_of_what_was_left_out_or_null(api: Api, policy: Any) -> None:
    payload = await made(api, policy)

    assert payload["errors"] == []
    assert payload["destination"]["policy"] == DEFAULTS


async def test_a_new_destination_has_the_policy_that_was_given(api: Api) -> None:
    payload = await made(api, OTHERS)

    assert payload["errors"] == []
    assert payload["destination"]["policy"] == OTHERS


async def test_what_is_left_out_of_a_change_or_null_stays_as_it_is(api: Api) -> None:
    destination = (await made(api, OTHERS))["destination"]["id"]
    given = {"id": destination, "expectedRevision": 1, "name": None, "enabled": None}
    policy = dict.fromkeys(OTHERS) | {"uncertain": "RESEND_WHEN_ABSENT", "allowedCountries": []}

    payload = await api.change("destinationUpdate", {**given, "policy": policy}, CHANGED)

    kept = {**OTHERS, "uncertain": "RESEND_WHEN_ABSENT", "allowedCountries": []}
    assert payload == {
        "destination": {"name": "Pigeons", "enabled": True, "revision": 2, "status": "DRAFT", "policy": kept},
        "errors": [],
    }


async def test_a_new_name_and_switch_leave_it_verified_and_its_settings_alone(api: Api) -> None:
    destination = await api.destination(seal="a seal of wax")
    await api.change("destinationVerify", {"id": destination}, "errors { code }")
    before = await stored(api, destination)
    api.clock.advance(60)

    given = {"id": destination, "expectedRevision": 1, "name": " Doves ", "enabled": False}
    payload = await api.change("destinationUpdate", given, CHANGED + " counts { connected disabled }")

    assert payload == {
        "destination": {
            "name": "Doves",
            "enabled": False,
            "revision": 2,
            "status": "VERIFIED",
            "policy": DEFAULTS,
        },
        "counts": {"connected": 0, "disabled": 1},
        "errors": [],
    }
    after = await stored(api, destination)
    assert (after.settings, after.updated_at) == (before.settings, api.clock.now())


async def test_the_next_decision_goes_by_what_it_is_now(api: Api) -> None:
    mapping = await api.mapping(destination := await api.destination())
    await api.change("destinationVerify", {"id": destination}, "errors { code }")
    event = {"type": "track", "event": "Note Written", "userId": "u1"}
    ask = "query($input: MappingPreviewInput!) { mappingPreview(input: $input) { decision reason } }"

    decided = []
    for revision, enabled in ((1, False), (2, True)):
        given = {"id": destination, "expectedRevision": revision, "enabled": enabled}
        await api.change("destinationUpdate", given, "errors { code }")
        decided.append((await api.data(ask, input={"mappingId": mapping, "event": event}))["mappingPreview"])

    assert decided == [
        {"decision": "SUPPRESS", "reason": "DESTINATION_DISABLED"},
        {"decision": "SEND", "reason": None},
    ]


async def test_what_changes_nothing_is_no_revision(api: Api) -> None:
    destination = (await made(api, OTHERS))["destination"]["id"]
    before = await stored(api, destination)
    api.clock.advance(60)

    given = {"id": destination, "expectedRevision": 1, "name": "Pigeons", "policy": OTHERS}
    payload = await api.change("destinationUpdate", given, CHANGED)

    assert payload["destination"]["revision"] == 1
    assert await stored(api, destination) == before


async def test_numbers_and_countries_are_taken_in_any_notation(api: Api) -> None:
    policy = {
        "testNumbers": ["(202) 555-0101", "+44 7700 900123", "+442025550101", "+1 202 555 0101"],
        "allowedCountries": ["us", " GB ", "US"],
        "messagesPerSecond": {
            "+1 (202) 555-0100": 0.01,
            "PHONE_NUMBER": 100_000,
            "whatsapp:+1 202 555 0100": 80,
        },
    }

    payload = await made(api, policy, country="US")

    assert payload["errors"] == []
    assert payload["destination"]["policy"] == {
        **DEFAULTS,
        "testNumbers": ["+12025550101", "+442025550101", "+447700900123"],
        "allowedCountries": ["GB", "US"],
        "messagesPerSecond": {"+12025550100": 0.01, "PHONE_NUMBER": 100_000, "whatsapp:+12025550100": 80},
    }


BAD = [
    ({"messagesPerSecond": [1]}, [["messagesPerSecond"]]),
    ({"messagesPerSecond": 1}, [["messagesPerSecond"]]),
    ({"messagesPerSecond": {"SHORT_CODE": 0}}, [["messagesPerSecond", "SHORT_CODE"]]),
    ({"messagesPerSecond": {"SHORT_CODE": -1}}, [["messagesPerSecond", "SHORT_CODE"]]),
    ({"messagesPerSecond": {"SHORT_CODE": 0.009}}, [["messagesPerSecond", "SHORT_CODE"]]),
    ({"messagesPerSecond": {"SHORT_CODE": 100_000.5}}, [["messagesPerSecond", "SHORT_CODE"]]),
    ({"messagesPerSecond": {"SHORT_CODE": 10**30}}, [["messagesPerSecond", "SHORT_CODE"]]),
    ({"messagesPerSecond": {"SHORT_CODE": "100"}}, [["messagesPerSecond", "SHORT_CODE"]]),
    ({"messagesPerSecond": {"SHORT_CODE": True}}, [["messagesPerSecond", "SHORT_CODE"]]),
    ({"messagesPerSecond": {"SHORT_CODE": None}}, [["messagesPerSecond", "SHORT_CODE"]]),
    ({"messagesPerSecond": {"ShortCode": 1}}, [["messagesPerSecond", "ShortCode"]]),
    ({"messagesPerSecond": {"": -1}}, [["messagesPerSecond", ""]] * 2),
    (
        {"messagesPerSecond": {"+12025550100": 1, "+1 202 555 0100": 2}},
        [["messagesPerSecond", "+1 202 555 0100"]],
    ),
    ({"messagesPerSecond": {f"name {n}": 1 for n in range(501)}}, [["messagesPerSecond"]]),
    ({"testNumbers": ["+12025550101", "(202) 555-0101", ""]}, [["testNumbers", "1"], ["testNumbers", "2"]]),
    ({"testNumbers": [f"+1202555{n:04}" for n in range(101)]}, [["testNumbers"]]),
    ({"allowedCountries": ["US", "XX", ""]}, [["allowedCountries", "1"], ["allowedCountries", "2"]]),
    ({"allowedCountries": ["USA"]}, [["allowedCountries", "0"]]),
]


@pytest.mark.parametrize(("policy", "paths"), BAD, ids=[f"bad-{place}" for place in range(len(BAD))])
async def test_a_policy_that_is_wrong_is_refused_and_nothing_made_or_changed(
    api: Api, policy: dict[str, Any], paths: list[list[str]]
) -> None:
    destination = await api.destination("Doves")
    before = await stored(api, destination)
    given = {"id": destination, "expectedRevision": 1, "enabled": False, "policy": policy}

    payloads = [await made(api, policy), await api.change("destinationUpdate", given, CHANGED)]

    for payload in payloads:
        assert payload["destination"] is None
        assert [(one["code"], one["path"]) for one in payload["errors"]] == [
            ("INVALID", ["policy", *path]) for path in paths
        ]
    assert await api.services.store.read(lambda c: destinations.everything(c, api.services.secrets)) == [
        before
    ]


async def test_all_that_is_wrong_is_said_at_once(api: Api) -> None:
    destination = await api.destination()
    before = await stored(api, destination)
    policy = {"allowedCountries": ["XX"], "testNumbers": ["1"], "messagesPerSecond": {"SHORT_CODE": 0}}
    given = {"id": destination, "expectedRevision": 7, "name": " ", "policy": policy}

    payload = await api.change("destinationUpdate", given, CHANGED)

    assert [(one["code"], one["path"]) for one in payload["errors"]] == [
        ("REQUIRED", ["name"]),
        ("INVALID", ["policy", "allowedCountries", "0"]),
        ("INVALID", ["policy", "testNumbers", "0"]),
        ("INVALID", ["policy", "messagesPerSecond", "SHORT_CODE"]),
    ]
    assert await stored(api, destination) == before


async def test_a_change_of_what_was_changed_since_is_a_conflict(api: Api) -> None:
    destination = await api.destination()
    given = {"id": destination, "expectedRevision": 1, "policy": {"requireDltForIndia": True}}
    await api.change("destinationUpdate", given, CHANGED)
    before = await stored(api, destination)

    payload = await api.change("destinationUpdate", {**given, "enabled": False}, CHANGED)

    [error] = payload["errors"]
    assert payload["destination"] is None
    assert (error["__typename"], error["code"], error["path"], error["currentRevision"]) == (
        "ConflictError",
        "VERSION_CONFLICT",
        ["expectedRevision"],
        2,
    )
    assert await stored(api, destination) == before


async def test_a_name_that_another_destination_has_is_taken(api: Api) -> None:
    await api.destination("Doves")
    destination = await api.destination()
    before = await stored(api, destination)

    given = {"id": destination, "expectedRevision": 1, "name": "Doves", "enabled": False}
    payload = await api.change("destinationUpdate", given, CHANGED)

    assert [(one["code"], one["path"]) for one in payload["errors"]] == [("TAKEN", ["name"])]
    assert await stored(api, destination) == before


async def test_what_a_token_does_not_see_it_can_not_change(api: Api) -> None:
    elsewhere = await api.destination(space="other")
    before = await stored(api, elsewhere)
    token = await api.token(Role.ADMIN)

    given = {"id": elsewhere, "expectedRevision": 1, "enabled": False}
    payload = await api.change("destinationUpdate", given, CHANGED, token)

    assert [(one["code"], one["path"]) for one in payload["errors"]] == [("NOT_FOUND", ["id"])]
    assert await stored(api, elsewhere) == before


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.READER, Role.VIEWER])
async def test_changing_a_destination_takes_an_admin(api: Api, role: Role) -> None:
    destination = await api.destination()
    before = await stored(api, destination)
    token = await api.token(role)

    answer = await api.ask(
        "mutation($input: DestinationUpdateInput!) { destinationUpdate(input: $input) { errors { code } } }",
        token,
        input={"id": destination, "expectedRevision": 1, "enabled": False},
    )

    assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"]
    assert await stored(api, destination) == before


async def test_of_several_changes_at_once_one_is_made(remote_api: Api) -> None:
    destination = await remote_api.destination()

    payloads = await asyncio.gather(
        *(
            remote_api.change(
                "destinationUpdate",
                {"id": destination, "expectedRevision": 1, "name": f"Pigeons {number}"},
                CHANGED,
            )
            for number in range(4)
        )
    )

    won = [payload["destination"]["name"] for payload in payloads if not payload["errors"]]
    lost = [one["code"] for payload in payloads for one in payload["errors"]]
    after = await stored(remote_api, destination)
    assert (len(won), lost) == (1, ["VERSION_CONFLICT"] * 3)
    assert (after.name, after.revision) == (won[0], 2)


async def test_a_viewer_sees_no_number_of_a_policy(api: Api) -> None:
    destination = (await made(api, OTHERS))["destination"]["id"]
    token = await api.token(Role.VIEWER)

    shown = await api.data(f'{{ destination(id: "{destination}") {{ {POLICY} }} }}', token)

    policy = shown["destination"]["policy"]
    assert policy["testNumbers"] == ["+1••••01"]
    assert sorted(policy["messagesPerSecond"].values()) == [1, 99.5]
    assert "2025550100" not in str(policy["messagesPerSecond"])
