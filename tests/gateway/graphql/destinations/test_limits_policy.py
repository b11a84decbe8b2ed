"""The limits of a destination, as they are shown and given."""

from typing import Any

import pytest

from gateway.sending_limits import Counter
from gateway.storage import claim_counts
from tests.gateway.graphql.conftest import NOON, Api

POLICY = """destination { revision policy { dailyMessageLimit perRecipientDailyLimit perRecipientWeeklyLimit timeZone } }
  errors { message path code }"""
NONE = {
    "dailyMessageLimit": 0,
    "perRecipientDailyLimit": 0,
    "perRecipientWeeklyLimit": None,
    "timeZone": "UTC",
}
TODAY = "query($id: ID!) { destination(id: $id) { messagesToday { claimed limit warnedAt endsAt } } }"


async def changed(api: Api, destination: str, revision: int, **policy: Any) -> dict[str, Any]:
    given = {"id": destination, "expectedRevision": revision, "policy": policy}
    return dict(await api.change("destinationUpdate", given, POLICY))


async def test_a_new_destination_has_no_limits(api: Api) -> None:
    payload = await changed(api, await api.destination(), 1)

    assert payload["destination"]["policy"] == NONE


async def test_limits_are_given_and_taken_back(api: Api) -> None:
    destination = await api.destination()
    all_of_them = {
        "dailyMessageLimit": 1000,
        "perRecipientDailyLimit": 10,
        "perRecipientWeeklyLimit": 20,
        "timeZone": "America/New_York",
    }

    given = await changed(api, destination, 1, **all_of_them)
    assert given["errors"] == []
    kept = await changed(api, destination, 2, dailyMessageLimit=1000, perRecipientWeeklyLimit=None)
    assert kept["errors"] == []
    ended = await changed(
        api,
        destination,
        kept["destination"]["revision"],
        dailyMessageLimit=0,
        perRecipientDailyLimit=0,
        perRecipientWeeklyLimit=0,
        timeZone="UTC",
    )

    assert given["destination"]["policy"] == kept["destination"]["policy"] == all_of_them
    assert ended["destination"]["policy"] == NONE


@pytest.mark.parametrize("name", ["dailyMessageLimit", "perRecipientDailyLimit", "perRecipientWeeklyLimit"])
async def test_fewer_than_none_is_refused(api: Api, name: str) -> None:
    payload = await changed(api, await api.destination(), 1, **{name: -1})

    assert payload["destination"] is None
    assert payload["errors"] == [
        {
            "message": "A limit is a number of texts, or 0 for any number. It came as -1. Nothing was changed.",
            "path": ["policy", name],
            "code": "INVALID",
        }
    ]


@pytest.mark.parametrize("zone", ["", "EST5", "Mars/Olympus", "america/new_york", "+02:00", "../etc/passwd"])
async def test_what_is_no_time_zone_is_refused(api: Api, zone: str) -> None:
    payload = await changed(api, await api.destination(), 1, timeZone=zone)

    assert payload["destination"] is None
    (error,) = payload["errors"]
    assert (error["code"], error["path"]) == ("INVALID", ["policy", "timeZone"])
    assert "is no time zone: write its name in the IANA database" in error["message"]


async def test_how_much_of_a_day_is_used_up_is_shown_where_there_is_a_limit(api: Api) -> None:
    destination = await api.destination()
    before = (await api.data(TODAY, id=destination))["destination"]["messagesToday"]
    await changed(api, destination, 1, dailyMessageLimit=5, timeZone="Asia/Tokyo")
    today = Counter(f"{NOON:%Y-%m-%d}", destination)
    await api.services.store.write(lambda c: claim_counts.add(c, {today: 3}))

    after = (await api.data(TODAY, id=destination))["destination"]["messagesToday"]

    assert before is None
    assert after == {"claimed": 3, "limit": 5, "warnedAt": None, "endsAt": f"{NOON:%Y-%m-%d}T15:00:00.000Z"}
