import base64
import re
from typing import Any

import pytest

PAGE = """
query($first: Int, $after: String) { %s(first: $first, after: $after) {
  totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node { id } }
} }
"""


async def page(api: Any, field: str, **variables: Any) -> Any:
    return (await api.data(PAGE % field, **variables))[field]


@pytest.fixture(params=["sources", "deliveries"])
async def many(request: Any, api: Any, ledger: Any) -> tuple[str, list[str]]:
    """A list from memory and one from a table: five rows of which two were made in the same moment, newest first."""
    ids: list[str] = []
    for number in range(1, 6):
        if number != 3:
            api.clock.advance(1)
        made = (
            await api.source(name=f"Shop {number}")
            if request.param == "sources"
            else await ledger.delivery(number)
        )
        ids.append(made)
    if request.param == "sources":
        ids = [ledger.source_id, *ids]
    return request.param, list(reversed(ids))


async def test_pages_follow_each_other_without_gap_or_repetition(api: Any, many: Any) -> None:
    field, ids = many
    seen: list[str] = []
    after = None

    for _ in range(3):
        one = await page(api, field, first=2, after=after)
        seen += [edge["node"]["id"] for edge in one["edges"]]
        assert one["totalCount"] == len(ids)
        assert one["pageInfo"]["hasPreviousPage"] == (after is not None)
        assert one["pageInfo"]["startCursor"] == one["edges"][0]["cursor"]
        assert one["pageInfo"]["endCursor"] == one["edges"][-1]["cursor"]
        assert one["pageInfo"]["hasNextPage"] == (len(seen) < len(ids))
        after = one["pageInfo"]["endCursor"]

    assert seen == ids


async def test_what_is_new_does_not_shift_the_next_page(api: Any, many: Any, ledger: Any) -> None:
    field, ids = many
    first = await page(api, field, first=2)
    api.clock.advance(60)
    await (api.source(name="New") if field == "sources" else ledger.delivery(99))

    rest = await page(api, field, after=first["pageInfo"]["endCursor"])

    assert [edge["node"]["id"] for edge in rest["edges"]] == ids[2:]


async def test_an_empty_list_has_no_cursors(api: Any) -> None:
    one = await page(api, "sources")

    info = {"hasNextPage": False, "hasPreviousPage": False, "startCursor": None, "endCursor": None}
    assert one == {"totalCount": 0, "pageInfo": info, "edges": []}


async def test_the_size_of_a_page_is_refused_and_never_cut_down(api: Any) -> None:
    for field in ("sources", "destinations", "mappings", "deliveries"):
        for first in (0, -1, 101, 2_147_483_647):
            answer = await api.ask(PAGE % field, first=first)

            [error] = answer["errors"]
            assert answer["data"] is None
            assert error["path"] == [field]
            assert error["extensions"]["code"] == "BAD_USER_INPUT"
            assert error["message"] == (
                f"`first` must be 1 to 100; it was {first}. Take the rest page by page, with `after`."
            )
    assert (await page(api, "sources", first=None))["totalCount"] == 0


def encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


async def test_a_cursor_that_no_page_gave_is_refused(api: Any) -> None:
    bad = [
        "",
        "nonsense",
        "é",
        "%00",
        encoded("1:src_0") + "=",
        encoded("src_0"),
        encoded("1:"),
        encoded("99999999999999999999:src_0"),
        encoded("999999999999999999:src_0"),
        encoded("-999999999999999999:src_0"),
        encoded("01:src_0"),
        encoded("1:src_0' or 1=1"),
        encoded("1:" + "src_" + "0" * 10_000),
    ]
    for field in ("sources", "deliveries"):
        for after in bad:
            answer = await api.ask(PAGE % field, after=after)

            [error] = answer["errors"]
            assert error["extensions"]["code"] == "BAD_USER_INPUT", after
            assert error["message"] == (
                "`after` is no cursor of this list. Give one as an edge or pageInfo of it had it, unchanged."
            )


async def test_a_cursor_of_another_list_is_refused_and_not_read_as_a_place_of_this_one(api: Any) -> None:
    await api.source()
    cursor = (await page(api, "sources"))["pageInfo"]["endCursor"]

    [error] = (await api.ask(PAGE % "deliveries", after=cursor))["errors"]

    assert (error["extensions"]["code"], error["message"]) == (
        "BAD_USER_INPUT",
        "`after` is no cursor of this list. Give one as an edge or pageInfo of it had it, unchanged.",
    )
    assert (await page(api, "sources", after=cursor))["edges"] == []


async def test_a_cursor_goes_into_an_address_as_it_is(api: Any) -> None:
    await api.source()

    one = await page(api, "sources")

    assert re.fullmatch(r"[A-Za-z0-9_-]+", one["pageInfo"]["endCursor"])
