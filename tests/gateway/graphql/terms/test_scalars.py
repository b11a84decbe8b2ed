from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from graphql import GraphQLError
from pydantic import SecretStr

from gateway.graphql.terms.scalars import SCALARS, from_time, to_time

CHECK = "query($input: MappingPreviewInput!) { mappingPreview(input: $input) { errors { code path } } }"


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-03-01T12:00:00Z", datetime(2026, 3, 1, 12, tzinfo=UTC)),
        ("2026-03-01T12:00:00.123456+02:00", datetime(2026, 3, 1, 10, 0, 0, 123456, tzinfo=UTC)),
    ],
)
def test_reads_a_time(text: str, at: datetime) -> None:
    assert to_time(text) == at


@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "2026-03-01", "2026-03-01T12:00:00", "0001-01-01T00:00:00+14:00", 5, None, [], {}],
)
def test_refuses_what_names_no_moment(text: Any) -> None:
    with pytest.raises(GraphQLError, match="A DateTime"):
        to_time(text)


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (
            datetime(2026, 3, 1, 14, 0, 0, 999_999, tzinfo=timezone(timedelta(hours=2))),
            "2026-03-01T12:00:00.999Z",
        ),
        (datetime(2026, 3, 1, 12, tzinfo=UTC), "2026-03-01T12:00:00.000Z"),
        (datetime(2026, 3, 1, 12, 0, 0, 999, tzinfo=UTC), "2026-03-01T12:00:00.000Z"),
        (datetime(1, 1, 1, 0, 0, 0, 1_000, tzinfo=UTC), "0001-01-01T00:00:00.001Z"),
    ],
)
def test_writes_a_time_in_utc_to_the_millisecond(at: datetime, text: str) -> None:
    assert from_time(at) == text


def test_a_secret_never_goes_out() -> None:
    with pytest.raises(TypeError, match="A Secret was about to be shown"):
        SCALARS[SecretStr].serialize(SecretStr("hush"))  # type: ignore[misc]  # set, though it may be None


async def test_json_is_taken_as_deep_as_anything_reads_it_later(api: Any) -> None:
    event: Any = {}
    for _ in range(100):
        event = {"a": event}

    deep = await api.ask(CHECK, input={"mappingId": "map_0", "event": event})
    allowed = await api.ask(CHECK, input={"mappingId": "map_0", "event": event["a"]})

    assert [error["message"] for error in deep["errors"]] == [
        "Variable '$input' has invalid value at .event: A JSON value is nested in at most 100 levels."
    ]
    assert allowed == {"data": {"mappingPreview": {"errors": [{"code": "NOT_FOUND", "path": ["mappingId"]}]}}}
