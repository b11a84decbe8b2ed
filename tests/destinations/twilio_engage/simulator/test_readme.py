"""The README of the simulator: its tables name all that there is, and its examples are taken."""

import json
import re
from pathlib import Path
from typing import Any, get_args

import pytest
from starlette.routing import Route

from destinations.twilio_engage import simulator as package
from destinations.twilio_engage.simulator import Simulator
from destinations.twilio_engage.simulator.control import PREFIX, Knobs
from destinations.twilio_engage.simulator.faults import Fault
from destinations.twilio_engage.simulator.ways import Way

README = Path(package.__file__).with_name("README.md").read_text("utf-8")
TABLES = [
    re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)
    for section in re.split(r"^## ", README, flags=re.MULTILINE)
]
EXAMPLES = re.findall(r"```json\n(.+?)\n```", README, re.DOTALL)


def test_it_names_every_command_every_action_and_every_knob(simulator: Simulator) -> None:
    commands = {
        route.path.removeprefix(f"{PREFIX}/")
        for route in simulator.app.routes
        if isinstance(route, Route) and route.path.startswith(PREFIX) and "POST" in (route.methods or ())
    }
    actions = {get_args(one.model_fields["action"].annotation)[0] for one in get_args(Fault)}

    assert [set(table) for table in TABLES if table] == [commands, actions, set(Knobs.model_fields)]


@pytest.mark.parametrize("way", Way)
def test_it_names_every_way_of_a_callback(way: Way) -> None:
    assert f"`{way}`" in README


async def test_its_examples_are_taken(twilio: Any) -> None:
    steps = [step for one in map(json.loads, EXAMPLES) for step in (one if isinstance(one, list) else [one])]

    answers = [await twilio.control(name, **given) for step in steps for name, given in step.items()]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
