"""From rows to values."""

from collections.abc import Callable
from itertools import combinations, islice
from typing import Any

import pytest
from sqlalchemy import select

from gateway.deliveries import Delivery, DeliveryStatus
from gateway.storage import deliveries, rows
from gateway.storage.engine import Store
from gateway.storage.tables import deliveries as table
from tests.factories import NOW, new_delivery


async def stored(store: Store, *columns: str) -> Delivery:
    """A delivery of which these columns were read."""
    await store.write(lambda c: deliveries.add(c, [new_delivery(id="dlv_1", recipient="+12025550123")], NOW))
    query = select(*(table.c[name] for name in columns))
    [found] = await store.read(lambda c: deliveries.of_rows(c.execute(query).all()))
    return found


async def test_the_columns_that_were_read_are_in_their_fields_in_whatever_order(store: Store) -> None:
    found = await stored(store, "updated_at", "explanation", "status", "reason", "id")

    assert (found.id, found.status, found.reason, found.explanation, found.updated_at) == (
        "dlv_1",
        DeliveryStatus.PENDING,
        None,
        (),
        NOW,
    )
    assert found.status is DeliveryStatus.PENDING


@pytest.mark.parametrize(
    "use",
    [
        bool,
        str,
        hash,
        list,
        lambda value: value == "x",
        lambda value: value != "x",
        lambda value: "x" in value,
        lambda value: value["x"],
        lambda value: value.casefold(),
        lambda value: value < "x",
    ],
)
async def test_nothing_is_decided_by_a_column_that_was_not_read(
    store: Store, use: Callable[[Any], object]
) -> None:
    found = await stored(store, "id", "status")

    with pytest.raises(LookupError, match="A column was not read, and is asked for"):
        use(found.intent)


async def test_no_rows_are_no_values(store: Store) -> None:
    assert await store.read(lambda c: deliveries.of_rows(c.execute(select(table)).all())) == []


async def test_no_more_is_remembered_however_many_selections_are_read(store: Store) -> None:
    names = [column.name for column in table.columns if column.name != "id"]

    for some in islice(combinations(names, 2), rows.KEPT + 1):
        await stored(store, "id", *some)

    assert rows._fields.cache_info().currsize == rows.KEPT
