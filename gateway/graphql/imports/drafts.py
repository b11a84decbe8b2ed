"""What a plan comes to: the destination and the mappings as they would be made, with all that is wrong with them, and nothing stored."""

from collections.abc import Mapping as Object, Sequence
from dataclasses import dataclass, replace
from typing import Any

from destinations.kit import (
    DestinationDefinition,
    DestinationStatus,
    LostSubscription,
    MovedMapping,
    Policy,
    Predecessor,
    UnclearAction,
    new_policy,
)
from gateway import ids, workspace
from gateway.graphql.catalogue.settings import revealed
from gateway.graphql.context import Context
from gateway.graphql.destinations import outgoing, settings_input
from gateway.graphql.mappings.checks import MAX_AGE
from gateway.graphql.mappings.types import findings
from gateway.graphql.terms.enums import Severity
from gateway.graphql.terms.errors import InputError
from gateway.moving.readings import never_sent
from gateway.moving.wanted import Wanted, WantedSubscription, predecessor_of

NEVER_SENT = (
    "Segment could not read its trigger, and sent nothing by it. Here it can be read, so that it is off: look at it, and mappingUpdate "
    "turns it on."
)


@dataclass(frozen=True, slots=True)
class MappingDraft:
    """A subscription, and the mapping that it becomes; None: it is lost, and `why`. `notes` is what is another then."""

    subscription: WantedSubscription
    mapping: workspace.Mapping | None
    notes: tuple[str, ...] = ()
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A destination with its mappings, or what is wrong with its settings."""

    wanted: Wanted
    definition: DestinationDefinition
    predecessor: Predecessor
    destination: workspace.Destination | None
    mappings: tuple[MappingDraft, ...] = ()
    problems: tuple[InputError, ...] = ()


def policy_of(country: str | None) -> Policy:
    """What holds for a destination that was moved here: as for every new one, without what changes a text, its hour or its country."""
    return replace(
        new_policy(country),
        opt_out_words=False,
        quiet_hours_start="00:00",
        quiet_hours_end="00:00",
        allowed_countries=frozenset(),
    )


def drafted(context: Context, space: str, wanted: Wanted, answers: Object[str, str]) -> Draft:
    """What is made of it with these answers."""
    definition = context.definition(wanted.definition)
    predecessor = predecessor_of(definition, wanted.predecessor)
    values = predecessor.translate(wanted.told(answers))
    settings = settings_input.of_values(definition, values, context.services.settings)
    if isinstance(settings, list):
        return Draft(wanted, definition, predecessor, None, problems=tuple(settings))
    now = context.services.clock.now()
    made = workspace.Destination(
        id=ids.new("dst"),
        space=space,
        definition=definition.slug,
        name=wanted.name,
        enabled=wanted.enabled,
        status=DestinationStatus.DRAFT,
        revision=1,
        settings=revealed(settings),
        secrets_set_at=now,
        verification=None,
        created_at=now,
        updated_at=now,
        policy=policy_of(definition.default_country(settings)),
    )
    destination, _ = outgoing.prepared(definition, made, now)
    mappings = tuple(
        _mapping(context, destination, predecessor, one, answers) for one in wanted.subscriptions
    )
    return Draft(wanted, definition, predecessor, destination, mappings)


def _mapping(
    context: Context,
    destination: workspace.Destination,
    predecessor: Predecessor,
    subscription: WantedSubscription,
    answers: Object[str, str],
) -> MappingDraft:
    moved = predecessor.moved(subscription.exported(answers))
    match moved:
        case LostSubscription(why):
            return MappingDraft(subscription, None, subscription.notes, why)
        case UnclearAction(actions):
            return MappingDraft(subscription, None, subscription.notes, f"It is one of {', '.join(actions)}.")
        case MovedMapping():
            mapping = _made(context, destination, subscription, moved)
            if mapping.enabled and never_sent(mapping.trigger, predecessor.samples):
                mapping, moved = (
                    replace(mapping, enabled=False),
                    replace(moved, differences=(NEVER_SENT, *moved.differences)),
                )
    found = findings(context, destination, mapping)
    wrong = [one.message for one in found if one.severity is Severity.ERROR]
    doubts = [one.message for one in found if one.severity is not Severity.ERROR]
    notes = (*subscription.notes, *moved.differences)
    if wrong:
        return MappingDraft(subscription, None, notes, " ".join(dict.fromkeys(wrong)))
    return MappingDraft(subscription, mapping, (*notes, *dict.fromkeys(doubts)))


def _made(
    context: Context,
    destination: workspace.Destination,
    subscription: WantedSubscription,
    moved: MovedMapping,
) -> workspace.Mapping:
    now = context.services.clock.now()
    return workspace.Mapping(
        id=ids.new("map"),
        destination_id=destination.id,
        action=moved.action,
        name=subscription.name,
        trigger=moved.trigger,
        cancel_trigger=None,
        purpose=moved.purpose,
        max_age_seconds=MAX_AGE,
        allow_browser_events=False,
        allow_import=False,
        fields=dict(moved.fields),
        enabled=subscription.enabled,
        revision=1,
        created_at=now,
        updated_at=now,
    )


# -- beside what is here ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Here:
    """What a space has: its destinations, and their mappings."""

    destinations: Sequence[workspace.Destination]
    mappings: Sequence[workspace.Mapping]

    def destination(self, name: str) -> workspace.Destination | None:
        """The one of that name."""
        there = (one for one in self.destinations if one.name == name and one.deleted_at is None)
        return next(there, None)

    def mapping(self, destination_id: str, name: str) -> workspace.Mapping | None:
        """The one of that name, of that destination."""
        there = (one for one in self.mappings if one.destination_id == destination_id and one.name == name)
        return next((one for one in there if one.deleted_at is None), None)


def here(context: Context, space: str) -> Here:
    """As far as is known without asking the store."""
    snapshot = context.snapshot
    there = [one for one in snapshot.destinations.values() if one.space == space]
    return Here(there, list(snapshot.mappings.values()))


def named_here(made: Sequence[Draft], found: Here) -> frozenset[str]:
    """The names of those of them that are here already."""
    there = ((one, found.destination(one.wanted.name)) for one in made)
    return frozenset(one.wanted.name for one, other in there if other and is_same_account(one, other))


def is_same_account(draft: Draft, there: workspace.Destination) -> bool:
    """Whether a destination of that name is of the same type and account, so that it is the one that an earlier import made."""
    if draft.destination is None or there.definition != draft.destination.definition:
        return False
    account = draft.predecessor.account
    return there.settings.get(account) == draft.destination.settings.get(account)


def unlike(draft: Draft, there: workspace.Destination) -> list[str]:
    """What the export says of a destination and is another here, by name; secrets are not looked at, nor what nobody exported."""
    if draft.destination is None:
        return []
    exported = draft.predecessor.translate(draft.wanted.given)
    new, secret = settings_input.told(draft.definition, draft.destination.settings)
    old, _ = settings_input.told(draft.definition, settings_input.as_stored(draft.definition, there.settings))
    names = [name for name in new if name in exported and name not in secret and new[name] != old.get(name)]
    return [*names, *(["enabled"] if there.enabled != draft.destination.enabled else [])]


def unlike_mapping(new: workspace.Mapping, there: workspace.Mapping) -> list[str]:
    """The same of a mapping: what of it was exported."""
    return [name for name in _EXPORTED if getattr(new, name) != getattr(there, name)]


_EXPORTED = ("action", "trigger", "fields", "enabled")


def answered(values: Any, wanted: Sequence[Wanted]) -> dict[str, str]:
    """Of what was said, what one of them asks for."""
    asked = {name for one in wanted for name in one.asked}
    asked |= {one.answer for each in wanted for one in each.subscriptions if one.answer}
    return {name: value for name, value in values.items() if name in asked}
