"""A word of consent that a mapping says itself: flagged wherever the mapping's problems are, audited, and named on what rests on it."""

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import select

from destinations import kit
from destinations.kit.registry import installed
from gateway.storage import tables
from tests.gateway.graphql.conftest import Api

ADA, OURS = "+12025550123", "+12025550100"
FROM_THE_EVENT = {"@path": "$.properties.subscribed"}
FIELDS = {"from": OURS, "body": "Hello", "send": True}
PROBLEMS = "problems { severity message path }"
PATH = "/externalIds/0/subscriptionStatus"
FLAG = {
    "severity": "WARNING",
    "message": '`subscriptionStatus` is "subscribed" by a literal of the mapping: it counts as the yes of everyone that it is reached for, '
    "whatever they told you; only their own stop, and a no that is newer than the event, are above it. The audit log has it, and each "
    'Delivery says that it rested on it. Take it from the event: {"@path": "$.isSubscribed"}.',
    "path": f"/fields{PATH}",
}


def with_status(status: Any) -> dict[str, Any]:
    ids = [{"type": "phone", "id": {"@path": "$.properties.to"}, "subscriptionStatus": status}]
    return {**FIELDS, "externalIds": ids}


@pytest.fixture
def definitions() -> Mapping[str, kit.DestinationDefinition]:
    """What is really installed."""
    return installed()


@pytest.fixture
async def destination(api: Api) -> str:
    account = {"accountSid": "AC" + "0" * 32, "authToken": "0" * 32}
    given = {"name": "Texts", "settings": {"twilioEngage": account}}
    made = await api.change("destinationCreate", given, "destination { id } errors { message }")
    assert made["errors"] == []
    return str(made["destination"]["id"])


async def saved(api: Api, destination: str, status: Any) -> Any:
    given = {
        "destinationId": destination,
        "action": "sendSms",
        "name": "Welcome",
        "fields": with_status(status),
    }
    payload = await api.change(
        "mappingCreate", given, f"mapping {{ id revision {PROBLEMS} }} errors {{ message }}"
    )
    assert payload["errors"] == []
    return payload["mapping"]


async def audited(api: Api, mapping: str) -> list[tuple[str, dict[str, tuple[str | None, str | None]]]]:
    """What the audit log has of the literal words of a mapping, by action, the oldest first."""
    query = select(tables.audit_entries).where(tables.audit_entries.c.target_id == mapping)
    rows = await api.services.store.read(lambda c: list(c.execute(query.order_by(tables.audit_entries.c.at))))
    return [
        (
            row.action,
            {
                one["field"]: (one["before"], one["after"])
                for one in row.changes
                if one["field"].startswith("literalStatuses.")
            },
        )
        for row in rows
    ]


async def test_it_is_flagged_when_saved_and_whenever_the_mapping_is_shown(api: Api, destination: str) -> None:
    made = await saved(api, destination, "subscribed")
    shown = await api.data(f"query($id: ID!) {{ mapping(id: $id) {{ {PROBLEMS} }} }}", id=made["id"])
    renamed = await api.change(
        "mappingUpdate",
        {"id": made["id"], "expectedRevision": made["revision"], "name": "Hello"},
        f"mapping {{ {PROBLEMS} }} errors {{ message }}",
    )

    assert FLAG in made["problems"]
    assert FLAG in shown["mapping"]["problems"]
    assert FLAG in renamed["mapping"]["problems"]


async def test_the_audit_log_names_it_when_it_comes_changes_and_goes(api: Api, destination: str) -> None:
    mapping = (await saved(api, destination, "subscribed"))["id"]
    branches = {"@if": {"exists": FROM_THE_EVENT, "then": FROM_THE_EVENT, "else": True}}
    for revision, status in enumerate((branches, FROM_THE_EVENT), start=1):
        api.clock.advance(1)
        given = {"id": mapping, "expectedRevision": revision, "fields": with_status(status)}
        payload = await api.change("mappingUpdate", given, "errors { message }")
        assert payload["errors"] == []

    field = f"literalStatuses.{PATH}"
    inside = f"{field}/@if/else"
    assert await audited(api, mapping) == [
        ("mappingCreate", {field: (None, "subscribed")}),
        ("mappingUpdate", {field: ("subscribed", None), inside: (None, "true")}),
        ("mappingUpdate", {inside: ("true", None)}),
    ]


async def test_a_status_of_the_event_is_neither_flagged_nor_audited(api: Api, destination: str) -> None:
    made = await saved(api, destination, FROM_THE_EVENT)

    assert [one for one in made["problems"] if "subscriptionStatus" in (one["path"] or "")] == []
    assert await audited(api, made["id"]) == [("mappingCreate", {})]


@pytest.mark.parametrize("stored", [True, False])
async def test_the_dry_run_flags_it_and_says_that_it_is_no_word_of_the_event(
    api: Api, destination: str, stored: bool
) -> None:
    fields = with_status("subscribed")
    whose: dict[str, Any]
    if stored:
        name, whose = "Welcome", {"mappingId": (await saved(api, destination, "subscribed"))["id"]}
    else:
        name, whose = "preview", {"destinationId": destination, "action": "sendSms", "fields": fields}
    event = {
        "type": "track",
        "event": "Audience Entered",
        "userId": "ada",
        "properties": {"to": ADA, "subscribed": True},
    }

    seen = await api.data(
        f"""query($given: MappingPreviewInput!) {{ mappingPreview(input: $given) {{
            explanation {{ gate passed detail }} {PROBLEMS} errors {{ message }} }} }}""",
        given={**whose, "event": event},
    )

    preview = seen["mappingPreview"]
    assert preview["errors"] == []
    assert FLAG in preview["problems"]
    [line] = [one for one in preview["explanation"] if one["gate"] == "consent"]
    assert line == {
        "gate": "consent",
        "passed": True,
        "detail": f'A literal of the mapping "{name}" ("subscribed") says yes, and nothing newer says no.',
    }
