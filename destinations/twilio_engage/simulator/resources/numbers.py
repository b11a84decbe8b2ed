"""The numbers and short codes of an account: list, fetch, where what they receive goes, and releasing a number."""

from collections.abc import Callable
from dataclasses import replace
from email.utils import format_datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from destinations.twilio_engage.simulator.accounts import Account, SenderUrls
from destinations.twilio_engage.simulator.addresses import Address
from destinations.twilio_engage.simulator.errors import TwilioError
from destinations.twilio_engage.simulator.form import read_form
from destinations.twilio_engage.simulator.message import API_VERSION
from destinations.twilio_engage.simulator.owned import Kind, owned
from destinations.twilio_engage.simulator.paging import Page
from destinations.twilio_engage.simulator.world import World

_NO_CONTENT = 204
_ACCOUNT = f"/{API_VERSION}/Accounts/{{account_sid}}"


def routes(world: World) -> list[Route]:
    numbers = _Senders(world, Kind.NUMBER, "incoming_phone_numbers", "PhoneNumber", _number)
    short_codes = _Senders(world, Kind.SHORT_CODE, "short_codes", "ShortCode", _short_code)
    return [
        *numbers.routes(f"{_ACCOUNT}/IncomingPhoneNumbers"),
        *short_codes.routes(f"{_ACCOUNT}/SMS/ShortCodes"),
    ]


class _Senders:
    """The senders of one kind. `name` is the filter on the address; FriendlyName, which is the same, is another."""

    def __init__(
        self,
        world: World,
        kind: Kind,
        key: str,
        name: str,
        describe: Callable[[Address, SenderUrls], dict[str, Any]],
    ) -> None:
        self._world = world
        self._kind = kind
        self._key = key
        self._filters = (name, "FriendlyName")
        self._describe = describe
        self._started = format_datetime(world.now())

    def routes(self, path: str) -> list[Route]:
        return [
            Route(f"{path}.json", self._list, methods=["GET"]),
            Route(f"{path}/{{sid}}.json", self._fetch, methods=["GET"]),
            Route(f"{path}/{{sid}}.json", self._update, methods=["POST"]),
            *(
                [Route(f"{path}/{{sid}}.json", self._delete, methods=["DELETE"])]
                if self._kind is Kind.NUMBER
                else []
            ),
        ]

    async def _list(self, request: Request) -> JSONResponse:
        account, query = self._world.live_caller(request).account, request.query_params
        asked = [(name, query[name]) for name in self._filters if query.get(name)]
        found = {
            sid: address
            for sid, address in owned(account, self._kind).items()
            if all(address.text == text for _, text in asked)
        }
        page = Page.read(query, list(found))
        return JSONResponse(
            {
                self._key: [self._resource(account, sid, found[sid]) for sid in page.sids],
                **page.uris(request.url.path, asked),
            }
        )

    async def _fetch(self, request: Request) -> JSONResponse:
        account, sid, address = self._find(request)
        return JSONResponse(self._resource(account, sid, address))

    async def _update(self, request: Request) -> JSONResponse:
        form = await read_form(request)
        account, sid, address = self._find(request)
        urls = account.urls_of(address.text)
        changed = replace(
            urls,
            inbound=form.url("SmsUrl", urls.inbound),
            status=form.url("StatusCallback", urls.status),
        )
        account = replace(account, urls={**account.urls, address.text: changed})
        self._world.accounts.change(account)
        return JSONResponse(self._resource(account, sid, address))

    async def _delete(self, request: Request) -> Response:
        account, _, address = self._find(request)
        self._world.accounts.change(account.without_sender(address.text))
        return Response(status_code=_NO_CONTENT)

    def _find(self, request: Request) -> tuple[Account, str, Address]:
        account, sid = self._world.live_caller(request).account, request.path_params["sid"]
        address = owned(account, self._kind).get(sid)
        if address is None:
            raise TwilioError(20404)
        return account, sid, address

    def _resource(self, account: Account, sid: str, address: Address) -> dict[str, Any]:
        path = "IncomingPhoneNumbers" if self._kind is Kind.NUMBER else "SMS/ShortCodes"
        return {
            "account_sid": account.sid,
            "api_version": API_VERSION,
            "date_created": self._started,
            "date_updated": self._started,
            "friendly_name": address.text,
            "sid": sid,
            "sms_fallback_method": "POST",
            "sms_fallback_url": None,
            "sms_method": "POST",
            "sms_url": account.urls_of(address.text).inbound,
            "uri": f"/{API_VERSION}/Accounts/{account.sid}/{path}/{sid}.json",
            **self._describe(address, account.urls_of(address.text)),
        }


def _short_code(address: Address, _: SenderUrls) -> dict[str, Any]:
    return {"short_code": address.text}


def _number(address: Address, urls: SenderUrls) -> dict[str, Any]:
    return {
        "address_requirements": "none",
        "address_sid": None,
        "beta": False,
        "bundle_sid": None,
        "capabilities": {"voice": True, "sms": True, "mms": True, "fax": False},
        "emergency_address_sid": None,
        "emergency_address_status": "unregistered",
        "emergency_status": "Inactive",
        "identity_sid": None,
        "origin": "twilio",
        "phone_number": address.text,
        "sms_application_sid": None,
        "status": "in-use",
        "status_callback": urls.status,
        "status_callback_method": "POST",
        "trunk_sid": None,
        "type": "local",
        "voice_application_sid": None,
        "voice_caller_id_lookup": False,
        "voice_fallback_method": "POST",
        "voice_fallback_url": None,
        "voice_method": "POST",
        "voice_receive_mode": "voice",
        "voice_url": None,
    }
