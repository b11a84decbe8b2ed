"""Finds everything that is wrong with a mapping, each with its path, without applying it to anything."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol

from mappings.errors import Problem
from mappings.values import is_json, kind_of

DEEPEST = 50
"""Mappings nested deeper than this are refused."""

MOST_VALUES = 2_000
"""Mappings of more values than this (every key's value and list item counts) are refused."""

METADATA = "_metadata"
"""The one key that may stand beside a directive; editors keep notes there, and it means nothing."""


class Checkable(Protocol):
    """The part of a directive that is used here."""

    def check(self, value: object, path: str, checker: "Checker") -> None:
        """Report to `checker` what is wrong with `value`, the directive's value, which stands at `path`."""


def directive_in(value: object) -> str | None:
    """The key of `value` that names a directive, or None when `value` is anything but a directive."""
    if isinstance(value, dict):
        return next((key for key in value if isinstance(key, str) and key.startswith("@")), None)
    return None


def below(path: str, key: str) -> str:
    """The path of what `key` holds in the object at `path`; the whole mapping is at `/`."""
    return f"{path.rstrip('/')}/{key}"


class Checker:
    """Walks a mapping and collects `problems`. Directives call its methods for the values inside them.

    The recorded checks of the original do not look inside lists. With `lists` those are checked too.
    """

    def __init__(self, directives: Mapping[str, Checkable], *, lists: bool) -> None:
        self.problems: list[Problem] = []
        self._directives = directives
        self._lists = lists
        self._list_depth = 0
        self._depth = 0
        self._values = 0

    def report(self, path: str, says: str) -> None:
        """Add a problem whose message is `says` after the path."""
        self._add(path, f"{path} {says}")

    def value(self, value: object, path: str) -> None:
        """Check a value that may be anything: a constant, an object or list of values, or a directive."""
        self._values += 1
        if self._values == MOST_VALUES + 1:
            self.problems.append(
                Problem("/", f"/ should have no more than {MOST_VALUES} values but it has more.")
            )
        if self._values > MOST_VALUES:
            return
        with self._deeper():
            if self._depth > DEEPEST:
                self.problems.append(Problem(path, f"{path} is nested deeper than {DEEPEST} levels."))
            elif isinstance(value, dict):
                self._object(value, path)
            elif isinstance(value, list):
                self._list(value, path)
            elif not is_json(value):
                self.report(path, f"should be a JSON value but it is {self._kind(value)}.")

    def text_or_directive(self, value: object, path: str) -> None:
        """Check a value that must be text or a directive that gives it."""
        if directive_in(value) is not None:
            self.value(value, path)
        elif not isinstance(value, str):
            self.report(path, f"should be a string or a mapping directive but it is {self._kind(value)}.")

    def is_object(self, value: object, path: str) -> bool:
        """Report a value that is not an object, or is a directive; return whether all is well."""
        well = isinstance(value, dict) and directive_in(value) is None
        if not well:
            self.report(path, f"should be an object but it is {self._kind(value)}.")
        return well

    def is_array(self, value: object, path: str) -> bool:
        """Report a value that is not a list; return whether all is well."""
        well = isinstance(value, list)
        if not well:
            self.report(path, f"should be an array but it is {self._kind(value)}.")
        return well

    def _object(self, value: dict[object, object], path: str) -> None:
        for key in value:
            if not isinstance(key, str):
                self.report(path, f"should have text as its keys but one is {self._kind(key)}.")
                return
        directive = directive_in(value)
        if directive is not None:
            self._directive(directive, value, path)
            return
        for name, child in value.items():
            self.value(child, below(path, str(name)))

    def _directive(self, directive: str, value: dict[object, object], path: str) -> None:
        if len(value.keys() - {METADATA}) > 1:
            self.report(path, f"should only have one @-prefixed key but it has {len(value)} keys.")
        elif directive in self._directives:
            self._directives[directive].check(value[directive], below(path, directive), self)
        elif self._list_depth:
            self._add(path, f"{directive} is not a valid directive, got undefined")
        else:
            self.report(path, f"has an invalid directive: {directive}.")

    def _list(self, items: list[object], path: str) -> None:
        self._list_depth += 1
        for index, item in enumerate(items):
            self.value(item, below(path, str(index)))
        self._list_depth -= 1

    def _add(self, path: str, message: str) -> None:
        if self._lists or not self._list_depth:
            self.problems.append(Problem(path, message))

    @contextmanager
    def _deeper(self) -> Iterator[None]:
        self._depth += 1
        yield
        self._depth -= 1

    @staticmethod
    def _kind(value: object) -> str:
        kind = "directive" if directive_in(value) is not None else kind_of(value)
        return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"
