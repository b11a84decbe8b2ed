from pathlib import Path

import pytest
from graphql import GraphQLSchema, OperationDefinitionNode, build_schema, parse, validate

from gateway.console import pages
from gateway.graphql.schema import sdl

QUERIES = sorted((Path(pages.__file__).parent / "src" / "queries").glob("*.graphql"))


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema(sdl())


def test_there_are_queries_to_open_on() -> None:
    assert [path.stem for path in QUERIES] == ["catalogue", "overview"]


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
def test_a_query_that_the_console_opens_on_fits_the_schema(path: Path, schema: GraphQLSchema) -> None:
    document = parse(path.read_text(encoding="utf-8"))

    assert validate(schema, document) == []


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)
def test_a_query_that_the_console_opens_on_names_its_tab(path: Path) -> None:
    document = parse(path.read_text(encoding="utf-8"))

    (operation,) = document.definitions
    assert isinstance(operation, OperationDefinitionNode)
    assert operation.name is not None
    assert operation.name.value == path.stem.title()
