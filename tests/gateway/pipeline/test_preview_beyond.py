"""Beside whatever gate stops it, the dry run shows the text that would leave but for that; what it says of the gate stays true."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from destinations.kit import Channel, ConsentStatus, Policy, Reason, Send
from gateway.clock import ManualClock
from gateway.pipeline.preview import Preview, preview
from gateway.storage.engine import Store
from gateway.workspace import SourceTrust
from tests.factories import ANN, destination, identify, mapping, source, track, word
from tests.gateway.pipeline.test_preview_truth import (
    ACCOUNT,
    FIELDS,
    Case,
    Recorded,
    compared,
    configured,
    twilio,
)
from tests.gateway.world import World

GERMAN = "+4915123456789"
SMS = {"from": "+15005550006", "body": "Hi {{ profile.user_id }}!", "send": True}
WHATSAPP = {"from": "+15005550006", "body": "Hi!", "send": True}
KNOWN = identify(traits={"phone": ANN})
AGREED = identify(traits={"phone": ANN, "sms_opt_in": True})


def case(fields: dict[str, Any], event: dict[str, Any], *, action: str = "sendSms", **more: Any) -> Case:
    there = destination(definition=twilio().slug, settings=ACCOUNT, policy=more.pop("policy", Policy()))
    one = mapping(action=action, trigger='type = "track" or type = "identify"', fields=fields)
    return Case(more.pop("source", source()), there, one, event)


@pytest.fixture
async def opened(store: Store, tmp_path: Path, clock: ManualClock) -> AsyncIterator[Any]:
    """Opens a world, on each engine, that has that case."""
    worlds: list[World] = []

    async def open_with(of: Case) -> World:
        worlds.append(await configured(store, tmp_path, clock, [of], Recorded()))
        return worlds[-1]

    yield open_with
    for world in worlds:
        await world.services.reader.close()


async def told(world: World, of: Case) -> tuple[Preview, Send]:
    """What the dry run says of the case; asserts that the real thing decides the same, and that nothing left."""
    said = await preview(world.services, of.destination, of.mapping, of.event)
    both = await compared(world, of)
    assert both is not None
    assert both[0] == both[1] == (said.decision, said.reason, None)
    assert said.sent is not None
    return said, said.sent


def failed(said: Preview) -> list[tuple[str, Reason | None]]:
    return [(line.gate, line.reason) for line in said.explanation if not line.passed]


async def test_without_consent_the_text_its_request_and_its_segments_are_shown(opened: Any) -> None:
    of = case(SMS, KNOWN)

    said, sent = await told(await opened(of), of)

    assert (said.decision, said.reason) == ("SUPPRESS", Reason.NOT_SUBSCRIBED)
    assert (sent.text, sent.segments, sent.encoding, sent.recipient) == ("Hi ann!", 1, "GSM-7", ANN)
    form = dict(sent.request.form)
    assert (form["Body"], form["From"], form["To"]) == ("Hi ann!", "+15005550006", ANN)
    assert failed(said) == [("consent", Reason.NOT_SUBSCRIBED)]
    assert [line.gate for line in said.explanation][-4:] == ["consent", "content", "sender", "country"]


async def test_after_a_stop_the_text_is_shown_and_the_stop_told_of(opened: Any) -> None:
    of = case(SMS, AGREED)
    world = await opened(of)
    await world.say(word(ConsentStatus.UNSUBSCRIBED, 1, own_word=True))

    said, sent = await told(world, of)

    assert (said.decision, said.reason, sent.text) == ("SUPPRESS", Reason.OPTED_OUT, "Hi ann!")


async def test_to_a_country_that_is_not_allowed_text_and_media_are_shown(opened: Any) -> None:
    media = ["https://shop.example/shoes.png"]
    event = identify(traits={"phone": GERMAN, "sms_opt_in": True})
    of = case({**SMS, "media": media}, event, policy=Policy(allowed_countries=frozenset({"US"})))

    said, sent = await told(await opened(of), of)

    assert (said.decision, said.reason) == ("SUPPRESS", Reason.COUNTRY_NOT_ALLOWED)
    assert (sent.text, sent.media, sent.channel, sent.segments) == (
        "Hi ann!",
        tuple(media),
        Channel.MMS,
        None,
    )


async def test_in_a_closed_conversation_the_free_text_is_shown(opened: Any) -> None:
    event = identify(traits={"phone": ANN, "whatsapp_opt_in": True})
    of = case(WHATSAPP, event, action="sendWhatsApp")

    said, sent = await told(await opened(of), of)

    assert (said.decision, said.reason) == ("SUPPRESS", Reason.WINDOW_CLOSED)
    assert (sent.text, dict(sent.request.form)["To"]) == ("Hi!", f"whatsapp:{ANN}")


async def test_where_send_is_not_true_it_shows_what_would_go_out_once_it_is(opened: Any) -> None:
    of = case({**SMS, "send": False}, AGREED)

    said, sent = await told(await opened(of), of)

    assert (said.decision, said.reason, sent.text) == ("SUPPRESS", Reason.SEND_DISABLED, "Hi ann!")


async def test_a_number_that_no_server_source_gave_shows_what_it_would_get(opened: Any) -> None:
    event = track(external_ids=[{"type": "phone", "id": ANN, "channelType": "sms"}])
    of = case({**FIELDS, "sendBasedOnOptOut": True}, event, source=source(trust=SourceTrust.BROWSER))
    of = of._replace(mapping=replace(of.mapping, allow_browser_events=True))
    world = await opened(of)

    said = await preview(world.services, of.destination, of.mapping, of.event, source=of.source)

    assert (said.decision, said.reason) == ("SUPPRESS", Reason.UNTRUSTED_SOURCE)
    assert said.sent is not None
    assert (said.sent.text, said.sent.recipient) == ("Hi!", ANN)


async def test_every_gate_behind_the_first_says_what_it_sees_and_the_first_decides(opened: Any) -> None:
    policy = Policy(allowed_countries=frozenset({"US"}))
    of = case({**SMS, "send": False}, identify(traits={"phone": GERMAN}), policy=policy)

    said, sent = await told(await opened(of), of)

    assert said.reason is Reason.SEND_DISABLED
    assert failed(said) == [
        ("send", Reason.SEND_DISABLED),
        ("consent", Reason.NOT_SUBSCRIBED),
        ("country", Reason.COUNTRY_NOT_ALLOWED),
    ]
    assert sent.text == "Hi ann!"


async def test_wrong_content_behind_a_gate_is_told_and_the_gate_decides(opened: Any) -> None:
    of = case({**SMS, "body": "x" * 1601}, KNOWN)
    world = await opened(of)

    said = await preview(world.services, of.destination, of.mapping, of.event)
    both = await compared(world, of)

    assert both is not None
    assert both[0] == both[1] == ("SUPPRESS", Reason.NOT_SUBSCRIBED, None)
    assert said.sent is None
    assert failed(said) == [("consent", Reason.NOT_SUBSCRIBED), ("content", None)]


async def test_to_nobody_nothing_is_shown(opened: Any) -> None:
    of = case(SMS, identify(traits={}))
    world = await opened(of)

    said = await preview(world.services, of.destination, of.mapping, of.event)

    assert (said.decision, said.reason, said.sent, said.release_at) == (
        "HOLD",
        Reason.PROFILE_PENDING,
        None,
        None,
    )
    assert (said.remedy or "").endswith(
        "It waits until 2026-11-21 12:00:10 UTC at most: if nobody is known by then, nothing is sent (NO_SUPPORTED_IDS)."
    )


async def test_another_mapping_is_not_warned_of_where_the_person_agreed_to_nothing(opened: Any) -> None:
    of = case(SMS, KNOWN)
    world = await opened(of)
    await world.configure(replace(of.mapping, id="map_other"))

    said = await preview(world.services, of.destination, of.mapping, of.event)

    assert said.sent is not None
    assert said.twice == ()
