"""What the engine's design rests on, held by the source itself."""

from pathlib import Path

import gateway

ROOT = Path(gateway.__file__).parent


def callers(call: str) -> list[str]:
    """The modules of the gateway whose source has that call."""
    return sorted(
        str(path.relative_to(ROOT)) for path in ROOT.rglob("*.py") if call in path.read_text("utf-8")
    )


def test_a_delivery_changes_in_one_place_alone() -> None:
    assert callers("deliveries.change(") == ["pipeline/settle.py"]
