"""An address to which nothing would ever be sent is refused when it is saved."""

from collections.abc import Mapping
from typing import Any

import pytest

from destinations.kit import DestinationDefinition
from destinations.kit.registry import installed
from gateway.settings import Settings
from gateway.storage import destinations
from tests.gateway.graphql.conftest import Api
from tests.gateway.graphql.pigeons import PIGEONS

ACCOUNT = {
    "accountSid": f"AC{'0' * 32}",
    "apiKeySid": f"SK{'1' * 32}",
    "apiKeySecret": "the-secret-of-the-key",
    "webhookFormat": "EVENTS",
}
TOKEN = {"authToken": "the-token-of-the-account", "webhookFormat": "TWILIO_FORM"}
ALONE, REACHED = Settings(), Settings(public_url="https://texts.example.com")
ALLOWING = Settings(webhook_allowed_hosts=frozenset({"10.0.0.7", "localhost:8080"}))
ANSWER = "destination { id revision settings { ... on TwilioEngageSettings { webhookUrl } } } errors { code path message }"
AT = ["settings", "twilioEngage", "webhookUrl"]


@pytest.fixture
def definitions() -> Mapping[str, DestinationDefinition]:
    return {PIGEONS.slug: PIGEONS, **installed()}


async def create(api: Api, url: str, **more: Any) -> Any:
    given = {"name": "Texts", "settings": {"twilioEngage": {**ACCOUNT, "webhookUrl": url, **more}}}
    return await api.change("destinationCreate", given, ANSWER)


async def stored(api: Api) -> list[str]:
    everything = await api.services.store.read(lambda c: destinations.everything(c, api.services.secrets))
    return [str(one.settings.get("webhookUrl")) for one in everything if one.name == "Texts"]


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://127.0.0.1:9000/hook", "127.0.0.1:9000"),
        ("http://2130706433/hook", "127.0.0.1:80"),
        ("http://0x7f.1/hook", "127.0.0.1:80"),
        ("https://0177.0.0.1/hook", "127.0.0.1:443"),
        ("https://127.1./hook", "127.0.0.1:443"),
        ("https://10.1.2.3/hook", "10.1.2.3:443"),
        ("http://169.254.169.254/latest", "169.254.169.254:80"),
        ("http://[::1]:9000/", "[::1]:9000"),
        ("http://[::ffff:10.0.0.1]/", "[::ffff:a00:1]:80"),
        ("http://[fe80::1]/", "[fe80::1]:80"),
        ("http://localhost:9000/", "localhost:9000"),
        ("http://LOCALHOST./", "localhost.:80"),
        ("http://shop.localhost/", "shop.localhost:80"),
    ],
)
async def test_what_is_not_public_by_itself_is_refused_with_the_line_to_set(
    api: Api, url: str, host: str
) -> None:
    payload = await create(api, url)

    (error,) = payload["errors"]
    assert (payload["destination"], error["code"], error["path"]) == (None, "INVALID", AT)
    assert f" HELIOGRAPH_WEBHOOK_ALLOWED_HOSTS={host} and restarts. Nothing was changed." in error["message"]
    assert await stored(api) == []


@pytest.mark.parametrize(
    "url", ["https://owner.example/", "https://8.8.8.8/", "https://localhost.example/", "http://intern/"]
)
async def test_what_is_public_or_only_known_once_it_resolves_is_taken(api: Api, url: str) -> None:
    payload = await create(api, url)

    assert payload["errors"] == []


@pytest.mark.parametrize("gateway_settings", [ALLOWING])
@pytest.mark.parametrize("url", ["http://10.0.0.7:81/", "http://localhost:8080/"])
async def test_what_the_operator_names_is_taken(api: Api, url: str) -> None:
    assert (await create(api, url))["errors"] == []


@pytest.mark.parametrize("gateway_settings", [ALLOWING])
async def test_the_line_to_set_keeps_the_hosts_that_are_named_already(api: Api) -> None:
    (error,) = (await create(api, "http://localhost:81/"))["errors"]

    assert "=10.0.0.7,localhost:8080,localhost:81 and restarts" in error["message"]


@pytest.mark.parametrize(("gateway_settings", "is_refused"), [(ALONE, False), (REACHED, True)])
async def test_what_twilio_calls_itself_is_its_own_affair(api: Api, is_refused: bool) -> None:
    payload = await create(api, "http://127.0.0.1:9000/", **TOKEN)

    assert [error["path"] for error in payload["errors"]] == ([AT] if is_refused else [])


async def test_an_update_to_such_an_address_changes_nothing(api: Api) -> None:
    made = (await create(api, "https://owner.example/"))["destination"]
    given = {
        "id": made["id"],
        "expectedRevision": made["revision"],
        "settings": {"twilioEngage": {"webhookUrl": "http://[::1]/"}},
    }

    payload = await api.change("destinationUpdate", given, ANSWER)

    assert [error["path"] for error in payload["errors"]] == [AT]
    assert await stored(api) == ["https://owner.example/"]
