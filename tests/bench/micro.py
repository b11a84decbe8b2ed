"""Microseconds per operation of the mapping language, as one JSON object on the last line.

The cases are named as the published Node packages' own measurement names them, so that the two can be run turn by
turn and compared. `liquid_parse_render` finds its template read already, which is what our cache is for.
"""

import argparse
import json
import statistics
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

from mappings import Template, TriggerIndex, compile_fields, compile_trigger

FIXTURES = Path(__file__).with_name("fixtures.json")
SLICES = 5


def cases(fixtures: dict[str, Any]) -> dict[str, Callable[[], object]]:
    """What is measured, by name; each is called without arguments."""
    event, queries, template = fixtures["event"], fixtures["fql"], fixtures["template"]
    scope = {"profile": {"user_id": event["userId"], "phone": "+12345678901", "traits": event["properties"]}}
    found: dict[str, Callable[[], object]] = {}
    for name in ("map_a", "map_b"):
        fields = fixtures[f"mapping_{name[-1]}"]
        found[name] = partial(compile_fields(fields), event)
        found[f"compile_{name}"] = partial(compile_fields, fields)
    for name, query in queries.items():
        trigger = compile_trigger(query)
        if not trigger.matches(event):
            raise ValueError(f"the {name} trigger should match")
        found[f"fql_parse_{name}"] = partial(compile_trigger, query)
        found[f"fql_eval_{name}"] = partial(trigger.matches, event)
    for size in (1, 10, 100, 1000):
        found[f"dispatch_preparsed_{size}"] = partial(_index(size, queries["simple"]).matching, event)
    found["liquid_parse_render"] = lambda: Template(template).render(scope)
    found["liquid_render"] = partial(Template(template).render, scope)
    return found


def measure(case: Callable[[], object], milliseconds: float, warm: float) -> float:
    """Microseconds per call: the median of five slices, after a first one that warms up."""
    rough = _slice(case, 1, warm)
    calls = max(1, min(5000, round(1000 / rough)))
    return statistics.median(_slice(case, calls, milliseconds / SLICES) for _ in range(SLICES))


def _index(size: int, matching: str) -> TriggerIndex[int]:
    """`size` triggers of which the last alone matches."""
    index: TriggerIndex[int] = TriggerIndex()
    for number in range(size - 1):
        index.add(number, compile_trigger(f'type = "track" and event = "Event {number}"'))
    index.add(size - 1, compile_trigger(matching))
    return index


def _slice(case: Callable[[], object], calls: int, milliseconds: float) -> float:
    done = 0
    start = now = perf_counter()
    end = start + milliseconds / 1000
    while now < end:
        for _ in range(calls):
            case()
        done += calls
        now = perf_counter()
    return (now - start) * 1e6 / done


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--ms", type=float, default=300, help="milliseconds to measure each case for")
    arguments.add_argument(
        "--warm", type=float, default=100, help="milliseconds to run each case before that"
    )
    given = arguments.parse_args()
    fixtures = json.loads(FIXTURES.read_text(encoding="utf-8"))
    measured = {name: measure(case, given.ms, given.warm) for name, case in cases(fixtures).items()}
    print(json.dumps(measured))  # noqa: T201 - the measurement is read from the last line of the output


if __name__ == "__main__":
    main()
