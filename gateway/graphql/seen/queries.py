"""The names of events and the paths into them that were seen of late."""

from collections.abc import Sequence
from typing import Annotated

import strawberry

from gateway.graphql.context import Context, Info
from gateway.graphql.seen.types import Name
from gateway.graphql.terms import masking, ranking
from gateway.graphql.terms.fields import resolved
from gateway.graphql.terms.named import named
from gateway.graphql.terms.pagination import After, Connection, First
from gateway.graphql.terms.ranking import Ranked
from gateway.storage import seen as stored
from gateway.storage.seen import MOST_SOURCES, RECENT, SAMPLES, Sample, Seen
from gateway.workspace import TESTS
from mappings import by_rank, paths_of

_ABOUT_SOURCES = f"Looked at are the last {RECENT} events of each source, of the {MOST_SOURCES} newest sources where none is named"


def _sources(context: Context, space: str) -> list[str]:
    """The sources of a space that are there, the newest first."""
    there = [one for one in context.sources_of(space).values() if one.deleted_at is None]
    newest = sorted(there, key=lambda one: (one.created_at, one.id), reverse=True)
    return [one.id for one in newest if not one.id.startswith(TESTS)]


def _paths(context: Context, samples: Sequence[Sample]) -> list[Ranked[Name]]:
    counts: dict[str, Seen] = {}
    kinds: dict[str, str] = {}
    for sample in sorted(samples, key=lambda one: one.received_at):
        found = paths_of(sample.payload)
        kinds |= found
        for path in found:
            before = counts.get(path)
            counts[path] = Seen(1 if before is None else before.times + 1, sample.received_at)
    return [
        Ranked(seen.times, by_rank(path), _name(context, path, kinds[path], seen))
        for path, seen in counts.items()
    ]


def _name(context: Context, name: str, kind: str, seen: Seen) -> Name:
    return Name(
        name=masking.text(context.viewer, name), type=kind, count=seen.times, last_seen_at=seen.last_at
    )


@strawberry.type
class Query:
    """Joined into the schema's Query."""

    @resolved(
        "The names of events that came of late, for a trigger to be completed with, the most common first: what happened, of a `track`, and the "
        f"name of a `page` or `screen`. A call without a name stands under its type, such as `identify`. {_ABOUT_SOURCES}; what is INVALID "
        "is left out."
    )
    async def event_names(
        self,
        info: Info,
        source_id: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="Of that source; null: of the space's sources."),
        ] = strawberry.UNSET,
        first: First = 25,
        after: After = strawberry.UNSET,
    ) -> Connection[Name]:
        context = info.context
        size, place = ranking.asked(first, after)
        source = named(context, "source", source_id, "sourceId")
        asked = _sources(context, context.viewer.space) if source is None else [source.id]
        found = await context.services.store.read(lambda c: stored.calls(c, asked))
        ranked = [
            Ranked(seen.times, (call.name, call.type), _name(context, call.name, call.type, seen))
            for call, seen in found.items()
        ]
        return ranking.page(ranked, size, place, lambda name: name)

    @resolved(
        "The paths that events of that name held of late, such as `$.properties.total`, the most common first, and among those as common what "
        "the client said of the event itself. Written as fields have them, and triggers without the `$.`; of a list, its first item "
        f"stands for all. Looked at are the last {SAMPLES} events of that name."
    )
    async def event_paths(
        self,
        info: Info,
        name: Annotated[
            str,
            strawberry.argument(
                description="The name of events; or the type of calls that have none, such as `identify`."
            ),
        ],
        first: First = 25,
        after: After = strawberry.UNSET,
    ) -> Connection[Name]:
        context, space = info.context, info.context.viewer.space
        size, place = ranking.asked(first, after)
        sources = _sources(context, space)
        samples = await context.services.store.read(lambda c: stored.samples(c, space, name, sources))
        return ranking.page(_paths(context, samples), size, place, lambda path: path)
