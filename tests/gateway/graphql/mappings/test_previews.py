from typing import Any

from sqlalchemy import Connection, func, select, update

from gateway.storage import sources, tables
from gateway.workspace import Role, source_of_tests
from tests.gateway.graphql.conftest import ADMIN, Ledger

PREVIEW = """
query($input: MappingPreviewInput!) { mappingPreview(input: $input) {
  matched fields decision reason
  explanation { gate passed reason detail }
  request { method url form { name value } }
  text media segments encoding unicodeCharacter price releaseAt event { id }
  problems { severity message path }
  errors { message code path }
} }
"""
EVENT = {"type": "track", "event": "Note Written", "userId": "u1", "properties": {"phone": "+15551234567"}}
NOTHING: dict[str, Any] = {
    "matched": False,
    "fields": None,
    "decision": "REJECT",
    "reason": None,
    "explanation": [],
    "request": None,
    "text": None,
    "media": [],
    "segments": None,
    "encoding": None,
    "unicodeCharacter": None,
    "price": None,
    "releaseAt": None,
    "event": None,
    "problems": [],
    "errors": [],
}


async def preview(api: Any, **given: Any) -> Any:
    return (await api.data(PREVIEW, input={"event": EVENT, **given}))["mappingPreview"]


async def ready(api: Any, name: str = "Pigeons") -> str:
    """A verified destination."""
    destination = await api.destination(name, seal="a-very-secret-seal")
    await api.change("destinationVerify", {"id": destination}, "errors { code }")
    return str(destination)


async def test_shows_the_request_of_a_stored_mapping_and_makes_none(api: Any) -> None:
    destination = await ready(api)
    fields = {"to": {"@path": "$.properties.phone"}, "body": "Hello"}
    mapping = await api.mapping(destination, fields)

    seen = await preview(api, mappingId=mapping)

    form = [
        {"name": "To", "value": "+15551234567"},
        {"name": "From", "value": "+15550001111"},
        {"name": "Body", "value": "Hello"},
    ]
    assert seen == {
        "matched": True,
        "fields": {"send": True, "from": "+15550001111", "to": "+15551234567", "body": "Hello"},
        "decision": "SEND",
        "reason": None,
        "explanation": seen["explanation"],
        "request": {"method": "POST", "url": "https://lf1.example/notes", "form": form},
        "text": "Hello",
        "media": ["https://media.example/feather.png"],
        "segments": 1,
        "encoding": "GSM-7",
        "unicodeCharacter": "\N{DOVE OF PEACE}",
        "price": None,
        "releaseAt": None,
        "event": None,
        "problems": [],
        "errors": [],
    }
    gates = [(line["gate"], line["passed"]) for line in seen["explanation"]]
    assert gates == [("ready", True), ("fresh", True), ("trusted", True), ("fields", True), ("send", True)]
    assert api.sent.requests == []
    assert (await api.data("{ deliveries { totalCount } }"))["deliveries"]["totalCount"] == 0


async def test_shows_a_template_as_the_mapping_has_it(api: Any) -> None:
    destination = await ready(api)
    fields = {"body": {"@template": "{% if true %}{{properties.phone}}{% endif %}"}, "to": "{{ a }}"}

    seen = await preview(api, mappingId=await api.mapping(destination, fields))

    assert (seen["fields"]["body"], seen["fields"]["to"]) == (
        "{% if true %}+15551234567{% endif %}",
        "{{ a }}",
    )


async def test_an_unsaved_mapping_takes_the_defaults_and_is_not_saved(api: Any) -> None:
    destination = await ready(api)

    seen = await preview(api, destinationId=destination, action="sendNote", fields={"from": "+15550001111"})

    assert (seen["matched"], seen["decision"], seen["reason"]) == (True, "SUPPRESS", "SEND_DISABLED")
    assert seen["fields"] == {"send": False, "from": "+15550001111"}
    assert [(one["severity"], one["path"]) for one in seen["problems"]] == [("WARNING", "/fields/send")]
    assert (await api.data("{ mappings { totalCount } }"))["mappings"]["totalCount"] == 0


async def test_an_event_for_another_mapping_matches_nothing_and_the_term_that_fails_is_told(api: Any) -> None:
    destination = await ready(api)

    seen = await preview(
        api,
        destinationId=destination,
        action="sendNote",
        trigger='event = "Other"',
        fields={"from": "+15550001111", "send": True},
    )

    gate = {
        "gate": "trigger",
        "passed": False,
        "reason": None,
        "detail": '`event = "Other"` does not hold: event is "Note Written" (line 1, column 1)',
    }
    assert seen == {**NOTHING, "decision": "NO_MATCH", "explanation": [gate]}


async def test_what_does_not_compile_is_a_problem(api: Any) -> None:
    destination = await ready(api)

    seen = await preview(
        api,
        destinationId=destination,
        action="sendNote",
        trigger="event =",
        fields={"wings": 2, "send": True},
    )

    problems = seen.pop("problems")
    assert seen == {key: value for key, value in NOTHING.items() if key != "problems"}
    assert [(one["severity"], one["path"]) for one in problems] == [
        ("ERROR", "/trigger"),
        ("ERROR", "/fields/wings"),
        ("ERROR", "/fields/from"),
    ]


async def test_what_is_no_event_is_a_problem(api: Any) -> None:
    mapping = await api.mapping(await ready(api))

    events: list[Any] = [[], "text", {"type": "track"}, {"type": "nonsense", "userId": "u1"}]

    for event in events:
        seen = await preview(api, mappingId=mapping, event=event)

        [problem] = seen["problems"]
        assert (seen["matched"], seen["decision"]) == (False, "REJECT")
        assert (problem["severity"], problem["path"]) == ("ERROR", "/event")


async def test_a_draft_holds_and_an_old_event_is_stale(api: Any) -> None:
    mapping = await api.mapping(await api.destination())

    held = await preview(api, mappingId=mapping)
    stale = await preview(api, mappingId=mapping, event={**EVENT, "timestamp": "2026-02-01T00:00:00Z"})
    then = await preview(
        api,
        mappingId=mapping,
        event={**EVENT, "timestamp": "2026-02-01T00:00:00Z"},
        at="2026-02-01T00:00:10Z",
    )

    assert (held["decision"], held["reason"], held["releaseAt"]) == ("HOLD", "ACCOUNT_NOT_VERIFIED", None)
    assert (stale["decision"], stale["reason"]) == ("SUPPRESS", "STALE_EVENT")
    assert (then["decision"], then["reason"]) == ("HOLD", "ACCOUNT_NOT_VERIFIED")


async def test_the_input_names_one_mapping_stored_or_not(api: Any) -> None:
    destination = await ready(api)
    mapping = await api.mapping(destination)

    for given, expected in (
        ({}, [("REQUIRED", ["destinationId"]), ("REQUIRED", ["action"])]),
        ({"mappingId": mapping, "action": "sendNote"}, [("INVALID", ["action"])]),
        ({"mappingId": mapping, "fields": []}, [("INVALID", ["fields"])]),
        ({"mappingId": mapping, "maxAgeSeconds": 0}, [("INVALID", ["maxAgeSeconds"])]),
        ({"mappingId": "map_0"}, [("NOT_FOUND", ["mappingId"])]),
        ({"destinationId": "dst_0", "action": "sendNote"}, [("NOT_FOUND", ["destinationId"])]),
        ({"destinationId": destination, "action": "fly"}, [("NOT_FOUND", ["action"])]),
        ({"destinationId": destination, "action": "sendNote", "fields": [1]}, [("INVALID", ["fields"])]),
        ({"destinationId": destination, "action": "sendNote", "fields": []}, [("INVALID", ["fields"])]),
        (
            {
                "destinationId": destination,
                "action": "fly",
                "trigger": "type =",
                "fields": {"body": {"@path": 1}},
            },
            [
                ("NOT_FOUND", ["action"]),
                ("INVALID", ["trigger"]),
                ("INVALID", ["fields", "body", "@path"]),
            ],
        ),
        ({"action": "fly", "trigger": "type ="}, [("REQUIRED", ["destinationId"]), ("INVALID", ["trigger"])]),
    ):
        seen = await preview(api, **given)

        errors = seen.pop("errors")
        assert [(error["code"], error["path"]) for error in errors] == expected
        assert seen == {key: value for key, value in NOTHING.items() if key != "errors"}


async def test_a_viewer_makes_no_dry_runs_since_they_show_numbers(api: Any) -> None:
    mapping = await api.mapping(await ready(api))
    reader, viewer = await api.token(Role.READER), await api.token(Role.VIEWER)

    allowed = await api.ask(PREVIEW, reader, input={"mappingId": mapping, "event": EVENT})
    answer = await api.ask(PREVIEW, viewer, input={"mappingId": mapping, "event": EVENT})

    assert allowed["data"]["mappingPreview"]["decision"] == "SEND"
    assert answer["data"] is None
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"]


async def test_a_stored_mapping_is_found_by_its_name(api: Any) -> None:
    destination = await ready(api)
    await api.mapping(destination, name="Welcome")

    named = await preview(api, mappingName="Welcome")
    missing = await preview(api, mappingName="welcome")

    assert (named["matched"], named["errors"]) == (True, [])
    assert [error["path"] for error in missing["errors"]] == [["mappingName"]]


async def test_a_name_that_two_mappings_have_names_both_ids(api: Any) -> None:
    destination = await ready(api)
    ids = [await api.mapping(destination, name="Welcome") for _ in range(2)]

    [error] = (await preview(api, mappingName="Welcome"))["errors"]

    assert error["path"] == ["mappingName"]
    assert all(one in error["message"] for one in ids)


async def test_before_verification_the_text_and_the_request_are_shown_beside_the_gate_that_holds_it(
    api: Any,
) -> None:
    mapping = await api.mapping(await api.destination(), {"body": "Hello"})

    seen = await preview(api, mappingId=mapping)

    assert (seen["decision"], seen["reason"]) == ("HOLD", "ACCOUNT_NOT_VERIFIED")
    assert (seen["text"], seen["segments"], seen["encoding"]) == ("Hello", 1, "GSM-7")
    assert seen["request"]["form"][2] == {"name": "Body", "value": "Hello"}
    gates = [(line["gate"], line["passed"], line["reason"]) for line in seen["explanation"]]
    assert gates == [
        ("ready", False, "ACCOUNT_NOT_VERIFIED"),
        ("fresh", True, None),
        ("trusted", True, None),
        ("fields", True, None),
        ("send", True, None),
    ]
    assert api.sent.requests == []


async def test_a_disabled_mapping_gets_no_event_and_shows_what_it_would_send(api: Any) -> None:
    mapping = await api.mapping(await ready(api), {"body": "Hello"}, enabled=False)

    seen = await preview(api, mappingId=mapping)

    assert (seen["matched"], seen["decision"], seen["text"]) == (True, "NO_MATCH", "Hello")
    assert (seen["explanation"][0]["gate"], seen["explanation"][0]["passed"]) == ("mapping", False)
    assert "is disabled" in seen["explanation"][0]["detail"]


async def test_an_unsaved_mapping_may_say_its_purpose(api: Any) -> None:
    destination = await ready(api)

    unsaved = await preview(
        api,
        destinationId=destination,
        action="sendNote",
        fields={"from": "+15550001111", "send": True},
        purpose="TRANSACTIONAL",
    )

    assert (unsaved["decision"], unsaved["errors"]) == ("SEND", [])


async def test_another_mapping_that_texts_the_same_person_for_the_event_is_warned_of(api: Any) -> None:
    destination = await ready(api)
    fields = {"to": {"@path": "$.properties.phone"}}
    first = await api.mapping(destination, fields, name="First")
    other = await api.mapping(destination, fields, name="Other", trigger='event = "Note Written"')
    elsewhere = await api.mapping(destination, {"to": "+15557654321"}, name="To somebody else")

    seen = await preview(api, mappingId=first)

    [problem] = seen["problems"]
    assert (problem["severity"], problem["path"]) == ("WARNING", "/trigger")
    assert f"Other ({other}) sends by SMS for this very event" in problem["message"]
    assert elsewhere not in problem["message"]


# -- events that came --------------------------------------------------------------------------------------------------


async def ready_ledger(ledger: Ledger) -> str:
    """A mapping of a verified destination that the ledger's source is connected to."""
    api = ledger.api
    destination = await ready(api, "Doves")
    await connect(ledger, destination)
    return str(await api.mapping(destination, {"body": {"@path": "$.properties.n"}, "to": "+15551234567"}))


async def connect(ledger: Ledger, destination: str) -> None:
    given = {"sourceId": ledger.source_id, "destinationId": destination}
    assert (await ledger.api.change("sourceConnect", given, "errors { message }"))["errors"] == []


async def came(api: Any, **given: Any) -> Any:
    return (await api.data(PREVIEW, input=given))["mappingPreview"]


async def test_a_stored_event_is_tried_with_the_source_it_came_from(ledger: Ledger) -> None:
    mapping = await ready_ledger(ledger)
    event = await ledger.event(7)

    seen = await came(ledger.api, mappingId=mapping, eventId=event)

    assert (seen["decision"], seen["text"], seen["event"]) == ("SEND", "7", {"id": event})
    trusted = next(line for line in seen["explanation"] if line["gate"] == "trusted")
    assert trusted["detail"] == "Shop is a SERVER source"


async def test_the_last_event_of_a_name_is_found_and_one_of_another_name_is_not(ledger: Ledger) -> None:
    mapping = await ready_ledger(ledger)
    await ledger.event(1)
    ledger.api.clock.advance(1)
    last = await ledger.event(2)
    ledger.api.clock.advance(1)
    await ledger.event(3, name="Else")
    before = await counts(ledger.api)

    seen = await came(ledger.api, mappingId=mapping, lastEventNamed="Note Written")
    missing = await came(ledger.api, mappingId=mapping, lastEventNamed="note written")

    assert (seen["event"], seen["text"]) == ({"id": last}, "2")
    assert [(error["code"], error["path"]) for error in missing["errors"]] == [
        ("NOT_FOUND", ["lastEventNamed"])
    ]
    assert await counts(ledger.api) == before
    assert ledger.api.sent.requests == []


async def test_the_last_event_of_a_name_is_one_that_a_source_sent_and_not_one_of_a_test_send(
    ledger: Ledger,
) -> None:
    mapping = await ready_ledger(ledger)
    sent = await ledger.event(1)
    ledger.api.clock.advance(1)
    tests = source_of_tests("default", ledger.api.clock.now())
    await ledger.api.services.store.write(lambda c: sources.add_once(c, tests))
    ledger.api.services.workspace.invalidate()
    ledger.source_id = tests.id
    await ledger.event(2)

    seen = await came(ledger.api, mappingId=mapping, lastEventNamed="Note Written")

    assert (seen["event"], seen["decision"], seen["text"]) == ({"id": sent}, "SEND", "1")


async def test_an_old_event_is_too_old_now_and_says_how_to_see_it_as_it_was(ledger: Ledger) -> None:
    mapping = await ready_ledger(ledger)
    event = await ledger.event(7)
    ledger.api.clock.advance(86_400)

    now = await came(ledger.api, mappingId=mapping, eventId=event)
    then = await came(ledger.api, mappingId=mapping, eventId=event, at="2026-03-01T12:00:00.000Z")

    assert (now["decision"], now["reason"], now["text"]) == ("SUPPRESS", "STALE_EVENT", "7")
    assert (then["decision"], then["reason"], then["text"]) == ("SEND", None, "7")
    query = "query($i: MappingPreviewInput!) { mappingPreview(input: $i) { remedy } }"
    remedy = (await ledger.api.data(query, i={"mappingId": mapping, "eventId": event}))["mappingPreview"]
    assert 'say at: "2026-03-01T12:00:00.000Z"' in remedy["remedy"]


async def test_a_source_that_is_not_connected_keeps_its_events_from_the_mapping(ledger: Ledger) -> None:
    api = ledger.api
    mapping = await api.mapping(await ready(api, "Doves"), {"body": "Hello"})
    event = await ledger.event(7)

    stored = await came(api, mappingId=mapping, eventId=event)
    named = await came(api, mappingId=mapping, event=EVENT, sourceId=ledger.source_id)
    unnamed = await came(api, mappingId=mapping, event=EVENT)

    for seen in (stored, named):
        assert (seen["matched"], seen["decision"], seen["text"]) == (True, "NO_MATCH", "Hello")
        assert (seen["explanation"][0]["gate"], seen["explanation"][0]["passed"]) == ("source", False)
        assert "sourceConnect(input:" in seen["explanation"][0]["detail"]
    assert unnamed["decision"] == "SEND"


async def test_events_that_can_not_be_tried_are_errors_of_the_input(ledger: Ledger) -> None:
    api = ledger.api
    mapping = await ready_ledger(ledger)
    event = await ledger.event(7)
    removed = await ledger.event(8, payload={})
    await api.services.store.write(
        lambda c: c.execute(
            update(tables.events)
            .where(tables.events.c.id == removed)
            .values(payload_removed_at=api.clock.now())
        )
    )

    for given, expected in (
        ({}, [("REQUIRED", ["event"])]),
        ({"event": None}, [("REQUIRED", ["event"])]),
        ({"event": EVENT, "eventId": event}, [("INVALID", ["event"]), ("INVALID", ["eventId"])]),
        (
            {"eventId": event, "lastEventNamed": "Note Written"},
            [("INVALID", ["eventId"]), ("INVALID", ["lastEventNamed"])],
        ),
        ({"eventId": "evt_0"}, [("NOT_FOUND", ["eventId"])]),
        ({"eventId": mapping}, [("NOT_FOUND", ["eventId"])]),
        ({"eventId": removed}, [("INVALID", ["eventId"])]),
        ({"eventId": event, "sourceId": ledger.source_id}, [("INVALID", ["sourceId"])]),
        ({"event": EVENT, "sourceId": "src_0"}, [("NOT_FOUND", ["sourceId"])]),
    ):
        seen = await came(api, mappingId=mapping, **given)

        errors = seen.pop("errors")
        assert [(error["code"], error["path"]) for error in errors] == expected
        assert seen == {key: value for key, value in NOTHING.items() if key != "errors"}

    both = await came(api, mappingId="map_0")
    assert [error["path"] for error in both["errors"]] == [["mappingId"], ["event"]]


async def test_an_event_of_another_space_is_as_if_it_did_not_exist(ledger: Ledger) -> None:
    api = ledger.api
    event = await ledger.event(7)
    destination = await api.destination(space="other")
    mapping = await api.mapping(destination)
    stranger = await api.token(Role.READER, "other")

    for token in (ADMIN, stranger):
        answer = await api.data(PREVIEW, token, input={"mappingId": mapping, "eventId": event})
        errors = answer["mappingPreview"]["errors"]
        assert [(error["code"], error["path"]) for error in errors] == [("NOT_FOUND", ["eventId"])]


async def counts(api: Any) -> dict[str, int]:
    def count(connection: Connection) -> dict[str, int]:
        found = tables.metadata.sorted_tables
        return {one.name: connection.scalar(select(func.count()).select_from(one)) or 0 for one in found}

    return dict(await api.services.store.read(count))
