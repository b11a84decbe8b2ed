"""What the account itself allows."""

from destinations import kit
from destinations.twilio_engage.client import credentials, fetch_account
from destinations.twilio_engage.settings import TwilioEngageSettings

_TRIAL = "Trial"


async def is_trial(context: kit.Context[TwilioEngageSettings]) -> bool | kit.Unknown:
    """Whether it is a trial account, which sends from its own number alone (Twilio error 21607).

    UNKNOWN where that can't be read: a standard API key may send and not see the account.
    """
    auth = credentials(context.settings)
    if not context.lookups or auth is None:
        return kit.UNKNOWN
    try:
        response = await context.read(fetch_account(context.settings, context.allowed_hosts, auth))
    except kit.IntegrationError:
        return kit.UNKNOWN
    answer = response.json()
    kind = answer.get("type") if response.ok and isinstance(answer, dict) else None
    return kind == _TRIAL if isinstance(kind, str) else kit.UNKNOWN
