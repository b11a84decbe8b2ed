"""Double opt-in: who says yes is asked to confirm it, and counts as subscribed once they did.

| | what | where |
| --- | --- | --- |
| asked | a yes that an event says is kept as PENDING, where a destination of its source wants it confirmed; it counts where the number is not SUBSCRIBED | `ask`, in the transaction of the match |
| once | one Delivery of that destination's confirmation mapping goes to the number, and none while one waits, or within ASKED_ONCE_IN of the leaving of one that may have arrived | the same, under the lock of the number |
| confirmed | a yes that the person writes back to the sender that asked, within CONFIRMED_WITHIN of its leaving, subscribes them; none to what failed, or of which it is not known that it left | `hear` |

It lifts no stop. What people record, or import, stands as they say it. No trigger makes a Delivery of a confirmation mapping.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection

from destinations.kit import Channel, ConsentStatus, InboundMessage, MessageStatus, sender_key
from gateway import consent, ids, logging
from gateway.consent import ConsentEntry, ConsentSource, ledger_channel
from gateway.deliveries import MESSAGE_FAILED, Attempt, Delivery, DeliveryStatus, NewDelivery
from gateway.events import Doubt, Event
from gateway.facts.compiled import Compiled
from gateway.facts.snapshot import Snapshot, lets_through
from gateway.pipeline import resend
from gateway.secrets import Secrets
from gateway.storage import attempts, confirmations, consent as history, deliveries
from gateway.storage.confirmations import Asked
from gateway.storage.inbound_messages import StoredMessage
from gateway.workspace import Destination, Source

ASKED_ONCE_IN = timedelta(days=7)
"""A number is not asked twice on a channel within that from when the first question left, unless it never did."""

CONFIRMED_WITHIN = timedelta(days=7)
"""How long after the question left a yes answers it."""

NOT_ASKED = "confirmation_not_sent"
"""The code of the doubt that a yes waits for a confirmation which nothing asks for."""

_log = logging.get("double_opt_in")


class Spoken(msgspec.Struct, frozen=True):
    """The words of consent of an event. `asking` are the destinations that want a yes of it confirmed (`Snapshot.asking`), `person_id` is
    whom it is about, and `dialled` their numbers as they are dialled, by key.
    """

    source: Source
    asking: Sequence[Destination]
    event: Event
    words: tuple[ConsentEntry, ...]
    person_id: str | None
    dialled: Mapping[str, str]


class Question(NamedTuple):
    """A Delivery that asks, and what is kept of it."""

    delivery: NewDelivery
    asked: Asked


class _Try(NamedTuple):
    """A Delivery of a question: the first, or one that sends it once more. `left_at` is None where it never left, or did not yet."""

    delivery: Delivery
    left_at: datetime | None


class Heard(NamedTuple):
    """The words as they are kept, in their order; what is asked; and of each event, by its id, what can't be asked."""

    words: list[ConsentEntry]
    questions: list[Question]
    doubts: dict[str, list[Doubt]]

    def doubt(self, event: Event, word: ConsentEntry, why: str) -> None:
        """A yes of that event waits, and nothing of this event asks for it."""
        told = f"The yes for {ledger_channel(word.channel).value} is PENDING, and nobody is asked. {why}"
        self.doubts.setdefault(event.id, []).append(Doubt(NOT_ASKED, told))


_Whose = tuple[str, str, Channel]
"""A space, the key of a number, and a channel of the ledger."""


def ask(
    connection: Connection, secrets: Secrets, snapshot: Snapshot, spoken: Sequence[Spoken], now: datetime
) -> Heard:
    """What is kept of these words, and whom to ask: nothing is stored yet. Each word meets what those before it said of its number. Whoever
    stores it has the numbers locked.
    """
    heard = Heard([], [], {})
    if not any(one.asking for one in spoken):
        return heard._replace(words=[word for one in spoken for word in one.words])
    numbers: dict[str, set[str]] = {}
    for one in spoken:
        if one.asking:
            phones = (word.phone for word in one.words if word.status is ConsentStatus.SUBSCRIBED)
            numbers.setdefault(one.source.space, set()).update(phones)
    ledger = _Ledger(connection, secrets, numbers, now)
    for one in spoken:
        for word in map(_kept, one.words) if one.asking else one.words:
            before = ledger.wish(word)
            heard.words.append(word)
            ledger.hear(word)
            if word.status is not ConsentStatus.PENDING or ledger.wish(word) is not ConsentStatus.PENDING:
                continue
            asked = ledger.asked_of_late(word)
            if asked is None:
                _ask(snapshot, one, word, ledger, heard, now)
            elif before is not ConsentStatus.PENDING:
                why = f"The delivery {asked.delivery_id} asks them already, and nobody is asked twice in 7 days: a YES in reply to it counts."
                heard.doubt(one.event, word, why)
    return heard


def _kept(word: ConsentEntry) -> ConsentEntry:
    """A word as it is kept where a yes is to be confirmed. Of who is SUBSCRIBED, too: it stands behind what they confirmed, and a no between
    the two may come yet.
    """
    is_yes = word.status is ConsentStatus.SUBSCRIBED
    return replace(word, status=ConsentStatus.PENDING) if is_yes else word


class _Ledger:
    """What was said for some numbers, and how they were asked last."""

    def __init__(
        self, connection: Connection, secrets: Secrets, numbers: Mapping[str, set[str]], now: datetime
    ) -> None:
        self._said: dict[_Whose, list[ConsentEntry]] = {}
        self._asked: dict[_Whose, Asked] = {}
        self._since = now - ASKED_ONCE_IN
        self._phones = {(space, phone) for space, phones in numbers.items() for phone in phones}
        for space, phones in sorted(numbers.items()):
            for phone, said in history.deciding(connection, secrets, space, phones).items():
                for word in said.deciding:
                    self._said.setdefault((space, phone, word.channel), []).append(word)
            for (phone, channel), one in confirmations.of_numbers(connection, space, phones).items():
                self._asked[space, phone, channel] = one
        self._tries = _tries(connection, [one.delivery_id for one in self._asked.values()])

    def hear(self, word: ConsentEntry) -> None:
        if (word.space, word.phone) in self._phones:
            self._said.setdefault(_whose(word), []).append(word)

    def wish(self, word: ConsentEntry) -> ConsentStatus:
        """What was said last for its number on its channel, so far."""
        return consent.wish(self._said.get(_whose(word), ()))

    def asked_of_late(self, word: ConsentEntry) -> Asked | None:
        """By what its number was asked on its channel of late, or is about to be; a question that never left counts for nothing."""
        asked = self._asked.get(_whose(word))
        if asked is None:
            return None
        tries = self._tries.get(asked.delivery_id)
        if tries is None:  # it is only being made, or the ledger has it no more
            return asked if asked.asked_at > self._since else None
        return asked if any(self._holds(one) for one in tries) else None

    def _holds(self, one: _Try) -> bool:
        """Whether nobody is asked because of that one."""
        return not one.delivery.status.final or (one.left_at is not None and one.left_at > self._since)

    def ask(self, asked: Asked) -> None:
        self._asked[asked.space, asked.phone, asked.channel] = asked
        self._tries.pop(asked.delivery_id, None)


def _whose(word: ConsentEntry) -> _Whose:
    return word.space, word.phone, ledger_channel(word.channel)


def _tries(connection: Connection, question_ids: Sequence[str]) -> dict[str, list[_Try]]:
    """The Deliveries of each of these questions, the first first; one that the ledger has no more is left out."""
    found = {one: [there] for one, there in deliveries.by_ids(connection, question_ids).items()}
    behind = [*found.items()]
    while failed := [those[-1] for _question, those in behind if _has_failed(those[-1])]:
        again = deliveries.by_ids(connection, resend.children(connection, failed)).values()
        next_of = {one.fallback_of: one for one in again}
        behind = [(question, those) for question, those in behind if those[-1].id in next_of]
        for _question, those in behind:
            those.append(next_of[those[-1].id])
    tried = attempts.of_many(connection, [one.id for those in found.values() for one in those])
    return {
        question: [_Try(one, _left_at(one, tried.get(one.id, ()))) for one in those]
        for question, those in found.items()
    }


def _has_failed(one: Delivery) -> bool:
    return one.message_status in MESSAGE_FAILED


def _left_at(one: Delivery, tried: Sequence[Attempt]) -> datetime | None:
    if one.status not in _LEAVING and not one.may_have_been_sent:
        return None
    return tried[-1].started_at if tried else one.first_attempt_at


_LEAVING = (DeliveryStatus.SENDING, DeliveryStatus.UNCERTAIN)
"""The request may have left, though the answer is not known."""


def _ask(
    snapshot: Snapshot,
    spoken: Spoken,
    word: ConsentEntry,
    ledger: _Ledger,
    heard: Heard,
    now: datetime,
) -> None:
    event, channel = spoken.event, ledger_channel(word.channel)
    ways = [_way(snapshot, one, event, channel) for one in spoken.asking]
    one = next((way for way in ways if not isinstance(way, str)), None)
    if one is None:
        heard.doubt(event, word, " ".join(dict.fromkeys(str(way) for way in ways)))
        return
    person = event.user_id or event.anonymous_id or ""
    new = NewDelivery(
        id=ids.delivery(
            spoken.source.space,
            one.mapping.id,
            event.message_id,
            person,
            f"confirm\x1f{event.id}\x1f{word.phone}",
        ),
        space=spoken.source.space,
        event_id=event.id,
        source_id=spoken.source.id,
        destination_id=one.destination.id,
        mapping_id=one.mapping.id,
        person_id=spoken.person_id,
        channel=one.action.channel,
        recipient=spoken.dialled.get(word.phone, word.phone),
        asks_yes=True,
    )
    asked = Asked(new.space, word.phone, channel, new.id, now)
    ledger.ask(asked)
    heard.questions.append(Question(new, asked))


def _way(snapshot: Snapshot, destination: Destination, event: Event, channel: Channel) -> Compiled | str:
    """The mapping by which a destination asks for what an event says, or why it can't, with what to do."""
    one = snapshot.confirming(destination)
    if one is None:
        return (
            f"The confirmation mapping of {destination.name} is switched off, or does not compile: enable it, or set another as "
            "confirmationMappingId."
        )
    if one.action.channel is None or ledger_channel(one.action.channel) is not channel:
        return (
            f"The confirmation mapping of {destination.name}, {one.mapping.name}, sends by {one.action.channel} alone. Have a consent "
            "that you hold recorded by consentUpdate."
        )
    if not lets_through(event.payload.get("integrations"), one.integration_names):
        return f"The event's `integrations` object does not let it through to {destination.name}."
    return one


def hear(
    connection: Connection,
    secrets: Secrets,
    message: StoredMessage | None,
    signal: InboundMessage,
    now: datetime,
) -> None:
    """Subscribe whoever confirms, by that message, what they were asked: a yes to the sender that asked, in time, while it is PENDING."""
    if signal.yes is None or message is None or message.phone is None:
        return
    number, channel = message.phone, ledger_channel(message.channel)
    asked = confirmations.of_numbers(connection, message.space, [number]).get((number, channel))
    tries = () if asked is None else _tries(connection, [asked.delivery_id]).get(asked.delivery_id, ())
    question = next((one.delivery for one in tries if _answers(message, signal, one)), None)
    if question is None:
        return
    said = history.deciding(connection, secrets, message.space, [number])[number].deciding
    if consent.wish(word for word in said if word.channel is channel) is not ConsentStatus.PENDING:
        return
    history.add(
        connection,
        ConsentEntry(
            space=message.space,
            phone=number,
            channel=channel,
            sender=sender_key(message.sender),
            status=ConsentStatus.SUBSCRIBED,
            own_word=False,
            source=ConsentSource.CONFIRMATION.value,
            evidence={
                "method": f"reply {signal.yes}",
                "messageSid": message.message_sid,
                "deliveryId": question.id,
                "messageId": _message_id(said, channel),
            },
            occurred_at=message.received_at,
            received_at=now,
            service=message.service,
        ),
    )
    _log.info("A yes was confirmed", message=message.id, delivery=question.id)


def _answers(message: StoredMessage, signal: InboundMessage, question: _Try) -> bool:
    """Whether the message is to the sender that asked, behind the question and in time. Where it says which message it answers, that is the
    question's; what was pressed answers the message that it was pressed in, so it counts for nothing where it is not said which.
    """
    one, left_at = question
    if one.status is not DeliveryStatus.ACCEPTED or one.message_status in _NOT_ARRIVED:
        return False  # it never left, nobody knows whether it did, or nobody got it
    if one.sender is None or left_at is None:
        return False
    if signal.replied_to is None:
        if signal.button is not None:
            return False
    elif signal.replied_to != one.message_sid:
        return False
    places = {sender_key(place) for place in (message.sender, message.service) if place}
    waited = message.received_at - left_at
    return sender_key(one.sender) in places and timedelta(0) <= waited <= CONFIRMED_WITHIN


_NOT_ARRIVED = (*MESSAGE_FAILED, MessageStatus.CANCELED)


def _message_id(said: Sequence[ConsentEntry], channel: Channel) -> str | None:
    """Of the event that said what is confirmed."""
    pending = [word for word in said if word.channel is channel and word.status is ConsentStatus.PENDING]
    last = max(pending, key=lambda word: word.occurred_at, default=None)
    return None if last is None or last.evidence is None else last.evidence.get("messageId")
