"""Where events come from: whether there is a source, whether it leads somewhere, and whether it still sends."""

from collections.abc import Iterator

from destinations.kit import mutation_call
from gateway.alerts import AlertCode
from gateway.doctor.checks import Check, Group, note, ok
from gateway.doctor.facts import WEEK, Facts

_GROUP = Group.SOURCES


def findings(facts: Facts) -> Iterator[Check]:
    """A line for each thing that a person may have overlooked, or one that all is well."""
    some = [*_none(facts), *_unconnected(facts), *_silent(facts), *_refused(facts)]
    yield from some
    if not some:
        yield ok(_GROUP, "sources", f"{len(facts.sources)}: each leads somewhere")


def _none(facts: Facts) -> Iterator[Check]:
    if not facts.sources:
        made = mutation_call("sourceCreate", "writeKey source { id }", name="Shop server")
        yield note(
            _GROUP,
            "first source",
            "there is none that takes events.",
            f"Make one, and keep its write key, which is shown once: {made}",
        )


def _unconnected(facts: Facts) -> Iterator[Check]:
    there = {one.id for one in facts.snapshot.destinations.values() if one.deleted_at is None}
    for one in facts.sources:
        if any(source == one.id and destination in there for source, destination in facts.snapshot.links):
            continue
        same = [other for other in facts.destinations if other.space == one.space]
        said = "is connected to no destination, so its events lead to nothing."
        way = connected(one.id, same[0].id) if same else "Make a destination, and connect it."
        yield note(_GROUP, f"source {one.name!r}", said, way, one.id)


def connected(source_id: str, destination_id: str) -> str:
    """How the two are connected."""
    return f"Connect it: {mutation_call('sourceConnect', 'source { name }', sourceId=source_id, destinationId=destination_id)}"


def _silent(facts: Facts) -> Iterator[Check]:
    for one in facts.sources:
        events = facts.recent.get(one.id, ())
        if events and facts.now - events[0].received_at > WEEK:
            days = (facts.now - events[0].received_at).days
            yield note(
                _GROUP,
                f"source {one.name!r}",
                f"has sent nothing for {days} days, though it did before.",
                f"See that what sends for it still runs, with the key that ends with {one.write_key_last_four or 'what it had'} and this "
                "gateway's address. If it is not needed any more, disable it.",
                one.id,
            )


def _refused(facts: Facts) -> Iterator[Check]:
    for alert in facts.alerts:
        if alert.code is AlertCode.REQUESTS_REFUSED:
            name = facts.snapshot.sources[alert.target_id].name
            yield note(_GROUP, f"source {name!r}", alert.message, alert.remedy, alert.target_id)
