"""The recorded messages of the original's mapping validator."""

import json
from pathlib import Path
from typing import Any

import pytest

from mappings import validate_fields

CASES = json.loads(Path(__file__).with_name("mapping_invalid.json").read_text(encoding="utf-8"))

# Where the original names the wrong place.
BETTER = {"inv-029": ["/@merge/objects/0 should be a object or a mapping directive but it is a number."]}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_says_what_the_original_says(case: dict[str, Any]) -> None:
    messages = [problem.message for problem in validate_fields(case["mapping"])]

    assert messages == BETTER.get(case["id"], case["errors"])


def test_every_recorded_case_is_run() -> None:
    assert len(CASES) == 67
    assert {case["id"] for case in CASES if "quirk" in case} == BETTER.keys()
