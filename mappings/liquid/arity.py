"""How many arguments a filter means nothing without. LiquidJS renders `undefined` or NaN into the text, or fails, for fewer."""

from collections.abc import Mapping
from typing import Final

LEAST: Final[Mapping[str, int]] = {
    **dict.fromkeys(("append", "prepend", "split", "concat", "push", "unshift"), 1),
    **dict.fromkeys(("remove", "remove_first", "remove_last"), 1),
    **dict.fromkeys(("replace", "replace_first", "replace_last"), 1),  # without a second one they remove
    **dict.fromkeys(("plus", "minus", "times", "divided_by", "modulo", "at_least", "at_most"), 1),
    **dict.fromkeys(("default", "map", "where", "reject", "find", "find_index", "has", "group_by"), 1),
    **dict.fromkeys(("where_exp", "reject_exp", "find_exp", "find_index_exp", "has_exp", "group_by_exp"), 2),
}
"""By the filter's name; every other does with none."""
