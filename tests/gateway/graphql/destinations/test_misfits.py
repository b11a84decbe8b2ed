"""Stored settings that no longer fit their destination's type: told in words with the change that mends them, never as a fault."""

from dataclasses import replace
from typing import Any

from gateway.storage import destinations
from gateway.workspace import Role
from tests.gateway.graphql.conftest import Api
from tests.gateway.graphql.deliveries.test_pasting import paste
from tests.gateway.graphql.senders.test_changes import OTHER, OURS, keep
from tests.gateway.syncing import number

SETTINGS = "... on PigeonPostSettings { loft country apiKeys { sid } }"
SHOWN = f"query($id: ID!) {{ destination(id: $id) {{ name settings {{ {SETTINGS} }} }} }}"
VERIFIED = (
    "destination { status lastVerification { checks { name passed code message remedy } } } "
    "errors { __typename code path message ... on ProviderError { providerCode remedy retryable } }"
)
SAID = "The settings of the destination Pigeons no longer fit its type: country: has two letters."


async def stored(api: Api, **settings: Any) -> str:
    """A destination whose settings were stored when they still fitted."""
    key = await api.destination()
    there = (await api.services.workspace.current()).destinations[key]
    changed = replace(there, settings={**there.settings, **settings})
    await api.services.store.write(lambda c: destinations.save(c, changed, api.services.secrets))
    api.services.workspace.invalidate()
    return key


def mend(key: str, revision: int) -> str:
    return (
        f'To mend them, run mutation {{ destinationUpdate(input: {{id: "{key}", expectedRevision: {revision}, settings: {{pigeonPost: '
        "{country: null}}}) { destination { revision } errors { message } } }, with the right value in place of each null, which clears, and "
        "verify it then. Or install the version of pigeon-post that took these settings, and start the gateway again."
    )


async def test_a_verification_says_what_does_not_fit_and_how_it_is_mended(api: Api) -> None:
    key = await stored(api, country="USA")

    payload = await api.change("destinationVerify", {"id": key}, VERIFIED)

    check = {"name": "settings", "passed": False, "code": "INVALID", "message": SAID, "remedy": mend(key, 1)}
    assert payload["destination"] == {"status": "FAILED", "lastVerification": {"checks": [check]}}
    assert payload["errors"] == [
        {
            "__typename": "ProviderError",
            "code": "INVALID",
            "path": ["id"],
            "message": f"{SAID} The settings were kept.",
            "providerCode": None,
            "remedy": mend(key, 1),
            "retryable": False,
        }
    ]
    assert api.sent.requests == []


async def test_what_the_verification_gave_to_paste_works_after_another_change(api: Api) -> None:
    key = await stored(api, country="USA")
    await api.change("destinationVerify", {"id": key}, "errors { code }")
    renamed = {"id": key, "expectedRevision": 1, "name": "Doves"}
    assert (await api.change("destinationUpdate", renamed, "errors { message }"))["errors"] == []
    read = "query($id: ID!) { destination(id: $id) { lastVerification { checks { remedy } } } }"
    [check] = (await api.data(read, id=key))["destination"]["lastVerification"]["checks"]

    assert (await paste(api, check["remedy"])) == {"destination": {"revision": 3}, "errors": []}
    verified = await api.change("destinationVerify", {"id": key}, VERIFIED)

    assert (verified["destination"]["status"], verified["errors"]) == ("VERIFIED", [])


async def test_what_fits_is_shown_beside_what_does_not(api: Api) -> None:
    key = await stored(api, country="USA")

    answer = await api.ask(SHOWN, id=key)

    assert answer["data"]["destination"] == {
        "name": "Pigeons",
        "settings": {"loft": "LF1", "country": None, "apiKeys": []},
    }
    [error] = answer["errors"]
    assert (error["path"], error["extensions"]["code"]) == (
        ["destination", "settings", "country"],
        "SETTINGS_DO_NOT_FIT",
    )
    assert error["message"] == f"{SAID} They were kept, and what it would send waits. {mend(key, 1)}"


async def test_where_what_does_not_fit_is_needed_it_is_said_too(api: Api) -> None:
    key = await stored(api, loft=7)

    answer = await api.ask(SHOWN, id=key)

    assert answer["data"] == {"destination": None}
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"SETTINGS_DO_NOT_FIT"}
    assert 'settings: {pigeonPost: {loft: "<Loft>"}}' in answer["errors"][0]["message"]
    assert (await api.data("{ destinations { edges { node { id status } } } }"))["destinations"]["edges"] == [
        {"node": {"id": key, "status": "DRAFT"}}
    ]


async def test_no_key_is_added_to_what_can_not_be_read(api: Api) -> None:
    key = await stored(api, country="USA")
    given = {"id": key, "expectedRevision": 1, "apiKeySid": "PK1", "apiKeySecret": "secret"}

    payload = await api.change("destinationKeyAdd", given, "errors { code message }")

    assert payload["errors"] == [{"code": "INVALID", "message": f"{SAID} Nothing was changed."}]
    after = (await api.services.workspace.current()).destinations[key]
    assert (after.revision, after.settings["country"]) == (1, "USA")


async def test_no_sender_takes_the_place_of_another_in_what_can_not_be_read(api: Api) -> None:
    key = await stored(api, country="USA")
    await keep(api, key, number(OURS), number(OTHER))
    given = {"destinationId": key, "from": OURS, "to": OTHER}

    payload = await api.change(
        "senderSwap", given, "errors { code path message ... on ProviderError { remedy } }"
    )

    assert payload["errors"] == [
        {
            "code": "INVALID",
            "path": ["destinationId"],
            "message": f"{SAID} Nothing was changed.",
            "remedy": mend(key, 1),
        }
    ]
    after = (await api.services.workspace.current()).destinations[key]
    assert (after.revision, after.settings["country"]) == (1, "USA")


async def test_a_key_that_no_longer_is_one_gives_way_to_another(api: Api) -> None:
    key = await stored(api, apiKeys=[{"sid": "PK1"}])
    secret = {"apiKeySid": "PK2", "apiKeySecret": "another-secret"}
    given = {"id": key, "expectedRevision": 1, "settings": {"pigeonPost": secret}}

    payload = await api.change(
        "destinationUpdate",
        given,
        "destination { settings { ... on PigeonPostSettings { apiKeys { sid } } } } errors { message }",
    )

    assert payload == {"destination": {"settings": {"apiKeys": [{"sid": "PK2"}]}}, "errors": []}


async def test_a_mapping_of_it_says_what_to_mend(api: Api) -> None:
    key = await api.destination()
    mapping = await api.mapping(key)
    there = (await api.services.workspace.current()).destinations[key]
    changed = replace(there, settings={**there.settings, "country": "USA"})
    await api.services.store.write(lambda c: destinations.save(c, changed, api.services.secrets))
    api.services.workspace.invalidate()

    data = await api.data("query($id: ID!) { mapping(id: $id) { problems { path message } } }", id=mapping)

    assert data["mapping"]["problems"] == [{"path": "/destinationId", "message": f"{SAID} {mend(key, 1)}"}]


async def test_a_viewer_sees_no_number_in_it(api: Api) -> None:
    key = await stored(api, country="USA")
    named = {"id": key, "expectedRevision": 1, "name": "Line +12025550142"}
    await api.change("destinationUpdate", named, "errors { message }")

    answer = await api.ask(SHOWN, await api.token(Role.VIEWER), id=key)

    assert "+12025550142" not in str(answer)
