"""How much a document may ask for, decided from its text and shape before any rule that could be costly.

Each fragment is measured once, however often it is spread, so the time is linear in the document.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    OperationDefinitionNode,
    SelectionSetNode,
)


@dataclass(frozen=True, slots=True)
class Limits:
    """The most of each. They leave room for an introspection query and for any page a person would look at."""

    body_bytes: int = 256 * 1024
    query_characters: int = 100_000
    tokens: int = 2_000
    depth: int = 15
    aliases: int = 30
    directives: int = 50
    root_fields: int = 20
    values: int = 100_000
    seconds: float = 30
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


def excess(document: DocumentNode, limits: Limits) -> str | None:
    """What the document has too much of, in words for its author; None where it keeps within the limits."""
    return next(_found(document, limits), None)


def _found(document: DocumentNode, limits: Limits) -> Iterator[str]:
    measure = _Measure(document)
    for definition in document.definitions:
        if not isinstance(definition, OperationDefinitionNode):
            continue
        size = measure.of(definition.selection_set)
        directives = size.directives + len(definition.directives or ())
        for what, most, count in (
            ("levels of nesting", limits.depth, size.depth),
            ("aliases", limits.aliases, size.aliases),
            ("directives", limits.directives, directives),
            ("fields at its root", limits.root_fields, size.fields),
        ):
            if count > most:
                shown = str(count) if count < 10 * most else f"more than {10 * most}"
                yield f"This operation has {shown} {what}; {most} are allowed. Ask for it in parts."
