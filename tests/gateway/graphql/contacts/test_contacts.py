from datetime import timedelta
from typing import Any

import pytest

from destinations.kit import Channel, ConsentStatus
from gateway.consent import ConsentEntry, ConsentSource
from gateway.crowd import Crowd, Taught
from gateway.people import Known, Seen
from gateway.storage import consent, conversations, people
from gateway.storage.conversations import Conversation
from gateway.workspace import Role

CONTACT = """
  id space phone userIds createdAt
  consents { channel sender status changedAt source
    evidence { method wordingVersion url ip at note } }
  windows { sender open closesAt } lastInboundAt
"""
PAYLOAD = f"contact {{ {CONTACT} }} errors {{ message code path }}"
GIVEN = {
    "phone": "+1 555-123-4567",
    "channel": "SMS",
    "status": "SUBSCRIBED",
    "evidence": {"method": "web form"},
}


ONE, TWO = "+12025550100", "+12025550101"


async def stop(
    api: Any, phone: str = "+15551234567", sender: str | None = None, status: str = "UNSUBSCRIBED"
) -> None:
    """The person's own stop, or start, by keyword, now."""
    now = api.clock.now()
    entry = ConsentEntry(
        space="default",
        phone=phone,
        channel=Channel.SMS,
        sender=sender,
        status=ConsentStatus(status),
        own_word=True,
        source=ConsentSource.PROVIDER,
        evidence={"method": "keyword"},
        occurred_at=now,
        received_at=now,
    )

    def change(connection: Any) -> None:
        people.add_contact(connection, "default", phone, now)
        consent.add(connection, entry)

    await api.services.store.write(change)


async def test_records_what_somebody_said_with_its_evidence(api: Any) -> None:
    evidence = {
        "method": "web form",
        "wordingVersion": "v2",
        "url": "https://shop.example/sms",
        "ip": "192.0.2.1",
        "at": "2026-02-28T10:00:00Z",
        "note": "ticket 7",
    }

    payload = await api.change("consentUpdate", {**GIVEN, "channel": "MMS", "evidence": evidence}, PAYLOAD)

    contact = payload["contact"]
    said = {
        "channel": "SMS",
        "sender": None,
        "status": "SUBSCRIBED",
        "changedAt": "2026-02-28T10:00:00.000Z",
        "source": "consentUpdate",
        "evidence": {**evidence, "at": "2026-02-28T10:00:00.000Z"},
    }
    assert payload == {
        "contact": {
            "id": contact["id"],
            "space": "default",
            "phone": "+15551234567",
            "userIds": [],
            "createdAt": "2026-03-01T12:00:00.000Z",
            "consents": [said],
            "windows": [],
            "lastInboundAt": None,
        },
        "errors": [],
    }
    assert contact["id"].startswith("con_")
    found = await api.data(f'{{ contact(phone: "+15551234567") {{ {CONTACT} }} }}')
    assert found["contact"] == contact


async def test_without_a_time_it_was_said_now(api: Any) -> None:
    payload = await api.change(
        "consentUpdate", {**GIVEN, "channel": "WHATSAPP", "sender": "+15550001111"}, PAYLOAD
    )

    [said] = payload["contact"]["consents"]
    assert (said["channel"], said["sender"]) == ("WHATSAPP", "+15550001111")
    assert said["changedAt"] == "2026-03-01T12:00:00.000Z"
    assert said["evidence"] == {
        "method": "web form",
        "wordingVersion": None,
        "url": None,
        "ip": None,
        "at": None,
        "note": None,
    }


async def test_refuses_what_is_no_consent(api: Any) -> None:
    for changed, code, path in (
        ({"phone": "5551234567"}, "INVALID", ["phone"]),
        ({"phone": ""}, "INVALID", ["phone"]),
        ({"evidence": {"method": " "}}, "REQUIRED", ["evidence", "method"]),
        ({"evidence": {"method": "x", "at": "2026-03-01T12:00:01Z"}}, "INVALID", ["evidence", "at"]),
        ({"space": "no blanks"}, "INVALID", ["space"]),
    ):
        payload = await api.change(
            "consentUpdate", {**GIVEN, **changed}, "contact { id } errors { code path }"
        )

        assert payload == {"contact": None, "errors": [{"code": code, "path": path}]}
    assert await api.data('{ contact(phone: "+15551234567") { id } }') == {"contact": None}


async def test_consent_shows_the_senders_that_somebody_said_stop_and_start_to(api: Any) -> None:
    await stop(api, sender=ONE)
    api.clock.advance(1)
    await stop(api, sender=TWO, status="SUBSCRIBED")

    data = await api.data('{ contact(phone: "+15551234567") { consents { channel sender status } } }')

    assert data["contact"]["consents"] == [
        {"channel": "SMS", "sender": ONE, "status": "UNSUBSCRIBED"},
        {"channel": "SMS", "sender": TWO, "status": "SUBSCRIBED"},
    ]


async def test_an_admin_lifts_a_stop_for_one_sender_alone(api: Any) -> None:
    await stop(api, sender=ONE)
    api.clock.advance(1)

    done = await api.change("consentUpdate", {**GIVEN, "sender": "+1 (202) 555-0101"}, PAYLOAD)

    assert [(one["sender"], one["status"]) for one in done["contact"]["consents"]] == [
        (ONE, "UNSUBSCRIBED"),
        (TWO, "SUBSCRIBED"),
    ]


async def test_an_operator_lifts_no_stop(api: Any) -> None:
    await stop(api)
    api.clock.advance(60)
    operator = await api.token(Role.OPERATOR)

    payload = await api.change("consentUpdate", GIVEN, PAYLOAD, token=operator)

    message = (
        "This number said stop on 2026-03-01T12:00:00.000Z. Nothing was changed: only the person's own START, or an "
        "ADMIN with later evidence, lifts it."
    )
    error = {"message": message, "code": "FORBIDDEN", "path": ["status"]}
    assert payload == {"contact": None, "errors": [error]}
    assert await words(api) == 1


async def words(api: Any) -> int:
    """How many were ever kept of the number."""
    return len(await api.services.store.read(lambda c: consent.of_number(c, "default", "+15551234567")))


async def test_an_admin_lifts_a_stop_with_later_evidence_only(api: Any) -> None:
    await stop(api)
    api.clock.advance(60)
    earlier = {**GIVEN, "evidence": {"method": "paper", "at": "2026-03-01T12:00:00Z"}}

    refused = await api.change("consentUpdate", earlier, "contact { id } errors { code path }")
    kept = await words(api)
    lifted = await api.change("consentUpdate", GIVEN, PAYLOAD)

    assert refused == {"contact": None, "errors": [{"code": "INVALID", "path": ["evidence", "at"]}]}
    assert kept == 1
    assert [one["status"] for one in lifted["contact"]["consents"]] == ["SUBSCRIBED"]


async def test_an_operators_word_lifts_no_stop_that_arrives_late(api: Any) -> None:
    operator = await api.token(Role.OPERATOR)
    api.clock.advance(60)
    await api.change("consentUpdate", GIVEN, "errors { code }", token=operator)
    api.clock.advance(-30)

    await stop(api)

    data = await api.data('{ contact(phone: "+15551234567") { consents { status source } } }')
    assert data["contact"]["consents"] == [{"status": "UNSUBSCRIBED", "source": "provider"}]


async def test_an_operator_records_a_no_for_a_number_that_stopped(api: Any) -> None:
    await stop(api)
    operator = await api.token(Role.OPERATOR)

    payload = await api.change("consentUpdate", {**GIVEN, "status": "UNSUBSCRIBED"}, PAYLOAD, token=operator)

    assert payload["errors"] == []
    assert await words(api) == 2


async def test_what_nobody_says_is_refused_with_what_to_record(api: Any) -> None:
    payload = await api.change(
        "consentUpdate", {**GIVEN, "status": "UNKNOWN"}, "contact { id } errors { code message path }"
    )

    assert payload == {
        "contact": None,
        "errors": [
            {
                "code": "INVALID",
                "message": "Nobody says UNKNOWN: it would change nothing. Nothing was changed: record what was said, SUBSCRIBED for a yes "
                "or UNSUBSCRIBED for a no.",
                "path": ["status"],
            }
        ],
    }
    assert await words(api) == 0


async def test_a_reader_records_nothing(api: Any) -> None:
    reader = await api.token(Role.READER)

    answer = await api.ask(
        "mutation($input: ConsentUpdateInput!) { consentUpdate(input: $input) { errors { code } } }",
        reader,
        input=GIVEN,
    )

    assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"]
    assert await words(api) == 0


async def known(api: Any) -> None:
    """A user with two numbers, the second the latest."""
    start = api.clock.now()

    def change(connection: Any) -> None:
        later = start + timedelta(seconds=1)
        phones = {"+15551234567": Seen(start, by_server=True), "+15557654321": Seen(later, by_server=True)}
        crowd = Crowd({}, {}, {}, {})
        crowd.keep("default", Taught(Known("", ("u1",), {}, phones), (("user_id", "u1"),)), "per_1")
        people.save(connection, crowd, start)

    await api.services.store.write(change)


async def test_finds_a_contact_by_user(api: Any) -> None:
    await known(api)

    data = await api.data(
        '{ contact(userId: "u1") { phone userIds consents { status } } none: contact(userId: "u2") { id } }'
    )

    assert data == {"contact": {"phone": "+15557654321", "userIds": ["u1"], "consents": []}, "none": None}


async def test_what_was_said_is_told_in_words_without_what_is_hidden_from_viewers(api: Any) -> None:
    evidence = {"method": "call from +1 202 555 0199", "wordingVersion": "v2", "at": "2026-02-28T10:00:00Z"}
    hidden = {"url": "https://example.com/join", "ip": "203.0.113.9", "note": "secret"}
    await known(api)
    await api.change(
        "consentUpdate",
        {**GIVEN, "phone": "+15557654321", "sender": "+12025550100", "evidence": evidence | hidden},
        "errors { code }",
    )

    query = """{ contact(userId: "u1") {
        consents { inWords } consentHistory { edges { node { inWords } } } } }"""
    [reader, viewer] = [
        (await api.data(query, await api.token(role)))["contact"] for role in (Role.READER, Role.VIEWER)
    ]

    said = "subscribed by call from {} on 28 February 2026, wording v2, recorded by an admin, said to {}"
    in_clear = {"inWords": said.format("+1 202 555 0199", "+12025550100")}
    masked = {"inWords": said.format("+1••••99", "+1••••00")}
    assert reader["consents"][0] == reader["consentHistory"]["edges"][0]["node"] == in_clear
    assert viewer["consents"][0] == viewer["consentHistory"]["edges"][0]["node"] == masked


async def test_a_viewer_finds_a_contact_by_user_with_its_number_masked_and_never_by_number(api: Any) -> None:
    await known(api)
    evidence = {
        "method": "web form",
        "url": "https://u.example",
        "ip": "192.0.2.1",
        "note": "call +15557654321",
    }
    await api.change(
        "consentUpdate", {**GIVEN, "phone": "+15557654321", "evidence": evidence}, "errors { code }"
    )
    viewer = await api.token(Role.VIEWER)

    answer = await api.ask(
        '{ contact(userId: "u1") { phone consents { evidence { method url ip note } } } by: contact(phone: "+15557654321") { id } }',
        viewer,
    )

    hidden = {"method": "web form", "url": None, "ip": None, "note": None}
    assert answer["data"] == {
        "contact": {"phone": "+1••••21", "consents": [{"evidence": hidden}]},
        "by": None,
    }
    [error] = answer["errors"]
    assert (error["path"], error["extensions"]["code"]) == (["by"], "FORBIDDEN")


async def test_one_of_number_and_user_is_asked_for(api: Any) -> None:
    for arguments in (
        "(space: null)",
        '(phone: "+15551234567", userId: "u1")',
        '(phone: "5551234567")',
        '(phone: "")',
    ):
        answer = await api.ask(f"{{ contact{arguments} {{ id }} }}")

        assert answer["data"] == {"contact": None}
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["BAD_USER_INPUT"]


async def test_each_space_keeps_its_own_consent(api: Any) -> None:
    await api.change("consentUpdate", {**GIVEN, "space": "other"}, "errors { code }")
    token = await api.token(Role.ADMIN)

    own = await api.data('{ contact(phone: "+15551234567") { id } }', token)
    foreign = await api.ask('{ contact(phone: "+15551234567", space: "other") { id } }', token)
    first = await api.data('{ contact(phone: "+15551234567", space: "other") { space } }')

    assert own == {"contact": None}
    assert [error["extensions"]["code"] for error in foreign["errors"]] == ["FORBIDDEN"]
    assert first == {"contact": {"space": "other"}}


WINDOWS = "{ contact(phone: %s) { phone windows { sender open closesAt } lastInboundAt } }"


async def wrote(
    api: Any,
    destination_id: str,
    sender: str = "+15550001111",
    phone: str = "+15551234567",
    channel: Channel = Channel.WHATSAPP,
) -> None:
    """The person writes to a sender, now."""
    now = api.clock.now()

    def change(connection: Any) -> None:
        people.add_contact(connection, "default", phone, now)
        said = Conversation("default", phone, channel, sender, destination_id, now)
        conversations.hear(connection, said)

    await api.services.store.write(change)


@pytest.mark.parametrize(
    ("seconds", "is_open"), [(0, True), (86_399, True), (86_400, False), (86_401, False)]
)
async def test_a_window_is_open_for_as_long_as_the_destination_says(
    api: Any, seconds: int, is_open: bool
) -> None:
    await wrote(api, await api.destination())
    api.clock.advance(seconds)

    data = await api.data(WINDOWS % '"+15551234567"')

    assert data["contact"] == {
        "phone": "+15551234567",
        "windows": [{"sender": "+15550001111", "open": is_open, "closesAt": "2026-03-02T12:00:00.000Z"}],
        "lastInboundAt": "2026-03-01T12:00:00.000Z",
    }


async def test_each_sender_has_its_own_window_and_a_channel_without_one_has_none(api: Any) -> None:
    pigeons = await api.destination()
    await wrote(api, pigeons)
    api.clock.advance(3600)
    await wrote(api, pigeons, sender="+15550002222")
    api.clock.advance(3600)
    await wrote(api, pigeons, channel=Channel.SMS)
    await wrote(api, "dst_gone", sender="+15550003333")

    contact = (await api.data(WINDOWS % '"+15551234567"'))["contact"]

    assert [window["sender"] for window in contact["windows"]] == ["+15550002222", "+15550001111"]
    assert contact["lastInboundAt"] == "2026-03-01T14:00:00.000Z"


async def test_a_viewer_sees_our_numbers_masked_too(api: Any) -> None:
    await known(api)
    await wrote(api, await api.destination(), phone="+15557654321")
    viewer = await api.token(Role.VIEWER)

    data = await api.data('{ contact(userId: "u1") { windows { sender open } } }', viewer)

    assert data["contact"]["windows"] == [{"sender": "+1••••11", "open": True}]


@pytest.mark.parametrize("asked", ["+525512345678", "+5215512345678"])
async def test_a_person_on_whatsapp_is_found_under_each_form_of_their_number(api: Any, asked: str) -> None:
    given = {**GIVEN, "phone": "+52 1 55 1234 5678", "channel": "WHATSAPP"}
    payload = await api.change("consentUpdate", given, "contact { phone } errors { code }")
    await wrote(api, await api.destination(), phone="+525512345678")

    data = await api.data(
        f'{{ contact(phone: "{asked}") {{ phone consents {{ channel status }} windows {{ open }} }} }}'
    )

    assert payload == {"contact": {"phone": "+525512345678"}, "errors": []}
    assert data["contact"] == {
        "phone": "+525512345678",
        "consents": [{"channel": "WHATSAPP", "status": "SUBSCRIBED"}],
        "windows": [{"open": True}],
    }


async def test_a_persons_words_are_shown_together_whichever_form_of_the_number_is_named(api: Any) -> None:
    written = {**GIVEN, "phone": "+551187654321"}
    await api.change("consentUpdate", written, "errors { code }")
    await api.change("consentUpdate", {**written, "channel": "WHATSAPP"}, "errors { code }")

    data = await api.data('{ contact(phone: "+551187654321") { phone consents { channel } } }')

    assert data["contact"] == {
        "phone": "+5511987654321",
        "consents": [{"channel": "SMS"}, {"channel": "WHATSAPP"}],
    }


@pytest.mark.parametrize(
    "asked", ["+1 (555) 123-4567", "tel:+1-555-123-4567", "\u202a+15551234567\u202c", "+1.555.123.4567"]
)
async def test_a_contact_is_found_by_its_number_in_any_notation(api: Any, asked: str) -> None:
    await api.change("consentUpdate", {**GIVEN, "phone": asked}, "errors { code }")

    data = await api.data("query($p: String) { contact(phone: $p) { phone } }", p=asked)

    assert data["contact"] == {"phone": "+15551234567"}


@pytest.mark.parametrize("phone", ["5550144", "123-456-7890", "+49112", "+1 555 555 5555", "abc"])
async def test_consent_of_what_is_no_number_is_refused_and_nothing_is_kept(api: Any, phone: str) -> None:
    payload = await api.change(
        "consentUpdate", {**GIVEN, "phone": phone}, "contact { phone } errors { code message path }"
    )

    assert payload["contact"] is None
    [error] = payload["errors"]
    assert f'came as "{phone}", which is no phone number' in error["message"]
