"""Measures what the gates cost a Delivery beside a bare trigger of six conditions on the same event, turn by turn, and prints a table.

    python -m tests.bench.gates

Measured are gates 1 to 3, 5 and 9 to 11: ready, fresh, trusted, recipient and consent, hours and limits, pace, claim; of a marketing text
that passes them all, with everything on that they ask for. Facts are in memory, a batch at a time as the worker has them; what gates 4
and 6 to 8 make of the event (payload, content, request) is there before. It informs, and ends with 0 whether the goal is met or not.
"""

import argparse
import json
import statistics
from collections.abc import Callable, Coroutine, Mapping
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, Final, TypeVar, cast

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from destinations.kit import Channel, Context, Facts, HttpRequest, Person, Policy, Send, Trace
from destinations.kit.payload import payload_of
from destinations.twilio_engage import candidates, definition, recipients
from destinations.twilio_engage.send_sms import Payload
from gateway import sending_limits
from gateway.clock import SystemClock
from gateway.facts.compiled import Compiled, compiled
from gateway.facts.consent import ConsentFacts
from gateway.facts.conversations import ConversationFacts, Talk
from gateway.pipeline import gates, quiet
from gateway.pipeline.at_hand import NoStore, at_once, no_read
from gateway.pipeline.claim_batch import is_unchanged, may_leave
from gateway.pipeline.pacer import Pacer, Text
from gateway.pipeline.within_limits import Places, within
from gateway.secrets import Secrets
from gateway.sending_limits import Count, Counter
from gateway.services import Services
from gateway.shared.memory_pace import MemoryPace
from gateway.storage.consent import Said
from gateway.storage.destinations import Standing
from mappings import compile_trigger
from tests import factories
from tests.bench.beside_peer import WIDE
from tests.bench.micro import FIXTURES, measure
from tests.bench.verdicts import Spread, Verdict, ratio

T = TypeVar("T")

BATCH: Final = 100
"""How many Deliveries are decided together."""
MOST: Final = 3.0
"""At most so many times a bare trigger."""
ROUNDS, MILLISECONDS = 7, 100.0
TRIGGER, ALL = "bare trigger of six conditions", "all gates"
NOW = factories.NOW + timedelta(hours=8)
"""Three in the afternoon in New York."""
HAD = Count(3)
"""How many texts were claimed by then."""


class Decided:
    """A Delivery of a batch, with all that is known of it, as its gates are asked."""

    def __init__(self, number: int, fixtures: Mapping[str, Any], one: Compiled) -> None:
        phone = f"+1202555{number:04d}"
        raw = {**fixtures["event"], "messageId": f"m-{number}", "userId": f"user_{number}"}
        raw |= dict.fromkeys(("timestamp", "originalTimestamp", "sentAt"), NOW.isoformat())
        raw["external_ids"] = [{**given, "id": phone} for given in raw["external_ids"]]
        self.one = one
        self.event = factories.event(raw, NOW)
        self.payload = payload_of(Payload, one.apply(self.event.payload), one.settings, one.configured)
        self.sender = candidates.SMS.sender(self.payload.sender, None)
        self.person = Person(user_id=f"user_{number}", phone=phone, server_numbers=frozenset({phone}))
        made = factories.new_delivery(id=f"dlv_{number}", destination_id=one.destination.id)
        self.delivery = made.stored(NOW)
        said = {phone: Said([factories.word(phone=phone)], {Channel.SMS: 1})}
        self.consent = ConsentFacts(NoStore(), SECRETS, "default", said)
        talks = ConversationFacts(NoStore(), "default", {phone: Talk({}, {})})
        self.trace = Trace()
        self.context: Context[Any] = Context(
            settings=one.settings,
            now=NOW,
            read=no_read,
            occurred_at=self.event.earliest,
            facts=Facts(consent=self.consent, conversations=talks),
            policy=one.destination.policy,
            test_numbers=frozenset(),
            trace=self.trace,
        )
        request = HttpRequest("POST", "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages.json")
        self.send = Send(
            request, phone, Channel.SMS, self.sender.address, sender_kind=self.sender.kind, segments=1
        )
        self.counts = dict.fromkeys(self._counters(), HAD)

    def _counters(self) -> list[Counter]:
        there = self.one.destination
        today = sending_limits.today(there.policy, there.id, NOW)
        return (
            []
            if today is None
            else [one.counter for one in today.of_text(self.send.recipient, self.one.mapping.purpose)]
        )

    def ready(self) -> bool:
        there, channel = self.one.destination, self.one.action.channel
        found = gates.ready(
            self.trace, there, self.one.mapping, self.event, NOW, self.delivery.id, channel=channel
        )
        return found is None

    def fresh(self) -> bool:
        return gates.fresh(self.trace, self.event, self.one.mapping, NOW) is None

    def trusted(self) -> bool:
        early = gates.trusted(self.trace, SOURCE, self.event, self.one.mapping)
        return (
            early or gates.number_is_trusted(self.trace, SOURCE, self.event, self.send, self.person)
        ) is None

    def recipient(self) -> bool:
        chosen = done(
            recipients.choose(
                self.payload,
                self.context,
                self.person,
                rules=candidates.SMS,
                sender=self.sender,
                to=None,
                answering=False,
            )
        )
        return chosen.stop is None

    def hours(self) -> bool:
        one, number = self.one, self.send.recipient
        return (
            quiet.at_an_open_hour(self.trace, one.destination, one.mapping, number, self.person, NOW) is None
        )

    def limits(self) -> bool:
        there = self.one.destination
        today = sending_limits.today(there.policy, there.id, NOW)
        limits = () if today is None else today.of_text(self.send.recipient, self.one.mapping.purpose)
        return within(self.trace, there.name, limits, self.counts, self.delivery.id) is None


class Batch:
    """Deliveries that are decided and claimed together."""

    def __init__(self, fixtures: Mapping[str, Any], size: int = BATCH) -> None:
        settings = definition.settings.model_validate(definition.translate_settings(fixtures["settings"]))
        paces = dict.fromkeys(factories.AT_ONCE, 1e12)
        policy = Policy(
            messages_per_second=paces,
            daily_message_limit=1_000,
            per_recipient_daily_limit=10,
            quiet_hours_start="21:00",
            quiet_hours_end="08:00",
        )
        there = factories.destination(definition=definition.slug, policy=policy)
        given = factories.mapping(action="sendSms", fields=fixtures["mapping_a"])
        self.one = compiled(given, there, definition, settings)
        self.texts = [Decided(number, fixtures, self.one) for number in range(size)]
        self.stands = Standing(there.status, {}, None)
        self.counts = {counter: HAD for text in self.texts for counter in text.counts}
        self.words = {asked: 1 for text in self.texts for asked in [(text.send.recipient, Channel.SMS)]}
        alone = SimpleNamespace(
            shared=SimpleNamespace(pace=MemoryPace()),
            clock=SystemClock(),
            settings=SimpleNamespace(alone=True),
        )
        self.pacer = Pacer(cast("Services", alone), _Room())
        self.of_each: dict[str, Callable[[Decided], bool]] = {
            "ready": Decided.ready,
            "fresh": Decided.fresh,
            "trusted": Decided.trusted,
            "recipient and consent": Decided.recipient,
            "hours": Decided.hours,
            "limits": Decided.limits,
        }
        self.of_all: dict[str, Callable[[], int]] = {"pace": self.paced, "claim": self.claimed}

    def passing(self, gate: str) -> int:
        """How many pass one gate."""
        if gate in self.of_all:
            return self.of_all[gate]()
        asks, passed = self.of_each[gate], 0
        for text in self.texts:
            text.trace.results.clear()
            passed += asks(text)
        return passed

    def passing_all(self) -> int:
        """How many pass all of them."""
        passed = 0
        for text in self.texts:
            text.trace.results.clear()
            passed += (
                text.ready()
                and text.fresh()
                and text.trusted()
                and text.recipient()
                and text.hours()
                and text.limits()
            )
        return min(passed, self.paced(), self.claimed())

    def paced(self) -> int:
        """How many go at once by their sender's pace."""
        asked = [
            Text(
                one.delivery.id,
                one.delivery.mapping_id,
                one.delivery.destination_id,
                one.send,
                self.one.destination.policy,
            )
            for one in self.texts
        ]
        return len(asked) - len(done(self.pacer.waiting(asked)))

    def claimed(self) -> int:
        """How many may be claimed: their destination lets them out, nothing was said meanwhile, and they have a place."""
        places = Places(((one.delivery, self.one, one.send) for one in self.texts), NOW)
        places.know(self.counts)
        return sum(
            is_unchanged(one.consent.read, self.words)
            and may_leave(self.stands, (), one.delivery, self.one, one.send, NOW)
            and places.take(one.delivery.id)
            for one in self.texts
        )


SOURCE = factories.source()
SECRETS = Secrets(["a key of the benchmark"])


class _Room:
    """Of all there is room for."""

    def room(self, destination_id: str) -> int:
        return BATCH

    def is_full(self, destination_id: str) -> bool:
        return False


def done(work: Coroutine[Any, Any, T]) -> T:
    """What comes of work that waits for nothing."""
    found = at_once(work)
    if found is None:
        raise RuntimeError("A fact that a gate asks for is not in memory")
    return found


def rounds(batch: Batch, trigger: str, count: int, milliseconds: float) -> list[dict[str, float]]:
    """Microseconds of each Delivery, by what was measured, in each round."""
    matches = compile_trigger(trigger).matches
    events = [text.event.payload for text in batch.texts]
    size = len(events)
    names = [*batch.of_each, *batch.of_all]

    def match(_: object) -> int:
        return sum(map(matches, events))

    if (match(None), batch.passing_all(), *map(batch.passing, names)) != (size,) * (len(names) + 2):
        raise ValueError("every event should match, and every Delivery pass")
    found: list[dict[str, float]] = []
    for number in range(count):
        both = {
            TRIGGER: lambda: measure((match, None), milliseconds, milliseconds / 5),
            ALL: lambda: measure((lambda _: batch.passing_all(), None), milliseconds, milliseconds / 5),
        }
        order = list(both) if number % 2 == 0 else list(reversed(both))
        figures = {name: both[name]() for name in order}
        figures |= {name: measure((batch.passing, name), milliseconds / 4, 5) for name in names}
        found.append({name: took / size for name, took in figures.items()})
    return found


def verdict(figures: list[dict[str, float]]) -> tuple[Spread, Verdict]:
    """How many times a bare trigger all gates take, and whether that is few enough."""
    found = ratio([one[ALL] for one in figures], [one[TRIGGER] for one in figures])
    if found is None:
        raise ValueError("nothing was measured")
    return found, Verdict(f"≤ {MOST:g} x", met=found.median <= MOST)


def table(figures: list[dict[str, float]]) -> Table:
    """The table that is printed."""
    found = Table(
        title=f"µs of a Delivery, medians of {len(figures)} rounds", box=SIMPLE_HEAD, pad_edge=False
    )
    found.add_column("what")
    for heading in ("µs", "x bare trigger"):
        found.add_column(heading, justify="right")
    for name in (TRIGGER, ALL, *(one for one in figures[0] if one not in (TRIGGER, ALL))):
        times = ratio([one[name] for one in figures], [one[TRIGGER] for one in figures])
        shown = "" if times is None else f"{times.median:.1f} [{times.lowest:.1f} .. {times.highest:.1f}]"
        found.add_row(name, f"{statistics.median(one[name] for one in figures):.2f}", shown)
    return found


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=ROUNDS)
    arguments.add_argument("--ms", type=float, default=MILLISECONDS, help="milliseconds to measure each for")
    given = arguments.parse_args()
    fixtures = json.loads(FIXTURES.read_text(encoding="utf-8"))
    figures = rounds(Batch(fixtures), fixtures["fql"]["complex"], given.rounds, given.ms)
    console = Console()
    console = console if console.is_terminal else Console(width=WIDE)
    console.print(table(figures))
    spread, judged = verdict(figures)
    console.print(
        f"All gates take {spread.median:.1f} x a bare trigger, goal {judged.text}: {'met' if judged.met else 'missed'}."
    )


if __name__ == "__main__":
    main()
