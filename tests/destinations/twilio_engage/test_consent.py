"""Who may be messaged: each rule as one sentence. A refusal asks nobody anything."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from destinations import kit
from destinations.kit import Consent, ConsentStatus, Person, Purpose

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
NUMBER = "+12025550142"
OTHER = "+12025550143"
YES, NO = ConsentStatus.SUBSCRIBED, ConsentStatus.UNSUBSCRIBED
STOP_IN_WORDS = "stopped by keyword STOP on 11 November 2026, said to +12025550100"
STOPPED = Consent(NO, NOW - timedelta(days=9), stopped=True, stop_in_words=STOP_IN_WORDS)

PlanSms = Callable[..., Awaitable[Any]]


def phone(status: object = None, number: str = NUMBER, channel: str = "sms") -> dict[str, object]:
    return {"type": "phone", "id": number, "channelType": channel, "subscriptionStatus": status}


def ids(*items: dict[str, object]) -> dict[str, object]:
    return {"externalIds": list(items)}


NO_IN_WORDS = "unsubscribed by traits.sms_opt_in of an identify on 19 November 2026"
YES_IN_WORDS = "subscribed by web form on 19 November 2026, wording v2, recorded by an admin"


def said(status: ConsentStatus, *, days_ago: int = 1) -> Consent:
    in_words = {YES: YES_IN_WORDS, NO: NO_IN_WORDS}.get(status, "")
    return Consent(status, NOW - timedelta(days=days_ago), in_words=in_words)


def assert_refused(planned: Any, reason: str, detail: str) -> None:
    assert planned.reason == reason
    assert planned.plan.detail == detail
    assert planned.reads == []
    assert planned.gates[-1] == ("consent", False)


async def test_sends_to_somebody_whose_event_says_yes(plan_sms: PlanSms) -> None:
    planned = await plan_sms(ids(phone("subscribed")))

    assert planned.form["To"] == NUMBER
    assert planned.gates == [
        (gate, True) for gate in ("send", "recipient", "consent", "content", "sender", "country")
    ]


async def test_sends_nothing_to_somebody_who_stopped_whatever_the_event_says(plan_sms: PlanSms) -> None:
    planned = await plan_sms(ids(phone("subscribed")), consents={NUMBER: STOPPED})

    assert_refused(planned, "OPTED_OUT", f"The person stopped messages to this number ({STOP_IN_WORDS}).")


NO_ADS = Consent(
    *(YES, NOW - timedelta(days=9)),
    marketing_stopped=True,
    in_words=YES_IN_WORDS,
    stop_in_words=STOP_IN_WORDS,
    said_to="+12025550100",
)


async def test_a_stop_to_another_sender_holds_for_marketing_alone(plan_sms: PlanSms) -> None:
    advertises = await plan_sms(ids(phone("subscribed")), consents={NUMBER: NO_ADS})
    informs = await plan_sms(ids(phone()), consents={NUMBER: NO_ADS}, purpose=Purpose.TRANSACTIONAL)

    assert_refused(
        advertises,
        "OPTED_OUT",
        f"The person stopped marketing to this number ({STOP_IN_WORDS}). It holds for every sender that they did not start again.",
    )
    assert informs.form["To"] == NUMBER


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ("+12025550100", "+12025550100"),
        ("+1 (202) 555-0100", "+12025550100"),
        ("12345", "12345"),
        ("Helio", "Helio"),
        ("MG0123456789abcdef0123456789abcdef", "MG0123456789abcdef0123456789abcdef"),
    ],
)
async def test_the_ledger_is_asked_for_the_sender(plan_sms: PlanSms, given: str, key: str) -> None:
    asked = Asked()

    await plan_sms({**ids(phone("subscribed")), "from": given}, ledger=asked)

    assert asked.of == [(NUMBER, kit.Channel.SMS, key)]


async def test_a_test_number_obeys_a_stop_of_that_sender(plan_sms: PlanSms) -> None:
    planned = await plan_sms({"toNumber": NUMBER}, consents={NUMBER: NO_ADS})

    assert planned.reason == "OPTED_OUT"
    assert planned.reads == []


class Asked(kit.NothingKnown):
    """A ledger that keeps what it was asked, and knows nothing."""

    def __init__(self) -> None:
        self.of: list[tuple[str, kit.Channel, str | None]] = []

    async def consent(self, number: str, channel: kit.Channel, sender: str | None = None) -> kit.Unknown:
        self.of.append((number, channel, sender))
        return kit.UNKNOWN


async def test_sends_nothing_where_the_event_says_no(plan_sms: PlanSms) -> None:
    planned = await plan_sms(ids(phone("unsubscribed")), consents={NUMBER: said(YES)})

    assert_refused(
        planned,
        "NOT_SUBSCRIBED",
        'The event (external id "unsubscribed") says that this number is not subscribed.',
    )


async def test_a_yes_of_the_event_beats_an_older_no(plan_sms: PlanSms) -> None:
    planned = await plan_sms(ids(phone(True)), consents={NUMBER: said(NO)}, occurred_at=NOW)

    assert planned.form["To"] == NUMBER


@pytest.mark.parametrize("occurred_at", [NOW - timedelta(days=2), NOW - timedelta(days=1), None])
async def test_a_later_or_equally_old_no_beats_a_yes_of_the_event(
    plan_sms: PlanSms, occurred_at: datetime | None
) -> None:
    planned = await plan_sms(ids(phone(True)), consents={NUMBER: said(NO)}, occurred_at=occurred_at)

    assert_refused(
        planned,
        "NOT_SUBSCRIBED",
        f'The event (external id "true") says yes, but a later word says no ({NO_IN_WORDS}).',
    )


async def test_a_word_nobody_knows_is_no_consent(plan_sms: PlanSms) -> None:
    planned = await plan_sms(ids(phone("maybe")), consents={NUMBER: said(YES)})

    assert_refused(planned, "INVALID_SUBSCRIPTION_STATUS", '"maybe" is no known subscription status.')


@pytest.mark.parametrize(
    "word", ["no", "NO", " off ", "0", 0, 0.0, "opted_out", "opt-out", "Unsubscribed", False, ["no"]]
)
async def test_a_no_of_an_external_id_is_read_in_many_words(plan_sms: PlanSms, word: object) -> None:
    planned = await plan_sms(ids(phone(word)), consents={NUMBER: said(YES)})

    [text] = word if isinstance(word, list) else [word]
    shown = {"False": "false", "0.0": "0"}.get(str(text), str(text))
    assert_refused(
        planned,
        "NOT_SUBSCRIBED",
        f'The event (external id "{shown}") says that this number is not subscribed.',
    )


@pytest.mark.parametrize("word", ["yes", "1", 1, "on", "did_not_subscribe", "some-enum", 2])
async def test_a_yes_of_an_external_id_is_its_own_word_alone(plan_sms: PlanSms, word: object) -> None:
    planned = await plan_sms(ids(phone(word)), consents={NUMBER: said(YES)})

    assert_refused(planned, "INVALID_SUBSCRIPTION_STATUS", f'"{word}" is no known subscription status.')


async def test_the_ledgers_yes_is_enough_where_the_event_says_nothing(plan_sms: PlanSms) -> None:
    planned = await plan_sms(ids(phone()), consents={NUMBER: said(YES)})

    assert planned.form["To"] == NUMBER
    assert planned.trace.results[2].detail == f"The last word on this number is yes ({YES_IN_WORDS})."


async def test_the_ledgers_no_stands_where_the_event_says_nothing(plan_sms: PlanSms) -> None:
    planned = await plan_sms({**ids(phone()), "sendBasedOnOptOut": True}, consents={NUMBER: said(NO)})

    assert_refused(planned, "NOT_SUBSCRIBED", f"The last word on this number is no ({NO_IN_WORDS}).")


async def test_marketing_needs_a_yes(plan_sms: PlanSms) -> None:
    planned = await plan_sms(ids(phone()), consents={})

    assert_refused(
        planned,
        "NOT_SUBSCRIBED",
        "Nobody said yes for this number: the event says nothing, the ledger holds nothing.",
    )
    subscriptions = (
        '{"messaging_subscriptions": [{"key": "+12025550142", "type": "SMS", "status": "SUBSCRIBED"}]}'
    )
    assert planned.plan.remedy == (
        "Once the person agreed, record it: post from a SERVER source to /v1/identify: "
        '{"userId": "ada", "traits": {"phone": "+12025550142", "sms_opt_in": true}} or to /v1/identify: '
        f'{{"userId": "ada", "context": {subscriptions}}} or run '
        'mutation { consentUpdate(input: {phone: "+12025550142", channel: SMS, status: SUBSCRIBED, space: "default", '
        'evidence: {method: "web form"}}) { contact { id } errors { message } } }. Events that come then are sent.'
    )


async def test_what_is_not_known_is_no_yes_for_marketing(plan_sms: PlanSms) -> None:
    planned = await plan_sms(ids(phone()))

    assert_refused(
        planned,
        "NOT_SUBSCRIBED",
        "Nobody said yes for this number: the event says nothing, the ledger is not known.",
    )


async def test_a_word_of_unknown_in_the_ledger_is_nothing_said(plan_sms: PlanSms) -> None:
    planned = await plan_sms(ids(phone()), consents={NUMBER: said(ConsentStatus.UNKNOWN)})

    assert planned.reason == "NOT_SUBSCRIBED"


async def test_the_opt_out_model_reaches_everyone_who_did_not_say_no(plan_sms: PlanSms) -> None:
    planned = await plan_sms({**ids(phone()), "sendBasedOnOptOut": True}, consents={})

    assert planned.form["To"] == NUMBER


async def test_a_transactional_text_may_rest_on_a_number_of_the_event_itself(plan_sms: PlanSms) -> None:
    planned = await plan_sms(ids(phone()), consents={}, person=None, purpose=Purpose.TRANSACTIONAL)

    assert planned.form["To"] == NUMBER
    assert planned.trace.results[2].detail == "TRANSACTIONAL: implied, a SERVER source gave this number."


@pytest.mark.parametrize("purpose", [Purpose.TRANSACTIONAL, Purpose.AUTHENTICATION])
async def test_a_transactional_text_may_rest_on_a_number_that_a_server_gave(
    plan_sms: PlanSms, purpose: Purpose
) -> None:
    person = Person(phone=NUMBER, server_numbers=frozenset({NUMBER}))

    planned = await plan_sms(ids(), consents={}, person=person, purpose=purpose)

    assert planned.form["To"] == NUMBER


async def test_a_transactional_text_may_not_rest_on_a_number_that_a_browser_gave(plan_sms: PlanSms) -> None:
    person = Person(phone=NUMBER, server_numbers=frozenset({OTHER}))

    planned = await plan_sms(ids(), consents={}, person=person, purpose=Purpose.TRANSACTIONAL)

    assert_refused(planned, "NOT_SUBSCRIBED", "No SERVER source gave this number for this person.")


async def test_a_transactional_text_stops_at_a_no(plan_sms: PlanSms) -> None:
    planned = await plan_sms(ids(phone()), consents={NUMBER: said(NO)}, purpose=Purpose.TRANSACTIONAL)

    assert_refused(planned, "NOT_SUBSCRIBED", f"The last word on this number is no ({NO_IN_WORDS}).")


async def test_a_browser_says_no_but_never_yes(plan_sms: PlanSms) -> None:
    yes = await plan_sms(ids(phone("subscribed")), consents={}, trusted=False)
    no = await plan_sms(ids(phone("unsubscribed")), consents={NUMBER: said(YES)}, trusted=False)

    assert (yes.reason, no.reason) == ("NOT_SUBSCRIBED", "NOT_SUBSCRIBED")
    assert no.plan.detail == 'The event (external id "unsubscribed") says that this number is not subscribed.'


async def test_a_no_for_a_number_holds_in_every_place_that_names_it(plan_sms: PlanSms) -> None:
    written_otherwise = phone("unsubscribed", number="+1 202 555 0142")

    planned = await plan_sms(ids(phone("subscribed"), written_otherwise), consents={NUMBER: said(YES)})

    assert_refused(
        planned,
        "NOT_SUBSCRIBED",
        'The event (external id "unsubscribed") says that this number is not subscribed.',
    )


async def test_a_no_of_an_external_id_holds_for_the_persons_phone_too(plan_sms: PlanSms) -> None:
    planned = await plan_sms(
        ids(phone("unsubscribed")), consents={NUMBER: said(YES)}, person=Person(phone=NUMBER)
    )

    assert planned.reason == "NOT_SUBSCRIBED"


async def test_a_subscription_of_another_channel_says_nothing(plan_sms: PlanSms) -> None:
    planned = await plan_sms(ids(phone("subscribed", channel="whatsapp"), phone()), consents={})

    assert planned.reason == "NOT_SUBSCRIBED"


async def test_the_first_id_that_may_be_sent_to_is_taken(plan_sms: PlanSms) -> None:
    planned = await plan_sms(ids(phone(None), phone("subscribed", number=OTHER)), consents={})

    assert planned.form["To"] == OTHER
    assert planned.trace.results[1].detail == "external id 2 (passed over external id 1: NOT_SUBSCRIBED)"


async def test_the_first_refusal_is_the_one_that_is_told(plan_sms: PlanSms) -> None:
    planned = await plan_sms(ids(phone("maybe"), phone("unsubscribed", number=OTHER)))

    assert planned.reason == "INVALID_SUBSCRIPTION_STATUS"
    assert planned.gates == [("send", True), ("recipient", True), ("consent", False)]


async def test_a_short_code_is_asked_for_as_itself_where_national_numbers_are_read(plan_sms: PlanSms) -> None:
    asked = Asked()

    await plan_sms(
        {**ids(phone("subscribed")), "from": "12345"}, own_settings={"defaultCountry": "DE"}, ledger=asked
    )

    assert [sender for _number, _channel, sender in asked.of] == ["12345"]


LITERAL = kit.About(mapping_name="Welcome", literal_statuses=frozenset({"subscribed"}))


async def test_a_literal_of_the_mapping_is_named_where_a_text_rests_on_it(plan_sms: PlanSms) -> None:
    planned = await plan_sms(ids(phone("subscribed")), consents={}, about=LITERAL)
    by_event = await plan_sms(ids(phone("true")), consents={}, about=LITERAL)

    assert planned.form["To"] == by_event.form["To"] == NUMBER
    assert planned.trace.results[2].detail == (
        'A literal of the mapping "Welcome" ("subscribed") says yes, and nothing newer says no.'
    )
    assert by_event.trace.results[2].detail == (
        'The event (external id "true") says yes, and nothing newer says no.'
    )


async def test_a_literal_of_the_mapping_beats_no_stop_and_no_newer_no(plan_sms: PlanSms) -> None:
    stopped = await plan_sms(ids(phone("subscribed")), consents={NUMBER: STOPPED}, about=LITERAL)
    no_ads = await plan_sms(ids(phone("subscribed")), consents={NUMBER: NO_ADS}, about=LITERAL)
    said_no = await plan_sms(
        ids(phone("subscribed")),
        consents={NUMBER: said(NO)},
        about=LITERAL,
        occurred_at=NOW - timedelta(days=1),
    )

    assert (stopped.reason, no_ads.reason) == ("OPTED_OUT", "OPTED_OUT")
    assert_refused(
        said_no,
        "NOT_SUBSCRIBED",
        f'A literal of the mapping "Welcome" ("subscribed") says yes, but a later word says no ({NO_IN_WORDS}).',
    )
    assert stopped.reads == no_ads.reads == []


async def test_a_literal_of_the_mapping_grants_nothing_to_an_event_of_a_browser(plan_sms: PlanSms) -> None:
    planned = await plan_sms(ids(phone("subscribed")), consents={}, about=LITERAL, trusted=False)

    assert_refused(
        planned,
        "NOT_SUBSCRIBED",
        "Nobody said yes for this number: the event says nothing, the ledger holds nothing.",
    )
