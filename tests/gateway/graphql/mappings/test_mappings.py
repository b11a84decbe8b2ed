from typing import Any

import pytest

from gateway.workspace import Role

MAPPING = """
  mapping {
    name enabled revision trigger cancelTrigger purpose maxAgeSeconds allowBrowserEvents allowImport fields
    action { slug title } destination { id } createdAt updatedAt
    problems { severity message path line column }
  }
  errors { __typename message code path }
"""
SEND_WARNING = {
    "severity": "WARNING",
    "message": "Nothing will be sent until `send` is true: it is false by default, so that a mapping can be tried.",
    "path": "/fields/send",
    "line": None,
    "column": None,
}


async def test_omitted_keys_take_the_defaults_and_say_that_nothing_is_sent(api: Any) -> None:
    destination = await api.destination()
    given = {
        "destinationId": destination,
        "action": "sendNote",
        "name": "Notes",
        "fields": {"from": "+15550001111"},
    }

    payload = await api.change("mappingCreate", given, MAPPING)

    at = "2026-03-01T12:00:00.000Z"
    assert payload == {
        "mapping": {
            "name": "Notes",
            "enabled": True,
            "revision": 1,
            "trigger": 'type = "track" and event = "Note Written"',
            "cancelTrigger": None,
            "purpose": "MARKETING",
            "maxAgeSeconds": 14400,
            "allowBrowserEvents": False,
            "allowImport": False,
            "fields": {"send": False, "from": "+15550001111"},
            "action": {"slug": "sendNote", "title": "Send note"},
            "destination": {"id": destination},
            "createdAt": at,
            "updatedAt": at,
            "problems": [SEND_WARNING],
        },
        "errors": [],
    }


async def test_what_is_given_is_kept_and_runs_at_once(api: Any) -> None:
    destination = await api.destination()
    given = {
        "destinationId": destination,
        "action": "sendNote",
        "name": "Notes",
        "trigger": 'event = "Ordered"',
        "cancelTrigger": 'event = "Canceled"',
        "purpose": "TRANSACTIONAL",
        "maxAgeSeconds": 60,
        "allowBrowserEvents": True,
        "allowImport": True,
        "enabled": False,
        "fields": {"from": "+15550001111", "send": True, "to": {"@path": "$.properties.phone"}},
    }

    payload = await api.change("mappingCreate", given, MAPPING)

    shown = payload["mapping"]
    kept = (
        "trigger",
        "cancelTrigger",
        "purpose",
        "maxAgeSeconds",
        "allowBrowserEvents",
        "allowImport",
        "enabled",
        "fields",
    )
    assert {key: shown[key] for key in kept} == {key: given[key] for key in kept}
    assert shown["problems"] == []
    [compiled] = (await api.services.workspace.current()).compiled.values()
    assert compiled.trigger.matches({"type": "track", "event": "Ordered"})


async def test_the_destinations_default_stands_in_for_a_required_field(api: Any) -> None:
    destination = await api.destination(home="+15550002222")
    given = {"destinationId": destination, "action": "sendNote", "name": "Notes", "fields": {"send": True}}

    payload = await api.change("mappingCreate", given, MAPPING)

    assert (payload["mapping"]["fields"], payload["mapping"]["problems"]) == ({"send": True}, [])


async def refused(api: Any, **given: Any) -> list[dict[str, Any]]:
    """The errors of a mapping that is refused, which is then not there."""
    known = {"action": "sendNote", "name": "Notes", "fields": {"from": "+15550001111", "send": True}}
    payload = await api.change(
        "mappingCreate", {**known, **given}, "mapping { id } errors { message code path }"
    )
    assert payload["mapping"] is None
    assert (await api.data("{ mappings { totalCount } }"))["mappings"]["totalCount"] == 0
    return list(payload["errors"])


async def test_a_bad_trigger_is_refused_with_its_place(api: Any) -> None:
    destination = await api.destination()

    errors = await refused(api, destinationId=destination, trigger='event = "a" and\n  and')
    cancel = await refused(api, destinationId=destination, cancelTrigger="event =")

    [error] = errors
    assert (error["code"], error["path"]) == ("INVALID", ["trigger"])
    assert "(line 2, column 3)" in error["message"]
    assert [(one["code"], one["path"]) for one in cancel] == [("INVALID", ["cancelTrigger"])]


@pytest.mark.parametrize("key", ["trigger", "cancelTrigger"])
async def test_a_trigger_that_no_event_can_fulfil_is_refused_and_nothing_is_saved(api: Any, key: str) -> None:
    destination = await api.destination()

    errors = await refused(api, destinationId=destination, **{key: 'type = "track" and\ntype = "identify"'})

    assert [(one["code"], one["path"]) for one in errors] == [("INVALID", [key])]
    assert "(line 2, column 1)" in errors[0]["message"]


async def test_a_branch_of_a_trigger_that_no_event_can_fulfil_is_saved_with_a_warning(api: Any) -> None:
    destination = await api.destination()
    note = {"from": "+15550001111", "send": True}
    given = {"destinationId": destination, "action": "sendNote", "name": "Notes", "fields": note}

    payload = await api.change(
        "mappingCreate", {**given, "trigger": 'type = "track" or type = "trak"'}, MAPPING
    )

    assert payload["errors"] == []
    [problem] = payload["mapping"]["problems"]
    assert (problem["severity"], problem["path"], problem["column"]) == ("WARNING", "/trigger", 19)
    assert 'Did you mean `type = "track"`?' in problem["message"]


async def test_every_problem_of_the_fields_has_its_path(api: Any) -> None:
    destination = await api.destination()
    fields = {
        "from": "",
        "send": True,
        "body": {"@nonsense": 1},
        "externalIds": [{"@path": 5}],
        "wings": 2,
    }

    errors = await refused(api, destinationId=destination, fields=fields)

    assert [(error["code"], error["path"]) for error in errors] == [
        ("INVALID", ["fields", "wings"]),
        ("REQUIRED", ["fields", "from"]),
        ("INVALID", ["fields", "body"]),
        ("INVALID", ["fields", "externalIds", "0", "@path"]),
    ]
    assert errors[0]["message"] == "sendNote has no field `wings`. It has: from, to, body, send, externalIds."
    assert errors[1]["message"] == "Send note needs `from`: The number it comes from."


async def test_refuses_a_template_that_does_not_parse(api: Any) -> None:
    destination = await api.destination()
    fields = {"from": "loft", "body": "Hi {{ profile.traits.name | ", "send": True}

    [error] = await refused(api, destinationId=destination, fields=fields)

    assert (error["code"], error["path"]) == ("INVALID", ["fields", "body"])
    assert error["message"].startswith("the template cannot be read: ")


async def test_refuses_what_is_no_mapping(api: Any) -> None:
    destination = await api.destination()

    for given, code, path in (
        ({"destinationId": "dst_0"}, "NOT_FOUND", ["destinationId"]),
        ({"destinationId": destination, "action": "fly"}, "NOT_FOUND", ["action"]),
        ({"destinationId": destination, "name": ""}, "REQUIRED", ["name"]),
        ({"destinationId": destination, "fields": []}, "INVALID", ["fields"]),
        ({"destinationId": destination, "fields": "text"}, "INVALID", ["fields"]),
        ({"destinationId": destination, "maxAgeSeconds": 0}, "INVALID", ["maxAgeSeconds"]),
        ({"destinationId": destination, "maxAgeSeconds": 34_560_001}, "INVALID", ["maxAgeSeconds"]),
        ({"destinationId": destination, "trigger": ""}, "INVALID", ["trigger"]),
    ):
        errors = await refused(api, **given)

        assert [(error["code"], error["path"]) for error in errors] == [(code, path)]


@pytest.mark.parametrize(
    ("unknown", "path"), [({"destinationId": "dst_0"}, "destinationId"), ({"action": "fly"}, "action")]
)
async def test_what_can_be_seen_without_its_action_is_told_beside_it(
    api: Any, unknown: dict[str, str], path: str
) -> None:
    given = {
        "destinationId": await api.destination(),
        "name": " ",
        "maxAgeSeconds": 0,
        "trigger": "type =",
        "cancelTrigger": "event =",
        "fields": {"body": {"@path": 1}, "wings": 2},
    }

    errors = await refused(api, **{**given, **unknown})

    assert [(error["code"], error["path"]) for error in errors] == [
        ("NOT_FOUND", [path]),
        ("REQUIRED", ["name"]),
        ("INVALID", ["maxAgeSeconds"]),
        ("INVALID", ["trigger"]),
        ("INVALID", ["cancelTrigger"]),
        ("INVALID", ["fields", "body", "@path"]),
    ]
    assert (await api.data("{ mappings { totalCount } }"))["mappings"]["totalCount"] == 0


async def test_fields_that_are_no_object_are_told_beside_all_else(api: Any) -> None:
    errors = await refused(api, destinationId=await api.destination(), name="", trigger="type =", fields=[])

    assert [error["path"] for error in errors] == [["name"], ["trigger"], ["fields"]]


async def test_a_create_is_idempotent(api: Any) -> None:
    destination = await api.destination()
    given = {
        "destinationId": destination,
        "action": "sendNote",
        "name": "Notes",
        "fields": {"from": "+15550001111"},
        "idempotencyKey": "k",
    }

    first = await api.change("mappingCreate", given, "mapping { id }")
    api.clock.advance(60)
    same = await api.change("mappingCreate", given, "mapping { id }")
    other = await api.change("mappingCreate", {**given, "name": "Other"}, "mapping { id } errors { code }")

    assert same == first
    assert other == {"mapping": None, "errors": [{"code": "IDEMPOTENCY_MISMATCH"}]}


async def test_a_repetition_is_answered_what_was_first_and_of_a_deleted_mapping_nothing(api: Any) -> None:
    fields = {"from": "+15550001111", "send": True}
    destination = await api.destination()
    given = {
        "destinationId": destination,
        "action": "sendNote",
        "name": "Notes",
        "fields": fields,
        "idempotencyKey": "once",
    }
    shown = "mapping { id name revision } errors { code path }"
    first = await api.change("mappingCreate", given, shown)
    update = {"id": first["mapping"]["id"], "expectedRevision": 1, "name": "Letters"}
    await api.change("mappingUpdate", update, "errors { code }")

    again = await api.change("mappingCreate", given, shown)
    delete = "mutation($id: ID!) { mappingDelete(input: {id: $id, expectedRevision: 2}) { errors { code } } }"
    await api.data(delete, id=first["mapping"]["id"])
    gone = await api.change("mappingCreate", given, shown)

    assert again == first
    assert gone == {"mapping": None, "errors": [{"code": "NOT_FOUND", "path": ["idempotencyKey"]}]}


async def test_lists_the_mappings_of_a_space_and_of_a_destination(api: Any) -> None:
    one, two = await api.destination("One"), await api.destination("Two")
    first = await api.mapping(one)
    api.clock.advance(1)
    second = await api.mapping(two)
    elsewhere = await api.destination("Three", space="other")
    await api.mapping(elsewhere)

    data = await api.data(
        "query($id: ID!) { mappings { edges { node { id } } } of: mappings(destinationId: $id) { edges { node { id } } } "
        "destination(id: $id) { mappings { totalCount edges { node { id } } } } }",
        id=one,
    )

    assert [edge["node"]["id"] for edge in data["mappings"]["edges"]] == [second, first]
    assert data["of"]["edges"] == [{"node": {"id": first}}]
    assert data["destination"]["mappings"] == {"totalCount": 1, "edges": [{"node": {"id": first}}]}


async def test_the_mappings_of_a_destination_that_is_not_there_are_no_empty_list(api: Any) -> None:
    answer = await api.ask('{ mappings(destinationId: "dst_0") { totalCount } }')

    [error] = answer["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert answer["data"] is None


async def test_checks_a_trigger_without_saving_it(api: Any) -> None:
    data = await api.data(
        "query($bad: String!) { good: triggerCheck(trigger: \"type = 'track'\") { message } "
        "bad: triggerCheck(trigger: $bad) { severity path line column } }",
        bad="event = ",
    )

    assert data["good"] == []
    [problem] = data["bad"]
    assert problem == {"severity": "ERROR", "path": "/trigger", "line": 1, "column": problem["column"]}


async def test_an_operator_makes_mappings_and_a_reader_does_not(api: Any) -> None:
    destination = await api.destination()
    operator, reader = await api.token(Role.OPERATOR), await api.token(Role.READER)
    query = "mutation($input: MappingCreateInput!) { mappingCreate(input: $input) { errors { code } } }"
    given = {
        "destinationId": destination,
        "action": "sendNote",
        "name": "N",
        "fields": {"from": "+15550001111"},
    }

    allowed = await api.ask(query, operator, input=given)
    answer = await api.ask(query, reader, input=given)

    assert allowed == {"data": {"mappingCreate": {"errors": []}}}
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"]


async def test_a_misspelt_part_of_a_directive_is_saved_with_a_warning_at_its_place(api: Any) -> None:
    destination = await api.destination()
    body = {"@replace": {"value": {"@path": "$.properties.a/b"}, "pattern": "x", "replacment": "y"}}

    made = await api.mapping(destination, {"body": body})

    seen = await api.data(
        "query($id: ID!) { mapping(id: $id) { problems { severity path message } } }", id=made
    )
    assert seen["mapping"]["problems"] == [
        {
            "severity": "WARNING",
            "path": "/fields/body/@replace/replacment",
            "message": "`replacment` means nothing here. There are: pattern, replacement, value, ignorecase, global, "
            "pattern2, replacement2.",
        }
    ]


async def test_takes_one_directive_around_all_fields(api: Any) -> None:
    destination = await api.destination()
    around = {"@transform": {"apply": {"text": {"@path": "$.properties.text"}}}}

    made = await api.mapping(
        destination, {"__segment_internal_directive": around, "body": {"@path": "$.text"}}
    )

    assert made.startswith("map_")


def _note(destination: str, body: str) -> dict[str, Any]:
    fields = {"from": "+15550001111", "send": True, "body": body}
    return {"destinationId": destination, "action": "sendNote", "name": body, "fields": fields}


async def test_what_the_provider_would_refuse_is_not_saved(api: Any) -> None:
    destination = await api.destination()

    payload = await api.change("mappingCreate", _note(destination, "gold"), MAPPING)

    assert payload == {
        "mapping": None,
        "errors": [
            {
                "__typename": "InputError",
                "code": "INVALID",
                "message": "The loft LF1 carries no gold.",
                "path": ["fields", "body"],
            }
        ],
    }


async def test_what_the_provider_may_refuse_is_saved_with_a_warning(api: Any) -> None:
    destination = await api.destination()

    payload = await api.change("mappingCreate", _note(destination, "glass"), MAPPING)

    assert payload["errors"] == []
    assert [(one["severity"], one["message"], one["path"]) for one in payload["mapping"]["problems"]] == [
        ("WARNING", "Glass may break.", "/fields/body")
    ]


@pytest.mark.parametrize(("body", "severity"), [("gold", "ERROR"), ("glass", "WARNING"), ("a note", None)])
async def test_a_preview_shows_what_the_provider_would_say(api: Any, body: str, severity: str | None) -> None:
    destination = await api.destination()
    note = _note(destination, body)
    given = {
        "destinationId": destination,
        "action": "sendNote",
        "trigger": 'type = "track"',
        "fields": note["fields"],
        "event": {"type": "track", "event": "Note Written", "userId": "u1"},
    }

    seen = (
        await api.data(
            "query($input: MappingPreviewInput!) "
            "{ mappingPreview(input: $input) { matched problems { severity path } } }",
            input=given,
        )
    )["mappingPreview"]

    expected = [] if severity is None else [{"severity": severity, "path": "/fields/body"}]
    assert seen == {"matched": True, "problems": expected}
