"""The quiet hours of a destination, as they are shown and given."""

from typing import Any

import pytest

from tests.gateway.graphql.conftest import Api

HOURS = "destination { revision policy { quietHoursStart quietHoursEnd quietHours { country region start end days } } } errors { message path code }"
FEDERAL = {"country": "US", "region": None, "start": "21:00", "end": "08:00", "days": [1, 2, 3, 4, 5, 6, 7]}


async def changed(api: Api, **policy: Any) -> dict[str, Any]:
    destination = await api.destination()
    return dict(
        await api.change(
            "destinationUpdate", {"id": destination, "expectedRevision": 1, "policy": policy}, HOURS
        )
    )


async def test_a_new_destination_has_no_quiet_hours(api: Api) -> None:
    policy = (await changed(api))["destination"]["policy"]

    assert policy == {"quietHoursStart": "00:00", "quietHoursEnd": "00:00", "quietHours": []}


async def test_one_with_hours_of_its_own_is_quiet_as_the_law_says_too(api: Api) -> None:
    policy = (await changed(api, quietHoursStart="21:00", quietHoursEnd="8:00"))["destination"]["policy"]

    assert (policy["quietHoursStart"], policy["quietHoursEnd"]) == ("21:00", "08:00")
    assert policy["quietHours"][0] == FEDERAL
    assert [law["region"] for law in policy["quietHours"]] == [None, "FL", "MD", "OK", "TX", "TX"]


async def test_equal_hours_are_none_whatever_the_law_says(api: Api) -> None:
    policy = (await changed(api, quietHoursStart="00:00", quietHoursEnd="0:00"))["destination"]["policy"]

    assert policy == {"quietHoursStart": "00:00", "quietHoursEnd": "00:00", "quietHours": []}


@pytest.mark.parametrize("given", ["24:00", "9pm", "21:60", "", "-1:00", "21:00:00", "\uff12\uff11:00"])
async def test_what_is_no_time_of_the_day_is_refused(api: Api, given: str) -> None:
    payload = await changed(api, quietHoursStart=given)

    assert payload["destination"] is None
    (error,) = payload["errors"]
    assert (error["code"], error["path"]) == ("INVALID", ["policy", "quietHoursStart"])
    assert error["message"].endswith(
        "is no time of the day: write it as HH:MM, from 00:00 to 23:59, such as 21:00. Nothing was changed."
    )
