from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from inspect import isawaitable
from typing import Annotated, Any, cast

import pytest
import strawberry
from graphql import ExecutionResult, execute, parse
from hypothesis import given, strategies as st

from gateway.graphql.context import Context
from gateway.graphql.http.execution import AttributeExecutor, run

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)


@strawberry.enum
class Color(Enum):
    RED = "red"
    BLUE = "blue"


@strawberry.interface
class Thing:
    id: strawberry.ID


@strawberry.type
class Leaf(Thing):
    text: str | None = None
    number: int | None = 1
    flag: bool | None = True
    share: float | None = 0.5
    color: Color | None = Color.RED
    at: datetime | None = NOON
    must: str = "there"
    colors: list[Color] = field(default_factory=lambda: [Color.BLUE, Color.RED])
    words: list[str | None] | None = None

    @strawberry.field
    def loud(self) -> str:
        return str(self.text).upper()

    @strawberry.field
    async def slow(self) -> str:
        return f"slow {self.id}"

    @strawberry.field
    def broken(self) -> str | None:
        raise ValueError("broken")

    @strawberry.field
    async def slowly_broken(self) -> str | None:
        raise ValueError("slowly broken")

    @strawberry.field
    def branch(self) -> Annotated["Branch", strawberry.lazy(__name__)]:
        return Branch(id=strawberry.ID("b"), leaves=[])


@strawberry.type
class Branch(Thing):
    leaves: list[Leaf | None]
    first: Leaf | None = None
    sure: list[Leaf] = field(default_factory=list)
    any: Thing | None = None


@dataclass
class NoString:
    """What no String can show."""

    def __str__(self) -> str:
        raise ValueError("no text")


def leaf(name: str, **values: Any) -> Leaf:
    return Leaf(id=strawberry.ID(name), **values)


def tree() -> Branch:
    wrong = cast("Any", None)
    broken = leaf("l3", must=wrong)
    return Branch(
        id=strawberry.ID("root"),
        leaves=[
            leaf("l1", text="one", words=["a", None]),
            None,
            leaf("l2", number=None, color=None, at=None, flag=None, share=None),
            broken,
            leaf("l4", number=2**40, text=cast("Any", NoString())),
            leaf("l5", color=cast("Any", "none of them")),
            cast("Any", "no leaf at all"),
        ],
        first=leaf("first", text="é"),
        sure=[leaf("s1"), leaf("s2", number=cast("Any", "7"))],
        any=leaf("any"),
    )


@strawberry.type
class Query:
    @strawberry.field
    def root(self) -> Branch | None:
        return tree()

    @strawberry.field
    async def later(self) -> Branch:
        return tree()

    @strawberry.field
    def whole(self) -> list[Leaf]:
        return [leaf("w1", text="x"), leaf("w2")]


SPENT: list[int] = []


@strawberry.type
class Mutation:
    @strawberry.field
    def spend(self) -> int | None:
        SPENT.append(1)
        raise ValueError("spent")


SCHEMA = strawberry.Schema(Query, Mutation, types=[Leaf, Branch])


def shown(result: ExecutionResult) -> Any:
    errors = [(error.message, error.path, error.locations) for error in result.errors or ()]
    return result.data, sorted(errors, key=str)


async def by_graphql_core(query: str, **variables: Any) -> Any:
    result = execute(SCHEMA._schema, parse(query), variable_values=variables)
    return shown(await result if isawaitable(result) else result)


async def by_ours(query: str, **variables: Any) -> Any:
    document = parse(query)
    operation = cast("Any", document.definitions[0])
    return shown(await run(SCHEMA, document, operation, variables, cast("Context", None)))


LEAVES = [
    "id",
    "text",
    "number",
    "flag",
    "share",
    "color",
    "at",
    "must",
    "colors",
    "words",
    "__typename",
    "loud",
    "slow",
    "broken",
    "slowlyBroken",
]


@pytest.mark.parametrize(
    "query",
    [
        "{ root { id __typename leaves { id text number } } }",
        "{ root { leaves { must } } }",
        "{ root { leaves { a: id b: id must loud c: number } } }",
        "{ root { leaves { color colors at words share flag } } }",
        "{ root { sure { number } first { number } } }",
        "{ root { sure { id } sure { text } ...F } } fragment F on Branch { sure { must ... on Thing { id } } }",
        "{ root { any { id __typename ... on Leaf { text } ... on Branch { first { id } } } } }",
        "{ root { first { slow broken id } leaves { slow slowlyBroken text } } }",
        "{ later { leaves { branch { id leaves { id } } id } first { broken must } } }",
        "{ whole { id text must branch { id } } __typename root { id } }",
        "query($yes: Boolean = true) { whole { id @include(if: $yes) text @skip(if: $yes) } }",
        "{ root { leaves { text } } x: root { leaves { id } } }",
        "{ __schema { queryType { name fields { name } } } whole { id } }",
    ],
)
async def test_what_is_read_directly_is_what_graphql_core_would_answer(query: str) -> None:
    assert await by_ours(query) == await by_graphql_core(query)


@st.composite
def selections(draw: st.DrawFn, depth: int = 3) -> str:
    fields = draw(st.lists(st.sampled_from(LEAVES), min_size=1, max_size=5, unique=True))
    if depth and draw(st.booleans()):
        fields.append(f"branch {{ {draw(branches(depth - 1))} }}")
    if draw(st.booleans()):
        fields.insert(0, f"... on Thing {{ id {draw(st.sampled_from(['', '__typename']))} }}")
    return " ".join(fields)


@st.composite
def branches(draw: st.DrawFn, depth: int = 3) -> str:
    names = draw(st.lists(st.sampled_from(["leaves", "first", "sure"]), max_size=3, unique=True))
    return " ".join(["id", *(f"{name} {{ {draw(selections(depth))} }}" for name in names)])


@given(branches(), selections())
async def test_any_query_is_answered_as_graphql_core_answers_it(branch: str, leaves: str) -> None:
    query = f"{{ root {{ {branch} }} later {{ {branch} }} whole {{ {leaves} }} }}"

    assert await by_ours(query) == await by_graphql_core(query)


async def test_fields_keep_their_order() -> None:
    query = "{ whole { number loud id slow text } root { id } __typename }"

    data, _ = await by_ours(query)

    assert list(data) == ["whole", "root", "__typename"]
    assert list(data["whole"][0]) == ["number", "loud", "id", "slow", "text"]


async def test_attributes_and_plain_methods_are_read_without_asking_graphql_core(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []
    ask = AttributeExecutor.execute_field

    def execute_field(self: Any, parent: Any, source: Any, details: Any, *rest: Any) -> Any:
        asked.append(details[0].node.name.value)
        return ask(self, parent, source, details, *rest)

    monkeypatch.setattr(AttributeExecutor, "execute_field", execute_field)

    query = "{ later { sure { id text color at __typename slow } first { id must loud } } }"
    data, errors = await by_ours(query)

    assert (len(data["later"]["sure"]), errors) == (2, [])
    assert asked == ["later", "sure", "slow", "slow"]


async def test_a_plain_method_of_the_root_is_asked_once_though_it_fails() -> None:
    SPENT.clear()

    data, errors = await by_ours("mutation { spend }")

    assert (data, [message for message, *_ in errors], SPENT) == ({"spend": None}, ["spent"], [1])
