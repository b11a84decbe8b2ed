"""Who may do what: every operation of the schema by every role, in one's own space and in no other."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from graphql import GraphQLInputObjectType, GraphQLInputType, GraphQLList, GraphQLNonNull

from destinations.kit import DestinationDefinition
from gateway.settings import Settings
from gateway.shared.base import Topic
from gateway.workspace import Role
from tests.gateway.graphql.conftest import Ledger
from tests.gateway.graphql.operations import (
    DEFINITIONS,
    MUTATIONS,
    QUERIES,
    SCHEMA,
    SUBSCRIPTIONS,
    Things,
    ask,
    codes,
    do,
    document,
    things as made,
)
from tests.gateway.graphql.tails.streams import watching

ORDER = [Role.VIEWER, Role.READER, Role.OPERATOR, Role.ADMIN]
FORBIDDEN = ["FORBIDDEN"]


@pytest.fixture
def definitions() -> Mapping[str, DestinationDefinition]:
    return DEFINITIONS


@pytest.fixture
def gateway_settings() -> Settings:
    """With an address, which a provider can be told."""
    return Settings(public_url="https://texts.example.com")


@pytest.fixture
async def things(ledger: Ledger) -> Things:
    return await made(ledger)


@pytest.mark.parametrize(
    ("kind", "lines"), [("query", QUERIES), ("mutation", MUTATIONS), ("subscription", SUBSCRIPTIONS)]
)
def test_every_operation_has_a_line(kind: str, lines: Mapping[str, Any]) -> None:
    root = getattr(SCHEMA, f"{kind}_type")

    assert set(lines) == (set() if root is None else set(root.fields))


@pytest.mark.parametrize("role", ORDER)
async def test_a_role_may_ask_what_is_for_it_and_for_lower_ones(things: Things, role: Role) -> None:
    token = await things.api.token(role)

    told = {
        name: codes(await ask(things, "query", name, line.given(things), token))
        for name, line in QUERIES.items()
    }

    allowed = ORDER[: ORDER.index(role) + 1]
    assert told == {name: [] if line.least in allowed else FORBIDDEN for name, line in QUERIES.items()}


@pytest.mark.parametrize("name", SUBSCRIPTIONS)
async def test_the_lowest_role_that_may_watch_it_can(things: Things, name: str) -> None:
    api, line = things.api, SUBSCRIPTIONS[name]
    token, told = await api.token(line.least), api.services.shared.tail

    asked = document("subscription", name)
    async with watching(api.endpoint, asked, token, **line.given(things)) as stream:
        for topic, about in (
            (Topic.DELIVERY, things.rejected),
            (Topic.EVENT, things.event),
            (Topic.DESTINATION, things.destination),
        ):
            told.publish(topic, [("default", about)], api.clock.now())
        item = await stream.item()

    assert item["__typename"].endswith("TailItem")


@pytest.mark.parametrize("role", ORDER)
async def test_a_role_may_do_what_is_for_it_and_for_lower_ones(things: Things, role: Role) -> None:
    """Whatever else each of them says of an input that knows nothing: FORBIDDEN comes before it."""
    token = await things.api.token(role)
    before = await written(things)

    told = {}
    for name, line in MUTATIONS.items():
        if ORDER.index(role) < ORDER.index(line.least):
            given = guessed(things, name, line.given)
            told[name] = codes(await ask(things, "mutation", name, {"input": given}, token))

    assert told == dict.fromkeys(told, FORBIDDEN)
    assert await written(things) == before


@pytest.mark.parametrize("name", MUTATIONS)
async def test_the_lowest_role_that_may_do_it_can(things: Things, name: str) -> None:
    line = MUTATIONS[name]
    token = await things.api.token(line.least)
    for prior, given in line.before:
        assert codes(await do(things, prior, given)) == []

    answer = await do(things, name, line.given, token)

    assert codes(answer) == []
    assert answer["data"][name]["errors"] == []


def guessed(things: Things, name: str, given: Any) -> Any:
    try:
        return given(things)
    except AssertionError:  # it depends on what has not been done
        if name == "importApply":
            return {"planId": "imp_0", "idempotencyKey": "k"}
        more = {"expectedRevision": 1, "authTokenId": "tok_1"} if name.startswith("destination") else {}
        return {"id": "job_0", **more}


async def written(things: Things) -> Any:
    """What a change would have left."""
    return await things.api.data(
        "{ auditEntries { totalCount } sources { totalCount edges { node { revision } } } destinations { totalCount edges { node { "
        "revision paused } } } mappings { totalCount edges { node { revision } } } deliveries { totalCount edges { node { status } } } "
        "jobs { totalCount } apiTokens { totalCount } sendingPaused }"
    )


# -- spaces -------------------------------------------------------------------------------------------------------------


def spaces_of(kind: GraphQLInputType, seen: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The paths to each `space` within an input."""
    while isinstance(kind, GraphQLNonNull | GraphQLList):
        kind = kind.of_type
    if not isinstance(kind, GraphQLInputObjectType) or kind.name in seen:
        return
    for key, inner in kind.fields.items():
        if key == "space":
            yield (key,)
        for rest in spaces_of(inner.type, (*seen, kind.name)):
            yield (key, *rest)


def spaces() -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """(kind, operation, path) of every space that can be named."""
    for kind in ("query", "mutation", "subscription"):
        root = getattr(SCHEMA, f"{kind}_type")
        for name, asked in ({} if root is None else root.fields).items():
            for key, argument in asked.args.items():
                if key == "space":
                    yield kind, name, (key,)
                for path in spaces_of(argument.type):
                    yield kind, name, (key, *path)


def naming(given: Any, path: tuple[str, ...], space: str) -> Any:
    """The same input with that space there."""
    if not path:
        return space
    if isinstance(given, list):
        return [naming(one, path, space) for one in given]
    inner = dict(given)
    inner[path[0]] = naming(inner.get(path[0], {}), path[1:], space)
    return inner


def call_of(things: Things, kind: str, name: str) -> Any:
    lines: Mapping[str, Any] = {"query": QUERIES, "mutation": MUTATIONS, "subscription": SUBSCRIPTIONS}[kind]
    given = lines[name].given(things)
    return {"input": given} if kind == "mutation" else given


SPACES = list(spaces())


def test_the_walk_finds_spaces_in_arguments_and_in_inputs() -> None:
    assert ("query", "contact", ("space",)) in SPACES
    assert ("mutation", "sourceCreate", ("input", "space")) in SPACES
    assert len(SPACES) >= 9


@pytest.mark.parametrize(
    ("kind", "name", "path"), SPACES, ids=lambda value: ".".join(value) if isinstance(value, tuple) else value
)
async def test_a_token_acts_in_its_own_space_alone(
    things: Things, kind: str, name: str, path: tuple[str, ...]
) -> None:
    token = await things.api.token(Role.ADMIN)
    given = call_of(things, kind, name)
    before = await written(things)

    foreign = await ask(things, kind, name, naming(given, path, "brand"), token)

    assert codes(foreign) == FORBIDDEN
    assert await written(things) == before
    assert codes(await ask(things, kind, name, naming(given, path, "default"), token)) == []


@pytest.mark.parametrize(
    ("kind", "name", "path"), SPACES, ids=lambda value: ".".join(value) if isinstance(value, tuple) else value
)
async def test_the_bootstrap_admin_may_name_any_space(
    things: Things, kind: str, name: str, path: tuple[str, ...]
) -> None:
    answer = await ask(things, kind, name, naming(call_of(things, kind, name), path, "brand"))

    assert codes(answer) == []
