"""Exports as they come: each form, and whatever is none."""

import json
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from destinations.kit.registry import installed
from gateway.moving import forms
from gateway.moving.documents import DEEPEST, ExportError
from gateway.moving.exported import is_masked
from gateway.moving.wanted import Read, wanted
from gateway.moving.written import together, written
from tests.gateway.moving.exports import FORMS, MADE, NAME, destination, subscription, text_of


def read(*parts: Any) -> Read:
    return wanted(forms.read("\n".join(map(json.dumps, parts))), installed())


@pytest.mark.parametrize("form", FORMS)
def test_each_form_says_the_same(form: str) -> None:
    found = wanted(forms.read(text_of(form)), installed())

    [one] = found.wanted
    assert (one.name, one.predecessor, one.enabled) == (NAME, "Engage Messaging Twilio", True)
    assert [part.name for part in one.subscriptions] == [*MADE[:6], "App push", MADE[6]]
    assert [part.enabled for part in one.subscriptions] == [True] * 4 + [False] + [True] * 3
    assert one.subscriptions[0].fields["body"] == "Hi {{profile.traits.first_name}}"
    assert sorted(one.given) == [
        *(
            "connectionOverrides",
            "profileApiEnvironment",
            "region",
            "sourceId",
            "spaceId",
            "twilioAccountSID",
        ),
        *("twilioApiKeySID", "twilioHostname", "webhookUrl"),
    ]
    assert found.missed == ()


def test_one_form_within_another_is_found() -> None:
    inner = {"data": {"data": {"subscriptions": [subscription()]}}}

    [one] = read([[destination()]], [inner]).wanted

    assert [part.name for part in one.subscriptions] == ["Hello"]


def test_what_terraform_shows_is_read_like_its_state() -> None:
    values = {
        **subscription(destination_id="dest_1", action_slug="sendSms"),
        "settings": json.dumps(subscription()["settings"]),
    }
    module = {"resources": [{"type": "segment_destination_subscription", "name": "hello", "values": values}]}
    texts = {
        "type": "segment_destination",
        "name": "texts",
        "values": {**destination(), "source_id": "source_1"},
    }
    shown = {"values": {"root_module": {"resources": [texts], "child_modules": [module]}}}

    [one] = read(shown).wanted

    assert [(part.name, part.action) for part in one.subscriptions] == [("Hello", "sendSms")]


def test_an_action_without_a_slug_is_told_by_its_id_or_by_its_fields() -> None:
    actions = [{"id": "act_1", "slug": "sendWhatsApp"}]
    metadata = {**destination()["metadata"], "actions": actions}
    by_id = subscription(id="a", actionSlug=None, actionId="act_1", settings={})
    by_fields = subscription(id="b", actionSlug=None, actionId="act_2")

    [one] = read(destination(metadata=metadata), by_id, by_fields).wanted

    assert [part.action for part in one.subscriptions] == ["sendWhatsApp", None]
    assert [part.answer for part in one.subscriptions] == [None, None]


def test_subscriptions_alone_are_of_the_destination_that_has_such_fields() -> None:
    found = read({"data": {"subscriptions": [subscription()]}})

    [one] = found.wanted
    assert one.predecessor == "Engage Messaging Twilio"
    assert sorted(one.asked) == ["authToken", "twilioAccountSID", "twilioApiKeySID", "twilioApiKeySecret"]


def test_what_is_of_another_destination_or_on_another_page_is_named() -> None:
    other = {"id": "dest_2", "metadata": {"slug": "slack"}, "settings": {}}
    page = {"data": {"subscriptions": [subscription()], "pagination": {"next": "Mg=="}}}

    found = read(destination(), other, page)

    assert len(found.wanted) == 1
    assert [one.why.partition(":")[0].partition("(")[0].strip() for one in found.missed] == [
        "Segment has more of this list on a further page",
        'No destination here takes the place of "slack".',
    ]


def test_two_of_one_name_are_told_apart() -> None:
    [one] = read(destination(), subscription(id="a"), subscription(id="b"), subscription(id="c")).wanted

    assert [part.name for part in one.subscriptions] == ["Hello", "Hello 2", "Hello 3"]


def test_what_does_not_say_that_it_is_enabled_is_off_and_says_so() -> None:
    [one] = read(destination(), subscription(enabled=None)).wanted

    [part] = one.subscriptions
    assert not part.enabled
    assert "so that it is off" in part.notes[0]


def test_the_same_subscription_in_two_files_is_one() -> None:
    [one] = read(destination(), subscription(), {"data": {"subscription": subscription()}}).wanted

    assert len(one.subscriptions) == 1


BAD: dict[str, tuple[str, str]] = {
    "nothing": ("", "There is no destination in it"),
    "a text": ('"hello"', "Nothing is known of the export."),
    "no JSON": ("hello", "It is no JSON from line 1, column 1 on"),
    "broken off": ('{"data": {"destination": {"id": ', "It breaks off in line 1, column 33"),
    "broken off within a list": ('[{"a": 1},', "It breaks off"),
    "something behind it": ('{"metadata": {}} ]', "It is no JSON from line 1, column 18 on"),
    "one thing twice": ('{"metadata": {}, "name": "a", "name": "b"}', 'An object has "name" twice'),
    "too deep": ("[" * 200 + "]" * 200, f"more than {DEEPEST} levels"),
    "far too deep": ("[" * 100_000, f"more than {DEEPEST} levels"),
    "no number": ('{"settings": NaN}', "NaN or Infinity"),
    "a number beyond all": ('{"settings": 1e999}', "a number that is too large"),
    "a number of many digits": ('{"settings": ' + "9" * 5000 + "}", "more than 40 digits"),
    "a zero character": ('{"metadata": {}, "name": "a\\u0000"}', "U+0000"),
    "half a character": ('{"metadata": {}, "name": "\\ud800"}', "half of one"),
    "an error of Segment": ('{"errors": [{"type": "unauthorized"}]}', "an error that Segment answered"),
    "the Config API": (
        '{"name": "workspaces/a/sources/b/destinations/c", "config": []}',
        "Segment's Config API",
    ),
    "an older state": (
        '{"version": 3, "terraform_version": "0.11", "resources": []}',
        "of another version than 4",
    ),
    "a state without us": (
        '{"version": 4, "terraform_version": "1.9", "resources": [{"type": "aws_instance"}]}',
        "There is no destination in it",
    ),
    "a resource without values": (
        '{"version": 4, "lineage": "x", "resources": [{"type": "segment_destination", "instances": [{}]}]}',
        "has no attributes",
    ),
    "settings that are no object": (json.dumps(destination(settings=["a"])), "settings is no object"),
    "settings in broken text": (
        json.dumps(destination(settings='{"a":')),
        "settings can't be read: It breaks off",
    ),
    "enabled that is a word": (json.dumps(destination(enabled="yes")), "neither true nor false"),
    "a name that is a number": (json.dumps(destination(name=5)), "has no text as its `name`"),
    "only others": (json.dumps(destination(metadata={"slug": "slack"})), 'takes the place of "slack"'),
    "a subscription in a place of none": (
        '{"subscriptions": 5}',
        "no object and no list as its `subscriptions`",
    ),
    "twice, and not alike": (
        json.dumps([destination(), subscription(), subscription(name="Other")]),
        'The subscription "sub_1" is there twice, and not alike',
    ),
    "of which of two": (
        json.dumps([destination(), destination(id="dest_2"), subscription(destinationId=None)]),
        "to which of the 2 destinations this subscription belongs",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_export_is_refused_with_the_reason(name: str) -> None:
    text, said = BAD[name]

    with pytest.raises(ExportError, match=r".") as refused:
        wanted(forms.read(text), installed())

    assert said in str(refused.value)


MASKED = [
    "••••••••••dada",
    "****",
    "••••",
    "abcd********",
    "<redacted>",
    "(sensitive value)",
    "[REDACTED]",
    "xxxxxxxx",
]


@pytest.mark.parametrize("value", MASKED)
def test_a_masked_value_is_known_as_one(value: str) -> None:
    assert is_masked(value)


@pytest.mark.parametrize(
    "value", ["", "spa_1", "https://example.com/a*b", "rp=all&rc=5", "sk-live-1234", 5, None]
)
def test_a_value_is_not_taken_for_a_masked_one(value: Any) -> None:
    assert not is_masked(value)


@pytest.mark.parametrize("form", FORMS)
def test_what_was_read_is_written_as_an_export_that_says_the_same(form: str) -> None:
    first = forms.read(text_of(form))

    again = forms.read(written(together([first])))

    before, after = (wanted(one, installed()) for one in (first, again))
    assert before.questions == after.questions
    [one], [other] = before.wanted, after.wanted
    assert (one.given, one.settings, one.asked, one.name) == (
        other.given,
        other.settings,
        other.asked,
        other.name,
    )
    for part, same in zip(one.subscriptions, other.subscriptions, strict=True):
        assert (part.name, part.action, part.trigger, part.enabled, part.fields, part.notes) == (
            *(same.name, same.action, same.trigger, same.enabled, same.fields, same.notes),
        )


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
KEYS = st.sampled_from(
    [
        *(
            "data",
            "destination",
            "destinations",
            "subscription",
            "subscriptions",
            "settings",
            "metadata",
            "slug",
        ),
        *(
            "id",
            "name",
            "enabled",
            "actionSlug",
            "actionId",
            "trigger",
            "mapping",
            "partnerAction",
            "subscribe",
        ),
        *(
            "resources",
            "terraform_version",
            "version",
            "type",
            "instances",
            "attributes",
            "values",
            "root_module",
        ),
        *(
            "pagination",
            "next",
            "config",
            "errors",
            "modelId",
            "actions",
            "destinationId",
            "twilioApiKeySecret",
        ),
    ]
) | st.text(max_size=4)


def any_json(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=6),
        max_leaves=30,
    )


def told(text: str) -> str | None:
    """What is said where it is refused; None where it is read. Nothing else is raised."""
    try:
        wanted(forms.read(text), installed())
    except ExportError as error:
        return str(error)
    return None


@settings(max_examples=300)
@given(any_json(LEAVES))
def test_any_json_is_read_or_refused_with_words(value: Any) -> None:
    assert told(json.dumps(value)) != ""


@settings(max_examples=200)
@given(st.text(max_size=60))
def test_any_text_is_refused_with_words(text: str) -> None:
    assert told(text)


CANARY = "canary-of-a-secret"


@settings(max_examples=300)
@given(
    st.dictionaries(KEYS, any_json(LEAVES | st.just(CANARY)), max_size=6),
    st.sampled_from(["sendSms", "sendWhatsApp", "sendMessage", None]),
    any_json(LEAVES | st.just(CANARY)),
)
def test_no_refusal_repeats_what_stands_in_settings(value: Any, action: str | None, fields: Any) -> None:
    said = told(
        json.dumps(
            [destination(settings=value), subscription(actionSlug=action, actionId="a", settings=fields)]
        )
    )

    assert CANARY not in (said or "")
