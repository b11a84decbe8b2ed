"""How much a document may ask for, decided from its text and shape before any rule that could be costly.

Each fragment is measured once, however often it is spread, so the time is linear in the document.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
)


@dataclass(frozen=True, slots=True)
class Limits:
    """The most of each. They leave room for an introspection query and for any page a person would look at."""

    body_bytes: int = 256 * 1024
    body_seconds: float = 10
    query_characters: int = 100_000
    tokens: int = 2_000
    definitions: int = 100
    depth: int = 15
    aliases: int = 30
    directives: int = 30
    root_fields: int = 20
    fields: int = 5_000
    comparisons: int = 5_000
    values: int = 100_000
    seconds: float = 10
    mutation_seconds: float = 40
    """A verification asks the provider, then the owner's receiver: each has its own time, and what it came to is to be told."""
    problems: int = 20


@dataclass(frozen=True, slots=True)
class _Size:
    """Of a selection set with its fragments spread out."""

    depth: int = 0
    aliases: int = 0
    directives: int = 0
    fields: int = 0


class _Measure:
    """Measures selection sets of one document."""

    def __init__(self, document: DocumentNode) -> None:
        self._fragments = {
            definition.name.value: definition
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self._known: dict[str, _Size] = {}

    def of(self, selections: SelectionSetNode | None) -> _Size:
        """The size of a selection set; `fields` are those at its own level."""
        depth = aliases = directives = fields = 0
        for selection in () if selections is None else selections.selections:
            directives += len(selection.directives or ())
            if isinstance(selection, FieldNode):
                inner = self.of(selection.selection_set)
                depth = max(depth, inner.depth + 1)
                aliases += inner.aliases + (selection.alias is not None)
                fields += 1
            elif isinstance(selection, FragmentSpreadNode):
                inner = self._fragment(selection.name.value)
                depth, aliases, fields = (
                    max(depth, inner.depth),
                    aliases + inner.aliases,
                    fields + inner.fields,
                )
            else:
                inner = self.of(getattr(selection, "selection_set", None))
                depth, aliases, fields = (
                    max(depth, inner.depth),
                    aliases + inner.aliases,
                    fields + inner.fields,
                )
            directives += inner.directives
        return _Size(depth, aliases, directives, fields)

    def _fragment(self, name: str) -> _Size:
        if name not in self._known:
            # Stands in while it is measured, should it spread itself: a rule refuses that afterwards.
            self._known[name] = _Size()
            fragment = self._fragments.get(name)
            if fragment is not None:
                self._known[name] = self.of(fragment.selection_set)
        return self._known[name]


class Overlaps:
    """How often the fields of one document meet fields of the same name.

    GraphQL compares each such pair, and all below it, to see that both are the same: a short text can lead to a million.
    """

    def __init__(self, document: DocumentNode, limits: Limits) -> None:
        self._fragments = {
            definition.name.value: definition.selection_set
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self._limits = limits

    def of(self, selections: SelectionSetNode) -> str | None:
        """Why an operation is refused for it, in words for its author."""
        fields = pairs = 0
        waiting: list[Sequence[SelectionSetNode]] = [[selections]]
        while waiting:
            below: defaultdict[str, list[SelectionSetNode]] = defaultdict(list)
            met: defaultdict[str, int] = defaultdict(int)
            for field in self._fields(waiting.pop()):
                name = (field.alias or field.name).value
                fields += 1
                pairs += met[name]
                met[name] += 1
                if field.selection_set is not None:
                    below[name].append(field.selection_set)
                if fields > self._limits.fields:
                    return (
                        f"With its fragments spread out this operation has more than {self._limits.fields} fields, and no "
                        "more are allowed. Ask for it in parts."
                    )
                if pairs > self._limits.comparisons:
                    return (
                        "This operation asks for the same fields again and again: they would be compared more than "
                        f"{self._limits.comparisons} times, and no more is allowed. Ask for each field once."
                    )
            waiting += below.values()
        return None

    def _fields(self, merged: Sequence[SelectionSetNode]) -> Iterator[FieldNode]:
        """The fields of selection sets that make one object together, each fragment spread once."""
        spread: set[str] = set()
        waiting = list(merged)
        while waiting:
            for selection in waiting.pop().selections:
                if isinstance(selection, FieldNode):
                    yield selection
                elif isinstance(selection, FragmentSpreadNode):
                    name = selection.name.value
                    if name not in spread and name in self._fragments:
                        spread.add(name)
                        waiting.append(self._fragments[name])
                elif isinstance(selection, InlineFragmentNode):
                    waiting.append(selection.selection_set)


def excess(document: DocumentNode, limits: Limits) -> str | None:
    """What the document has too much of, in words for its author; None where it keeps within the limits."""
    return next(_found(document, limits), None)


def _found(document: DocumentNode, limits: Limits) -> Iterator[str]:
    if len(document.definitions) > limits.definitions:
        yield (
            f"This document has {len(document.definitions)} operations and fragments; {limits.definitions} are allowed. "
            "Send those that are not run in a document of their own."
        )
    measure, overlaps = _Measure(document), Overlaps(document, limits)
    for definition in document.definitions:
        if isinstance(definition, FragmentDefinitionNode):
            directives = len(definition.directives or ())
            if directives > limits.directives:
                yield _too_many("directives", limits.directives, directives)
        if not isinstance(definition, OperationDefinitionNode):
            continue
        size = measure.of(definition.selection_set)
        directives = size.directives + len(definition.directives or ())
        for variable in definition.variable_definitions or ():
            directives += len(variable.directives or ())
        for what, most, count in (
            ("levels of nesting", limits.depth, size.depth),
            ("aliases", limits.aliases, size.aliases),
            ("directives", limits.directives, directives),
            ("fields at its root", limits.root_fields, size.fields),
        ):
            if count > most:
                yield _too_many(what, most, count)
        too_much = overlaps.of(definition.selection_set)
        if too_much is not None:
            yield too_much


def _too_many(what: str, most: int, count: int) -> str:
    shown = str(count) if count < 10 * most else f"more than {10 * most}"
    return f"This operation has {shown} {what}; {most} are allowed. Ask for it in parts."


def asks_for_schema(document: DocumentNode) -> bool:
    """Whether it selects `__schema` or `__type` anywhere."""
    waiting = [getattr(definition, "selection_set", None) for definition in document.definitions]
    while waiting:
        selections = waiting.pop()
        for selection in () if selections is None else selections.selections:
            if isinstance(selection, FieldNode) and selection.name.value in {"__schema", "__type"}:
                return True
            waiting.append(getattr(selection, "selection_set", None))
    return False
