"""The senders of WhatsApp (Channels/Senders of the second version): list, fetch, and where what they receive goes."""

from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from destinations.twilio_engage.simulator.accounts import Account
from destinations.twilio_engage.simulator.addresses import Address
from destinations.twilio_engage.simulator.body import read_json
from destinations.twilio_engage.simulator.errors import TwilioError, invalid
from destinations.twilio_engage.simulator.owned import Kind, owned
from destinations.twilio_engage.simulator.paging import page_with_meta
from destinations.twilio_engage.simulator.urls import is_web_url
from destinations.twilio_engage.simulator.world import World

_ACCEPTED = 202


def routes(world: World) -> list[Route]:
    endpoint = _ChannelSenders(world)
    path = "/v2/Channels/Senders"
    return [
        Route(path, endpoint.list, methods=["GET"]),
        Route(f"{path}/{{sid}}", endpoint.fetch, methods=["GET"]),
        Route(f"{path}/{{sid}}", endpoint.update, methods=["POST"]),
    ]


class _ChannelSenders:
    def __init__(self, world: World) -> None:
        self._world = world

    async def list(self, request: Request) -> JSONResponse:
        account = self._world.live_caller(request).account
        if request.query_params.get("Channel") != "whatsapp":
            raise invalid("Channel")
        found = owned(account, Kind.CHANNEL)
        return page_with_meta(
            request,
            "senders",
            {sid: self._resource(request, account, sid, one) for sid, one in found.items()},
        )

    async def fetch(self, request: Request) -> JSONResponse:
        return JSONResponse(self._resource(request, *self._find(request)))

    async def update(self, request: Request) -> JSONResponse:
        account, sid, address = self._find(request)
        given = await read_json(request)
        webhook = given.get("webhook")
        url = webhook.get("callback_url") if isinstance(webhook, dict) else None
        if not isinstance(url, str) or not is_web_url(url):
            raise invalid("webhook.callback_url")
        urls = replace(account.urls_of(address.text), inbound=url)
        account = replace(account, urls={**account.urls, address.text: urls})
        self._world.accounts.change(account)
        return JSONResponse(self._resource(request, account, sid, address), _ACCEPTED)

    def _find(self, request: Request) -> tuple[Account, str, Address]:
        account, sid = self._world.live_caller(request).account, request.path_params["sid"]
        address = owned(account, Kind.CHANNEL).get(sid)
        if address is None:
            raise TwilioError(20404)
        return account, sid, address

    def _resource(self, request: Request, account: Account, sid: str, address: Address) -> dict[str, Any]:
        urls = account.urls_of(address.text)
        return {
            "sid": sid,
            "status": "ONLINE",
            "sender_id": address.text,
            "configuration": {
                "waba_id": "10000000000001",
                "verification_method": "sms",
                "voice_application_sid": None,
            },
            "webhook": {
                "callback_url": urls.inbound,
                "callback_method": "POST",
                "fallback_url": None,
                "fallback_method": "POST",
                "status_callback_url": urls.status,
                "status_callback_method": "POST",
            },
            "profile": {"name": account.friendly_name},
            "properties": {"quality_rating": "HIGH", "messaging_limit": "10K Customers/24hr"},
            "offline_reasons": None,
            "url": f"{request.base_url}v2/Channels/Senders/{sid}",
        }
