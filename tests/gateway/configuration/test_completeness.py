"""A document says whatever an input of the API takes: a new field of one is missed here."""

import re

import pytest

from gateway.configuration.documents import DestinationDocument, MappingDocument, Part, Policy, SourceDocument
from gateway.configuration.server import NAMED
from gateway.graphql.schema import sdl

NOT_WRITTEN = {"id", "expectedRevision", "idempotencyKey", "space"}
"""Ids stand in no file, and the space is the token's."""


def fields_of(name: str) -> set[str]:
    """Of an input of the schema."""
    [body] = re.findall(rf"^input {name} {{\n(.*?)^}}", sdl(), re.MULTILINE | re.DOTALL)
    return set(re.findall(r"^  (\w+):", body, re.MULTILINE))


@pytest.mark.parametrize(
    ("model", "inputs", "renamed"),
    [
        (
            SourceDocument,
            ("SourceCreateInput", "SourceUpdateInput"),
            {"source": "name", "destinations": None},
        ),
        (
            DestinationDocument,
            ("DestinationCreateInput", "DestinationUpdateInput"),
            {"destination": "name", "definition": None, "channelsOff": None},
        ),
        (Policy, ("DestinationPolicyInput",), dict(NAMED)),
        (
            MappingDocument,
            ("MappingCreateInput", "MappingUpdateInput"),
            {"mapping": "name", "destination": "destinationId"},
        ),
    ],
)
def test_each_field_of_an_input_can_be_written(
    model: type[Part], inputs: tuple[str, ...], renamed: dict[str, str | None]
) -> None:
    names = [one.alias for one in model.model_fields.values()]
    said = {renamed.get(str(name), name) for name in names} - {None}

    taken = set().union(*map(fields_of, inputs)) - NOT_WRITTEN

    assert said == taken
