"""Whatever is asked, in the grammar of the schema or in none: a coded answer, and no fault of the server.

`make fuzz EXAMPLES=5000` asks more.
"""

import json
import os
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from graphql import GraphQLSchema, ListValueNode, ObjectFieldNode, ObjectValueNode, ValueNode
from graphql.language import NameNode
from hypothesis import HealthCheck, Phase, given, settings, strategies as st
from hypothesis_graphql import nodes
from hypothesis_graphql.strategies import mutations, queries

from destinations import kit
from destinations.kit.registry import installed
from gateway.graphql.http.budget import Budget
from gateway.workspace import Role
from tests.gateway.graphql.conftest import Api, Ledger
from tests.gateway.graphql.endpoints import schema_of

EXAMPLES = int(os.environ.get("EXAMPLES", "40"))
RESPONSE = "application/graphql-response+json"
PHONE = "+15551230001"

many = settings(
    max_examples=EXAMPLES,
    suppress_health_check=list(HealthCheck),
    phases=[
        Phase.explicit,
        Phase.reuse,
        Phase.generate,
    ],  # what one call leaves in the store, none can shrink
)


def schema() -> GraphQLSchema:
    return schema_of(dict(installed()))._schema


# Ids differ from run to run: the strategies name what they are of.
NAMED = ("@source", "@destination", "@mapping", "@event", "@delivery")
ids = st.one_of(
    st.sampled_from(NAMED), st.sampled_from(["", "src_0", "dlv_" + "0" * 32, "x" * 300]), st.text(max_size=20)
)
words = st.one_of(
    st.sampled_from(
        [*NAMED, PHONE, "0044 20 7946 0958", "default", "brand", "u1", "m1", "Note Written", "2026"]
    ),
    st.sampled_from(
        ['event = "Note Written"', "type = (", "sendSms", "US", "AC" + "5" * 32, "\u0000", "\ud83d"]
    ),
    st.text(max_size=20),
)
numbers = st.one_of(st.integers(-3, 120), st.integers(-(2**31), 2**31 - 1))
times = st.one_of(
    st.datetimes().map(lambda at: f"{at.isoformat()}Z"),
    st.sampled_from(
        ["2026-01-01T00:00:00Z", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+12:00", "now"]
    ),
)


def as_node(value: Any) -> ValueNode:
    """JSON, as a query writes it."""
    if isinstance(value, dict):
        return ObjectValueNode(
            fields=tuple(
                ObjectFieldNode(name=NameNode(value=key), value=as_node(one)) for key, one in value.items()
            )
        )
    if isinstance(value, list):
        return ListValueNode(values=tuple(map(as_node, value)))
    return nodes.Null if value is None else _LITERALS[type(value)](value)


_LITERALS: Mapping[type, Callable[[Any], ValueNode]] = {
    bool: nodes.Boolean,
    int: nodes.Int,
    float: nodes.Float,
    str: nodes.String,
}
NAMES = st.sampled_from(
    ["to", "from", "body", "send", "fields", "x", "event", "type", "userId", "properties"]
)
anything = st.recursive(
    st.none() | st.booleans() | numbers | st.floats(-1e9, 1e9) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=8,
)
scalars = {
    "ID": ids.map(nodes.String),
    "String": words.map(nodes.String),
    "Int": numbers.map(nodes.Int),
    "DateTime": times.map(nodes.String),
    "Secret": words.map(nodes.String),
    "JSON": anything.map(as_node),
}
operations = st.one_of(
    queries(schema(), custom_scalars=scalars),
    mutations(schema(), custom_scalars=scalars),
)


@pytest.fixture
def definitions() -> Mapping[str, kit.DestinationDefinition]:
    return dict(installed())


@pytest.fixture
def budget() -> Budget:
    return Budget(capacity=10**15)


@pytest.fixture(params=["empty", "seeded"])
async def seeds(api: Api, request: pytest.FixtureRequest) -> dict[str, str]:
    """In a store with one of each, their ids by the names that the strategies have for them."""
    if request.param == "empty":
        return {}
    data = {"twilioEngage": {"accountSid": "AC" + "5" * 32, "authToken": "5" * 32, "defaultCountry": "US"}}
    made = await api.change(
        "destinationCreate", {"name": "Texts", "settings": data}, "destination { id } errors { message }"
    )
    assert made["errors"] == []
    destination = made["destination"]["id"]
    fields = {"from": "+15550001111", "body": "Hi", "send": True}
    given = {"destinationId": destination, "action": "sendSms", "name": "Notes", "fields": fields}
    mapping = await api.change("mappingCreate", given, "mapping { id } errors { message }")
    assert mapping["errors"] == []
    ledger = Ledger(api, await api.source(), destination, mapping["mapping"]["id"])
    delivery = await ledger.delivery(recipient=PHONE)
    await ledger.match({"type": "identify", "userId": "u1", "traits": {"phone": PHONE, "sms_opt_in": True}})
    return {
        "@source": ledger.source_id,
        "@destination": destination,
        "@mapping": ledger.mapping_id,
        "@event": await ledger.event(2),
        "@delivery": delivery,
    }


async def assert_answered(api: Api, body: Any, token: str, **headers: str) -> None:
    """The answer has a status that blames the caller, if any, and every error its code."""
    response = await api.client.post(
        "/graphql",
        content=json.dumps(body),  # with what is no Unicode escaped
        headers={
            "Authorization": f"Bearer {token}",
            "Accept": RESPONSE,
            "Content-Type": "application/json",
            **headers,
        },
    )
    answer = response.json()
    assert response.status_code < 500, (body, answer)
    for error in answer.get("errors", ()):
        assert error["extensions"]["code"] not in {"", "INTERNAL_SERVER_ERROR"}, (body, error)
        assert error["extensions"]["requestId"] == response.headers["x-request-id"]
    assert ("data" in answer) == (response.status_code == 200), (body, answer)


@many
@given(query=operations, role=st.sampled_from([None, *Role]))
async def test_any_operation_that_the_schema_allows_is_answered(
    api: Api, seeds: dict[str, str], query: str, role: Role | None, admin_token: str
) -> None:
    for name, one in seeds.items():
        query = query.replace(name, one)
    if role is not None and role not in api.tokens:
        api.tokens[role] = await api.token(role)

    await assert_answered(api, {"query": query}, admin_token if role is None else api.tokens[role])


def wrong(kind: Any) -> Any:
    """A part of a request that may be anything."""
    return st.one_of(kind, anything)


requests = st.one_of(
    anything,
    st.lists(st.just({"query": "{ viewer { name } }"}), max_size=3),
    st.fixed_dictionaries(
        {
            "query": wrong(
                st.sampled_from(["{ viewer { name } }", "query A { __typename } query B { __typename }"])
            )
        },
        optional={
            "operationName": wrong(st.sampled_from(["A", "B", "C", ""])),
            "variables": anything,
            "extensions": anything,
        },
    ),
)


@many
@given(body=requests)
async def test_any_json_is_answered(api: Api, body: Any, admin_token: str) -> None:
    await assert_answered(api, body, admin_token)


@many
@given(
    body=st.binary(max_size=200),
    content_type=st.sampled_from(
        ["application/json", "text/plain", "application/json; charset=x", ";", "\xff"]
    ),
)
async def test_any_bytes_are_answered(api: Api, body: bytes, content_type: str, admin_token: str) -> None:
    headers = [
        (b"authorization", f"Bearer {admin_token}".encode()),
        (b"content-type", content_type.encode("latin-1")),
    ]

    response = await api.client.post("/graphql", content=body, headers=headers)

    [error] = response.json()["errors"]
    assert 400 <= response.status_code < 500
    assert error["extensions"]["code"] in {"BAD_REQUEST", "UNSUPPORTED_MEDIA_TYPE"}


# Pieces of the grammar in any order: mostly wrong, and of any depth.
PIECES = (
    '{ } ( ) [ ] : , ! ... $ @ & | = " """ # \\u0041 on fragment query mutation subscription F G viewer name a '
    "deliveries edges node first after __schema __type __typename @include(if:true) @skip(if:$x) $x 1 -1 1e9 null true"
)


@many
@given(query=st.lists(st.sampled_from(PIECES.split()), max_size=60).map(" ".join))
async def test_any_text_is_answered(api: Api, query: str, admin_token: str) -> None:
    await assert_answered(api, {"query": query, "variables": {"x": True}}, admin_token)


names = st.sampled_from(["F", "G", "H", "I"])
selection = st.recursive(
    st.sampled_from(
        ["name", "a: name", "__typename", "viewer { name }", "nonsense", "sources { totalCount }"]
    )
    | names.map("...{}".format),
    lambda inner: st.lists(inner, min_size=1, max_size=4).map(
        lambda parts: (
            f"{['x', 'viewer', '... on Query', '... @skip(if: false)'][len(parts) % 4]} {{ {' '.join(parts)} }}"
        )
    ),
    max_leaves=12,
)
fragments = st.lists(st.tuples(names, st.sampled_from(["Query", "Viewer", "Nobody"]), selection), max_size=5)


@many
@given(root=st.lists(selection, min_size=1, max_size=4), spread=fragments)
async def test_any_fragments_circular_and_doubled_ones_too_are_answered(
    api: Api, root: list[str], spread: list[tuple[str, str, str]], admin_token: str
) -> None:
    defined = " ".join(f"fragment {name} on {kind} {{ {inner} }}" for name, kind, inner in spread)

    await assert_answered(api, {"query": f"{{ {' '.join(root)} }} {defined}"}, admin_token)
