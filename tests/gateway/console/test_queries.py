"""What GraphiQL opens on: each document fits the schema, and the variables beside it fit the document."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    build_schema,
    parse,
    validate,
)
from graphql.execution.values import get_variable_values

from gateway.console import pages
from gateway.graphql.schema import sdl

SOURCES = Path(pages.__file__).parent / "src" / "graphiql"
QUERIES = sorted((SOURCES / "queries").glob("*.graphql"))
OPENED = [
    "overview",
    "first_source",
    "set_up_twilio",
    "verify",
    "preview",
    "why_no_text",
    "consent",
    "replay",
    "live_tail",
]

each = pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.stem)


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema(sdl())


def document(path: Path) -> DocumentNode:
    return parse(path.read_text(encoding="utf-8"))


def operations(path: Path) -> list[OperationDefinitionNode]:
    found = document(path).definitions
    return [one for one in found if isinstance(one, OperationDefinitionNode)]


def variables(path: Path) -> dict[str, Any]:
    """Those beside the document, without the comments that GraphiQL reads past."""
    beside = path.with_suffix(".jsonc")
    if not beside.exists():
        return {}
    text = re.sub(r"^\s*//.*$", "", beside.read_text(encoding="utf-8"), flags=re.MULTILINE)
    given: dict[str, Any] = json.loads(text)
    return given


def test_each_document_has_its_tab_in_the_order_of_a_first_day() -> None:
    order = (SOURCES / "queries" / "order.txt").read_text(encoding="utf-8")

    assert order.split() == OPENED
    assert sorted(OPENED) == [path.stem for path in QUERIES]


@each
def test_a_document_fits_the_schema(path: Path, schema: GraphQLSchema) -> None:
    assert validate(schema, document(path)) == []


@each
def test_a_document_is_named_in_its_tab_by_its_first_operation(path: Path) -> None:
    first = operations(path)[0]

    assert first.name is not None
    assert first.name.value == path.stem.title().replace("_", "")


@each
def test_a_document_begins_with_what_changes_nothing(path: Path) -> None:
    assert operations(path)[0].operation is not OperationType.MUTATION


@each
def test_a_document_says_what_to_do_before_anything_else(path: Path) -> None:
    assert path.read_text(encoding="utf-8").startswith("# ")


@each
def test_no_line_is_wider_than_its_pane_but_for_sentences(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    if path.with_suffix(".jsonc").exists():
        lines += path.with_suffix(".jsonc").read_text(encoding="utf-8").splitlines()

    assert [one for one in lines if len(one) > 80 and not one.strip().startswith(("# ", "// "))] == []


@each
def test_the_variables_are_those_that_the_operations_declare(path: Path) -> None:
    declared = {one.variable.name.value for op in operations(path) for one in op.variable_definitions or ()}

    assert set(variables(path)) == declared


@each
def test_the_variables_have_the_types_that_the_schema_asks_for(path: Path, schema: GraphQLSchema) -> None:
    for operation in operations(path):
        read = get_variable_values(schema, operation.variable_definitions or (), variables(path))

        assert not isinstance(read, list), [problem.message for problem in read]


@each
def test_every_change_asks_for_the_errors_that_the_page_puts_into_words(path: Path) -> None:
    changes = [one for one in operations(path) if one.operation is OperationType.MUTATION]

    for change in changes:
        [field] = change.selection_set.selections
        assert isinstance(field, FieldNode)
        assert field.selection_set is not None
        asked = {one.name.value: one for one in field.selection_set.selections if isinstance(one, FieldNode)}
        errors = asked["errors"].selection_set
        assert errors is not None
        assert {"message", "code", "path"} <= {
            one.name.value for one in errors.selections if isinstance(one, FieldNode)
        }
