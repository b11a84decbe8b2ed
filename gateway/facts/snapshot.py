"""Everything that is configured at one moment, as an event meets it."""

from collections.abc import Mapping as Object
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from destinations.kit import DestinationDefinition, Fields
from gateway import logging, stops
from gateway.events import Event
from gateway.facts.compiled import Compiled, compiled
from gateway.synced import NOTHING_KNOWN, KnownSenders, KnownTemplate
from gateway.workspace import Destination, Mapping, RetiredKey, Source
from mappings import MappingError, TriggerIndex

_log = logging.get("workspace")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything configured at one moment. It never changes; a new one takes its place.

    `sources` has the deleted ones too, since what they sent before is still matched, sent and shown; their keys open
    nothing. What was made of `deleted_mappings` is shown with them, and what of it waited is canceled. `senders` are those that are
    known, by destination; of one that is not there nothing is known. `templates` are by destination and id. `revision` is how often
    something had been changed.
    """

    sources: Object[str, Source]
    destinations: Object[str, Destination]
    mappings: Object[str, Mapping]
    deleted_mappings: Object[str, Mapping]
    links: frozenset[tuple[str, str]]
    compiled: Object[str, Compiled]
    senders: Object[str, KnownSenders]
    templates: Object[str, Object[str, KnownTemplate]]
    revision: int
    by_key_hash: Object[str, Source] = field(repr=False)
    _retired: Object[str, RetiredKey] = field(repr=False)
    _shared_secrets: Object[str, bytes] = field(repr=False)
    _indexes: Object[str, TriggerIndex[str]] = field(repr=False)
    _cancelling: Object[str, tuple[Compiled, ...]] = field(repr=False)
    _asking: Object[str, tuple[Destination, ...]] = field(repr=False)
    _countries: Object[str, frozenset[str]] = field(repr=False)
    _countries_of_spaces: Object[str, frozenset[str]] = field(repr=False)
    _former_keys: Object[str, tuple[str, ...]] = field(repr=False)

    def source_of(self, key_hash: str, now: datetime) -> Source | None:
        """Whose write key that is now: a source's own one, or one that was rotated out and still works."""
        source = self.by_key_hash.get(key_hash)
        if source is not None:
            return source
        retired = self._retired.get(key_hash)
        return self.sources[retired.source_id] if retired is not None and now < retired.works_until else None

    def shared_secret(self, source_id: str) -> bytes | None:
        """What requests of that source have to be signed with; None where it has no such secret, or was deleted."""
        return self._shared_secrets.get(source_id)

    def retired_keys(self, source_id: str, now: datetime) -> list[RetiredKey]:
        """The earlier keys of a source that still work now, the last to stop first."""
        return [one for one in self._retired.values() if one.source_id == source_id and now < one.works_until]

    def matching(self, source: Source, event: Event) -> list[Compiled]:
        """The mappings that this event of this source is for: connected, let through, trigger true."""
        index = self._indexes.get(source.id)
        if index is None:
            return []
        found = (self.compiled[key] for key in index.candidates(event.payload))
        integrations = event.payload.get("integrations")
        return [
            one
            for one in found
            if lets_through(integrations, one.integration_names) and one.trigger.matches(event.payload)
        ]

    def canceling(self, source: Source, event: Event) -> list[Compiled]:
        """The mappings whose cancel trigger this event is."""
        return [
            one
            for one in self._cancelling.get(source.id, ())
            if one.cancels is not None and one.cancels(event.payload)
        ]

    def asking(self, source: Source) -> tuple[Destination, ...]:
        """The destinations of a source that want a yes confirmed: those that are enabled, the oldest first, then the others."""
        return self._asking.get(source.id, ())

    def confirming(self, destination: Destination) -> Compiled | None:
        """By what a destination asks people to confirm a yes, where it can."""
        one = self.compiled.get(destination.policy.confirmation_mapping_id or "")
        runs = one is not None and one.mapping.enabled and one.mapping.deleted_at is None
        return one if runs else None

    def is_confirming(self, mapping: Mapping) -> bool:
        """Whether its destination asks people by that mapping to confirm a yes, so that its trigger is not asked."""
        there = self.destinations.get(mapping.destination_id)
        return there is not None and there.policy.confirmation_mapping_id == mapping.id

    def beside(self, destination_id: str) -> frozenset[str]:
        """The destinations that an event for this one may reach: itself, and those that a source of it is connected to as well."""
        of_it = {source for source, destination in self.links if destination == destination_id}
        return frozenset(there for source, there in self.links if source in of_it) | {destination_id}

    def country(self, source: Source) -> str | None:
        """The country in which a source's numbers without + are read: the default of its destinations, where all of
        them that have one agree; None otherwise, since one number can't be read in two ways.
        """
        return _one_of(self.countries(source))

    def countries(self, source: Source) -> frozenset[str]:
        """Every country in which a destination of the source reads numbers without +. Of a source that none of them reads,
        such as one that only brings consent: every country of its space, where what it says counts.
        """
        return self._countries.get(source.id) or self._countries_of_spaces.get(source.space, frozenset())

    def with_former_keys(self, space: str) -> tuple[str, ...]:
        """The sources of a space whose Deliveries may have ids of old."""
        return self._former_keys.get(space, ())

    def country_of_space(self, space: str) -> str | None:
        """The same of all destinations of a space, for numbers that somebody asks for."""
        return _one_of(self._countries_of_spaces.get(space, frozenset()))


def _one_of(countries: frozenset[str]) -> str | None:
    return next(iter(countries)) if len(countries) == 1 else None


def lets_through(integrations: Any, names: tuple[str, ...]) -> bool:
    """Whether an event's `integrations` object lets it reach a destination of these names.

    A name's own entry decides, `All` is only the default; an object of options counts as true (Segment docs). What is
    null or 0 counts as false: a text too few is the lesser mistake.
    """
    if not isinstance(integrations, dict):
        return True
    said = [integrations[name] for name in (*names, "All") if name in integrations]
    return not said or isinstance(said[0], dict) or bool(said[0])


def snapshot_of(
    definitions: Object[str, DestinationDefinition],
    revision: int,
    all_sources: list[Source],
    retired: list[RetiredKey],
    shared_secrets: dict[str, str],
    all_destinations: list[Destination],
    all_mappings: list[Mapping],
    deleted_mappings: list[Mapping],
    links: list[tuple[str, str]],
    known_senders: dict[str, KnownSenders],
    known_templates: dict[str, dict[str, KnownTemplate]],
    *,
    before: Object[str, Compiled],
) -> Snapshot:
    """All of this, compiled and indexed. What does not compile, or whose definition is not installed, runs nowhere and is logged. What
    was compiled `before` is compiled anew where it says something else now: a change takes no longer the more mappings there are.
    """
    by_id = {destination.id: destination for destination in all_destinations}
    settings = _settings(definitions, all_destinations)
    # What was under way of a deleted one is still looked up by it.
    ready = _compile(definitions, by_id, settings, [*all_mappings, *deleted_mappings], known_senders, before)
    running = [one for one in ready.values() if one.mapping.enabled and one.mapping.deleted_at is None]
    # By these nothing is matched, so they come behind those that run.
    confirming = [*stops.mappings(definitions, all_destinations)]
    ready |= _compile(definitions, by_id, settings, confirming, known_senders, before)
    indexes: dict[str, TriggerIndex[str]] = {}
    cancelling: dict[str, tuple[Compiled, ...]] = {}
    countries: dict[str, frozenset[str]] = {}
    for source_id, destination_id in links:
        index = indexes.setdefault(source_id, TriggerIndex())
        enabled = [one for one in running if one.destination.id == destination_id]
        for one in enabled:
            if not one.confirms:
                index.add(one.mapping.id, one.trigger)
        cancelling[source_id] = cancelling.get(source_id, ()) + tuple(
            one for one in enabled if one.cancels is not None
        )
        if destination_id in settings:
            definition = definitions[by_id[destination_id].definition]
            country = definition.default_country(settings[destination_id])
            if country is not None:
                countries[source_id] = countries.get(source_id, frozenset()) | {country}
    return Snapshot(
        sources=stops.sources(all_destinations) | {source.id: source for source in all_sources},
        destinations=by_id,
        mappings={mapping.id: mapping for mapping in all_mappings},
        deleted_mappings={mapping.id: mapping for mapping in [*deleted_mappings, *confirming]},
        links=frozenset(links),
        compiled=ready,
        senders=known_senders,
        templates=known_templates,
        revision=revision,
        by_key_hash={source.write_key_hash: source for source in all_sources if source.deleted_at is None},
        _retired={key.key_hash: key for key in retired},
        _shared_secrets={source_id: secret.encode() for source_id, secret in shared_secrets.items()},
        _indexes=indexes,
        _cancelling=cancelling,
        _asking=_asking(by_id, links),
        _countries=countries,
        _countries_of_spaces=_countries_of_spaces(definitions, by_id, settings),
        _former_keys=_former_keys(all_sources),
    )


def _asking(
    destinations: Object[str, Destination], links: list[tuple[str, str]]
) -> dict[str, tuple[Destination, ...]]:
    found: dict[str, list[Destination]] = {}
    for source_id, destination_id in links:
        there = destinations.get(destination_id)
        if there is not None and there.policy.double_opt_in and there.deleted_at is None:
            found.setdefault(source_id, []).append(there)
    return {
        source_id: tuple(sorted(there, key=lambda one: (not one.enabled, one.created_at, one.id)))
        for source_id, there in found.items()
    }


def _former_keys(all_sources: list[Source]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for source in all_sources:
        if source.former_keys:
            found[source.space] = (*found.get(source.space, ()), source.id)
    return found


def _countries_of_spaces(
    definitions: Object[str, DestinationDefinition],
    destinations: Object[str, Destination],
    settings: Object[str, Fields],
) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for destination_id, given in settings.items():
        destination = destinations[destination_id]
        country = definitions[destination.definition].default_country(given)
        if country is not None and destination.deleted_at is None:
            found[destination.space] = found.get(destination.space, frozenset()) | {country}
    return found


def _settings(
    definitions: Object[str, DestinationDefinition], all_destinations: list[Destination]
) -> dict[str, Fields]:
    """Each destination's settings as its definition's own type; those that can't be read are named in the log."""
    found: dict[str, Fields] = {}
    for destination in all_destinations:
        definition = definitions.get(destination.definition)
        if definition is None:
            _log.error("A destination waits: its definition is not installed", destination=destination.id)
            continue
        try:
            found[destination.id] = definition.settings.model_validate(dict(destination.settings))
        except ValidationError as error:
            _log.error(
                "A destination waits: its settings no longer fit its definition",
                destination=destination.id,
                fields=[".".join(map(str, problem["loc"])) for problem in error.errors(include_input=False)],
            )
    return found


def _compile(
    definitions: Object[str, DestinationDefinition],
    by_id: Object[str, Destination],
    settings: Object[str, Fields],
    all_mappings: list[Mapping],
    known_senders: Object[str, KnownSenders],
    before: Object[str, Compiled],
) -> dict[str, Compiled]:
    ready: dict[str, Compiled] = {}
    alike: dict[tuple[object, ...], Compiled] = {}  # one is compiled of those that confirm stops on a channel
    for mapping in all_mappings:
        destination = by_id[mapping.destination_id]
        if destination.id not in settings:
            continue
        definition = definitions[destination.definition]
        given, known = settings[destination.id], known_senders.get(destination.id, NOTHING_KNOWN)
        key = (definition.slug, mapping.action, mapping.trigger, mapping.cancel_trigger, id(mapping.fields))
        try:
            one = alike.get(key) or _as_before(before.get(mapping.id), mapping, definition)
            if one is None:
                one = alike[key] = compiled(mapping, destination, definition, given, known)
            else:
                alike[key] = one
                sender = None if one.action.sender is None else one.action.sender(mapping.fields, given)
                one = replace(one, mapping=mapping, destination=destination, settings=given)
                one = replace(one, sender=sender, known=known)
            ready[mapping.id] = one
        except (MappingError, KeyError) as error:
            _log.error("A mapping is left out: it no longer compiles", mapping=mapping.id, error=str(error))
    return ready


def _as_before(one: Compiled | None, mapping: Mapping, definition: DestinationDefinition) -> Compiled | None:
    """What was compiled of a mapping, where that says the same as it does now. Raises KeyError for an action that is not there."""
    if one is None or one.action is not definition.action(mapping.action):
        return None
    was = one.mapping
    same = (was.trigger, was.cancel_trigger, was.fields) == (
        mapping.trigger,
        mapping.cancel_trigger,
        mapping.fields,
    )
    return one if same else None
