"""A new key of an account takes the place of the old one without a pause, once the provider took it."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.configuration.steps import steps
from gateway.errors import StartupError
from gateway.graphql.http.budget import Budget
from gateway.graphql.http.limits import Limits
from gateway.settings import Settings
from gateway.storage.engine import Store
from tests.gateway.configuration.conftest import Cut, Gateway, quiet, written
from tests.gateway.graphql.conftest import opened
from tests.gateway.graphql.destinations.falcons import Loft, falcons

FALCONS = "destination: Falcons\ndefinition: falcon-post\nsettings: {{loft: LF1, apiKeySid: {sid}, apiKeySecret: env:KEY, mark: env:MARK}}\n"
OLD, NEW = "the secret of the old key", "the secret of the new one"
MARK = "the-first-mark-of-wax"


@pytest.fixture
def loft() -> Loft:
    return Loft()


@pytest.fixture
async def gateway(store: Store, tmp_path: Path, loft: Loft) -> AsyncIterator[Gateway]:
    data = tmp_path / "data"
    data.mkdir()
    async with opened(store, data, Limits(), {"falcon-post": falcons(loft)}, Budget(), Settings()) as api:
        yield Gateway(api, tmp_path / "files")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return written(tmp_path / "in", {"falcons.yaml": FALCONS.format(sid="FK1")})


async def apply(gateway: Gateway, folder: Path, secret: str, **more: Any) -> list[str]:
    """What was done."""
    transport = {"transport": more.pop("transport")} if "transport" in more else {}
    files = gateway.files(folder, environ={"KEY": secret, "MARK": MARK}, **transport)
    done = await files.apply(quiet(), lambda _: True, gateway.secrets.__setitem__, **more)
    return [one.step.words for one in done]


async def shown(gateway: Gateway) -> Any:
    found = await gateway.api.data(
        "{ destinations { edges { node { status settings { ... on FalconPostSettings { apiKeys { sid state secret { lastFour } } } } } } } }"
    )
    [edge] = found["destinations"]["edges"]
    keys = edge["node"]["settings"]["apiKeys"]
    return edge["node"]["status"], [(one["sid"], one["state"]) for one in keys]


async def test_it_is_added_used_and_the_old_one_removed(gateway: Gateway, folder: Path) -> None:
    await apply(gateway, folder, OLD)
    assert await shown(gateway) == ("VERIFIED", [("FK1", "ACTIVE")])
    written(folder, {"falcons.yaml": FALCONS.format(sid="FK2")})

    done = await apply(gateway, folder, NEW)

    assert done == [
        "add the key FK2 of destination Falcons",
        "use the key FK2 of destination Falcons",
        "remove the key FK1 of destination Falcons",
        "verify destination Falcons",
    ]
    assert await shown(gateway) == ("VERIFIED", [("FK2", "ACTIVE")])
    assert await apply(gateway, folder, NEW) == []


async def test_one_that_the_provider_refuses_changes_nothing(
    gateway: Gateway, folder: Path, loft: Loft
) -> None:
    await apply(gateway, folder, OLD)
    written(folder, {"falcons.yaml": FALCONS.format(sid="FK2")})
    loft.broken = {NEW}

    with pytest.raises(StartupError) as error:
        await apply(gateway, folder, NEW)

    assert str(error.value).startswith(
        "Could not add the key FK2 of destination Falcons: The loft refused it."
    )
    assert "Nothing was done before it." in str(error.value)
    assert NEW not in str(error.value)
    assert await shown(gateway) == ("VERIFIED", [("FK1", "ACTIVE")])


@pytest.mark.parametrize("most", [0, 1, 2, 3])
async def test_a_rotation_that_broke_off_is_finished_by_the_next_run(
    gateway: Gateway, folder: Path, most: int
) -> None:
    await apply(gateway, folder, OLD)
    written(folder, {"falcons.yaml": FALCONS.format(sid="FK2")})
    with pytest.raises(StartupError):
        await apply(gateway, folder, NEW, transport=Cut(httpx.ASGITransport(app=gateway.api.endpoint), most))

    await apply(gateway, folder, NEW)

    status, keys = await shown(gateway)
    assert (status, keys[-1]) == ("VERIFIED", ("FK2", "ACTIVE"))
    assert await apply(gateway, folder, NEW) == []


async def test_one_that_stands_by_is_used_and_with_another_secret_made_anew(
    gateway: Gateway, folder: Path
) -> None:
    await apply(gateway, folder, OLD)
    written(folder, {"falcons.yaml": FALCONS.format(sid="FK2")})
    found = await gateway.api.data("{ destinations { edges { node { id revision } } } }")
    there = found["destinations"]["edges"][0]["node"]
    given = {
        "id": there["id"],
        "expectedRevision": there["revision"],
        "apiKeySid": "FK2",
        "apiKeySecret": NEW,
    }
    added = await gateway.api.change("destinationKeyAdd", given, "errors { message }")
    assert added["errors"] == []

    planned = await gateway.files(folder, environ={"KEY": "another secret of a key!", "MARK": MARK}).planned()
    other = [one.words for one in steps(planned.plan, planned.standing.catalogue)]

    assert other[:2] == [
        "remove the key FK2 with another secret of destination Falcons",
        "add the key FK2 of destination Falcons",
    ]
    assert (await apply(gateway, folder, NEW))[:2] == [
        "use the key FK2 of destination Falcons",
        "remove the key FK1 of destination Falcons",
    ]
    assert await shown(gateway) == ("VERIFIED", [("FK2", "ACTIVE")])


@pytest.mark.parametrize(
    ("text", "more"),
    [
        (FALCONS.format(sid="FK2").replace("LF1", "LF2"), {}),
        (FALCONS.format(sid="FK1"), {}),
        (FALCONS.format(sid="FK2"), {"verify": False}),
        (FALCONS.format(sid="FK2").replace("apiKeySid: FK2, apiKeySecret: env:KEY, ", ""), {}),
    ],
)
async def test_what_is_no_rotation_is_a_change_that_is_verified_afterwards(
    gateway: Gateway, folder: Path, text: str, more: dict[str, Any]
) -> None:
    await apply(gateway, folder, OLD)
    written(folder, {"falcons.yaml": text})

    done = await apply(gateway, folder, NEW, **more)

    assert done == ["change destination Falcons", *([] if more else ["verify destination Falcons"])]
    assert await apply(gateway, folder, NEW, verify=False) == []


async def test_secrets_that_end_alike_are_set_where_that_is_said(
    gateway: Gateway, folder: Path, loft: Loft
) -> None:
    alike = "another one of the old key"
    await apply(gateway, folder, OLD)

    assert await apply(gateway, folder, alike) == []
    loft.shown.clear()
    done = await apply(gateway, folder, alike, secrets=True)

    assert done == ["change destination Falcons", "verify destination Falcons"]
    assert loft.shown == [{"apiKeys": [alike], "marks": [MARK]}]
    before = await gateway.api.data("{ destinations { edges { node { revision } } } }")
    await apply(gateway, folder, alike, secrets=True, verify=False)
    assert await gateway.api.data("{ destinations { edges { node { revision } } } }") == before
