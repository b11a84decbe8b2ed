"""Writes the Python of one mapping: what `compile_fields` runs.

A mapping is turned into one function of the payload (and one more per shape of an `@arrayPath`). A field costs
the few lines it needs and nothing else: no directive is looked up, no path parsed and no constant copied while
events flow.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from mappings import paths
from mappings.check import directive_in
from mappings.errors import MappingError
from mappings.source import Source
from mappings.values import UNDEFINED, kind_of

_INLINE_KEYS = 8


@dataclass(frozen=True, slots=True)
class Result:
    """Where a piece of the mapping has left its value: an expression, and whether it can be UNDEFINED."""

    code: str
    optional: bool


class Emittable(Protocol):
    """The part of a directive that is used here."""

    def emit(self, value: Any, writer: "Writer") -> Result:
        """Write the lines that work out the directive whose (checked) value is `value`."""


class Writer:
    """One function under construction: `payload` is its argument, `get(key, default)` reads a key of that."""

    def __init__(self, directives: Mapping[str, Emittable], source: Source | None = None) -> None:
        self.source = source or Source(
            UNDEFINED=UNDEFINED, getter=paths.getter, step=paths.step, require_object=require_object
        )
        self._directives = directives
        self._lines: list[str] = []
        self._variables = 0
        self._read: dict[paths.Keys, str] = {}
        self._indent = 1

    def line(self, code: str) -> None:
        """Write one line."""
        self._lines.append(f"{' ' * self._indent}{code}")

    @contextmanager
    def block(self, header: str) -> Iterator[None]:
        """Write `header` and, indented below it, the lines written within."""
        self.line(header)
        self._indent += 1
        written = len(self._lines)
        read_before = dict(self._read)
        yield
        self._read = read_before
        if len(self._lines) == written:
            self.line("pass")
        self._indent -= 1

    def variable(self) -> str:
        """The name of a new variable."""
        self._variables += 1
        return f"v{self._variables}"

    def hold(self, result: Result) -> str:
        """The name of a variable that holds `result`, for code that names it more than once."""
        if result.code.isidentifier():
            return result.code
        held = self.variable()
        self.line(f"{held} = {result.code}")
        return held

    def call(self, function: Callable[..., Any], *arguments: str, optional: bool = False) -> Result:
        """Write a call of `function` with expressions as its arguments."""
        result = self.variable()
        self.line(f"{result} = {self.source.bind(function)}({', '.join(arguments)})")
        return Result(result, optional)

    def value(self, raw: object) -> Result:
        """Write the lines for any part of a mapping."""
        directive = directive_in(raw)
        if directive is not None and isinstance(raw, dict):
            return self._directives[directive].emit(raw[directive], self)
        if isinstance(raw, dict):
            return self._object(raw)
        if isinstance(raw, list):
            items = [self.value(item) for item in raw]
            return Result(f"[{', '.join(map(_or_null, items))}]", optional=False)
        return Result(self.source.literal(raw), optional=False)

    def path(self, keys: paths.Keys) -> Result:
        """Write the lines that follow `keys` from the payload. What was read before is not read again."""
        if len(keys) > _INLINE_KEYS:
            return self.call(paths.get, "payload", self.source.bind(keys), optional=True)
        value = "payload"
        for length, key in enumerate(keys, start=1):
            known = self._read.get(keys[:length])
            if known is None:
                known = self._read[keys[:length]] = self.variable()
                self.line(f"{known} = {self._step(value, key, first=length == 1)}")
            value = known
        return Result(value, optional=bool(keys))

    def item_function(self, raw: object) -> str:
        """Write a function of its own for the items of a list, each of which becomes `raw`; return its name."""
        writer = Writer(self._directives, self.source)
        name = self.source.bind(None)
        writer.close(name, _or_null(writer.value(raw)))
        return name

    def finish(self, name: str, raw: object, *, checked: bool = False) -> None:
        """Complete the function: it works out `raw`; with `checked` it refuses a payload that is no object."""
        if checked:
            with self.block("if payload.__class__ is not dict:"):
                self.line("require_object(payload)")
        self.close(name, self.value(raw).code)

    def close(self, name: str, code: str) -> None:
        """Complete the function: it returns what the expression `code` gives."""
        start = [
            f"def {name}(payload):",
            " get = payload.get if payload.__class__ is dict else getter(payload)",
        ]
        self.source.add("\n".join([*start, *self._lines, f" return {code}"]))

    def _object(self, raw: dict[str, object]) -> Result:
        fields = [(self.source.literal(key), self.value(value)) for key, value in raw.items()]
        sure = next((i for i, (_, field) in enumerate(fields) if field.optional), len(fields))
        start = "{" + ", ".join(f"{key}: {field.code}" for key, field in fields[:sure]) + "}"
        if sure == len(fields):
            return Result(start, optional=False)
        result = self.variable()
        self.line(f"{result} = {start}")
        for key, field in fields[sure:]:
            unless_missing = f"if {field.code} is not UNDEFINED: " if field.optional else ""
            self.line(f"{unless_missing}{result}[{key}] = {field.code}")
        return Result(result, optional=False)

    def _step(self, value: str, key: str, *, first: bool) -> str:
        name = self.source.literal(key)
        if first:
            return f"get({name}, UNDEFINED)"
        index = paths.index_of(key)
        item = (
            f"({value}[{index}] if {index} < len({value}) else UNDEFINED) if {value}.__class__ is list else "
        )
        return (
            ("" if index is None else item)
            + f"{value}.get({name}, UNDEFINED) if {value}.__class__ is dict else "
            + f"{value} if {value} is None or {value} is UNDEFINED else step({value}, {name})"
        )


def require_object(payload: object) -> None:
    """Raise MappingError unless `payload` is an object."""
    if not isinstance(payload, dict):
        raise MappingError(f"data must be an object, got {kind_of(payload)}")


def _or_null(item: Result) -> str:
    return f"None if {item.code} is UNDEFINED else {item.code}" if item.optional else item.code
