"""The verdict of a run: what each kind of trouble is called, and that nothing escapes it."""

from typing import Any

import pytest

from tests.resilience.books import Text, Verdict, compare, miscounted
from tests.resilience.people import FAULTS, MOST_FAULTS, PROFILES, REFUSALS, Person, draw

ANN = Person(0, said_no=False, refused=None, faults=())
SID = "SM1"
HELD = Text(SID, ANN.phone, ANN.text)


def delivery(status: str = "ACCEPTED", **words: Any) -> dict[str, Any]:
    whole = {
        "status": status,
        "reason": None,
        "errorCode": None,
        "messageSid": SID if status == "ACCEPTED" else None,
    }
    return whole | {"attemptCount": 1, "event": {"messageId": ANN.message_id}} | words


def counts(
    deliveries: list[dict[str, Any]], texts: list[Text], person: Person = ANN, *, acknowledged: bool = True
) -> tuple[int, int, int]:
    heard = frozenset({person.message_id}) if acknowledged else frozenset()
    verdict = compare([person], heard, deliveries, texts)
    return len(verdict.doubled), len(verdict.lost), len(verdict.unexplained)


def test_one_text_for_one_accepted_delivery_is_good() -> None:
    verdict = compare([ANN], frozenset({ANN.message_id}), [delivery()], [HELD])

    assert verdict.good
    assert verdict.summary(7) == "chaos: doubled 0, lost 0, unexplained 0 of 1 (seed 7, kills 0)"
    assert list(verdict.lines())[1].split() == ["ACCEPTED", "1", "0", "1", "0"]


@pytest.mark.parametrize(
    ("deliveries", "texts", "found"),
    [
        ([delivery()], [HELD, Text("SM2", ANN.phone, ANN.text)], (1, 0, 0)),
        ([delivery(), delivery()], [HELD], (1, 0, 0)),
        ([], [], (0, 1, 0)),
        ([delivery()], [], (0, 1, 0)),
        ([delivery("UNCERTAIN")], [HELD], (0, 0, 1)),
        ([delivery("REJECTED", reason="PROVIDER_ERROR")], [], (0, 0, 1)),
        ([delivery("EXPIRED")], [HELD], (0, 0, 1)),
        ([delivery(messageSid="SM9")], [HELD], (0, 0, 1)),
        ([delivery()], [Text(SID, ANN.phone, "another's")], (0, 0, 1)),
        ([delivery()], [HELD, Text("SM2", "+12025559999", "a stranger's")], (0, 0, 1)),
        ([delivery(), delivery(event={"messageId": "strange"})], [HELD], (0, 0, 1)),
        ([delivery(), delivery(event=None)], [HELD], (0, 0, 1)),
    ],
    ids=[
        "two texts",
        "two deliveries",
        "no delivery",
        "no text",
        "in doubt",
        "given up",
        "texted and expired",
        "another's sid",
        "another's text",
        "a stranger's text",
        "a stranger's delivery",
        "a delivery of no event",
    ],
)
def test_each_trouble_has_its_name(
    deliveries: list[dict[str, Any]], texts: list[Text], found: tuple[int, int, int]
) -> None:
    assert counts(deliveries, texts) == found


def test_what_was_never_acknowledged_is_unexplained() -> None:
    assert counts([delivery()], [HELD], acknowledged=False) == (0, 0, 1)


@pytest.mark.parametrize(
    ("found", "texts", "unexplained"),
    [
        (delivery("SUPPRESSED", reason="NOT_SUBSCRIBED"), [], 0),
        (delivery("SUPPRESSED", reason="NO_RECIPIENT"), [], 1),
        (delivery(), [HELD], 1),
    ],
    ids=["suppressed", "suppressed for something else", "texted"],
)
def test_who_said_no_is_suppressed_for_that(
    found: dict[str, Any], texts: list[Text], unexplained: int
) -> None:
    says_no = Person(0, said_no=True, refused=None, faults=())

    assert counts([found], texts, says_no) == (0, 0, unexplained)


@pytest.mark.parametrize(
    ("found", "unexplained"),
    [
        (delivery("REJECTED", errorCode="21614"), 0),
        (delivery("SUPPRESSED", reason="INVALID_PHONE"), 0),
        (delivery("REJECTED", errorCode="20500"), 1),
        (delivery("CANCELED"), 1),
    ],
    ids=["by its code", "by its reason", "by another code", "canceled"],
)
def test_who_is_refused_is_on_record_with_that(found: dict[str, Any], unexplained: int) -> None:
    refused = Person(0, said_no=False, refused=21614, faults=())

    assert counts([found], [], refused) == (0, 0, unexplained)


def test_a_verdict_names_the_first_of_each() -> None:
    verdict = Verdict(9, 9, doubled=[f"one {number}" for number in range(9)])

    assert [line for line in verdict.lines(2) if "doubled" in line] == [
        "  doubled: one 0",
        "  doubled: one 1",
    ]
    assert not verdict.good


def test_a_seed_draws_the_same_people_and_a_part_of_them_is_refused_or_said_no() -> None:
    people = draw(500, 3, PROFILES["rough"])

    assert people == draw(500, 3, PROFILES["rough"])
    assert people[:100] == draw(100, 3, PROFILES["rough"])
    assert len({person.phone for person in people}) == 500
    assert 0 < sum(person.said_no for person in people) < 50
    assert {person.refused for person in people} == {None, *REFUSALS}
    assert {len(person.faults) for person in people} == set(range(MOST_FAULTS + 1))


def test_the_calm_provider_has_no_faults_and_the_rough_one_all_of_them() -> None:
    met = [fault for person in draw(500, 3, PROFILES["rough"]) for fault in person.faults]

    assert all(person.faults == [] for person in draw(500, 3, PROFILES["calm"]))
    assert all(fault in met for _, fault in FAULTS.values() if fault)


POINT: dict[str, Any] = {
    **dict.fromkeys(("events", "matched", "accepted", "suppressed", "rejected", "canceled", "expired"), 0),
    "delivered": 0,
    "failed": 0,
    "segments": 0,
    "price": None,
}


def counted(status: str, message_status: str | None = None, price: str | None = None) -> dict[str, Any]:
    return {"status": status, "messageStatus": message_status, "segments": 2, "price": price}


def test_counts_that_are_the_ledgers_are_good() -> None:
    deliveries = [
        counted("ACCEPTED", "DELIVERED", "-0.0079 USD"),
        counted("ACCEPTED", "UNDELIVERED", "-0.0001 USD"),
        counted("ACCEPTED", "SENT"),
        counted("SUPPRESSED"),
    ]
    first = {**POINT, "events": 2, "matched": 3, "accepted": 2, "delivered": 1, "failed": 1, "segments": 4}
    second = {**POINT, "events": 3, "matched": 1, "accepted": 1, "suppressed": 1, "segments": 2}

    assert miscounted(deliveries, 5, [first | {"price": "USD 0.008"}, second]) == []


@pytest.mark.parametrize("name", ["events", "matched", "suppressed", "delivered", "failed", "segments"])
def test_each_count_that_is_another_is_told(name: str) -> None:
    assert miscounted([], 0, [POINT, {**POINT, name: 1}]) == [f"{name}: 1 were counted, and the ledger has 0"]


def test_a_cost_that_is_another_is_told() -> None:
    assert miscounted([counted("SENDING", price="-0.02 USD")], 0, [{**POINT, "matched": 1}]) == [
        "cost: 0 were counted, and the ledger has 0.02"
    ]
