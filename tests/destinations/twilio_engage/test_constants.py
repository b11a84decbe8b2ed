"""Constants of a mapping that no event can mend are refused when it is saved; their nearest valid neighbours are not."""

from collections.abc import Callable
from typing import Any

import pytest

from destinations import kit
from destinations.twilio_engage import definition
from gateway.graphql.mappings import checks as mapping_checks
from gateway.graphql.terms.enums import Severity
from tests.destinations.twilio_engage.test_templates import SID

SERVICE = "MG" + "0" * 32
REST: dict[str, dict[str, Any]] = {
    "sendSms": {"from": "+12025550100", "send": True, "body": "Hi"},
    "sendWhatsApp": {"from": "+12025550100", "send": True, "contentSid": SID},
}
PICTURE = "https://media.example/a.png"
OWN = {"@path": "$.properties.own"}

Check = Callable[..., list[str]]


@pytest.fixture
def errors(settings: Callable[..., Any]) -> Check:
    """The places at which a mapping of an action is refused, without asking anybody."""

    def ask(action: str, fields: dict[str, Any], **changed: Any) -> list[str]:
        defined, made = definition.action(action), settings(**changed)
        whole = mapping_checks.completed(defined, {**REST[action], **fields})
        found = [
            *mapping_checks.of_fields(defined, made, whole),
            *mapping_checks.of_check(defined, made, whole),
        ]
        return ["/".join(one.path[1:]) for one in found if one.severity is Severity.ERROR]

    return ask


@pytest.mark.parametrize(
    "sender",
    [
        *("+1...", "+1", "MG123", "MG" + "0" * 31, "MG" + "0" * 33, "whatsapp:+12025550100", "messenger:1"),
        *("Twelve Chars", "Müller", "Straße", "A.C.M.E.", "000-000", "{{ profile.traits.sender }}", "  "),
        *("mg" + "0" * 32, {"id": "x"}),
    ],
)
def test_what_sends_no_sms_is_refused(errors: Check, sender: Any) -> None:
    assert errors("sendSms", {"from": sender}) == ["from"]


@pytest.mark.parametrize(
    "sender",
    [
        *("+12025550100", "+1 (202) 555-0100", "+1-202-555-0100", "(202) 555-0100", "20255", SERVICE),
        *("MG" + "aB3" + "0" * 29, "Acme", "Acme Shop 1", "MGB", "MGFACE", 12025550100, OWN),
        *({"@template": "{{properties.sender}}"}, " +12025550100 ", ["+12025550100"]),
    ],
)
def test_what_sends_an_sms_is_taken(errors: Check, sender: Any) -> None:
    assert errors("sendSms", {"from": sender}, default_country="US") == []


@pytest.mark.parametrize(
    "sender",
    [
        *("+1...", "MG123", "whatsapp:MG123", "Acme", "whatsapp:Acme", "20255", "Müller", "MGB"),
        "MG" + "0" * 33,
    ],
)
def test_what_sends_no_whatsapp_message_is_refused(errors: Check, sender: str) -> None:
    assert errors("sendWhatsApp", {"from": sender}) == ["from"]


@pytest.mark.parametrize(
    "sender",
    [
        *("+12025550100", "whatsapp:+12025550100", "+1 (202) 555-0100", "whatsapp:+1 202 555 0100", SERVICE),
        *(f"whatsapp:{SERVICE}", OWN),
    ],
)
def test_what_sends_a_whatsapp_message_is_taken(errors: Check, sender: Any) -> None:
    assert errors("sendWhatsApp", {"from": sender}) == []


def test_the_default_sender_is_looked_at_where_the_mapping_has_none(errors: Check) -> None:
    assert errors("sendWhatsApp", {"from": None}, default_sender="Acme") == ["from"]
    assert errors("sendSms", {"from": ""}, default_sender="Acme") == []


@pytest.mark.parametrize("action", ["sendSms", "sendWhatsApp"])
@pytest.mark.parametrize("key", ["to", "toNumber"])
@pytest.mark.parametrize("number", ["+1...", "nobody", "$.properties.phone", "+1", "n/a", "profile.phone"])
def test_what_is_no_number_is_refused(errors: Check, action: str, key: str, number: str) -> None:
    assert errors(action, {key: number}) == [key]


@pytest.mark.parametrize("action", ["sendSms", "sendWhatsApp"])
@pytest.mark.parametrize(
    "number", ["+12025550149", "+1 (202) 555-0149", "+49 1511 1234567", OWN, "", None, {"@literal": ""}]
)
def test_what_is_a_number_is_taken(errors: Check, action: str, number: Any) -> None:
    assert errors(action, {"to": number}) == []
    assert errors(action, {"toNumber": number}) == []


def test_liquid_stands_in_to_alone(errors: Check) -> None:
    liquid = "{{ profile.traits.mobile }}"

    assert errors("sendSms", {"to": liquid}) == []
    assert errors("sendSms", {"toNumber": liquid}) == ["toNumber"]


@pytest.mark.parametrize(
    "sid",
    [
        *("HX123", "hx" + "0" * 32, "HX" + "0" * 31, "HX" + "g" * 32, SERVICE, "Welcome"),
        "{{ profile.traits.template }}",
    ],
)
def test_what_is_no_template_is_refused(errors: Check, sid: str) -> None:
    assert errors("sendWhatsApp", {"contentSid": sid}) == ["contentSid"]
    assert errors("sendSms", {"contentSid": sid}) == ["contentSid"]


@pytest.mark.parametrize("sid", [SID, "HX" + "aB0" + "1" * 29, OWN, {"@literal": SID}])
def test_what_may_be_a_template_is_taken(errors: Check, sid: Any) -> None:
    assert errors("sendWhatsApp", {"contentSid": sid}) == []
    assert errors("sendSms", {"contentSid": sid, "body": None}) == []


@pytest.mark.parametrize(
    ("media", "places"),
    [
        ("a.png", ["media"]),
        ("ftp://media.example/a.png", ["media"]),
        ("//media.example/a.png", ["media"]),
        ("https://", ["media"]),
        ("https://media.example/a b.png", ["media"]),
        ("media.example/{{ profile.traits.pic }}", ["media"]),
        ("$.properties.image", ["media"]),
        ([PICTURE, "picture"], ["media/1"]),
        ([PICTURE, {"@if": {"exists": OWN, "then": OWN, "else": "none"}}], ["media/1/@if/else"]),
        ({"@literal": [PICTURE, "x"]}, ["media/@literal/1"]),
        (5, ["media"]),
        ([PICTURE] * 11, ["media"]),
        ({"@if": {"exists": OWN, "then": [PICTURE] * 11}}, ["media/@if/then"]),
        ({"url": PICTURE}, ["media"]),
    ],
)
def test_what_is_no_picture_is_refused(errors: Check, media: Any, places: list[str]) -> None:
    assert errors("sendSms", {"media": media}) == places


@pytest.mark.parametrize(
    "media",
    [
        *(None, "", [], PICTURE, [PICTURE] * 10, "HTTP://media.example/a.png", OWN, [OWN, PICTURE]),
        *("{{ profile.traits.pic }}", "https://media.example/{{ profile.traits.pic }}.png"),
        *(
            "http{% if profile.traits.safe %}s{% endif %}://media.example/a.png",
            ["{{ profile.traits.pic }}"] * 11,
        ),
        *([PICTURE, "", None], {"@template": "https://media.example/{{properties.pic}}"}),
        {"@template": "{{properties.host}}/a.png"},
    ],
)
def test_what_may_be_a_picture_is_taken(errors: Check, media: Any) -> None:
    assert errors("sendSms", {"media": media}) == []


LONG = "x" * 1601


@pytest.mark.parametrize(
    ("body", "places"),
    [
        (LONG, ["body"]),
        ("😀" * 1601, ["body"]),
        (f"{LONG} {{{{ profile.traits.name }}}}", ["body"]),
        ({"@literal": LONG}, ["body/@literal"]),
        ({"@if": {"exists": OWN, "then": "Hi", "else": LONG}}, ["body/@if/else"]),
        ({"@case": {"operator": "upper", "value": LONG}}, ["body/@case/value"]),
        ({"@template": f"{LONG} {{{{properties.name}}}}"}, ["body/@template"]),
    ],
)
def test_a_body_that_is_too_long_whatever_comes_is_refused(
    errors: Check, body: Any, places: list[str]
) -> None:
    assert errors("sendSms", {"body": body}) == places
    assert errors("sendWhatsApp", {"body": body}) == places


@pytest.mark.parametrize(
    "body",
    [
        "x" * 1600,
        "x" * 1600 + "{{ profile.traits.name }}",
        f"{{% if profile.traits.vip %}}{LONG}{{% endif %}}Hi",
        "Hi {{ profile.traits." + "n" * 1600 + " }}",
        {"@template": "x" * 1600 + "{{properties.name}}"},
        {"@replace": {"value": "Hi [name]", "pattern": "[name]", "replacement": "you"}},
        "x" * 1600 + "\x00",
        OWN,
    ],
)
def test_a_body_that_may_fit_is_taken(errors: Check, body: Any) -> None:
    assert errors("sendSms", {"body": body}) == []


@pytest.mark.parametrize(
    "fields",
    [
        {"body": None},
        {"body": ""},
        {"body": "", "contentSid": ""},
        {"body": {"@literal": ""}},
        {"body": None, "media": PICTURE},
        {"body": " \n"},
        {"body": "\u200b"},
        {"body": {"@literal": {"@literal": " "}}},
    ],
)
def test_an_sms_that_says_nothing_is_refused(errors: Check, fields: dict[str, Any]) -> None:
    assert errors("sendSms", fields) == ["body"]


def test_a_whatsapp_message_that_says_nothing_is_refused(errors: Check) -> None:
    assert errors("sendWhatsApp", {"contentSid": None}) == ["contentSid"]
    assert errors("sendWhatsApp", {"contentSid": {"@literal": ""}}) == ["body"]
    assert errors("sendWhatsApp", {"contentSid": "", "body": " "}) == ["body"]
    assert errors("sendWhatsApp", {"contentSid": "", "body": "Hi"}) == []


def test_a_blank_body_beside_something_else_is_taken(errors: Check) -> None:
    assert errors("sendSms", {"body": " ", "contentSid": SID}) == []
    assert errors("sendSms", {"body": " ", "media": PICTURE}) == []
    assert errors("sendWhatsApp", {"body": " "}) == []


@pytest.mark.parametrize("action", ["sendSms", "sendWhatsApp"])
@pytest.mark.parametrize("value", ["yes", "TRUE", "1", 2, "on", "{{ x }}", {"a": 1}, {"@literal": "yes"}])
def test_what_is_neither_true_nor_false_is_refused(errors: Check, action: str, value: Any) -> None:
    at = "/@literal" if isinstance(value, dict) and "@literal" in value else ""

    assert errors(action, {"send": value}) == [f"send{at}"]
    assert errors(action, {"traitEnrichment": value}) == [f"traitEnrichment{at}"]


@pytest.mark.parametrize("value", [True, False, "true", "false", 1, 0, "", None, OWN, {"@literal": "true"}])
def test_what_is_true_or_false_is_taken(errors: Check, value: Any) -> None:
    assert errors("sendSms", {"send": value}) == []


@pytest.mark.parametrize(
    "variables",
    [
        *("Ada", "[]", '"1"', '{"1": {{ profile.traits.name }}}', '{"1": "a",}', "{'1': 'a'}", "null"),
        *('{"1": "a", "1": "b"}', '{"1": NaN}', ["a"], 5),
    ],
)
@pytest.mark.parametrize("action", ["sendSms", "sendWhatsApp"])
def test_variables_that_are_no_object_are_refused(errors: Check, action: str, variables: Any) -> None:
    assert errors(action, {"contentVariables": variables}) == ["contentVariables"]
    assert errors(action, {"contentVariables": {"@literal": variables}}) == ["contentVariables/@literal"]


@pytest.mark.parametrize(
    "variables",
    [
        *("", None, "{}", '{"1": "{{ profile.traits.name }}"}', ' {"1": 5} ', {"1": "Ada"}, {"1": OWN}, OWN),
        {"@template": '{"1": "{{properties.name}}"}'},
    ],
)
@pytest.mark.parametrize("action", ["sendSms", "sendWhatsApp"])
def test_variables_that_are_an_object_are_taken(errors: Check, action: str, variables: Any) -> None:
    assert errors(action, {"contentVariables": variables}) == []


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"contentVariables": '{"1": "{{ bad"}'}, "contentVariables"),
        ({"contentVariables": {"1": {"@literal": "{{ bad"}}}, "contentVariables/1/@literal"),
        ({"media": {"@if": {"exists": OWN, "then": "{{ bad"}}}, "media/@if/then"),
        ({"from": {"@if": {"exists": OWN, "then": OWN, "else": "MG123"}}}, "from/@if/else"),
        ({"to": {"@case": {"operator": "lower", "value": "NOBODY"}}}, "to/@case/value"),
        ({"from": {"@template": "Twelve Chars"}}, "from/@template"),
        ({"from": ["MG123"]}, "from/0"),
        ({"from": [{"@literal": "MG123"}]}, "from/0/@literal"),
    ],
)
def test_what_stands_in_a_branch_is_refused_with_its_place(
    errors: Check, fields: dict[str, Any], place: str
) -> None:
    assert errors("sendSms", fields) == [place]


def test_a_mapping_that_does_not_send_and_a_status_of_everybody_are_doubtful(
    settings: Callable[..., Any],
) -> None:
    ids = [
        {"id": "+12025550149", "subscriptionStatus": "subscribed"},
        {"subscriptionStatus": {"@path": "$.status"}},
        {"subscriptionStatus": {"@literal": True}},
        {"subscriptionStatus": "{{ traits.status }}"},
    ]
    check = definition.action("sendSms").check
    assert check is not None

    found = check({**REST["sendSms"], "send": False, "externalIds": ids}, settings())

    assert [(problem.path, problem.certain) for problem in found] == [
        (("send",), False),
        (("externalIds", "0", "subscriptionStatus"), False),
        (("externalIds", "2", "subscriptionStatus", "@literal"), False),
    ]
    assert check({**REST["sendSms"], "send": {"@path": "$.properties.send"}}, settings()) == ()


@pytest.mark.parametrize(
    ("ids", "literal"),
    [
        ([{"subscriptionStatus": "subscribed"}], {"0/subscriptionStatus": "subscribed"}),
        ({"@literal": [{"subscriptionStatus": True}]}, {"@literal/0/subscriptionStatus": "true"}),
        (
            [{"subscriptionStatus": {"@template": "subscribed"}}],
            {"0/subscriptionStatus/@template": "subscribed"},
        ),
        (
            {"@arrayPath": ["$.external_ids", {"id": {"@path": "$.id"}, "subscriptionStatus": "subscribed"}]},
            {"@arrayPath/1/subscriptionStatus": "subscribed"},
        ),
        (
            [{"subscriptionStatus": {"@if": {"exists": OWN, "then": OWN, "else": "subscribed"}}}],
            {"0/subscriptionStatus/@if/else": "subscribed"},
        ),
        (
            [{"subscriptionStatus": {"@if": {"exists": OWN, "then": "subscribed", "else": "unsubscribed"}}}],
            {"0/subscriptionStatus/@if/then": "subscribed", "0/subscriptionStatus/@if/else": "unsubscribed"},
        ),
        (
            [{"subscriptionStatus": {"@case": {"operator": "lower", "value": "SUBSCRIBED"}}}],
            {"0/subscriptionStatus/@case/value": "subscribed"},
        ),
        (
            {"@if": {"exists": OWN, "then": [{"subscriptionStatus": "subscribed"}], "else": []}},
            {"@if/then/0/subscriptionStatus": "subscribed"},
        ),
        ([{"subscriptionStatus": OWN}, {"subscriptionStatus": ""}, {"subscriptionStatus": None}], {}),
        ([{"subscriptionStatus": {"@template": "{{ traits.status }}"}}], {}),
        ([{"subscriptionStatus": {"@case": {"operator": "lower", "value": OWN}}}], {}),
    ],
)
@pytest.mark.parametrize("action", ["sendSms", "sendWhatsApp"])
def test_a_status_that_the_mapping_says_itself_is_found_wherever_directives_hold_it(
    action: str, ids: Any, literal: dict[str, str], settings: Callable[..., Any]
) -> None:
    of_action = definition.action(action)
    fields = {**REST[action], "send": True, "externalIds": ids}
    assert of_action.literal_statuses is not None
    assert of_action.check is not None

    found = of_action.literal_statuses(fields)

    assert found == {f"/externalIds/{place}": word for place, word in literal.items()}
    assert {"/" + "/".join(problem.path) for problem in of_action.check(fields, settings())} == set(found)


def test_a_status_of_something_else_is_no_word_of_consent() -> None:
    literal = definition.action("sendSms").literal_statuses
    assert literal is not None

    assert literal({**REST["sendSms"], "customArgs": {"subscriptionStatus": "subscribed"}}) == {}


def test_the_text_of_a_json_object_is_read_at_run_time_too() -> None:
    payload = definition.action("sendSms").payload
    fields = {"from": "+12025550100", "contentVariables": '{"1": "{{ profile.traits.name }}"}'}

    assert kit.payload_of(payload, fields).model_dump()["content_variables"] == {
        "1": "{{ profile.traits.name }}"
    }
    with pytest.raises(kit.PayloadValidationError):
        kit.payload_of(payload, {**fields, "contentVariables": "Ada"})
