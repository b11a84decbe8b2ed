from collections.abc import Callable
from typing import Any

import httpx
import pytest

from destinations.twilio_engage.simulator import ACCOUNT_SID, MAGIC_SENDER, Simulator

MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"


def bodies(page: dict[str, Any]) -> list[str]:
    return [message["body"] for message in page["messages"]]


async def test_lists_the_newest_first(twilio: Any) -> None:
    for body in ("one", "two", "three"):
        await twilio.send(Body=body)

    page = await twilio.list()

    assert bodies(page) == ["three", "two", "one"]
    del page["messages"]
    assert page == {
        "page": 0,
        "page_size": 50,
        "start": 0,
        "end": 2,
        "uri": f"{MESSAGES}?PageSize=50&Page=0",
        "first_page_uri": f"{MESSAGES}?PageSize=50&Page=0",
        "next_page_uri": None,
        "previous_page_uri": None,
    }


async def test_an_empty_list_has_no_pages_around_it(twilio: Any) -> None:
    page = await twilio.list(Page=3)

    assert (page["messages"], page["next_page_uri"], page["previous_page_uri"]) == ([], None, None)


async def test_filters_by_recipient_and_sender(twilio: Any) -> None:
    await twilio.send(Body="other recipient", To="+12025550143")
    await twilio.send(Body="other sender", From=MAGIC_SENDER)
    await twilio.send(Body="wanted")

    by_recipient = await twilio.list(To="+12025550142")
    by_both = await twilio.list(To="+12025550142", From=MAGIC_SENDER)

    assert bodies(by_recipient) == ["wanted", "other sender"]
    assert bodies(by_both) == ["other sender"]
    assert by_both["uri"] == f"{MESSAGES}?To=%2B12025550142&From=%2B15005550006&PageSize=50&Page=0"


async def test_pages_follow_one_another_and_do_not_shift_when_messages_arrive(twilio: Any) -> None:
    for body in "abcde":
        await twilio.send(Body=body)
    first = await twilio.list(PageSize=2)
    await twilio.send(Body="late")

    second = (await twilio.http.get(first["next_page_uri"])).json()
    third = (await twilio.http.get(second["next_page_uri"])).json()
    back = (await twilio.http.get(second["previous_page_uri"])).json()

    assert [bodies(page) for page in (first, second, third)] == [["e", "d"], ["c", "b"], ["a"]]
    assert (second["page"], second["start"], second["end"]) == (1, 2, 3)
    assert (third["page"], third["start"], third["end"], third["next_page_uri"]) == (2, 4, 4, None)
    assert bodies(back) == ["e", "d"]


async def test_a_page_can_be_asked_for_by_its_number(twilio: Any) -> None:
    for body in "abcde":
        await twilio.send(Body=body)

    page = await twilio.list(PageSize=2, Page=1)

    assert bodies(page) == ["c", "b"]


async def test_the_next_page_keeps_the_filters(twilio: Any) -> None:
    for body in "abc":
        await twilio.send(Body=body)
        await twilio.send(Body=body, To="+12025550143")

    first = await twilio.list(To="+12025550143", PageSize=2)
    second = (await twilio.http.get(first["next_page_uri"])).json()

    assert [message["to"] for message in second["messages"]] == ["+12025550143"]
    assert bodies(second) == ["a"]


async def test_a_page_holds_at_most_a_thousand(twilio: Any) -> None:
    page = await twilio.list(PageSize=5000)

    assert page["page_size"] == 1000


@pytest.mark.parametrize(
    "query",
    [
        {"PageSize": "0"},
        {"PageSize": "many"},
        {"Page": "-1"},
        {"PageToken": "PASM00"},
        {"PageToken": "x"},
        {"DateSent>": "yesterday"},
    ],
    ids=str,
)
async def test_a_parameter_that_cannot_be_read_is_refused(twilio: Any, query: dict[str, str]) -> None:
    answer = await twilio.http.get(MESSAGES, params=query)

    assert (answer.status_code, answer.json()["code"]) == (400, 20001)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"DateSent": "2026-11-21"}, ["today"]),
        ({"DateSent": "2026-11-22"}, ["tomorrow"]),
        ({"DateSent": "2026-11-20"}, []),
        ({"DateSent>": "2026-11-21"}, ["tomorrow", "today"]),
        ({"DateSent>": "2026-11-22"}, ["tomorrow"]),
        ({"DateSent<": "2026-11-22"}, ["today"]),
        ({"DateSent>": "2026-11-21T09:30:00Z", "DateSent<": "2026-11-21T09:30:00Z"}, ["today"]),
        ({"DateSent>": "2026-11-21T09:30:01Z", "DateSent<": "2026-11-22T00:00:00Z"}, []),
        ({"DateSent>": "2026-11-21 09:29:59.000"}, ["tomorrow", "today"]),
        ({"DateSent>": "Sat, 21 Nov 2026 09:30:01 -0000"}, ["tomorrow"]),
        ({"DateSent>": "2026-11-21T11:00:00+02:00"}, ["tomorrow", "today"]),
    ],
    ids=str,
)
async def test_filters_by_the_time_of_sending(
    twilio: Any, simulator: Simulator, clock: Any, query: dict[str, str], found: list[str]
) -> None:
    await twilio.send(Body="today")
    await simulator.advance()
    clock.tick(86_400)
    await twilio.send(Body="tomorrow")
    await simulator.advance()
    await twilio.send(Body="not sent yet")

    page = await twilio.list(**query)

    assert bodies(page) == found


async def test_unsent_messages_match_a_date_when_that_is_asked_for(twilio: Any) -> None:
    await twilio.send(Body="not sent yet")
    before = await twilio.list(DateSent="2026-11-21")

    await twilio.control("settings", list_unsent_by_date=True)
    after = await twilio.list(DateSent="2026-11-21")

    assert (bodies(before), bodies(after)) == ([], ["not sent yet"])


async def test_the_list_lags_behind_while_a_fetch_does_not(
    make_simulator: Callable[..., Simulator], connect: Callable[..., httpx.AsyncClient], clock: Any
) -> None:
    simulator = make_simulator(list_lag=10)

    async with connect(simulator) as client:
        form = {"To": "+12025550142", "From": MAGIC_SENDER, "Body": "Hello"}
        created = (await client.post(MESSAGES, data=form)).json()
        clock.tick(9)
        too_early = (await client.get(MESSAGES)).json()
        fetched = await client.get(created["uri"])
        clock.tick(1)
        in_time = (await client.get(MESSAGES)).json()

    assert bodies(too_early) == []
    assert fetched.json() == created
    assert bodies(in_time) == ["Hello"]


async def test_the_lag_can_be_changed_while_it_runs(twilio: Any) -> None:
    await twilio.send()

    answer = await twilio.control("settings", list_lag=5)

    assert answer.json() == {
        "list_lag": 5.0,
        "list_unsent_by_date": False,
        "price_lag": 0.0,
        "reads_fail_every": 0,
        "callback_copies": 1,
        "callback_ways": {"normal": 1},
        "inbound_url": None,
    }
    assert bodies(await twilio.list()) == []


async def test_every_so_many_reads_fail_each_in_its_way(twilio: Any) -> None:
    sid = (await twilio.send()).json()["sid"]
    await twilio.control("settings", reads_fail_every=2)

    answers = [await twilio.fetch(sid) for _ in range(3)]
    with pytest.raises(httpx.RemoteProtocolError):
        await twilio.http.get(MESSAGES)
    answers += [await twilio.http.get(MESSAGES), await twilio.fetch(sid)]

    found = [(answer.status_code, answer.headers.get("retry-after")) for answer in answers]
    assert found == [(200, None), (500, None), (200, None), (200, None), (429, "1")]
