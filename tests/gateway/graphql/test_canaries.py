"""A canary in every secret that the API takes, and every secret that it makes: none is ever seen again, anywhere."""

import hashlib
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    get_named_type,
)
from prometheus_client import generate_latest
from sqlalchemy import Connection, select

from destinations.kit import DestinationDefinition
from destinations.kit.registry import installed
from gateway.storage.tables import metadata
from tests.gateway.graphql.conftest import Api
from tests.gateway.graphql.endpoints import schema_of

SCHEMA = schema_of(installed())._schema
SAID = {
    "accountSid": f"AC{'0' * 32}",
    "apiKeySid": f"SK{'1' * 32}",
    "defaultCountry": "US",
    "spaceId": "spa_1",
    "name": "Texts",
    "label": "second",
}
"""What is said of what is no secret, by its name."""


def canary(*path: str) -> str:
    """What stands there and nowhere else."""
    return hashlib.sha256(".".join(path).encode()).hexdigest()[:32]


def secrets_of(kind: GraphQLInputType, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The paths to each Secret within an input."""
    named = get_named_type(kind)
    if named.name == "Secret":
        yield path
    if isinstance(named, GraphQLInputObjectType) and path.count(named.name) == 0:
        for key, inner in named.fields.items():
            yield from secrets_of(inner.type, (*path, key))


def taken() -> dict[str, list[tuple[str, ...]]]:
    """By mutation: the paths to its secrets."""
    assert SCHEMA.mutation_type is not None
    found = {
        name: list(secrets_of(one.args["input"].type)) for name, one in SCHEMA.mutation_type.fields.items()
    }
    return {name: paths for name, paths in found.items() if paths}


TAKEN = taken()


def filled(kind: GraphQLInputType, name: str, things: Mapping[str, Any], path: tuple[str, ...] = ()) -> Any:
    """An input with a canary in each secret, and with what has to be said besides."""
    if isinstance(kind, GraphQLNonNull):
        kind = kind.of_type
    if isinstance(kind, GraphQLList):
        return [filled(kind.of_type, name, things, path)]
    if not isinstance(kind, GraphQLInputObjectType):
        return canary(name, *path) if get_named_type(kind).name == "Secret" else {**things, **SAID}[path[-1]]
    given = {}
    for key, one in kind.fields.items():
        holds = any(True for _ in secrets_of(one.type))
        if holds or isinstance(one.type, GraphQLNonNull) or key in SAID:
            given[key] = filled(one.type, name, things, (*path, key))
    return given


@pytest.fixture
def definitions() -> Mapping[str, DestinationDefinition]:
    return installed()


class Watch:
    """Everything that came out, to be searched."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.answers: list[str] = []
        self.shown_once: list[str] = []

    async def do(self, name: str, given: Any, more: str = "") -> Any:
        assert SCHEMA.mutation_type is not None
        kind = SCHEMA.mutation_type.fields[name].args["input"].type
        asked = f"errors {{ __typename message code path }} {more}"
        query = f"mutation($input: {kind}) {{ {name}(input: $input) {{ {asked} }} }}"
        answer = await self.api.post({"query": query, "variables": {"input": given}})
        told = answer.json()
        payload = (told.get("data") or {}).get(name) or {}
        text = answer.text
        for key in ("writeKey", "token", "webhookSecret"):
            if payload.get(key):
                self.shown_once.append(payload[key])
                text = text.replace(payload[key], "")  # this once
        self.answers.append(text)
        return told

    async def everything(self) -> None:
        """All that can be read of what was configured."""
        secret = "{ configured lastFour setAt }"
        settings = (
            f"accountSid authToken {secret} apiKeys {{ sid secret {secret} }} authTokens {{ id secret {secret} }} "
            f"profileApiAccessToken {secret} webhookSecret {secret}"
        )
        for query in (
            "{ destinations { edges { node { name status lastVerification { checks { message remedy } } } } } }",
            f"{{ destinations {{ edges {{ node {{ settings {{ ... on TwilioEngageSettings {{ {settings} }} }} }} }} }} }}",
            f"{{ sources {{ edges {{ node {{ name writeKey {secret} retiredKeys {{ lastFour }} refusals {{ message }} }} }} }} }}",
            "{ apiTokens { edges { node { name lastFour } } } }",
            "{ webhookDeliveries { edges { node { url event lastAnswer } } } }",
            "{ auditEntries(first: 100) { edges { node { actor action changes { field before after } target { id } } } } }",
        ):
            answer = await self.api.post({"query": query})
            assert "errors" not in answer.json(), answer.text
            self.answers.append(answer.text)


async def misuse(watch: Watch, name: str, given: dict[str, Any]) -> None:
    """The same with what can be wrong about it."""
    for wrong in (
        {**given, "id": "dst_0"},
        {**given, "expectedRevision": 77},
        {**given, "name": " "},
        {**given, "space": canary(name, "space")},
        {**given, "unknown": canary(name, *TAKEN[name][0])},
        {key: value for key, value in given.items() if key != "id"},
    ):
        await watch.do(name, wrong)


async def live(api: Api) -> Watch:
    """A server that was given all its secrets, well and badly."""
    watch = Watch(api)
    assert SCHEMA.mutation_type is not None
    source = (
        await watch.do("sourceCreate", {"name": "Shop", "idempotencyKey": "k"}, "writeKey source { id }")
    )["data"]["sourceCreate"]["source"]["id"]
    await watch.do("sourceCreate", {"name": "Shop", "idempotencyKey": "k"}, "writeKey")
    rotate = {"id": source, "expectedRevision": 1, "idempotencyKey": "k"}
    await watch.do("sourceKeyRotate", rotate, "writeKey")
    await watch.do("sourceKeyRotate", rotate, "writeKey")
    await watch.do("apiTokenCreate", {"name": "Ann", "role": "READER"}, "token apiToken { id }")
    await api.post({"query": "{ viewer { name } }"}, watch.shown_once[-1])
    things: dict[str, Any] = {"id": "dst_0", "expectedRevision": 1, "planId": "imp_0", "idempotencyKey": "k"}
    names = ["destinationCreate", *(name for name in TAKEN if name != "destinationCreate")]
    for name in names:
        given = filled(SCHEMA.mutation_type.fields[name].args["input"].type, name, things)
        if name == "destinationKeyAdd":
            given["apiKeySid"] = f"SK{'2' * 32}"
        done = await watch.do(name, {**given, **({"idempotencyKey": "k"} if "Add" in name else {})})
        await misuse(watch, name, given)
        if name == "destinationCreate":
            assert done["data"][name]["errors"] == []
            listed = await api.data("{ destinations { edges { node { id } } } }")
            things["id"] = listed["destinations"]["edges"][0]["node"]["id"]
            await watch.do("destinationVerify", {"id": things["id"]})
    await with_webhook(watch, things["id"])
    await watch.everything()
    return watch


async def with_webhook(watch: Watch, destination: str) -> None:
    """Its owner is told events, by one secret and then by two."""
    for secrets in (1, 2):
        there = await watch.api.data(f'{{ destination(id: "{destination}") {{ revision }} }}')
        given = {"id": destination, "expectedRevision": there["destination"]["revision"]}
        if secrets == 1:
            settings = {"twilioEngage": {"webhookUrl": "https://owner.example/", "webhookFormat": "EVENTS"}}
            await watch.do("destinationUpdate", {**given, "settings": settings}, "webhookSecret")
        else:
            given["idempotencyKey"] = "k"
            await watch.do("webhookSecretRotate", given, "webhookSecret")
            await watch.do("webhookSecretRotate", given, "webhookSecret")
        test = {"id": destination, "idempotencyKey": f"k-{secrets}"}
        await watch.do("webhookTest", test, "webhookDelivery { url lastAnswer }")


CANARIES = [canary(name, *path) for name, paths in TAKEN.items() for path in paths]


def test_the_walk_finds_the_secrets_of_the_installed_destinations() -> None:
    assert {"destinationCreate", "destinationUpdate", "destinationKeyAdd", "destinationAuthTokenAdd"} <= set(
        TAKEN
    )
    assert len(CANARIES) >= 8
    assert ("settings", "twilioEngage", "authToken") in TAKEN["destinationCreate"]


async def test_no_secret_is_seen_again_nor_on_disk_in_clear(
    api: Api, database: Path, caplog: Any, capfd: Any
) -> None:
    caplog.set_level(logging.DEBUG)
    watch = await live(api)
    await api.services.store.write(lambda _: None)

    disk = b"".join(one.read_bytes() for one in sorted(database.parent.glob(f"{database.name}*")))
    out, err = capfd.readouterr()
    seen = "\n".join([*watch.answers, caplog.text, out, err, generate_latest().decode()])

    assert b"sourceKeyRotate" in disk  # what is not secret is there to be found
    assert "SK111" in seen
    assert len(watch.shown_once) == 5
    for secret in (*CANARIES, *watch.shown_once):
        assert secret not in seen
        assert secret.encode() not in disk


async def test_nor_in_any_table_of_postgresql(remote_api: Api) -> None:
    watch = await live(remote_api)

    def dump(connection: Connection) -> str:
        return "\n".join(
            str(list(row)) for table in metadata.sorted_tables for row in connection.execute(select(table))
        )

    rows = await remote_api.services.store.read(dump)

    assert "sourceKeyRotate" in rows
    for secret in (*CANARIES, *watch.shown_once):
        assert secret not in rows
        assert all(secret not in answer for answer in watch.answers)
