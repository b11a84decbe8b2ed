"""What of an event's words and numbers counts, and what becomes of those that can not be read or come out of order."""

import dataclasses
from typing import Any

import pytest
from sqlalchemy import func, select

from destinations.kit import ConsentStatus, Reason
from gateway.deliveries import DeliveryStatus
from gateway.events import Doubt
from gateway.storage import consent, events, sources, tables
from tests.factories import ANN, identify, later, source, track
from tests.gateway.world import World


@pytest.mark.parametrize("value", ["false", "No", 0, "off", "opted_out"])
async def test_a_no_in_words_after_a_yes_stops_the_text(world: World, value: Any) -> None:
    await world.take(identify())
    await world.take(identify(messageId="m-2", traits={"sms_opt_in": value}), track(messageId="m-3"))
    await world.deliver()

    (delivery,) = await world.deliveries()
    assert (delivery.status, delivery.reason) == (DeliveryStatus.SUPPRESSED, Reason.NOT_SUBSCRIBED)
    assert world.requests == []


async def test_a_no_in_the_properties_of_the_very_event_stops_its_text(world: World) -> None:
    await world.take(identify(), track(properties={"sms_opt_in": "no"}))
    await world.deliver()

    (delivery,) = await world.deliveries()
    assert (delivery.status, delivery.reason) == (DeliveryStatus.SUPPRESSED, Reason.NOT_SUBSCRIBED)
    assert world.requests == []


async def test_what_can_not_be_read_does_not_count_and_stands_on_the_event(world: World) -> None:
    await world.take(identify(), track(context={"traits": {"sms_opt_in": "maybe"}}))
    await world.deliver()

    (delivery,) = await world.deliveries()
    kept = await world.store.read(lambda c: events.get(c, delivery.event_id))
    assert delivery.status is DeliveryStatus.ACCEPTED
    assert kept is not None
    assert kept.doubts == (
        Doubt(
            "consent_not_read",
            'context.traits.sms_opt_in came as "maybe", which says neither yes nor no: it does not count. Write true or false.',
        ),
    )


async def test_a_number_that_is_none_stands_on_the_event_and_nothing_is_kept_under_it(world: World) -> None:
    await world.take(identify(traits={"phone": "123-456-7890", "sms_opt_in": True}), track())
    await world.deliver()

    (delivery,) = await world.deliveries()
    doubts, kept = await world.store.read(
        lambda c: (
            [json for json in c.scalars(select(tables.events.c.doubts)) if json],
            c.scalar(select(func.count()).select_from(tables.contacts)),
        )
    )
    assert delivery.status is DeliveryStatus.SUPPRESSED
    assert delivery.reason is Reason.INVALID_PHONE
    assert [[code for code, _ in one] for one in doubts] == [["consent_not_read", "phone_not_read"]]
    assert kept == 0
    assert world.requests == []


@pytest.mark.parametrize("number", [12025550145, 12025550145.0, 2025550145, "(202) 555-0145"])
async def test_an_opt_out_counts_from_a_source_that_is_connected_to_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch, number: Any
) -> None:
    of_paper = dataclasses.replace(world.definition, default_country=lambda _settings: "US")
    monkeypatch.setattr(world.services.workspace, "definitions", {"paper": of_paper})
    alone = source(id="src_crm", name="crm", write_key_hash="of the crm")
    await world.store.write(lambda c: sources.add(c, alone))
    world.services.workspace.invalidate()

    await world.take(identify(traits={"phone": "+12025550145", "sms_opt_in": True}))
    await world.take(
        identify(messageId="m-no", traits={"phone": number, "sms_opt_in": "no"}), source="src_crm"
    )
    await world.take(track(messageId="m-order"))
    await world.deliver()

    words = await world.store.read(lambda c: consent.of_number(c, "default", "+12025550145"))
    assert [word.status for word in words] == [ConsentStatus.SUBSCRIBED, ConsentStatus.UNSUBSCRIBED]
    assert (await world.delivery()).status is DeliveryStatus.SUPPRESSED
    assert world.requests == []


@pytest.mark.parametrize("number", [12025550145, 12025550145.0, "12025550145", "(202) 555-0145"])
@pytest.mark.parametrize("place", ["subscription", "external id", "trait"])
async def test_an_opt_out_reaches_the_ledger_however_its_number_is_written(
    world: World, monkeypatch: pytest.MonkeyPatch, number: Any, place: str
) -> None:
    of_paper = dataclasses.replace(world.definition, default_country=lambda _settings: "US")
    monkeypatch.setattr(world.services.workspace, "definitions", {"paper": of_paper})
    said: dict[str, dict[str, Any]] = {
        "subscription": {
            "context": {"messaging_subscriptions": [{"key": number, "type": "SMS", "status": "UNSUBSCRIBED"}]}
        },
        "external id": {"external_ids": [{"id": number, "type": "phone", "isSubscribed": False}]},
        "trait": {"context": {"traits": {"phone": number, "sms_opt_in": False}}},
    }

    await world.take(identify(traits={"phone": "+12025550145", "sms_opt_in": True}))
    await world.take(track(messageId="m-no", event="Other", **said[place]), track(messageId="m-order"))
    await world.deliver()

    words = await world.store.read(lambda c: consent.of_number(c, "default", "+12025550145"))
    assert [word.status for word in words] == [ConsentStatus.SUBSCRIBED, ConsentStatus.UNSUBSCRIBED]
    assert {one.status for one in await world.deliveries()} == {DeliveryStatus.SUPPRESSED}
    assert world.requests == []


async def test_a_yes_from_the_future_does_not_outlive_a_later_no(world: World) -> None:
    await world.take(identify(timestamp="2036-11-21T12:00:00Z"))
    world.clock.advance(3600)
    await world.take(identify(messageId="m-2", traits={"phone": ANN, "sms_opt_in": False}))

    await world.take(track())
    await world.deliver()

    words = [(word.status, word.occurred_at) for word in await world.words()]
    assert words == [(ConsentStatus.SUBSCRIBED, later(0)), (ConsentStatus.UNSUBSCRIBED, later(3600))]
    assert (await world.delivery()).reason is Reason.NOT_SUBSCRIBED
    assert world.requests == []


async def test_a_no_that_comes_late_and_out_of_order_does_not_undo_a_newer_yes_and_a_newer_one_does(
    world: World,
) -> None:
    no = {"phone": ANN, "sms_opt_in": False}
    await world.take(identify(timestamp="2026-11-21T11:00:00Z"))
    await world.take(identify(messageId="m-2", timestamp="2026-11-21T10:00:00Z", traits=no))
    await world.take(track())
    await world.deliver()
    assert len(world.requests) == 1

    await world.take(identify(messageId="m-3", timestamp="2026-11-21T11:00:00Z", traits=no))
    await world.take(track(messageId="m-4"))
    await world.deliver()

    assert len(world.requests) == 1
    assert sorted(str(one.reason) for one in await world.deliveries()) == ["NOT_SUBSCRIBED", "None"]
