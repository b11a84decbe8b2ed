"""What a person or a test may ask of the stand-in itself, below /_simulator/. Nothing here exists at Twilio.

    GET  messages?after=VERSION&newest=N   what was received and refused, oldest first, after a version
    POST next      {"action": "error", "code": 21610}   what the next create does instead, see faults.py
    POST inbound   {"from": "+1...", "to": "+1...", "body": "STOP"}   a person writes, see inbound.py; answers
                                           with the message, and with what its webhook answered
    POST approval  {"sid": "HX...", "status": "approved"}   how WhatsApp judged a template, see reviews.py
    POST account   {"sid": "AC...", "status": "suspended"}   how an account stands, see standing.py
    POST advance   {}                      move every message by one status
    POST settings  {"list_lag": 5}         the knobs, see Knobs; answers with all of them
    POST reset     {}                      forget messages, refusals, faults, windows and stops; templates,
                                           services and senders are as configured again

A POST must be JSON, so that a page elsewhere on the web cannot make a browser send it.
"""

import json
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from destinations.twilio_engage.simulator.described import describe, describe_refusal
from destinations.twilio_engage.simulator.errors import CommandError
from destinations.twilio_engage.simulator.faults import read_fault
from destinations.twilio_engage.simulator.inbound import Inbound, take_in
from destinations.twilio_engage.simulator.reviews import Verdict, change_approval
from destinations.twilio_engage.simulator.standing import Standing, change_standing
from destinations.twilio_engage.simulator.ways import Way, Ways
from destinations.twilio_engage.simulator.world import World

PREFIX = "/_simulator"
_BAD_REQUEST, _UNSUPPORTED_TYPE = 400, 415


class Knobs(BaseModel):
    """What /_simulator/settings changes; what is left out stays. World and Callbacks say what each does."""

    model_config = ConfigDict(extra="forbid")

    list_lag: Annotated[float, Field(ge=0)] | None = None
    list_unsent_by_date: bool | None = None
    price_lag: Annotated[float, Field(ge=0)] | None = None
    reads_fail_every: Annotated[int, Field(ge=0)] | None = None
    callback_copies: Annotated[int, Field(ge=0, le=5)] | None = None
    callback_ways: dict[Way, Annotated[int, Field(ge=0)]] | None = None
    inbound_url: HttpUrl | None = None


def routes(world: World) -> list[Route]:
    control = _Control(world)
    commands = {
        "next": control.add_fault,
        "inbound": control.hear,
        "approval": control.review,
        "account": control.stand,
        "advance": control.advance,
        "settings": control.change_settings,
        "reset": control.reset,
    }
    return [
        Route(f"{PREFIX}/messages", control.messages, methods=["GET"]),
        *(Route(f"{PREFIX}/{name}", _command(run), methods=["POST"]) for name, run in commands.items()),
    ]


class _Control:
    def __init__(self, world: World) -> None:
        self._world = world

    async def messages(self, request: Request) -> JSONResponse:
        store = self._world.store
        after, newest = _whole(request, "after", 0), _whole(request, "newest", len(store))
        kept = list(store)[-newest:] if newest else []
        return JSONResponse(
            {
                "epoch": store.epoch,
                "version": store.version,
                "messages": [
                    describe(message, self._world.show(message))
                    for message in kept
                    if message.version > after
                ],
                "refusals": [describe_refusal(one) for one in store.refusals if one.version > after],
            }
        )

    async def add_fault(self, value: Any) -> dict[str, Any]:
        self._world.faults.add(read_fault(value))
        return {"waiting": len(self._world.faults)}

    async def hear(self, value: Any) -> dict[str, Any]:
        message = await take_in(self._world, Inbound.model_validate(value))
        call = message.calls[-1] if message.calls else None
        return {
            "sid": message.sid,
            "url": message.draft.callback,
            "parameters": dict(message.received.pairs),
            "result": call.result if call else None,
            "tries": call.tries if call else 0,
        }

    async def review(self, value: Any) -> dict[str, Any]:
        template = change_approval(self._world, Verdict.model_validate(value))
        return {"sid": template.sid, "status": template.approval.status}

    async def stand(self, value: Any) -> dict[str, Any]:
        account = change_standing(self._world, Standing.model_validate(value))
        verified = sorted(account.verified)
        return {"sid": account.sid, "status": account.status, "trial": account.trial, "verified": verified}

    async def advance(self, _: Any) -> dict[str, Any]:
        return {"moved": await self._world.progress.advance()}

    async def change_settings(self, value: Any) -> dict[str, Any]:
        world, knobs = self._world, Knobs.model_validate(value)
        if knobs.list_lag is not None:
            world.list_lag = knobs.list_lag
        if knobs.list_unsent_by_date is not None:
            world.list_unsent_by_date = knobs.list_unsent_by_date
        if knobs.price_lag is not None:
            world.price_lag = knobs.price_lag
        if knobs.reads_fail_every is not None:
            world.stumbles.every = knobs.reads_fail_every
        if knobs.callback_copies is not None:
            world.callbacks.copies = knobs.callback_copies
        if knobs.callback_ways is not None:
            world.callbacks.ways = Ways(knobs.callback_ways)
        if knobs.inbound_url is not None:
            world.inbound_url = str(knobs.inbound_url)
        return {
            "list_lag": world.list_lag,
            "list_unsent_by_date": world.list_unsent_by_date,
            "price_lag": world.price_lag,
            "reads_fail_every": world.stumbles.every,
            "callback_copies": world.callbacks.copies,
            "callback_ways": world.callbacks.ways.weights,
            "inbound_url": world.inbound_url,
        }

    async def reset(self, _: Any) -> dict[str, Any]:
        self._world.reset()
        return {}


def _command(run: Callable[[Any], Awaitable[dict[str, Any]]]) -> Callable[[Request], Awaitable[JSONResponse]]:
    async def endpoint(request: Request) -> JSONResponse:
        if not request.headers.get("content-type", "").startswith("application/json"):
            return JSONResponse({"error": "send application/json"}, _UNSUPPORTED_TYPE)
        try:
            return JSONResponse(await run(json.loads(await request.body() or b"{}")))
        except ValidationError as error:
            complaints = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
            return JSONResponse({"error": "; ".join(complaints)}, _BAD_REQUEST)
        except CommandError as error:
            return JSONResponse({"error": str(error)}, _BAD_REQUEST)
        except ValueError:
            return JSONResponse({"error": "the body is not JSON"}, _BAD_REQUEST)

    return endpoint


def _whole(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() else default
