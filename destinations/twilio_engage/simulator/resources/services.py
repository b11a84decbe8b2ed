"""Messaging Services: list, fetch, the URLs they call, and the four lists of what is in their pool."""

from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from destinations.twilio_engage.simulator.accounts import Account, Service
from destinations.twilio_engage.simulator.addresses import Address
from destinations.twilio_engage.simulator.errors import TwilioError
from destinations.twilio_engage.simulator.form import read_form
from destinations.twilio_engage.simulator.inbound import country_of
from destinations.twilio_engage.simulator.owned import Kind, kind_of, sid_of
from destinations.twilio_engage.simulator.paging import page_with_meta
from destinations.twilio_engage.simulator.times import iso_8601
from destinations.twilio_engage.simulator.world import World

_LONGEST_VALIDITY = 36_000  # seconds
_SUB_LISTS = {
    "PhoneNumbers": Kind.NUMBER,
    "ShortCodes": Kind.SHORT_CODE,
    "AlphaSenders": Kind.ALPHANUMERIC,
    "ChannelSenders": Kind.CHANNEL,
}
_KEYS = {
    Kind.NUMBER: "phone_numbers",
    Kind.SHORT_CODE: "short_codes",
    Kind.ALPHANUMERIC: "alpha_senders",
    Kind.CHANNEL: "senders",
}


def routes(world: World) -> list[Route]:
    endpoint = _Services(world)
    return [
        Route("/v1/Services", endpoint.list, methods=["GET"]),
        Route("/v1/Services/{sid}", endpoint.fetch, methods=["GET"]),
        Route("/v1/Services/{sid}", endpoint.update, methods=["POST"]),
        *(Route(f"/v1/Services/{{sid}}/{name}", endpoint.list_pool, methods=["GET"]) for name in _SUB_LISTS),
        *(
            Route(f"/v1/Services/{{sid}}/{name}/{{sender_sid}}", endpoint.fetch_from_pool, methods=["GET"])
            for name in _SUB_LISTS
        ),
    ]


class _Services:
    def __init__(self, world: World) -> None:
        self._world = world
        self._started = iso_8601(world.now())

    async def list(self, request: Request) -> JSONResponse:
        account = self._world.live_caller(request).account
        return page_with_meta(
            request, "services", {one.sid: self._resource(request, account, one) for one in account.services}
        )

    async def fetch(self, request: Request) -> JSONResponse:
        return JSONResponse(self._resource(request, *self._find(request)))

    async def update(self, request: Request) -> JSONResponse:
        form = await read_form(request)
        account, service = self._find(request)
        by_number = service.use_inbound_webhook_on_number
        changed = replace(
            service,
            friendly_name=form.get("FriendlyName") or service.friendly_name,
            inbound_request_url=form.url("InboundRequestUrl", service.inbound_request_url),
            status_callback=form.url("StatusCallback", service.status_callback),
            use_inbound_webhook_on_number=form.is_true("UseInboundWebhookOnNumber")
            if form.has("UseInboundWebhookOnNumber")
            else by_number,
        )
        services = tuple(changed if one.sid == service.sid else one for one in account.services)
        self._world.accounts.change(replace(account, services=services))
        return JSONResponse(self._resource(request, account, changed))

    async def list_pool(self, request: Request) -> JSONResponse:
        kind, shown = self._pool(request)
        return page_with_meta(request, _KEYS[kind], shown)

    async def fetch_from_pool(self, request: Request) -> JSONResponse:
        _, shown = self._pool(request)
        try:
            return JSONResponse(shown[request.path_params["sender_sid"]])
        except KeyError:
            raise TwilioError(20404) from None

    def _pool(self, request: Request) -> tuple[Kind, dict[str, Any]]:
        """The kind of sender that the path names, and those of the pool by their SIDs."""
        account, service = self._find(request)
        name = request.url.path.split("/")[4]
        kind = _SUB_LISTS[name]
        shown = {}
        for address in map(Address.read, service.senders):
            if kind_of(address) is kind:
                sid = sid_of(account, address)
                shown[sid] = {
                    "sid": sid,
                    "account_sid": account.sid,
                    "date_created": self._started,
                    "date_updated": self._started,
                    "url": f"{request.base_url}v1/Services/{service.sid}/{name}/{sid}",
                    **_of_kind(kind, address, service),
                }
        return kind, shown

    def _find(self, request: Request) -> tuple[Account, Service]:
        account = self._world.live_caller(request).account
        service = account.service(request.path_params["sid"])
        if service is None:
            raise TwilioError(20404)
        return account, service

    def _resource(self, request: Request, account: Account, service: Service) -> dict[str, Any]:
        """Of a service's settings, those that are simulated are its own; the others are as Twilio sets them."""
        url = f"{request.base_url}v1/Services/{service.sid}"
        return {
            "account_sid": account.sid,
            "sid": service.sid,
            "date_created": self._started,
            "date_updated": self._started,
            "friendly_name": service.friendly_name,
            "inbound_request_url": service.inbound_request_url,
            "inbound_method": "POST",
            "fallback_url": None,
            "fallback_method": "POST",
            "status_callback": service.status_callback,
            "sticky_sender": True,
            "mms_converter": True,
            "smart_encoding": False,
            "scan_message_content": "inherit",
            "fallback_to_long_code": True,
            "area_code_geomatch": True,
            "synchronous_validation": False,
            "validity_period": _LONGEST_VALIDITY,
            "usecase": "undeclared",
            "us_app_to_person_registered": False,
            "use_inbound_webhook_on_number": service.use_inbound_webhook_on_number,
            "links": {
                "phone_numbers": f"{url}/PhoneNumbers",
                "short_codes": f"{url}/ShortCodes",
                "alpha_senders": f"{url}/AlphaSenders",
                "channel_senders": f"{url}/ChannelSenders",
            },
            "url": url,
        }


def _of_kind(kind: Kind, address: Address, service: Service) -> dict[str, Any]:
    match kind:
        case Kind.NUMBER:
            own = {"phone_number": address.text, "country_code": country_of(address.number)}
            return {"service_sid": service.sid, **own, "capabilities": ["SMS", "MMS"]}
        case Kind.SHORT_CODE:
            own = {"short_code": address.text, "country_code": country_of(address.number)}
            return {"service_sid": service.sid, **own, "capabilities": ["SMS"]}
        case Kind.ALPHANUMERIC:
            return {"service_sid": service.sid, "alpha_sender": address.text, "capabilities": ["SMS"]}
        case Kind.CHANNEL:
            own = {"sender": address.text, "sender_type": "WhatsApp"}
            return {
                "messaging_service_sid": service.sid,
                **own,
                "country_code": country_of(address.number),
            }
