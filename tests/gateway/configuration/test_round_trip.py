"""What is exported and applied again is the same, to the byte; what is applied twice changes nothing."""

from pathlib import Path

from tests.gateway.configuration.conftest import MADE, Gateway, contents, written
from tests.gateway.configuration.everything import EVERYTHING


async def test_an_export_applied_to_an_empty_gateway_is_exported_as_the_same_bytes(
    gateway: Gateway, tmp_path: Path
) -> None:
    everything = written(tmp_path / "everything", EVERYTHING)
    await gateway.apply(everything)
    first = await gateway.export(tmp_path / "first")
    await gateway.clear(tmp_path)
    assert await gateway.counts() == (0, 0, 0)
    await gateway.apply(tmp_path / "first")
    second = await gateway.export(tmp_path / "second")

    assert await gateway.counts() == (2, 2, 3)
    assert second == first
    assert await gateway.plan(tmp_path / "first") == []
    assert await gateway.plan(everything) == []


async def test_what_is_applied_twice_changes_nothing(gateway: Gateway, small: Path) -> None:
    assert await gateway.plan(small) == MADE

    await gateway.apply(small)
    again = await gateway.apply(small)

    assert await gateway.plan(small) == []
    assert "Nothing is to be done. Unchanged: 3." in again
    assert await gateway.counts() == (1, 1, 1)
    assert list(gateway.secrets) == ["write key of source Shop"]
    assert contents(small)
