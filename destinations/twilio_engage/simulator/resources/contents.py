"""The Content resource: templates, and what WhatsApp makes of them (ApprovalRequests)."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, get_args

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from destinations.twilio_engage.simulator.accounts import Account
from destinations.twilio_engage.simulator.body import read_json
from destinations.twilio_engage.simulator.content import MOST_VARIABLES
from destinations.twilio_engage.simulator.errors import TwilioError
from destinations.twilio_engage.simulator.paging import page_with_meta
from destinations.twilio_engage.simulator.templates import REQUIRED_KEYS, Approval, Category, Template
from destinations.twilio_engage.simulator.times import iso_8601
from destinations.twilio_engage.simulator.world import World

_CREATED, _NO_CONTENT = 201, 204
_MOST_LEVELS = 12  # a carousel's cards' actions take 7
_LISTS = ("media", "actions", "items", "cards", "pages", "timeSlots")
_APPROVAL_NAME = re.compile(r"[a-z0-9_]{1,512}")


def routes(world: World) -> list[Route]:
    endpoint = _Contents(world)
    return [
        Route("/v1/Content", endpoint.list, methods=["GET"]),
        Route("/v1/Content", endpoint.create, methods=["POST"]),
        Route("/v1/Content/{sid}", endpoint.fetch, methods=["GET"]),
        Route("/v1/Content/{sid}", endpoint.delete, methods=["DELETE"]),
        Route("/v1/Content/{sid}/ApprovalRequests", endpoint.fetch_approval, methods=["GET"]),
        Route("/v1/Content/{sid}/ApprovalRequests/whatsapp", endpoint.submit, methods=["POST"]),
        Route("/v1/ContentAndApprovals", endpoint.list_with_approvals, methods=["GET"]),
    ]


class _Contents:
    def __init__(self, world: World) -> None:
        self._world = world

    async def list(self, request: Request) -> JSONResponse:
        account = self._world.live_caller(request).account
        base = str(request.base_url)
        return page_with_meta(
            request, "contents", {one.sid: resource(one, account, base) for one in account.templates}
        )

    async def list_with_approvals(self, request: Request) -> JSONResponse:
        account = self._world.live_caller(request).account
        shown = {
            one.sid: _described(one, account) | {"approval_requests": _approval(one)}
            for one in account.templates
        }
        return page_with_meta(request, "contents", shown)

    async def create(self, request: Request) -> JSONResponse:
        caller, given = self._world.live_caller(request), await read_json(request)
        account = self._world.accounts[caller.account.sid]
        template = _read(given, f"HX{self._world.new_id()}", self._world.now())
        self._world.accounts.change(account.with_template(template))
        return JSONResponse(resource(template, account, str(request.base_url)), _CREATED)

    async def fetch(self, request: Request) -> JSONResponse:
        account, template = self._find(request)
        return JSONResponse(resource(template, account, str(request.base_url)))

    async def delete(self, request: Request) -> Response:
        account, template = self._find(request)
        kept = tuple(one for one in account.templates if one.sid != template.sid)
        self._world.accounts.change(replace(account, templates=kept))
        return Response(status_code=_NO_CONTENT)

    async def fetch_approval(self, request: Request) -> JSONResponse:
        """`whatsapp` is null for a template that was never submitted; Twilio does not state what it is then."""
        account, template = self._find(request)
        known = {"type": "whatsapp", **_approval(template)} if template.approval.name else None
        return JSONResponse(
            {
                "sid": template.sid,
                "account_sid": account.sid,
                "whatsapp": known,
                "url": f"{request.base_url}v1/Content/{template.sid}/ApprovalRequests",
            }
        )

    async def submit(self, request: Request) -> JSONResponse:
        """Hand a template to WhatsApp, which has then received it; /_simulator/approval says how that ends."""
        self._find(request)
        given = await read_json(request)
        account, template = self._find(request)
        name = given.get("name")
        category = next((one for one in get_args(Category) if one == given.get("category")), None)
        if not isinstance(name, str) or not _APPROVAL_NAME.fullmatch(name):
            raise TwilioError(20422, "name")
        if category is None:
            raise TwilioError(20422, "category")
        if template.approval.name:
            raise TwilioError(92009)
        submitted = replace(
            template, approval=Approval("received", category, name), updated=self._world.now()
        )
        self._world.accounts.change(account.with_template(submitted))
        return JSONResponse(_approval(submitted), _CREATED)

    def _find(self, request: Request) -> tuple[Account, Template]:
        account = self._world.live_caller(request).account
        template = account.template(request.path_params["sid"])
        if template is None:
            raise TwilioError(20404)
        return account, template


def resource(template: Template, account: Account, base_url: str) -> dict[str, Any]:
    """The template as Twilio shows it; its addresses are on the host that was called."""
    url = f"{base_url}v1/Content/{template.sid}"
    return _described(template, account) | {
        "url": url,
        "links": {
            "approval_create": f"{url}/ApprovalRequests/whatsapp",
            "approval_fetch": f"{url}/ApprovalRequests",
        },
    }


def _described(template: Template, account: Account) -> dict[str, Any]:
    return {
        "date_created": iso_8601(template.created),
        "date_updated": iso_8601(template.updated),
        "sid": template.sid,
        "account_sid": account.sid,
        "friendly_name": template.friendly_name,
        "language": template.language,
        "variables": dict(template.variables),
        "types": dict(template.types),
    }


def _approval(template: Template) -> dict[str, Any]:
    approval = template.approval
    return {
        "name": approval.name,
        "category": approval.category,
        "content_type": next(iter(template.types), "") if approval.name else "",
        "status": approval.status,
        "rejection_reason": approval.rejection_reason,
        "allow_category_change": True,
    }


def _read(given: Mapping[str, Any], sid: str, now: datetime) -> Template:
    """Raises TwilioError 20422 for a template that is not whole, 92002 for one of over 100 variables."""
    language, types = given.get("language"), _without_nulls(given.get("types"))
    if not isinstance(language, str) or not language:
        raise TwilioError(20422, "language")
    if not isinstance(types, dict) or not types:
        raise TwilioError(20422, "types")
    for kind, parts in types.items():
        required = REQUIRED_KEYS.get(kind)
        if required is None or not isinstance(parts, dict):
            raise TwilioError(20422, kind)
        missing = [key for key in required if parts.get(key) in (None, "", [])]
        if missing:
            raise TwilioError(20422, f"{kind} needs {', '.join(missing)}")
        bad = [key for key in _LISTS if not isinstance(parts.get(key, []), list)]
        if bad:
            raise TwilioError(20422, f"{kind} has no list in {', '.join(bad)}")
    variables = given.get("variables") or {}
    if not isinstance(variables, dict) or not all(isinstance(value, str) for value in variables.values()):
        raise TwilioError(20422, "variables")
    if len(variables) > MOST_VARIABLES:
        raise TwilioError(92002)
    return Template(
        sid, str(given.get("friendly_name") or ""), types, variables, language, created=now, updated=now
    )


def _without_nulls(value: Any, levels: int = _MOST_LEVELS) -> Any:
    """Twilio's SDK writes every type and key that it knows, null where it was told nothing."""
    if levels == 0:
        raise TwilioError(20422, "types are nested too deep")
    match value:
        case dict():
            return {key: _without_nulls(one, levels - 1) for key, one in value.items() if one is not None}
        case list():
            return [_without_nulls(one, levels - 1) for one in value]
        case _:
            return value
