"""Writes the Python of one mapping: what `compile_fields` runs.

A mapping is turned into one function of the payload (and one more per shape of an `@arrayPath` and mapping of a
`@transform`). A field costs the few lines it needs and nothing else: no directive is looked up, no path parsed and no
constant copied while events flow.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Protocol

from mappings import paths
from mappings.bounds import MOST_WORK, spend
from mappings.check import directive_in
from mappings.errors import MappingError
from mappings.source import Source
from mappings.values import UNDEFINED, kind_of
from mappings.written import all_written

_INLINE_KEYS = 8
_INLINE_LINES = 500


@dataclass(frozen=True, slots=True)
class Result:
    """Where a piece of the mapping has left its value: an expression, and whether it can be UNDEFINED.

    With `holes` it can be an object some of whose values are UNDEFINED; see Writer.holes.
    """

    code: str
    optional: bool
    holes: bool = False


NOTHING: Final = Result("UNDEFINED", optional=True)
"""What is never there."""


class Emittable(Protocol):
    """The part of a directive that is used here."""

    def emit(self, value: Any, writer: "Writer") -> Result:
        """Write the lines that work out the directive whose (checked) value is `value`."""


class Writer:
    """One function under construction: `payload` is its argument; what is left of its `work` is counted down."""

    def __init__(
        self,
        directives: Mapping[str, Emittable],
        source: Source | None = None,
        *,
        payload_optional: bool = False,
        payload_made: bool = False,
    ) -> None:
        self.source = source or Source(
            UNDEFINED=UNDEFINED,
            getter=paths.getter,
            step=paths.step,
            require_object=require_object,
            spend=spend,
            MOST_WORK=MOST_WORK,
        )
        self.payload_made = payload_made
        """Whether the payload may hold what the mapping itself wrote: that of a `@transform` may."""
        self.holes = False
        """Whether what is written now may be an object that keeps UNDEFINED where a path leads nowhere: `@merge` has
        to see it. A directive that hands a value through passes this on.
        """
        self._directives = directives
        self._payload_optional = payload_optional
        self._lines: list[str | _Step] = []
        self._variables = 0
        self._read: dict[paths.Keys, str] = {}
        self._reads = Counter[str]()
        self._indent = 1

    @property
    def at_length(self) -> bool:
        """Whether so much is written already that more is better left to a call: Python takes its time to compile."""
        return self.source.lines > _INLINE_LINES

    def line(self, code: str) -> None:
        """Write one line."""
        self._lines.append(f"{' ' * self._indent}{code}")
        self.source.lines += 1

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

    def value(self, raw: object, *, holes: bool = False) -> Result:
        """Write the lines for any part of a mapping."""
        around, self.holes = self.holes, holes
        directive = directive_in(raw)
        if directive is not None and isinstance(raw, dict):
            result = self._directives[directive].emit(raw[directive], self)
        elif isinstance(raw, dict):
            result = self._object(raw)
        elif isinstance(raw, list):
            items = [self.value(item) for item in raw]
            result = Result(f"[{', '.join(map(_or_null, items))}]", optional=False)
        else:
            result = self.constant(raw)
        self.holes = around
        return result

    def constant(self, value: object) -> Result:
        """A value that is the same for every event, whose texts the mapping wrote."""
        return Result(self.source.literal(all_written(value)), optional=False)

    def path(self, keys: paths.Keys) -> Result:
        """Write the lines that follow `keys` from the payload. What was read before is not read again."""
        if len(keys) > _INLINE_KEYS or self.at_length:
            return self.call(paths.get, "payload", self.source.bind(keys), optional=True)
        value = "payload"
        for length, key in enumerate(keys, start=1):
            known = self._read.get(keys[:length])
            if known is None:
                known = self._read[keys[:length]] = self.variable()
                self._reads[value] += 1
                self._lines.append(_Step(known, value, key, self._indent))
                self.source.lines += 1
            value = known
        return Result(value, optional=bool(keys) or self._payload_optional)

    def item_function(self, raw: object) -> str:
        """Write a function of its own for the items of a list, each of which becomes `raw`; return its name."""
        writer = Writer(self._directives, self.source, payload_made=self.payload_made)
        name = self.source.bind(None)
        writer.close(f"{name}(payload, work)", _or_null(writer.value(raw)))
        return name

    def applied(self, raw: object, payload: Result) -> Result:
        """Write a function of its own for `raw`, and its call with `payload` as its payload."""
        writer = Writer(self._directives, self.source, payload_optional=payload.optional, payload_made=True)
        name = self.source.bind(None)
        inside = writer.value(raw, holes=self.holes)
        writer.close(f"{name}(payload, work)", inside.code)
        result = self.variable()
        self.line(f"{result} = {name}({payload.code}, work)")
        return Result(result, inside.optional, inside.holes)

    def finish(self, name: str, raw: object, *, checked: bool = False) -> None:
        """Complete the function: it works out `raw`; with `checked` it refuses a payload that is no object."""
        if checked:
            with self.block("if payload.__class__ is not dict:"):
                self.line("require_object(payload)")
        self.line("work = [MOST_WORK]")
        self.close(f"{name}(payload)", self.value(raw).code)

    def close(self, signature: str, code: str) -> None:
        """Complete the function: it returns what the expression `code` gives."""
        lines = [f"def {signature}:", f" {self._getter('payload')}"]
        for line in self._lines:
            if isinstance(line, str):
                lines.append(line)
                continue
            margin = " " * line.indent
            lines.append(f"{margin}{line.name} = {self._step(line)}")
            if self._reads[line.name] > 1:
                lines.append(f"{margin}{self._getter(line.name)}")
        self.source.add("\n".join([*lines, f" return {code}"]))

    def _object(self, raw: dict[str, object]) -> Result:
        holes = self.holes
        fields = [(self.source.literal(key), self.value(value)) for key, value in raw.items()]
        sure = next((i for i, (_, field) in enumerate(fields) if field.optional), len(fields))
        if holes or sure == len(fields):
            whole = ", ".join(f"{key}: {field.code}" for key, field in fields)
            return Result(f"{{{whole}}}", optional=False, holes=sure < len(fields))
        start = "{" + ", ".join(f"{key}: {field.code}" for key, field in fields[:sure]) + "}"
        result = self.variable()
        self.line(f"{result} = {start}")
        for key, field in fields[sure:]:
            unless_missing = f"if {field.code} is not UNDEFINED: " if field.optional else ""
            self.line(f"{unless_missing}{result}[{key}] = {field.code}")
        return Result(result, optional=False)

    def _step(self, step: "_Step") -> str:
        """An expression for a step of a path. What is read more than once has a function that reads it."""
        key = self.source.literal(step.key)
        if step.value == "payload" or self._reads[step.value] > 1:
            return f"get_{step.value}({key}, UNDEFINED)"
        of_object = f"{step.value}.get({key}, UNDEFINED) if {step.value}.__class__ is dict else step({step.value}, {key})"
        index = paths.index_of(step.key)
        if index is None:
            return of_object
        of_list = f"{step.value}[{index}] if {index} < len({step.value}) else UNDEFINED"
        return f"({of_list}) if {step.value}.__class__ is list else {of_object}"

    @staticmethod
    def _getter(value: str) -> str:
        return f"get_{value} = {value}.get if {value}.__class__ is dict else getter({value})"


@dataclass(frozen=True, slots=True)
class _Step:
    """A line that reads `key` of `value` into a variable."""

    name: str
    value: str
    key: str
    indent: int


def require_object(payload: object) -> None:
    """Raise MappingError unless `payload` is an object."""
    if not isinstance(payload, dict):
        raise MappingError(f"data must be an object, got {kind_of(payload)}")


def _or_null(item: Result) -> str:
    return f"None if {item.code} is UNDEFINED else {item.code}" if item.optional else item.code
