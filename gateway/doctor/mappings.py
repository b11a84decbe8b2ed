"""Whether mappings do what they are there for: what never matches and what is nearest, what is always suppressed and why, what only looks."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta

from destinations.kit import Purpose
from gateway.doctor.checks import Check, Group, mend, note, ok
from gateway.doctor.facts import Facts
from gateway.events import StoredEvent
from gateway.facts.pasting import filled
from gateway.pipeline import why_not
from gateway.pipeline.why_not import Verdict
from gateway.stats import Counts
from gateway.storage.usage import Hindered
from gateway.workspace import Mapping, MappingMode, Source

_GROUP = Group.MAPPINGS
SHADOWED = timedelta(days=14)
"""After so long somebody has seen enough."""

_NUMBER = re.compile(r"\+[0-9]{7,15}")
_LIKE = re.compile(r"opt|consent|subscri|permission|agree|marketing|sms|whats", re.IGNORECASE)
_MOST_NAMES = 5


def findings(facts: Facts) -> Iterator[Check]:
    """A line for each that does nothing, or one that all is well."""
    some = [*_none(facts), *(check for one in facts.mappings for check in _of_mapping(facts, one))]
    yield from some
    if not some:
        yield ok(_GROUP, "mappings", f"{len(facts.mappings)}: each matches, and texts")


def _none(facts: Facts) -> Iterator[Check]:
    if facts.mappings:
        return
    first = facts.destinations[0] if facts.destinations else None
    definition = None if first is None else facts.definitions.get(first.definition)
    if first is None or definition is None:
        way = "Make one with mappingCreate, once there is a destination."
    else:
        action = definition.actions[0]
        fields = '{ from: "<a sender of the account>", body: "Thanks!", send: true }'
        given = (
            f'destinationId: "{first.id}", action: "{action.slug}", name: "First text", '
            f"trigger: {json.dumps(action.default_trigger)}, fields: {fields}"
        )
        way = f"Make one: mutation {{ mappingCreate(input: {{{given}}}) {{ mapping {{ id }} errors {{ message path }} }} }}"
    yield note(_GROUP, "first mapping", "there is none, so no event leads to a text.", way)


def _of_mapping(facts: Facts, one: Mapping) -> Iterator[Check]:
    name = f"mapping {one.name!r}"
    compiled = facts.snapshot.compiled.get(one.id)
    if compiled is None:
        if one.enabled:
            yield mend(
                _GROUP,
                name,
                "does not compile any more, or its destination's type is not installed: nothing is sent by it.",
                f"See what is wrong: query {{ node(id: {json.dumps(one.id)}) {{ ... on Mapping {{ problems {{ path message }} }} }} }}",
                one.id,
            )
        return
    if compiled.confirms:
        return
    counts = facts.week.get(one.id, Counts())
    if not one.enabled:
        yield from _disabled(facts, one, name)
    elif one.id in facts.hindered:
        yield _hindered(facts, one, name, counts, facts.hindered[one.id])
    elif one.id not in facts.matched:
        yield _unmatched(facts, one, name, "never matched an event.")
    elif not counts.matched and one.mode is MappingMode.LIVE and _had_events(facts, one):
        yield _unmatched(facts, one, name, "matched no event in the last 7 days.")
    if one.enabled and one.mode is MappingMode.SHADOW:
        days = (facts.now - one.updated_at).days
        long = f" for {days} days and more" if facts.now - one.updated_at > SHADOWED else ""
        said = f"is in SHADOW{long}: it decides, and sends nothing."
        yield note(_GROUP, name, said, f"Let it send: {_update(one, 'mode: LIVE')}", one.id)


def _had_events(facts: Facts, one: Mapping) -> bool:
    since = facts.now - timedelta(days=7)
    return any(event.received_at > since for event in facts.events_for(one.destination_id))


def _update(one: Mapping, change: str) -> str:
    given = f"id: {json.dumps(one.id)}, expectedRevision: {one.revision}, {change}"
    return f"mutation {{ mappingUpdate(input: {{{given}}}) {{ mapping {{ id }} errors {{ message }} }} }}"


def _disabled(facts: Facts, one: Mapping, name: str) -> Iterator[Check]:
    compiled = facts.snapshot.compiled[one.id]
    some = facts.events_for(one.destination_id)
    taken = sum(compiled.trigger.matches(event.payload) for event in some if event.payload_removed_at is None)
    if taken:
        said = f"is disabled, and {taken} of the last {len(some)} events would match it."
        yield note(_GROUP, name, said, f"Enable it: {_update(one, 'enabled: true')}", one.id)


def _unmatched(facts: Facts, one: Mapping, name: str, how: str) -> Check:
    found = why_not.nearest(facts.snapshot, one, facts.events_for(one.destination_id))
    said = f"{how} Its trigger is `{one.trigger}`."
    if found is None:
        given = f'{{ mappingId: "{one.id}", event: {{ type: "track", event: "Yours", userId: "u1" }} }}'
        tried = f"query {{ mappingPreview(input: {given}) {{ matched decision explanation {{ gate passed detail }} }} }}"
        none = "No event reached its destination lately."
        return note(
            _GROUP,
            name,
            f"{said} {none}",
            f"Put an event of yours here, and it says what does not hold: {tried}",
            one.id,
        )
    event, verdict = found
    shown = f"query {{ mappingPreview(input: {{ mappingId: {json.dumps(one.id)}, eventId: {json.dumps(event.id)} }}) {{ matched decision explanation {{ gate passed detail }} }} }}"
    return note(
        _GROUP,
        name,
        f"{said} {_nearest(event, verdict)}",
        f"Mend the trigger, or what sends the event; this says what becomes of it: {shown}",
        one.id,
    )


def _nearest(event: StoredEvent, verdict: Verdict) -> str:
    """What stands between the nearest event and the mapping. Of its content only its type and name are told: the rest is about somebody."""
    what = f"{event.type} {event.name!r}" if event.name else event.type
    nearest = f"The nearest of the last events is a {what} ({event.id})"
    if verdict.matched:
        return f"{nearest}, which would match now."
    if verdict.failed_term is None:
        return f"{nearest}: {verdict.found}"
    place = "" if verdict.line is None else f" at {verdict.line}:{verdict.column}"
    found = f", and {verdict.found}" if verdict.type_and_name_alone and verdict.found else ""
    return f"{nearest}: `{verdict.failed_term}`{place} does not hold{found}."


def _hindered(facts: Facts, one: Mapping, name: str, counts: Counts, last: Hindered) -> Check:
    destination = facts.snapshot.destinations[one.destination_id]
    said = f"sent nothing in 7 days: of {counts.matched} events that matched {counts.suppressed} were suppressed, the last as {last.reason}."
    remedy = filled(last.remedy or "", destination, one)
    if not remedy or _NUMBER.search(remedy):  # what names somebody is shown to those who may see it
        shown = f"query {{ node(id: {json.dumps(last.id)}) {{ ... on Delivery {{ reason remedy }} }} }}"
        remedy = f"What is to be done says the last of them: {shown}"
    return mend(_GROUP, name, said, remedy, one.id)


def opt_ins(facts: Facts) -> Iterator[Check]:
    """A line for each source whose events have traits and never that which says yes, though MARKETING is sent for it."""
    some = [check for one in facts.sources for check in _opt_in(facts, one)]
    yield from some
    if not some and any(facts.recent.values()):
        yield ok(Group.PEOPLE, "opt-ins", "no source that sends people's traits lacks the one that says yes")


def _opt_in(facts: Facts, source: Source) -> Iterator[Check]:
    channels = {
        (one.action.channel or "").upper()
        for one in facts.snapshot.compiled.values()
        if one.mapping.enabled
        and one.mapping.purpose is Purpose.MARKETING
        and (source.id, one.destination.id) in facts.snapshot.links
    }
    if not channels:
        return
    wanted = {
        source.whatsapp_opt_in_trait if channel == "WHATSAPP" else source.sms_opt_in_trait
        for channel in channels
    }
    names = [set(traits) for event in facts.recent.get(source.id, ()) for traits in _traits(event)]
    seen = set().union(*names)
    missing = sorted(wanted - seen)
    if not names or not missing or len(missing) < len(wanted):
        return
    like = sorted(name for name in seen if _LIKE.search(name))[:_MOST_NAMES]
    said = f"none of its last events says by {' or '.join(missing)} that somebody agreed, and MARKETING to nobody who did is suppressed."
    if like:
        said += f" Traits that look like it: {', '.join(like)}."
    trait = "whatsappOptInTrait" if missing[0] == source.whatsapp_opt_in_trait else "smsOptInTrait"
    named = json.dumps(like[0]) if like else '"<the trait that says yes>"'
    given = f'id: "{source.id}", expectedRevision: {source.revision}, {trait}: {named}'
    yield note(
        Group.PEOPLE,
        f"source {source.name!r}",
        said,
        f"If it has another name: mutation {{ sourceUpdate(input: {{{given}}}) {{ errors {{ message }} }} }} Or have the identify carry it; or, if "
        "consent comes by consentImport or consentUpdate, leave it.",
        source.id,
    )


def _traits(event: StoredEvent) -> Iterator[dict[str, object]]:
    context = event.payload.get("context")
    places = event.payload.get("traits"), context.get("traits") if isinstance(context, dict) else None
    yield from (one for one in places if isinstance(one, dict) and one)
