from typing import Any

from sqlalchemy import event

PAGE = "{ deliveries(first: 2) { %s edges { node { id } } pageInfo { hasNextPage } } }"


async def test_deliveries_are_counted_only_where_the_count_is_asked_for(api: Any, ledger: Any) -> None:
    for number in range(3):
        await ledger.delivery(number)
    asked: list[str] = []
    event.listen(
        api.services.store._readers, "before_cursor_execute", lambda *given: asked.append(given[2].lower())
    )

    plain = (await api.data(PAGE % ""))["deliveries"]
    uncounted = [text for text in asked if "count(" in text]
    counted = (await api.data(PAGE % "totalCount"))["deliveries"]

    assert uncounted == []
    assert [text for text in asked if "count(" in text] != []
    assert (len(plain["edges"]), plain["pageInfo"]) == (2, {"hasNextPage": True})
    assert counted == {"totalCount": 3, **plain}


async def test_a_count_may_be_asked_for_in_a_fragment(api: Any, ledger: Any) -> None:
    await ledger.delivery()

    data = await api.data("{ deliveries { ...F } } fragment F on DeliveryConnection { how_many: totalCount }")

    assert data == {"deliveries": {"how_many": 1}}
