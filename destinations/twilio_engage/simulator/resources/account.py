"""The Account resource, which a check of credentials reads; a standard key may not (401, Twilio error 20003)."""

from email.utils import format_datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from destinations.twilio_engage.simulator.accounts import Account
from destinations.twilio_engage.simulator.errors import TwilioError
from destinations.twilio_engage.simulator.message import API_VERSION
from destinations.twilio_engage.simulator.world import World


def routes(world: World) -> list[Route]:
    started = format_datetime(world.now())

    async def fetch(request: Request) -> JSONResponse:
        caller = world.known_caller(request)
        if caller.account.test:
            raise TwilioError(20008)
        if caller.key is not None and caller.key.standard:
            raise TwilioError(20003)
        return JSONResponse(resource(caller.account, started))

    return [Route(f"/{API_VERSION}/Accounts/{{account_sid}}.json", fetch, methods=["GET"])]


def resource(account: Account, started: str) -> dict[str, Any]:
    """The account as Twilio shows it; of its sub-resources only those that are simulated are named."""
    uri = f"/{API_VERSION}/Accounts/{account.sid}"
    return {
        "auth_token": account.auth_token,
        "date_created": started,
        "date_updated": started,
        "friendly_name": account.friendly_name,
        "owner_account_sid": account.sid,
        "sid": account.sid,
        "status": account.status,
        "subresource_uris": {
            "incoming_phone_numbers": f"{uri}/IncomingPhoneNumbers.json",
            "messages": f"{uri}/Messages.json",
            "short_codes": f"{uri}/SMS/ShortCodes.json",
        },
        "type": "Trial" if account.trial else "Full",
        "uri": f"{uri}.json",
    }
