"""The recorded triggers: whether the original took an event, and whether we do."""

import json
from pathlib import Path
from typing import Any

import pytest

from mappings import TriggerError, compile_trigger, original

REFUSED = "refused"

# What the original cannot read and this does, such as `properties.x[0]`: the outcome of each such case here.
BEYOND: dict[str, bool | str] = {
    "fql-m206": False,
}

# Where the original does something odd, we do something better: the outcome of each such case here.
BETTER: dict[str, bool | str] = {
    "fql-m032": True,
    "fql-m034": False,
    "fql-m042": True,
    "fql-m044": True,
    "fql-m045": False,
    "fql-m046": False,
    "fql-m048": True,
    "fql-m088": False,
    "fql-m090": True,
    "fql-m091": False,
    "fql-m108": False,
    "fql-m109": True,
    "fql-m112": True,
    "fql-m119": False,
    "fql-m166": True,
    "fql-m167": True,
    "fql-m168": True,
    "fql-m182": False,
    "fql-m183": True,
    "fql-m185": False,
    "fql-m188": True,
    "fql-m189": True,
    "fql-m208": True,
    "fql-m209": False,
    "fql-m211": True,
    "fql-m215": REFUSED,
    "fql-m219": True,
    "fql-m220": REFUSED,
    "fql-m221": True,
    "fql-m222": False,
    "fql-m223": False,
    "fql-m224": False,
    "fql-m225": REFUSED,
    "fql-m226": REFUSED,
    "fql-m227": REFUSED,
    "fql-m228": REFUSED,
    "fql-m229": REFUSED,
    "fql-m230": True,
    "fql-m231": True,
    "fql-m233": REFUSED,
    "fql-m234": REFUSED,
    "fql-m235": REFUSED,
    "fql-m236": False,
    "fql-m237": True,
    "fql-m238": False,
    "fql-m239": REFUSED,
    "fql-m240": REFUSED,
    "fql-m247": True,
    "fql-m248": False,
    "fql-m249": True,
    "fql-m250": True,
    "fql-m252": True,
    "fql-m255": True,
    "fql-m256": True,
    "fql-m257": False,
    "fql-g009": False,
    "fql-g010": True,
    "fql-g017": True,
    "fql-g021": True,
    "fql-g047": True,
    "fql-g050": True,
    "fql-g052": True,
    "fql-g057": False,
    "fql-g064": True,
    "fql-g071": False,
    "fql-g072": False,
    "fql-g096": False,
    "fql-g105": True,
    "fql-g107": True,
    "fql-g109": False,
}

CASES = json.loads(Path(__file__).with_name("fql.json").read_text(encoding="utf-8"))
PLAIN = [case for case in CASES if "quirk" not in case and case["id"] not in BEYOND]
QUIRKS = [case for case in CASES if "quirk" in case]
READ = [case for case in CASES if case["id"] in BEYOND]


def outcome(case: dict[str, Any]) -> bool | str:
    try:
        return compile_trigger(case["query"]).matches(case.get("event"))
    except TriggerError:
        return REFUSED


@pytest.mark.parametrize("case", PLAIN, ids=lambda case: case["id"])
def test_takes_what_the_original_takes(case: dict[str, Any]) -> None:
    assert outcome(case) == (REFUSED if "parse_error" in case else case["expect"])


@pytest.mark.parametrize("case", QUIRKS, ids=lambda case: f"{case['id']}-{case['quirk']}")
def test_does_better_where_the_original_is_odd(case: dict[str, Any]) -> None:
    assert outcome(case) == BETTER[case["id"]]


@pytest.mark.parametrize("case", READ, ids=lambda case: case["id"])
def test_reads_what_the_original_cannot(case: dict[str, Any]) -> None:
    assert "parse_error" in case
    assert outcome(case) == BEYOND[case["id"]]


def test_every_recorded_case_is_run() -> None:
    assert (len(CASES), len(PLAIN), len(QUIRKS), len(READ)) == (368, 297, 70, 1)
    assert {case["id"] for case in QUIRKS} == BETTER.keys()
    assert {case["id"] for case in READ} == BEYOND.keys()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_the_reading_of_the_original_takes_what_it_took(case: dict[str, Any]) -> None:
    taken = original.trigger_matches(case["query"], case.get("event"))

    assert taken is case.get("expect", False)
