"""`@literal`: the value as it stands; directives inside it are worked out. `{"@literal": "{{ as it is }}"}`"""

from typing import Any

from mappings.check import Checker
from mappings.writer import Result, Writer

name = "@literal"


def check(value: object, path: str, checker: Checker) -> None:
    """The value may be anything."""
    checker.unseen(value, path)


def emit(value: Any, writer: Writer) -> Result:
    """As if the directive were not there."""
    return writer.value(value, holes=writer.holes)
