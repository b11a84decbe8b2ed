"""A document says whatever an input of the API takes: a new field of one is missed here, and by an older command of a newer gateway."""

import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from gateway.configuration.unsaid import INPUTS, NOT_WRITTEN, said, unsaid
from gateway.errors import StartupError
from gateway.graphql.schema import sdl
from gateway.remote import Remote
from tests.gateway.configuration.conftest import Gateway

REMOTE = Remote("http://heliograph.test", SecretStr("a token"))


def fields_of(name: str) -> set[str]:
    """Of an input of the schema."""
    [body] = re.findall(rf"^input {name} {{\n(.*?)^}}", sdl(), re.MULTILINE | re.DOTALL)
    return set(re.findall(r"^  (\w+):", body, re.MULTILINE))


@pytest.mark.parametrize(
    "inputs",
    [
        ("SourceCreateInput", "SourceUpdateInput"),
        ("DestinationCreateInput", "DestinationUpdateInput"),
        ("DestinationPolicyInput",),
        ("MappingCreateInput", "MappingUpdateInput"),
    ],
)
def test_each_field_of_an_input_can_be_written(inputs: tuple[str, ...]) -> None:
    taken = set().union(*map(fields_of, inputs)) - NOT_WRITTEN

    assert taken == said(inputs[-1])


async def test_a_gateway_of_this_version_knows_nothing_beyond(gateway: Gateway) -> None:
    remote = Remote("http://heliograph.test", gateway.files(Path()).remote.token)
    transport = httpx.ASGITransport(app=gateway.api.endpoint)

    async with httpx.AsyncClient(transport=transport) as client:
        assert await unsaid(remote, client) == ()


def answering(answer: Any) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(200, json=answer)))


async def test_what_a_newer_gateway_knows_beyond_is_named() -> None:
    told: dict[str, Any] = dict.fromkeys(INPUTS)
    told["MappingUpdateInput"] = {"inputFields": [{"name": "id"}, {"name": "name"}, {"name": "mood"}]}
    told["DestinationPolicyInput"] = {"inputFields": [{"name": "inboundSourceId"}, {"name": "monthlyBudget"}]}

    async with answering({"data": told}) as client:
        assert await unsaid(REMOTE, client) == (
            "DestinationPolicyInput.monthlyBudget",
            "MappingUpdateInput.mood",
        )


async def test_a_gateway_that_does_not_say_what_it_takes_is_not_asked_again() -> None:
    closed = {"errors": [{"message": "No.", "extensions": {"code": "INTROSPECTION_DISABLED"}}]}
    broken = {"errors": [{"message": "A fault.", "extensions": {"code": "INTERNAL_SERVER_ERROR"}}]}

    async with answering(closed) as client:
        assert await unsaid(REMOTE, client) == ()
    async with answering(broken) as client:
        with pytest.raises(StartupError, match="A fault"):
            await unsaid(REMOTE, client)
