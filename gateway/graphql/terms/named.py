"""The ids by which a list is narrowed: each names something, or the list is refused."""

from typing import Final, Literal, NamedTuple

import strawberry

from gateway.graphql.context import Context
from gateway.graphql.terms.errors import bad_input
from gateway.workspace import Destination, Source

Kind = Literal["source", "destination", "mapping"]
KINDS: Final[tuple[Kind, ...]] = ("source", "destination", "mapping")


class Named(NamedTuple):
    """What an id names. One that was deleted counts: what it led to is still listed."""

    id: str
    space: str


def named(
    context: Context, kind: Kind, given: str | None, field: str, within: str | None = None
) -> Named | None:
    """What that id names; None where none was given. `field` is where it came. Raises Refused where it names nothing of that kind that
    this viewer sees, `within` that space alone where one is said: in the same words whether it is another's or nobody's.
    """
    if given is None or given is strawberry.UNSET:
        return None
    found = _found(context, kind, given)
    if found is None or not context.viewer.sees(found.space) or within not in (None, found.space):
        raise bad_input(
            f"`{field}` names no {kind} that this token sees. Nothing was done: give the id of one, as `{kind}s` lists them, or leave "
            "it out for all."
        )
    return Named(given, found.space)


def id_of(context: Context, kind: Kind, given: str | None, field: str, within: str) -> str | None:
    """The id itself, of something within that space; None where none was given. Raises Refused as `named` does."""
    found = named(context, kind, given, field, within)
    return None if found is None else found.id


def is_configured(context: Context, key: str, space: str) -> bool:
    """Whether that is the id of a source, destination or mapping of that space, or was one."""
    every = (_found(context, kind, key) for kind in KINDS)
    return any(found is not None and found.space == space for found in every)


def _found(context: Context, kind: Kind, key: str) -> Source | Destination | None:
    """What decides of whose space it is."""
    snapshot = context.snapshot
    match kind:
        case "source":
            return snapshot.sources.get(key)
        case "destination":
            return snapshot.destinations.get(key)
        case "mapping":
            mapping = snapshot.mappings.get(key) or snapshot.deleted_mappings.get(key)
            return None if mapping is None else snapshot.destinations.get(mapping.destination_id)
