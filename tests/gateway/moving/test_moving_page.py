"""docs/moving-from-segment.md: its GraphQL is of the schema, its options are those of the command, its variables are read."""

import re
import subprocess
import sys
from pathlib import Path

from graphql import parse, validate

from gateway.graphql.schema import build_schema
from gateway.segment_command import variable

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "moving-from-segment.md").read_text(encoding="utf-8")


def test_its_graphql_is_what_the_schema_takes() -> None:
    schema = build_schema()._schema
    found = re.findall(r"```graphql\n(.*?)```", PAGE, flags=re.DOTALL)

    assert len(found) == 2
    assert [validate(schema, parse(one)) for one in found] == [[], []]


def test_its_options_are_those_of_the_command() -> None:
    helped = subprocess.run(
        [sys.executable, "-m", "gateway", "import", "segment", "--help"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    options = set(re.findall(r"`(--[a-z-]+)", PAGE))

    assert {"--dry-run", "--secrets", "--yes", "--json", "--url", "--token", "--space"} <= options
    assert [one for one in sorted(options) if one not in helped] == []


def test_the_variable_that_it_names_is_the_one_that_is_read() -> None:
    assert f"`{variable('twilioApiKeySecret')}`" in PAGE


def test_what_it_links_to_is_there() -> None:
    for path, _, heading in re.findall(r"\]\(([^)#]*)(#([^)]*))?\)", PAGE):
        target = ROOT / "docs" / path
        assert target.is_file(), path
        headings = re.findall(r"^#+ (.+)$", target.read_text("utf-8"), flags=re.MULTILINE)
        slugs = {re.sub(r"[^a-z0-9 -]", "", one.lower()).replace(" ", "-") for one in headings}
        assert not heading or heading in slugs, heading
