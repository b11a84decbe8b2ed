import time
from typing import Any

import pytest
from graphql import get_introspection_query

from gateway.graphql.http.limits import Limits


async def refusal(api: Any, query: str, **variables: Any) -> tuple[str, str]:
    """(code, message) of a query that is refused, with well under the second of CPU that a costly rule would take."""
    started = time.thread_time()
    answer = await api.ask(query, **variables)
    assert time.thread_time() - started < 0.5
    assert "data" not in answer
    [error] = answer["errors"]
    return error["extensions"]["code"], error["message"]


async def test_what_graphiql_asks_first_is_within_the_limits(api: Any) -> None:
    query = get_introspection_query(
        descriptions=True,
        specified_by_url=True,
        directive_is_repeatable=True,
        schema_description=True,
        input_value_deprecation=True,
    )

    data = await api.data(query)

    assert len(data["__schema"]["types"]) > 50


async def test_depth(api: Any) -> None:
    refused = await refusal(api, "{ a" + "{ b" * 15 + " }" * 16)

    assert refused == (
        "LIMIT_EXCEEDED",
        "This operation has 16 levels of nesting; 15 are allowed. Ask for it in parts.",
    )


async def test_depth_through_fragments_and_inline_fragments(api: Any) -> None:
    chain = "".join(
        f" fragment F{n} on Query {{ a {{ ... on Query {{ ...F{n + 1} }} }} }}" for n in range(15)
    )
    query = "{ ...F0 }" + chain + " fragment F15 on Query { __typename }"

    code, message = await refusal(api, query)

    assert (code, message) == (
        "LIMIT_EXCEEDED",
        "This operation has 16 levels of nesting; 15 are allowed. Ask for it in parts.",
    )


async def test_aliases(api: Any) -> None:
    allowed = await api.data("{ viewer {" + " ".join(f"a{n}: name" for n in range(30)) + "} }")
    code, message = await refusal(api, "{ viewer {" + " ".join(f"a{n}: name" for n in range(31)) + "} }")

    assert len(allowed["viewer"]) == 30
    assert (code, message) == (
        "LIMIT_EXCEEDED",
        "This operation has 31 aliases; 30 are allowed. Ask for it in parts.",
    )


async def test_directives(api: Any) -> None:
    code, message = await refusal(api, "{ viewer { name " + "@include(if: true) " * 31 + "} }")

    assert code == "LIMIT_EXCEEDED"
    assert message == "This operation has 31 directives; 30 are allowed. Ask for it in parts."


async def test_directives_count_wherever_they_stand(api: Any) -> None:
    flood = "@include(if: true) " * 31
    for query in (
        "query " + flood + "{ __typename }",
        "query($id: ID " + flood + ") { source(id: $id) { id } }",
        "{ ...F " + flood + "} fragment F on Query { __typename }",
        "{ ...F } fragment F on Query " + flood + "{ __typename }",
        "{ ... " + flood + "{ __typename } }",
    ):
        code, message = await refusal(api, query)

        assert code == "LIMIT_EXCEEDED"
        assert message == "This operation has 31 directives; 30 are allowed. Ask for it in parts."


async def test_root_fields_even_in_fragments(api: Any) -> None:
    fields = " ".join(["__typename"] * 11)

    code, message = await refusal(api, "{ ...F ...F } fragment F on Query { " + fields + " }")

    assert (code, message) == (
        "LIMIT_EXCEEDED",
        "This operation has 22 fields at its root; 20 are allowed. Ask for it in parts.",
    )


async def test_tokens_characters_and_comments(api: Any) -> None:
    for query in (
        "{ viewer { " + "name " * 2_000 + "} }",
        "{ __typename }" + " " * 100_001,
        "#\n" * 2_001 + "{ __typename }",
        "{ a(b: " + "[" * 500 + "]" * 500 + ") }",
        "{ a" * 900 + "}" * 900,
    ):
        code, _ = await refusal(api, query)

        assert code == "GRAPHQL_PARSE_FAILED"


async def test_doubled_fragments_are_measured_once_each(api: Any) -> None:
    for levels, template in (
        (40, "fragment F%d on Query { ...F%d ...F%d } "),
        (20, "fragment F%d on Query { a { ...F%d } a { ...F%d } } "),
    ):
        chain = "".join(template % (n, n + 1, n + 1) for n in range(levels))
        query = "{ ...F0 } " + chain + f"fragment F{levels} on Query {{ __typename }}"

        code, _ = await refusal(api, query)

        assert code == "LIMIT_EXCEEDED"


async def test_a_huge_count_is_not_spelled_out(api: Any) -> None:
    chain = "".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }} " for n in range(60))

    _, message = await refusal(api, "{ ...F0 } " + chain + "fragment F60 on Query { __typename }")

    assert (
        message == "This operation has more than 200 fields at its root; 20 are allowed. Ask for it in parts."
    )


async def test_fragments_that_spread_themselves_are_refused_by_their_own_rule(api: Any) -> None:
    code, message = await refusal(api, "{ ...F } fragment F on Query { ...F }")

    assert (code, message) == ("GRAPHQL_VALIDATION_FAILED", "Cannot spread fragment 'F' within itself.")


AGAIN = (
    "This operation asks for the same fields again and again: they would be compared more than 5000 times, and no more is "
    "allowed. Ask for each field once."
)


@pytest.mark.parametrize(
    "query",
    [
        "{ viewer { " + "name " * 400 + "} }",
        "{ viewer { " + "name role space " * 300 + "} }",
        "{ viewer { " + " ".join(f"name(a{n}: 1)" for n in range(300)) + "} }",
        "{ deliveries { edges { " + "node { id } " * 300 + "} } }",
        "{ deliveries { edges { " + "... on DeliveryEdge { node { id } } " * 150 + "} } }",
        "{ deliveries { edges { "
        + " ".join(f"...F{n}" for n in range(99))
        + " } } }"
        + " ".join(f"fragment F{n} on DeliveryEdge {{ node {{ id status }} }}" for n in range(99)),
        "{ viewer { ...F0 } } "
        + " ".join(f"fragment F{n} on Viewer {{ name role ...F{n + 1} }}" for n in range(98))
        + " fragment F98 on Viewer { name role }",
    ],
    ids=["leaf", "leaves", "arguments", "objects", "inline fragments", "fragments", "chain"],
)
async def test_what_would_be_compared_with_itself_again_and_again_is_refused(api: Any, query: str) -> None:
    assert await refusal(api, query) == ("LIMIT_EXCEEDED", AGAIN)


async def test_a_field_that_is_asked_for_more_than_once_is_no_problem(api: Any) -> None:
    data = await api.data("{ viewer { " + "name " * 100 + "} }")

    assert data == {"viewer": {"name": "first admin"}}


async def test_fragments_may_not_unfold_to_more_than_a_server_would_run(api: Any) -> None:
    chain = "".join(
        f"fragment F{n} on Query {{ {' '.join(f'a{m}: b {{ ...F{n + 1} }}' for m in range(2))} }} "
        for n in range(12)
    )

    code, message = await refusal(api, "{ ...F0 } " + chain + "fragment F12 on Query { __typename }")

    assert (code, message[:40]) == ("LIMIT_EXCEEDED", "This operation has more than 300 aliases")


async def test_unfolded_fields_are_counted_without_their_aliases_too(api: Any) -> None:
    fields = "deliveries destinations events mappings sources"
    chain = "".join(
        f"fragment F{n} on Query {{ {' '.join(f'{name} {{ ...F{n + 1} }}' for name in fields.split())} }} "
        for n in range(6)
    )

    code, message = await refusal(api, "{ ...F0 } " + chain + "fragment F6 on Query { __typename }")

    assert (code, message) == (
        "LIMIT_EXCEEDED",
        "With its fragments spread out this operation has more than 5000 fields, and no more are allowed. Ask for it in parts.",
    )


async def test_a_document_of_very_many_operations_is_refused(api: Any) -> None:
    code, message = await refusal(api, " ".join(f"query Q{n} {{ __typename }}" for n in range(101)))

    assert (code, message) == (
        "LIMIT_EXCEEDED",
        "This document has 101 operations and fragments; 100 are allowed. Send those that are not run in a document of their own.",
    )


PAGES = """
query($n: Int) { deliveries(first: $n) { edges { node { timeline(first: $n) { edges { node { __typename } } }
  destination { mappings(first: $n) { edges { node { name } } } } } } } }
"""


async def test_pages_inside_of_pages_are_counted_before_they_are_read(api: Any) -> None:
    pages = (
        "{ deliveries(first: 100) { edges { node { destination { mappings(first: 100) { edges { node { destination "
        "{ mappings(first: 100) { totalCount } } } } } } } } } }"
    )
    introspection = "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }"
    for query in (pages, introspection):
        answer = await api.ask(query)

        [error] = answer["errors"]
        assert "data" not in answer
        assert error["extensions"]["code"] in {"LIMIT_EXCEEDED", "GRAPHQL_VALIDATION_FAILED"}


async def test_the_sizes_that_variables_give_are_what_counts(api: Any) -> None:
    small = await api.ask(PAGES, n=20)
    code, message = await refusal(api, PAGES, n=100)
    left_out = await refusal(api, PAGES)

    assert small == {"data": {"deliveries": {"edges": []}}}
    said = (
        "This operation may lead to 120901 values; 100000 are allowed. Take smaller pages (`first`), above all inside "
        "of other lists, or ask for it in parts."
    )
    assert (code, message) == ("LIMIT_EXCEEDED", said)
    assert left_out[0] == "LIMIT_EXCEEDED"


async def test_a_variable_that_is_left_out_has_the_size_of_its_default(api: Any) -> None:
    defaulted = PAGES.replace("$n: Int", "$n: Int = 20")

    assert await api.ask(defaulted) == {"data": {"deliveries": {"edges": []}}}
    assert (await refusal(api, defaulted, n=100))[0] == "LIMIT_EXCEEDED"


SERIES = """query($range: TimeRangeInput!, $bucket: TimeBucket! = HOUR) {
  stats(range: $range, bucket: $bucket) { points { at events matched accepted delivered failed price } } }"""
SPAN = {"from": "2026-02-28T00:00:00Z", "to": "2026-03-01T00:00:00Z"}


async def test_the_points_of_a_series_count_by_its_range(api: Any) -> None:
    def cost(answer: Any) -> int:
        return int(answer.json()["extensions"]["cost"]["requested"])

    of_days = SERIES.replace("$bucket)", "DAY)").replace(", $bucket: TimeBucket! = HOUR", "")
    asked = [
        {"query": SERIES, "variables": {"range": SPAN}},
        {"query": SERIES, "variables": {"range": SPAN, "bucket": "MINUTE"}},
        {"query": SERIES, "variables": {"range": SPAN, "bucket": "DAY"}},
        {"query": of_days, "variables": {"range": SPAN}},
        {"query": SERIES, "variables": {"range": {**SPAN, "from": "2025-01-01T00:00:00Z"}}},
        {"query": SERIES, "variables": {"range": {**SPAN, "from": "yesterday"}}},
    ]
    answers = [await api.post(one) for one in asked]

    each = 1 + 1 + 1 + 7  # what a point shows, and what is around it
    assert [cost(one) for one in answers[:5]] == [1 + n * each for n in (24, 1440, 1, 1, 2000)]
    assert answers[5].json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_many_long_series_at_once_are_refused(api: Any) -> None:
    one = 'stats(range: {from: "2026-02-28T00:00:00Z", to: "2026-03-01T00:00:00Z"}, bucket: MINUTE) { points { at price } }'
    query = "{ " + " ".join(f"s{number}: {one}" for number in range(20)) + " }"

    code, message = await refusal(api, query)

    assert (code, message[:41]) == ("LIMIT_EXCEEDED", "This operation may lead to 144020 values;")


class TestOwn:
    @pytest.fixture
    def limits(self) -> Limits:
        return Limits(body_bytes=100, tokens=10, depth=1)

    async def test_limits_are_what_the_endpoint_was_given(self, api: Any) -> None:
        deep = await api.ask("{ viewer { name } }")
        many = await api.ask("{ " + "a " * 10 + "}")
        large = await api.post({"query": "{ __typename }" + " " * 100})

        assert [error["extensions"]["code"] for error in deep["errors"]] == ["LIMIT_EXCEEDED"]
        assert [error["extensions"]["code"] for error in many["errors"]] == ["GRAPHQL_PARSE_FAILED"]
        assert large.status_code == 413
