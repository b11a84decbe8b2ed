"""Looks in which reads fail: what is asked for again, what holds all the same, and what is left open."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given, strategies as st

from destinations import kit
from destinations.twilio_engage.reconcile import find_messages
from destinations.twilio_engage.settings import TwilioEngageSettings
from tests.destinations.twilio_engage.conftest import SETTINGS
from tests.destinations.twilio_engage.listing import STARTED, Listing, message
from tests.destinations.twilio_engage.looking import (
    NUMBERS,
    SENDERS,
    SERVICE,
    asked_of,
    found_by,
    listed_of,
    look,
    lost,
    sids,
)

UNREAD = kit.NotKnown("The list could not be read: Internal Server Error")


Fails = Callable[[dict[str, str]], int | None]


def failing(times: int, *, page: str) -> Fails:
    """So many reads of that page of a list fail, whatever it is asked for."""
    left = [500] * times

    def fails(query: dict[str, str]) -> int | None:
        return left.pop() if left and query.get("Page") == page else None

    return fails


def pages_of(listing: Listing) -> list[tuple[bool, str | None]]:
    """Of the queries for lists whether they were for a day, and for which page."""
    return [("DateSent>" in query, query.get("Page")) for query in listing.asked if isinstance(query, dict)]


NEWER = [message(f"SN{n}", NUMBERS[9 + n], 1) for n in range(180)]
"""A page of texts to others."""


@pytest.mark.parametrize("times", [1, 2])
async def test_a_page_that_could_not_be_read_is_read_again_within_the_look(times: int) -> None:
    listing = Listing(
        *(message(f"SM{n}", NUMBERS[n]) for n in range(4)), *NEWER, fails=failing(times, page="1")
    )

    answers, _ = await look(listing, *(lost(f"d{n}", NUMBERS[n]) for n in range(4)))

    assert sids(answers) == {f"d{n}": f"SM{n}" for n in range(4)}
    assert pages_of(listing) == [(True, None), *[(True, "1")] * (times + 1)]


@pytest.mark.parametrize(("status", "asked"), [(500, 3), (503, 3), (408, 3), (429, 1), (401, 1), (404, 1)])
async def test_what_passes_is_asked_for_twice_more_and_nothing_else_is(status: int, asked: int) -> None:
    listing = Listing(fails=lambda _: status)

    answers, _ = await look(listing, lost("d0", NUMBERS[0]))

    assert isinstance(answers["d0"], kit.NotKnown)
    assert len(listing.asked) == asked


async def test_once_a_page_was_given_up_the_others_of_the_look_are_asked_for_once() -> None:
    listing = Listing(fails=lambda _: 500)

    answers, _ = await look(listing, *(lost(f"d{n}", NUMBERS[n], sender=SERVICE) for n in range(10)))

    assert answers == {f"d{n}": UNREAD for n in range(10)}
    assert len(listing.asked) == 3 + 9


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_failed_read_leaves_open_only_the_recipient_it_was_for(status: int) -> None:
    listing = Listing(
        message("SM0", NUMBERS[0]), fails=lambda query: status if query.get("To") == NUMBERS[1] else None
    )

    answers, _ = await look(listing, *(lost(f"d{n}", NUMBERS[n]) for n in range(3)))

    assert sids(answers) == {"d0": "SM0"}
    assert isinstance(answers["d1"], kit.NotKnown)
    assert answers["d2"] is None


async def test_a_failed_page_of_a_sender_leaves_open_what_the_pages_before_did_not_show() -> None:
    listing = Listing(
        message("SM0", NUMBERS[0], 2),
        message("SM1", NUMBERS[1]),
        *NEWER,
        fails=lambda query: 500 if query.get("Page") == "1" else None,
    )
    other = f"+1500555{7:04d}"

    answers, _ = await look(
        listing, *(lost(f"d{n}", NUMBERS[n]) for n in range(4)), lost("e", NUMBERS[5], sender=other)
    )

    assert sids(answers) == {"d0": "SM0"}
    assert (answers["d1"], answers["d2"], answers["d3"]) == (UNREAD, UNREAD, UNREAD)
    assert answers["e"] is None
    assert pages_of(listing)[:2] == [(True, None), (True, "1")]


async def test_a_host_that_nobody_allows_leaves_it_open() -> None:
    chosen = TwilioEngageSettings.model_validate({**SETTINGS, "twilioHostname": "evil.example.com"})
    listing = Listing()

    async def taken(_: Sequence[str]) -> frozenset[str]:
        return frozenset()

    answers = await find_messages(
        [lost("d0", NUMBERS[0])], taken, kit.Context(settings=chosen, now=STARTED, read=listing)
    )

    assert isinstance(answers["d0"], kit.NotKnown)
    assert listing.asked == []


async def test_only_who_could_be_on_the_pages_after_a_failed_one_is_left_open() -> None:
    """The second page is wholly older than the last two texts, and the third can't be read."""
    listing = Listing(
        message("SM2", NUMBERS[2], 801),
        *(message(f"SN{n}", NUMBERS[9 + n], 1000 + n / 10) for n in range(179)),
        *(message(f"SO{n}", NUMBERS[9 + n], 500 + n / 10) for n in range(180)),
        message("SM0", NUMBERS[0]),
        fails=lambda query: 500 if query.get("Page") == "2" else None,
    )

    answers, _ = await look(
        listing,
        lost("d0", NUMBERS[0]),
        lost("d1", NUMBERS[1]),
        lost("d2", NUMBERS[2], 800),
        lost("d3", NUMBERS[3], 800),
    )

    assert sids(answers) == {"d2": "SM2"}
    assert (answers["d0"], answers["d1"], answers["d3"]) == (UNREAD, UNREAD, None)
    dated, newest = [(True, None), (True, "1"), *[(True, "2")] * 3], [(False, None), (False, "1")]
    assert pages_of(listing) == dated + newest


async def test_who_is_absent_from_the_day_alone_is_left_open_where_the_newest_can_not_be_read() -> None:
    listing = Listing(message("SM0", NUMBERS[0]), fails=lambda query: None if "DateSent>" in query else 500)

    answers, _ = await look(listing, *(lost(f"d{n}", NUMBERS[n]) for n in range(4)))

    assert sids(answers) == {"d0": "SM0"}
    assert (answers["d1"], answers["d2"], answers["d3"]) == (UNREAD, UNREAD, UNREAD)
    assert pages_of(listing) == [(True, None), *[(False, None)] * 3]


async def test_the_next_look_finds_what_this_one_could_not_read() -> None:
    texts = [message(f"SM{n}", NUMBERS[n], 2 if n == 0 else 0) for n in range(4)]
    listing = Listing(*texts, *NEWER, fails=failing(3, page="1"))
    asked = [lost(f"d{n}", NUMBERS[n]) for n in range(4)]

    first, _ = await look(listing, *asked)
    second, _ = await look(listing, *(one for one in asked if one.key not in sids(first)))

    assert sids(first) == {"d0": "SM0"}
    assert sids(second) == {"d1": "SM1", "d2": "SM2", "d3": "SM3"}


@given(
    asked_of(),
    listed_of(),
    st.sets(st.sampled_from(NUMBERS[:6])),
    st.sets(st.sampled_from(SENDERS)),
    st.sampled_from([{"dated"}, {"undated"}, {"dated", "undated"}]),
)
def test_a_failed_read_proves_nothing_absent_and_changes_no_answer_of_others(
    asked: list[kit.Reconciliation],
    made: list[dict[str, Any]],
    numbers: set[str],
    senders: set[str],
    broken: set[str],
) -> None:
    def fails(query: dict[str, str]) -> int | None:
        is_for_them = query.get("To") in numbers or query.get("From") in senders
        return 500 if is_for_them and ("dated" if "DateSent>" in query else "undated") in broken else None

    whole, partly = found_by(made, *asked), found_by(made, *asked, fails=fails)

    for one in asked:
        form = dict(one.request.form)
        if form["To"] not in numbers and form["From"] not in senders:
            assert partly[one.key] == whole[one.key]
        if partly[one.key] is None:
            assert whole[one.key] is None


@given(asked_of(), listed_of(), st.integers(1, 7), st.sampled_from([429, 500]))
def test_where_every_so_many_reads_fail_what_is_said_is_what_is_so(
    asked: list[kit.Reconciliation], made: list[dict[str, Any]], every: int, status: int
) -> None:
    reads = iter(range(1, 1000))

    partly = found_by(made, *asked, fails=lambda _: None if next(reads) % every else status)

    whole = found_by(made, *asked)
    given_away = list(sids(partly).values())
    assert len(set(given_away)) == len(given_away)
    assert [key for key, one in partly.items() if one is None and whole[key] is not None] == []
    if status == 500 and every > 2:  # it is read again, and well by the third time
        assert partly == whole


@given(asked_of(), listed_of())
def test_where_nothing_can_be_read_nothing_is_known(
    asked: list[kit.Reconciliation], made: list[dict[str, Any]]
) -> None:
    assert found_by(made, *asked, fails=lambda _: 500) == {one.key: UNREAD for one in asked}
