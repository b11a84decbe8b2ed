"""The words that confirm a stop."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from destinations import kit
from tests.gateway.graphql.conftest import Api
from tests.gateway.graphql.pigeons import PIGEONS

CHANGED = "destination { policy { stopConfirmation } } errors { code path message }"


@pytest.fixture
def definitions(request: pytest.FixtureRequest) -> Mapping[str, kit.DestinationDefinition]:
    """Pigeons that confirm stops, but not in capitals; or, where a test asks for that, none."""
    confirms = kit.StopConfirmation(
        actions={kit.Channel.SMS: ("sendNote", {})},
        problems=lambda text: ("It shouts.", "It is rude.") if text.isupper() else (),
    )
    silent = getattr(request, "param", None) == "silent"
    return {PIGEONS.slug: replace(PIGEONS, stop_confirmation=None if silent else confirms)}


async def say(api: Api, destination: str, text: str | None, revision: int = 1) -> Any:
    given = {"id": destination, "expectedRevision": revision, "policy": {"stopConfirmation": text}}
    return await api.change("destinationUpdate", given, CHANGED)


async def test_it_is_set_stays_where_it_is_left_out_and_is_ended_by_an_empty_text(
    api: Api, ledger: Any
) -> None:
    chosen = await say(api, ledger.destination_id, " You get no more of these. ")
    left = await say(api, ledger.destination_id, None, 2)
    ended = await say(api, ledger.destination_id, " ", 2)

    assert [one["destination"]["policy"]["stopConfirmation"] for one in (chosen, left, ended)] == [
        "You get no more of these.",
        "You get no more of these.",
        None,
    ]


async def test_what_it_must_not_have_is_refused_with_why(api: Api, ledger: Any) -> None:
    payload = await say(api, ledger.destination_id, "BYE")

    assert payload["destination"] is None
    assert payload["errors"] == [
        {"code": "INVALID", "path": ["policy", "stopConfirmation"], "message": f"{why} Nothing was changed."}
        for why in ("It shouts.", "It is rude.")
    ]
    kept = await say(api, ledger.destination_id, None)
    assert kept["destination"]["policy"]["stopConfirmation"] is None


@pytest.mark.parametrize("definitions", ["silent"], indirect=True)
async def test_where_nobody_confirms_stops_it_is_refused(api: Api, ledger: Any) -> None:
    payload = await say(api, ledger.destination_id, "Bye.")

    (error,) = payload["errors"]
    assert (error["code"], payload["destination"]) == ("INVALID", None)
    assert error["message"].startswith("This kind of destination confirms no stop")
