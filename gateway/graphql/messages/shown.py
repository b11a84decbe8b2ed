"""Reads a request again as what the phone shows, by what its destination's definition makes of it."""

from collections.abc import Sequence

from destinations.kit import KnownForms, Shown
from gateway.graphql.context import Context

NOTHING = Shown()


async def of_request(context: Context, destination_id: str, form: Sequence[Sequence[str]]) -> Shown:
    """What the phone shows of a request with that form; nothing where its definition can't say, or is not installed."""
    destination = context.snapshot.destinations[destination_id]
    definition = context.services.workspace.definitions.get(destination.definition)
    if definition is None or definition.messages is None or not form:
        return NOTHING
    fields = [(name, value) for name, value in form]
    named = definition.messages.template(fields)
    if named is None:
        return definition.messages.shown(fields, None)
    found = await context.loaders.templates.load((destination_id, named))
    known = None if found is None else KnownForms(found.forms, found.variables)
    return definition.messages.shown(fields, known)
