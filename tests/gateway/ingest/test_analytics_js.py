"""What analytics.js reads at its start."""

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from gateway.ingest import analytics_js
from tests.factories import WRITE_KEY

if TYPE_CHECKING:
    from tests.gateway.ingest.conftest import Api

PATH = "/v1/projects/wk_of_the_page/settings"
ORIGIN = "https://shop.example.com"


def refusal(code: str, message: str) -> dict[str, Any]:
    return {"success": False, "code": code, "message": message}


@pytest.mark.parametrize("path", [PATH, f"/{PATH}/", PATH.replace("projects", "/projects/")])
async def test_a_page_gets_the_settings_that_the_library_accepts(api: "Api", path: str) -> None:
    answer = await api.client.get(f"http://heliograph{path}", headers={"origin": ORIGIN})

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "max-age=60"
    assert answer.headers["vary"] == "Origin"
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert answer.json() == {
        "integrations": {
            "Segment.io": {
                "apiKey": "wk_of_the_page",
                "addBundledMetadata": True,
                "unbundledIntegrations": [],
                "apiHost": "texts.example.com/v1",
                "protocol": "https",
            }
        },
        "plan": {"track": {}},
        "analyticsNextEnabled": True,
        "middlewareSettings": {},
        "enabledMiddleware": {},
        "metrics": {"sampleRate": 0},
        "remotePlugins": [],
    }


def test_a_gateway_that_does_not_know_its_address_names_none() -> None:
    settings = msgspec.json.decode(analytics_js.settings("wk", None))

    assert settings["integrations"]["Segment.io"] == {
        "apiKey": "wk",
        "addBundledMetadata": True,
        "unbundledIntegrations": [],
    }


def test_a_gateway_under_a_path_says_so() -> None:
    settings = msgspec.json.decode(analytics_js.settings("wk", "http://localhost:8080/hg"))

    segment_io = settings["integrations"]["Segment.io"]
    assert (segment_io["protocol"], segment_io["apiHost"]) == ("http", "localhost:8080/hg/v1")


async def test_head_has_the_headers_alone(api: "Api") -> None:
    got, head = await api.client.get(PATH), await api.client.head(PATH)

    assert (head.status_code, head.content, head.headers) == (200, b"", got.headers)


async def test_a_cache_keeps_it_per_origin_even_if_the_first_had_none(api: "Api") -> None:
    answer = await api.client.get(PATH)

    assert answer.headers["vary"] == "Origin"
    assert "access-control-allow-origin" not in answer.headers


async def test_an_unknown_key_is_a_404_which_the_page_can_read(api: "Api") -> None:
    answer = await api.client.get("/v1/projects/wk_nobodys/settings", headers={"origin": ORIGIN})

    message = "There is no source with this write key: take the key that sourceCreate showed."
    assert (answer.status_code, answer.json()) == (404, refusal("unknown_write_key", message))
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["access-control-allow-origin"] == ORIGIN


async def test_the_key_of_a_server_in_a_page_is_a_mistake(api: "Api") -> None:
    answer = await api.client.get(f"/v1/projects/{WRITE_KEY}/settings", headers={"origin": ORIGIN})

    message = (
        "This write key is of a SERVER source, and in a page everyone can read it. Make a source with the trust BROWSER "
        "and put its key into the page; rotate this one where it was published."
    )
    assert (answer.status_code, answer.json()) == (403, refusal("server_key", message))
    assert "access-control-allow-origin" not in answer.headers


async def test_a_disabled_source_is_a_403(api: "Api") -> None:
    await api.world.store.write(
        lambda c: c.exec_driver_sql("UPDATE sources SET enabled = 0 WHERE id = 'src_browser'")
    )
    api.world.services.workspace.invalidate()

    answer = await api.client.get(PATH)

    message = "The source is disabled: enable it, and load the page again."
    assert (answer.status_code, answer.json()) == (403, refusal("source_disabled", message))


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_settings_are_only_read(api: "Api", method: str) -> None:
    answer = await api.client.request(method, PATH)

    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    message = "This path answers to GET, HEAD, OPTIONS alone. Nothing was kept."
    assert answer.json() == refusal("method_not_allowed", message)


@pytest.mark.parametrize("path", ["/v1/projects", "/v1/projects//settings", "/v1/projects/wk_of_the_page"])
async def test_other_paths_of_projects_are_none(api: "Api", path: str) -> None:
    assert (await api.client.get(path)).status_code == 404
