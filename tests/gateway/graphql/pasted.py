"""What somebody does who pastes a remedy as it stands."""

import re
from collections.abc import Iterator

import pytest


def operations(text: str) -> Iterator[str]:
    """Each operation in a text, from its first word to the brace that closes it."""
    for found in re.finditer(r"\b(?:mutation|query) [{(]", text):
        depth = 0
        for place, letter in enumerate(text[found.start() :], start=found.start()):
            depth += {"{": 1, "}": -1}.get(letter, 0)
            if letter == "}" and depth == 0:
                yield text[found.start() : place + 1]
                break
        else:
            pytest.fail(f"An operation is not closed: {text}")
