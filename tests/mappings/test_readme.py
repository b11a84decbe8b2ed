from pathlib import Path

from sybil import Document
from sybil.parsers.markdown import PythonCodeBlockParser

README = Path(__file__).parents[2] / "mappings" / "README.md"


def test_every_example_of_the_readme_does_what_it_says() -> None:
    document = Document.parse(str(README), PythonCodeBlockParser())

    examples = list(document.examples())
    for example in examples:
        example.evaluate()

    assert len(examples) == README.read_text(encoding="utf-8").count(">>> ")
