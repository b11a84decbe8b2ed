"""The row of counts above the accounts."""

from types import SimpleNamespace
from typing import Any, cast

from hypothesis import given, strategies as st

from destinations.kit import DestinationStatus
from gateway.graphql.context import Context
from gateway.graphql.destinations.types import DestinationCounts
from gateway.workspace import Destination
from tests.factories import NOW, destination

DESTINATIONS = st.lists(
    st.builds(
        lambda space, status, enabled, deleted: destination(
            space=space, status=status, enabled=enabled, deleted_at=NOW if deleted else None
        ),
        st.sampled_from(["default", "other"]),
        st.sampled_from(DestinationStatus),
        st.booleans(),
        st.booleans(),
    )
)


def counted(there: list[Destination], space: str) -> DestinationCounts:
    snapshot = SimpleNamespace(destinations=dict(enumerate(there)))
    return DestinationCounts.of(cast("Context", cast("Any", SimpleNamespace(snapshot=snapshot))), space)


@given(DESTINATIONS)
def test_whatever_there_is_the_counts_add_up(there: list[Destination]) -> None:
    left = [one for one in there if one.deleted_at is None]

    both = [counted(there, space) for space in ("default", "other")]

    for counts in both:
        assert counts.connected == counts.verified + counts.awaiting_action
    assert sum(one.connected + one.disabled for one in both) == len(left)
    assert sum(one.disabled for one in both) == sum(not one.enabled for one in left)


@given(DESTINATIONS)
def test_only_what_may_send_counts_as_verified(there: list[Destination]) -> None:
    may_send = [
        one
        for one in there
        if one.space == "default"
        and one.enabled
        and one.deleted_at is None
        and one.status is DestinationStatus.VERIFIED
    ]

    assert counted(there, "default").verified == len(may_send)
