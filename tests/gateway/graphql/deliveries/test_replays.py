"""Replaying and canceling by the API."""

from typing import Any

import pytest
from sqlalchemy import delete

from destinations.kit import Reason
from gateway.deliveries import DeliveryStatus
from gateway.graphql.deliveries import changes as replays
from gateway.jobs import JobKind, NewJob
from gateway.pipeline import bulk_replays
from gateway.storage import deliveries, jobs, leases, removal
from gateway.storage.leases import LEASE
from gateway.storage.tables import idempotency_keys
from gateway.workspace import Role
from tests.gateway.graphql.conftest import NOON, Api, Ledger
from tests.gateway.graphql.tails.streams import watching

S = DeliveryStatus
SHOWN = "delivery { id status replayOf { id } fallbackOf { id } mapping { id } event { id } } errors { code path message }"
TAIL = "subscription { deliveryTail { sequence delivery { id status replayOf { id } } } }"
MANY = (
    "job { id kind status total done failed message result finishedAt } matching errors { code path message }"
)
JOB = "job { id status total done failed message finishedAt } errors { code path message }"


async def counts(api: Api) -> tuple[int | None, int | None, int]:
    """How many deliveries, jobs in the background and texts that are due there are."""
    data = await api.data("{ deliveries { totalCount } jobs { totalCount } }")
    due = await api.services.store.read(lambda c: jobs.due(c, JobKind.DELIVER, api.clock.now(), 100))
    return data["deliveries"]["totalCount"], data["jobs"]["totalCount"], due


async def replay(api: Api, delivery: str, token: str, **given: Any) -> Any:
    return await api.change("deliveryReplay", {"id": delivery, "idempotencyKey": "k", **given}, SHOWN, token)


async def replay_many(api: Api, token: str, given: Any = None, **more: Any) -> Any:
    asked = {"filter": given or {}, "idempotencyKey": "many", **more}
    return await api.change("deliveriesReplay", asked, MANY, token)


async def of_job(api: Api, name: str, job: str, token: str) -> Any:
    query = f"mutation($id: ID!) {{ {name}(input: {{id: $id}}) {{ {JOB} }} }}"
    return (await api.data(query, token, id=job))[name]


async def cancel(api: Api, delivery: str, token: str) -> Any:
    query = (
        "mutation($id: ID!) { deliveryCancel(input: {id: $id}) "
        "{ delivery { id status reason errorCode errorMessage remedy } errors { code path message } } }"
    )
    return (await api.data(query, token, id=delivery))["deliveryCancel"]


@pytest.fixture
async def operator(api: Api) -> str:
    return await api.token(Role.OPERATOR)


# -- one ----------------------------------------------------------------------------------------------------------


async def test_a_replay_is_made_and_shows_what_it_replays(ledger: Ledger, operator: str) -> None:
    api = ledger.api
    original = await ledger.delivery(status=S.SUPPRESSED, reason=Reason.STALE_EVENT)

    made = await replay(api, original, operator)
    again = await replay(api, original, operator)

    new = made["delivery"]["id"]
    assert made == {
        "delivery": {
            "id": new,
            "status": "PENDING",
            "replayOf": {"id": original},
            "fallbackOf": None,
            "mapping": {"id": ledger.mapping_id},
            "event": {"id": f"evt_{1:032x}"},
        },
        "errors": [],
    }
    assert new != original
    assert again == made
    assert await counts(api) == (2, 0, 1)


async def test_whoever_watches_is_told_of_a_replay_as_it_is_made_and_once(
    ledger: Ledger, operator: str
) -> None:
    api = ledger.api
    original = await ledger.delivery(status=S.SUPPRESSED, reason=Reason.STALE_EVENT)

    async with watching(api.endpoint, TAIL, operator) as stream:
        new = (await replay(api, original, operator))["delivery"]["id"]
        first = await stream.item()
        await replay(api, original, operator)
        other = await ledger.delivery(2, status=S.SUPPRESSED)
        second = (await replay(api, other, operator, idempotencyKey="k2"))["delivery"]["id"]
        then = await stream.item()

    assert first["delivery"] == {"id": new, "status": "PENDING", "replayOf": {"id": original}}
    assert then["delivery"] == {"id": second, "status": "PENDING", "replayOf": {"id": other}}


async def test_a_repeated_replay_is_answered_what_the_first_was_whatever_became_of_it(
    ledger: Ledger, operator: str
) -> None:
    api = ledger.api
    made = await replay(api, await ledger.delivery(status=S.REJECTED), operator)
    new, now = made["delivery"]["id"], api.clock.now()
    await api.services.store.write(
        lambda c: deliveries.change(c, [{"id": new, "status": S.ACCEPTED.value}], now)
    )

    again = await replay(api, made["delivery"]["replayOf"]["id"], operator)
    stands = await api.data("query($id: ID!) { delivery(id: $id) { status } }", id=new)

    assert again == made
    assert (again["delivery"]["status"], stands["delivery"]["status"]) == ("PENDING", "ACCEPTED")
    assert await counts(api) == (2, 0, 1)


async def test_the_key_answers_for_its_replay_after_it_was_forgotten(ledger: Ledger, operator: str) -> None:
    api = ledger.api
    original = await ledger.delivery(status=S.REJECTED)
    made = await replay(api, original, operator)
    await api.services.store.write(lambda c: c.execute(delete(idempotency_keys)))

    assert await replay(api, original, operator) == made
    assert await counts(api) == (2, 0, 1)


async def test_a_key_is_for_one_input(ledger: Ledger, operator: str) -> None:
    api = ledger.api
    first, second = [await ledger.delivery(number, status=S.REJECTED) for number in (1, 2)]
    await replay(api, first, operator)

    other = await replay(api, second, operator)
    empty = await replay(api, second, operator, idempotencyKey="")

    assert [error["code"] for error in other["errors"]] == ["IDEMPOTENCY_MISMATCH"]
    assert [error["path"] for error in empty["errors"]] == [["idempotencyKey"]]
    assert await counts(api) == (3, 0, 1)


async def test_what_was_accepted_takes_an_admin_who_says_so(ledger: Ledger, operator: str) -> None:
    api = ledger.api
    original = await ledger.delivery(status=S.ACCEPTED, message_sid="PG1")
    admin = await api.token(Role.ADMIN)

    unsaid = await replay(api, original, admin)
    by_operator = await replay(api, original, operator, includeAccepted=True)
    before = await counts(api)
    by_admin = await replay(api, original, admin, includeAccepted=True)

    assert [(e["code"], e["path"]) for e in unsaid["errors"]] == [("INVALID", ["includeAccepted"])]
    assert unsaid["errors"][0]["message"].startswith(
        f"The provider accepted the message of {original}: a replay would be a second text. Nothing was replayed."
    )
    assert [(e["code"], e["path"]) for e in by_operator["errors"]] == [("FORBIDDEN", ["includeAccepted"])]
    assert before == (1, 0, 0)
    assert by_admin["delivery"]["replayOf"] == {"id": original}


@pytest.mark.parametrize("status", [S.PENDING, S.HELD, S.SENDING, S.RETRYING, S.UNCERTAIN])
async def test_what_is_under_way_can_not_be_replayed(
    ledger: Ledger, operator: str, status: DeliveryStatus
) -> None:
    api = ledger.api
    original = await ledger.delivery(status=status)

    refused = await replay(api, original, operator)

    assert refused["delivery"] is None
    assert [(error["code"], error["path"]) for error in refused["errors"]] == [("IN_USE", ["id"])]
    assert await counts(api) == (1, 0, 0)


async def test_what_is_gone_or_of_another_space_is_not_found(ledger: Ledger, operator: str) -> None:
    api = ledger.api
    elsewhere = await ledger.delivery(1, space="other", status=S.REJECTED)
    emptied = await ledger.delivery(2, status=S.REJECTED)
    await api.services.store.write(lambda c: removal.payloads(c, [f"evt_{2:032x}"], NOON))

    answers = [await replay(api, one, operator) for one in (elsewhere, "dlv_unknown", emptied)]
    canceled = [await cancel(api, one, operator) for one in (elsewhere, "dlv_unknown")]

    assert [error["code"] for one in (*answers, *canceled) for error in one["errors"]] == ["NOT_FOUND"] * 5
    assert [one["delivery"] for one in (*answers, *canceled)] == [None] * 5
    assert await counts(api) == (1, 0, 0)


@pytest.mark.parametrize("role", [Role.READER, Role.VIEWER])
async def test_less_than_an_operator_neither_replays_nor_cancels(ledger: Ledger, role: Role) -> None:
    api = ledger.api
    delivery, token = await ledger.delivery(status=S.REJECTED), await api.token(role)
    calls = (
        f'deliveryReplay(input: {{id: "{delivery}", idempotencyKey: "k"}}) {{ errors {{ code }} }}',
        'deliveriesReplay(input: {filter: {}, idempotencyKey: "k", dryRun: true}) { matching }',
        f'deliveryCancel(input: {{id: "{delivery}"}}) {{ errors {{ code }} }}',
        'jobPause(input: {id: "job_1"}) { errors { code } }',
        'jobResume(input: {id: "job_1"}) { errors { code } }',
        'jobCancel(input: {id: "job_1"}) { errors { code } }',
    )

    answers = [await api.ask(f"mutation {{ {call} }}", token) for call in calls]

    assert [one["errors"][0]["extensions"]["code"] for one in answers] == ["FORBIDDEN"] * len(calls)
    assert await counts(api) == (1, 0, 0)


# -- canceling ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [S.PENDING, S.HELD, S.RETRYING])
async def test_what_waits_can_be_canceled(ledger: Ledger, operator: str, status: DeliveryStatus) -> None:
    api = ledger.api
    delivery = await ledger.delivery(status=status, reason=Reason.PAUSED if status is S.HELD else None)
    new = [NewJob(JobKind.DELIVER, subject=delivery)]
    await api.services.store.write(lambda c: jobs.enqueue(c, new, NOON))

    canceled = await cancel(api, delivery, operator)
    again = await cancel(api, delivery, operator)

    assert canceled == {
        "delivery": {
            "id": delivery,
            "status": "CANCELED",
            "reason": None,
            "errorCode": "CANCELED",
            "errorMessage": "OPERATOR of default canceled it before it was sent.",
            "remedy": f'To send it after all, run mutation {{ deliveryReplay(input: {{id: "{delivery}", idempotencyKey: "again-{delivery}"}}) '
            "{ delivery { id } errors { message } } }",
        },
        "errors": [],
    }
    said = f"The delivery {delivery} is CANCELED. It is final: nothing more will be sent for it. Nothing was changed."
    assert again == {"delivery": None, "errors": [{"code": "INVALID", "path": ["id"], "message": said}]}
    leased = await api.services.store.write(lambda c: leases.lease(c, JobKind.DELIVER, 9, NOON, LEASE))
    assert leased == []


@pytest.mark.parametrize(
    ("status", "why"),
    [
        (S.SENDING, "Its request is under way and can't be taken back."),
        (
            S.UNCERTAIN,
            "Its request left, and nobody knows yet whether there is a message: it is looked up, and settled within minutes.",
        ),
        (S.ACCEPTED, "It is final: nothing more will be sent for it."),
        (S.EXPIRED, "It is final: nothing more will be sent for it."),
    ],
)
async def test_what_left_or_is_final_can_not_be_canceled(
    ledger: Ledger, operator: str, status: DeliveryStatus, why: str
) -> None:
    api = ledger.api
    delivery = await ledger.delivery(status=status)
    before = await api.services.store.read(lambda c: deliveries.get(c, delivery))

    refused = await cancel(api, delivery, operator)

    said = f"The delivery {delivery} is {status.value}. {why} Nothing was changed."
    assert refused == {"delivery": None, "errors": [{"code": "INVALID", "path": ["id"], "message": said}]}
    assert await api.services.store.read(lambda c: deliveries.get(c, delivery)) == before


# -- many ------------------------------------------------------------------------------------------------------------


async def seeded(ledger: Ledger) -> None:
    """Four that were not sent, one that was, one that waits, one that a person canceled, and one of another space."""
    for number, status in enumerate(
        (S.REJECTED, S.SUPPRESSED, S.SUPPRESSED, S.EXPIRED, S.ACCEPTED, S.PENDING, S.CANCELED), start=1
    ):
        reason = Reason.STALE_EVENT if status is S.EXPIRED else None
        await ledger.delivery(number, status=status, reason=reason)
    await ledger.delivery(8, space="other", status=S.REJECTED)


async def test_a_dry_run_counts_and_changes_nothing(ledger: Ledger, operator: str) -> None:
    api = ledger.api
    await seeded(ledger)

    unnamed = await replay_many(api, operator, dryRun=True)
    named = await replay_many(api, operator, {"status": ["REJECTED", "CANCELED"]}, dryRun=True)
    accepted = await replay_many(api, operator, {"status": ["ACCEPTED"]}, dryRun=True)

    assert unnamed == {"job": None, "matching": 4, "errors": []}
    assert (named["matching"], accepted["matching"]) == (2, 1)
    assert await counts(api) == (7, 0, 0)


async def test_a_filter_that_was_left_blank_replays_nothing(ledger: Ledger, operator: str) -> None:
    api = ledger.api
    await ledger.delivery(1, status=S.REJECTED)
    before = await counts(api)
    asked = {"filter": {"recipient": ""}, "idempotencyKey": "many"}

    answer = await api.ask(
        "mutation($i: DeliveriesReplayInput!) { deliveriesReplay(input: $i) { matching } }", operator, i=asked
    )

    [error] = answer["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert await counts(api) == before


async def test_many_are_replayed_in_the_background_with_progress(ledger: Ledger, operator: str) -> None:
    api = ledger.api
    await seeded(ledger)
    await api.services.store.write(lambda c: removal.payloads(c, [f"evt_{1:032x}"], NOON))

    started = await replay_many(api, operator, expectedCount=4)
    again = await replay_many(api, operator, expectedCount=4)
    api.clock.advance(5)
    while await bulk_replays.step(api.services):
        pass
    long_after = await replay_many(api, operator, expectedCount=4)

    job = started["job"]
    shown = {"kind": "REPLAY", "status": "RUNNING", "total": 4, "done": 0, "failed": 0}
    unset = {"message": None, "result": None, "finishedAt": None}
    assert started == {"job": {"id": job["id"], **shown, **unset}, "matching": 4, "errors": []}
    assert again == long_after == started
    data = await api.data(
        "query($id: ID!) { jobs(kind: REPLAY) { totalCount edges { node { id } } } "
        "node(id: $id) { ... on Job { status done failed message result createdAt finishedAt } } }",
        id=job["id"],
    )
    assert data["jobs"] == {"totalCount": 1, "edges": [{"node": {"id": job["id"]}}]}
    assert data["node"] == {
        "status": "DONE",
        "done": 3,
        "failed": 1,
        "message": f"The payload of the event of dlv_{1:032x} was removed for its age: no text can be made of it. "
        "Nothing was replayed. Send the event again, under a new messageId.",
        "result": {"made": 3, "skipped": {"GONE": 1}},
        "createdAt": "2026-03-01T12:00:00.000Z",
        "finishedAt": "2026-03-01T12:00:05.000Z",
    }
    assert await counts(api) == (10, 1, 3)


async def test_a_wrong_count_changes_nothing_and_says_the_right_one(ledger: Ledger, operator: str) -> None:
    api = ledger.api
    await seeded(ledger)

    wrong = await replay_many(api, operator, expectedCount=3)
    before = await counts(api)
    right = await replay_many(api, operator, expectedCount=4)

    said = "The filter matches 4 deliveries, not 3. Nothing was replayed: look at them, then say expectedCount: 4."
    assert wrong == {
        "job": None,
        "matching": 4,
        "errors": [{"code": "INVALID", "path": ["expectedCount"], "message": said}],
    }
    assert before == (7, 0, 0)
    assert right["job"]["total"] == 4


async def test_accepted_ones_take_an_admin_and_the_exact_count(ledger: Ledger, operator: str) -> None:
    api = ledger.api
    await seeded(ledger)
    admin, accepted = await api.token(Role.ADMIN), {"status": ["ACCEPTED"]}

    by_operator = await replay_many(api, operator, accepted, expectedCount=1)
    uncounted = await replay_many(api, admin, accepted)
    wrong = await replay_many(api, admin, accepted, expectedCount=2)
    before = await counts(api)
    by_admin = await replay_many(api, admin, accepted, expectedCount=1)
    await bulk_replays.step(api.services)

    codes = [(one["errors"][0]["code"], one["errors"][0]["path"]) for one in (by_operator, uncounted, wrong)]
    assert codes == [
        ("FORBIDDEN", ["filter", "status"]),
        ("REQUIRED", ["expectedCount"]),
        ("INVALID", ["expectedCount"]),
    ]
    assert "say expectedCount: 1." in uncounted["errors"][0]["message"]
    assert before == (7, 0, 0)
    assert by_admin["errors"] == []
    assert await counts(api) == (8, 1, 1)


async def test_what_is_under_way_is_not_replayed_with_others(ledger: Ledger, operator: str) -> None:
    api = ledger.api
    await seeded(ledger)

    refused = await replay_many(api, operator, {"status": ["REJECTED", "PENDING", "UNCERTAIN"]})

    assert [(error["code"], error["path"]) for error in refused["errors"]] == [
        ("INVALID", ["filter", "status"])
    ]
    assert "What is PENDING, UNCERTAIN is under way" in refused["errors"][0]["message"]
    assert await counts(api) == (7, 0, 0)


async def test_more_than_a_job_takes_are_refused(
    ledger: Ledger, operator: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replays, "MOST", 3)
    await seeded(ledger)

    refused = await replay_many(ledger.api, operator)

    assert [(error["code"], error["path"]) for error in refused["errors"]] == [("INVALID", ["filter"])]
    assert (refused["job"], refused["matching"]) == (None, None)
    assert await counts(ledger.api) == (7, 0, 0)


# -- jobs ------------------------------------------------------------------------------------------------------------


async def test_a_job_can_be_paused_resumed_and_canceled(ledger: Ledger, operator: str) -> None:
    api = ledger.api
    await seeded(ledger)
    job = (await replay_many(api, operator))["job"]["id"]

    paused = await of_job(api, "jobPause", job, operator)
    twice = await of_job(api, "jobPause", job, operator)
    assert await bulk_replays.step(api.services) is False
    resumed = await of_job(api, "jobResume", job, operator)
    canceled = await of_job(api, "jobCancel", job, operator)
    assert await bulk_replays.step(api.services) is False
    too_late = await of_job(api, "jobResume", job, operator)

    shown = {"id": job, "total": 4, "done": 0, "failed": 0, "finishedAt": None}
    by = "by OPERATOR of default."
    assert paused == {"job": {**shown, "status": "PAUSED", "message": f"Paused {by}"}, "errors": []}
    said = f"The job {job} is PAUSED. Nothing was changed."
    assert twice["errors"] == [{"code": "INVALID", "path": ["id"], "message": said}]
    assert resumed == {"job": {**shown, "status": "RUNNING", "message": f"Resumed {by}"}, "errors": []}
    ended = {**shown, "status": "CANCELED", "message": f"Canceled {by}"}
    ended["finishedAt"] = "2026-03-01T12:00:00.000Z"
    assert canceled == {"job": ended, "errors": []}
    assert too_late["errors"][0]["code"] == "INVALID"
    assert await counts(api) == (7, 1, 0)


async def test_jobs_of_other_spaces_are_not_seen(ledger: Ledger, operator: str) -> None:
    api = ledger.api
    await seeded(ledger)
    other = await api.token(Role.ADMIN, "other")
    job = (await replay_many(api, operator))["job"]["id"]

    changed = [await of_job(api, name, job, other) for name in ("jobPause", "jobResume", "jobCancel")]
    listed = await api.data("query($id: ID!) { jobs { totalCount } node(id: $id) { id } }", other, id=job)

    assert [one["errors"][0]["code"] for one in changed] == ["NOT_FOUND"] * 3
    assert listed == {"jobs": {"totalCount": 0}, "node": None}
