"""A list reads the columns alone that its document may show: each field is what it is where all of the object was read."""

import re
from typing import Any

import pytest
from sqlalchemy import event

from destinations.kit import Channel, MessageStatus, Reason
from gateway.deliveries import DeliveryStatus
from gateway.events import EventOutcome
from gateway.workspace import Role

FIELDS = "query($type: String!) { __type(name: $type) { fields { name type { ...T ofType { ...T ofType { ...T ofType { ...T } } } } } } } fragment T on __Type { kind }"
GATES = [
    {"gate": "ready", "passed": True, "reason": None, "detail": "verified"},
    {"gate": "consent", "passed": False, "reason": "OPTED_OUT", "detail": "+15551234567 said stop"},
]
WHOLE = {
    "status": DeliveryStatus.SUPPRESSED,
    "message_status": MessageStatus.SENT,
    "reason": Reason.OPTED_OUT,
    "channel": Channel.SMS,
    "recipient": "+15551234567",
    "country": "US",
    "sender": "+15550001111",
    "message_sid": "SM1",
    "error_code": "30003",
    "error_message": "Unreachable",
    "remedy": "Try again.",
    "attempt_count": 2,
    "segments": 3,
    "price": "-0.0079 USD",
    "explanation": GATES,
    "intent": {"method": "POST", "url": "https://loft.example.com/notes", "form": [["Note", "Hi"]]},
}


async def fields_of(api: Any, type_: str) -> list[str]:
    """Every field of a type, as a selection."""
    found = []
    for field in (await api.data(FIELDS, type=type_))["__type"]["fields"]:
        kinds, inner = set(), field["type"]
        while inner is not None:
            kinds.add(inner["kind"])
            inner = inner.get("ofType")
        found.append(f"{field['name']} {{ __typename }}" if "OBJECT" in kinds else field["name"])
    return found


@pytest.mark.parametrize("role", [Role.ADMIN, Role.VIEWER])
@pytest.mark.parametrize(
    ("type_", "one", "many"), [("Delivery", "delivery", "deliveries"), ("Event", "event", "events")]
)
async def test_each_field_alone_is_in_a_list_what_it_is_by_id(
    api: Any, ledger: Any, type_: str, one: str, many: str, role: Role
) -> None:
    first = await ledger.delivery(1, **WHOLE)
    await ledger.delivery(2, **WHOLE, replay_of=first, fallback_of=first)
    await ledger.event(3, EventOutcome.UNMATCHED)
    await ledger.event(4, EventOutcome.INVALID, problem="no_user_anon_id")
    token = await api.token(role)
    ids = [
        edge["node"]["id"]
        for edge in (await api.data(f"{{ {many} {{ edges {{ node {{ id }} }} }} }}"))[many]["edges"]
    ]

    for field in await fields_of(api, type_):
        listed = await api.data(f"{{ {many} {{ edges {{ node {{ {field} }} }} }} }}", token=token)
        alone = [
            (await api.data(f"query($id: ID!) {{ {one}(id: $id) {{ {field} }} }}", token=token, id=key))[one]
            for key in ids
        ]
        assert [edge["node"] for edge in listed[many]["edges"]] == alone, field
    assert len(ids) == (2 if type_ == "Delivery" else 4)


@pytest.mark.parametrize(
    ("asked", "read", "unread"),
    [
        ("deliveries { edges { node { status } } }", "status", {"explanation", "intent", "recipient"}),
        ("deliveries { edges { node { failedGate { gate } } } }", "explanation", {"intent"}),
        ("events { edges { node { name } } }", "name", {"payload"}),
        ("events { edges { node { payload } } }", "payload", set()),
    ],
)
async def test_nothing_is_read_that_the_document_does_not_show(
    api: Any, ledger: Any, asked: str, read: str, unread: set[str]
) -> None:
    await ledger.delivery(1, **WHOLE)
    said: list[str] = []
    event.listen(api.services.store._readers, "before_cursor_execute", lambda *given: said.append(given[2]))

    await api.data(f"{{ {asked} }}")

    text = " ".join(said)
    columns = set(re.findall(r"\b(?:deliveries|events)\.(\w+)", text.partition("WHERE")[0]))
    assert (read in columns, columns & unread, "count(" in text) == (True, set(), False)
