"""`heliograph tail`: what happens in a gateway that runs, line by line, as its token may see it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx
import msgspec
from rich.console import Console
from rich.text import Text

from gateway.errors import StartupError
from gateway.remote import Remote

QUIET_SECONDS: Final = 30.0
"""A gateway that says nothing for so long is gone: it says at least every ten seconds that it is there."""

FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 15.0
"""Before a gateway that went away is asked again."""

_DELIVERIES = """subscription HeliographTail($filter: DeliveryFilterInput, $after: ID) {
  deliveryTail(filter: $filter, afterSequence: $after) { sequence at droppedBefore delivery {
    id status messageStatus reason recipient errorCode errorMessage remedy mapping { name } event { name type }
  } }
}"""
_EVENTS = """subscription HeliographTail($after: ID) {
  eventTail(afterSequence: $after) { sequence at droppedBefore event { id type name userId outcome problemMessage source { name } } }
}"""

_COLOURS = {
    "ACCEPTED": "green",
    "PENDING": "bright_black",
    "SENDING": "cyan",
    "HELD": "yellow",
    "RETRYING": "yellow",
    "UNCERTAIN": "magenta",
    "SUPPRESSED": "blue",
    "CANCELED": "blue",
    "SHADOWED": "blue",
    "REJECTED": "red",
    "EXPIRED": "red",
    "DELIVERED": "bold green",
    "READ": "bold green",
    "UNDELIVERED": "bold red",
    "FAILED": "bold red",
    "MATCHED": "green",
    "UNMATCHED": "bright_black",
    "DUPLICATE": "bright_black",
    "INVALID": "red",
}


@dataclass(frozen=True, slots=True)
class _Watched:
    """A subscription, and how an item of it is shown. `tells`: that the gateway is there, and that it went away."""

    query: str
    variables: Mapping[str, Any]
    shown: Callable[[Mapping[str, Any]], Text]
    tells: bool


async def tail(
    remote: Remote,
    console: Console,
    *,
    destination_id: str | None = None,
    events: bool = False,
    client: httpx.AsyncClient | None = None,
) -> None:
    """Print deliveries as they are made and change, and events if they are wanted, until it is canceled. A gateway that goes away is
    asked again, from where it was. Raises StartupError where it can't be asked at all.
    """
    asked = {"filter": {"destinationId": destination_id}} if destination_id is not None else {}
    watched = [_Watched(_DELIVERIES, asked, _delivery, tells=True)]
    if events:
        watched.append(_Watched(_EVENTS, {}, _event, tells=False))
    timeout = httpx.Timeout(QUIET_SECONDS, connect=5.0)
    try:
        async with client or httpx.AsyncClient(timeout=timeout) as asking, asyncio.TaskGroup() as tasks:
            for one in watched:
                tasks.create_task(_watch(asking, remote, console, one))
    except BaseExceptionGroup as group:
        raise group.exceptions[0] from None


async def _watch(client: httpx.AsyncClient, remote: Remote, console: Console, watched: _Watched) -> None:
    after: str | None = None
    begun, pause = False, FIRST_PAUSE
    while True:
        try:
            async for item in _items(client, remote, watched, after):
                if item is None:
                    if not begun and watched.tells:
                        _say(console, f"Watching {remote.url}. Ctrl-C ends it.")
                    begun, pause = True, FIRST_PAUSE
                    continue
                if item["droppedBefore"]:
                    _say(
                        console,
                        f"… {item['droppedBefore']} or more before this are missing here: the lists of the API have them.",
                    )
                console.print(watched.shown(item), soft_wrap=True)
                after = item["sequence"]
        except httpx.HTTPError as error:
            if not begun:
                raise remote.unreachable(error) from None
        if watched.tells:
            _say(console, f"The gateway at {remote.url} went away; it is asked again in {pause:g} s.")
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)


async def _items(
    client: httpx.AsyncClient, remote: Remote, watched: _Watched, after: str | None
) -> AsyncIterator[Any]:
    """None once it has begun, then what happens, until the gateway ends it. Raises StartupError where it refuses."""
    body = {"query": watched.query, "variables": {**watched.variables, "after": after}}
    headers = {**remote.headers, "Accept": "text/event-stream"}
    async with client.stream("POST", remote.address, json=body, headers=headers) as response:
        if response.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            return
        if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
            await response.aread()
            raise StartupError(_message(response.json()))
        remote.check(response.status_code)
        yield None
        async for line in response.aiter_lines():
            kind, _, data = line.partition(": ")
            if kind != "data" or not data.strip():
                continue
            answer = msgspec.json.decode(data)
            if not answer.get("data"):
                if answer["errors"][0]["extensions"]["code"] == "UNAVAILABLE":
                    return
                raise StartupError(_message(answer))
            [item] = answer["data"].values()
            yield item


def _message(answer: Any) -> str:
    return _clean(answer["errors"][0]["message"])


# -- lines ------------------------------------------------------------------------------------------------------------


def _delivery(item: Mapping[str, Any]) -> Text:
    one = item["delivery"]
    event, mapping = one["event"] or {}, one["mapping"] or {}
    status = one["messageStatus"] if one["status"] == "ACCEPTED" and one["messageStatus"] else one["status"]
    line = _begun(item, status)
    line.append(f" {_clean(one['recipient']) or '-':<16}", "bold")
    line.append(f" {_clean(mapping.get('name') or 'a deleted mapping')}")
    line.append(f" ← {_clean(event.get('name') or event.get('type') or 'a deleted event')}", "bright_black")
    why = [one["reason"] or one["errorCode"], one["errorMessage"], one["remedy"]]
    said = " · ".join(_clean(text) for text in why if text)
    if said:
        line.append(f"  {said}", "yellow")
    line.append(f"  {one['id']}", "bright_black")
    return line


def _event(item: Mapping[str, Any]) -> Text:
    one = item["event"]
    line = _begun(item, one["outcome"])
    line.append(f" {_clean(one['userId'] or 'anonymous'):<16}", "bold")
    line.append(f" {one['type']} {_clean(one['name'] or '')}".rstrip())
    line.append(f" ← {_clean(one['source']['name'])}", "bright_black")
    if one["problemMessage"]:
        line.append(f"  {_clean(one['problemMessage'])}", "yellow")
    line.append(f"  {one['id']}", "bright_black")
    return line


def _begun(item: Mapping[str, Any], status: str) -> Text:
    return Text().append(item["at"][11:19], "bright_black").append(f" {status:<11}", _COLOURS.get(status, ""))


def _clean(text: str) -> str:
    """What came from elsewhere, without what a terminal would take for an order."""
    return "".join(one if one.isprintable() else "�" for one in text)


def _say(console: Console, text: str) -> None:
    console.print(text, style="bright_black", highlight=False, soft_wrap=True, markup=False)
