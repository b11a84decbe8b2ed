"""Whatever the body of a request is: it is refused with a reason, or the good part of it is kept.

An honest client goes on being served beside each of these; the fixture `abuser` sees to it.
"""

import gzip
import json
import zlib
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from typing import Any

import pytest

from tests.integration.abuser import GOOD, Abuser, assert_refused


def beside_a_good_one(event: str) -> bytes:
    """A batch of a good event and that JSON. What stands in Latin-1 there is no UTF-8."""
    return f'{{"batch": [{json.dumps(GOOD)}, {event}]}}'.encode("latin-1")


def track(properties: str) -> str:
    return (
        f'{{"type": "track", "userId": "u", "event": "Bad", "messageId": "bad", "properties": {properties}}}'
    )


REFUSED = {
    "empty": b"",
    "a null byte": b"\0",
    "cut short": b'{"batch": [{"type": "track"',
    "no JSON": b"<batch/>",
    "two values": b"{} {}",
    "UTF-16": '{"batch": []}'.encode("utf-16"),
    "null": b"null",
    "a list": b"[]",
    "a text": b'"batch"',
    "a number": b"1e999",
    "10,000 lists": b"[" * 10_000 + b"]" * 10_000,
    "10,000 lists, never closed": b"[" * 10_000,
    "10,000 objects": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "10,000 lists in an event": beside_a_good_one(track("[" * 10_000 + "]" * 10_000)),
    "10,000 objects in an event": beside_a_good_one(track('{"a":' * 10_000 + "1" + "}" * 10_000)),
}
"""By what it is: a body of which nothing can be kept."""


@pytest.mark.parametrize("what", REFUSED)
def test_a_body_that_is_none_is_refused_with_a_reason(what: str, abuser: Abuser) -> None:
    assert_refused(abuser.post(REFUSED[what]), 400, "invalid_json")

    assert abuser.kept() == []


NOT_WHOLE = {
    "1e999": (track('{"n": 1e999}'), "number_not_finite"),
    "-1e999": (track('{"n": [-1e999]}'), "number_not_finite"),
    "NaN": (track('{"n": NaN}'), "number_not_finite"),
    "a list": ("[]", "bad_request"),
    "a deep list": ("[" * 50 + "]" * 50, "bad_request"),
    "null": ("null", "bad_request"),
    "no type": ("{}", "bad_request"),
    "an unknown type": ('{"type": "drop", "userId": "u"}', "bad_request"),
    "an integer of 5,000 digits": (track('{"n": ' + "9" * 5_000 + "}"), "number_too_long"),
    "130 lists": (track("[" * 130 + "]" * 130), "too_deep"),
    "900 objects": (track('{"a":' * 900 + "1" + "}" * 900), "too_deep"),
    "brackets in texts around 200 lists": (track('["]",' * 200 + "1" + ',"["]' * 200), "too_deep"),
    "no UTF-8": (track('{"text": "\xff\xfe"}'), "not_utf8"),
    "33 KB": (track(json.dumps({"text": "x" * 33_000})), "message_rejected"),
}
"""By what is beside a good event: its JSON, and why it is rejected."""


@pytest.mark.parametrize("what", NOT_WHOLE)
def test_a_bad_event_costs_the_good_one_beside_it_nothing(what: str, abuser: Abuser) -> None:
    event, code = NOT_WHOLE[what]

    answer = abuser.post(beside_a_good_one(event))

    assert answer is not None
    assert (answer.status, answer.body["success"]) == (200, True)
    assert [(one["index"], one["code"]) for one in answer.body["rejected"]] == [(1, code)]
    assert abuser.kept() == ["good"]


ODD = {
    "10 to the 400": track('{"n": 1' + "0" * 400 + "}"),
    "null bytes": track(r'{"a\u0000b": "c\u0000d"}'),
    "lone surrogates": track(r'{"\ud800": "\udfff", "n": ["\ud83d"]}'),
    "a number that is nearly 0": track('{"n": 1e-999}'),
    "names of objects in JavaScript": track('{"__proto__": {"a": 1}, "constructor": null}'),
}
"""By what it is: an event that is odd and no more."""


@pytest.mark.parametrize("what", ODD)
def test_what_is_odd_and_no_more_is_kept(what: str, abuser: Abuser) -> None:
    answer = abuser.post(beside_a_good_one(ODD[what]))

    assert answer is not None
    assert (answer.status, answer.body) == (200, {"success": True})
    assert abuser.kept() == ["good", "bad"]


def test_null_bytes_and_lone_surrogates_in_ids_are_taken_or_refused(abuser: Abuser) -> None:
    ids = (r"a\u0000b", r"\u0000", r"\ud800", "x" * 5_000, "")
    fields = ("userId", "anonymousId", "messageId", "event", "type", "groupId", "previousId")
    events = [
        f'{{"type": "track", "event": "E", "userId": "u", "{field}": "{text}"}}'
        for field, text in product(fields, ids)
    ]

    answer = abuser.post(f'{{"batch": [{json.dumps(GOOD)}, {", ".join(events)}]}}'.encode())

    assert answer is not None
    assert (answer.status, answer.body["success"]) == (200, True)
    assert len(abuser.kept()) == 1 + len(events) - len(answer.body["rejected"])


WRONG: tuple[Any, ...] = (None, True, 0, -1, 1.5, 10**30, "", "text", [], [[]], {}, {"a": {}}, [None, {}])
FIELDS = (
    *("type", "userId", "anonymousId", "messageId", "event", "name", "category", "groupId", "previousId"),
    *("properties", "traits", "context", "integrations", "timestamp", "sentAt", "originalTimestamp"),
    *("external_ids", "writeKey", "channel", "receivedAt", "batch"),
)
INNER = ("traits", "externalIds", "messaging_subscriptions", "personas", "library", "ip", "timezone")


def wrong_events() -> list[dict[str, Any]]:
    """Every field of an event, and of its context, with every wrong type."""
    ours = ("track", "identify", "group", "alias", "page", "screen")
    plain = [
        {"type": kind, "userId": "u", "event": "E", field: value}
        for kind, field, value in product(ours, FIELDS, WRONG)
    ]
    nested = [
        {"type": "identify", "userId": "u", "context": {field: value}, "traits": {"phone": value}}
        for field, value in product(INNER, WRONG)
    ]
    return plain + nested


def test_wrong_types_everywhere_in_a_batch_cost_the_good_ones_nothing(abuser: Abuser) -> None:
    events = wrong_events()
    good = [{**GOOD, "messageId": f"good-{number}"} for number in range(3)]

    answer = abuser.post(
        json.dumps({"batch": [good[0], *events[:900], good[1], *events[900:], good[2]]}).encode()
    )

    assert answer is not None
    assert (answer.status, answer.body["success"]) == (200, True)
    assert {"good-0", "good-1", "good-2"} <= set(abuser.kept())


def test_wrong_types_around_a_batch_cost_its_events_nothing(abuser: Abuser) -> None:
    around = list(product(("context", "integrations", "sentAt", "writeKey", "timestamp"), WRONG))
    good = [f"good-{number}" for number in range(len(around))]

    for message_id, (field, value) in zip(good, around, strict=True):
        answer = abuser.post(
            json.dumps({"batch": [{**GOOD, "messageId": message_id}], field: value}).encode()
        )
        assert answer is not None, (field, value)
        assert (answer.status, answer.body) == (200, {"success": True}), (field, value)

    assert abuser.kept() == good


@pytest.mark.parametrize("value", WRONG, ids=json.dumps)
def test_a_batch_of_a_wrong_type_is_refused_or_each_of_its_events_is(value: Any, abuser: Abuser) -> None:
    answer = abuser.post(json.dumps({"batch": value}).encode())

    if isinstance(value, list) and value:
        assert answer is not None
        assert (answer.status, len(answer.body["rejected"])) == (200, len(value))
    else:
        assert_refused(answer, 400, "empty_batch" if value == [] else "bad_request")
    assert abuser.kept() == []


@pytest.mark.parametrize("path", ["/v1/track", "/v1/identify", "/v1/alias", "/v1/import"])
def test_wrong_types_one_by_one_are_refused_with_a_reason_or_kept(path: str, abuser: Abuser) -> None:
    for event in wrong_events()[: len(FIELDS) * len(WRONG)]:
        answer = abuser.post(json.dumps({**event, "event": event.get("event", "E")}).encode(), path=path)
        assert answer is not None, event
        assert answer.status in {200, 400}, (event, answer)
        if answer.status == 400:
            assert answer.body["code"], event
            assert answer.body["message"], event


def bomb(megabytes: int) -> bytes:
    """So many MB of zeros as a gzip a thousandth as long: one packed block, told again and again."""
    block, crc = bytes(1 << 20), 0
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    for _ in range(megabytes):
        crc = zlib.crc32(block, crc)
    size = megabytes << 20 & 0xFFFFFFFF
    head = gzip.compress(b"", mtime=0)[:10]
    return head + packed * megabytes + packer.flush() + crc.to_bytes(4, "little") + size.to_bytes(4, "little")


@pytest.mark.parametrize("megabytes", [1_000, 400, 1])
def test_a_gzip_that_grows_too_large_is_refused(megabytes: int, abuser: Abuser) -> None:
    content = bomb(megabytes)

    with ThreadPoolExecutor(8) as threads:
        answers = [
            one.result()
            for one in [threads.submit(abuser.post, content, content_encoding="gzip") for _ in range(8)]
        ]

    for answer in answers:
        assert_refused(answer, 400, "request_too_large")
    assert abuser.kept() == []


PACKED = gzip.compress(json.dumps({"batch": [GOOD]}).encode())
BAD_GZIP = {
    "cut short": PACKED[:-9],
    "its sum is wrong": PACKED[:-8] + bytes(8),
    "more behind its end": PACKED + b"more",
    "no gzip": b"plain",
    "its head alone": PACKED[:10],
}


@pytest.mark.parametrize("what", BAD_GZIP)
def test_a_gzip_that_is_none_is_refused(what: str, abuser: Abuser) -> None:
    assert_refused(abuser.post(BAD_GZIP[what], content_encoding="gzip"), 400, "bad_gzip")

    assert abuser.kept() == []
