from typing import Any

from gateway.workspace import Role

PREVIEW = """
query($input: MappingPreviewInput!) { mappingPreview(input: $input) {
  matched fields decision reason
  explanation { gate passed reason detail }
  request { method url form { name value } }
  segments encoding
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
    "segments": None,
    "encoding": None,
    "problems": [],
    "errors": [],
}


async def preview(api: Any, **given: Any) -> Any:
    return (await api.data(PREVIEW, input={"event": EVENT, **given}))["mappingPreview"]


async def ready(api: Any) -> str:
    """A verified destination."""
    destination = await api.destination(seal="a-very-secret-seal")
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
        "segments": 1,
        "encoding": "GSM-7",
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

    assert (held["decision"], held["reason"]) == ("HOLD", "ACCOUNT_NOT_VERIFIED")
    assert (stale["decision"], stale["reason"]) == ("SUPPRESS", "STALE_EVENT")
    assert (then["decision"], then["reason"]) == ("HOLD", "ACCOUNT_NOT_VERIFIED")


async def test_the_input_names_one_mapping_stored_or_not(api: Any) -> None:
    destination = await ready(api)
    mapping = await api.mapping(destination)

    for given, expected in (
        ({}, [("REQUIRED", ["destinationId"]), ("REQUIRED", ["action"])]),
        ({"mappingId": mapping, "trigger": "type = 'track'"}, [("INVALID", ["trigger"])]),
        ({"mappingId": "map_0"}, [("NOT_FOUND", ["mappingId"])]),
        ({"destinationId": "dst_0", "action": "sendNote"}, [("NOT_FOUND", ["destinationId"])]),
        ({"destinationId": destination, "action": "fly"}, [("NOT_FOUND", ["action"])]),
        ({"destinationId": destination, "action": "sendNote", "fields": [1]}, [("INVALID", ["fields"])]),
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
