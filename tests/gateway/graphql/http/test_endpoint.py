import json
from typing import Any

import httpx
import pytest

from destinations.twilio_engage.verification import MOST_SECONDS
from gateway.graphql.http.limits import Limits
from gateway.pipeline import recent
from gateway.sending import receivers

RESPONSE = "application/graphql-response+json"
JSON = "application/json"


def told(response: httpx.Response) -> dict[str, Any]:
    """What an answer says, but for what it cost."""
    return {key: value for key, value in response.json().items() if key != "extensions"}


def error_of(response: httpx.Response) -> dict[str, Any]:
    """The one error of an answer without data, whose request id is the header's."""
    body = told(response)
    assert list(body) == ["errors"]
    [error] = body["errors"]
    assert error["extensions"]["requestId"] == response.headers["x-request-id"]
    return dict(error)


async def post(api: Any, content: Any, **headers: str) -> Any:
    given = {"Authorization": "Bearer hg_bootstrap-admin-token", "Content-Type": JSON, **headers}
    return await api.client.post("/graphql", content=content, headers=given)


async def get(api: Any, params: Any, **headers: str) -> Any:
    given = {"Authorization": "Bearer hg_bootstrap-admin-token", **headers}
    return await api.client.get("/graphql", params=params, headers=given)


async def test_answers_in_the_content_type_that_is_asked_for(api: Any) -> None:
    for accept, expected in (
        ("", JSON),
        ("*/*", JSON),
        (JSON, JSON),
        ("application/*", JSON),
        (RESPONSE, RESPONSE),
        (f"{RESPONSE}, {JSON};q=0.9", RESPONSE),
        (f"{JSON}, {RESPONSE}", RESPONSE),
        (f"{JSON};q=1.0, {RESPONSE};q=0.5", JSON),
        (f"{RESPONSE};q=0, */*", JSON),
        ("text/html, */*;q=0.1", JSON),
    ):
        response = await api.post({"query": "{ __typename }"}, Accept=accept)

        assert (response.status_code, told(response)) == (200, {"data": {"__typename": "Query"}})
        assert response.headers["content-type"] == f"{expected}; charset=utf-8", accept
        assert response.headers["cache-control"] == "no-store"


async def test_answers_whoever_takes_nothing_but_a_stream_by_one_event(api: Any) -> None:
    response = await api.post({"query": "{ __typename }"}, Accept="text/event-stream")

    assert response.status_code == 200
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    event, complete, rest = response.text.split("\n\n")
    assert event.startswith('event: next\ndata: {"data":{"__typename":"Query"}')
    assert (complete, rest) == ("event: complete\ndata: ", "")


async def test_a_subscription_takes_a_stream(api: Any) -> None:
    response = await api.post({"query": "subscription { deliveryTail { sequence } }"}, Accept=JSON)

    assert response.status_code == 406
    assert response.json()["errors"][0]["message"] == (
        "A subscription is a stream: accept text/event-stream, or use a WebSocket."
    )


async def test_refuses_to_answer_in_any_other(api: Any) -> None:
    for accept in ("text/html", "text/event-stream;q=0", f"{JSON};q=0", "application/xml;q=nonsense"):
        response = await api.post({"query": "{ __typename }"}, Accept=accept)

        assert response.status_code == 406
        assert error_of(response)["extensions"]["code"] == "NOT_ACCEPTABLE"


async def test_no_token_and_a_wrong_one_are_answered_with_the_way_to_one(api: Any) -> None:
    challenge = 'Bearer realm="heliograph"'
    for headers, expected, words in (
        ({}, challenge, "This API takes a token: send Authorization: Bearer <token>."),
        (
            {"Authorization": "Bearer wrong"},
            f'{challenge}, error="invalid_token"',
            "This token is unknown here:",
        ),
        (
            {"Authorization": "Basic aGVsaW9ncmFwaDo="},
            f'{challenge}, error="invalid_token"',
            "This token is unknown",
        ),
        ({"Authorization": "Bearer"}, f'{challenge}, error="invalid_token"', "This token is unknown"),
    ):
        for query in ("{ viewer { name } }", "{ __schema { queryType { name } } }", "{ nonsense", ""):
            response = await api.client.post("/graphql", json={"query": query}, headers=headers)

            error = error_of(response)
            assert response.status_code == 401
            assert response.headers["www-authenticate"] == expected
            assert error["extensions"]["code"] == "UNAUTHENTICATED"
            assert error["message"].startswith(words)
            assert "`heliograph token create`" in error["message"]


async def test_the_scheme_is_read_in_any_case(api: Any) -> None:
    response = await post(
        api, '{"query": "{ viewer { name } }"}', Authorization="bearer  hg_bootstrap-admin-token"
    )

    assert told(response) == {"data": {"viewer": {"name": "first admin"}}}


async def test_introspection_works_with_a_token(api: Any) -> None:
    data = await api.data('{ __schema { queryType { name } } __type(name: "Secret") { kind } }')

    assert data == {"__schema": {"queryType": {"name": "Query"}}, "__type": {"kind": "SCALAR"}}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'[{"query": "{ __typename }"}]',
        b"5",
        b'"text"',
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        b"{}",
        b'{"query": null}',
        b'{"query": ""}',
        b'{"query": 5}',
        b'{"query": {}}',
        b'{"query": "{ __typename }", "variables": []}',
        b'{"query": "{ __typename }", "variables": "text"}',
        b'{"query": "{ __typename }", "operationName": 5}',
        b'{"query": "{ __typename }", "operationName": {}}',
        b'{"query": "{ __typename }", "extensions": []}',
    ],
)
async def test_what_is_no_request_is_a_400_in_the_shape_of_graphql(api: Any, body: bytes) -> None:
    for accept in (JSON, RESPONSE):
        response = await post(api, body, Accept=accept)

        assert response.status_code == 400
        assert error_of(response)["extensions"]["code"] == "BAD_REQUEST"


async def test_nulls_and_unknown_parameters_are_no_problem(api: Any) -> None:
    body = {
        "query": "{ __typename }",
        "variables": None,
        "operationName": None,
        "extensions": None,
        "id": "x",
    }

    for accept in (JSON, RESPONSE):
        response = await api.post(body, Accept=accept)

        assert (response.status_code, told(response)) == (200, {"data": {"__typename": "Query"}})


async def test_the_body_is_json_in_utf_8(api: Any) -> None:
    for content_type, status in (
        (JSON, 200),
        (f"{JSON}; charset=utf-8", 200),
        (f'{JSON};charset="UTF-8"', 200),
        (f"{JSON}; charset=iso-8859-1", 415),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
        ("", 415),
    ):
        response = await post(api, '{"query": "{ __typename }"}', **{"Content-Type": content_type})

        assert response.status_code == status, content_type


async def test_a_large_body_is_refused_before_it_is_read_whole(api: Any) -> None:
    large = json.dumps({"query": "{ __typename }", "extensions": {"x": "y" * 256 * 1024}})

    async def chunks() -> Any:
        for _ in range(10):
            yield b" " * 100_000

    declared = await post(api, large)
    streamed = await post(api, chunks())

    for response in (declared, streamed):
        assert response.status_code == 413
        assert error_of(response)["extensions"]["code"] == "PAYLOAD_TOO_LARGE"


REQUEST_ERRORS = [
    ({"query": "{"}, "GRAPHQL_PARSE_FAILED"),
    ({"query": "{ nonsense }"}, "GRAPHQL_VALIDATION_FAILED"),
    ({"query": "query($id: ID!) { source(id: $id) { id } }"}, "BAD_USER_INPUT"),
    ({"query": "query($id: ID!) { source(id: $id) { id } }", "variables": {"id": []}}, "BAD_USER_INPUT"),
    ({"query": "query A { __typename } query B { __typename }"}, "BAD_USER_INPUT"),
    ({"query": "query A { __typename }", "operationName": "B"}, "BAD_USER_INPUT"),
    ({"query": "fragment F on Query { __typename }"}, "GRAPHQL_VALIDATION_FAILED"),
    ({"query": "subscription { __typename }"}, "GRAPHQL_VALIDATION_FAILED"),
]


@pytest.mark.parametrize(("body", "code"), REQUEST_ERRORS)
async def test_what_graphql_refuses_is_a_400_for_its_own_content_type(api: Any, body: Any, code: str) -> None:
    response = await api.post(body, Accept=RESPONSE)

    assert response.status_code == 400
    assert error_of(response)["extensions"]["code"] == code


@pytest.mark.parametrize(("body", "code"), REQUEST_ERRORS)
async def test_what_graphql_refuses_is_a_200_for_plain_json(api: Any, body: Any, code: str) -> None:
    response = await api.post(body, Accept=JSON)

    assert response.status_code == 200
    assert error_of(response)["extensions"]["code"] == code


async def test_an_unknown_field_is_named_with_its_place(api: Any) -> None:
    response = await api.post({"query": "{ viewer { nam } }"}, Accept=RESPONSE)

    assert error_of(response) == {
        "message": "Cannot query field 'nam' on type 'Viewer'. Did you mean 'name'?",
        "locations": [{"line": 1, "column": 12}],
        "extensions": {"code": "GRAPHQL_VALIDATION_FAILED", "requestId": response.headers["x-request-id"]},
    }


async def test_the_operation_that_is_named_runs(api: Any) -> None:
    body = {"query": "query A { a: __typename } query B { b: __typename }", "operationName": "B"}

    assert told(await api.post(body)) == {"data": {"b": "Query"}}


async def test_a_field_that_fails_leaves_the_others(api: Any) -> None:
    response = await api.post({"query": "{ viewer { name } contact { id } }"}, Accept=RESPONSE)

    assert response.status_code == 200
    body = response.json()
    assert body["data"] == {"viewer": {"name": "first admin"}, "contact": None}
    assert body["errors"][0]["path"] == ["contact"]
    assert body["errors"][0]["extensions"]["requestId"] == response.headers["x-request-id"]


async def test_a_get_reads(api: Any) -> None:
    params = {
        "query": "query Q($id: ID!) { source(id: $id) { id } }",
        "variables": '{"id": "src_0"}',
        "operationName": "Q",
        "extensions": "{}",
    }

    response = await get(api, params)

    assert (response.status_code, told(response)) == (200, {"data": {"source": None}})


async def test_a_get_changes_nothing(api: Any) -> None:
    query = 'mutation { sourceCreate(input: {name: "S"}) { source { id } } }'

    response = await get(api, {"query": query})

    assert response.status_code == 405
    assert response.headers["allow"] == "POST"
    assert error_of(response)["extensions"]["code"] == "METHOD_NOT_ALLOWED"
    assert await api.data("{ sources { totalCount } }") == {"sources": {"totalCount": 0}}


async def test_a_get_that_asks_nothing_or_asks_it_badly(api: Any) -> None:
    for params in (
        {},
        {"query": ""},
        {"query": "{ __typename }", "variables": "{"},
        {"query": "{ __typename }", "variables": "[1]"},
        {"query": "{ __typename }", "extensions": "5"},
    ):
        response = await get(api, params)

        assert response.status_code == 400
        assert error_of(response)["extensions"]["code"] == "BAD_REQUEST"


async def test_a_browser_gets_the_page_without_a_token(api: Any) -> None:
    accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

    response = await api.client.get("/graphql", headers={"Accept": accept})
    with_query = await api.client.get(
        "/graphql", params={"query": "{ __typename }"}, headers={"Accept": accept}
    )

    assert (response.status_code, response.text) == (200, "<!doctype html><title>GraphiQL</title>")
    assert with_query.status_code == 401


async def test_other_methods_are_named(api: Any) -> None:
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"):
        response = await api.client.request(method, "/graphql")

        assert response.status_code == 405
        assert response.headers["allow"] == "GET, POST"


async def test_a_fault_is_masked_and_logged_under_the_id_of_the_request(api: Any, caplog: Any) -> None:
    api.services.workspace.definitions = None  # what a resolver then finds is a fault of ours

    response = await api.post({"query": "{ definitions { slug } }"})

    body, request_id = told(response), response.headers["x-request-id"]
    assert body == {
        "errors": [
            {
                "message": f"This is a fault of the server, not of the query. It was logged under request id {request_id}.",
                "locations": [{"line": 1, "column": 3}],
                "path": ["definitions"],
                "extensions": {"code": "INTERNAL_SERVER_ERROR", "requestId": request_id},
            }
        ],
        "data": None,
    }
    logged = caplog.text
    assert request_id in logged
    assert "AttributeError" in logged


async def test_a_fault_before_graphql_is_masked_too(api: Any, caplog: Any) -> None:
    api.services.authenticator._store = None

    response = await api.client.post(
        "/graphql", json={"query": "{ __typename }"}, headers={"Authorization": "Bearer x"}
    )

    assert response.status_code == 500
    assert error_of(response)["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert response.headers["x-request-id"] in caplog.text


async def test_a_store_that_does_not_answer_is_said_to_be_so(api: Any) -> None:
    await api.services.store.close()

    response = await api.client.post(
        "/graphql", json={"query": "{ __typename }"}, headers={"Authorization": "Bearer x"}
    )
    within = await api.post({"query": "{ deliveries { totalCount } }"})

    message = "The store did not answer. Nothing was changed by this: try again in a moment."
    assert response.status_code == 503
    for answer in (response, within):
        [error] = answer.json()["errors"]
        assert (error["message"], error["extensions"]["code"]) == (message, "UNAVAILABLE")


@pytest.mark.parametrize(
    "field",
    [
        'sendingPause(input: {space: "a\\u0000b"})',
        'deliveryCancel(input: {id: "dlv_\\u0000"})',
        'jobCancel(input: {id: "job_\\u0000"})',
        'deliveriesReplay(input: {filter: {}, idempotencyKey: "a\\u0000b"})',
    ],
)
async def test_a_character_that_postgresql_has_in_no_text_is_no_fault_of_the_server(
    remote_api: Any, field: str
) -> None:
    answer = await remote_api.post({"query": f"mutation {{ {field} {{ errors {{ code }} }} }}"})

    [error] = answer.json()["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert error["message"] == "A text has the character U+0000. Nothing was changed by this: leave it out."


class TestTime:
    @pytest.fixture
    def limits(self) -> Limits:
        return Limits(seconds=0, mutation_seconds=0)

    async def test_what_takes_too_long_is_stopped(self, api: Any) -> None:
        query = 'mutation { sourceCreate(input: {name: "S"}) { source { id } } }'

        response = await api.post({"query": query}, Accept=RESPONSE)

        error = error_of(response)
        assert response.status_code == 503
        assert error["extensions"]["code"] == "TIMEOUT"
        assert error["message"] == (
            "This took over 0 s and was stopped. It may have been done all the same: look before you repeat it, or "
            "repeat it with its key."
        )

    async def test_a_query_that_takes_too_long_is_stopped_too(self, api: Any) -> None:
        error = error_of(
            await api.post({"query": "{ deliveries { edges { node { id } } } }"}, Accept=RESPONSE)
        )

        assert error["message"] == "This took over 0 s and was stopped."


class TestTimeOfAMutation:
    @pytest.fixture
    def limits(self) -> Limits:
        return Limits(seconds=0)

    async def test_a_mutation_has_longer_than_a_query(self, api: Any) -> None:
        query = 'mutation { sourceCreate(input: {name: "S"}) { source { name } } }'

        response = await api.post({"query": query}, Accept=RESPONSE)

        assert response.json()["data"] == {"sourceCreate": {"source": {"name": "S"}}}

    def test_each_part_of_a_verification_comes_to_the_end_of_its_own_time(self) -> None:
        begun, read = receivers.TIMEOUT_SECONDS, receivers.TIMEOUT_SECONDS / 2

        assert MOST_SECONDS + begun + read + recent.SECONDS < Limits().mutation_seconds
