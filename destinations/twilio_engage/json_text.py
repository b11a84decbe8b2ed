"""JSON without spaces, numbers in JavaScript's form (7 for 7.0), characters as they are: what `Tags` was recorded with."""

import json
from typing import Any

from mappings.text import number_text


def json_text(value: Any) -> str:
    """The JSON text of a value that came from JSON."""
    match value:
        case None | bool() | str():
            return json.dumps(value, ensure_ascii=False)
        case int() | float():
            return number_text(value)
        case dict():
            pairs = (f"{json_text(str(key))}:{json_text(inner)}" for key, inner in value.items())
            return "{" + ",".join(pairs) + "}"
        case list() | tuple():
            return "[" + ",".join(map(json_text, value)) + "]"
    return "null"
