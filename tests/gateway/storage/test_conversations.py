"""Conversations in the ledger."""

import asyncio
from dataclasses import replace
from functools import partial

import pytest

from destinations.kit import Channel
from gateway.facts.conversations import ConversationFacts
from gateway.storage import conversations
from gateway.storage.conversations import Conversation
from gateway.storage.engine import Store
from tests.factories import ANN, BOB, NOW, later

OURS = "+12025550199"
SAID = Conversation("default", ANN, Channel.WHATSAPP, OURS, "dst_paper", NOW)


async def test_a_conversation_only_moves_forward(store: Store) -> None:
    for seconds, destination in ((0, "dst_1"), (60, "dst_2"), (30, "dst_3"), (60, "dst_4")):
        said = replace(SAID, destination_id=destination, last_inbound_at=later(seconds))
        await store.write(partial(conversations.hear, said=said))

    held = (await store.read(lambda c: conversations.of_numbers(c, "default", [ANN])))[ANN]

    assert held == [replace(SAID, destination_id="dst_2", last_inbound_at=later(60))]


async def test_a_message_is_heard_once_per_destination(store: Store) -> None:
    async def claim(destination: str = "dst_paper", sid: str = "SM1") -> bool:
        return await store.write(lambda c: conversations.claim(c, destination, sid, NOW))

    first = await asyncio.gather(*(claim() for _ in range(5)))

    assert sorted(first) == [False, False, False, False, True]
    assert await claim(destination="dst_other")
    assert await claim(sid="SM2")


async def test_a_window_belongs_to_one_sender_one_person_one_channel_and_one_space(store: Store) -> None:
    await store.write(lambda c: conversations.hear(c, SAID))
    facts = ConversationFacts(store, "default", {})

    assert await facts.last_inbound(ANN, OURS, Channel.WHATSAPP) == NOW
    assert await facts.last_inbound(BOB, OURS, Channel.WHATSAPP) is None
    assert await facts.last_inbound(ANN, BOB, Channel.WHATSAPP) is None
    assert await facts.last_inbound(ANN, OURS, Channel.SMS) is None
    assert await ConversationFacts(store, "other", {}).last_inbound(ANN, OURS, Channel.WHATSAPP) is None


@pytest.mark.parametrize(
    ("wrote_from", "dialled"),
    [
        ("+551187654321", "+5511987654321"),
        ("+5215512345678", "+525512345678"),
        ("+5491123456789", "+541123456789"),
    ],
)
async def test_who_writes_from_another_form_of_the_number_is_the_same_person(
    store: Store, wrote_from: str, dialled: str
) -> None:
    await store.write(lambda c: conversations.hear(c, replace(SAID, phone=wrote_from)))

    facts = ConversationFacts(store, "default", {})

    assert await facts.last_inbound(dialled, OURS, Channel.WHATSAPP) == NOW
    assert len((await store.read(lambda c: conversations.of_numbers(c, "default", [dialled])))[dialled]) == 1
    assert (
        len((await store.read(lambda c: conversations.of_numbers(c, "default", [wrote_from])))[wrote_from])
        == 1
    )


async def test_an_sms_is_from_a_person_in_whatever_form(store: Store) -> None:
    said = replace(SAID, phone="+5215512345678", channel=Channel.SMS)

    await store.write(lambda c: conversations.hear(c, said))

    kept = [replace(said, phone="+525512345678")]
    assert (await store.read(lambda c: conversations.of_numbers(c, "default", ["+5215512345678"])))[
        "+5215512345678"
    ] == kept
    assert (await store.read(lambda c: conversations.of_numbers(c, "default", ["+525512345678"])))[
        "+525512345678"
    ] == kept


async def test_the_latest_conversation_of_a_number_comes_first(store: Store) -> None:
    newer = replace(SAID, sender=BOB, last_inbound_at=later(1))
    newest = replace(SAID, channel=Channel.SMS, last_inbound_at=later(2))

    for said in (newer, SAID, newest):
        await store.write(partial(conversations.hear, said=said))

    assert (await store.read(lambda c: conversations.of_numbers(c, "default", [ANN])))[ANN] == [
        newest,
        newer,
        SAID,
    ]
