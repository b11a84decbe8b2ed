"""An in-memory Twilio for people, tests and docker: Messages and Accounts over HTTP, signed status callbacks,
and a phone to look at.

It answers as Twilio's documentation and specification say, validates what they say is validated, and sends no
text to anyone. It differs knowingly in these: a callback may be plain http on loopback; links are never
shortened; a WhatsApp message is delivered whenever it was sent, as no 24-hour window is kept; media is not
fetched.

    simulator = Simulator()          # simulator.app is the ASGI app
    uvicorn --factory destinations.twilio_engage.simulator:create_app
"""

from destinations.twilio_engage.simulator.accounts import (
    ACCOUNT_SID,
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
    TEMPLATE_SID,
    TEST_ACCOUNT_SID,
    TEST_AUTH_TOKEN,
    WHATSAPP_SENDER,
    Account,
    ApiKey,
    Service,
)
from destinations.twilio_engage.simulator.app import Simulator, create_app

__all__ = [
    "ACCOUNT_SID",
    "API_KEY_SECRET",
    "API_KEY_SID",
    "AUTH_TOKEN",
    "DEFAULT_ACCOUNTS",
    "MAGIC_SENDER",
    "OTHER_SENDER",
    "SENDER",
    "SERVICE_SID",
    "SHORT_CODE",
    "STANDARD_KEY_SECRET",
    "STANDARD_KEY_SID",
    "TEMPLATE_SID",
    "TEST_ACCOUNT_SID",
    "TEST_AUTH_TOKEN",
    "WHATSAPP_SENDER",
    "Account",
    "ApiKey",
    "Service",
    "Simulator",
    "create_app",
]
