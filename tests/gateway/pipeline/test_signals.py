"""What the provider says later."""

from functools import partial

import pytest

from destinations.kit import (
    Channel,
    ConsentChanged,
    ConsentStatus,
    DestinationStatus,
    HttpRequest,
    InboundMessage,
    MessageStatus,
    Signal,
    StatusChanged,
)
from gateway.consent import state
from gateway.deliveries import AttemptOutcome, DeliveryStatus
from gateway.pipeline import signals
from gateway.sending import NoAnswer, Phase
from gateway.storage import deliveries, destinations, people
from tests.factories import ANN, NOW, destination, identify, later, track
from tests.gateway.paper import refused
from tests.gateway.world import World

S, M = DeliveryStatus, MessageStatus
NO_ANSWER = NoAnswer("paper.example", Phase.ANSWER, "it hung up")


async def accepted(world: World) -> None:
    await world.take(identify(), track())
    await world.deliver()


async def test_a_status_moves_up_and_never_down_and_every_callback_is_kept(world: World) -> None:
    await accepted(world)
    said = [M.SENT, M.DELIVERED, M.SENT, M.QUEUED, M.DELIVERED, M.READ, M.UNDELIVERED]
    shown = []

    for status in said:
        await world.call_back(status)
        shown.append((await world.delivery()).message_status)

    assert shown == [M.SENT, M.DELIVERED, M.DELIVERED, M.DELIVERED, M.DELIVERED, M.READ, M.READ]
    assert [one.status for one in await world.callbacks()] == said
    assert (await world.delivery()).error_code is None


async def test_a_failure_has_its_code_until_it_is_delivered_after_all(world: World) -> None:
    await accepted(world)

    await world.call_back(
        M.UNDELIVERED, provider_code="30005", message="Unknown handset", remedy="Ask for it.", price="-0.01"
    )
    failed = await world.delivery()
    await world.call_back(M.DELIVERED)
    delivered = await world.delivery()

    assert (failed.status, failed.message_status) == (S.ACCEPTED, M.UNDELIVERED)
    assert (failed.error_code, failed.error_message, failed.remedy) == (
        "30005",
        "Unknown handset",
        "Ask for it.",
    )
    assert (delivered.message_status, delivered.error_code, delivered.remedy) == (M.DELIVERED, None, None)
    assert delivered.price == "-0.01"
    assert [one.provider_code for one in await world.callbacks()] == ["30005", None]


async def test_a_callback_may_overtake_the_answer(world: World) -> None:
    original = world.client.send

    async def send(request: HttpRequest) -> object:
        response = await original(request)
        await world.call_back(M.DELIVERED, "SM1")
        assert (await world.delivery()).status is S.ACCEPTED
        return response

    world.client.send = send  # type: ignore[method-assign,assignment]  # the answer, only later
    await accepted(world)

    one = await world.delivery()
    assert (one.status, one.message_sid, one.message_status) == (S.ACCEPTED, "SM1", M.DELIVERED)
    assert [attempt.outcome for attempt in await world.attempts()] == [AttemptOutcome.ACCEPTED]
    assert await world.due() is None


@pytest.mark.parametrize("answer", [NO_ANSWER, refused(429), refused(400, "21211")])
async def test_a_callback_that_overtakes_a_lost_answer_settles_it(world: World, answer: object) -> None:
    original = world.client.send

    async def send(request: HttpRequest) -> object:
        await world.call_back(M.SENT, "SM5")
        return await original(request)

    world.client.send = send  # type: ignore[method-assign,assignment]  # the callback, then the answer
    world.provider.answers.append(answer)  # type: ignore[arg-type]  # each is one
    await accepted(world)
    while await world.due() is not None:
        await world.deliver_when_due()

    one = await world.delivery()
    assert (one.status, one.message_sid, one.message_status) == (S.ACCEPTED, "SM5", M.SENT)
    assert len(world.requests) == 1


async def test_a_callback_while_it_is_uncertain_stops_the_resend(world: World) -> None:
    world.provider.answers.append(NO_ANSWER)
    await accepted(world)
    assert (await world.delivery()).status is S.UNCERTAIN

    await world.call_back(M.SENT, "SM5")

    one = await world.delivery()
    assert (one.status, one.message_sid, one.error_message, one.remedy, one.next_attempt_at) == (
        S.ACCEPTED,
        "SM5",
        None,
        None,
        None,
    )
    world.clock.advance(600)
    await world.deliver()
    assert (len(world.requests), await world.due()) == (1, None)


async def test_a_callback_while_it_waits_to_be_sent_again_stops_that(world: World) -> None:
    world.provider.answers.append(refused(429, retry_after=30))
    await accepted(world)

    await world.call_back(M.SENT, "SM5")
    world.clock.advance(600)
    await world.deliver()

    assert ((await world.delivery()).status, len(world.requests)) == (S.ACCEPTED, 1)


async def test_a_callback_while_it_is_held_after_a_lost_answer_stops_the_resend(world: World) -> None:
    world.provider.answers.append(NO_ANSWER)
    await accepted(world)
    world.clock.advance(61)
    await world.deliver()
    assert (await world.delivery()).status is S.RETRYING
    await world.store.write(
        lambda c: destinations.set_verification(c, "dst_paper", DestinationStatus.FAILED, {}, NOW)
    )
    world.services.workspace.invalidate()
    await world.deliver()
    assert (await world.delivery()).status is S.HELD

    await world.call_back(M.DELIVERED, "SM5")

    one = await world.delivery()
    assert (one.status, one.message_sid, one.reason, one.detail) == (S.ACCEPTED, "SM5", None, None)
    assert len(world.requests) == 1


async def test_a_callback_tells_the_truth_of_what_had_ended(world: World) -> None:
    world.provider.answers.append(NO_ANSWER)
    world.provider.list_status = 500
    await accepted(world)
    world.clock.advance(4 * 3600 + 1)
    await world.deliver()
    assert (await world.delivery()).status is S.EXPIRED

    await world.call_back(M.DELIVERED, "SM5")

    one = await world.delivery()
    assert (one.status, one.message_status, one.error_message) == (S.ACCEPTED, M.DELIVERED, None)


async def test_a_second_message_of_one_delivery_is_kept_and_overwrites_nothing(world: World) -> None:
    await accepted(world)

    await world.call_back(M.DELIVERED, "SM2")

    one = await world.delivery()
    assert (one.message_sid, one.message_status) == ("SM1", M.QUEUED)
    assert [callback.status for callback in await world.callbacks()] == [M.DELIVERED]


async def test_a_callback_about_what_was_never_sent_is_kept_and_changes_nothing(world: World) -> None:
    await world.take(identify(), track())

    await world.call_back(M.DELIVERED, "SM5")

    assert (await world.delivery()).status is S.PENDING
    assert len(await world.callbacks()) == 1
    await world.deliver()
    assert ((await world.delivery()).message_sid, len(world.requests)) == ("SM1", 1)


async def test_without_a_delivery_id_the_sid_finds_it(world: World) -> None:
    await accepted(world)

    await world.call_back(M.SENT, "SM1", delivery_id=None)

    assert (await world.delivery()).message_status is M.SENT


async def test_a_callback_about_another_destinations_delivery_is_not_heard(world: World) -> None:
    await accepted(world)
    one = await world.delivery()
    stranger = destination(id="dst_other")
    signal = StatusChanged("SM1", M.DELIVERED, one.id)

    await world.store.write(lambda c: signals.apply(c, world.secrets, stranger, [signal], NOW))
    await world.store.write(
        lambda c: signals.apply(c, world.secrets, stranger, [StatusChanged("SM404", M.SENT, "dlv_404")], NOW)
    )

    assert (await world.delivery()).message_status is M.QUEUED
    assert await world.callbacks() == []
    assert await world.store.read(lambda c: deliveries.by_message_sid(c, "SM404")) is None


async def test_a_persons_own_stop_is_kept(world: World) -> None:
    stop = ConsentChanged(
        ANN, Channel.SMS, ConsentStatus.UNSUBSCRIBED, stop=True, evidence="STOP", sender="+1"
    )
    nobody = ConsentChanged(None, Channel.SMS, ConsentStatus.UNSUBSCRIBED, stop=True, evidence="STOP")

    await world.store.write(lambda c: signals.apply(c, world.secrets, destination(), [stop, nobody], NOW))

    (said,) = await world.words()
    assert (said.own_word, said.source, said.sender, said.evidence) == (
        True,
        "provider",
        "+1",
        {"method": "STOP"},
    )
    assert (said.occurred_at, said.received_at) == (NOW, NOW)
    assert await world.store.read(lambda c: people.contact(c, "default", ANN)) is not None


async def test_a_persons_own_start_lifts_their_stop(world: World) -> None:
    stop = ConsentChanged(ANN, Channel.SMS, ConsentStatus.UNSUBSCRIBED, stop=True, evidence="keyword STOP")
    start = ConsentChanged(ANN, Channel.SMS, ConsentStatus.SUBSCRIBED, stop=False, evidence="keyword START")
    message = InboundMessage("SM9", ANN, "+12025550199", Channel.SMS, "START")
    await world.store.write(lambda c: signals.apply(c, world.secrets, destination(), [stop], NOW))

    await world.store.write(
        lambda c: signals.apply(c, world.secrets, destination(), [message, start], later(1))
    )

    words = await world.words()
    stands = state(words)
    assert stands is not None
    assert (stands.status, stands.stopped) == (ConsentStatus.SUBSCRIBED, False)
    assert words[-1].evidence == {"method": "keyword START", "messageSid": "SM9"}


async def test_a_stop_on_whatsapp_is_the_persons_whichever_form_of_the_number_it_came_from(
    world: World,
) -> None:
    stop = ConsentChanged(
        "+5215512345678", Channel.WHATSAPP, ConsentStatus.UNSUBSCRIBED, stop=True, evidence="63014"
    )

    await world.store.write(lambda c: signals.apply(c, world.secrets, destination(), [stop], NOW))

    (said,) = await world.words("+525512345678", Channel.WHATSAPP)
    assert (said.phone, said.own_word) == ("+525512345678", True)
    assert await world.store.read(lambda c: people.contact(c, "default", "+525512345678")) is not None


async def test_a_stop_that_a_callback_tells_again_does_not_undo_a_start(world: World) -> None:
    await accepted(world)
    (sent,) = await world.deliveries()
    blocked: list[Signal] = [
        StatusChanged(str(sent.message_sid), M.UNDELIVERED, provider_code="21610"),
        ConsentChanged(
            ANN, Channel.SMS, ConsentStatus.UNSUBSCRIBED, stop=True, evidence="Twilio error 21610"
        ),
    ]
    start: list[Signal] = [
        ConsentChanged(ANN, Channel.SMS, ConsentStatus.SUBSCRIBED, stop=False, evidence="keyword START")
    ]
    for at, said in enumerate((blocked, start, blocked)):
        heard = partial(
            signals.apply, secrets=world.secrets, destination=destination(), signals=said, now=later(at)
        )
        await world.store.write(heard)

    stands = state(await world.words())
    assert stands is not None
    assert (stands.status, stands.stopped) == (ConsentStatus.SUBSCRIBED, False)
