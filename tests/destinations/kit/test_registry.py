from collections.abc import Iterator
from importlib.metadata import EntryPoint

import pytest

from destinations.kit import registry
from destinations.twilio_engage import definition


@pytest.fixture(autouse=True)
def fresh_registry() -> Iterator[None]:
    registry.installed.cache_clear()
    yield
    registry.installed.cache_clear()


def test_finds_the_built_in_destination_by_its_entry_point() -> None:
    assert registry.installed()["twilio-engage"] is definition


def test_an_entry_point_that_names_something_else_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = EntryPoint("wrong", "json:dumps", registry.GROUP)
    monkeypatch.setattr(registry, "entry_points", lambda group: [wrong])

    with pytest.raises(TypeError, match=r"'wrong' of heliograph.destinations names json:dumps"):
        registry.installed()
