"""Whether Twilio answers a stop, by the table of the module; and what a confirmation must not have."""

import pytest

from destinations import kit
from destinations.twilio_engage import inbound
from destinations.twilio_engage.stop_confirmation import problems

LONG, TOLL_FREE, SHORT = "+12025550100", "+18005550100", "555111"


def confirmed(to: str, body: str, **more: str) -> bool | None:
    said = {"MessageSid": "SM1", "From": "+12025550142", "To": to, "Body": body, **more}
    if to.startswith("whatsapp:"):
        said["From"] = "whatsapp:+12025550142"
    (word,) = [one for one in inbound.signals(said) if isinstance(one, kit.ConsentChanged)]
    assert word.stop
    return word.confirmed


@pytest.mark.parametrize(
    ("to", "body", "more", "answers"),
    [
        pytest.param(LONG, "Basta", {"OptOutType": "STOP"}, True, id="Advanced Opt-Out"),
        pytest.param(f"whatsapp:{LONG}", "STOP", {"OptOutType": "STOP"}, True, id="the same on WhatsApp"),
        pytest.param(f"whatsapp:{LONG}", "STOP", {}, False, id="WhatsApp"),
        pytest.param(
            f"whatsapp:{LONG}", "STOP", {"MessagingServiceSid": "MG1"}, False, id="WhatsApp of a service"
        ),
        pytest.param(
            f"whatsapp:{LONG}",
            "",
            {"ButtonText": "Stop", "ButtonPayload": "stop"},
            False,
            id="a button on WhatsApp",
        ),
        pytest.param(f"whatsapp:{LONG}", "STOP", {"MessageType": "reaction"}, None, id="a reaction"),
        *(
            pytest.param(LONG, word, {}, True, id=f"a long code: {word}")
            for word in ("STOP", "stopall", "Unsubscribe", " cancel ", "END", "QUIT", "REVOKE", "OPTOUT")
        ),
        pytest.param(LONG, "STOP", {"MessagingServiceSid": "MG1"}, True, id="a long code of a service"),
        pytest.param(LONG, "STOP.", {}, None, id="with marks around it"),
        pytest.param(LONG, "ARRET", {}, None, id="a French one"),
        pytest.param(LONG, "stop please", {}, False, id="with courtesy"),
        pytest.param(LONG, "STOPP", {}, False, id="of another language"),
        pytest.param(TOLL_FREE, "STOP", {}, True, id="toll-free: STOP"),
        pytest.param(TOLL_FREE, "QUIT", {}, None, id="toll-free: another default"),
        pytest.param(TOLL_FREE, "stop please", {}, False, id="toll-free: another word"),
        pytest.param(SHORT, "STOP", {}, False, id="a short code"),
        pytest.param(SHORT, "STOP", {"MessagingServiceSid": "MG1"}, None, id="a short code of a service"),
        pytest.param(SHORT, "stop please", {"MessagingServiceSid": "MG1"}, False, id="another word to it"),
        pytest.param("rcs:brand_agent", "STOP", {}, None, id="RCS"),
    ],
)
def test_whether_twilio_answers(to: str, body: str, more: dict[str, str], answers: bool | None) -> None:
    assert confirmed(to, body, **more) is answers


def test_a_start_is_confirmed_by_nobody() -> None:
    said = {"MessageSid": "SM1", "From": "+12025550142", "To": SHORT, "Body": "START"}

    (word,) = [one for one in inbound.signals(said) if isinstance(one, kit.ConsentChanged)]

    assert (word.stop, word.confirmed) == (False, None)


@pytest.mark.parametrize(
    "text", ["You get no more texts.", "Bye. Write START to begin again.", "a" * 160, "ü" * 160]
)
def test_one_segment_of_plain_words_is_fine(text: str) -> None:
    assert problems(text) == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("Bye {{ name }}", "It has Liquid in it", id="Liquid"),
        pytest.param("Bye {% if a %}", "It has Liquid in it", id="a tag"),
        pytest.param("Bye https://shop.example/a", "It has a link in it", id="a link"),
        pytest.param("Bye HTTP://SHOP", "It has a link in it", id="a link in capitals"),
        pytest.param("Bye, see www.shop", "It has a link in it", id="www"),
        pytest.param("Bye, see shop.example", "It has a link in it", id="a host"),
        pytest.param("a" * 161, "It takes 2 segments (GSM-7)", id="too long"),
        pytest.param("ё" * 71, "It takes 2 segments (UCS-2)", id="too long in Cyrillic"),
    ],
)
def test_what_a_confirmation_must_not_have_is_said(text: str, says: str) -> None:
    (problem,) = problems(text)

    assert problem.startswith(says)
