"""Pausing a sender, taking one out of use, and letting another take its place."""

from typing import Any

import pytest

from destinations.kit import OwnedSender, SenderKind, SenderList
from gateway.storage import senders
from gateway.workspace import Role
from tests.gateway.graphql.conftest import Api
from tests.gateway.syncing import number

OURS, OTHER = "+15550001111", "+15550002222"
NAME = OwnedSender("Loft", SenderKind.ALPHANUMERIC, "Loft", ())
PAYLOAD = "destination { id } errors { message code path }"
WARNINGS = f"{PAYLOAD} warnings {{ mappingId path message }}"


async def keep(api: Api, destination_id: str, *listed: OwnedSender) -> dict[str, str]:
    """What a sync lists; the ids by address."""
    now = api.clock.now()
    await api.services.store.write(lambda c: senders.keep(c, destination_id, SenderList(listed), now))
    api.services.workspace.invalidate()
    return {address: one.id for address, one in (await known(api, destination_id)).items()}


async def known(api: Api, destination_id: str) -> Any:
    found = await api.services.store.read(lambda c: senders.known(c, [destination_id]))
    return found[destination_id].by_address


async def problems(api: Api, mapping_id: str) -> list[tuple[str, str, str]]:
    query = "query($id: ID!) { mapping(id: $id) { problems { severity message path } } }"
    shown = (await api.data(query, id=mapping_id))["mapping"]["problems"]
    return [(one["severity"], one["path"], one["message"]) for one in shown]


async def test_a_sender_is_paused_and_goes_on(api: Api) -> None:
    destination = await api.destination()
    ids = await keep(api, destination, number(OURS), number(OTHER))

    paused = await api.change("senderPause", {"id": ids[OURS], "note": "Wrong link"}, PAYLOAD)
    one = (await known(api, destination))[OURS]
    again = await api.change("senderPause", {"id": ids[OURS]}, PAYLOAD)
    resumed = await api.change("senderResume", {"id": ids[OURS]}, PAYLOAD)
    idle = await api.change("senderResume", {"id": ids[OURS]}, PAYLOAD)

    fine = {"destination": {"id": destination}, "errors": []}
    assert (paused, resumed) == (fine, fine)
    assert (one.pause.by, one.pause.note, one.active) == ("first admin", "Wrong link", True)
    assert (await known(api, destination))[OURS].pause is None
    assert (await known(api, destination))[OTHER].pause is None
    since = "is paused already, since 2026-03-01T12:00:00.000Z, by first admin"
    assert [error["message"] for error in again["errors"]] == [
        f"The sender Shop ({OURS}) {since}. Nothing was changed."
    ]
    assert [error["message"] for error in idle["errors"]] == [
        f"The sender Shop ({OURS}) is in use. Nothing was changed."
    ]
    entries = (await api.data("{ auditEntries { edges { node { action target { id } } } } }"))[
        "auditEntries"
    ]["edges"]
    assert [one["node"] for one in entries[:2]] == [
        {"action": "senderResume", "target": {"id": ids[OURS]}},
        {"action": "senderPause", "target": {"id": ids[OURS]}},
    ]


async def test_a_destination_names_its_paused_senders(api: Api) -> None:
    destination = await api.destination()
    ids = await keep(api, destination, number(OTHER), number(OURS), NAME)
    query = "query($id: ID!) { destination(id: $id) { pausedSenders { address pauseNote } } }"

    assert await api.data(query, id=destination) == {"destination": {"pausedSenders": []}}
    await api.change("senderPause", {"id": ids[OTHER]}, PAYLOAD)
    await api.change("senderPause", {"id": ids[OURS], "note": "Wrong link"}, PAYLOAD)

    assert await api.data(query, id=destination) == {
        "destination": {
            "pausedSenders": [
                {"address": OURS, "pauseNote": "Wrong link"},
                {"address": OTHER, "pauseNote": None},
            ]
        }
    }


async def test_a_paused_sender_says_since_when_by_whom_and_why(api: Api) -> None:
    ids = await keep(api, await api.destination(), number(OURS))
    query = "query($id: ID!) { node(id: $id) { ... on Sender { paused pausedAt pausedBy pauseNote } } }"

    before = await api.data(query, id=ids[OURS])
    await api.change("senderPause", {"id": ids[OURS], "note": "Wrong link"}, PAYLOAD)
    paused = await api.data(query, id=ids[OURS])

    assert before["node"] == {"paused": False, "pausedAt": None, "pausedBy": None, "pauseNote": None}
    assert paused["node"] == {
        "paused": True,
        "pausedAt": "2026-03-01T12:00:00.000Z",
        "pausedBy": "first admin",
        "pauseNote": "Wrong link",
    }


async def test_a_sender_that_was_taken_out_of_use_is_taken_into_use_again(api: Api) -> None:
    destination = await api.destination()
    ids = await keep(api, destination, number(OURS))

    await api.change("senderDetach", {"id": ids[OURS]}, PAYLOAD)
    out = (await known(api, destination))[OURS]
    again = await api.change("senderDetach", {"id": ids[OURS]}, PAYLOAD)
    await keep(api, destination, number(OURS))  # which a sync does not change
    still = (await known(api, destination))[OURS]
    await api.change("senderResume", {"id": ids[OURS]}, PAYLOAD)

    assert (out.active, out.removed_at, still.active) == (False, None, False)
    assert [error["code"] for error in again["errors"]] == ["INVALID"]
    assert (await known(api, destination))[OURS].active


async def test_a_sender_that_the_account_has_no_more_is_not_taken_into_use(api: Api) -> None:
    destination = await api.destination()
    ids = await keep(api, destination, number(OURS), number(OTHER))
    await api.mapping(destination, {"from": OTHER}, name="One")
    for _ in range(2):
        api.clock.advance(3600)
        await keep(api, destination, number(OTHER))
    before = await known(api, destination)

    resumed = await api.change("senderResume", {"id": ids[OURS]}, PAYLOAD)
    swap = {"destinationId": destination, "from": OTHER, "to": OURS}
    swapped = await api.change("senderSwap", swap, PAYLOAD)

    assert before[OURS].removed_at is not None
    [gone] = resumed["errors"]
    sync = f'mutation {{ senderSync(input: {{id: "{destination}"}}) {{ job {{ status }} errors {{ message }} }} }}'
    assert gone["message"] == (
        f"The sender Shop ({OURS}) is none of the account any more, since 2026-03-01T14:00:00.000Z. Nothing was changed. "
        f"Give the account this one back, then run {sync}."
    )
    assert [error["message"] for error in swapped["errors"]] == [
        f"Shop ({OURS}) is no sender in use. Nothing was changed: take another one."
    ]
    assert await known(api, destination) == before


@pytest.mark.parametrize("name", ["senderPause", "senderResume", "senderDetach"])
async def test_nothing_is_done_to_a_sender_of_another_space(api: Api, name: str) -> None:
    destination = await api.destination()
    ids = await keep(api, destination, number(OURS))
    before = await known(api, destination)

    refused = await api.change(name, {"id": ids[OURS]}, PAYLOAD, await api.token(Role.ADMIN, "other"))

    assert [error["code"] for error in refused["errors"]] == ["NOT_FOUND"]
    assert await known(api, destination) == before


async def test_a_swap_moves_all_mappings_that_name_the_old_one_and_no_other(api: Api) -> None:
    destination = await api.destination()
    by_event = {"from": {"@path": "$.properties.from"}}
    moved = [
        await api.mapping(destination, name="One"),
        await api.mapping(destination, {"body": "x"}, name="Two"),
    ]
    others = [
        await api.mapping(destination, {"from": "Loft"}, name="Three"),
        await api.mapping(destination, by_event, name="Four"),
    ]
    elsewhere = await api.mapping(await api.destination("Doves"), name="Five")
    await keep(api, destination, number(OURS), number(OTHER), NAME)

    swapped = await api.change(
        "senderSwap", {"destinationId": destination, "from": OURS, "to": OTHER}, PAYLOAD
    )

    fields = "query($id: ID!) { mapping(id: $id) { fields revision } }"
    now = {key: (await api.data(fields, id=key))["mapping"] for key in (*moved, *others, elsewhere)}
    assert swapped == {"destination": {"id": destination}, "errors": []}
    assert [(now[key]["fields"]["from"], now[key]["revision"]) for key in moved] == [(OTHER, 2), (OTHER, 2)]
    assert now[moved[1]]["fields"] == {"from": OTHER, "body": "x", "send": True}
    assert [(now[key]["fields"]["from"], now[key]["revision"]) for key in (*others, elsewhere)] == [
        ("Loft", 1),
        ({"@path": "$.properties.from"}, 1),
        (OURS, 1),
    ]
    query = "{ auditEntries(first: 1) { edges { node { action target { id } changes { field before after } } } } }"
    [edge] = (await api.data(query))["auditEntries"]["edges"]
    assert edge["node"] == {
        "action": "senderSwap",
        "target": {"id": destination},
        "changes": [
            {"field": "mappings", "before": None, "after": "One, Two"},
            {"field": "sender", "before": OURS, "after": OTHER},
        ],
    }


@pytest.mark.parametrize(
    ("old", "new", "code", "path"),
    [
        (OURS, "+15550009999", "NOT_FOUND", "to"),
        (OURS, OURS, "INVALID", "to"),
        (OURS, "Loft", "INVALID", "to"),
        (OTHER, OURS, "NOT_FOUND", "from"),
    ],
    ids=["unknown", "the same", "out of use", "nobody names it"],
)
async def test_a_swap_that_does_not_go_changes_nothing(
    api: Api, old: str, new: str, code: str, path: str
) -> None:
    destination = await api.destination()
    mapping = await api.mapping(destination)
    ids = await keep(api, destination, number(OURS), number(OTHER), NAME)
    await api.change("senderDetach", {"id": ids["Loft"]}, PAYLOAD)

    refused = await api.change("senderSwap", {"destinationId": destination, "from": old, "to": new}, PAYLOAD)

    assert refused["destination"] is None
    assert [(error["code"], error["path"]) for error in refused["errors"]] == [(code, [path])]
    shown = await api.data("query($id: ID!) { mapping(id: $id) { fields revision } }", id=mapping)
    assert shown["mapping"] == {"fields": {"from": OURS, "send": True}, "revision": 1}


async def test_a_sender_that_the_account_does_not_have_is_a_warning_when_a_mapping_is_saved(api: Api) -> None:
    destination = await api.destination()
    unsynced = await problems(api, await api.mapping(destination))
    await keep(api, destination, number(OTHER))

    payload = await api.change(
        "mappingCreate",
        {
            "destinationId": destination,
            "action": "sendNote",
            "name": "New",
            "fields": {"from": OURS, "send": True},
        },
        "mapping { id problems { severity message path } } errors { message }",
    )

    said = (
        f"The account has no sender {OURS}, as far as its lists said at 2026-03-01T12:00:00.000Z: take one that `destination {{ senders }}` "
        "shows, or run senderSync if it is new. What is sent from one that the account does not have is SENDER_NOT_ALLOWED."
    )
    of_sender = [one for one in payload["mapping"]["problems"] if one["path"] == "/fields/from"]
    assert (unsynced, payload["errors"]) == ([], [])
    assert of_sender == [{"severity": "WARNING", "message": said, "path": "/fields/from"}]


async def test_a_sender_that_is_paused_or_out_of_use_is_a_warning(api: Api) -> None:
    destination = await api.destination()
    mapping = await api.mapping(destination)
    ids = await keep(api, destination, number(OURS))
    good = await problems(api, mapping)
    await api.change("senderPause", {"id": ids[OURS]}, PAYLOAD)
    paused = await problems(api, mapping)
    await api.change("senderDetach", {"id": ids[OURS]}, PAYLOAD)
    out = await problems(api, mapping)

    assert good == []
    assert paused == [
        (
            "WARNING",
            "/fields/from",
            f"The sender {OURS} is paused: what is sent from it waits until senderResume.",
        )
    ]
    assert out == [
        (
            "WARNING",
            "/fields/from",
            f"It was taken out of use: what is sent from {OURS} waits as SENDER_REMOVED. senderSwap lets another take its place.",
        )
    ]


async def test_a_swap_moves_the_sender_in_branches_and_templates_too(api: Api) -> None:
    destination = await api.destination()
    vip = {"@path": "$.properties.vip"}
    branch = {"@if": {"exists": vip, "then": {"@template": OURS}, "else": "Loft"}}
    key = await api.mapping(destination, {"from": branch}, name="One")
    await keep(api, destination, number(OURS), number(OTHER), NAME)

    swapped = await api.change(
        "senderSwap", {"destinationId": destination, "from": OURS, "to": OTHER}, WARNINGS
    )

    now = (await api.data("query($id: ID!) { mapping(id: $id) { fields revision } }", id=key))["mapping"]
    assert swapped == {"destination": {"id": destination}, "errors": [], "warnings": []}
    assert now["fields"]["from"] == {"@if": {"exists": vip, "then": {"@template": OTHER}, "else": "Loft"}}
    assert now["revision"] == 2


async def test_a_swap_names_each_place_that_it_can_not_move(api: Api) -> None:
    destination = await api.destination()
    by_event = {"@path": "$.properties.from"}
    part = {"@liquid": f'{{{{ properties.from | default: "{OURS}" }}}}'}
    plain = await api.mapping(destination, name="One")
    computed = await api.mapping(destination, {"from": by_event}, name="Two")
    within = await api.mapping(destination, {"from": part}, name="Three")
    await keep(api, destination, number(OURS), number(OTHER))

    swapped = await api.change(
        "senderSwap", {"destinationId": destination, "from": OURS, "to": OTHER}, WARNINGS
    )

    fields = "query($id: ID!) { mapping(id: $id) { fields revision } }"
    now = {key: (await api.data(fields, id=key))["mapping"] for key in (plain, computed, within)}
    left = f"It was left as it is: where it gives the old one, its texts wait. Have the events say {OTHER}, or put that here."
    assert swapped["errors"] == []
    assert sorted(swapped["warnings"], key=lambda one: str(one["path"])) == [
        {
            "mappingId": within,
            "path": "/fields/from/@liquid",
            "message": f"The mapping Three names {OURS} as part of something else, which nobody can move for you. {left}",
        },
        {
            "mappingId": computed,
            "path": "/fields/from/@path",
            "message": f"The mapping Two takes its sender from the event, which may name {OURS}. {left}",
        },
    ]
    assert [(now[key]["fields"]["from"], now[key]["revision"]) for key in (plain, computed, within)] == [
        (OTHER, 2),
        (by_event, 1),
        (part, 1),
    ]


async def test_where_nothing_can_be_moved_the_places_are_named_all_the_same(api: Api) -> None:
    destination = await api.destination()
    computed = await api.mapping(destination, {"from": {"@path": "$.properties.from"}}, name="Two")
    await keep(api, destination, number(OURS), number(OTHER))

    swapped = await api.change(
        "senderSwap", {"destinationId": destination, "from": OURS, "to": OTHER}, WARNINGS
    )

    assert [(error["code"], error["path"]) for error in swapped["errors"]] == [("NOT_FOUND", ["from"])]
    assert [(one["mappingId"], one["path"]) for one in swapped["warnings"]] == [
        (computed, "/fields/from/@path")
    ]
