"""The README's destination is built from its text alone, and run."""

import re
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

import destinations
from destinations import kit
from destinations.kit import registry

README = Path(destinations.__file__).parent / "README.md"


@pytest.fixture
def readme(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """What the README's Python blocks define, its destination installed."""
    written: dict[str, Any] = {}
    for block in re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL):
        exec(compile(block, README, "exec"), written)

    class Installed(EntryPoint):
        def load(self) -> Any:
            return written["definition"]

    entry = Installed("postcards", "postcards:definition", registry.GROUP)
    monkeypatch.setattr(registry, "entry_points", lambda group: [entry])
    registry.installed.cache_clear()
    yield written
    registry.installed.cache_clear()


async def test_the_readmes_destination_sends(readme: dict[str, Any]) -> None:
    assert await readme["try_it"]() == kit.Accepted("card-1")


def test_the_readmes_fields_are_its_catalogue(readme: dict[str, Any]) -> None:
    action = readme["definition"].action("sendCard")

    assert [field.key for field in kit.fields_of(action.payload)] == ["to", "text"]
    assert kit.default_fields(action.payload) == {"to": {"@path": "$.userId"}}
