"""Many lost answers looked for at once: what is read for them, and whose a message is."""

from typing import Any

import pytest
from hypothesis import given, strategies as st

from destinations import kit
from tests.destinations.twilio_engage.listing import OURS, Listing, message
from tests.destinations.twilio_engage.looking import (
    NUMBERS,
    SERVICE,
    asked_of,
    found_by,
    listed_of,
    look,
    lost,
    sids,
)

ANOTHERS = kit.NotKnown(
    "The list shows a message that may be this one, or that of another text to the same number."
)


async def test_nothing_is_read_for_nobody() -> None:
    listing = Listing()

    assert (await look(listing), listing.asked) == (({}, []), [])


async def test_few_recipients_of_a_sender_are_asked_for_one_by_one() -> None:
    listing = Listing(*(message(f"SM{n}", NUMBERS[n]) for n in range(3)))

    answers, _ = await look(listing, *(lost(f"d{n}", NUMBERS[n]) for n in range(3)))

    assert sids(answers) == {"d0": "SM0", "d1": "SM1", "d2": "SM2"}
    assert listing.asked == [
        {"To": NUMBERS[n], "DateSent>": "2026-11-20", "PageSize": "100"} for n in range(3)
    ]


async def test_one_look_at_a_sender_serves_all_of_its_recipients() -> None:
    listing = Listing(*(message(f"SM{n}", NUMBERS[n]) for n in range(100)))

    answers, questions = await look(listing, *(lost(f"d{n}", NUMBERS[n]) for n in range(100)))

    assert sids(answers) == {f"d{n}": f"SM{n}" for n in range(100)}
    assert listing.asked == [{"From": OURS, "DateSent>": "2026-11-20", "PageSize": "180"}]
    assert [len(question) for question in questions] == [100]


async def test_what_is_absent_is_absent_once_the_newest_of_the_sender_were_read_too() -> None:
    listing = Listing(message("SM0", NUMBERS[0]), message("SM9", NUMBERS[9]))

    answers, _ = await look(listing, *(lost(f"d{n}", NUMBERS[n]) for n in range(4)))

    assert (answers["d1"], answers["d2"], answers["d3"]) == (None, None, None)
    assert sids(answers) == {"d0": "SM0"}
    assert listing.asked == [
        {"From": OURS, "DateSent>": "2026-11-20", "PageSize": "180"},
        {"From": OURS, "PageSize": "180"},
    ]


async def test_a_message_that_no_day_matches_is_found_among_the_newest_of_the_sender() -> None:
    listing = Listing(*(message(f"SM{n}", NUMBERS[n], date_sent=None) for n in range(4)))

    answers, _ = await look(listing, *(lost(f"d{n}", NUMBERS[n]) for n in range(4)))

    assert sids(answers) == {f"d{n}": f"SM{n}" for n in range(4)}


async def test_pages_of_a_sender_end_where_they_are_wholly_older_than_what_is_asked() -> None:
    older = [message(f"SM{n}", NUMBERS[n], -3600 - n) for n in range(1000)]
    listing = Listing(*older)

    answers, _ = await look(listing, *(lost(f"d{n}", NUMBERS[n]) for n in range(4)))

    assert answers == dict.fromkeys(("d0", "d1", "d2", "d3"))
    assert len(listing.asked) == 2


async def test_beyond_five_pages_each_recipient_is_asked_for() -> None:
    newer = [message(f"SN{n}", NUMBERS[9 + n], 1 + n / 10) for n in range(1000)]
    listing = Listing(message("SM0", NUMBERS[0]), message("SM1", NUMBERS[1], 200), *newer)

    answers, _ = await look(listing, *(lost(f"d{n}", NUMBERS[n]) for n in range(4)))

    assert sids(answers) == {"d0": "SM0", "d1": "SM1"}
    assert (answers["d2"], answers["d3"]) == (None, None)
    assert [query.get("To") for query in listing.asked if isinstance(query, dict)] == [
        *[None] * 5,
        NUMBERS[0],
        NUMBERS[2],
        NUMBERS[2],
        NUMBERS[3],
        NUMBERS[3],
    ]


async def test_a_number_with_more_messages_than_are_read_is_not_known() -> None:
    listing = Listing(*(message(f"SM{n}", NUMBERS[0], n / 10, body="Another") for n in range(501)))

    answers, _ = await look(listing, lost("d0", NUMBERS[0]))

    assert answers == {
        "d0": kit.NotKnown(
            "The list shows more messages to this number than are read at once, and none of those is this one."
        )
    }


async def test_a_sender_whose_recipients_are_hidden_says_nothing_and_each_is_asked_for() -> None:
    listing = Listing(message("SM0", "hidden"))

    answers, _ = await look(listing, *(lost(f"d{n}", NUMBERS[n]) for n in range(4)))

    assert answers == dict.fromkeys(("d0", "d1", "d2", "d3"))
    assert [isinstance(query, dict) and "To" in query for query in listing.asked] == [False] + [True] * 8


@pytest.mark.parametrize("sender", [SERVICE, "My Brand", "(500) 555-0006"])
async def test_what_the_list_can_not_be_asked_for_is_asked_for_by_recipient(sender: str) -> None:
    listing = Listing()

    await look(listing, *(lost(f"d{n}", NUMBERS[n], sender=sender) for n in range(10)))

    assert len(listing.asked) == 20
    assert all(isinstance(query, dict) and "From" not in query for query in listing.asked)


async def test_a_sender_of_whatsapp_is_asked_for_as_the_list_shows_it() -> None:
    sender = f"whatsapp:{OURS}"
    by: dict[str, Any] = {"from": sender}
    made = [message(f"SM{n}", f"whatsapp:{NUMBERS[n]}", **by) for n in range(5)]
    listing = Listing(*made)

    answers, _ = await look(
        listing, *(lost(f"d{n}", f"whatsapp:{NUMBERS[n]}", sender=sender) for n in range(5))
    )

    assert sids(answers) == {f"d{n}": f"SM{n}" for n in range(5)}
    assert listing.asked == [{"From": sender, "DateSent>": "2026-11-20", "PageSize": "180"}]


async def test_a_number_in_another_form_is_known_again_in_the_list_of_a_sender() -> None:
    mobile = "+5215512345678"
    listing = Listing(message("SM9", "+525512345678"))

    answers, _ = await look(listing, lost("d9", mobile), *(lost(f"d{n}", NUMBERS[n]) for n in range(3)))

    assert sids(answers) == {"d9": "SM9"}


async def test_two_forms_of_one_number_are_never_given_the_same_message() -> None:
    forms = ["+5215512345678", "+525512345678"]
    listing = Listing(*(message(f"SM{n}", NUMBERS[n]) for n in range(4)), message("SM9", forms[0]))

    answers, _ = await look(
        listing,
        *(lost(f"d{n}", NUMBERS[n]) for n in range(4)),
        *(lost(f"e{n}", to, alone=False) for n, to in enumerate(forms)),
    )

    assert sids(answers) == {**{f"d{n}": f"SM{n}" for n in range(4)}, "e0": "SM9"}


async def test_a_list_that_ignores_what_it_is_asked_gives_nobody_the_same_message() -> None:
    one = message("SM0", NUMBERS[0])

    class Ignoring(Listing):
        async def __call__(self, request: kit.HttpRequest) -> kit.HttpResponse:
            return await super().__call__(
                kit.HttpRequest("GET", request.url.replace("142", "0000").replace("0001", "0000"))
            )

    answers, _ = await look(Ignoring(one), lost("d0", NUMBERS[0]), lost("d1", NUMBERS[1]))

    assert answers == {"d0": kit.Accepted("SM0", kit.MessageStatus.SENT, 1), "d1": ANOTHERS}


@pytest.mark.parametrize(
    ("asked", "listed", "found"),
    [
        pytest.param([("a", 0), ("b", 60)], [("SM1", 61)], {"b": "SM1"}, id="the nearest in time"),
        pytest.param([("a", 0), ("b", 2)], [("SM1", 1)], {"a": "SM1"}, id="then who came first"),
        pytest.param(
            [("a", 0), ("b", 60)], [("SM1", 1), ("SM2", 61)], {"a": "SM1", "b": "SM2"}, id="each its own"
        ),
        pytest.param(
            [("a", 0), ("b", 200)],
            [("SM1", 30), ("SM2", 90)],
            {"a": "SM1", "b": "SM2"},
            id="one moves to make room for another",
        ),
        pytest.param(
            [("a", 0), ("b", 125)],
            [("SM1", -100), ("SM2", 10)],
            {"a": "SM1", "b": "SM2"},
            id="the one that fits both goes to the one that has no other",
        ),
    ],
)
async def test_of_the_same_text_to_one_number_each_message_has_one_owner(
    asked: list[tuple[str, float]], listed: list[tuple[str, float]], found: dict[str, str]
) -> None:
    listing = Listing(*(message(sid, NUMBERS[0], after) for sid, after in listed))

    answers, _ = await look(listing, *(lost(key, NUMBERS[0], after, alone=False) for key, after in asked))

    assert sids(answers) == found
    assert [answers[key] for key, _ in asked if key not in found] == [None] * (len(asked) - len(found))


async def test_the_very_text_wins_over_one_that_a_trial_account_put_something_before() -> None:
    prefixed = "Sent from your Twilio trial account - Hello"
    listing = Listing(message("SM1", NUMBERS[0], body=prefixed))

    answers, _ = await look(
        listing,
        lost("a", NUMBERS[0], alone=False),
        lost("b", NUMBERS[0], 60, body=prefixed, alone=False),
    )

    assert answers == {"a": None, "b": kit.Accepted("SM1", kit.MessageStatus.SENT, 1)}


async def test_two_that_are_asked_together_are_not_alone_whatever_is_said_of_them() -> None:
    changed = message("SM1", NUMBERS[0], body="Hello https://short.example/1")
    listing = Listing(changed)

    answers, _ = await look(
        listing,
        lost("a", NUMBERS[0], body="Hello https://example.com/a"),
        lost("b", NUMBERS[0], body="Hello https://example.com/b"),
    )

    assert answers == {"a": ANOTHERS, "b": ANOTHERS}


async def test_a_message_that_is_given_to_one_leaves_nothing_open_for_another() -> None:
    listing = Listing(message("SM1", NUMBERS[0]))

    answers, _ = await look(
        listing,
        lost("a", NUMBERS[0], alone=False),
        lost("b", NUMBERS[0], body="Hello https://example.com/b", alone=False),
    )

    assert answers == {"a": kit.Accepted("SM1", kit.MessageStatus.SENT, 1), "b": None}


async def test_a_message_that_is_anothers_answers_nobody() -> None:
    listing = Listing(*(message(f"SM{n}", NUMBERS[n]) for n in range(5)))

    answers, questions = await look(listing, *(lost(f"d{n}", NUMBERS[n]) for n in range(5)), others=["SM1"])

    assert answers["d1"] is None
    assert sids(answers) == {f"d{n}": f"SM{n}" for n in (0, 2, 3, 4)}
    assert [len(question) for question in questions] == [5, 1]


@given(asked_of(), listed_of(), st.sets(st.sampled_from([f"SM{n}" for n in range(14)])))
def test_each_is_answered_and_no_message_is_given_twice(
    asked: list[kit.Reconciliation], made: list[dict[str, Any]], others: set[str]
) -> None:
    answers = found_by(made, *asked, others=sorted(others))

    given_away = list(sids(answers).values())
    assert set(answers) == {one.key for one in asked}
    assert len(set(given_away)) == len(given_away)
    assert not others & set(given_away)


@given(asked_of(), listed_of())
def test_what_one_by_one_finds_together_finds(
    asked: list[kit.Reconciliation], made: list[dict[str, Any]]
) -> None:
    together = found_by(made, *asked)
    one_by_one: dict[str, str | None] = {}
    for one in asked:
        alone = found_by(made, one, others=[sid for sid in one_by_one.values() if sid])
        one_by_one |= sids(alone)
        if found_by(made, one) == {one.key: None}:
            assert together[one.key] is None

    assert len(sids(together)) >= len(one_by_one)
