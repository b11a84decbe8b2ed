"""Exports of consent: told by their columns, and read without a yes that nobody said."""

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from destinations.kit import Channel, ConsentExport, ConsentStatus
from destinations.kit.registry import installed
from gateway.consent_files import Asked, HeaderError, Page, Reader, exports, reading
from gateway.spec import iso
from gateway.storage.uploads import split
from gateway.times import OLDEST
from tests.factories import ANN, BOB, NOW
from tests.gateway.consent_samples import SAMPLES, Sample

KNOWN: Mapping[str, ConsentExport] = exports(installed().values())
YES = ConsentStatus.SUBSCRIBED


def page(text: str, asked: Asked | None = None) -> Page:
    lines = split(text)
    how = reading(lines, KNOWN, asked)
    reader = Reader(how, "default", None, NOW, "ops", KNOWN[how.export])
    return reader.page(lines[how.begins :], how.begins, 0, last=True)


def said(found: Page) -> list[Any]:
    return [
        (
            word.entry.phone,
            word.entry.channel.value,
            word.entry.status.value,
            word.entry.sender,
            iso(word.entry.occurred_at) if word.fixed and word.entry.occurred_at != OLDEST else None,
            word.entry.is_stop,
        )
        for word in found.words
    ]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda one: one.id)
def test_an_export_is_told_by_its_columns_and_each_row_says_what_it_said_there(sample: Sample) -> None:
    how = reading(split(sample.text), KNOWN)

    found = page(sample.text)

    assert (how.export, how.why.startswith("it has ")) == (sample.export, True)
    assert said(found) == sample.words
    assert (found.silent, tuple(one.column for one in found.problems)) == (sample.silent, sample.bad)
    assert found.rows == found.read + len(found.problems)
    if sample.left:
        assert tuple(how.left) == sample.left


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda one: one.id)
def test_what_is_shown_of_a_file_has_no_number(sample: Sample) -> None:
    how = json.dumps(reading(split(sample.text), KNOWN).kept())

    assert not re.search(r"[0-9]{7}", re.sub(r"20[0-9-]+T", "", how))
    assert '"reads": "phone"' in how


def test_what_is_shown_of_json_is_written_as_there() -> None:
    text = json.dumps(
        {
            "braze_id": "x",
            "phone": ANN,
            "a": {"b c": 1},
            "subscription_groups": [{"channel": "sms", "status": "?"}],
        }
    )

    how = reading([f"{text}\n"], KNOWN)

    assert how.why == "it has subscription_groups"
    assert list(how.left) == ["braze_id", "a.b c"]
    assert [one.column for one in how.shown] == [
        "phone",
        "subscription_groups.channel",
        "subscription_groups.status",
    ]
    assert [one.example for one in how.shown] == ["+1••••01", "SMS", "…"]


@pytest.mark.parametrize(
    ("text", "asked", "words"),
    [
        (f"phone,status\n{ANN},yes\n", Asked(channel=Channel.WHATSAPP), [(ANN, "WHATSAPP")]),
        (f'{{"phone":"{ANN}","channel":"SMS","status":"yes"}}\n', None, [(ANN, "SMS")]),
        (f"phone,channel,status,opt_out_type\n{ANN},SMS,no,\n", Asked("plain"), [(ANN, "SMS")]),
        (f"phone_number,opt_out_type\nwhatsapp:{ANN},STOP\n", None, [(ANN, "WHATSAPP")]),
    ],
)
def test_what_is_said_of_a_file_counts(text: str, asked: Asked | None, words: list[Any]) -> None:
    assert [(one.entry.phone, one.entry.channel.value) for one in page(text, asked).words] == words


@pytest.mark.parametrize(
    ("text", "asked", "why"),
    [
        ("phone,status\n", None, "--channel SMS"),
        ("phone,channel,status\n", Asked(channel=Channel.SMS), "the file says itself"),
        ("Phone Number,SMS Consent\n", Asked(channel=Channel.WHATSAPP), "the file says itself"),
        (
            "phone,channel,status\n",
            Asked("sendgrid"),
            "Say one of plain, segment, customerio, braze, klaviyo, twilio.",
        ),
        (
            "phone,channel,status\n",
            Asked("klaviyo"),
            "does not have what that needs: `Phone Number` and `SMS Consent`",
        ),
        ("phone,sms_subscription_status,braze_id\n", None, "It may be the export of several: segment by"),
        ("phone,channel,status,opt_out_type\n", None, "It may be the export of several"),
        ("braze_id,phone,email_subscribe\n", None, "the list `subscription_groups`"),
        ("[1]\n", None, "Its first row can't be read."),
        ('{"phone":', None, "Its first row can't be read."),
    ],
)
def test_a_file_of_which_it_is_not_clear_how_it_is_read_is_refused(
    text: str, asked: Asked | None, why: str
) -> None:
    with pytest.raises(HeaderError) as refused:
        reading(split(text), KNOWN, asked)

    assert why in str(refused.value)


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (f'{{"phone":"{ANN}","phone":"{BOB}","channel":"SMS","status":"yes"}}', ""),
        (f'{{"phone":"{ANN}","traits":{{"phone":"{BOB}"}},"channel":"SMS","status":"yes"}}', "phone"),
        (f'{{"phone":"{ANN}","channel":"SMS","status":["yes"]}}', "status"),
        (f'{{"phone":"{ANN}","channel":"SMS","status":{{"a":"yes"}}}}', "status"),
        (f'{{"phone":"{ANN}","channel":"SMS","status":null}}', "status"),
        (f'{{"phone":"{ANN}","channel":"SMS","status":2}}', "status"),
        (f'"{ANN}"', ""),
        ("[" * 5_000, ""),
    ],
)
def test_an_object_that_is_unclear_is_a_bad_row(row: str, column: str) -> None:
    first = f'{{"phone":"{BOB}","channel":"SMS","status":"no"}}'

    found = page(f"{first}\n{row}\n")

    assert len(found.words) == 1
    assert [(one.line, one.column) for one in found.problems] == [(2, column)]
    assert not re.search(r"[0-9]{4}", found.problems[0].message)


def test_a_no_beats_a_yes_in_one_row_and_a_yes_counts_from_the_earliest_time() -> None:
    text = (
        "contact_id,sender_id,status,opt_out_keyword,date_created,date_updated\n"
        f"{ANN},MG1,opt-in,STOP,2026-01-01,2026-02-01\n"
        f"{BOB},MG1,opt-in,,2026-01-01,2026-02-01\n"
    )

    stop, yes = (word.entry for word in page(text).words)

    assert (stop.is_stop, iso(stop.occurred_at)) == (True, "2026-02-01T23:59:59.999Z")
    assert (yes.status, iso(yes.occurred_at)) == (YES, "2026-01-01T00:00:00.000Z")


_PARTS = st.sampled_from(
    [ANN, "phone", "Phone Number", "status", "channel", "SMS", "sms_subscription_status", "opt_out_type", "perhaps", "?",
     "STOP", "unsubscribed", "SMS Consent", "klaviyo_id", "2026-01-01", '"', ",", ";", "\t", "\n", "{", "}", "[", "]", ":", "null"]
)  # fmt: skip


@settings(max_examples=300)
@given(st.lists(_PARTS, max_size=60).map("".join))
def test_no_file_raises_anything_else_makes_a_yes_of_no_word_or_repeats_a_number(text: str) -> None:
    try:
        found = page(text)
    except HeaderError as error:
        assert ANN not in str(error)  # noqa: PT017  the one thing that may be raised
        return

    assert [word for word in found.words if word.entry.status is YES] == []
    assert all(ANN not in one.message and ANN not in one.column for one in found.problems)


@given(st.text(max_size=20))
def test_only_a_known_word_is_a_yes_in_any_export(word: str) -> None:
    cell = json.dumps(word)
    texts = [
        f'{{"phone":"{ANN}","sms_subscription_status":{cell}}}\n',
        f'{{"phone":"{ANN}","cio_id":"1","sms_opt_in":{cell}}}\n',
        f'{{"phone":"{ANN}","subscription_groups":[{{"channel":"sms","status":{cell}}}]}}\n',
        f'{{"phone_number":"{ANN}","opt_out_type":{cell}}}\n',
        f'{{"phone_number":"{ANN}","sms_consent":{cell}}}\n',
    ]

    yeses = [word for text in texts for word in page(text).words if word.entry.status is YES]

    assert not yeses or word.strip().strip("\"'.!`").lower() in {
        *("true", "yes", "y", "on", "1", "t", "1.0", "subscribed", "allow", "agree", "start"),
    }
