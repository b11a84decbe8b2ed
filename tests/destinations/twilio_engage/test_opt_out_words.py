"""The words that tell a person how to opt out: behind their first marketing text, and one every 30 days."""

from datetime import timedelta
from typing import Any

import pytest

from destinations import kit
from destinations.kit import Policy, Purpose
from destinations.twilio_engage.opt_out_words import COUNTRIES, WORDS, language_of, says_so
from destinations.twilio_engage.segments import count
from tests.destinations.twilio_engage.conftest import NOW, Planned, PlanSms

US, CA, GB = "+12025550142", "+16135550142", "+447400123456"
ON = Policy(opt_out_words=True)
ENGLISH = "Reply STOP to opt out."


def to(number: str, **fields: Any) -> dict[str, Any]:
    """The fields of a text to somebody who agreed."""
    ids = [{"type": "phone", "id": number, "subscriptionStatus": "subscribed"}]
    return {"body": "Doves are cheap today.", "externalIds": ids, "traitEnrichment": True, **fields}


def notes(planned: Planned) -> list[str | None]:
    return [line.detail for line in planned.trace.results if line.gate == "opt_out_words"]


@pytest.mark.parametrize("number", [US, CA])
async def test_a_first_marketing_text_says_how_to_opt_out_and_its_segments_count(
    plan_sms: PlanSms, number: str
) -> None:
    body = "x" * 150

    planned = await plan_sms(to(number, body=body), policy=ON, told={})

    assert planned.form["Body"] == f"{body}\n{ENGLISH}"
    assert isinstance(planned.plan, kit.Send)
    assert (planned.plan.segments, planned.plan.tells_opt_out) == (2, True)
    assert planned.plan.text == f"{body}\n{ENGLISH}"
    assert notes(planned) == [f"added, as in every first marketing text and after 30 days: {ENGLISH}"]


@pytest.mark.parametrize(("days", "again"), [(29.99, False), (30, True), (31, True)])
async def test_who_was_told_is_told_again_after_thirty_days(
    plan_sms: PlanSms, days: float, again: bool
) -> None:
    planned = await plan_sms(to(US), policy=ON, told={US: NOW - timedelta(days=days)})

    assert planned.form["Body"].endswith(ENGLISH) is again
    assert isinstance(planned.plan, kit.Send)
    assert planned.plan.tells_opt_out is again


@pytest.mark.parametrize(
    "case",
    [
        {"policy": Policy(), "told": {}},
        {"policy": ON},  # nobody knows what they were told
        {"policy": ON, "told": {}, "purpose": Purpose.TRANSACTIONAL},
        {"policy": ON, "told": {}, "purpose": Purpose.AUTHENTICATION},
        {"policy": ON, "told": {}, "fields": to(GB)},
        {"policy": ON, "told": {}, "fields": to(US, body="Cheap! Text STOP to end.")},
        {"policy": ON, "told": {}, "fields": to(US, body="Bon marché. Répondez arrêt.")},
    ],
)
async def test_nothing_is_added_where_it_is_not_asked_for(plan_sms: PlanSms, case: dict[str, Any]) -> None:
    fields = case.pop("fields", to(US))

    planned = await plan_sms(fields, **case)

    assert planned.form["Body"] == fields["body"]
    assert isinstance(planned.plan, kit.Send)
    assert planned.plan.tells_opt_out is False


async def test_nothing_is_added_from_a_sender_to_whom_nobody_can_reply(plan_sms: PlanSms) -> None:
    planned = await plan_sms(to(CA, **{"from": "ACME"}), policy=ON, told={}, allowed_countries=None)

    assert notes(planned) == []


async def test_a_picture_is_followed_by_the_words(plan_sms: PlanSms) -> None:
    planned = await plan_sms(to(US, media=["https://example.com/a.jpg"]), policy=ON, told={})

    assert planned.form["Body"] == f"Doves are cheap today.\n{ENGLISH}"


async def test_a_text_that_the_words_make_too_long_is_refused(plan_sms: PlanSms) -> None:
    with pytest.raises(kit.PayloadValidationError, match="1601 characters") as refused:
        await plan_sms(to(US, body="x" * (1600 - len(ENGLISH))), policy=ON, told={})

    assert refused.value.provider_code == "21617"


@pytest.mark.parametrize(
    ("traits", "language"),
    [
        ({}, "en"),
        ({"language": "fr"}, "fr"),
        ({"locale": "fr-CA"}, "fr"),
        ({"locale": "ES_mx"}, "es"),
        ({"language": "tlh", "locale": "pt-BR"}, "pt"),
        ({"language": 5, "locale": ["fr"]}, "en"),
        ({"language": ""}, "en"),
    ],
)
async def test_the_words_are_in_the_persons_language(
    plan_sms: PlanSms, traits: dict[str, Any], language: str
) -> None:
    planned = await plan_sms(to(CA, traits=traits), policy=ON, told={})

    assert language_of(traits) == language
    assert planned.form["Body"].endswith(WORDS[language])


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("Reply STOP to end", True),
        ("text stop to quit", True),
        ("STOP=end", True),
        ("Send us a word: unsubscribe", False),
        ("UNSUBSCRIBE at any time", True),
        ("Stop by our shop", False),
        ("Nonstop fun", False),
        ("We never STOPPED", False),
        ("", False),
    ],
)
def test_a_text_says_how_to_opt_out_or_it_does_not(body: str, says: bool) -> None:
    assert says_so(body) is says


def test_every_language_has_words_that_say_so_and_cost_no_other_encoding() -> None:
    assert frozenset({"US", "CA"}) == COUNTRIES
    assert all(says_so(words) for words in WORDS.values())
    assert {count(words).encoding for words in WORDS.values()} == {"GSM-7"}
