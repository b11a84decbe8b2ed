"""Who somebody is, as values."""

import json
from typing import Any

import msgspec
import pytest

from destinations.kit import Person
from gateway.people import (
    MOST_TRAIT_BYTES,
    MOST_TRAITS,
    Known,
    Seen,
    Told,
    Trait,
    as_fact,
    identities_of,
    learned,
    merged,
    opt_in_number,
    told_by,
    traits_of,
)
from gateway.phones import MOST_NUMBERS
from tests.factories import ANN, BOB, browser, event, identify, later, source, track


def learn(known: Known, raw: dict[str, Any], at: float, **of: Any) -> Known:
    return learned(known, told_by(event(raw, later(at)), of.get("by", source()), of.get("country")))


def told(raw: dict[str, Any], country: str | None = None, at: float = 0) -> Told:
    """What a call of a server source tells."""
    return told_by(event(raw, later(at)), source(), country)


def said(value: Any, **at: float) -> dict[str, Trait]:
    """Traits of that value, each said by a server source at that time."""
    return {name: Trait(value, later(when), by_server=True) for name, when in at.items()}


def test_the_latest_by_timestamp_stands_whatever_comes_last() -> None:
    newer = learn(Known("per_1"), identify(traits={"name": "Ann", "phone": ANN}), at=10)

    known = learn(newer, identify(traits={"name": "Anna", "city": "Rome", "phone": BOB}), at=5)

    assert known.traits == {
        "name": ("Ann", later(10), True),
        "phone": (ANN, later(10), True),
        "city": ("Rome", later(5), True),
    }
    assert known.phones == {ANN: Seen(later(10), by_server=True), BOB: Seen(later(5), by_server=True)}
    assert as_fact(known, "ann").phone == ANN


def test_of_two_that_are_as_new_the_one_that_comes_last_stands() -> None:
    known = learn(learn(Known("per_1"), identify(traits={"a": 1}), at=0), identify(traits={"a": 2}), at=0)

    assert known.traits["a"] == (2, later(0), True)


def test_a_time_to_come_does_not_freeze_a_trait() -> None:
    ahead = learn(Known("per_1"), identify(traits={"a": 1}, timestamp="2036-01-01T00:00:00Z"), at=0)

    assert learn(ahead, identify(traits={"a": 2}), at=1).traits["a"] == (2, later(1), True)


def test_only_an_identify_gives_traits_and_its_own_win_over_its_contexts() -> None:
    raw = identify(traits={"a": 1}, context={"traits": {"a": 2, "b": 3}})

    assert traits_of(event(raw)) == {"a": 1, "b": 3}
    assert traits_of(event(track(context={"traits": {"phone": ANN}}))) == {}


def test_the_numbers_of_an_event_are_those_of_its_trait_and_its_external_ids() -> None:
    raw = identify(
        traits={"phone": "(202) 555-0101"},
        external_ids=[{"id": BOB, "type": "phone"}, {"id": "ann@example.com", "type": "email"}, "x"],
        context={"externalIds": [{"id": ANN, "type": "phone"}, {"id": "no number", "type": "phone"}]},
    )

    assert list(told(raw, "US").phones) == [ANN, BOB]
    assert list(told(raw).phones) == [BOB, ANN]


def test_a_track_gives_the_phone_of_its_contexts_traits_and_no_trait_beside_it() -> None:
    raw = track(context={"traits": {"phone": "(202) 555-0101", "name": "Ann"}}, traits={"phone": BOB})

    known = learn(Known("per_1"), raw, at=3, country="US")

    assert list(told(raw, "US").phones) == [ANN]
    assert known.traits == {"phone": ("(202) 555-0101", later(3), True)}
    assert known.phones == {ANN: Seen(later(3), by_server=True)}


@pytest.mark.parametrize("phone", ["", None, "none", 7, ["+12025550101"], {"a": 1}])
def test_a_phone_of_a_track_that_is_no_number_takes_none_away(phone: Any) -> None:
    known = learn(Known("per_1"), identify(traits={"phone": ANN}), at=0)

    assert learn(known, track(context={"traits": {"phone": phone}}), at=1) == known


def test_a_phone_that_is_a_json_number_is_one_its_person_has() -> None:
    known = learn(Known("per_1"), track(context={"traits": {"phone": 12025550101}}), at=0, country="US")

    assert as_fact(known, "ann").server_numbers == {ANN}


def test_of_the_phones_of_identifies_and_tracks_the_latest_by_timestamp_stands() -> None:
    known = learn(Known("per_1"), identify(traits={"phone": ANN}), at=0)

    newer = learn(known, track(context={"traits": {"phone": BOB}}), at=2)
    late = learn(newer, track(context={"traits": {"phone": ANN}}), at=1)

    assert (as_fact(newer, "ann").phone, as_fact(late, "ann").phone) == (BOB, BOB)


def test_the_external_ids_of_a_track_are_numbers_beside_the_phone_that_was_given() -> None:
    ids = [{"id": BOB, "type": "phone"}]
    known = learn(Known("per_1"), identify(traits={"phone": ANN}), at=0)

    beside = as_fact(learn(known, track(context={"externalIds": ids}), at=1), "ann")
    alone = as_fact(learn(Known("per_2"), track(external_ids=ids), at=1), "ann")

    assert (beside.phone, beside.server_numbers) == (ANN, frozenset({ANN, BOB}))
    assert (alone.phone, alone.traits) == (BOB, {})


def test_a_browser_source_never_supplies_a_recipient() -> None:
    by_server = learn(Known("per_1"), identify(traits={"phone": ANN}), at=0)

    known = learn(by_server, identify(traits={"phone": BOB, "name": "Ann"}), at=1, by=browser())

    assert as_fact(known, "ann") == Person(
        "ann", {"phone": ANN, "name": "Ann"}, ANN, frozenset({ANN}), {"phone": ANN}
    )
    assert known.phones == {ANN: Seen(later(0), by_server=True)}
    assert learn(Known("per_2"), identify(), at=0, by=browser()).phones == {}


def test_a_number_that_a_server_source_gives_later_is_trusted_from_then_on() -> None:
    by_page = learn(Known("per_1"), identify(), at=5, by=browser())

    known = learn(by_page, identify(), at=0)

    assert known.phones == {ANN: Seen(later(0), by_server=True)}


def test_a_browser_source_makes_no_older_number_the_latest() -> None:
    older = learn(Known("per_1"), identify(traits={}, external_ids=[{"id": ANN, "type": "phone"}]), at=0)
    known = learn(older, identify(traits={}, external_ids=[{"id": BOB, "type": "phone"}]), at=1)

    known = learn(known, identify(external_ids=[{"id": ANN, "type": "phone"}]), at=2, by=browser())

    assert as_fact(known, "ann").phone == BOB


def test_a_browser_source_replaces_no_trait_that_a_server_source_gave() -> None:
    by_server = learn(Known("per_1"), identify(traits={"mobile": ANN}), at=0)

    known = learn(by_server, identify(traits={"mobile": BOB, "home": BOB}), at=1, by=browser())

    assert as_fact(known, "ann").traits == {"mobile": ANN, "home": BOB}
    assert as_fact(known, "ann").server_traits == {"mobile": ANN}


def test_a_server_source_replaces_what_a_browser_source_said_whenever_that_was() -> None:
    by_page = learn(Known("per_1"), identify(traits={"mobile": BOB}), at=5, by=browser())

    known = learn(by_page, identify(traits={"mobile": ANN}), at=0)

    assert as_fact(known, "ann").server_traits == {"mobile": ANN}


@pytest.mark.parametrize("removed", [None, "", False, []])
def test_a_number_that_was_taken_back_is_reached_no_more(removed: Any) -> None:
    known = learn(Known("per_1"), identify(), at=0)
    raw = {"type": "identify", "userId": "ann", "traits": {"phone": removed, "sms_opt_in": True}}

    known = learn(known, raw, at=1)

    assert as_fact(known, "ann").phone is None
    assert opt_in_number(told(raw, at=1), known) is None
    assert as_fact(learn(known, identify(), at=0.5), "ann").phone is None


def test_an_opt_in_is_about_the_number_its_event_names_before_the_persons_own() -> None:
    known = learn(Known("per_1"), identify(), at=0)
    taken_back = identify(traits={"phone": ""})
    named = identify(traits={"phone": ""}, external_ids=[{"id": BOB, "type": "phone"}])

    assert opt_in_number(told(identify(traits={})), known) == ANN
    assert opt_in_number(told(taken_back), known) is None
    assert opt_in_number(told(named), known) == BOB
    assert opt_in_number(told(identify(traits={})), None) is None


def test_what_is_remembered_of_one_person_has_an_end() -> None:
    full = {f"t{place}": place for place in range(MOST_TRAITS)}
    known = learn(Known("per_1"), identify(traits=full), at=0)

    known = learn(known, identify(traits={"t0": "new", "more": 1}), at=1)

    assert len(known.traits) == MOST_TRAITS
    assert known.traits["t0"].value == "new"
    assert "more" not in known.traits


def test_what_is_remembered_of_one_person_has_a_size() -> None:
    known = Known("per_1")
    for place in range(5):
        known = learn(known, identify(traits={f"t{place}": "x" * 20_000}), at=place)

    assert list(known.traits) == ["t0", "t1", "t2"]
    assert len(msgspec.json.encode(known.traits)) < MOST_TRAIT_BYTES + 1_000
    assert as_fact(learn(known, identify(), at=9), None).phone == ANN


@pytest.mark.parametrize(("beyond", "kept"), [(0, ["a", "b", "c"]), (1, ["a", "b"])])
def test_a_person_may_be_as_large_as_that_and_no_byte_larger(beyond: int, kept: list[str]) -> None:
    each = len('{"a":""}') + 24  # and what stands between the quotes
    room = MOST_TRAIT_BYTES - 3 * each
    traits = {"a": "x" * 9, "b": "x" * 9, "c": "x" * (room - 18 + beyond)}

    known = learn(Known("per_1"), identify(traits=traits), at=0)

    assert list(known.traits) == kept


def test_a_page_can_not_crowd_out_what_a_server_source_says() -> None:
    full = {f"t{place}": place for place in range(MOST_TRAITS)}
    known = learn(Known("per_1"), identify(traits=full), at=0, by=browser())

    known = learn(known, identify(traits={"name": "Ann"}), at=1)

    assert len(known.traits) == MOST_TRAITS
    assert as_fact(known, None).server_traits == {"name": "Ann"}


def test_of_many_numbers_the_latest_of_a_server_source_are_remembered() -> None:
    many = [{"id": f"+1202555{place:04}", "type": "phone"} for place in range(MOST_NUMBERS + 1)]
    first = [one["id"] for one in many[:MOST_NUMBERS]]

    known = learn(Known("per_1"), identify(), at=0)
    by_page = learn(known, identify(traits={}, external_ids=many), at=1, by=browser())
    known = learn(known, identify(traits={}, external_ids=many), at=1)

    assert list(told(identify(traits={}, external_ids=many)).phones) == first
    assert as_fact(by_page, None).server_numbers == frozenset({ANN})
    assert as_fact(known, None).server_numbers == frozenset(first)


def test_a_person_is_reached_at_the_trait_else_at_the_latest_number() -> None:
    ids = [{"id": BOB, "type": "phone"}]
    known = learn(Known("per_1"), identify(traits={}, external_ids=ids), at=1)

    assert as_fact(known, None).phone == BOB
    assert (
        as_fact(learn(known, identify(traits={"phone": "202 555 0101"}), at=0), None).phone == "202 555 0101"
    )


def test_two_who_turn_out_to_be_one_keep_the_latest_of_each() -> None:
    winner = Known("per_1", ("ann",), said(1, a=1, b=9), {ANN: Seen(later(1), by_server=False)})
    loser = Known("per_2", ("old",), said(2, a=2, b=2, c=2), {ANN: Seen(later(2), by_server=True)})

    both = merged(winner, loser)

    assert both == Known(
        "per_1",
        ("ann", "old"),
        {**said(1, b=9), **said(2, a=2, c=2)},
        {ANN: Seen(later(2), by_server=True)},
    )


def test_the_user_id_says_surest_whom_an_event_is_about() -> None:
    assert identities_of(event(track(anonymousId="a-1"))) == [("user_id", "ann"), ("anonymous_id", "a-1")]
    assert identities_of(event(track(userId=None, anonymousId="a-1"))) == [("anonymous_id", "a-1")]


def test_a_number_is_kept_under_its_key_and_dialled_as_it_was_given() -> None:
    ids = [{"id": "+54 11 4321 0000", "type": "phone"}]

    known = learn(Known("per_1"), identify(traits={}, external_ids=ids), at=0)

    assert known.phones == {"+5491143210000": Seen(later(0), by_server=True, dialled="+541143210000")}
    fact = as_fact(known, None)
    assert (fact.phone, fact.server_numbers) == ("+541143210000", frozenset({"+5491143210000"}))


@pytest.mark.parametrize("number", ["+5215512345678", "+525512345678", 5215512345678, "55 1234 5678"])
def test_every_form_of_a_number_is_one_of_its_person(number: Any) -> None:
    known = learn(Known("per_1"), identify(traits={"phone": "+52 1 55 1234 5678"}), at=0, country="MX")
    known = learn(known, identify(traits={"phone": number}), at=1, country="MX")

    assert as_fact(known, None).server_numbers == {"+525512345678"}


@pytest.mark.parametrize("value", [["5550144"], "5550144", "123-456-7890", "112", True, {"a": 1}, 1.5])
def test_what_is_given_as_a_number_and_is_none_is_told(value: Any) -> None:
    ids = [{"id": value, "type": "phone"}, {"id": ANN, "type": "phone"}]
    raw = identify(traits={"phone": value}, external_ids=ids)

    doubts = told(raw, "US").doubts

    assert list(told(raw, "US").phones) == [ANN]
    assert [doubt.code for doubt in doubts] == ["phone_not_read", "phone_not_read"]
    assert [doubt.message.split(" came as ")[0] for doubt in doubts] == ["traits.phone", "external_ids[0].id"]
    assert json.dumps(value) in doubts[0].message


@pytest.mark.parametrize("value", ["", None, " ", ANN, 12025550101, "(202) 555-0101"])
def test_a_number_that_is_read_and_one_that_is_not_there_are_no_doubt(value: Any) -> None:
    assert told(identify(traits={"phone": value}), "US").doubts == ()
