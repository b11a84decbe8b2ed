"""The secret that events are signed with: made when it is needed, shown once, rotated with an overlap."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from destinations.kit import DestinationDefinition, OwnerEvent
from destinations.kit.registry import installed
from gateway.settings import Settings
from gateway.storage import destinations
from gateway.workspace import Destination
from tests.gateway.graphql.conftest import Api
from tests.gateway.graphql.destinations.falcons import Loft, falcons
from tests.gateway.graphql.pigeons import PIGEONS

PERCH = "https://owner.example/hook"
SECRET = "crySeal { configured lastFour setAt }"
CHANGED = (
    f"webhookSecret destination {{ id revision status settings {{ ... on FalconPostSettings {{ {SECRET} }} }} }} "
    "errors { code path message }"
)


@pytest.fixture
def definitions() -> Mapping[str, DestinationDefinition]:
    return {"falcon-post": falcons(Loft()), PIGEONS.slug: PIGEONS, **installed()}


async def create(api: Api, key: str | None = None, **settings: Any) -> Any:
    given = {"name": "Falcons", "settings": {"falconPost": {"loft": "LF1", **settings}}}
    return await api.change("destinationCreate", given | ({"idempotencyKey": key} if key else {}), CHANGED)


async def update(api: Api, destination: str, revision: int, **settings: Any) -> Any:
    given = {"id": destination, "expectedRevision": revision, "settings": {"falconPost": settings}}
    return await api.change("destinationUpdate", given, CHANGED)


async def stored(api: Api, destination: str) -> Destination:
    found = await api.services.store.read(lambda c: destinations.get(c, destination, api.services.secrets))
    assert found is not None
    return found


async def test_it_is_made_with_the_first_webhook_and_shown_once(api: Api) -> None:
    first = await create(api, "k-1", perch=PERCH)
    again = await create(api, "k-1", perch=PERCH)

    secret = first["webhookSecret"]
    assert secret.startswith("whsec_")
    assert len(secret) == len("whsec_") + 44
    shown = first["destination"]["settings"]["crySeal"]
    assert shown == {
        "configured": True,
        "lastFour": secret[-4:],
        "setAt": "2026-03-01T12:00:00.000Z",
    }
    assert again["webhookSecret"] is None
    assert again["destination"]["id"] == first["destination"]["id"]
    there = await stored(api, first["destination"]["id"])
    assert [one["secret"] for one in there.settings["crySeals"]] == [secret]
    assert there.webhook_events == sorted(OwnerEvent)


async def test_it_is_made_where_a_webhook_comes_later_and_stays_with_it(api: Api) -> None:
    made = await create(api)
    destination = made["destination"]["id"]

    first = await update(api, destination, 1, perch=PERCH)
    moved = await update(api, destination, 2, perch="https://elsewhere.example/")

    assert (made["webhookSecret"], moved["webhookSecret"]) == (None, None)
    assert made["destination"]["settings"]["crySeal"]["configured"] is False
    assert first["webhookSecret"].startswith("whsec_")
    assert first["destination"]["status"] == "DRAFT"
    assert moved["destination"]["settings"] == first["destination"]["settings"]


async def test_without_a_webhook_nobody_is_told_any_more(api: Api) -> None:
    made = await create(api, perch=PERCH)

    await update(api, made["destination"]["id"], 1, perch=None)

    assert (await stored(api, made["destination"]["id"])).webhook_events is None


async def rotate(api: Api, destination: str, revision: int, **more: Any) -> Any:
    given = {"id": destination, "expectedRevision": revision, **more}
    return await api.change("webhookSecretRotate", given, CHANGED)


async def test_rotated_the_one_before_signs_beside_it_for_as_long_as_is_said(api: Api) -> None:
    made = await create(api, perch=PERCH)
    destination = made["destination"]["id"]

    payload = await rotate(api, destination, 1, overlapSeconds=600, idempotencyKey="r-1")
    again = await rotate(api, destination, 1, overlapSeconds=600, idempotencyKey="r-1")

    assert payload["errors"] == []
    assert payload["destination"]["revision"] == 2
    assert payload["destination"]["settings"]["crySeal"]["lastFour"] == payload["webhookSecret"][-4:]
    assert (again["webhookSecret"], again["destination"]["revision"]) == (None, 2)
    kept = (await stored(api, destination)).settings["crySeals"]
    assert [one["secret"] for one in kept] == [payload["webhookSecret"], made["webhookSecret"]]
    until = (api.clock.now() + timedelta(seconds=600)).isoformat()
    assert [one["until"] for one in kept] == [None, until]


async def test_one_that_became_known_ends_at_once(api: Api) -> None:
    made = await create(api, perch=PERCH)
    destination = made["destination"]["id"]

    payload = await rotate(api, destination, 1, overlapSeconds=0)

    kept = (await stored(api, destination)).settings["crySeals"]
    assert [one["secret"] for one in kept] == [payload["webhookSecret"]]


async def test_none_is_made_for_settings_that_can_not_be_read(api: Api) -> None:
    made = await create(api, perch=PERCH)
    there = await stored(api, made["destination"]["id"])
    unread = replace(there, settings={**there.settings, "country": "USA"})
    await api.services.store.write(lambda c: destinations.save(c, unread, api.services.secrets))
    api.services.workspace.invalidate()

    payload = await rotate(api, there.id, 1)

    said = "The settings of the destination Falcons no longer fit its type: country: has two letters."
    assert payload == {
        "webhookSecret": None,
        "destination": None,
        "errors": [{"code": "INVALID", "path": ["id"], "message": f"{said} Nothing was changed."}],
    }
    assert (await stored(api, there.id)).settings == unread.settings


@pytest.mark.parametrize(
    ("revision", "overlap", "code"),
    [(1, -1, "INVALID"), (1, 2_592_001, "INVALID"), (7, 0, "VERSION_CONFLICT")],
)
async def test_what_is_wrong_changes_nothing(api: Api, revision: int, overlap: int, code: str) -> None:
    made = await create(api, perch=PERCH)
    before = await stored(api, made["destination"]["id"])

    payload = await rotate(api, before.id, revision, overlapSeconds=overlap)

    assert [error["code"] for error in payload["errors"]] == [code]
    assert (payload["webhookSecret"], payload["destination"]) == (None, None)
    assert await stored(api, before.id) == before


async def test_what_does_not_go_together_is_refused_at_save(api: Api) -> None:
    payload = await create(api, perch="https://sea.example/")

    assert payload["destination"] is None
    assert payload["errors"] == [
        {
            "code": "INVALID",
            "path": ["settings", "falconPost", "perch"],
            "message": "A perch is on land. Nothing was changed.",
        }
    ]


ACCOUNT = {
    "accountSid": f"AC{'0' * 32}",
    "apiKeySid": f"SK{'1' * 32}",
    "apiKeySecret": "the-secret-of-the-key",
}
ALONE, REACHED = Settings(), Settings(public_url="https://texts.example.com")
FORMAT = "webhookSecret destination { id settings { ... on TwilioEngageSettings { webhookFormat webhookEvents } } } errors { path message }"


async def twilio(api: Api, **settings: Any) -> Any:
    given = {"name": "Texts", "settings": {"twilioEngage": {**ACCOUNT, "webhookUrl": PERCH, **settings}}}
    return await api.change("destinationCreate", given, FORMAT)


async def test_events_are_what_a_new_destination_tells(api: Api) -> None:
    payload = await twilio(api, webhookEvents=["delivery.failed"])

    assert payload["webhookSecret"].startswith("whsec_")
    assert payload["destination"]["settings"] == {
        "webhookFormat": "EVENTS",
        "webhookEvents": ["delivery.failed"],
    }


@pytest.mark.parametrize(
    ("gateway_settings", "given", "webhook_format"),
    [
        (ALONE, {}, "TWILIO_FORM"),
        (REACHED, {}, "EVENTS"),
        (ALONE, {"authToken": "the-token-of-the-account"}, "EVENTS"),
        (ALONE, {"webhookEvents": ["delivery.failed"]}, "EVENTS"),
        (ALONE, {"webhookFormat": "EVENTS"}, "EVENTS"),
        (ALONE, {"webhookUrl": None}, "EVENTS"),
    ],
)
async def test_a_format_that_was_left_out_is_the_one_in_which_an_owner_hears_something(
    api: Api, given: dict[str, Any], webhook_format: str
) -> None:
    payload = await twilio(api, **given)

    assert payload["errors"] == []
    assert payload["destination"]["settings"]["webhookFormat"] == webhook_format


async def test_twilios_form_takes_an_auth_token_and_no_secret_of_ours(api: Api) -> None:
    refused = await twilio(api, webhookFormat="TWILIO_FORM")
    payload = await twilio(api, webhookFormat="TWILIO_FORM", authToken="the-token-of-the-account")

    assert [error["path"] for error in refused["errors"]] == [["settings", "twilioEngage", "webhookFormat"]]
    assert payload["errors"] == []
    assert payload["webhookSecret"] is None
    assert (await stored(api, payload["destination"]["id"])).webhook_events is None


async def test_a_destination_of_before_there_were_formats_goes_on_as_it_was(api: Api) -> None:
    made = await twilio(api, webhookFormat="TWILIO_FORM", authToken="the-token-of-the-account")
    one = await stored(api, made["destination"]["id"])
    old = {key: value for key, value in one.settings.items() if not key.startswith("webhook")}
    old |= {"webhookUrl": PERCH, "authTokens": []}
    await api.services.store.write(
        lambda c: destinations.save(c, replace(one, settings=old), api.services.secrets)
    )
    api.services.workspace.invalidate()

    given = {"id": one.id, "expectedRevision": 1, "settings": {"twilioEngage": {"defaultCountry": "GB"}}}
    payload = await api.change("destinationUpdate", given, FORMAT)

    assert payload["errors"] == []
    assert payload["destination"]["settings"]["webhookFormat"] == "TWILIO_FORM"
    assert payload["webhookSecret"] is None
