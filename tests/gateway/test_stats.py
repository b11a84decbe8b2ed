"""What is counted of a Delivery, under what, and how costs are shown."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from destinations.kit import MessageStatus, Reason
from gateway.deliveries import DeliveryStatus
from gateway.stats import (
    Bucket,
    Counted,
    Counts,
    Key,
    cost_of,
    finest,
    of_deliveries,
    of_events,
    oldest,
    shown,
)

S, M = DeliveryStatus, MessageStatus
NOON = datetime(2026, 11, 21, 12, 30, 45, 123456, tzinfo=UTC)
AT = 1_795_264_245_123_456
MINUTE = 1_795_264_200_000_000
KEY = Key("default", MINUTE, "dst_1", "map_1", "SMS", "+15550001111", "US", "", "", "")


def counted(**changed: Any) -> Counted:
    given = Counted(
        space="default",
        made_at=AT,
        destination_id="dst_1",
        mapping_id="map_1",
        channel="SMS",
        sender="+15550001111",
        country="US",
        status=S.ACCEPTED,
        reason=None,
        error_code=None,
        message_status=M.SENT,
        segments=2,
        price=None,
    )
    return given._replace(**changed)


def of(**changed: Any) -> dict[Key, Counts]:
    return dict(of_deliveries({counted(**changed): 1}))


SENT = Counts(matched=1, accepted=1, segments=2)


@pytest.mark.parametrize(
    ("changed", "key", "counts"),
    [
        ({}, KEY, SENT),
        ({"message_status": None, "segments": None}, KEY, Counts(matched=1, accepted=1)),
        ({"message_status": M.PARTIALLY_DELIVERED}, KEY, SENT._replace(delivered=1)),
        ({"message_status": M.DELIVERED}, KEY, SENT._replace(delivered=1)),
        ({"message_status": M.READ}, KEY, SENT._replace(delivered=1)),
        (
            {"message_status": M.FAILED, "error_code": "30003"},
            KEY._replace(error_code="30003"),
            SENT._replace(failed=1),
        ),
        ({"message_status": M.UNDELIVERED}, KEY, SENT._replace(failed=1)),
        ({"message_status": M.CANCELED}, KEY, SENT._replace(failed=1)),
        ({"message_status": M.DELIVERED, "error_code": "30003"}, KEY, SENT._replace(delivered=1)),
        (
            {"status": S.SUPPRESSED, "reason": Reason.OPTED_OUT, "error_code": "1"},
            KEY._replace(reason="OPTED_OUT"),
            Counts(matched=1, suppressed=1),
        ),
        (
            {"status": S.REJECTED, "error_code": "21211"},
            KEY._replace(error_code="21211"),
            Counts(matched=1, rejected=1),
        ),
        (
            {"status": S.CANCELED, "reason": Reason.CANCELED_BY_TRIGGER},
            KEY._replace(reason="CANCELED_BY_TRIGGER"),
            Counts(matched=1, canceled=1),
        ),
        (
            {"status": S.EXPIRED, "error_code": "NOT_CREATED"},
            KEY._replace(error_code="NOT_CREATED"),
            Counts(matched=1, expired=1),
        ),
        ({"status": S.HELD, "reason": Reason.PAUSED, "error_code": "1"}, KEY, Counts(matched=1)),
        ({"status": S.PENDING, "sender": None}, KEY._replace(sender=""), Counts(matched=1)),
        ({"status": S.SENDING, "country": None}, KEY._replace(country=""), Counts(matched=1)),
        ({"status": S.RETRYING, "channel": None}, KEY._replace(channel=""), Counts(matched=1)),
        ({"status": S.UNCERTAIN}, KEY, Counts(matched=1)),
        ({"sender": "x" * 101}, KEY._replace(sender="x" * 100), SENT),
        ({"sender": "Sh\x00op"}, KEY._replace(sender="Shop"), SENT),
    ],
)
def test_a_delivery_counts_as_it_stands(changed: dict[str, Any], key: Key, counts: Counts) -> None:
    assert of(**changed) == {key: counts}


def test_what_a_delivery_cost_counts_under_its_currency() -> None:
    assert of(price="-0.00750 USD") == {
        KEY: SENT,
        KEY._replace(currency="USD"): Counts(priced=1, price=7_500),
    }
    assert list(of_deliveries({counted(price="-0.01"): 1})) == [
        (KEY, SENT),
        (KEY, Counts(priced=1, price=10_000)),
    ]


def test_what_is_in_shadow_is_counted_nowhere() -> None:
    assert list(of_deliveries({counted(status=S.SHADOWED): 3})) == []


@pytest.mark.parametrize("status", [one for one in DeliveryStatus if one is not S.SHADOWED])
def test_what_is_matched_is_one_of_all_that_may_become_of_it(status: DeliveryStatus) -> None:
    (counts,) = of(status=status).values()

    ends = (counts.accepted, counts.suppressed, counts.rejected, counts.canceled, counts.expired)
    assert counts.matched == 1 == sum(ends) + counts.waiting
    assert counts.waiting == int(not status.final)


def test_so_many_more_or_fewer_count_so_many_times() -> None:
    changes = {counted(): -2, counted(message_status=M.DELIVERED): 3, counted(status=S.HELD): 0}

    assert list(of_deliveries(changes)) == [
        (KEY, Counts(matched=-2, accepted=-2, segments=-4)),
        (KEY, Counts(matched=3, accepted=3, delivered=3, segments=6)),
    ]


def test_an_event_counts_in_its_minute_for_its_space_alone() -> None:
    assert list(of_events({("default", AT): 3})) == [
        (Key("default", MINUTE, "", "", "", "", "", "", "", ""), Counts(events=3))
    ]


@pytest.mark.parametrize(
    ("price", "cost"),
    [
        ("-0.00750 USD", ("USD", 7_500)),
        ("-0.0079", ("", 7_900)),
        ("0", ("", 0)),
        ("0.05 EUR", ("EUR", -50_000)),  # given back
        ("-1 usd", ("USD", 1_000_000)),
        ("-0.00000149 USD", ("USD", 1)),
        ("-99999999.999999 JPY", ("JPY", 99_999_999_999_999)),
        ("", None),
        ("free", None),
        ("-0,0075 USD", None),
        ("-1e3 USD", None),
        ("-0.0075 DOLLARS", None),
        ("NaN", None),
    ],
)
def test_a_cost_is_read_exactly_or_not_at_all(price: str, cost: tuple[str, int] | None) -> None:
    assert cost_of(price) == cost


@pytest.mark.parametrize(
    ("prices", "words"),
    [
        ({}, None),
        ({"USD": 1_234_500}, "USD 1.2345"),
        ({"USD": 1_234_500, "EUR": 200_000}, "EUR 0.20, USD 1.2345"),
        ({"USD": 0}, "USD 0.00"),
        ({"": 7_500}, "0.0075"),
        ({"USD": -50_000}, "USD -0.05"),
        ({"USD": 12_000_000_000_001}, "USD 12000000.000001"),
    ],
)
def test_costs_are_shown_by_currency(prices: dict[str, int], words: str | None) -> None:
    assert shown(prices) == words


@pytest.mark.parametrize(
    ("bucket", "begins", "ends"),
    [
        (Bucket.MINUTE, NOON.replace(second=0, microsecond=0), "2026-11-21T12:31:00+00:00"),
        (Bucket.HOUR, NOON.replace(minute=0, second=0, microsecond=0), "2026-11-21T13:00:00+00:00"),
        (Bucket.DAY, datetime(2026, 11, 21, tzinfo=UTC), "2026-11-22T00:00:00+00:00"),
    ],
)
def test_a_bucket_begins_and_ends_in_utc(bucket: Bucket, begins: datetime, ends: str) -> None:
    assert (bucket.floor(NOON), bucket.ceiling(NOON).isoformat()) == (begins, ends)
    assert (bucket.floor(begins), bucket.ceiling(begins)) == (begins, begins)


def test_counts_are_kept_for_larger_spans_as_they_age() -> None:
    minutes, hours, days = (oldest(bucket, NOON) for bucket in Bucket)

    assert minutes == datetime(2026, 11, 18, 12, tzinfo=UTC)
    assert hours == datetime(2026, 8, 23, tzinfo=UTC)
    assert days == datetime(2025, 10, 17, tzinfo=UTC)
    before = timedelta(microseconds=1)
    assert [finest(at, NOON) for at in (NOON, minutes, minutes - before, hours, hours - before)] == [
        *(Bucket.MINUTE, Bucket.MINUTE, Bucket.HOUR, Bucket.HOUR, Bucket.DAY)
    ]
