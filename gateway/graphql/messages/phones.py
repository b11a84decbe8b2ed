"""Where a stand-in for a provider shows what phones got; of a provider itself there is no such page."""

from collections.abc import Iterator

from pydantic import ValidationError

from destinations.kit import Channel
from gateway.graphql.context import Context
from gateway.workspace import Destination


def page(
    context: Context, destination: Destination, number: str | None = None, channel: Channel | None = None
) -> str | None:
    """The page of that number's phone, or of all of them; None where the destination's account is at no stand-in."""
    definition = context.services.workspace.definitions.get(destination.definition)
    if definition is None or definition.phone_page is None:
        return None
    try:
        settings = definition.settings.model_validate(dict(destination.settings))
    except ValidationError:  # they are shown as what they are elsewhere
        return None
    return definition.phone_page(settings, context.services.settings.allowed_hosts, number, channel)


def pages_of(context: Context, space: str, number: str) -> Iterator[str]:
    """The page of that number's phone at each stand-in that a space has an account at, each once."""
    there = [
        one for one in context.snapshot.destinations.values() if one.space == space and one.deleted_at is None
    ]
    found = (page(context, one, number) for one in sorted(there, key=lambda one: (one.created_at, one.id)))
    yield from dict.fromkeys(one for one in found if one is not None)
