"""What a person or a test may ask of the stand-in itself, below /_simulator/. Nothing here exists at Twilio.

    GET  messages?after=VERSION&newest=N   what was received and refused, oldest first, after a version
    POST next      {"action": "error", "code": 21610}   what the next create does instead, see faults.py
    POST advance   {}                      move every message by one status
    POST settings  {"list_lag": 5}         the knobs, see Knobs; answers with all of them
    POST reset     {}                      forget messages, refusals and faults

A POST must be JSON, so that a page elsewhere on the web cannot make a browser send it.
"""

import json
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from destinations.twilio_engage.simulator.faults import read_fault
from destinations.twilio_engage.simulator.message import Message, resource
from destinations.twilio_engage.simulator.store import Refusal
from destinations.twilio_engage.simulator.world import World

PREFIX = "/_simulator"
_BAD_REQUEST, _UNSUPPORTED_TYPE = 400, 415


class Knobs(BaseModel):
    """What /_simulator/settings changes; what is left out stays. World and Callbacks say what each does."""

    model_config = ConfigDict(extra="forbid")

    list_lag: Annotated[float, Field(ge=0)] | None = None
    list_unsent_by_date: bool | None = None
    callback_copies: Annotated[int, Field(ge=0, le=5)] | None = None


def routes(world: World) -> list[Route]:
    async def messages(request: Request) -> JSONResponse:
        after, newest = _whole(request, "after", 0), _whole(request, "newest", len(world.store))
        kept = list(world.store)[-newest:] if newest else []
        return JSONResponse(
            {
                "epoch": world.store.epoch,
                "version": world.store.version,
                "messages": [describe(message) for message in kept if message.version > after],
                "refusals": [_describe_refusal(one) for one in world.store.refusals if one.version > after],
            }
        )

    async def add_fault(value: Any) -> dict[str, Any]:
        world.faults.add(read_fault(value))
        return {"waiting": len(world.faults)}

    async def advance(_: Any) -> dict[str, Any]:
        return {"moved": await world.progress.advance()}

    async def change_settings(value: Any) -> dict[str, Any]:
        knobs = Knobs.model_validate(value)
        if knobs.list_lag is not None:
            world.list_lag = knobs.list_lag
        if knobs.list_unsent_by_date is not None:
            world.list_unsent_by_date = knobs.list_unsent_by_date
        if knobs.callback_copies is not None:
            world.callbacks.copies = knobs.callback_copies
        return {
            "list_lag": world.list_lag,
            "list_unsent_by_date": world.list_unsent_by_date,
            "callback_copies": world.callbacks.copies,
        }

    async def reset(_: Any) -> dict[str, Any]:
        world.reset()
        return {}

    return [
        Route(f"{PREFIX}/messages", messages, methods=["GET"]),
        Route(f"{PREFIX}/next", _command(add_fault), methods=["POST"]),
        Route(f"{PREFIX}/advance", _command(advance), methods=["POST"]),
        Route(f"{PREFIX}/settings", _command(change_settings), methods=["POST"]),
        Route(f"{PREFIX}/reset", _command(reset), methods=["POST"]),
    ]


def describe(message: Message) -> dict[str, Any]:
    """A message with all that is known of it: Twilio's resource, and what was received, what became of it,
    who was told.
    """
    return resource(message) | {
        "version": message.version,
        "test": message.draft.account.test,
        "deleted": message.deleted,
        "media": list(message.draft.content.media),
        "received": {"at": message.created.isoformat(), "pairs": message.received.pairs},
        "history": [{"status": status, "at": at.isoformat()} for status, at in message.history],
        "callbacks": [
            {
                "status": call.status,
                "url": call.url,
                "at": call.at.isoformat(),
                "result": call.result,
                "tries": call.tries,
            }
            for call in message.calls
        ],
    }


def _describe_refusal(refusal: Refusal) -> dict[str, Any]:
    return {
        "version": refusal.version,
        "at": refusal.at.isoformat(),
        "pairs": refusal.received.pairs,
        "error": refusal.error.body(),
    }


def _command(run: Callable[[Any], Awaitable[dict[str, Any]]]) -> Callable[[Request], Awaitable[JSONResponse]]:
    async def endpoint(request: Request) -> JSONResponse:
        if not request.headers.get("content-type", "").startswith("application/json"):
            return JSONResponse({"error": "send application/json"}, _UNSUPPORTED_TYPE)
        try:
            return JSONResponse(await run(json.loads(await request.body() or b"{}")))
        except ValidationError as error:
            complaints = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
            return JSONResponse({"error": "; ".join(complaints)}, _BAD_REQUEST)
        except ValueError:
            return JSONResponse({"error": "the body is not JSON"}, _BAD_REQUEST)

    return endpoint


def _whole(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() else default
