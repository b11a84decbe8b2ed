"""Whole lists of what an account has, page by page: all of it or nothing."""

from typing import Any
from urllib.parse import urlsplit

from msgspec.structs import replace

from destinations import kit
from destinations.twilio_engage.reading import read_object
from destinations.twilio_engage.settings import TwilioEngageSettings

MOST_PAGES = 50
"""Of one list. One that is longer is not known at all, rather than half."""


async def items(
    context: kit.Context[TwilioEngageSettings], first: kit.HttpRequest, key: str, what: str
) -> list[dict[str, Any]]:
    """All items of a list; `key` is where a page has them. Raises what `read_object` raises, RetryableError for a page that shows no
    list, and IntegrationError for a list of more than `MOST_PAGES` pages.
    """
    found: list[dict[str, Any]] = []
    request = first
    for _ in range(MOST_PAGES):
        answer = await read_object(context, request, what)
        listed = answer.get(key)
        if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
            raise kit.RetryableError(f"{what} answered without a list of `{key}`", "UNREADABLE_ANSWER", None)
        found += listed
        following = _following(answer)
        if following is None:
            return found
        request = replace(first, url=_at_the_same_host(first.url, following))
    raise kit.IntegrationError(
        f"{what} has more than {MOST_PAGES} pages",
        "LIST_TOO_LONG",
        remedy="No list of this length is taken over: nothing is known of what is in it.",
    )


def _following(answer: dict[str, Any]) -> str | None:
    """The address of the next page, as the API of 2010 writes it, or a later one."""
    meta = answer.get("meta")
    address = meta.get("next_page_url") if isinstance(meta, dict) else answer.get("next_page_uri")
    return address if isinstance(address, str) and address else None


def _at_the_same_host(first: str, following: str) -> str:
    """The credentials go nowhere but where the first page came from, whatever an answer says."""
    own, other = urlsplit(first), urlsplit(following)
    return own._replace(path=other.path, query=other.query).geturl()
