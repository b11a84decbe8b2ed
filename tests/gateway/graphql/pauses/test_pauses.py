"""Pausing and resuming by the API."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from destinations.kit import Reason
from gateway.deliveries import DeliveryStatus
from gateway.jobs import JobKind, NewJob
from gateway.storage import configuration, jobs, leases
from gateway.storage.leases import LEASE
from gateway.workspace import Role
from tests.gateway.graphql.conftest import NOON, Api, Ledger

SHOWN = "destination { paused pausedAt pausedBy pauseNote revision } errors { code path message }"
SPACE = "paused waiting expiring errors { code path message }"
GOES_ON = {"paused": False, "pausedAt": None, "pausedBy": None, "pauseNote": None, "revision": 1}
PAUSED = {
    "paused": True,
    "pausedAt": "2026-03-01T12:00:00.000Z",
    "pausedBy": "ADMIN of default",
    "pauseNote": "Wrong campaign, ask +12025550101.",
    "revision": 1,
}
NOTE = {"note": "Wrong campaign, ask +12025550101."}


async def as_operator(api: Api) -> str:
    return await api.token(Role.OPERATOR)


async def revision(api: Api) -> int:
    return await api.services.store.read(configuration.revision)


async def hold(ledger: Ledger, number: int, seconds: float) -> str:
    """A delivery that waits for the end of a pause, for so many seconds at most."""
    api = ledger.api
    until = NOON + timedelta(seconds=seconds)
    delivery = await ledger.delivery(
        number, status=DeliveryStatus.HELD, reason=Reason.PAUSED, next_attempt_at=until
    )

    def wait(connection: Connection) -> None:
        jobs.enqueue(connection, [NewJob(JobKind.DELIVER, subject=delivery)], NOON)
        [job] = leases.lease(connection, JobKind.DELIVER, 1, NOON, LEASE)
        jobs.retry_at(connection, [(job, until)])

    await api.services.store.write(wait)
    return delivery


async def due(api: Api) -> list[str | None]:
    now = api.clock.now()
    leased = await api.services.store.write(lambda c: leases.lease(c, JobKind.DELIVER, 9, now, LEASE))
    return [job.subject for job in leased]


async def test_a_destination_is_paused_with_a_note_and_goes_on(api: Api) -> None:
    destination, token = await api.destination(), await api.token(Role.ADMIN)

    paused = await api.change("destinationPause", {"id": destination, **NOTE}, SHOWN, token)
    shown = await api.data(f'{{ destination(id: "{destination}") {{ paused pauseNote }} }}')
    resumed = await api.change("destinationResume", {"id": destination}, SHOWN, token)

    assert paused == {"destination": PAUSED, "errors": []}
    assert shown["destination"] == {"paused": True, "pauseNote": NOTE["note"]}
    assert resumed == {"destination": GOES_ON, "errors": []}


async def test_a_whole_space_is_paused_and_goes_on(api: Api) -> None:
    destination, token = await api.destination(), await api.token(Role.ADMIN)
    elsewhere = await api.destination(space="other")
    ask = f'{{ here: destination(id: "{destination}") {{ paused pausedAt pausedBy pauseNote revision }} sendingPaused }}'

    paused = await api.change("sendingPause", NOTE, SPACE, token)
    shown = await api.data(ask, token)
    other = await api.data(f'{{ destination(id: "{elsewhere}") {{ paused }} sendingPaused(space: "other") }}')
    resumed = await api.change("sendingResume", {"space": "default"}, SPACE, token)

    assert paused == {"paused": True, "waiting": 0, "expiring": 0, "errors": []}
    assert shown == {"here": PAUSED, "sendingPaused": True}
    assert other == {"destination": {"paused": False}, "sendingPaused": False}
    assert resumed == {"paused": False, "waiting": 0, "expiring": 0, "errors": []}
    assert await api.data(ask, token) == {"here": GOES_ON, "sendingPaused": False}


async def test_what_waits_is_previewed_and_woken(ledger: Ledger) -> None:
    api = ledger.api
    await api.change("destinationPause", {"id": ledger.destination_id}, SHOWN)
    waiting = [await hold(ledger, number, seconds) for number, seconds in ((1, 100), (2, 300), (3, 400))]
    api.clock.advance(200)
    ask = "query($id: ID) { resumePreview(destinationId: $id) { waiting expiring oldestSeconds } }"

    of_one = await api.data(ask, id=ledger.destination_id)
    of_space = await api.data(ask)
    api.clock.advance(-150)
    assert await due(api) == []
    await api.change("destinationResume", {"id": ledger.destination_id}, SHOWN)

    assert of_one["resumePreview"] == {"waiting": 3, "expiring": 1, "oldestSeconds": 200}
    assert of_space["resumePreview"] == {"waiting": 0, "expiring": 0, "oldestSeconds": 0}
    assert await due(api) == waiting


async def test_what_waits_for_its_turn_waits_for_a_pause_only_where_there_is_one(ledger: Ledger) -> None:
    api = ledger.api
    until = NOON + timedelta(seconds=300)
    await ledger.delivery(1, status=DeliveryStatus.HELD, reason=Reason.PACED, next_attempt_at=until)
    ask = (
        "query($id: ID) { one: resumePreview(destinationId: $id) { waiting expiring } "
        "space: resumePreview { waiting expiring } }"
    )

    before = await api.data(ask, id=ledger.destination_id)
    await api.change("sendingPause", {}, SPACE)
    paused = await api.data(ask, id=ledger.destination_id)

    none, one = {"waiting": 0, "expiring": 0}, {"waiting": 1, "expiring": 0}
    assert before == {"one": none, "space": none}
    assert paused == {"one": one, "space": one}


async def test_the_end_of_a_space_pause_says_how_many_go_on_and_expire(ledger: Ledger) -> None:
    api = ledger.api
    await api.change("sendingPause", {}, SPACE)
    for number, seconds in ((1, 100), (2, 300)):
        await hold(ledger, number, seconds)
    api.clock.advance(200)

    ask = "{ resumePreview { waiting expiring oldestSeconds } }"
    preview = (await api.data(ask))["resumePreview"]
    resumed = await api.change("sendingResume", {}, SPACE)

    assert preview == {"waiting": 2, "expiring": 1, "oldestSeconds": 200}
    assert resumed == {"paused": False, "waiting": 2, "expiring": 1, "errors": []}
    assert len(await due(api)) == 2


async def test_pausing_twice_is_an_error_and_the_first_pause_stays(api: Api) -> None:
    destination, token = await api.destination(), await api.token(Role.ADMIN)
    await api.change("destinationPause", {"id": destination, **NOTE}, SHOWN, token)
    await api.change("sendingPause", NOTE, SPACE, token)
    before = await revision(api)
    api.clock.advance(60)

    again = await api.change("destinationPause", {"id": destination, "note": "Mine."}, SHOWN)
    whole = await api.change("sendingPause", {"note": "Mine."}, SPACE)

    since = "is paused already, since 2026-03-01T12:00:00.000Z, by ADMIN of default. Nothing was changed."
    said = {"code": "INVALID", "path": ["id"], "message": f"The destination Pigeons {since}"}
    assert again == {"destination": None, "errors": [said]}
    assert (whole["paused"], [one["message"] for one in whole["errors"]]) == (
        True,
        [f"The whole space default {since}"],
    )
    assert await revision(api) == before
    shown = await api.data(
        f'{{ destination(id: "{destination}") {{ paused pausedAt pausedBy pauseNote revision }} }}'
    )
    assert shown["destination"] == PAUSED


async def test_resuming_what_is_not_paused_is_an_error_and_changes_nothing(api: Api) -> None:
    destination = await api.destination()
    before = await revision(api)

    one = await api.change("destinationResume", {"id": destination}, SHOWN)
    whole = await api.change("sendingResume", {}, SPACE)

    said = "The destination Pigeons is not paused. Nothing was changed."
    assert one == {"destination": None, "errors": [{"code": "INVALID", "path": ["id"], "message": said}]}
    said = "The whole space default is not paused. Nothing was changed."
    error = {"code": "INVALID", "path": ["space"], "message": said}
    assert whole == {"paused": False, "waiting": 0, "expiring": 0, "errors": [error]}
    assert await revision(api) == before


async def test_resuming_a_destination_whose_space_is_paused_shows_what_would_let_it_go_on(api: Api) -> None:
    destination = await api.destination()
    await api.change("sendingPause", {}, SPACE)

    payload = await api.change("destinationResume", {"id": destination}, SHOWN)

    [error] = payload["errors"]
    assert error["message"] == (
        'The whole space default is paused: run mutation { sendingResume(input: {space: "default"}) '
        "{ paused waiting errors { message } } } to let it go on. The destination Pigeons is not paused. Nothing was changed."
    )


@pytest.mark.parametrize(
    ("name", "given", "path"),
    [
        ("destinationPause", {"id": "dst_0"}, ["id"]),
        ("destinationResume", {"id": "dst_0"}, ["id"]),
    ],
)
async def test_what_is_not_there_is_not_found(
    api: Api, name: str, given: dict[str, Any], path: list[str]
) -> None:
    payload = await api.change(name, given, SHOWN)

    assert payload["destination"] is None
    assert [(one["code"], one["path"]) for one in payload["errors"]] == [("NOT_FOUND", path)]


async def test_a_note_that_is_too_long_pauses_nothing(api: Api) -> None:
    destination = await api.destination()
    before = await revision(api)
    long = {"note": "x" * 1001}

    one = await api.change("destinationPause", {"id": destination, **long}, SHOWN)
    whole = await api.change("sendingPause", long, SPACE)
    nowhere = await api.change("sendingPause", {"space": "no space"}, SPACE)

    assert (one["destination"], whole["paused"], nowhere["paused"]) == (None, False, False)
    assert [
        [(error["code"], error["path"]) for error in payload["errors"]] for payload in (one, whole, nowhere)
    ] == [
        [("INVALID", ["note"])],
        [("INVALID", ["note"])],
        [("INVALID", ["space"])],
    ]
    assert await revision(api) == before


@pytest.mark.parametrize("role", [Role.READER, Role.VIEWER])
async def test_a_pause_takes_an_operator(api: Api, role: Role) -> None:
    destination, token = await api.destination(), await api.token(role)
    before = await revision(api)
    calls = {
        "destinationPause": ("PauseInput", {"id": destination}),
        "destinationResume": ("IdInput", {"id": destination}),
        "sendingPause": ("SendingPauseInput", {}),
        "sendingResume": ("SendingPauseInput", {}),
    }

    for name, (kind, given) in calls.items():
        query = f"mutation($input: {kind}!) {{ {name}(input: $input) {{ errors {{ code }} }} }}"
        answer = await api.ask(query, token, input=given)

        assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"]
    assert await revision(api) == before


async def test_an_operator_may_pause_and_resume(api: Api) -> None:
    destination, token = await api.destination(), await as_operator(api)

    for name, given, shown in (
        ("destinationPause", {"id": destination}, SHOWN),
        ("destinationResume", {"id": destination}, SHOWN),
        ("sendingPause", {}, SPACE),
        ("sendingResume", {}, SPACE),
    ):
        assert (await api.change(name, given, shown, token))["errors"] == []


async def test_no_token_pauses_or_looks_at_another_space(api: Api) -> None:
    elsewhere, token = await api.destination(space="other"), await as_operator(api)
    before = await revision(api)

    payload = await api.change("destinationPause", {"id": elsewhere}, SHOWN, token)
    refused = [
        await api.ask(query, token)
        for query in (
            'mutation { sendingPause(input: { space: "other" }) { paused } }',
            '{ sendingPaused(space: "other") }',
            '{ resumePreview(space: "other") { waiting } }',
            f'{{ resumePreview(destinationId: "{elsewhere}") {{ waiting }} }}',
        )
    ]

    assert [one["code"] for one in payload["errors"]] == ["NOT_FOUND"]
    assert [answer["errors"][0]["extensions"]["code"] for answer in refused] == [
        "FORBIDDEN",
        "FORBIDDEN",
        "FORBIDDEN",
        "BAD_USER_INPUT",
    ]
    assert await revision(api) == before


async def test_a_viewer_reads_no_number_in_a_note(api: Api) -> None:
    destination, token = await api.destination(), await api.token(Role.VIEWER)
    await api.change("destinationPause", {"id": destination, **NOTE}, SHOWN)

    shown = await api.data(f'{{ destination(id: "{destination}") {{ pauseNote }} }}', token)

    assert "2025550101" not in shown["destination"]["pauseNote"]
    assert shown["destination"]["pauseNote"].startswith("Wrong campaign, ask ")


async def test_a_space_is_paused_once_under_a_key_and_a_repeated_call_is_answered_what_the_first_was(
    ledger: Ledger,
) -> None:
    api = ledger.api
    given = {**NOTE, "idempotencyKey": "stop"}
    first = await api.change("sendingPause", given, SPACE)
    before = await revision(api)
    await hold(ledger, 1, 300)

    again = await api.change("sendingPause", given, SPACE)
    other = await api.change("sendingPause", {**given, "note": "Another"}, SPACE)

    assert first == again == {"paused": True, "waiting": 0, "expiring": 0, "errors": []}
    assert [(one["code"], one["path"]) for one in other["errors"]] == [
        ("IDEMPOTENCY_MISMATCH", ["idempotencyKey"])
    ]
    assert (other["paused"], await revision(api)) == (True, before)


async def test_a_pause_that_was_undone_is_not_taken_for_done_by_whoever_repeats_it(api: Api) -> None:
    stop, go_on = {"idempotencyKey": "stop"}, {"idempotencyKey": "go on"}
    await api.change("sendingPause", stop, SPACE)
    await api.change("sendingResume", go_on, SPACE)

    paused = await api.change("sendingPause", stop, SPACE)
    still = await api.data("{ sendingPaused }")
    await api.change("sendingPause", {}, SPACE)
    resumed = await api.change("sendingResume", go_on, SPACE)

    undone = "The whole space default was paused under this key, and goes on again since. It was not paused anew: take a new key for that."
    assert paused == {
        "paused": False,
        "waiting": 0,
        "expiring": 0,
        "errors": [{"code": "INVALID", "path": ["idempotencyKey"], "message": undone}],
    }
    assert still == {"sendingPaused": False}
    [error] = resumed["errors"]
    assert (resumed["paused"], error["path"]) == (True, ["idempotencyKey"])
    assert error["message"].startswith(
        "The whole space default was let go on under this key, and is paused again since "
    )
    assert await api.data("{ sendingPaused }") == {"sendingPaused": True}


async def test_a_pause_that_was_refused_leaves_its_key_free(api: Api) -> None:
    await api.change("sendingPause", {}, SPACE)
    refused = await api.change("sendingPause", {"idempotencyKey": "stop"}, SPACE)
    await api.change("sendingResume", {}, SPACE)

    done = await api.change("sendingPause", {"idempotencyKey": "stop"}, SPACE)

    assert [one["path"] for one in refused["errors"]] == [["space"]]
    assert done == {"paused": True, "waiting": 0, "expiring": 0, "errors": []}
