"""The names that others rely on, and the borders between the packages."""

import re
from pathlib import Path

import mappings
from destinations import kit
from destinations.kit.registry import installed

ROOT = Path(__file__).parent.parent


def test_mappings_exports_a_handful_of_names() -> None:
    assert {"UNDEFINED", "Template", "compile_fields", "compile_trigger", "validate_fields"} <= set(
        mappings.__all__
    )
    assert [name for name in mappings.__all__ if not hasattr(mappings, name)] == []


def test_the_kit_exports_what_it_lists() -> None:
    assert len(set(kit.__all__)) == len(kit.__all__)
    assert [name for name in kit.__all__ if not hasattr(kit, name)] == []


def test_the_built_in_destination_is_found_by_entry_point() -> None:
    assert list(installed()) == ["twilio-engage"]


def test_no_module_of_the_gateway_names_a_provider() -> None:
    files = [
        path
        for path in (ROOT / "gateway").rglob("*")
        if path.suffix in {".py", ".html", ".js", ".jsx", ".css", ".lua", ".json"}
        and not {"node_modules", "static", "__pycache__"} & set(path.parts)
    ]

    naming = [
        str(path.relative_to(ROOT)) for path in files if re.search("twilio", path.read_text(), re.IGNORECASE)
    ]

    assert len(files) > 50
    assert naming == []
