"""People in memory: what one event teaches, the next one sees."""

import pytest

from gateway.crowd import Crowd, Taught, Tie
from gateway.people import Identity, Known, Seen
from tests.factories import ANN, BOB, NOW

USER, DEVICE, FREE = ("user_id", "ann"), ("anonymous_id", "a-1"), ("anonymous_id", "a-2")
SPACE = "default"


def crowd(**people: list[Identity]) -> Crowd:
    """Somebody stored for each name, with these ids."""
    ties: dict[Tie, str] = {(SPACE, *one): name for name, held in people.items() for one in held}
    known = {name: Known(name, tuple(v for k, v in held if k == "user_id")) for name, held in people.items()}
    ids = {name: {(SPACE, *one) for one in held} for name, held in people.items()}
    return Crowd(ties, known, ids, dict.fromkeys(people, SPACE))


def some() -> Crowd:
    return crowd(ann=[USER, DEVICE], visitor=[FREE])


def new(*ties: Identity, phone: str | None = None) -> Taught:
    """Somebody new, who goes by these ids."""
    phones = {} if phone is None else {phone: Seen(NOW, by_server=True)}
    return Taught(Known("", tuple(value for kind, value in ties if kind == "user_id"), {}, phones), ties)


@pytest.mark.parametrize(
    ("pairs", "found"),
    [
        pytest.param([USER], "ann", id="a user"),
        pytest.param([DEVICE], "ann", id="a device"),
        pytest.param([("user_id", "bob"), DEVICE], None, id="another user on a user's device"),
        pytest.param([("user_id", "bob"), FREE], "visitor", id="a user on a visitor's device"),
        pytest.param([USER, FREE], "ann", id="a user before a device"),
        pytest.param([("user_id", "bob")], None, id="a stranger"),
        pytest.param([], None, id="nobody"),
    ],
)
def test_beside_a_user_id_a_device_counts_only_while_it_is_nobodys(
    pairs: list[Identity], found: str | None
) -> None:
    known = some().find(SPACE, pairs)

    assert (known and known.id) == found
    assert some().find("other", pairs) is None


@pytest.mark.parametrize(
    ("user_id", "anonymous_id", "about"),
    [
        ("ann", "a-2", ("ann", "visitor")),
        ("ann", "a-1", ("ann", None)),
        ("bob", "a-2", ("visitor", None)),
        ("bob", "a-1", (None, None)),
        (None, "a-1", ("ann", None)),
        ("bob", None, (None, None)),
        (None, None, (None, None)),
    ],
)
def test_an_identify_is_about_its_user_and_a_free_device_turns_out_to_be_the_same(
    user_id: str | None, anonymous_id: str | None, about: tuple[str | None, str | None]
) -> None:
    assert some().identified(SPACE, user_id, anonymous_id) == about
    assert some().identified("other", user_id, anonymous_id) == (None, None)


@pytest.mark.parametrize(
    ("user_id", "previous", "about"),
    [
        ("ann", "a-2", ("ann", ("visitor",), ("anonymous_id",))),
        ("ann", "a-1", ("ann", (), ("anonymous_id",))),
        ("ann", "ann", ("ann", (), ("user_id",))),
        ("ann", "bob", ("ann", ("bob",), ("user_id",))),
        ("eve", "bob", ("bob", (), ("user_id",))),
        ("eve", "a-2", ("visitor", (), ("anonymous_id",))),
        ("eve", "a-1", (None, (), ("anonymous_id",))),
        ("eve", "unknown", (None, (), ("anonymous_id",))),
        ("ann", "unknown", ("ann", (), ("anonymous_id",))),
        ("ann", "a-3", ("ann", ("squatter", "free"), ("user_id", "anonymous_id"))),
        ("eve", "a-3", ("squatter", ("free",), ("user_id", "anonymous_id"))),
        ("a-3", "a-3", ("squatter", ("free",), ("user_id", "anonymous_id"))),
    ],
)
def test_an_alias_is_about_its_user_and_whoever_had_the_earlier_id(
    user_id: str, previous: str, about: tuple[str | None, tuple[str, ...], tuple[str, ...]]
) -> None:
    people = crowd(
        ann=[USER, DEVICE],
        visitor=[FREE],
        bob=[("user_id", "bob")],
        squatter=[("user_id", "a-3")],
        free=[("anonymous_id", "a-3")],
    )

    assert people.aliased(SPACE, user_id, previous) == about


def test_somebody_new_is_found_by_their_ids_from_then_on() -> None:
    people = some()

    known = people.keep(SPACE, new(("user_id", "bob"), phone=BOB), "bob")

    assert known == Known("bob", ("bob",), {}, {BOB: Seen(NOW, by_server=True)})
    assert people.get("bob") == people.find(SPACE, [("user_id", "bob")]) == known
    assert people.identified(SPACE, "bob", "a-2") == ("bob", "visitor")
    assert people.changed() == [(None, known)]


def test_somebody_new_who_is_taught_twice_is_new_once() -> None:
    people = some()
    first = people.keep(SPACE, new(("user_id", "bob"), phone=BOB), "bob")
    assert first is not None
    after = Known("bob", ("bob",), {}, {ANN: Seen(NOW, by_server=True)})

    people.keep(SPACE, Taught(after, (("user_id", "bob"),), first), "unused")

    assert people.changed() == [(None, after)]
    assert people.get("unused") is None


def test_of_somebody_stored_who_is_taught_twice_the_first_and_the_last_are_told() -> None:
    people = some()
    stored = people.get("ann")
    assert stored is not None
    for phone in (ANN, BOB):
        after = Known("ann", ("ann",), {}, {phone: Seen(NOW, by_server=True)})
        people.keep(SPACE, Taught(after, (USER,), people.get("ann")), "unused")

    assert people.changed() == [(stored, after)]


def test_an_event_without_ties_changes_nothing() -> None:
    people = some()
    seen = people.get("ann")

    assert people.keep(SPACE, Taught(seen), "unused") == seen
    assert people.keep(SPACE, Taught(None), "unused") is None

    assert people.changed() == []
    assert people.get("unused") is None


def test_a_device_that_is_tied_anew_leaves_the_one_before_with_the_rest() -> None:
    people = some()

    people.keep(SPACE, new(("user_id", "bob"), DEVICE), "bob")

    assert [people.whose((SPACE, *one)) for one in (USER, DEVICE, FREE)] == ["ann", "bob", "visitor"]
    assert people.identified(SPACE, None, "a-1") == ("bob", None)


def test_a_visitor_who_is_tied_to_a_user_is_anonymous_no_more() -> None:
    people = some()
    visitor = people.get("visitor")
    assert visitor is not None

    people.keep(SPACE, Taught(Known("visitor", ("bob",)), (("user_id", "bob"), FREE), visitor), "unused")

    assert people.identified(SPACE, "ann", "a-2") == ("ann", None)
    assert people.find(SPACE, [("user_id", "eve"), FREE]) is None


def test_who_is_absorbed_is_gone_and_their_ids_are_the_winners() -> None:
    people = some()
    both = Known("ann", ("ann",))

    people.keep(SPACE, Taught(both, (USER, FREE), people.get("ann"), ("visitor",)), "unused")

    assert people.get("visitor") is None
    assert [people.whose((SPACE, *one)) for one in (USER, DEVICE, FREE)] == ["ann"] * 3
    assert people.changes.absorbed == [("visitor", "ann")]
    assert [after.id for _before, after in people.changed()] == ["ann"]


def test_who_is_absorbed_by_somebody_new_is_gone() -> None:
    people = some()

    people.keep(SPACE, Taught(Known("", ("bob",)), (("user_id", "bob"),), None, ("visitor",)), "bob")

    assert people.get("visitor") is None
    assert people.whose((SPACE, *FREE)) == "bob"
    assert people.changed() == [(None, Known("bob", ("bob",)))]


def test_whoever_turned_out_to_be_the_same_is_that_person_too_through_however_many_steps() -> None:
    people = some()
    people.keep(
        SPACE, Taught(Known("ann", ("ann",)), (USER, FREE), people.get("ann"), ("visitor",)), "unused"
    )
    people.keep(SPACE, Taught(Known("", ("bob",)), (("user_id", "bob"),), None, ("ann",)), "bob")

    assert people.all_of("bob") == {"bob", "ann", "visitor"}
    assert people.all_of("eve") == {"eve"}
