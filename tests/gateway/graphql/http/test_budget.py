from datetime import timedelta
from typing import Any

import pytest

from gateway.graphql.http.budget import CAPACITY, MOST_BUCKETS, RESTORE_RATE, Budget
from gateway.workspace import Role
from tests.factories import NOW

VIEWER = "{ viewer { name } }"
PAGE = "{ deliveries(first: 100) { edges { node { id status reason recipient createdAt } } } }"


def cost_of(response: Any) -> Any:
    return response.json()["extensions"]["cost"]


async def test_each_answer_says_what_it_cost_and_what_is_left(api: Any) -> None:
    await api.post({"query": PAGE})
    response = await api.post({"query": PAGE})

    # Read once, run twice.
    left = CAPACITY - len(PAGE) - 2 * 1_001
    assert cost_of(response) == {
        "requested": 1_001,
        "maximum": 100_000,
        "bucket": {"capacity": CAPACITY, "remaining": left, "restoreRate": RESTORE_RATE},
    }


async def test_an_answer_that_refuses_says_it_too(api: Any) -> None:
    for query, reading in (("{", 1), ("{ nonsense }", 12), ("{ a" + "{ b" * 15 + " }" * 16, 80)):
        response = await api.post({"query": query}, await api.token(Role.READER, query.replace(" ", "")))

        assert response.json()["errors"]
        assert cost_of(response) == {
            "requested": 0,
            "maximum": 100_000,
            "bucket": {
                "capacity": CAPACITY,
                "remaining": CAPACITY - reading,
                "restoreRate": RESTORE_RATE,
            },
        }


async def test_nobody_pays_for_a_request_without_a_token(api: Any) -> None:
    response = await api.post({"query": VIEWER}, None)

    assert list(response.json()) == ["errors"]


class TestFlood:
    @pytest.fixture
    def budget(self) -> Budget:
        return Budget(capacity=100, restore_rate=10)

    async def test_who_asks_for_too_much_is_told_when_to_come_back(self, api: Any) -> None:
        answers = [await api.post({"query": VIEWER}) for _ in range(60)]

        refused = [answer for answer in answers if answer.status_code == 429]
        assert [answer.status_code for answer in answers] == [200] * 27 + [429] * 33
        for answer in refused:
            [error] = answer.json()["errors"]
            assert error["extensions"] == {
                "code": "RATE_LIMITED",
                "requestId": answer.headers["x-request-id"],
            }
            assert error["message"] == (
                "This token has asked for too much of late: this takes 3 values, 0 are left. Nothing was done. "
                "Ask again in 1 s, or for less at once (`first`)."
            )
            assert answer.headers["retry-after"] == "1"
            assert cost_of(answer)["bucket"] == {"capacity": 100, "remaining": 0, "restoreRate": 10}

    async def test_nothing_is_done_then(self, api: Any) -> None:
        made = 'mutation { sourceCreate(input: {name: "S"}) { source { id } } }'
        for _ in range(60):
            await api.post({"query": VIEWER})

        refused = await api.post({"query": made})
        api.clock.advance(10)

        assert refused.status_code == 429
        assert (await api.ask("{ sources { totalCount } }"))["data"] == {"sources": {"totalCount": 0}}

    async def test_it_is_that_token_alone(self, api: Any) -> None:
        other = await api.token(Role.VIEWER)
        for _ in range(60):
            await api.post({"query": VIEWER})

        assert (await api.post({"query": VIEWER})).status_code == 429
        assert (await api.post({"query": VIEWER}, other)).status_code == 200

    async def test_the_spelling_of_the_header_makes_no_second_bucket(
        self, api: Any, admin_token: str
    ) -> None:
        for _ in range(60):
            await api.post({"query": VIEWER})

        for header in (f"bearer {admin_token}", f"BEARER   {admin_token} "):
            answer = await api.post({"query": VIEWER}, None, Authorization=header)

            assert answer.status_code == 429

    async def test_time_fills_it_again(self, api: Any) -> None:
        for _ in range(60):
            await api.post({"query": VIEWER})

        api.clock.advance(1)
        answers = [(await api.post({"query": VIEWER})).status_code for _ in range(5)]

        assert answers == [200, 200, 200, 429, 429]

    async def test_texts_that_are_always_new_cost_their_characters(self, api: Any) -> None:
        answers = [(await api.post({"query": f"{{ nonsense{n:02} }}"})).status_code for n in range(12)]

        assert answers == [200] * 7 + [429] * 5


def test_a_bucket_is_full_until_it_is_used() -> None:
    budget = Budget(capacity=100, restore_rate=10)

    assert budget.left("a", NOW) == 100
    assert budget.take("a", 30, NOW) == 70
    assert budget.left("a", NOW + timedelta(seconds=1)) == 80
    assert budget.left("a", NOW + timedelta(hours=1)) == 100
    assert budget.left("a", NOW - timedelta(hours=1)) == 70


def test_the_wait_is_in_whole_seconds() -> None:
    budget = Budget(capacity=100, restore_rate=10)

    assert [budget.wait(left, 40) for left in (0, 19, 20, 21, 30, 39.9)] == [4, 3, 2, 2, 1, 1]


def test_what_is_more_than_a_bucket_waits_for_a_full_one() -> None:
    assert Budget(capacity=100, restore_rate=10).wait(0, 1_000) == 10


def test_only_so_many_buckets_are_kept() -> None:
    budget = Budget()
    for number in range(MOST_BUCKETS + 10):
        budget.take(str(number), 1, NOW)

    assert len(budget._buckets) == MOST_BUCKETS
    assert budget.left("0", NOW) == CAPACITY
    assert budget.left(str(MOST_BUCKETS), NOW) == CAPACITY - 1
