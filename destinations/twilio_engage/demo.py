"""What `heliograph demo` shows of this destination: the stand-in's own account, and three people with their stories."""

from destinations.kit import Demo, DemoCall, DemoPromise, DemoStory

_WELCOME = "identify_welcome_sms"
_AUDIENCE = "audience_entered_sms"


def _signs_up_and_enters(user: str, **traits: object) -> tuple[DemoCall, ...]:
    """An identify, then the audience that a marketer put the person into."""
    properties = {"audience_key": "spring_sale", "spring_sale": True}
    return (
        DemoCall("identify", {"user_id": user, "traits": traits}),
        DemoCall("track", {"user_id": user, "event": "Audience Entered", "properties": properties}),
    )


def _both(status: str, **more: str) -> tuple[DemoPromise, ...]:
    return (DemoPromise(_WELCOME, status, **more), DemoPromise(_AUDIENCE, status, **more))


demo = Demo(
    # The credentials of the stand-in's default account; they open nothing else.
    settings={
        "accountSid": "AC00000000000000000000000000000051",
        "authToken": "51" * 16,
        "twilioHostname": "{host}",
        "defaultCountry": "US",
    },
    fields={"from": "+15005550006"},
    presets=(_WELCOME, _AUDIENCE),
    stories=(
        DemoStory(
            "signs up with a phone, agrees to texts, enters an audience",
            _signs_up_and_enters("ada", first_name="Ada", phone="+12025550142", sms_opt_in=True),
            _both("ACCEPTED", message_status="DELIVERED"),
        ),
        DemoStory(
            "signs up with a phone, agrees to nothing, enters an audience",
            _signs_up_and_enters("ben", first_name="Ben", phone="+12025550143"),
            _both("SUPPRESSED", reason="NOT_SUBSCRIBED"),
        ),
        DemoStory(
            "agrees to texts with a number that Twilio refuses",
            _signs_up_and_enters("cleo", first_name="Cleo", phone="+15005550001", sms_opt_in=True),
            _both("REJECTED", error_code="21211"),
        ),
    ),
    text_field="Body",
)
