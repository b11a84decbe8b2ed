"""What becomes of the destinations of Segment whose place this one takes."""

from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from destinations import kit
from destinations.twilio_engage import definition
from destinations.twilio_engage.predecessors import classic, engage, messaging
from mappings import UNDEFINED, compile_fields

ACCOUNT, KEY, SERVICE, TEMPLATE = f"AC{'1' * 32}", f"SK{'2' * 32}", f"MG{'3' * 32}", f"HX{'4' * 32}"
PREDECESSORS = {one.title: one for one in definition.predecessors}
OPT_IN = "Here the number needs an opt-in"


def subscription(action: str | None, **fields: Any) -> kit.ExportedSubscription:
    return kit.ExportedSubscription("Hello", action, 'event = "Hello"', enabled=True, fields=fields)


def moved(predecessor: kit.Predecessor, action: str | None, **fields: Any) -> kit.MovedMapping:
    found = predecessor.moved(subscription(action, **fields))
    assert isinstance(found, kit.MovedMapping)
    return found


def asked(
    predecessor: kit.Predecessor, given: dict[str, Any], *subscriptions: kit.ExportedSubscription
) -> list[str]:
    return [one.name for one in predecessor.asked(given, subscriptions) if one.needed]


def test_every_predecessor_is_known_by_names_of_its_own() -> None:
    slugs = [slug for one in definition.predecessors for slug in one.slugs]
    names = [name for one in definition.predecessors for name in one.names]

    assert len(set(slugs)) == len(slugs)
    assert len(set(names)) == len(names)
    assert {"actions-personas-messaging-twilio", "actions-twilio-messaging", "twilio"} <= set(slugs)


# -- Engage Messaging Twilio --------------------------------------------------------------------------------------------


def test_engage_fields_stay_as_they_are_exported() -> None:
    fields: dict[str, Any] = {
        "from": SERVICE,
        "body": "Hi",
        "send": {"@path": "$.properties.send"},
        "media": [],
        "userId": None,
    }

    found = moved(engage, "sendSms", **fields)

    assert (found.action, found.fields, found.trigger) == ("sendSms", fields, 'event = "Hello"')


@pytest.mark.parametrize(
    ("fields", "action"),
    [
        ({"body": "Hi"}, "sendSms"),
        ({"media": ["https://example.com/a.png"]}, "sendSms"),
        ({"contentSid": TEMPLATE, "sendBasedOnOptOut": False}, "sendSms"),
        ({"contentSid": TEMPLATE, "from": "whatsapp:+12025550100"}, "sendWhatsApp"),
        ({"contentSid": TEMPLATE, "contentVariables": {"1": "a"}}, "sendWhatsApp"),
    ],
)
def test_an_engage_action_is_told_by_its_fields(fields: dict[str, Any], action: str) -> None:
    assert moved(engage, None, **fields).action == action


@pytest.mark.parametrize(
    "fields", [{}, {"from": SERVICE}, {"contentSid": TEMPLATE, "userId": "u"}, {"contentSid": TEMPLATE}]
)
def test_an_engage_action_that_fields_do_not_tell_is_asked_for(fields: dict[str, Any]) -> None:
    assert engage.moved(subscription(None, **fields)) == kit.UnclearAction(("sendSms", "sendWhatsApp"))


@pytest.mark.parametrize("action", ["sendMobilePush", "sendFax"])
def test_what_no_action_here_does_is_lost_with_the_reason(action: str) -> None:
    found = engage.moved(subscription(action, body="Hi"))

    assert isinstance(found, kit.LostSubscription)
    assert found.why


def test_the_token_of_the_profile_api_is_asked_for_where_an_sms_fetches_traits_alone() -> None:
    given = {
        "twilioAccountSID": ACCOUNT,
        "twilioApiKeySID": KEY,
        "spaceId": "spa_1",
        "profileApiAccessToken": "",
    }
    fetching = subscription("sendSms", traitEnrichment=False)
    whatsapp = subscription("sendWhatsApp", traitEnrichment=False)

    assert asked(engage, given, whatsapp) == ["twilioApiKeySecret"]
    assert asked(engage, given, fetching) == ["twilioApiKeySecret", "profileApiAccessToken"]
    assert asked(engage, {}, fetching) == [
        *("twilioAccountSID", "twilioApiKeySID", "twilioApiKeySecret", "profileApiAccessToken", "spaceId"),
    ]
    left = {one.name: one.becomes for one in engage.settings(given, [whatsapp])}
    assert left["profileApiAccessToken"] is None


def test_engage_settings_become_ours() -> None:
    given = {
        "twilioAccountSID": ACCOUNT,
        "twilioApiKeySID": KEY,
        "twilioApiKeySecret": "s",
        "region": "eu-west-1",
        "twilioHostname": "api.twilio.com",
        "webhookUrl": "",
        "connectionOverrides": None,
        "spaceId": "spa_1",
    }

    ours = engage.translate(given)

    assert ours == {
        "accountSid": ACCOUNT,
        "apiKeys": [{"sid": KEY, "secret": "s"}],
        "profileApiRegion": "eu-west-1",
        "spaceId": "spa_1",
        "defaultCountry": "US",
        "shortenLinks": True,
    }


def test_a_webhook_goes_on_getting_the_form_of_the_provider_where_something_signs_it() -> None:
    given = {"twilioAccountSID": ACCOUNT, "webhookUrl": "https://example.com/cb"}

    assert "webhookFormat" not in engage.translate(given)
    assert engage.translate({**given, "authToken": "t"})["webhookFormat"] == "TWILIO_FORM"


# -- Twilio Messaging ---------------------------------------------------------------------------------------------------

INLINE = {
    "channel": "SMS",
    "senderType": "Phone number",
    "contentTemplateType": "Inline",
    "fromPhoneNumber": "+12025550100",
}


def test_a_message_with_a_text_of_its_own_becomes_an_sms() -> None:
    fields = {
        **INLINE,
        "toPhoneNumber": {"@path": "$.traits.phone"},
        "inlineBody": "Hi",
        "inlineMediaUrls": ["https://a.example/b.png"],
    }

    found = moved(messaging, "sendMessage", **fields)

    assert found.action == "sendSms"
    assert {name: found.fields[name] for name in ("from", "to", "body", "media", "send")} == {
        "from": "+12025550100",
        "to": {"@path": "$.traits.phone"},
        "body": "Hi",
        "media": ["https://a.example/b.png"],
        "send": True,
    }
    assert any(OPT_IN in one for one in found.differences)


def test_a_template_and_a_service_are_taken_out_of_what_the_list_of_choices_wrote() -> None:
    found = moved(
        messaging,
        "sendMessage",
        channel="Whatsapp",
        senderType="Messaging Service",
        contentTemplateType="Text",
        messagingServiceSid=f"Our service [{SERVICE}]",
        contentSid=f"Welcome [{TEMPLATE}]",
        contentVariables={"1": {"@path": "$.properties.name"}},
    )

    assert (found.action, found.fields["from"], found.fields["contentSid"]) == (
        "sendWhatsApp",
        SERVICE,
        TEMPLATE,
    )
    assert found.fields["contentVariables"] == {"1": {"@path": "$.properties.name"}}


def test_the_variables_of_a_text_are_what_it_prints() -> None:
    found = moved(
        messaging,
        "sendMessage",
        **INLINE,
        inlineBody="Hi {{name}}",
        inlineVariables={"name": {"@path": "$.properties.n"}},
    )
    values = compile_fields(dict(found.fields))({"type": "track", "properties": {"n": "Ann"}})

    assert found.fields["body"] == "Hi {{ profile.traits.name }}"
    assert values is not UNDEFINED
    assert values["traits"] == {"name": "Ann"}


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({**INLINE, "channel": "RCS"}, "Its channel is RCS"),
        ({**INLINE, "channel": {"@path": "$.properties.channel"}}, "depends on the event"),
        ({"inlineBody": "Hi"}, "not said"),
        ({"channel": "SMS", "senderType": "Messaging Service"}, "`messagingServiceSid` is empty"),
    ],
)
def test_a_message_that_nothing_here_can_send_is_lost(fields: dict[str, Any], why: str) -> None:
    found = messaging.moved(subscription("sendMessage", **fields))

    assert isinstance(found, kit.LostSubscription)
    assert why in found.why


def test_what_is_left_of_a_message_is_named() -> None:
    found = moved(
        messaging,
        "sendMessage",
        **INLINE,
        inlineBody="Hi",
        sendAt="2026-01-01T00:00:00Z",
        validityPeriod=60,
        tags={"a": "b"},
    )

    said = " ".join(found.differences)
    assert all(name in said for name in ("`sendAt` is left", "`validityPeriod` is left", "`tags` are left"))


def test_messaging_settings_become_ours() -> None:
    given = {"accountSID": ACCOUNT, "apiKeySID": KEY, "apiKeySecret": "s", "region": "us-west-2"}

    assert messaging.translate(given) == {
        "accountSid": ACCOUNT,
        "apiKeys": [{"sid": KEY, "secret": "s"}],
        "shortenLinks": False,
    }
    assert asked(messaging, given) == ["apiKeySecret"]


# -- Twilio -------------------------------------------------------------------------------------------------------------


def test_the_older_destination_becomes_an_account_and_a_default_sender() -> None:
    given = {"accountId": ACCOUNT, "token": "t", "phoneNumber": "+12025550100", "events": []}

    assert classic.translate(given) == {
        "accountSid": ACCOUNT,
        "authTokens": [{"id": kit.FIRST_TOKEN, "secret": "t"}],
        "defaultSender": "+12025550100",
        "shortenLinks": False,
    }
    assert asked(classic, {"accountId": ACCOUNT, "from": "+12025550100"}) == ["token"]
    assert {one.name: one.becomes for one in classic.settings(given, [])}["events"] is None


def test_a_text_of_the_older_destination_goes_to_whom_the_event_names() -> None:
    body = {"@template": "Hi {{properties.name}}"}

    found = moved(
        classic,
        "sendSms",
        To={"@path": "$.properties.phone"},
        Body=body,
        MediaUrl="https://a.example/b.png",
        Extra=1,
    )

    assert (found.fields["to"], found.fields["body"], found.fields["media"], found.fields["send"]) == (
        *({"@path": "$.properties.phone"}, body, ["https://a.example/b.png"], True),
    )
    assert "Extra" in found.differences[-1]


# -- whatever an export says --------------------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


def said(names: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(names), JSON, max_size=8)


@pytest.mark.parametrize("title", PREDECESSORS)
@settings(max_examples=200)
@given(data=st.data())
def test_whatever_settings_and_fields_say_nothing_is_raised(title: str, data: st.DataObject) -> None:
    one = PREDECESSORS[title]
    names = [
        *(
            "twilioAccountSID",
            "twilioApiKeySID",
            "accountSID",
            "apiKeySID",
            "accountId",
            "phoneNumber",
            "from",
        ),
        *("region", "webhookUrl", "authToken", "twilioHostname", "events", "token", "spaceId"),
    ]
    settings_ = data.draw(said(names))
    fields = data.draw(said(sorted(one.fields)))
    action = data.draw(
        st.sampled_from([None, "sendSms", "sendWhatsApp", "sendMessage", "sendMobilePush", "sendFax"])
    )
    exported = kit.ExportedSubscription("a", action, "", enabled=True, fields=fields)

    one.moved(exported)
    one.asked(settings_, [exported])
    one.settings(settings_, [exported])
    one.translate(settings_)
