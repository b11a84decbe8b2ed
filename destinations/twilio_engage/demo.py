"""What `heliograph demo` shows of this destination: the stand-in's own account, and four people with their stories."""

from pathlib import Path

from destinations.kit import Demo, DemoCall, DemoPromise, DemoStory

_WELCOME = "identify_welcome_sms"
_AUDIENCE = "audience_entered_sms"
_ORDER = "track_order_whatsapp"


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
    folder=Path(__file__).parent / "demo_configuration",
    # The credentials of the stand-in's default account; they open nothing else.
    environ={
        "STAND_IN_HOST": "{host}",
        "STAND_IN_API_KEY_SECRET": "simulator-main-key",
        "STAND_IN_AUTH_TOKEN": "51" * 16,
    },
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
        DemoStory(
            "agrees to WhatsApp alone, and places an order",
            (
                DemoCall(
                    "identify",
                    {
                        "user_id": "dan",
                        "traits": {"first_name": "Dan", "phone": "+12025550145", "whatsapp_opt_in": True},
                    },
                ),
                DemoCall(
                    "track",
                    {
                        "user_id": "dan",
                        "event": "Order Completed",
                        "properties": {"order_id": "1042", "total": "84.50", "currency": "USD"},
                    },
                ),
            ),
            (
                DemoPromise(_WELCOME, "SUPPRESSED", reason="NOT_SUBSCRIBED"),
                DemoPromise(_ORDER, "ACCEPTED", message_status="DELIVERED"),
            ),
        ),
    ),
    texts_at="/_simulator/messages",
    texts=lambda answer: {one["sid"]: one["body"] for one in answer["messages"]},
    also=(
        ("sender of SMS", "+12025550100"),
        ("another sender, in no service", "+15005550006"),
        ("sender of WhatsApp", "whatsapp:+12025550100"),
        ("Messaging Service", "MG00000000000000000000000000000051"),
        ("template with 2 variables, approved", "HX00000000000000000000000000000051"),
        ("template with buttons, approved", "HX00000000000000000000000000000054"),
        ("template that WhatsApp rejected", "HX00000000000000000000000000000056"),
        ("a number that is refused (21211)", "+15005550001"),
    ),
)
