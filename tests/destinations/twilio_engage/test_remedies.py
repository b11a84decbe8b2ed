"""The way out of each refusal: the very person, number and ids, and nothing that nobody can paste."""

import json
import re
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from destinations import kit
from destinations.kit import Channel, Consent, ConsentStatus, Reason, SenderKind
from destinations.twilio_engage.remedies import Case, remedy
from destinations.twilio_engage.senders import Sender

NUMBER, OURS, OTHER = "+12025550142", "+12025550100", "+12025550101"
SERVICE = "MG0123456789abcdef0123456789abcdef"
ABOUT = kit.About(
    space="shop",
    destination_id="dst_1",
    mapping_id="map_1",
    user_id="ada",
    call="track",
    event="Audience Entered",
    opt_in_traits={Channel.SMS: "texts_ok", Channel.WHATSAPP: "wa_ok"},
)
CASE = Case(Channel.SMS, ABOUT, Sender(OURS, SenderKind.PHONE_NUMBER, OURS), NUMBER, is_own=True)
REASONS = [
    *(Reason.SEND_DISABLED, Reason.PROFILE_PENDING, Reason.NO_SUPPORTED_IDS, Reason.INVALID_PHONE),
    *(Reason.OPTED_OUT, Reason.NOT_SUBSCRIBED, Reason.INVALID_SUBSCRIPTION_STATUS, Reason.RECIPIENT_CHANGED),
    *(Reason.SENDER_NOT_ALLOWED, Reason.COUNTRY_NOT_ALLOWED, Reason.MMS_COUNTRY, Reason.MEDIA_TYPE),
    *(Reason.DLT_REQUIRED, Reason.WINDOW_CLOSED, Reason.TEMPLATE_NOT_APPROVED),
]
_BODY = re.compile(r"(/v1/[a-z]+): (?=\{)")


def bodies(text: str) -> list[tuple[str, object]]:
    """What is to be posted, with its path."""
    return [
        (found[1], json.JSONDecoder().raw_decode(text[found.end() :])[0]) for found in _BODY.finditer(text)
    ]


@pytest.mark.parametrize("channel", [Channel.SMS, Channel.WHATSAPP])
@pytest.mark.parametrize("reason", REASONS)
def test_every_refusal_has_a_remedy_and_shows_no_number_but_the_persons_and_ours(
    reason: Reason, channel: Channel
) -> None:
    text = remedy(reason, replace(CASE, channel=channel))

    assert text
    assert set(re.findall(r"\+[0-9]{7,}", text)) <= {NUMBER, OURS}


@pytest.mark.parametrize(
    ("reason", "number", "change"),
    [
        (
            Reason.COUNTRY_NOT_ALLOWED,
            "+12025550142",
            'policy: {allowedCountries: <allowedCountries of dst_1 with ["US"]>}',
        ),
        (
            Reason.COUNTRY_NOT_ALLOWED,
            "+447700900123",
            'policy: {allowedCountries: <allowedCountries of dst_1 with ["GB"]>}',
        ),
        (Reason.COUNTRY_NOT_ALLOWED, "+87012345678", "policy: {allowedCountries: []}"),
        (Reason.MMS_COUNTRY, NUMBER, "policy: {mmsFallback: LINK}"),
        (Reason.DLT_REQUIRED, NUMBER, "policy: {requireDltForIndia: false}"),
        (
            Reason.DLT_REQUIRED,
            NUMBER,
            'settings: {twilioEngage: {dltEntityId: "<the id of the registration>"}}',
        ),
    ],
)
def test_what_the_destination_refuses_is_allowed_by_a_change_that_is_whole(
    reason: Reason, number: str, change: str
) -> None:
    allowed = frozenset({"GB", "IE"})

    text = remedy(reason, replace(CASE, number=number, allowed_countries=allowed)) or ""

    assert (
        f'mutation {{ destinationUpdate(input: {{id: "dst_1", expectedRevision: <revision of dst_1>, {change}}}) '
        "{ destination { revision } errors { message } } }"
    ) in text


@pytest.mark.parametrize(
    ("reason", "fields"),
    [
        (Reason.SEND_DISABLED, '{"send": true}'),
        (Reason.MMS_COUNTRY, '{"media": []}'),
        (Reason.MEDIA_TYPE, '{"media": ["<the address of the file>"]}'),
        (Reason.TEMPLATE_NOT_APPROVED, '{"contentSid": "<HX and the rest of its SID>"}'),
        (
            Reason.SENDER_NOT_ALLOWED,
            '{"from": "<a number, a short code or a Messaging Service of the account>"}',
        ),
    ],
)
def test_what_the_mapping_lacks_is_given_by_a_change_that_is_whole(reason: Reason, fields: str) -> None:
    assert (
        'run mutation ($fields: JSON) { mappingUpdate(input: {id: "map_1", expectedRevision: <revision of map_1>, fields: $fields}) '
        '{ mapping { revision } errors { message } } } with the variables {"fields": <fields of map_1 with '
        f"{fields}>}}"
    ) in (remedy(reason, CASE) or "")


def test_a_mapping_that_is_not_saved_is_to_be_saved_with_it() -> None:
    about = replace(ABOUT, mapping_id=None)

    assert remedy(Reason.SEND_DISABLED, replace(CASE, about=about)) == (
        'Switch "Send Message" on, which is off where it is left out, as in the original: save the mapping with {"send": true} in its fields'
    )


def test_a_yes_is_recorded_by_any_of_three_ways() -> None:
    text = remedy(Reason.NOT_SUBSCRIBED, CASE) or ""

    said = {"key": NUMBER, "type": "SMS", "status": "SUBSCRIBED"}
    assert bodies(text) == [
        ("/v1/identify", {"userId": "ada", "traits": {"phone": NUMBER, "texts_ok": True}}),
        ("/v1/identify", {"userId": "ada", "context": {"messaging_subscriptions": [said]}}),
    ]
    assert (
        f'mutation {{ consentUpdate(input: {{phone: "{NUMBER}", channel: SMS, status: SUBSCRIBED, space: "shop", '
        'evidence: {method: "web form"}}) { contact { id } errors { message } } }' in text
    )


def test_a_number_that_is_not_the_persons_is_not_made_theirs() -> None:
    text = remedy(Reason.NOT_SUBSCRIBED, replace(CASE, is_own=False)) or ""

    assert [sorted(body) for _path, body in bodies(text) if isinstance(body, dict)] == [["context", "userId"]]


def test_somebody_without_a_user_id_is_named_by_their_device() -> None:
    about = replace(ABOUT, user_id=None, anonymous_id="a-1")

    text = remedy(Reason.NO_SUPPORTED_IDS, replace(CASE, about=about, number=None)) or ""

    traits = {"phone": "<the number in E.164>", "texts_ok": True}
    assert bodies(text) == [("/v1/identify", {"anonymousId": "a-1", "traits": traits})]


def test_a_status_that_can_not_be_read_is_sent_again_with_its_event() -> None:
    text = remedy(Reason.INVALID_SUBSCRIPTION_STATUS, replace(CASE, channel=Channel.WHATSAPP)) or ""

    one = {"id": NUMBER, "type": "phone", "channelType": "whatsapp", "isSubscribed": True}
    event = {"userId": "ada", "event": "Audience Entered", "external_ids": [one]}
    assert bodies(text) == [("/v1/track", event)]


def stopped(said_to: str | None, *, marketing_only: bool = False) -> Consent:
    return Consent(
        ConsentStatus.UNSUBSCRIBED,
        datetime(2026, 11, 20, tzinfo=UTC),
        stopped=not marketing_only,
        marketing_stopped=marketing_only,
        said_to=said_to,
    )


@pytest.mark.parametrize(
    ("channel", "sender", "consent", "way"),
    [
        (Channel.SMS, CASE.sender, stopped(OURS), f"they send START to {OURS}."),
        (Channel.SMS, CASE.sender, stopped(None), f"they send START to {OURS}."),
        (Channel.WHATSAPP, CASE.sender, stopped(OURS), f"they send START by WhatsApp to {OURS}."),
        (Channel.SMS, Sender("12345", SenderKind.SHORT_CODE), stopped("12345"), "they send START to 12345."),
        (
            Channel.SMS,
            Sender(SERVICE, SenderKind.MESSAGING_SERVICE),
            stopped(SERVICE),
            "they send START to the number that they had the message from.",
        ),
        (
            Channel.SMS,
            Sender("Helio", SenderKind.ALPHANUMERIC),
            stopped(OTHER),
            f"they send START to {OTHER}.",
        ),
        (
            Channel.SMS,
            CASE.sender,
            stopped(OTHER, marketing_only=True),
            f"they send START to {OURS}, which opens that sender alone, or to {OTHER}, which lifts all that their stop did.",
        ),
    ],
)
def test_a_stop_is_undone_by_the_person_or_by_an_admin_who_can_show_that_they_asked(
    channel: Channel, sender: Sender, consent: Consent, way: str
) -> None:
    text = remedy(Reason.OPTED_OUT, replace(CASE, channel=channel, sender=sender, consent=consent)) or ""

    assert text.startswith(
        f"The person undoes their own stop: {way} Or, where they asked for messages again in another way and that can be shown, an ADMIN "
        f'records it: run mutation {{ consentUpdate(input: {{phone: "{NUMBER}", channel: {channel}, status: SUBSCRIBED, space: "shop", '
        'evidence: {method: "web form"}}) { contact { id } errors { message } } }. That lifts it here; where Twilio heard the stop too, '
        "it refuses texts until they send START."
    )
