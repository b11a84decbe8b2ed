"""What is configured and leads to nothing, with what to do about each: read by `heliograph doctor`."""

import json
from collections.abc import Iterator, Mapping as Object, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from enum import Enum
from typing import Any

from pydantic import ValidationError
from pydantic.alias_generators import to_camel

from destinations.kit import (
    DestinationDefinition,
    DestinationStatus,
    Policy,
    fields_of,
    new_policy,
    sender_key,
)
from gateway.facts.pasting import filled
from gateway.workspace import Destination, Mapping, Source

Finding = tuple[str, bool | None, str]
"""What it is about; whether that is well, None for a note; what was seen, and what to do."""


@dataclass(frozen=True, slots=True)
class Configured:
    """What is configured, and what of it was ever used: `matched` are mappings, `seen` a destination and its sender."""

    sources: Sequence[Source]
    destinations: Sequence[Destination]
    links: frozenset[tuple[str, str]]
    mappings: Sequence[Mapping]
    matched: frozenset[str]
    seen: frozenset[tuple[str, str]]


def findings(configured: Configured, definitions: Object[str, DestinationDefinition]) -> Iterator[Finding]:
    """A line for each thing that fails or leads to nothing. What was disabled or deleted is so on purpose."""
    on = [one for one in configured.destinations if one.enabled and one.deleted_at is None]
    live = [one for one in configured.sources if one.enabled and one.deleted_at is None]
    for source in live:
        if not _linked(configured, source.id, 0):
            yield (
                f"source {source.name!r}",
                None,
                f"is connected to no destination, so its events lead to nothing. {_connect(source.id, _first(on))}",
            )
    for destination in on:
        name = f"destination {destination.name!r}"
        yield from ((name, *said) for said in _checks(destination))
        yield from (
            (name, None, said) for said in _policy(destination, definitions.get(destination.definition))
        )
        if not _linked(configured, destination.id, 1):
            yield (
                name,
                None,
                f"is connected to no source, so nothing reaches it. {_connect(_first(live), destination.id)}",
            )
    enabled = {one.id: one for one in on}
    for mapping in configured.mappings:
        if mapping.enabled and mapping.destination_id in enabled and mapping.id not in configured.matched:
            yield (
                f"mapping {mapping.name!r}",
                None,
                (
                    f"never matched an event. Its trigger is `{mapping.trigger}`. Put an event of yours here, and it says what does "
                    f"not hold: {_preview(mapping.id)}"
                ),
            )
    yield from _unseen(configured, enabled, definitions)


def _first(things: Sequence[Source] | Sequence[Destination]) -> str | None:
    return next((one.id for one in things), None)


def _connect(source: str | None, destination: str | None) -> str:
    """How the two are connected, where both are there."""
    if source is None or destination is None:
        return f"There is no enabled {'source' if source is None else 'destination'} yet: make one, and connect it."
    given = f'{{ sourceId: "{source}", destinationId: "{destination}" }}'
    return f"Connect it: mutation {{ sourceConnect(input: {given}) {{ errors {{ message }} }} }}"


def _preview(mapping_id: str) -> str:
    given = f'{{ mappingId: "{mapping_id}", event: {{ type: "track", event: "Yours", userId: "u1" }} }}'
    return f"query {{ mappingPreview(input: {given}) {{ matched decision explanation {{ gate passed detail }} }} }}"


def _linked(configured: Configured, one: str, side: int) -> bool:
    """Whether it is on that side of a link whose other end is still there."""
    there = {source.id for source in configured.sources if source.deleted_at is None}
    return any(link[side] == one and link[0] in there for link in configured.links)


def _checks(destination: Destination) -> Iterator[tuple[bool | None, str]]:
    given = f'{{ id: "{destination.id}" }}'
    answer = (
        "destination { status lastVerification { checks { name passed message remedy } } } errors { message }"
    )
    verify = f"mutation {{ destinationVerify(input: {given}) {{ {answer} }} }}"
    pause = destination.pause or destination.space_pause
    if pause is not None:
        yield (
            None,
            f"is paused since {pause.at:%Y-%m-%d %H:%M} UTC, by {pause.by}: what is due is held. {_resume(destination)}",
        )
    if destination.status is DestinationStatus.FAILED:
        yield False, f"is FAILED, and what is due is held. {_failed(destination)} Then verify it: {verify}"
    elif destination.status is not DestinationStatus.VERIFIED:
        yield None, f"is {destination.status.value}: only a VERIFIED one sends. Verify it: {verify}"


def _policy(destination: Destination, definition: DestinationDefinition | None) -> Iterator[str]:
    """What the destination keeps that a new one would not have. Its senders, test numbers, source and words are its own in any case, and so
    are the countries, limits and hours that it has: only that it has none is told.
    """
    policy, new = destination.policy, new_policy(_country(destination, definition))
    own = {*_ITS_OWN, *(name for name in _DECIDED if getattr(policy, name))}
    if policy.quiet_hours_start != policy.quiet_hours_end:
        own |= {"quiet_hours_start", "quiet_hours_end"}
    differing = [
        (to_camel(one.name), getattr(policy, one.name), getattr(new, one.name))
        for one in fields(Policy)
        if one.name not in own and getattr(policy, one.name) != getattr(new, one.name)
    ]
    if not differing:
        return
    said = ", ".join(
        f"{name} {_written(kept)} (a new one: {_written(news)})" for name, kept, news in differing
    )
    changed = ", ".join(
        f"{name}: {news.value if isinstance(news, Enum) else _written(news)}" for name, _, news in differing
    )
    given = f'{{ id: "{destination.id}", expectedRevision: {destination.revision}, policy: {{ {changed} }} }}'
    yield (
        f"keeps a policy that is not that of a new destination: {said}. To have that of a new one, run "
        f"mutation {{ destinationUpdate(input: {given}) {{ errors {{ message }} }} }}"
    )


_ITS_OWN = (
    "messages_per_second",
    "test_numbers",
    "inbound_source_id",
    "inbound_source_events",
    "stop_confirmation",
    "per_recipient_weekly_limit",
    "time_zone",
)
_DECIDED = ("allowed_countries", "daily_message_limit", "per_recipient_daily_limit")


def _country(destination: Destination, definition: DestinationDefinition | None) -> str | None:
    """Its default country; None where it has none, or can't be read."""
    if definition is None:
        return None
    with suppress(ValidationError):
        return definition.default_country(definition.settings.model_validate(dict(destination.settings)))
    return None


def _written(value: Any) -> str:
    return json.dumps(sorted(value) if isinstance(value, frozenset) else value)


def _resume(destination: Destination) -> str:
    if destination.pause is not None:
        return f'Let it go on: heliograph resume --destination "{destination.id}"'
    return f'Let its whole space go on: heliograph resume --space "{destination.space}"'


def _failed(destination: Destination) -> str:
    """What the failed checks said, and their remedies with the revision of now."""
    checks = (destination.verification or {}).get("checks") or []
    failed = [check for check in checks if not check.get("passed")]
    said = [text for check in failed for text in (check.get("message"), check.get("remedy")) if text]
    return filled(" ".join(said), destination) or "Its last verification says nothing more."


def _unseen(
    configured: Configured,
    enabled: Object[str, Destination],
    definitions: Object[str, DestinationDefinition],
) -> Iterator[Finding]:
    seen = {(destination, sender_key(sender)) for destination, sender in configured.seen}
    asked: dict[tuple[str, str], str] = {}
    for mapping in configured.mappings:
        destination = enabled.get(mapping.destination_id)
        definition = definitions.get(destination.definition) if destination else None
        if destination is None or definition is None or not mapping.enabled:
            continue
        sender = _sender(mapping, destination, definition)
        if sender is not None:
            asked.setdefault((destination.id, sender_key(sender)), sender)
    for key, sender in asked.items():
        if key not in seen:
            yield (
                f"sender {sender}",
                None,
                (
                    f"was never seen: nothing went out from it, and nobody was heard who wrote to it. Check that the account of "
                    f"{enabled[key[0]].name!r} owns it, and that what comes in there goes to /webhooks/{key[0]}/inbound of this gateway."
                ),
            )


def _sender(mapping: Mapping, destination: Destination, definition: DestinationDefinition) -> str | None:
    """The sender that a mapping names in so many words, or else its destination's own."""
    if mapping.action not in {action.slug for action in definition.actions}:
        return None
    declared = next(
        (one for one in fields_of(definition.action(mapping.action).payload) if one.key == "from"), None
    )
    if declared is None:
        return None
    given: Any = mapping.fields.get(declared.key)
    if given in (None, "") and declared.setting is not None:
        setting = {one.attribute: one.key for one in fields_of(definition.settings)}[declared.setting]
        given = destination.settings.get(setting)
    return given if isinstance(given, str) and given.strip() and "{{" not in given else None
