"""Who somebody is, as values."""

from typing import Any

from destinations.kit import Person
from gateway.people import Known, as_fact, identities_of, learned, merged, phones_of, traits_of
from tests.factories import ANN, BOB, browser, event, identify, later, source, track


def learn(known: Known, raw: dict[str, Any], at: float, **of: Any) -> Known:
    return learned(known, event(raw, later(at)), of.get("by", source()), of.get("country"))


def test_the_latest_by_timestamp_stands_whatever_comes_last() -> None:
    newer = learn(Known("per_1"), identify(traits={"name": "Ann", "phone": ANN}), at=10)

    known = learn(newer, identify(traits={"name": "Anna", "city": "Rome", "phone": BOB}), at=5)

    assert known.traits == {
        "name": ("Ann", later(10)),
        "phone": (ANN, later(10)),
        "city": ("Rome", later(5)),
    }
    assert known.phones == {ANN: (later(10), True), BOB: (later(5), True)}
    assert as_fact(known, "ann").phone == ANN


def test_of_two_that_are_as_new_the_one_that_comes_last_stands() -> None:
    known = learn(learn(Known("per_1"), identify(traits={"a": 1}), at=0), identify(traits={"a": 2}), at=0)

    assert known.traits["a"] == (2, later(0))


def test_a_time_to_come_does_not_freeze_a_trait() -> None:
    ahead = learn(Known("per_1"), identify(traits={"a": 1}, timestamp="2036-01-01T00:00:00Z"), at=0)

    assert learn(ahead, identify(traits={"a": 2}), at=1).traits["a"] == (2, later(1))


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

    assert phones_of(event(raw), "US") == [ANN, BOB]
    assert phones_of(event(raw), None) == [BOB, ANN]


def test_a_browser_source_never_supplies_a_recipient() -> None:
    by_server = learn(Known("per_1"), identify(traits={"phone": ANN}), at=0)

    known = learn(by_server, identify(traits={"phone": BOB, "name": "Ann"}), at=1, by=browser())

    assert as_fact(known, "ann") == Person("ann", {"phone": ANN, "name": "Ann"}, ANN, frozenset({ANN}))
    assert known.phones[BOB] == (later(1), False)
    assert as_fact(learn(Known("per_2"), identify(), at=0, by=browser()), None).phone is None


def test_a_number_that_a_server_source_gives_later_is_trusted_from_then_on() -> None:
    by_page = learn(Known("per_1"), identify(), at=5, by=browser())

    known = learn(by_page, identify(), at=0)

    assert known.phones == {ANN: (later(5), True)}


def test_a_person_is_reached_at_the_trait_else_at_the_latest_number() -> None:
    ids = [{"id": BOB, "type": "phone"}]
    known = learn(Known("per_1"), identify(traits={}, external_ids=ids), at=1)

    assert as_fact(known, None).phone == BOB
    assert (
        as_fact(learn(known, identify(traits={"phone": "202 555 0101"}), at=0), None).phone == "202 555 0101"
    )


def test_two_who_turn_out_to_be_one_keep_the_latest_of_each() -> None:
    winner = Known("per_1", ("ann",), {"a": (1, later(1)), "b": (1, later(9))}, {ANN: (later(1), False)})
    loser = Known(
        "per_2",
        ("old",),
        {"a": (2, later(2)), "b": (2, later(2)), "c": (2, later(2))},
        {ANN: (later(2), True)},
    )

    both = merged(winner, loser)

    assert both == Known(
        "per_1",
        ("ann", "old"),
        {"a": (2, later(2)), "b": (1, later(9)), "c": (2, later(2))},
        {ANN: (later(2), True)},
    )


def test_the_user_id_says_surest_whom_an_event_is_about() -> None:
    assert identities_of(event(track(anonymousId="a-1"))) == [("user_id", "ann"), ("anonymous_id", "a-1")]
    assert identities_of(event(track(userId=None, anonymousId="a-1"))) == [("anonymous_id", "a-1")]
