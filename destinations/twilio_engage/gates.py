"""May this number be messaged? A pure function over facts: it lets pass or names the reason, and says what it saw."""

from datetime import datetime
from enum import Enum

import msgspec

from destinations import kit
from destinations.kit import Reason, Said


class Verdict(msgspec.Struct, frozen=True):
    """What a gate says. Without a `reason` the message may pass."""

    detail: str
    reason: Reason | None = None


class Conversation(Enum):
    """Whether the person wrote to us within the time the channel gives for an answer."""

    NONE = "none"
    OPEN = "open"
    REPLY = "reply"  # and what is sent is an answer, not an advertisement


class ConsentQuestion(msgspec.Struct, frozen=True):
    """All that the answer depends on.

    `given_by_server` is whether a SERVER source gave this number for this person, None where that is not known.
    `by_opt_out`: the mapping reaches everyone who has not unsubscribed. `word` is the event's status as it came;
    `literal_of` the name of the mapping where that says the word itself.
    `implied`: on this channel a message that is no advertisement needs no yes. `confirmed_only`: what an event says alone is no yes,
    since the person has to confirm it.
    """

    event: Said
    ledger: kit.Consent | kit.Unknown | None
    purpose: kit.Purpose
    occurred_at: datetime | None
    trusted: bool
    given_by_server: bool | None
    by_opt_out: bool
    word: str | None = None
    literal_of: str | None = None
    implied: bool = True
    confirmed_only: bool = False
    conversation: Conversation = Conversation.NONE


def consent(question: ConsentQuestion) -> Verdict:
    """Whether this number may be messaged: the person's own stop, then the event, then the ledger, then the purpose."""
    ledger = None if question.ledger is kit.UNKNOWN else question.ledger
    stopped = stop(question.ledger, question.purpose)
    if stopped is not None:
        return Verdict(stopped, Reason.OPTED_OUT)
    if question.conversation is Conversation.REPLY:
        return Verdict("A reply: the person wrote within the last 24 hours.")
    return _by_event(question, ledger) or _by_ledger(ledger) or _by_purpose(question)


def stop(ledger: kit.Consent | kit.Unknown | None, purpose: kit.Purpose) -> str | None:
    """The person's own stop, in words, where it stands against a message of that purpose."""
    if ledger is None or ledger is kit.UNKNOWN:
        return None
    if ledger.stopped:
        return f"The person stopped messages to this number{_told(ledger.stop_in_words)}."
    if ledger.marketing_stopped and purpose is kit.Purpose.MARKETING:
        told = _told(ledger.stop_in_words)
        return f"The person stopped marketing to this number{told}. It holds for every sender that they did not start again."
    return None


def question(ledger: kit.Consent | kit.Unknown | None) -> Verdict:
    """Whether somebody may be asked to confirm a yes: there is one that they did not confirm yet, and no stop to any sender, whatever
    the purpose of the mapping that asks.
    """
    stopped = stop(ledger, kit.Purpose.MARKETING)
    if stopped is not None:
        return Verdict(stopped, Reason.OPTED_OUT)
    if ledger is None or ledger is kit.UNKNOWN or ledger.status is not kit.ConsentStatus.PENDING:
        words = "" if ledger is None or ledger is kit.UNKNOWN else ledger.in_words
        return Verdict(f"There is no yes left to confirm{_told(words)}.", Reason.NOT_SUBSCRIBED)
    return Verdict(
        f"The question whether they want it{_told(ledger.in_words)}: the one message that goes out before they do."
    )


def _told(in_words: str) -> str:
    return f" ({in_words})" if in_words else ""


def _by_event(question: ConsentQuestion, ledger: kit.Consent | None) -> Verdict | None:
    match question.event:
        case Said.NO:
            detail = f"{_speaker(question)} that this number is not subscribed."
            return Verdict(detail, Reason.NOT_SUBSCRIBED)
        case Said.UNREADABLE | Said.UNKNOWN:
            detail = f'"{question.word}" is no known subscription status.'
            return Verdict(detail, Reason.INVALID_SUBSCRIPTION_STATUS)
        case Said.YES if question.trusted:
            yes = f"{_speaker(question)} yes"
            if _is_later_no(ledger, question.occurred_at):
                told = _told(ledger.in_words if ledger else "")
                return Verdict(f"{yes}, but a later word says no{told}.", Reason.NOT_SUBSCRIBED)
            if _is_unconfirmed(question, ledger):
                told = _told(ledger.in_words if ledger else "")
                return Verdict(f"{yes}, which the person did not confirm yet{told}.", Reason.NOT_SUBSCRIBED)
            return Verdict(f"{yes}, and nothing newer says no.")
    return None


def _speaker(question: ConsentQuestion) -> str:
    if question.literal_of is None:
        return f'The event (external id "{question.word}") says'
    return f'A literal of the mapping "{question.literal_of}" ("{question.word}") says'


def _is_unconfirmed(question: ConsentQuestion, ledger: kit.Consent | None) -> bool:
    status = kit.ConsentStatus.UNKNOWN if ledger is None else ledger.status
    return status is kit.ConsentStatus.PENDING or (
        question.confirmed_only and status is not kit.ConsentStatus.SUBSCRIBED
    )


def _is_later_no(ledger: kit.Consent | None, occurred_at: datetime | None) -> bool:
    """Whether the ledger's no stands against a yes of that time; a tie revokes, and so does a yes without a time."""
    if ledger is None or ledger.status is not kit.ConsentStatus.UNSUBSCRIBED:
        return False
    return occurred_at is None or occurred_at <= ledger.changed_at


def _by_ledger(ledger: kit.Consent | None) -> Verdict | None:
    if ledger is None or ledger.status is kit.ConsentStatus.UNKNOWN:
        return None
    if ledger.status is kit.ConsentStatus.UNSUBSCRIBED:
        return Verdict(f"The last word on this number is no{_told(ledger.in_words)}.", Reason.NOT_SUBSCRIBED)
    if ledger.status is kit.ConsentStatus.PENDING:
        detail = f"The person did not confirm yet that they want it{_told(ledger.in_words)}."
        return Verdict(detail, Reason.NOT_SUBSCRIBED)
    return Verdict(f"The last word on this number is yes ({ledger.in_words or 'it is not known whose'}).")


def _by_purpose(question: ConsentQuestion) -> Verdict:
    ledger = "the ledger is not known" if question.ledger is kit.UNKNOWN else "the ledger holds nothing"
    if question.conversation is Conversation.OPEN:
        return Verdict("The person wrote within the last 24 hours, and nobody said no.")
    if question.purpose is not kit.Purpose.MARKETING and question.implied:
        if question.given_by_server is False:
            return Verdict("No SERVER source gave this number for this person.", Reason.NOT_SUBSCRIBED)
        known = "" if question.given_by_server else " (not known)"
        return Verdict(f"{question.purpose}: implied, a SERVER source gave this number{known}.")
    if question.by_opt_out:
        return Verdict(f"Nobody said no ({ledger}), and the mapping sends unless somebody does.")
    return Verdict(
        f"Nobody said yes for this number: the event says nothing, {ledger}.", Reason.NOT_SUBSCRIBED
    )
