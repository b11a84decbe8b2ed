"""People whose number the provider hides."""

from typing import Any

from destinations.kit import (
    Channel,
    ConsentChanged,
    ConsentStatus,
    InboundMessage,
    MessageStatus,
    Signal,
    StatusChanged,
)
from gateway.consent import state
from gateway.pipeline import signals
from gateway.storage import conversations, external_contacts, inbound_messages, unmatched
from tests.factories import ANN, NOW, destination, identify, later, track
from tests.gateway.world import World

OURS, BEA = "+12025550199", "FI.2782"


def wrote(sid: str = "SM9", number: str | None = None, **more: Any) -> InboundMessage:
    """A message of somebody whose number is hidden."""
    known = {"external_user_ids": (BEA,), "address": f"whatsapp:{number or BEA}", **more}
    return InboundMessage(sid, number, OURS, Channel.WHATSAPP, "Stop.", keyword="STOP", **known)


def stop(number: str | None = None, channel: Channel = Channel.WHATSAPP) -> ConsentChanged:
    return ConsentChanged(
        number, channel, ConsentStatus.UNSUBSCRIBED, stop=True, evidence="keyword STOP", sender=OURS
    )


async def tell(world: World, *said: Signal, seconds: float = 0) -> None:
    await world.store.write(lambda c: signals.apply(c, world.secrets, destination(), said, later(seconds)))


async def lost(world: World) -> list[tuple[str | None, str | None, str | None]]:
    page = await world.store.read(lambda c: unmatched.page(c, "default", 10, None))
    return [(one.sender, one.recipient, one.message_sid) for one in page.items]


async def test_a_status_is_about_the_deliverys_own_recipient(world: World) -> None:
    await world.take(identify(), track())
    await world.deliver()
    one = await world.delivery()
    status = StatusChanged("SM1", MessageStatus.FAILED, one.id, "63014", external_user_ids=(BEA,))

    await tell(world, status, stop())

    (word,) = [said for said in await world.words(channel=Channel.WHATSAPP) if said.is_stop]
    assert word.phone == ANN
    assert await world.store.read(lambda c: external_contacts.of_numbers(c, "default", [ANN])) == {ANN: [BEA]}
    assert await lost(world) == []


async def test_a_stop_is_that_of_the_recipient_of_the_message_it_replies_to(world: World) -> None:
    await world.take(identify(), track())
    await world.deliver()
    sent = (await world.delivery()).message_sid

    await tell(world, wrote(replied_to=sent), stop())
    await tell(world, wrote("SM10"), seconds=60)

    stands = state(await world.words(channel=Channel.WHATSAPP))
    assert stands is not None
    assert stands.stopped
    (heard,) = (await world.store.read(lambda c: conversations.of_numbers(c, "default", [ANN])))[ANN]
    assert heard.last_inbound_at == later(60)
    assert await lost(world) == []


async def test_what_nobody_can_be_found_for_is_kept_and_shown_and_made_up_for_later(world: World) -> None:
    await tell(world, wrote(), stop())

    assert await world.words(channel=Channel.WHATSAPP) == []
    assert world.on_disk("SELECT phone FROM contacts") == []
    assert await lost(world) == [(f"whatsapp:{BEA}", OURS, "SM9")]

    await tell(world, wrote("SM10", ANN), seconds=3600)

    (word,) = await world.words(channel=Channel.WHATSAPP)
    assert (word.is_stop, word.occurred_at, word.received_at, word.sender) == (True, NOW, later(3600), OURS)
    page = await world.store.read(lambda c: inbound_messages.page(c, "default", 10, None, phone=ANN))
    assert [one.message_sid for one in page.items] == ["SM10", "SM9"]


async def test_an_id_of_another_destination_is_another_persons(world: World) -> None:
    await tell(world, wrote("SM10", ANN))
    other = destination(id="dst_other")

    await world.store.write(lambda c: signals.apply(c, world.secrets, other, [wrote("SM11"), stop()], NOW))

    assert await world.words(channel=Channel.WHATSAPP) == []


async def test_a_status_about_no_delivery_is_kept_and_shown(world: World) -> None:
    status = StatusChanged(
        "SM404", MessageStatus.SENT, sender=f"whatsapp:{OURS}", recipient=f"whatsapp:{BEA}"
    )

    await tell(world, status)

    assert await lost(world) == [(f"whatsapp:{OURS}", f"whatsapp:{BEA}", "SM404")]
