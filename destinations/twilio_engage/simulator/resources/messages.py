"""The Message resource: create, list, fetch, update (cancel or redact) and delete."""

from datetime import datetime, timedelta

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from destinations.twilio_engage.simulator.accounts import Account, Caller
from destinations.twilio_engage.simulator.draft import Draft, read_draft
from destinations.twilio_engage.simulator.errors import TwilioError, invalid
from destinations.twilio_engage.simulator.faults import Delay, Drop, End, Fault, Refuse, Timeout, Truncate
from destinations.twilio_engage.simulator.form import Form, read_form
from destinations.twilio_engage.simulator.hangup import hang_up
from destinations.twilio_engage.simulator.listing import list_page
from destinations.twilio_engage.simulator.message import API_VERSION, Message, compose
from destinations.twilio_engage.simulator.progress import path
from destinations.twilio_engage.simulator.world import World

_CREATED, _NO_CONTENT = 201, 204


def routes(world: World) -> list[Route]:
    endpoint = _Messages(world)
    collection = f"/{API_VERSION}/Accounts/{{account_sid}}/Messages.json"
    one = f"/{API_VERSION}/Accounts/{{account_sid}}/Messages/{{sid}}.json"
    return [
        Route(collection, endpoint.create, methods=["POST"]),
        Route(collection, endpoint.list, methods=["GET"]),
        Route(one, endpoint.fetch, methods=["GET"]),
        Route(one, endpoint.update, methods=["POST"]),
        Route(one, endpoint.delete, methods=["DELETE"]),
    ]


def _with_messages(caller: Caller) -> Account:
    """The caller's account; raises TwilioError 20403 (403) for a key that was not granted Messages."""
    if caller.key is not None and not caller.key.messages:
        raise TwilioError(20403)
    return caller.account


class _Messages:
    def __init__(self, world: World) -> None:
        self._world = world

    async def create(self, request: Request) -> Response:
        account, received_at = _with_messages(self._world.caller(request)), self._world.now()
        form = await read_form(request)
        try:
            draft = read_draft(
                form, account, self._world.accounts, self._world.conversations, self._world.now()
            )
            fault = self._world.faults.take(draft.to.text)
            if isinstance(fault, Refuse) and not fault.created:
                raise _error(fault)
        except TwilioError as error:
            self._world.store.refuse(form, error, received_at)
            raise
        if isinstance(fault, Drop) and not fault.created:
            return await _drop(request)
        if isinstance(fault, Delay):
            await self._world.sleep(fault.seconds)
        return await self._answer(request, self._add(draft, form, received_at, fault), fault)

    async def list(self, request: Request) -> Response:
        account = _with_messages(self._world.live_caller(request))
        stumble = self._world.stumbles.take()
        if stumble is not None:
            return await _stumble(request, stumble)
        shown_from = self._world.now() - timedelta(seconds=self._world.list_lag)
        visible = [
            message
            for message in self._world.store.newest_first()
            if message.draft.account.sid == account.sid
            and not message.deleted
            and message.created <= shown_from
        ]
        answer = list_page(
            visible,
            request.query_params,
            request.url.path,
            unsent_by_date=self._world.list_unsent_by_date,
            show=self._world.show,
        )
        return JSONResponse(answer)

    async def fetch(self, request: Request) -> Response:
        message, stumble = self._find(request), self._world.stumbles.take()
        if stumble is not None:
            return await _stumble(request, stumble)
        return JSONResponse(self._world.show(message))

    async def update(self, request: Request) -> Response:
        message, form = self._find(request), await read_form(request)
        status = form.get("Status")
        if status not in {None, "canceled"}:
            raise invalid("Status")
        if form.has("Body"):
            if form.get("Body"):
                raise invalid("Body can only be emptied")
            message.redact(self._world.now())
            self._world.store.touch(message)
        if status is not None:
            await self._world.progress.cancel(message)
        return JSONResponse(self._world.show(message))

    async def delete(self, request: Request) -> Response:
        message = self._find(request)
        message.deleted = True
        self._world.store.touch(message)
        return Response(status_code=_NO_CONTENT)

    def _find(self, request: Request) -> Message:
        account = _with_messages(self._world.live_caller(request))
        return self._world.store.find(account.sid, request.path_params["sid"])

    def _add(self, draft: Draft, form: Form, received_at: datetime, fault: Fault | None) -> Message:
        end = fault if isinstance(fault, End) else None
        failure = end.code if end else self._world.judge.refusal(draft)
        message = compose(
            draft,
            form,
            path(draft, end, failure),
            failure,
            sid=self._world.new_id(),
            received_at=received_at,
            now=self._world.now(),
        )
        message.settled = end is not None or draft.send_at is None
        self._world.store.add(message)
        self._world.progress.begin(message)
        return message

    async def _answer(self, request: Request, message: Message, fault: Fault | None) -> Response:
        answer = JSONResponse(self._world.show(message), _CREATED)
        match fault:
            case Refuse():
                raise _error(fault)
            case Drop():
                return await _drop(request)
            case Timeout():
                await self._world.sleep(fault.seconds)
                return await hang_up(request, httpx.ReadTimeout("The read operation timed out"))
            case Truncate():
                return Response(answer.body[: len(answer.body) // 2], _CREATED, media_type=answer.media_type)
            case Delay() | End() | None:
                return answer


async def _drop(request: Request) -> Response:
    return await hang_up(
        request, httpx.RemoteProtocolError("Server disconnected without sending a response.")
    )


async def _stumble(request: Request, stumble: TwilioError | str) -> Response:
    if isinstance(stumble, TwilioError):
        raise stumble
    return await _drop(request)


def _error(fault: Refuse) -> TwilioError:
    return TwilioError(fault.code, status=fault.status, message=fault.message, retry_after=fault.retry_after)
