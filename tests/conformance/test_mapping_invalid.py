"""The recorded messages of the original's mapping validator."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mappings import validate_fields

CASES = json.loads(Path(__file__).with_name("mapping_invalid.json").read_text(encoding="utf-8"))

# Directives that do not exist yet: the cases that use one are left out, and counted below.
LATER = frozenset(
    {"@case", "@excludeWhenNull", "@flatten", "@json", "@liquid", "@merge", "@replace", "@transform"}
)


def directives(mapping: object) -> Iterator[str]:
    if isinstance(mapping, dict):
        yield from (key for key in mapping if key.startswith("@"))
    if isinstance(mapping, dict | list):
        for value in mapping.values() if isinstance(mapping, dict) else mapping:
            yield from directives(value)


RUN = [case for case in CASES if not LATER.intersection(directives(case["mapping"]))]


@pytest.mark.parametrize("case", RUN, ids=lambda case: case["id"])
def test_says_what_the_original_says(case: dict[str, Any]) -> None:
    assert [problem.message for problem in validate_fields(case["mapping"])] == case["errors"]


def test_every_recorded_case_is_run_or_waits_for_a_named_directive() -> None:
    assert (len(CASES), len(RUN)) == (67, 29)


@pytest.mark.parametrize("directive", sorted(LATER))
def test_a_directive_that_does_not_exist_is_refused(directive: str) -> None:
    problems = validate_fields({"body": {directive: {}}})

    assert [problem.message for problem in problems] == [f"/body has an invalid directive: {directive}."]
