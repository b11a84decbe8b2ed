"""What a person writes, as signals."""

from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]  # ships no types

from destinations import kit
from destinations.kit import Channel, ConsentChanged, ConsentStatus, InboundMessage, Signal, WebhookRequest
from destinations.twilio_engage.callbacks import inbound_signals
from destinations.twilio_engage.settings import TwilioEngageSettings

TOKEN = "t0ken"
URL = "https://helio.example.com/webhooks/d1/inbound"
ANN, OURS = "+12025550142", "+15005550006"

MakeSettings = Callable[..., TwilioEngageSettings]


def wrote(body: str = "Hello", **parameters: str) -> dict[str, str]:
    """The parameters of a message from Ann."""
    return {"MessageSid": "SM1", "From": ANN, "To": OURS, "Body": body, "NumMedia": "0", **parameters}


def on_whatsapp(body: str = "Hello", number: str = ANN, **parameters: str) -> dict[str, str]:
    return wrote(body, From=f"whatsapp:{number}", To=f"whatsapp:{OURS}", **parameters)


def signed(form: dict[str, str]) -> WebhookRequest:
    headers = {
        "x-twilio-signature": RequestValidator(TOKEN).compute_signature(URL, form),
        "content-type": "application/x-www-form-urlencoded",
    }
    return WebhookRequest(URL, headers, urlencode(form).encode())


@pytest.fixture
def read(settings: MakeSettings) -> Callable[[dict[str, str]], tuple[Signal, ...]]:
    return lambda form: inbound_signals(signed(form), settings())


Read = Callable[[dict[str, str]], tuple[Signal, ...]]


def test_a_text_is_a_message_and_says_nothing_of_consent(read: Read) -> None:
    assert read(wrote()) == (InboundMessage("SM1", ANN, OURS, Channel.SMS, "Hello"),)


def test_a_whatsapp_message_names_both_numbers_without_their_prefix(read: Read) -> None:
    assert read(on_whatsapp()) == (InboundMessage("SM1", ANN, OURS, Channel.WHATSAPP, "Hello"),)


def test_media_have_their_types_and_a_button_its_id(read: Read) -> None:
    (signal,) = read(
        on_whatsapp(
            "",
            NumMedia="2",
            MediaUrl0="https://api.twilio.com/0",
            MediaContentType0="image/jpeg",
            MediaUrl1="https://api.twilio.com/1",
            ButtonText="Pay now",
            ButtonPayload="pay_now",
        )
    )

    assert isinstance(signal, InboundMessage)
    assert signal.media_urls == ("https://api.twilio.com/0", "https://api.twilio.com/1")
    assert signal.media_types == ("image/jpeg", "")
    assert (signal.text, signal.button) == ("Pay now", "pay_now")


@pytest.mark.parametrize(
    "wrong",
    [
        {"MessageSid": "SM" + "1" * 63},
        {"MessageSid": "SM 1"},
        {"MessagingServiceSid": "MG\x00"},
        {"OriginalRepliedMessageSid": "x" * 65},
        {"To": "+" + "1" * 64},
    ],
)
def test_what_is_too_long_or_no_id_is_refused(read: Read, wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"^its (MessageSid|MessagingServiceSid|OriginalReplied|To)"):
        read(wrote(**wrong))


@pytest.mark.parametrize("number", ["whatsapp:+12025550142", "+12025550142"])
def test_a_picture_without_a_word_is_a_message(read: Read, number: str) -> None:
    (signal,) = read(wrote("", From=number, NumMedia="1", MediaUrl0="https://api.twilio.com/1"))

    assert isinstance(signal, InboundMessage)
    assert signal.text is None


@pytest.mark.parametrize(
    ("wrote_from", "known_as"),
    [
        ("+551187654321", "+5511987654321"),
        ("+5511987654321", "+5511987654321"),
        ("+5215512345678", "+525512345678"),
        ("+525512345678", "+525512345678"),
        ("+541123456789", "+5491123456789"),
        ("+5491123456789", "+5491123456789"),
    ],
)
def test_on_whatsapp_each_form_of_a_number_is_one_person(read: Read, wrote_from: str, known_as: str) -> None:
    message, word = read(on_whatsapp("STOP", wrote_from))

    assert isinstance(message, InboundMessage)
    assert isinstance(word, ConsentChanged)
    assert (message.number, word.number) == (known_as, known_as)


def test_a_text_is_from_the_person_in_the_one_form_too(read: Read) -> None:
    (signal,) = read(wrote(From="+5215512345678"))

    assert isinstance(signal, InboundMessage)
    assert signal.number == "+525512345678"


@pytest.mark.parametrize(
    ("body", "keyword"),
    [
        ("STOP", "STOP"),
        ("stop", "STOP"),
        ("  Stop \n", "STOP"),
        ("StopAll", "STOPALL"),
        ("unsubscribe", "UNSUBSCRIBE"),
        ("Cancel", "CANCEL"),
        ("END", "END"),
        ("quit", "QUIT"),
        ("revoke", "REVOKE"),
        ("optout", "OPTOUT"),
        ("Arrêt", "ARRET"),
        ("arrete", "ARRETE"),
        ("ARRETT", "ARRETT"),
    ],
)
@pytest.mark.parametrize(("message", "channel"), [(wrote, Channel.SMS), (on_whatsapp, Channel.WHATSAPP)])
def test_a_message_that_is_nothing_but_a_stop_word_is_a_stop(
    read: Read, message: Callable[[str], dict[str, str]], channel: Channel, body: str, keyword: str
) -> None:
    assert read(message(body)) == (
        InboundMessage("SM1", ANN, OURS, channel, body, keyword=keyword),
        ConsentChanged(
            number=ANN,
            channel=channel,
            status=ConsentStatus.UNSUBSCRIBED,
            stop=True,
            evidence=f"keyword {keyword}",
            sender=OURS,
            confirmed=False if channel is Channel.WHATSAPP else _answers(keyword),
        ),
    )


def _answers(keyword: str) -> bool | None:
    """Whether Twilio answers that word to a long code; of the French ones nobody is sure."""
    return None if keyword.startswith("ARRET") else True


@pytest.mark.parametrize("body", ["START", " start ", "Unstop"])
def test_a_start_word_takes_messages_up_again(read: Read, body: str) -> None:
    assert read(on_whatsapp(body))[1:] == (
        ConsentChanged(
            number=ANN,
            channel=Channel.WHATSAPP,
            status=ConsentStatus.SUBSCRIBED,
            stop=False,
            evidence=f"keyword {body.strip().upper()}",
            sender=OURS,
        ),
    )


@pytest.mark.parametrize("body", ["Yes", "HELP", "info", "weekend", "stopover", ""])
def test_other_words_say_nothing_of_consent(read: Read, body: str) -> None:
    (message,) = read(wrote(body))

    assert isinstance(message, InboundMessage)
    assert not message.needs_review


@pytest.mark.parametrize("message", [wrote, on_whatsapp])
def test_a_message_in_which_a_stop_word_stands_needs_review(
    read: Read, message: Callable[[str], dict[str, str]]
) -> None:
    (signal,) = read(message("stop by at 5?"))

    assert isinstance(signal, InboundMessage)
    assert signal.needs_review
    assert signal.keyword is None


def test_a_stop_names_the_service_it_was_said_to(read: Read) -> None:
    _, word = read(wrote("Stop.", MessagingServiceSid="MG1"))

    assert isinstance(word, ConsentChanged)
    assert (word.sender, word.service) == (OURS, "MG1")


@pytest.mark.parametrize(
    ("taken_for", "body", "status"),
    [
        ("STOP", "No more of this", ConsentStatus.UNSUBSCRIBED),
        ("START", "Yes", ConsentStatus.SUBSCRIBED),
        ("START", "STOP", ConsentStatus.SUBSCRIBED),
    ],
)
def test_what_advanced_opt_out_took_it_for_counts_before_the_words(
    read: Read, taken_for: str, body: str, status: ConsentStatus
) -> None:
    _, word = read(wrote(body, OptOutType=taken_for))

    assert isinstance(word, ConsentChanged)
    assert (word.status, word.evidence) == (status, f"Twilio OptOutType {taken_for}")


def test_what_advanced_opt_out_took_for_a_call_for_help_says_nothing(read: Read) -> None:
    assert len(read(wrote("STOP", OptOutType="HELP"))) == 1


def test_a_type_that_nobody_knows_leaves_it_to_the_words(read: Read) -> None:
    _, word = read(wrote("STOP", OptOutType="PAUSE"))

    assert isinstance(word, ConsentChanged)
    assert word.evidence == "keyword STOP"


def test_a_button_counts_as_the_text_it_shows(read: Read) -> None:
    message, word = read(on_whatsapp("", ButtonText="Stop", ButtonPayload="no_more"))

    assert isinstance(message, InboundMessage)
    assert isinstance(word, ConsentChanged)
    assert (message.text, word.status) == ("Stop", ConsentStatus.UNSUBSCRIBED)


@pytest.mark.parametrize(
    "pressed",
    [
        {"ButtonText": "Not now", "ButtonPayload": "STOP"},
        {"ButtonText": "Stop promotions", "ButtonPayload": "x1"},
        {"ListTitle": "Something else", "ListId": "stop_all"},
    ],
)
def test_a_button_stops_by_its_id_as_by_its_text(read: Read, pressed: dict[str, str]) -> None:
    _, word = read(on_whatsapp(pressed.get("ButtonText", ""), **pressed))

    assert isinstance(word, ConsentChanged)
    assert word.stop


def test_the_id_of_a_button_starts_nothing(read: Read) -> None:
    assert len(read(on_whatsapp("Go", ButtonText="Go", ButtonPayload="START"))) == 1


@pytest.mark.parametrize(
    "form",
    [
        {},
        {name: value for name, value in wrote("STOP").items() if name != "MessageSid"},
        wrote("STOP", To=""),
    ],
)
def test_a_call_that_names_no_message_or_no_sender_says_nothing(read: Read, form: dict[str, str]) -> None:
    assert read(form) == ()


@pytest.mark.parametrize(
    "address",
    ["40404", "messenger:12025550142", "whatsapp:", "whatsapp:FI", "whatsapp:fi.1", "whatsapp:FI.é"],
)
def test_what_is_no_number_is_not_taken_for_one(read: Read, address: str) -> None:
    message, word = read(wrote("STOP", From=address))

    assert isinstance(message, InboundMessage)
    assert isinstance(word, ConsentChanged)
    assert (message.number, message.external_user_ids, message.address, word.number) == (
        None,
        (),
        address,
        None,
    )


@pytest.mark.parametrize(
    ("address", "beside", "number", "ids"),
    [
        ("whatsapp:FI.2782aB", {}, None, ("FI.2782aB",)),
        ("whatsapp:US.ENT.99x", {}, None, ("US.ENT.99x",)),
        (
            "whatsapp:US.ENT.99x",
            {"ExternalUserId": "US.1", "ParentExternalUserId": "US.ENT.99x"},
            None,
            ("US.1", "US.ENT.99x"),
        ),
        (f"whatsapp:{ANN}", {"ExternalUserId": "US.1"}, ANN, ("US.1",)),
        (f"whatsapp:{ANN}", {"ExternalUserId": "no id"}, ANN, ()),
    ],
)
def test_a_person_is_known_by_their_number_and_by_the_ids_of_whatsapp(
    read: Read, address: str, beside: dict[str, str], number: str | None, ids: tuple[str, ...]
) -> None:
    message, word = read(
        wrote("Stop.", From=address, To=f"whatsapp:{OURS}", OriginalRepliedMessageSid="SM7", **beside)
    )

    assert isinstance(message, InboundMessage)
    assert isinstance(word, ConsentChanged)
    assert (message.number, message.external_user_ids, message.replied_to) == (number, ids, "SM7")
    assert (message.channel, word.channel, word.number) == (Channel.WHATSAPP, Channel.WHATSAPP, number)


def test_a_call_that_is_not_twilios_is_refused(settings: MakeSettings) -> None:
    request = signed(wrote())
    forged = WebhookRequest(request.url, request.headers, request.body.replace(b"Hello", b"STOP"))

    with pytest.raises(kit.InvalidAuthenticationError) as raised:
        inbound_signals(forged, settings())

    assert raised.value.code == "INVALID_SIGNATURE"


def test_without_an_auth_token_no_call_is_believed(settings: MakeSettings) -> None:
    with pytest.raises(kit.InvalidAuthenticationError) as raised:
        inbound_signals(signed(wrote()), settings(authToken=None))

    assert raised.value.code == "NO_AUTH_TOKEN"


def test_a_stop_to_a_number_of_a_service_is_one_to_the_service(read: Read) -> None:
    _message, word = read(wrote("STOP", MessagingServiceSid="MG1"))

    assert isinstance(word, ConsentChanged)
    assert (word.sender, word.service, word.reach) == (OURS, "MG1", kit.StopReach.ALL)
