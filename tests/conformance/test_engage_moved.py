"""The recorded cases once more, with settings and mapping as an import makes them: request for request the same."""

from typing import Any

import pytest

from destinations.kit import ExportedSubscription, IntegrationError, MovedMapping
from destinations.kit.testing import run_action
from destinations.twilio_engage.predecessors import engage
from mappings.errors import MappingError
from tests.conformance.test_engage import _AS_RECORDED, Case, Recorded, _ids

# An empty host was refused there, and is what exports say of one that nobody set.
_PARTED = frozenset({"eng-168"})
_SENT = [
    case for case in _AS_RECORDED if case["action"] != "testAuthentication" and case["id"] not in _PARTED
]


def _moved(case: Case) -> MovedMapping:
    trigger, fields = case.get("subscribe") or "", case["mapping"]
    found = engage.moved(ExportedSubscription("", case["action"], trigger, enabled=True, fields=fields))
    assert isinstance(found, MovedMapping)
    return found


@pytest.mark.parametrize("case", _SENT, ids=_ids(_SENT))
async def test_what_was_imported_makes_the_recorded_requests(case: Case) -> None:
    transport, moved = Recorded(case["http"]), _moved(case)
    settings: dict[str, Any] = {**engage.translate(case["settings"])}

    try:
        await run_action(
            "twilio-engage",
            moved.action,
            settings=settings,
            event=case["event"],
            fields=moved.fields,
            trigger=case.get("subscribe") and moved.trigger,
            transport=transport,
        )
    except (IntegrationError, MappingError):
        assert case["expect"]["error"] is not None

    assert transport.requests == case["expect"]["requests"]
