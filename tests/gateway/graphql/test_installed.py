"""The API with the destinations that are installed with this program."""

from collections.abc import Mapping
from typing import Any

import pytest

from destinations.kit import DestinationDefinition, DestinationStatus
from destinations.kit.registry import installed
from gateway.storage import destinations
from tests.factories import UNHINDERED

ACCOUNT = "AC" + "0" * 32
KEY = "SK" + "1" * 32
SETTINGS = {
    "accountSid": ACCOUNT,
    "apiKeySid": KEY,
    "apiKeySecret": "s" * 28 + "last",
    "defaultCountry": "US",
}


@pytest.fixture
def definitions() -> Mapping[str, DestinationDefinition]:
    return installed()


async def create(api: Any, **changed: Any) -> Any:
    given = {"name": "Texts", "settings": {"twilioEngage": {**SETTINGS, **changed}}}
    selection = """
      destination { id status settings { ... on TwilioEngageSettings {
        accountSid region shortenLinks defaultCountry defaultSender
        apiKeys { sid state secret { configured lastFour } } authToken { configured }
      } } }
      errors { code path message }
    """
    return await api.change("destinationCreate", given, selection)


async def test_an_account_is_taken_and_shown_without_its_secrets(api: Any) -> None:
    payload = await create(api)

    assert payload["errors"] == []
    assert payload["destination"]["status"] == "DRAFT"
    assert payload["destination"]["settings"] == {
        "accountSid": ACCOUNT,
        "region": "US1",
        "shortenLinks": True,
        "defaultCountry": "US",
        "defaultSender": None,
        "apiKeys": [
            {"sid": KEY, "state": "ACTIVE", "secret": {"configured": True, "lastFour": "last"}},
        ],
        "authToken": {"configured": False},
    }


async def test_what_can_be_seen_to_be_wrong_is_pointed_at(api: Any) -> None:
    for changed, path in (
        ({"accountSid": "AC1"}, "accountSid"),
        ({"apiKeySid": "SK1"}, "apiKeySid"),
        ({"apiKeySid": None, "apiKeySecret": None}, "apiKeySid"),
        ({"twilioHostname": "evil.example"}, "twilioHostname"),
        ({"defaultCountry": "XX"}, "defaultCountry"),
    ):
        payload = await create(api, **changed)

        assert payload["destination"] is None
        assert [(error["code"], error["path"]) for error in payload["errors"]] == [
            ("INVALID", ["settings", "twilioEngage", path])
        ]


async def test_the_dry_run_of_a_preset_says_what_is_missing_and_then_the_form(api: Any) -> None:
    destination = (await create(api))["destination"]["id"]
    [preset] = [
        one
        for one in (await api.data("{ definitions { presets { name action trigger fields } } }"))[
            "definitions"
        ][0]["presets"]
        if one["name"] == "identify_welcome_sms"
    ]
    event = {
        "type": "identify",
        "userId": "u1",
        "traits": {"phone": "+15005550006", "sms_opt_in": True, "first_name": "Ada"},
    }
    query = (
        "query($input: MappingPreviewInput!) { mappingPreview(input: $input) "
        "{ matched decision reason problems { severity path } errors { message } } }"
    )
    given = {
        "destinationId": destination,
        "action": preset["action"],
        "trigger": preset["trigger"],
        "fields": preset["fields"],
        "event": event,
    }

    missing = (await api.data(query, input=given))["mappingPreview"]
    filled = {**given, "fields": {**preset["fields"], "from": "+15005550006"}}
    held = (await api.data(query, input=filled))["mappingPreview"]

    assert (missing["matched"], missing["decision"]) == (False, "REJECT")
    assert {"severity": "ERROR", "path": "/fields/from"} in missing["problems"]
    assert held == {
        "matched": True,
        "decision": "HOLD",
        "reason": "ACCOUNT_NOT_VERIFIED",
        "problems": [],
        "errors": [],
    }


async def test_the_dry_run_explains_media_to_a_country_without_mms_by_the_policy(api: Any) -> None:
    event = {"type": "identify", "userId": "u1", "traits": {"phone": "+447700900123", "sms_opt_in": True}}
    fields = {"from": "+15005550006", "body": "Look", "media": ["https://example.com/a.jpg"], "send": True}
    query = (
        "query($input: MappingPreviewInput!) { mappingPreview(input: $input) "
        "{ decision reason remedy explanation { gate passed detail } } }"
    )
    seen = {}
    for fallback in ("LINK", "SUPPRESS"):
        given = {
            "name": fallback,
            "settings": {"twilioEngage": SETTINGS},
            "policy": {**UNHINDERED, "mmsFallback": fallback},
        }
        made = (await api.change("destinationCreate", given, "destination { id }"))["destination"]["id"]
        await api.services.store.write(
            lambda c, made=made: destinations.set_verification(
                c, made, DestinationStatus.VERIFIED, {}, api.clock.now()
            )
        )
        api.services.workspace.invalidate()
        tried = {"destinationId": made, "action": "sendSms", "trigger": 'type = "identify"'}
        seen[fallback] = (await api.data(query, input={**tried, "fields": fields, "event": event}))[
            "mappingPreview"
        ]

    link, suppress = seen["LINK"], seen["SUPPRESS"]
    (noted,) = (line for line in link["explanation"] if line["gate"] == "country")
    assert (link["decision"], link["reason"], noted["passed"]) == ("SEND", None, True)
    assert "Note MMS_COUNTRY: " in noted["detail"]
    assert (suppress["decision"], suppress["reason"]) == ("SUPPRESS", "MMS_COUNTRY")
    assert "{mmsFallback: LINK}" in suppress["remedy"]


async def test_a_constant_that_can_not_work_is_refused_and_the_dry_run_says_the_same(api: Any) -> None:
    destination = (await create(api))["destination"]["id"]
    fields = {
        "from": {"@if": {"exists": {"@path": "$.properties.from"}, "then": "+15005550006", "else": "MG123"}},
        "body": {"@case": {"operator": "UPPER", "value": "x" * 1601}},
        "media": ["picture"],
        "send": "yes",
    }
    tried = {"destinationId": destination, "action": "sendSms", "fields": fields}
    query = (
        "query($input: MappingPreviewInput!) { mappingPreview(input: $input) "
        "{ decision problems { severity path message } } }"
    )

    made = await api.change(
        "mappingCreate", {**tried, "name": "Texts"}, "mapping { id } errors { path message }"
    )
    seen = (await api.data(query, input={**tried, "event": {"type": "track", "userId": "u1"}}))[
        "mappingPreview"
    ]

    assert made["mapping"] is None
    assert [error["path"] for error in made["errors"]] == [
        ["fields", "body", "@case", "operator"],
        ["fields", "send"],
        ["fields", "from", "@if", "else"],
        ["fields", "body", "@case", "value"],
        ["fields", "media", "0"],
    ]
    assert seen["decision"] == "REJECT"
    assert [(one["path"], one["message"]) for one in seen["problems"] if one["severity"] == "ERROR"] == [
        ("/" + "/".join(error["path"]), error["message"]) for error in made["errors"]
    ]
    assert (await api.data("{ mappings { totalCount } }"))["mappings"]["totalCount"] == 0
