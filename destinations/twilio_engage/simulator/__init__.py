"""An in-memory Twilio for people, tests and docker: the API over HTTP, signed webhooks, and a phone to look at.

It holds messages, accounts, numbers and short codes, Messaging Services and Content templates; a person can
write to it, which opens WhatsApp's 24-hour window or stops texts, and calls the inbound webhook.

It answers as Twilio's documentation and specification say, validates what they say is validated, and sends no
text to anyone. It differs knowingly in these: a webhook may be plain http on loopback; its TwiML is not carried
out, so that nobody is answered when they say STOP; links are never shortened; media is not fetched; marketing
on WhatsApp reaches the United States; no sender's rate or limit is kept.

    simulator = Simulator()          # simulator.app is the ASGI app
    uvicorn --factory destinations.twilio_engage.simulator:create_app
"""

from destinations.twilio_engage.simulator.accounts import (
    ACCOUNT_SID,
    ALPHANUMERIC_SENDER,
    API_KEY_SECRET,
    API_KEY_SID,
    AUTH_TOKEN,
    DEFAULT_ACCOUNTS,
    MAGIC_SENDER,
    OTHER_SENDER,
    SENDER,
    SERVICE_SID,
    SHORT_CODE,
    STANDARD_KEY_SECRET,
    STANDARD_KEY_SID,
    TEST_ACCOUNT_SID,
    TEST_AUTH_TOKEN,
    WHATSAPP_SENDER,
    Account,
    ApiKey,
    SenderUrls,
    Service,
)
from destinations.twilio_engage.simulator.app import Simulator, create_app
from destinations.twilio_engage.simulator.templates import (
    AUTHENTICATION_TEMPLATE_SID,
    CALL_TO_ACTION_TEMPLATE_SID,
    DEFAULT_TEMPLATES,
    DISABLED_TEMPLATE_SID,
    LIST_PICKER_TEMPLATE_SID,
    MEDIA_TEMPLATE_SID,
    PAUSED_TEMPLATE_SID,
    QUICK_REPLY_TEMPLATE_SID,
    REJECTED_TEMPLATE_SID,
    TEMPLATE_SID,
    UNSUBMITTED_TEMPLATE_SID,
    Approval,
    Template,
)

__all__ = [
    "ACCOUNT_SID",
    "ALPHANUMERIC_SENDER",
    "API_KEY_SECRET",
    "API_KEY_SID",
    "AUTHENTICATION_TEMPLATE_SID",
    "AUTH_TOKEN",
    "CALL_TO_ACTION_TEMPLATE_SID",
    "DEFAULT_ACCOUNTS",
    "DEFAULT_TEMPLATES",
    "DISABLED_TEMPLATE_SID",
    "LIST_PICKER_TEMPLATE_SID",
    "MAGIC_SENDER",
    "MEDIA_TEMPLATE_SID",
    "OTHER_SENDER",
    "PAUSED_TEMPLATE_SID",
    "QUICK_REPLY_TEMPLATE_SID",
    "REJECTED_TEMPLATE_SID",
    "SENDER",
    "SERVICE_SID",
    "SHORT_CODE",
    "STANDARD_KEY_SECRET",
    "STANDARD_KEY_SID",
    "TEMPLATE_SID",
    "TEST_ACCOUNT_SID",
    "TEST_AUTH_TOKEN",
    "UNSUBMITTED_TEMPLATE_SID",
    "WHATSAPP_SENDER",
    "Account",
    "ApiKey",
    "Approval",
    "SenderUrls",
    "Service",
    "Simulator",
    "Template",
    "create_app",
]
