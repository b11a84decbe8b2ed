"""Made-up files as other systems export them, and what is read of each: (number, channel, status, sender, time, whether it is a stop)."""

import json
from typing import Any, NamedTuple

from tests.factories import ANN, BOB

EVE = "+12025550177"
SMS, WHATSAPP, YES, NO = "SMS", "WHATSAPP", "SUBSCRIBED", "UNSUBSCRIBED"
AT = "2026-01-02T03:04:05.000Z"
SERVICE = "MG" + "0" * 32


class Sample(NamedTuple):
    """A file, which export it is, what it says, how many of its rows say nothing, and which columns its bad rows are about."""

    id: str
    export: str
    text: str
    words: list[tuple[str, str, str, str | None, str | None, bool]]
    silent: int = 0
    bad: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


def _word(phone: str, status: str, at: str | None = None, channel: str = SMS, **more: Any) -> Any:
    return (phone, channel, status, more.get("sender"), at, more.get("stop", False))


def _lines(*rows: object) -> str:
    return "".join(f"{json.dumps(row)}\n" for row in rows)


SAMPLES = [
    Sample(
        "segment CSV",
        "segment",
        "user_id,email,phone,sms_subscription_status,whatsapp_subscription_status,email_subscription_status\n"
        f"u1,a@example.com,{ANN},subscribed,unsubscribed,subscribed\n"
        f"u2,,{BOB},did-not-subscribe,,\n"
        f"u3,,,,,subscribed\n"
        f"u4,,{EVE},yes please,,\n",
        [_word(ANN, YES), _word(ANN, NO, channel=WHATSAPP)],
        silent=2,
        bad=("status of SMS",),
        left=("user_id", "email", "email_subscription_status"),
    ),
    Sample(
        "segment events",
        "segment",
        _lines(
            {
                "timestamp": AT,
                "context": {
                    "messaging_subscriptions": [
                        {"key": ANN, "type": "SMS", "status": "SUBSCRIBED"},
                        {"key": ANN, "type": "WHATSAPP", "status": "UNSUBSCRIBED"},
                        {"key": "a@example.com", "type": "EMAIL", "status": "SUBSCRIBED"},
                    ]
                },
            },
            {
                "external_ids": [
                    {"id": BOB, "type": "phone", "channelType": "sms", "subscriptionStatus": "true"}
                ]
            },
            {"external_ids": [{"id": EVE, "type": "phone"}]},
        ),
        [_word(ANN, YES, AT), _word(ANN, NO, AT, WHATSAPP), _word(BOB, YES)],
        silent=1,
    ),
    Sample(
        "customerio CSV",
        "customerio",
        "cio_id,phone,unsubscribed,cio_subscription_preferences,sms_opt_in,sms_opt_in_at\n"
        f'1,{ANN},false,"{{""channels"":{{""sms"":true,""email"":false}},""topics"":{{""topic_1"":true}}}}",,\n'
        f'2,{BOB},true,"{{""channels"":{{""sms"":true}}}}",,\n'
        f"3,{EVE},false,,true,1767323045\n"
        f"4,{ANN},,{{not JSON,,\n",
        [_word(ANN, YES), _word(BOB, NO), _word(BOB, NO, channel=WHATSAPP), _word(EVE, YES, AT)],
        bad=("ciosubscriptionpreferences",),
    ),
    Sample(
        "customerio JSON",
        "customerio",
        _lines(
            {
                "customer": {
                    "attributes": {
                        "phone": ANN,
                        "cio_id": "1",
                        "cio_subscription_preferences": '{"channels":{"sms":false}}',
                    }
                }
            },
            {"cio_id": "2", "phone": BOB, "cio_subscription_preferences": {"channels": {"whatsapp": True}}},
            {"cio_id": "3", "phone": EVE, "unsubscribed": False},
        ),
        [_word(ANN, NO), _word(BOB, YES, channel=WHATSAPP)],
        silent=1,
    ),
    Sample(
        "braze JSON",
        "braze",
        _lines(
            {
                "external_id": "u1",
                "phone": ANN,
                "email_subscribe": "opted_in",
                "push_subscribe": "subscribed",
                "subscription_groups": [
                    {"id": "g1", "name": "Offers", "channel": "sms", "status": "Subscribed"},
                    {"id": "g2", "name": "News", "channel": "email", "status": "Unsubscribed"},
                ],
            },
            {
                "phone": BOB,
                "subscription_groups": [
                    {"name": "Offers", "channel": "sms", "status": "Subscribed"},
                    {"name": "Alerts", "channel": "sms", "status": "Unsubscribed", "event_date": AT},
                ],
            },
            {"phone": EVE, "subscription_groups": [{"channel": "sms", "status": "Unknown"}]},
            {"phone": EVE, "subscription_groups": [{"status": "Subscribed"}]},
            {"phone": None, "email_subscribe": "subscribed"},
        ),
        [_word(ANN, YES), _word(BOB, NO, AT)],
        silent=2,
        bad=("channel",),
    ),
    Sample(
        "twilio opt-outs",
        "twilio",
        "phone_number,messaging_service_sid,opt_out_type,opted_out_at\n"
        f"{ANN},{SERVICE},STOP,2026-01-02 03:04:05\n"
        f"{BOB},+12025550100,START,\n"
        f"{EVE},,STOP,{AT}\n"
        f"{EVE},,perhaps,{AT}\n",
        [
            _word(ANN, NO, AT, sender=SERVICE, stop=True),
            _word(BOB, YES, sender="+12025550100"),
            _word(EVE, NO, AT, stop=True),
        ],
        bad=("status",),
    ),
    Sample(
        "twilio consent API",
        "twilio",
        _lines(
            {
                "contact_id": ANN,
                "sender_id": SERVICE,
                "status": "opt-out",
                "source": "opt-out-message",
                "date_of_consent": AT,
            },
            {"contact_id": BOB, "sender_id": SERVICE, "status": "opt-in", "source": "website"},
        ),
        [_word(ANN, NO, AT, sender=SERVICE, stop=True), _word(BOB, YES, sender=SERVICE)],
    ),
    Sample(
        "klaviyo CSV",
        "klaviyo",
        "Email;Klaviyo ID;Phone Number;SMS Consent;SMS Consent Timestamp;SMS Consent Source\n"
        f"a@example.com;k1;{ANN};SUBSCRIBED;2026-01-02 03:04:05;Checkout\n"
        f"b@example.com;k2;{BOB};UNSUBSCRIBED;{AT};\n"
        f"c@example.com;k3;{EVE};NEVER_SUBSCRIBED;;\n"
        "d@example.com;k4;;;;\n"
        "e@example.com;k5;;SUBSCRIBED;;\n",
        [_word(ANN, YES, AT), _word(BOB, NO, AT)],
        silent=2,
        bad=("phone",),
        left=("Email", "Klaviyo ID"),
    ),
    Sample(
        "klaviyo JSON",
        "klaviyo",
        _lines(
            {
                "type": "profile",
                "attributes": {
                    "phone_number": ANN,
                    "subscriptions": {
                        "sms": {
                            "marketing": {
                                "can_receive_sms_marketing": True,
                                "consent": "SUBSCRIBED",
                                "consent_timestamp": AT,
                                "method": "TEXT",
                                "last_updated": "2026-02-02T00:00:00+00:00",
                            }
                        }
                    },
                },
            },
            {
                "attributes": {
                    "phone_number": BOB,
                    "subscriptions": {
                        "sms": {"marketing": {"can_receive_sms_marketing": False, "consent": "SUBSCRIBED"}}
                    },
                }
            },
        ),
        [_word(ANN, YES, AT)],
        bad=("may receive SMS",),
    ),
]
