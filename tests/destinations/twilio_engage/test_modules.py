"""destinations/README.md lists every module of the destination, in the words of the module itself."""

import ast
import re
from pathlib import Path

import destinations.twilio_engage

FOLDER = Path(destinations.twilio_engage.__path__[0])
README = FOLDER.parent / "README.md"
HEADING = "## The modules of Twilio Engage"


def said(path: Path) -> str:
    """The first sentence that a module says of itself, or its first line where that goes on."""
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return text.split("\n", 1)[0]


def test_the_readme_lists_every_module_as_it_says_what_it_is() -> None:
    folders = (FOLDER, FOLDER / "review", FOLDER / "predecessors")
    paths = [path for folder in folders for path in folder.glob("*.py")]
    modules = {
        path.relative_to(FOLDER).with_suffix("").as_posix(): said(path)
        for path in paths
        if path.name != "__init__.py"
    }

    section = README.read_text(encoding="utf-8").split(HEADING, 1)[1].split("\n## ", 1)[0]
    listed = dict(re.findall(r"^\| `([a-z_/]+)` \| (.+) \|$", section, flags=re.MULTILINE))

    assert listed == modules
