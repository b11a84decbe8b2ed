from typing import Any

import pytest
from graphql import get_introspection_query

from gateway.settings import Settings


@pytest.fixture
def gateway_settings() -> Settings:
    return Settings(graphql_introspection=False)


@pytest.mark.parametrize(
    "query",
    [
        get_introspection_query(),
        "{ __schema { queryType { name } } }",
        '{ viewer { name } __type(name: "Secret") { kind } }',
        "{ ...F } fragment F on Query { ... { a: __schema { queryType { name } } } }",
    ],
)
async def test_where_it_is_off_the_schema_is_told_to_nobody(api: Any, query: str) -> None:
    response = await api.post({"query": query}, Accept="application/graphql-response+json")

    [error] = response.json()["errors"]
    assert response.status_code == 400
    assert "data" not in response.json()
    assert error["extensions"]["code"] == "INTROSPECTION_DISABLED"
    assert error["message"] == (
        "This server tells nobody its schema (HELIOGRAPH_GRAPHQL_INTROSPECTION is off). Everything else can be asked for "
        "as ever; `heliograph schema`, run on the server, prints the schema."
    )


async def test_everything_else_works_then(api: Any) -> None:
    assert await api.data("{ __typename viewer { __typename name } }") == {
        "__typename": "Query",
        "viewer": {"__typename": "Viewer", "name": "first admin"},
    }


async def test_no_message_suggests_what_the_schema_has(api: Any) -> None:
    for query, variables in (
        ("{ viewer { nam } }", {}),
        ("{ viewr { name } }", {}),
        ("{ sources(frst: 1) { totalCount } }", {}),
        ("{ destinations(status: DRAF) { totalCount } }", {}),
        ("query($s: DestinationStatus) { destinations(status: $s) { totalCount } }", {"s": "DRAF"}),
        ("query($s: DestinationStatu) { destinations(status: $s) { totalCount } }", {}),
        ("{ ... on Quer { __typename } }", {}),
    ):
        answer = await api.ask(query, **variables)

        assert answer["errors"]
        assert [error["message"] for error in answer["errors"] if "Did you mean" in error["message"]] == []
