"""The accounts that texts go out by: what alerts say of them, what holds them back, and whether their senders call this gateway."""

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import fields
from datetime import timedelta
from enum import Enum
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError
from pydantic.alias_generators import to_camel

from destinations.kit import (
    DestinationDefinition,
    DestinationStatus,
    Policy,
    SenderKind,
    fields_of,
    mutation_call,
    new_policy,
    sender_key,
)
from gateway.alerts import AlertCode
from gateway.doctor.checks import Check, Group, Level, mend, note, ok
from gateway.doctor.facts import Facts
from gateway.doctor.sources import connected
from gateway.facts.compiled import Compiled
from gateway.facts.pasting import filled
from gateway.services import inbound_url
from gateway.synced import NOTHING_KNOWN, Sender
from gateway.workspace import Destination

_GROUP = Group.ACCOUNTS
LONG = timedelta(days=1)
"""A pause that lasts for so long may have been forgotten."""


def findings(facts: Facts) -> Iterator[Check]:
    """A line for each thing that fails, waits, or goes elsewhere, or one that all is well."""
    some = [
        *_none(facts),
        *_of_alerts(facts),
        *(check for one in facts.destinations for check in _of_destination(facts, one)),
        *_disabled(facts),
        *_of_senders(facts),
    ]
    yield from some
    if not some:
        yield ok(
            _GROUP, "destinations", f"{len(facts.destinations)}: each is verified, and nothing is held back"
        )


def _none(facts: Facts) -> Iterator[Check]:
    if facts.destinations:
        return
    definition = next(iter(sorted(facts.definitions.values(), key=lambda one: one.slug)), None)
    if definition is None:
        way = "Install a package that brings a destination."
    else:
        wanted = [one.key for one in fields_of(definition.settings) if one.required]
        given = ", ".join(f'{name}: "..."' for name in wanted)
        settings = f"{{ {to_camel(definition.slug.replace('-', '_'))}: {{ {given} }} }}"
        answer = "destination { id } errors { message path }"
        way = (
            "Make one with the account's own data, its key or token too, then verify it: "
            f'mutation {{ destinationCreate(input: {{name: "Texts", settings: {settings}}}) {{ {answer} }} }}'
        )
    yield note(_GROUP, "first account", "there is no enabled destination, so nothing can be sent.", way)


def _of_alerts(facts: Facts) -> Iterator[Check]:
    for alert in facts.alerts:
        if alert.code is AlertCode.REQUESTS_REFUSED:
            continue
        destination = facts.snapshot.destinations.get(alert.target_id)
        name = alert.code.value.lower().replace("_", " ")
        level = Level.MEND if alert.code.grave else Level.NOTE
        yield Check(_GROUP, name, level, alert.message, filled(alert.remedy, destination), alert.target_id)


def _of_destination(facts: Facts, one: Destination) -> Iterator[Check]:
    name = f"destination {one.name!r}"
    definition = facts.definitions.get(one.definition)
    if definition is None:
        said = f"is of the type {one.definition}, which is not installed: what it would send waits."
        yield mend(_GROUP, name, said, "Install the package that brings it, and restart the gateway.", one.id)
    pause = one.pause or one.space_pause
    if pause is not None:
        said = f"is paused since {pause.at:%Y-%m-%d %H:%M} UTC, by {pause.by}: what is due is held."
        if facts.now - pause.at > LONG:
            said += f" That is {(facts.now - pause.at).days} days by now: what is older than its mapping allows is never sent."
        yield note(_GROUP, name, said, _resume(one), one.id)
    off = sorted(one.channels_off | one.space_channels_off)
    if off:
        said = f"has switched off: {', '.join(off)}. What would go out by that waits."
        given = f'channel: {off[0].value}, enabled: true, destinationId: "{one.id}"'
        if off[0] not in one.channels_off:
            given = f"channel: {off[0].value}, enabled: true"
        way = f"Switch it on: mutation {{ channelUpdate(input: {{{given}}}) {{ errors {{ message }} }} }}"
        yield note(_GROUP, name, said, way, one.id)
    yield from _advice(one)
    yield from _policy(one, definition)
    if not any(link[1] == one.id and _is_there(facts, link[0]) for link in facts.snapshot.links):
        live = [source for source in facts.sources if source.space == one.space]
        way = connected(live[0].id, one.id) if live else "Make a source, and connect it."
        yield note(_GROUP, name, "is connected to no source, so nothing reaches it.", way, one.id)


def _is_there(facts: Facts, source_id: str) -> bool:
    source = facts.snapshot.sources.get(source_id)
    return source is not None and source.deleted_at is None


def _resume(destination: Destination) -> str:
    if destination.pause is not None:
        return f'Let it go on: heliograph resume --destination "{destination.id}"'
    return f'Let its whole space go on: heliograph resume --space "{destination.space}"'


def _advice(destination: Destination) -> Iterator[Check]:
    """What its last verification found doubtful, though it may send. Whether its senders call here is looked at anew."""
    if destination.status is not DestinationStatus.VERIFIED:
        return
    for check in (destination.verification or {}).get("checks") or []:
        name = str(check.get("name", ""))
        if check.get("passed") and check.get("remedy") and not name.startswith("inbound "):
            remedy = filled(str(check["remedy"]), destination)
            yield note(
                _GROUP,
                f"destination {destination.name!r}",
                str(check.get("message") or name),
                remedy,
                destination.id,
            )


def _disabled(facts: Facts) -> Iterator[Check]:
    for one in facts.snapshot.destinations.values():
        if one.enabled or one.deleted_at is not None:
            continue
        running = [
            mapping
            for mapping in facts.snapshot.mappings.values()
            if mapping.destination_id == one.id and mapping.enabled
        ]
        if running and any(link[1] == one.id and facts.recent.get(link[0]) for link in facts.snapshot.links):
            given = f'id: "{one.id}", expectedRevision: {one.revision}, enabled: true'
            yield note(
                _GROUP,
                f"destination {one.name!r}",
                f"is disabled, though events reach it and {len(running)} of its mappings are enabled: what they match waits.",
                f"Enable it: mutation {{ destinationUpdate(input: {{{given}}}) {{ errors {{ message }} }} }}",
                one.id,
            )


# -- policies ---------------------------------------------------------------------------------------------------------------------


def _policy(destination: Destination, definition: DestinationDefinition | None) -> Iterator[Check]:
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
    yield note(
        _GROUP,
        f"destination {destination.name!r}",
        f"keeps a policy that is not that of a new destination: {said}.",
        f"To have that of a new one, run mutation {{ destinationUpdate(input: {given}) {{ errors {{ message }} }} }}",
        destination.id,
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


# -- senders ----------------------------------------------------------------------------------------------------------------------


def _of_senders(facts: Facts) -> Iterator[Check]:
    """Of each sender that an enabled mapping names: whether what people write to it comes here, or, where no sync has listed the account's
    senders, whether anything ever went out from it.
    """
    for destination in facts.destinations:
        known = facts.snapshot.senders.get(destination.id, NOTHING_KNOWN)
        for address in _named(facts.snapshot.compiled.values(), destination.id):
            sender = known.by_address.get(address)
            if sender is not None and sender.active:
                yield from _of_webhook(facts, destination, sender)
            elif known.good_at is None and not _has_sent(facts, destination.id, address):
                yield note(
                    _GROUP,
                    f"sender {address}",
                    "was never seen: no text lately went out from it, and no list of the account has it.",
                    f"List what the account of {destination.name!r} has: {mutation_call('senderSync', 'job { status }', id=destination.id)}",
                    destination.id,
                )


def _named(compiled: Iterable[Compiled], destination_id: str) -> list[str]:
    return sorted(
        {
            one.sender.address
            for one in compiled
            if one.sender is not None
            and "{{" not in one.sender.address  # then each event says
            and one.destination.id == destination_id
            and one.mapping.enabled
            and one.mapping.deleted_at is None
        }
    )


def _has_sent(facts: Facts, destination_id: str, address: str) -> bool:
    return (destination_id, sender_key(address)) in {(key, sender_key(one)) for key, one in facts.senders}


def _of_webhook(facts: Facts, destination: Destination, sender: Sender) -> Iterator[Check]:
    """Nobody can answer a name, so it calls nothing."""
    here = inbound_url(facts.public_url, facts.definitions.get(destination.definition), destination)
    known = facts.snapshot.senders.get(destination.id, NOTHING_KNOWN)
    if here is None or sender.kind is SenderKind.ALPHANUMERIC:
        return
    calls = known.inbound_url(sender)
    if calls is not None and _without_fragment(calls) == _without_fragment(here):
        return
    # What a service's pool is called by is set at the service.
    pool = known.by_address.get(sender.pool or "") if sender.by_pool else None
    where = f"to {_place(calls)}" if calls else "nowhere"
    said = f"what people write to {sender.label} goes {where} and not here: their stops and answers are not heard."
    yield note(_GROUP, f"sender {sender.label}", said, _connect(pool or sender, calls), sender.id)


def _connect(sender: Sender, calls: str | None) -> str:
    if calls is None:
        return f"Have it call here: {_call(id=sender.id)}"
    if _may_be_secret(calls):
        shows = f"query {{ node(id: {json.dumps(sender.id)}) {{ ... on Sender {{ inboundUrl }} }} }}"
        return f"See what it calls now by {shows}, and give that: {_call(id=sender.id, expectedUrl='<its inboundUrl>')}"
    return f"Have it call here instead: {_call(id=sender.id, expectedUrl=calls)}"


def _call(**given: str) -> str:
    return mutation_call("senderConnect", "job { id status }", **given)


def _may_be_secret(url: str) -> bool:
    """Whether more than a place is in it: a name and a password, a query, or a path of this gateway's, in which a key may stand."""
    parts = urlsplit(url)
    return bool(parts.query or parts.username or parts.password or parts.path.startswith("/webhooks/"))


def _place(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}"


def _without_fragment(url: str) -> str:
    return url.partition("#")[0]
