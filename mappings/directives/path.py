"""`@path`: the value that a path leads to, or nothing when there is none. `{"@path": "$.properties.plan"}`"""

from typing import Any

from mappings import event_paths, paths
from mappings.bounds import ITEM, Work, spend
from mappings.check import Checker
from mappings.errors import MappingError
from mappings.values import kind_of
from mappings.writer import Result, Writer

name = "@path"


def check(value: object, path: str, checker: Checker) -> None:
    """The value is a path, or a directive that gives one."""
    checker.text_or_directive(value, path)
    doubt(value, path, checker)


def doubt(value: object, path: str, checker: Checker) -> None:
    """Say so of a path that leads nowhere, whatever comes."""
    said = event_paths.path_doubt(value, of_event=checker.of_event) if isinstance(value, str) else None
    if said is not None:
        checker.doubt(path, said)


def emit(value: Any, writer: Writer) -> Result:
    """A known path is followed by lines of its own; one that an event gives is parsed for that event."""
    if isinstance(value, str):
        return writer.path(paths.parse(value))
    return writer.call(follow, "payload", writer.value(value).code, "work", optional=True)


def follow(payload: object, path: object, work: Work) -> object:
    """What `path` leads to from `payload`; raises MappingError for a path that is not text."""
    if not isinstance(path, str):
        raise MappingError(f"{name}: expected string, got {kind_of(path)}")
    spend(work, ITEM * len(path))
    return paths.get(payload, paths.parse(path))
