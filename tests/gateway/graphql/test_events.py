from typing import Any

from gateway.deliveries import DeliveryStatus
from gateway.workspace import Role

LIST = """query($first: Int, $after: String, $source: ID) {
  events(first: $first, after: $after, sourceId: $source) {
    totalCount pageInfo { endCursor hasNextPage } edges { node { id outcome problem payload } }
  }
}"""


def ids(data: Any) -> list[str]:
    return [edge["node"]["id"] for edge in data["events"]["edges"]]


async def test_lists_events_with_their_problem_the_newest_first(api: Any, ledger: Any) -> None:
    good = await ledger.event(1)
    api.clock.advance(10)
    bad = await ledger.event(2, problem="no_user_anon_id")

    data = await api.data(LIST)

    assert ids(data) == [bad, good]
    assert [edge["node"]["problem"] for edge in data["events"]["edges"]] == ["no_user_anon_id", None]
    assert data["events"]["totalCount"] == 2


async def test_goes_on_behind_a_cursor(api: Any, ledger: Any) -> None:
    kept = [await ledger.event(number) for number in (1, 2, 3)]

    first = await api.data(LIST, first=2)
    second = await api.data(LIST, first=2, after=first["events"]["pageInfo"]["endCursor"])

    assert sorted(ids(first) + ids(second)) == sorted(kept)
    assert first["events"]["pageInfo"]["hasNextPage"] is True
    assert second["events"]["pageInfo"]["hasNextPage"] is False


async def test_lists_those_of_one_source(api: Any, ledger: Any) -> None:
    await ledger.event(1)

    assert ids(await api.data(LIST, source="src_other")) == []
    assert len(ids(await api.data(LIST, source=ledger.source_id))) == 1


async def test_shows_a_viewer_neither_payload_nor_request(api: Any, ledger: Any) -> None:
    intent = {"method": "POST", "url": "https://loft.example.com/notes", "form": [["To", "+15551234567"]]}
    await ledger.delivery(1, status=DeliveryStatus.SENDING, intent=intent)
    viewer = await api.token(Role.VIEWER)

    data = await api.data(
        "{ events { edges { node { payload deliveries { status request { url } } } } } }", viewer
    )

    [edge] = data["events"]["edges"]
    assert edge["node"] == {"payload": {}, "deliveries": [{"status": "SENDING", "request": None}]}
