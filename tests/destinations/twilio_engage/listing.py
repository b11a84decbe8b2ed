"""Twilio's list of messages as a destination reads it: filtered, paged, and broken where a test says so."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from destinations import kit

STARTED = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
OURS = "+15005550006"


def message(sid: str, to: str, after: float = 0, **changes: Any) -> dict[str, Any]:
    """A text that was created so many seconds after STARTED, and sent at once."""
    created = format_datetime(STARTED + timedelta(seconds=after))
    return {
        "sid": sid,
        "status": "sent",
        "direction": "outbound-api",
        "from": OURS,
        "to": to,
        "messaging_service_sid": None,
        "body": "Hello",
        "date_created": created,
        "date_sent": created,
        "num_segments": "1",
        "num_media": "0",
        "price": None,
        "error_code": None,
        "error_message": None,
        **changes,
    }


class Listing:
    """A reader over `messages`, which it shows newest first. `fails(query)` is the status of a list's answer, None: it is read.

    `asked` are the queries of lists and the SIDs of messages, in their order.
    """

    def __init__(
        self,
        *messages: dict[str, Any],
        fails: Callable[[dict[str, str]], int | None] = lambda _query: None,
    ) -> None:
        self.messages = sorted(messages, key=lambda one: _moment(one["date_created"]), reverse=True)
        self.asked: list[dict[str, str] | str] = []
        self._fails = fails

    async def __call__(self, request: kit.HttpRequest) -> kit.HttpResponse:
        parts = urlsplit(request.url)
        name = parts.path.rpartition("/")[2].removesuffix(".json")
        if name == "Messages":
            return self._list(parts.path, dict(parse_qsl(parts.query)))
        self.asked.append(name)
        status = self._fails({"Sid": name})
        if status is not None:
            return _answer(status, {})
        found = [one for one in self.messages if one["sid"] == name]
        return _answer(200, found[0]) if found else _answer(404, {"code": 20404})

    def _list(self, path: str, query: dict[str, str]) -> kit.HttpResponse:
        self.asked.append(query)
        status = self._fails(query)
        if status is not None:
            return _answer(status, {"code": 20500})
        found = [one for one in self.messages if _matches(one, query)]
        size, number = int(query["PageSize"]), int(query.get("Page", "0"))
        following = urlencode({**query, "Page": number + 1})
        return _answer(
            200,
            {
                "messages": found[number * size : (number + 1) * size],
                "next_page_uri": f"{path}?{following}" if len(found) > (number + 1) * size else None,
            },
        )


def _matches(one: dict[str, Any], query: dict[str, str]) -> bool:
    if query.get("To", one["to"]) != one["to"] or query.get("From", one["from"]) != one["from"]:
        return False
    after, before = query.get("DateSent>"), query.get("DateSent<")
    if after is None and before is None:
        return True
    sent = None if one["date_sent"] is None else _moment(one["date_sent"]).date()
    return (
        sent is not None
        and (after is None or sent >= date.fromisoformat(after))
        and (before is None or sent <= date.fromisoformat(before))
    )


def _moment(text: str) -> datetime:
    return parsedate_to_datetime(text)


def _answer(status: int, body: Any) -> kit.HttpResponse:
    return kit.HttpResponse(status, body=json.dumps(body).encode())
