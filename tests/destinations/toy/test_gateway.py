"""The pager behind a gateway that never heard of it: in the schema, in the ledger, and called back."""

from typing import Any

from tests.destinations.toy.provider import ADA, OURS, Provider
from tests.destinations.toy.served import WARD, Gateway

PAGE = {"action": "sendPage", "fields": {"text": "{{ traits.name }}, an alarm!"}}
CANCEL = {"action": "cancelPage", "fields": {}}
ADA_TRAITS = {"name": "Ada", "phone": ADA, "sms_opt_in": True}


async def raise_alarm(gateway: Gateway, **traits: Any) -> None:
    await gateway.event("identify", messageId="m-1", traits=traits or ADA_TRAITS)
    await gateway.event("track", messageId="m-2", event="Alarm Raised")


async def test_settings_actions_and_presets_are_in_the_catalogue(gateway: Gateway) -> None:
    found = await gateway.ask(
        "{ definitions { slug name settingsFields { key type required secret } "
        "actions { slug channel defaultTrigger fields { key type required default } } presets { name action purpose } } }"
    )

    [shown] = found["definitions"]
    assert (shown["slug"], shown["name"]) == ("city-pager", "City Pager")
    assert shown["settingsFields"] == [
        {"key": "token", "type": "password", "required": True, "secret": True},
        {"key": "sender", "type": "string", "required": False, "secret": False},
        {"key": "host", "type": "string", "required": False, "secret": False},
    ]
    assert shown["presets"] == [{"name": "alarm_raised", "action": "sendPage", "purpose": "TRANSACTIONAL"}]
    send, cancel = shown["actions"]
    assert [(one["key"], one["type"], one["required"]) for one in send["fields"]] == [
        ("to", "string", False),
        ("text", "text", True),
        ("phrase", "string", False),
        ("from", "string", True),
    ]
    assert cancel == {
        "slug": "cancelPage",
        "channel": None,
        "defaultTrigger": 'type = "track" and event = "Alarm Cleared"',
        "fields": [
            {
                "key": "pageId",
                "type": "string",
                "required": True,
                "default": {"@path": "$.properties.pageId"},
            },
            {"key": "to", "type": "string", "required": False, "default": None},
        ],
    }


async def test_its_settings_are_a_type_of_the_schema_that_hides_the_token(gateway: Gateway) -> None:
    made = await gateway.change(
        "destinationCreate",
        "DestinationCreateInput",
        "destination { status settings { ... on CityPagerSettings "
        "{ token { configured lastFour } sender host } } } errors { message }",
        {"name": "Pagers", "settings": WARD},
    )

    assert made == {
        "destination": {
            "status": "DRAFT",
            "settings": {
                "token": {"configured": True, "lastFour": "ager"},
                "sender": OURS,
                "host": None,
            },
        },
        "errors": [],
    }


async def test_a_host_nobody_allowed_is_pointed_at(gateway: Gateway) -> None:
    settings = {"cityPager": {**WARD["cityPager"], "host": "evil.example"}}

    made = await gateway.change(
        "destinationCreate",
        "DestinationCreateInput",
        "destination { id } errors { code path message }",
        {"name": "Pagers", "settings": settings},
    )

    assert made["destination"] is None
    assert made["errors"] == [
        {
            "code": "INVALID",
            "path": ["settings", "cityPager", "host"],
            "message": "The operator does not allow that host. Nothing was changed.",
        }
    ]


async def test_a_refused_token_fails_the_verification(gateway: Gateway, provider: Provider) -> None:
    await gateway.seed()
    provider.account_status = 401

    checked = await gateway.change(
        "destinationVerify",
        "IdInput",
        "destination { status lastVerification { checks { name passed code message remedy } } }",
        {"id": gateway.destination},
    )

    assert checked["destination"] == {
        "status": "FAILED",
        "lastVerification": {
            "checks": [
                {
                    "name": "token",
                    "passed": False,
                    "code": "TOKEN_REFUSED",
                    "message": "The provider answered 401.",
                    "remedy": "Mend `token`.",
                }
            ]
        },
    }


async def test_an_event_becomes_an_accepted_delivery(gateway: Gateway) -> None:
    await gateway.seed(PAGE)

    await raise_alarm(gateway)

    [one] = await gateway.deliveries("id status messageStatus recipient explanation { gate passed }")
    assert (one["status"], one["messageStatus"], one["recipient"]) == ("ACCEPTED", "QUEUED", ADA)
    assert [line["gate"] for line in one["explanation"] if line["passed"]] == [
        "ready",
        "fresh",
        "trusted",
        "fields",
        "recipient",
        "consent",
        "content",
    ]
    [request] = gateway.sent.requests
    callback = f"https://texts.example.com/webhooks/{gateway.destination}/status?delivery={one['id']}"
    assert request.form == (
        ("to", ADA),
        ("from", OURS),
        ("text", "Ada, an alarm!"),
        ("callback", callback),
    )


async def test_the_preset_is_a_mapping_that_pages(gateway: Gateway) -> None:
    found = await gateway.ask("{ definitions { presets { action trigger purpose fields } } }")
    [preset] = found["definitions"][0]["presets"]
    await gateway.seed(preset)

    await raise_alarm(gateway, name="Ada", phone=ADA)

    [one] = await gateway.deliveries("status")
    assert one == {"status": "ACCEPTED"}
    assert dict(gateway.sent.requests[0].form)["text"] == "Ada, an alarm!"


async def test_a_page_to_somebody_who_never_agreed_is_suppressed(gateway: Gateway) -> None:
    await gateway.seed(PAGE)

    await raise_alarm(gateway, name="Ada", phone=ADA)

    [one] = await gateway.deliveries("status reason remedy recipient")
    assert one == {
        "status": "SUPPRESSED",
        "reason": "NOT_SUBSCRIBED",
        "remedy": "Send sms_opt_in.",
        "recipient": ADA,
    }
    assert gateway.sent.requests == []


async def test_a_transactional_page_reaches_no_number_that_nobody_gave_for_the_person(
    gateway: Gateway,
) -> None:
    fields = {"text": "Hi", "to": "+12025550143"}
    await gateway.seed({"action": "sendPage", "purpose": "TRANSACTIONAL", "fields": fields})

    await raise_alarm(gateway, name="Ada", phone=ADA)

    assert await gateway.deliveries("status reason recipient") == [
        {"status": "SUPPRESSED", "reason": "NOT_SUBSCRIBED", "recipient": "+12025550143"}
    ]
    assert gateway.sent.requests == []


async def test_a_page_waits_for_whom_it_is_for(gateway: Gateway) -> None:
    await gateway.seed(PAGE)

    await gateway.event("track", messageId="m-1", event="Alarm Raised")

    [one] = await gateway.deliveries("status reason nextAttemptAt remedy")
    assert one == {
        "status": "HELD",
        "reason": "PROFILE_PENDING",
        "nextAttemptAt": "2026-11-21T12:00:10.000Z",
        "remedy": "Identify them. It waits until 2026-11-21 12:00:10 UTC at most: if nobody is known by then, nothing is sent "
        "(NO_SUPPORTED_IDS).",
    }


async def test_a_phrase_that_is_gone_rejects_the_delivery(gateway: Gateway, provider: Provider) -> None:
    provider.phrase_status = 404
    await gateway.seed({"action": "sendPage", "fields": {"phrase": "p"}})

    await raise_alarm(gateway)

    [one] = await gateway.deliveries("status errorCode errorMessage remedy")
    assert one == {
        "status": "REJECTED",
        "errorCode": "NO_PHRASE",
        "errorMessage": "There is no such phrase.",
        "remedy": "Mend the field `phrase`.",
    }
    assert gateway.sent.requests == []


async def test_a_template_that_does_not_parse_is_refused_when_the_mapping_is_saved(gateway: Gateway) -> None:
    await gateway.seed()

    made = await gateway.change(
        "mappingCreate",
        "MappingCreateInput",
        "errors { path }",
        {
            "destinationId": gateway.destination,
            "name": "N",
            "action": "sendPage",
            "fields": {"text": "{{ open"},
        },
    )

    assert made["errors"] == [{"path": ["fields", "text"]}]


async def test_a_status_callback_moves_the_delivery(gateway: Gateway) -> None:
    await gateway.seed(PAGE)
    await raise_alarm(gateway)

    answer = await gateway.call_back("status", {"id": "page-1", "status": "DELIVERED"})

    assert answer.status_code == 204
    assert await gateway.deliveries("messageStatus") == [{"messageStatus": "DELIVERED"}]


async def test_an_unsigned_callback_moves_nothing(gateway: Gateway) -> None:
    await gateway.seed(PAGE)
    await raise_alarm(gateway)

    answer = await gateway.call_back("status", {"id": "page-1", "status": "DELIVERED"}, token="wrong")

    assert answer.status_code == 403
    assert await gateway.deliveries("messageStatus") == [{"messageStatus": "QUEUED"}]


async def test_a_signed_callback_that_can_not_be_read_moves_nothing(gateway: Gateway) -> None:
    await gateway.seed(PAGE)
    await raise_alarm(gateway)

    answers = [await gateway.call_back("status", body) for body in ({}, {"id": "page-1", "status": "LOST"})]

    assert [answer.status_code for answer in answers] == [400, 400]
    assert await gateway.deliveries("messageStatus") == [{"messageStatus": "QUEUED"}]


async def test_a_page_from_a_person_opens_a_window_and_the_answer_passes(gateway: Gateway) -> None:
    await gateway.seed(PAGE)

    answer = await gateway.call_back("inbound", {"id": "in-1", "from": ADA, "to": OURS, "text": "Here"})
    await raise_alarm(gateway, name="Ada", phone=ADA)

    assert answer.status_code == 200
    found = await gateway.ask(f'{{ contact(phone: "{ADA}") {{ windows {{ sender open closesAt }} }} }}')
    assert found["contact"]["windows"] == [
        {"sender": OURS, "open": True, "closesAt": "2026-11-21T13:00:00.000Z"}
    ]
    assert await gateway.deliveries("status") == [{"status": "ACCEPTED"}]


async def test_a_persons_stop_stops_the_next_page(gateway: Gateway) -> None:
    await gateway.seed(PAGE)
    await gateway.call_back("inbound", {"id": "in-1", "from": ADA, "to": OURS, "text": "STOP"})

    await raise_alarm(gateway)

    assert await gateway.deliveries("status reason") == [{"status": "SUPPRESSED", "reason": "OPTED_OUT"}]
    assert gateway.sent.requests == []


async def test_a_lost_answer_is_looked_up_and_not_sent_again(gateway: Gateway, provider: Provider) -> None:
    provider.status, provider.said = 503, {}
    await gateway.seed(PAGE)
    await raise_alarm(gateway)
    assert await gateway.deliveries("status") == [{"status": "UNCERTAIN"}]

    gateway.clock.advance(60)
    await gateway.work()

    assert await gateway.deliveries("status messageSid") == [{"status": "ACCEPTED", "messageSid": "page-7"}]
    assert len(gateway.sent.requests) == 1


async def test_a_page_is_taken_back(gateway: Gateway, provider: Provider) -> None:
    await gateway.seed(PAGE, CANCEL)
    await raise_alarm(gateway)
    provider.said = {"id": "cancel-1"}
    gateway.clock.advance(1)

    await gateway.event("track", messageId="m-3", event="Alarm Cleared", properties={"pageId": "page-1"})

    assert await gateway.deliveries("status channel messageSid mapping { name action { channel } }") == [
        {
            "status": "ACCEPTED",
            "channel": "SMS",
            "messageSid": "page-1",
            "mapping": {"name": "sendPage", "action": {"channel": "SMS"}},
        },
        {
            "status": "ACCEPTED",
            "channel": None,
            "messageSid": "cancel-1",
            "mapping": {"name": "cancelPage", "action": {"channel": None}},
        },
    ]
    assert gateway.sent.requests[1].url == "https://pager.example/v1/pages/page-1/cancel"
