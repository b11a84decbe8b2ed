"""What is said of bad events: alone, in a batch, and in strict mode."""

from typing import TYPE_CHECKING, Any

import pytest

from tests.factories import identify, track

if TYPE_CHECKING:
    from tests.gateway.ingest.conftest import Api

OK = b'{"success":true}'
NO_ID = "Neither userId nor anonymousId is given; at least one is needed, and such as `undefined`, `null` or `0` are nobody's."


async def problems(api: "Api") -> list[str | None]:
    return [event.problem for request in await api.taken() for event in request.events]


@pytest.mark.parametrize("strict", [None, "1"])
async def test_one_bad_call_alone_is_a_400_with_its_reason_and_is_kept_as_invalid(
    api: "Api", strict: str | None
) -> None:
    answer = await api.post("/v1/track", track(userId=None), x_strict_mode=strict)

    message = f"{NO_ID} The event was kept as INVALID and leads to nothing."
    assert answer.status_code == 400
    assert answer.json() == {"success": False, "code": "no_user_anon_id", "message": message}
    assert await problems(api) == ["no_user_anon_id"]


@pytest.mark.parametrize("kind", ["track", "identify"])
async def test_a_batch_at_the_path_of_one_call_hears_that_it_is_one(api: "Api", kind: str) -> None:
    answer = await api.post(f"/v1/{kind}", {"batch": [track()], "sentAt": "2026-11-21T12:00:00Z"})

    assert answer.status_code == 400
    assert answer.json() == {
        "success": False,
        "code": "batch_not_here",
        "message": f"The body is a batch, and /v1/{kind} takes one call. Nothing of it was kept: post it to /v1/batch.",
    }
    assert await api.taken() == []


def rejected(made: str) -> list[dict[str, Any]]:
    return [
        {
            "index": 1,
            "messageId": made,
            "code": "bad_request",
            "message": "The event is no JSON object, or its type is none of track, identify, page, screen, group, alias.",
        },
        {"index": 2, "messageId": "m-2", "code": "no_user_anon_id", "message": NO_ID},
    ]


MIXED = {"batch": [track(), "no event", track(userId=None, messageId="m-2"), identify()]}


@pytest.mark.parametrize("strict", [None, "0"])
async def test_bad_ones_in_a_batch_are_named_and_the_others_are_kept(api: "Api", strict: str | None) -> None:
    answer = await api.post(body=MIXED, x_strict_mode=strict)

    (request,) = await api.taken()
    made = request.events[1].message_id
    assert (answer.status_code, answer.json()) == (200, {"success": True, "rejected": rejected(made)})
    assert await problems(api) == [None, "bad_request", "no_user_anon_id", None]


@pytest.mark.parametrize("strict", ["1", "true", "True"])
async def test_in_strict_mode_a_batch_with_bad_ones_is_a_400_and_the_others_are_kept_all_the_same(
    api: "Api", strict: str
) -> None:
    answer = await api.post(body=MIXED, x_strict_mode=strict)

    (request,) = await api.taken()
    made = request.events[1].message_id
    message = (
        "2 of 4 events can't be used; `rejected` says why. The other 2 were kept and go on. What can't be used is kept "
        "as INVALID, where `events` in GraphQL shows it, and leads to nothing: mend it and send it again."
    )
    assert answer.status_code == 400
    assert answer.json() == {
        "success": False,
        "code": "events_rejected",
        "message": message,
        "rejected": rejected(made),
    }
    assert await problems(api) == [None, "bad_request", "no_user_anon_id", None]


async def test_in_strict_mode_what_is_sound_is_answered_as_ever(api: "Api") -> None:
    answer = await api.post(body={"batch": [identify(), track()]}, x_strict_mode="1")

    assert (answer.status_code, answer.content) == (200, OK)
