"""What becomes of events that a forwarder sent on: their `integrations` keep them from nothing here, which they say themselves."""

from typing import Any

import pytest

from gateway import ids
from gateway.events import Doubt, Event, EventOutcome, QueuedRequest
from gateway.pipeline.preview import preview
from gateway.pipeline.why_not import verdicts
from gateway.spec import event_at
from tests.factories import NOW, destination, identify, mapping, source, track
from tests.gateway.world import World

NOT_OURS = {"All": False, "Webhooks": True}


def forwarded(call: dict[str, Any], number: int = 1) -> Event:
    """The event that a call is where it came by /v1/events."""
    return event_at(QueuedRequest(f"req_{number:032x}", "src_server", NOW, [call], forwarded=True), 0)


async def test_a_forwarders_integrations_lead_nowhere_and_the_event_says_so(world: World) -> None:
    outcomes = await world.take(identify(), forwarded(track(integrations=NOT_OURS)))

    assert outcomes == [EventOutcome.UNMATCHED, EventOutcome.MATCHED]
    kept = await world.event()
    assert (kept.payload["integrations"], kept.payload["forwardedIntegrations"]) == ({}, NOT_OURS)
    said = (
        'The integrations came as {"All": false, "Webhooks": true}: they are about the destinations of whoever sent the event on, and '
        "are not read. By them it would not have reached: order. To keep such events from a mapping, say so in its trigger, or do not "
        "send them on."
    )
    assert kept.doubts == (Doubt("integrations_not_read", said),)
    assert (await world.delivery()).mapping_id == mapping().id


@pytest.mark.parametrize(
    "call",
    [
        track(),
        track(integrations={"All": True, "Webhooks": False}),
        track(integrations={"All": False, "Paper": True}),
        track(integrations=NOT_OURS, event="What no mapping is for"),
    ],
)
async def test_where_it_makes_no_difference_nothing_is_said(world: World, call: dict[str, Any]) -> None:
    await world.take(forwarded(call))

    assert (await world.event()).doubts == ()


async def test_by_the_other_paths_they_count_as_ever(world: World) -> None:
    outcomes = await world.take(track(integrations=NOT_OURS))

    assert outcomes == [EventOutcome.UNMATCHED]
    kept = await world.event()
    assert (kept.payload["integrations"], kept.doubts) == (NOT_OURS, ())
    assert await world.deliveries() == []


async def test_the_dry_run_and_the_question_why_not_read_the_event_as_it_is_kept(world: World) -> None:
    await world.take(identify(), forwarded(track(integrations=NOT_OURS)))
    kept = await world.event()

    tried = await preview(world.services, destination(), mapping(), kept)
    (told,) = verdicts(await world.services.workspace.current(), kept)
    pasted = await preview(world.services, destination(), mapping(), kept.payload)

    assert (tried.matched, tried.decision, [doubt.code for doubt in tried.doubts]) == (
        True,
        "SEND",
        ["integrations_not_read"],
    )
    assert told.matched
    assert (pasted.matched, pasted.decision) == (True, "SEND")


async def test_it_is_decided_once_by_whichever_way_it_came_first(world: World) -> None:
    one, other = track(integrations=NOT_OURS), track(integrations=NOT_OURS, messageId="m-2")
    outcomes = [
        *await world.take(forwarded(one)),
        *await world.take(one),
        *await world.take(other),
        *await world.take(forwarded(other, 2)),
    ]

    assert outcomes == [
        EventOutcome.MATCHED,
        EventOutcome.DUPLICATE,
        EventOutcome.UNMATCHED,
        EventOutcome.DUPLICATE,
    ]
    assert len(await world.deliveries()) == 1


async def test_the_same_event_by_two_sources_is_one_text(world: World) -> None:
    await world.configure(source(id="src_segment", name="segment", write_key_hash=ids.digest("wk_2")))

    await world.take(identify(), track())
    outcomes = await world.take(forwarded(track(integrations=NOT_OURS)), source="src_segment")

    assert outcomes == [EventOutcome.DUPLICATE]
    assert len(await world.deliveries()) == 1
