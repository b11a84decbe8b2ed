"""A plan leads from what stands to what is wanted, and from anything to itself nothing leads."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, strategies as st
from pydantic import SecretStr

from gateway.configuration.diff import Doing, Plan, diff
from gateway.configuration.documents import Key
from gateway.configuration.references import Secret
from gateway.configuration.state import Configuration, Item, Masked, Path, masked
from gateway.errors import StartupError

names = st.sampled_from(["a", "b", "c", "d"])
values = (
    st.none()
    | st.booleans()
    | st.integers(0, 3)
    | st.sampled_from(["", "x", "1"])
    | st.lists(st.integers(0, 2))
)
secrets = st.builds(
    lambda text: Secret("env:X", SecretStr(text)),
    st.sampled_from(["a secret of length 1", "a secret of length 2", "short"]),
)
keys = st.builds(Key, st.just("source"), names) | st.builds(Key, st.just("mapping"), names, names)
items = st.dictionaries(
    st.sampled_from([("enabled",), ("fields", "a"), ("fields", "b"), ("settings", "a")]),
    values | secrets,
    max_size=4,
)
wanteds = st.dictionaries(keys, items).map(lambda found: {key: Item(key, one) for key, one in found.items()})


def shown(wanted: Configuration) -> dict[Key, Item]:
    """As a server shows it."""
    return {
        key: Item(
            key,
            {path: masked(one) if isinstance(one, Secret) else one for path, one in item.values.items()},
            f"id of {key}",
            1,
        )
        for key, item in wanted.items()
    }


def applied(plan: Plan, standing: Configuration) -> dict[Key, Item]:
    """What a server would be after it."""
    found = dict(standing)
    for change in plan.changes:
        if change.doing is Doing.DELETE:
            del found[change.key]
            continue
        before: Mapping[Any, Any] = found[change.key].values if change.key in found else {}
        after = {
            field.path: masked(field.after) if isinstance(field.after, Secret) else field.after
            for field in change.fields
        }
        found[change.key] = Item(change.key, {**before, **after}, f"id of {change.key}", 2)
    return found


def backwards(found: Configuration) -> Configuration:
    return dict(reversed(list(found.items())))


@given(wanteds)
def test_from_anything_to_itself_nothing_leads(wanted: Configuration) -> None:
    plan = diff(wanted, shown(wanted), prune=True)

    assert (plan.changes, plan.unchanged, plan.unnamed) == ((), len(wanted), ())


@given(wanteds, wanteds)
def test_what_is_planned_leads_to_what_is_wanted(wanted: Configuration, other: Configuration) -> None:
    standing = shown(other)

    after = applied(diff(wanted, standing), standing)

    assert diff(wanted, after).changes == ()
    assert {key: after[key] for key in standing.keys() - wanted.keys()} == {
        key: standing[key] for key in standing.keys() - wanted.keys()
    }
    pruned = applied(diff(wanted, standing, prune=True), standing)
    assert pruned.keys() == wanted.keys()


@given(wanteds, wanteds)
def test_the_fingerprint_is_of_the_changes_and_the_revisions(
    wanted: Configuration, other: Configuration
) -> None:
    standing = shown(other)
    plan = diff(wanted, standing)
    later = {key: replace(one, revision=2) for key, one in standing.items()}

    assert diff(backwards(wanted), backwards(standing)).fingerprint == plan.fingerprint
    touched = any(one.doing is not Doing.MAKE for one in plan.changes)
    assert (diff(wanted, later).fingerprint != plan.fingerprint) is touched


@pytest.mark.parametrize(
    ("wanted", "standing"), [(True, 1), (False, 0), (1, "1"), (None, ""), ([], None), ([1, 2], [2, 1])]
)
def test_values_that_only_look_alike_are_a_change(wanted: Any, standing: Any) -> None:
    key = Key("source", "a")

    plan = diff({key: Item(key, {("x",): wanted})}, {key: Item(key, {("x",): standing}, "id", 1)})

    assert [(one.before, one.after) for change in plan.changes for one in change.fields] == [
        (standing, wanted)
    ]


@pytest.mark.parametrize(
    ("secret", "standing", "changes"),
    [
        ("0123456789ab", Masked("89ab"), 0),
        ("0123456789ab", Masked("89ac"), 1),
        ("0123456789ab", None, 1),
        ("0123456789a", Masked(None), 0),
        ("0123456789a", Masked("789a"), 1),
        (None, Masked("89ab"), 1),
        (None, None, 0),
    ],
)
def test_a_secret_is_compared_by_what_is_shown_of_it(
    secret: str | None, standing: Masked | None, changes: int
) -> None:
    key = Key("destination", "a")
    wanted = None if secret is None else Secret("env:A", SecretStr(secret))
    base: dict[Path, Any] = {("definition",): "x"}

    plan = diff(
        {key: Item(key, {**base, ("settings", "s"): wanted})},
        {key: Item(key, {**base, ("settings", "s"): standing}, "id", 1)},
    )

    assert len(plan.changes) == changes


def test_what_can_not_be_changed_is_refused_with_all_of_it() -> None:
    mapping, destination = Key("mapping", "m", "d"), Key("destination", "d")
    wanted = {
        mapping: Item(mapping, {("action",): "b"}),
        destination: Item(destination, {("definition",): "b"}),
    }
    standing = {
        mapping: Item(mapping, {("action",): "a"}, "id", 1),
        destination: Item(destination, {("definition",): "a"}, "id", 1),
    }

    with pytest.raises(StartupError) as refused:
        diff(wanted, standing)

    assert str(refused.value).splitlines() == [
        "This can't be done. Nothing was done.",
        "mapping m of d: the action of a mapping can't be changed. Give the new one another name; --prune deletes the old one.",
        "destination d: the type of a destination can't be changed. Give the new one another name; --prune deletes the old one.",
    ]
