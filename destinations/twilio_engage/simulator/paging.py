"""Pages of a list, and the two ways in which Twilio writes where the others are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import JSONResponse

from destinations.twilio_engage.simulator.errors import invalid

DEFAULT_PAGE_SIZE = 50
LARGEST_PAGE_SIZE = 1_000

Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Page:
    """What is shown of a list, by SID. A token pins a page to an item, so that new ones do not shift it."""

    number: int
    size: int
    token: str | None
    sids: tuple[str, ...]
    next_token: str | None
    previous_token: str | None

    @classmethod
    def read(cls, query: QueryParams, found: Sequence[str]) -> "Page":
        """The page of `found` that a query asks for, of 1,000 at most.

        Raises TwilioError 20001 (400) for a Page or PageSize that is no number, and a token of no item found.
        """
        size = min(_number(query, "PageSize", DEFAULT_PAGE_SIZE, least=1), LARGEST_PAGE_SIZE)
        number, token = _number(query, "Page", 0, least=0), query.get("PageToken")
        start = number * size if token is None else _start(token, size, found)
        sids = tuple(found[start : start + size])
        return cls(
            number,
            size,
            token,
            sids,
            next_token=f"PA{sids[-1]}" if sids and start + len(sids) < len(found) else None,
            previous_token=f"PB{sids[0]}" if sids and number > 0 else None,
        )

    def uris(self, path: str, filters: Pairs) -> dict[str, Any]:
        """As the API of 2010 writes it: beside the items, relative to the host."""
        first = self.number * self.size
        own, start, following, previous = self._addresses(path, filters)
        return {
            "page": self.number,
            "page_size": self.size,
            "start": first,
            "end": first + max(len(self.sids) - 1, 0),
            "uri": own,
            "first_page_uri": start,
            "next_page_uri": following,
            "previous_page_uri": previous,
        }

    def meta(self, url: str, key: str) -> dict[str, Any]:
        """As the later APIs write it: in `meta`, whole addresses; `key` is where the items are."""
        own, start, following, previous = self._addresses(url, ())
        return {
            "meta": {
                "page": self.number,
                "page_size": self.size,
                "first_page_url": start,
                "previous_page_url": previous,
                "next_page_url": following,
                "url": own,
                "key": key,
            }
        }

    def _addresses(self, base: str, filters: Pairs) -> tuple[str, str, str | None, str | None]:
        """Of this page, the first, the next and the one before."""

        def address(number: int, token: str | None) -> str:
            pairs = [*filters, ("PageSize", str(self.size)), ("Page", str(number))]
            return f"{base}?{urlencode([*pairs, ('PageToken', token)] if token else pairs)}"

        return (
            address(self.number, self.token),
            address(0, None),
            address(self.number + 1, self.next_token) if self.next_token else None,
            address(self.number - 1, self.previous_token) if self.previous_token else None,
        )


def page_with_meta(request: Request, key: str, shown: Mapping[str, Any]) -> JSONResponse:
    """The answer of a later API to a list request: `shown` by SID, of which one page."""
    page = Page.read(request.query_params, list(shown))
    url = str(request.url.replace(query=""))
    return JSONResponse({key: [shown[sid] for sid in page.sids], **page.meta(url, key)})


def _start(token: str, size: int, found: Sequence[str]) -> int:
    way, sid = token[:2], token[2:]
    if sid not in found or way not in {"PA", "PB"}:
        raise invalid("PageToken")
    index = found.index(sid)
    return index + 1 if way == "PA" else max(index - size, 0)


def _number(query: Mapping[str, str], name: str, default: int, *, least: int) -> int:
    text = query.get(name)
    if not text:
        return default
    if not (text.isascii() and text.isdecimal() and least <= int(text[:9])):
        raise invalid(name)
    return int(text[:9])
