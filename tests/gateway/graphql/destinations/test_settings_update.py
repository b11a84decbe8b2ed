"""`destinationUpdate` with settings: what is left out stays, null clears, and what a verification looks at makes it a DRAFT."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from destinations.kit import DestinationDefinition, DestinationStatus
from gateway.storage import audit, destinations
from gateway.workspace import Destination
from tests.gateway.graphql.conftest import Api
from tests.gateway.graphql.destinations.falcons import KEY, SECOND, Loft, falcons
from tests.gateway.graphql.pigeons import PIGEONS

CHANGED = """
  destination { name status revision lastVerification { status }
    settings { ... on FalconPostSettings { loft speed home insured country note
      apiKeys { sid label state secret { lastFour } } seal { configured lastFour setAt }
      mark { lastFour } marks { id state secret { lastFour } } } } }
  errors { code path message }
"""
SETTINGS: dict[str, Any] = {
    "loft": "LF1",
    **KEY,
    "seal": "a-very-secret-seal",
    "mark": "the-first-mark-of-wax",
    "speed": "FAST",
    "home": "+12025550100",
    "insured": False,
    "note": "ours",
}
FIRST = {"sid": "FK1", "label": None, "state": "ACTIVE", "secret": {"lastFour": "irst"}}


@pytest.fixture
def definitions() -> Mapping[str, DestinationDefinition]:
    """Falcons, and pigeons beside them."""
    return {"falcon-post": falcons(Loft()), PIGEONS.slug: PIGEONS}


async def made(api: Api) -> str:
    """A verified destination with all settings."""
    given = {"name": "Falcons", "settings": {"falconPost": SETTINGS}}
    payload = await api.change("destinationCreate", given, "destination { id } errors { message }")
    assert payload["errors"] == []
    destination = str(payload["destination"]["id"])
    await api.change("destinationVerify", {"id": destination}, "errors { code }")
    return destination


async def stored(api: Api, destination_id: str) -> Destination:
    kept = await api.services.store.read(lambda c: destinations.get(c, destination_id, api.services.secrets))
    assert kept is not None
    return kept


async def update(api: Api, destination: str, revision: int = 1, **settings: Any) -> Any:
    given = {"id": destination, "expectedRevision": revision, "settings": {"falconPost": settings}}
    return await api.change("destinationUpdate", given, CHANGED)


async def test_what_is_left_out_stays_and_null_clears(api: Api) -> None:
    destination = await made(api)

    payload = await update(api, destination, home=None, insured=None, note=None)

    assert payload["errors"] == []
    assert payload["destination"]["settings"] == {
        "loft": "LF1",
        "speed": "FAST",
        "home": None,
        "insured": True,
        "country": None,
        "note": None,
        "apiKeys": [FIRST],
        "seal": {"configured": True, "lastFour": "seal", "setAt": "2026-03-01T12:00:00.000Z"},
        "mark": {"lastFour": "-wax"},
        "marks": [{"id": "tok_1", "state": "ACTIVE", "secret": {"lastFour": "-wax"}}],
    }


async def test_what_no_verification_looks_at_leaves_it_verified(api: Api) -> None:
    destination = await made(api)

    payload = await update(api, destination, note="theirs")

    assert payload["errors"] == []
    assert (payload["destination"]["status"], payload["destination"]["revision"]) == ("VERIFIED", 2)


@pytest.mark.parametrize(
    "settings",
    [
        {"loft": "LF2"},
        {"speed": "SLOW"},
        {"seal": "another-secret-seal"},
        {"seal": None},
        {"mark": "a-second-mark-of-wax"},
        {"mark": None},
        SECOND,
        {"apiKeySecret": "another-secret-of-it"},
        {"apiKeySid": None},
        {"apiKeySid": None, "apiKeySecret": None},
    ],
    ids="-".join,
)
async def test_what_a_verification_looks_at_makes_it_a_draft_until_the_next(
    api: Api, settings: dict[str, Any]
) -> None:
    destination = await made(api)

    payload = await update(api, destination, **settings)

    assert payload["errors"] == []
    assert (payload["destination"]["status"], payload["destination"]["lastVerification"]) == ("DRAFT", None)
    verified = await api.change("destinationVerify", {"id": destination}, "destination { status }")
    assert verified["destination"]["status"] == "VERIFIED"


async def test_the_same_settings_again_are_no_change(api: Api) -> None:
    destination = await made(api)
    before = await stored(api, destination)
    api.clock.advance(60)

    payload = await update(api, destination, **SETTINGS)

    assert payload["errors"] == []
    assert await stored(api, destination) == before


async def test_a_key_takes_the_place_of_the_active_one_and_the_others_stay(api: Api) -> None:
    destination = await made(api)
    await api.change(
        "destinationKeyAdd", {"id": destination, "expectedRevision": 1, **SECOND}, "errors { code }"
    )
    third = {"apiKeySid": "FK3", "apiKeySecret": "the-secret-of-the-third"}

    payload = await update(api, destination, 2, **third)

    assert [(one["sid"], one["state"]) for one in payload["destination"]["settings"]["apiKeys"]] == [
        ("FK3", "ACTIVE"),
        ("FK2", "STANDBY"),
    ]


@pytest.mark.parametrize(
    ("settings", "problems"),
    [
        ({"loft": None}, [("REQUIRED", "loft")]),
        ({"loft": ""}, [("REQUIRED", "loft")]),
        ({"loft": "XX"}, [("INVALID", "loft")]),
        ({"country": "GBR"}, [("INVALID", "country")]),
        ({"apiKeySid": "FK9"}, [("REQUIRED", "apiKeySecret")]),
        ({"apiKeySid": "", "apiKeySecret": "x"}, [("REQUIRED", "apiKeySid")]),
        ({"apiKeySid": "FK2", "apiKeySecret": "x"}, [("TAKEN", "apiKeySid")]),
        ({"loft": None, "apiKeySid": "FK9"}, [("REQUIRED", "loft"), ("REQUIRED", "apiKeySecret")]),
    ],
)
async def test_what_is_wrong_is_said_with_its_path_and_nothing_changed(
    api: Api, settings: dict[str, Any], problems: list[tuple[str, str]]
) -> None:
    destination = await made(api)
    await api.change(
        "destinationKeyAdd", {"id": destination, "expectedRevision": 1, **SECOND}, "errors { code }"
    )
    before = await stored(api, destination)

    payload = await update(api, destination, 2, **settings)

    assert payload["destination"] is None
    assert [(one["code"], one["path"]) for one in payload["errors"]] == [
        (code, ["settings", "falconPost", key]) for code, key in problems
    ]
    assert await stored(api, destination) == before


async def test_name_settings_and_policy_are_complained_of_together(api: Api) -> None:
    destination = await made(api)
    before = await stored(api, destination)
    given = {
        "id": destination,
        "expectedRevision": 1,
        "name": " ",
        "settings": {"falconPost": {"loft": "XX"}},
        "policy": {"allowedCountries": ["XX"]},
    }

    payload = await api.change("destinationUpdate", given, CHANGED)

    assert [(one["code"], one["path"]) for one in payload["errors"]] == [
        ("REQUIRED", ["name"]),
        ("INVALID", ["settings", "falconPost", "loft"]),
        ("INVALID", ["policy", "allowedCountries", "0"]),
    ]
    assert await stored(api, destination) == before


async def test_the_settings_of_another_type_are_refused(api: Api) -> None:
    destination = await made(api)
    before = await stored(api, destination)
    given = {"id": destination, "expectedRevision": 1, "settings": {"pigeonPost": {"loft": "LF2"}}}

    payload = await api.change("destinationUpdate", given, CHANGED)

    assert payload["destination"] is None
    assert payload["errors"] == [
        {
            "code": "INVALID",
            "path": ["settings", "pigeonPost"],
            "message": "This destination is a Falcon Post: give its settings under `falconPost`. Nothing was changed.",
        }
    ]
    assert await stored(api, destination) == before


async def test_settings_of_the_first_releases_are_read_as_they_were_stored(api: Api) -> None:
    destination = await made(api)
    one = await stored(api, destination)
    old = {"loft": "LF1", "apiKeys": [{"sid": "FK1", "secret": "s", "label": None, "state": "ACTIVE"}]}
    await api.services.store.write(
        lambda c: destinations.save(c, replace(one, settings=old), api.services.secrets)
    )
    api.services.workspace.invalidate()

    payload = await update(api, destination, note="new")

    assert payload["errors"] == []
    assert payload["destination"]["status"] == "VERIFIED"
    assert (await stored(api, destination)).settings["marks"] == []


async def test_the_log_of_changes_has_each_setting_and_no_secret(api: Api) -> None:
    destination = await made(api)
    await update(api, destination, loft="LF2", seal="another-secret-seal", mark=None)

    entries = await api.services.store.read(lambda c: audit.page(c, "default", destination, 10, None).items)

    assert [one.action for one in entries] == ["destinationUpdate", "destinationVerify", "destinationCreate"]
    assert {change.field: (change.before, change.after) for change in entries[0].changes} == {
        "status": ("VERIFIED", "DRAFT"),
        "settings.loft": ("LF1", "LF2"),
        "settings.seal": (None, "changed"),
        "settings.mark": (None, "changed"),
        "settings.marks": ('[{"id":"tok_1","label":null,"state":"ACTIVE"}]', "[]"),
    }
    for secret in ("seal", "wax", "secret-of"):
        assert f"-{secret}" not in str([one.changes for one in entries])


async def test_a_failed_account_that_is_mended_in_place_is_a_draft_without_its_trouble(api: Api) -> None:
    destination = await made(api)
    failed = await stored(api, destination)
    await api.services.store.write(
        lambda c: destinations.set_verification(
            c, destination, DestinationStatus.FAILED, {"status": "FAILED", "checks": []}, failed.updated_at
        )
    )
    api.services.workspace.invalidate()

    payload = await update(api, destination, seal="another-secret-seal")

    assert payload["destination"]["status"] == "DRAFT"
    after = await stored(api, destination)
    assert (after.verification, after.trouble) == (None, None)


async def test_of_changes_of_settings_at_once_one_is_made(remote_api: Api) -> None:
    destination = await made(remote_api)

    payloads = await asyncio.gather(
        *(update(remote_api, destination, loft=f"LF{number}") for number in range(2, 5)),
        remote_api.change(
            "destinationKeyAdd", {"id": destination, "expectedRevision": 1, **SECOND}, "errors { code }"
        ),
    )

    assert sorted(len(payload["errors"]) for payload in payloads) == [0, 1, 1, 1]
    after = await stored(remote_api, destination)
    assert after.revision == 2


async def test_deleting_switching_and_changing_at_once_leave_one_truth(remote_api: Api) -> None:
    destination = await made(remote_api)
    off = {"channel": "SMS", "enabled": False, "destinationId": destination}

    deleted, changed, switched = await asyncio.gather(
        remote_api.change(
            "destinationDelete",
            {"id": destination, "expectedRevision": 1, "force": True},
            "deletedId errors { code }",
        ),
        update(remote_api, destination, note="new"),
        remote_api.change("channelUpdate", off, "errors { code }"),
    )

    after = await stored(remote_api, destination)
    assert after.revision == 2
    assert (after.deleted_at is not None) is (deleted["errors"] == [])
    assert (deleted["errors"] == []) is not (changed["errors"] == [])
    assert switched["errors"] in ([], [{"code": "NOT_FOUND"}])
