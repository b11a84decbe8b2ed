"""The JSON Schema of the files takes what the commands take."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from destinations.kit.registry import installed
from gateway.configuration.catalogue import QUERY, catalogue_of, installed_catalogue
from gateway.configuration.documents import document_of
from gateway.configuration.schema import schema
from gateway.configuration.yaml_text import read
from tests.gateway.configuration.conftest import SMALL, Gateway, written
from tests.gateway.configuration.everything import EVERYTHING
from tests.gateway.graphql.pigeons import PIGEONS

CATALOGUE = installed_catalogue({**installed(), PIGEONS.slug: PIGEONS})
VALIDATOR = Draft202012Validator(schema(CATALOGUE))


def problems(text: str) -> list[str]:
    return sorted(error.message for error in VALIDATOR.iter_errors(read(text.encode()).value))


def test_it_is_what_an_editor_last_read(snapshot: SnapshotAssertion) -> None:
    assert schema(installed_catalogue(installed())) == snapshot(
        extension_class=JSONSnapshotExtension, name="schema"
    )


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(schema(CATALOGUE))


async def test_what_is_installed_here_is_what_a_server_with_the_same_tells_of_it(gateway: Gateway) -> None:
    told = await gateway.api.data(f"{{ {QUERY} }}")

    assert catalogue_of(told["definitions"]) == CATALOGUE


@pytest.mark.parametrize(("name", "text"), [*SMALL.items(), *EVERYTHING.items()])
def test_it_takes_what_is_read(name: str, text: str) -> None:
    assert not isinstance(document_of(name, text.encode()), list)

    assert problems(text) == []


async def test_it_takes_what_is_exported(gateway: Gateway, tmp_path: Path) -> None:
    await gateway.apply(written(tmp_path / "in", EVERYTHING))

    files = await gateway.export(tmp_path / "out")

    assert len(files) == 7
    assert {name: problems(content.decode()) for name, content in files.items()} == {key: [] for key in files}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("source: A\ntrsut: SERVER", "Additional properties are not allowed ('trsut' was unexpected)"),
        ("source: A\nenabled: no", "'no' is not of type 'boolean'"),
        ("source: A\ndestination: B", "Additional properties are not allowed ('destination' was unexpected)"),
        ("mapping: A\naction: sendSms", "'destination' is a required property"),
        (
            "mapping: A\ndestination: B\naction: sendFax",
            "'sendFax' is not one of ['sendSms', 'sendWhatsApp', 'sendNote']",
        ),
        (
            "mapping: A\ndestination: B\naction: sendSms\nfields: {bdoy: x}",
            "'bdoy' does not match any of the regexes: '^@'",
        ),
        ("destination: A\ndefinition: pigeon-post\nsettings: {}", "'loft' is a required property"),
        (
            "destination: A\ndefinition: pigeon-post\nsettings: {loft: LF1, seal: a seal itself}",
            "'a seal itself' is not valid under any of the given schemas",
        ),
        (
            "destination: A\ndefinition: pigeon-post\nsettings: {loft: LF1, home: {var: X}}",
            "{'var': 'X'} is not valid under any of the given schemas",
        ),
        (
            "destination: A\ndefinition: pigeon-post\nsettings: {loft: LF1}\npolicy: {optOutWord: true}",
            "Additional properties are not allowed ('optOutWord' was unexpected)",
        ),
    ],
)
def test_it_refuses_what_is_refused(text: str, problem: str) -> None:
    assert problems(text) == [problem]


def described(node: Any, path: str) -> Iterator[tuple[str, str | None]]:
    for name, one in node.get("properties", {}).items():
        yield f"{path}.{name}", one.get("description")


def test_everything_is_described() -> None:
    found = dict(pair for name, one in schema(CATALOGUE)["$defs"].items() for pair in described(one, name))

    assert len(found) > 100
    assert [name for name, said in found.items() if not said] == []
