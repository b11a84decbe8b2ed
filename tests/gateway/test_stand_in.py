"""What is printed by a stand-in can be pasted."""

import io
import re
from pathlib import Path

from graphql import build_schema, parse, validate
from rich.console import Console

from destinations.kit.registry import installed
from gateway.graphql.schema import sdl
from gateway.stand_in import introduce

ROOT = Path(__file__).parents[2]


def printed() -> str:
    console = Console(file=io.StringIO(), width=80)
    introduce(console, installed()["twilio-engage"], "127.0.0.1:4011")
    out = console.file
    assert isinstance(out, io.StringIO)
    return out.getvalue()


def test_the_mutation_that_is_printed_fits_the_schema() -> None:
    said = printed()

    mutation = said[said.index("mutation {") : said.index("\n\n3.")]

    assert validate(build_schema(sdl()), parse(mutation)) == []
    assert 'twilioHostname: "127.0.0.1:4011"' in mutation


def test_the_set_is_complete() -> None:
    said = printed()

    for value in (
        "AC00000000000000000000000000000051",
        "SK00000000000000000000000000000051",
        "simulator-main-key",
        "51" * 16,
        "+12025550100",
        "whatsapp:+12025550100",
        "MG00000000000000000000000000000051",
        "HX00000000000000000000000000000051",
        "http://127.0.0.1:4011/",
        "HELIOGRAPH_ALLOWED_HOSTS=127.0.0.1:4011 HELIOGRAPH_PUBLIC_URL=http://127.0.0.1:8080 make run",
    ):
        assert value in said


def test_the_way_on_is_a_page_with_what_it_names() -> None:
    [named] = re.findall(r"Verify, connect and map it, as (\S+) shows", printed())

    page = (ROOT / named).read_text("utf-8")
    assert [
        name for name in ("destinationVerify", "sourceConnect", "mappingCreate") if name not in page
    ] == []


def test_a_line_that_is_pasted_is_one_line_however_narrow_the_terminal() -> None:
    [line] = [line for line in printed().splitlines() if line.startswith("HELIOGRAPH_ALLOWED_HOSTS")]

    assert line.endswith("make run")
