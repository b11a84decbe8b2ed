"""A look for many lost answers at once, and what one may be about."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from destinations import kit
from destinations.twilio_engage.client import create_message
from destinations.twilio_engage.reconcile import find_messages
from destinations.twilio_engage.settings import TwilioEngageSettings
from tests.destinations.twilio_engage.conftest import SETTINGS
from tests.destinations.twilio_engage.listing import OURS, STARTED, Listing, message

Answers = Mapping[str, kit.Accepted | kit.NotKnown | None]

CHOSEN = TwilioEngageSettings.model_validate(SETTINGS)
NUMBERS = [f"+1202555{number:04d}" for number in range(3000)]
SERVICE = "MG" + "a" * 32


def lost(
    key: str, to: str, after: float = 0, *, body: str = "Hello", sender: str = OURS, alone: bool = True
) -> kit.Reconciliation:
    form = (("Body", body), ("From", sender), ("To", to))
    request = create_message(CHOSEN, frozenset(), form)
    number = to.removeprefix("whatsapp:")
    return kit.Reconciliation(key, request, STARTED + timedelta(seconds=after), number, alone)


async def look(
    listing: Listing, *asked: kit.Reconciliation, others: Sequence[str] = ()
) -> tuple[Answers, list[tuple[str, ...]]]:
    """The answers, and what was asked about being taken."""
    questions: list[tuple[str, ...]] = []

    async def taken(sids: Sequence[str]) -> frozenset[str]:
        questions.append(tuple(sids))
        return frozenset(sids) & frozenset(others)

    return await find_messages(asked, taken, kit.Context(CHOSEN, STARTED, listing)), questions


def sids(answers: Answers) -> dict[str, str | None]:
    return {key: one.message_sid for key, one in answers.items() if isinstance(one, kit.Accepted)}


BODIES = ["Hello", "Bye", "", "\U0001f44d", "Hello https://example.com/a", "Hello https://example.com/b"]
LISTED = [*BODIES, "Hello https://short.example/1", "Sent from your Twilio trial account - Hello"]
SENDERS = [OURS, "+15005550007", SERVICE]
SECONDS = st.integers(-300, 300)


@st.composite
def asked_of(draw: st.DrawFn) -> list[kit.Reconciliation]:
    """`alone` is said as the gateway says it."""
    drawn = draw(
        st.lists(
            st.tuples(
                st.sampled_from(NUMBERS[:6]), SECONDS, st.sampled_from(BODIES), st.sampled_from(SENDERS)
            ),
            max_size=10,
        )
    )
    recipients = [to for to, *_ in drawn]
    return [
        lost(f"d{n}", to, after, body=body, sender=sender, alone=recipients.count(to) == 1)
        for n, (to, after, body, sender) in enumerate(drawn)
    ]


@st.composite
def listed_of(draw: st.DrawFn) -> list[dict[str, Any]]:
    drawn = draw(
        st.lists(
            st.tuples(
                st.sampled_from(NUMBERS[:6]),
                SECONDS,
                st.sampled_from(LISTED),
                st.sampled_from(SENDERS),
                st.booleans(),
            ),
            max_size=14,
        )
    )
    made = []
    for n, (to, after, body, sender, sent) in enumerate(drawn):
        by: dict[str, Any] = (
            {"messaging_service_sid": SERVICE, "from": OURS} if sender == SERVICE else {"from": sender}
        )
        one = message(f"SM{n}", to, after, body=body, **by)
        made.append(one if sent else {**one, "date_sent": None})
    return made


def found_by(
    made: list[dict[str, Any]],
    *asked: kit.Reconciliation,
    others: Sequence[str] = (),
    fails: Callable[[dict[str, str]], int | None] = lambda _query: None,
) -> Answers:
    return asyncio.run(look(Listing(*made, fails=fails), *asked, others=others))[0]
