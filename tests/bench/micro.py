"""Microseconds per operation of the mapping language, as one JSON object on the last line.

The cases are named as in peer/micro.js, so that the two can be run turn by turn and compared: see beside_peer.py.
`liquid_parse_render` finds its template read already, which is what our cache is for.
"""

import argparse
import json
import statistics
from collections.abc import Callable, Mapping
from itertools import repeat
from pathlib import Path
from time import perf_counter
from typing import Any

from destinations.kit.payload import payload_of
from destinations.twilio_engage import definition
from mappings import Template, TriggerIndex, compile_fields, compile_trigger

FIXTURES = Path(__file__).with_name("fixtures.json")
SLICES = 5
SIZES = (1, 10, 100, 1000)

Case = tuple[Callable[[Any], object], Any]


def cases(fixtures: Mapping[str, Any]) -> dict[str, Case]:
    """What is measured, by name: a function and its argument, so that nothing stands between the loop and the two."""
    event, queries, template = fixtures["event"], fixtures["fql"], fixtures["template"]
    scope = {"profile": {"user_id": event["userId"], "phone": "+12345678901", "traits": event["properties"]}}
    found: dict[str, Case] = {}
    for name in ("map_a", "map_b"):
        fields = fixtures[f"mapping_{name[-1]}"]
        found[name] = (compile_fields(fields), event)
        found[f"compile_{name}"] = (compile_fields, fields)
    found["map_a_validated"] = (_validated(fixtures["mapping_a"], fixtures["settings"]), event)
    for name, query in queries.items():
        trigger = compile_trigger(query)
        if not trigger.matches(event):
            raise ValueError(f"the {name} trigger should match")
        found[f"fql_parse_{name}"] = (compile_trigger, query)
        found[f"fql_eval_{name}"] = (trigger.matches, event)
    for size in SIZES:
        found[f"dispatch_preparsed_{size}"] = (_index(size, queries["simple"]).matching, event)
    found["liquid_parse_render"] = (lambda scope: Template(template).render(scope), scope)
    found["liquid_render"] = (Template(template).render, scope)
    return found


def measure(case: Case, milliseconds: float, warm: float) -> float:
    """Microseconds per call: the median of five slices, after a first one that warms up."""
    function, argument = case
    rough = _slice(function, argument, 1, warm)
    calls = max(1, min(5000, round(1000 / rough)))
    return statistics.median(_slice(function, argument, calls, milliseconds / SLICES) for _ in range(SLICES))


def _validated(fields: Mapping[str, Any], original: Mapping[str, Any]) -> Callable[[Any], object]:
    """A delivery's way from an event to the payload of its action."""
    apply, model = compile_fields(fields), definition.action("sendSms").payload
    settings = definition.settings.model_validate(definition.translate_settings(original))
    return lambda event: payload_of(model, apply(event), settings)


def _index(size: int, matching: str) -> TriggerIndex[int]:
    """`size` triggers of which the last alone matches."""
    index: TriggerIndex[int] = TriggerIndex()
    for number in range(size - 1):
        index.add(number, compile_trigger(f'type = "track" and event = "Event {number}"'))
    index.add(size - 1, compile_trigger(matching))
    return index


def _slice(function: Callable[[Any], object], argument: Any, calls: int, milliseconds: float) -> float:
    done = 0
    start = now = perf_counter()
    end = start + milliseconds / 1000
    while now < end:
        for _ in repeat(None, calls):  # as timeit does it: counting would cost a tenth of what a trigger does
            function(argument)
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
