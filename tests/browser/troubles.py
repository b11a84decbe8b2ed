"""What may go wrong between the page and its server: answers to an operation that come late, are lost, or are no answers."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

from playwright.sync_api import Locator, Page, Request, Route, expect

from tests.integration.system import until

ENDPOINT: Final = "**/graphql"


def asks_for(request: Request, operation: str) -> bool:
    asked: Any = request.post_data_json
    return f" {operation}(" in asked["query"]


@dataclass
class Late:
    """An operation whose requests wait until they are let go."""

    page: Page
    operation: str
    waiting: list[Route] = field(default_factory=list)

    def hold(self, route: Route) -> None:
        if asks_for(route.request, self.operation):
            self.waiting.append(route)
        else:
            route.fallback()

    def press_twice(self, button: Locator) -> None:
        """In every way, as somebody does to whom nothing seems to happen; the button says that it is at work."""
        button.focus()
        with self.page.expect_request(lambda request: asks_for(request, self.operation)):
            self.page.keyboard.press("Enter")
            self.page.keyboard.press("Enter")
        button.dblclick(force=True)
        button.evaluate("(button) => button.click()")
        expect(button).to_have_attribute("data-loading", "true")

    def let_go(self) -> None:
        """Once was asked for; now it is answered."""
        self._only().continue_()

    def lose(self) -> None:
        """Once was asked for; the server does it, and nobody hears of it."""
        route = self._only()
        route.fetch()
        route.abort("connectionreset")

    def _only(self) -> Route:
        """A page shows that it is at work before its request has come here."""
        until(lambda: self.page.evaluate("1") and self.waiting, what=f"a request for {self.operation}")
        [route] = self.waiting
        return route


@dataclass
class Ill:
    """A server that answers nothing as it should, until it is well."""

    answer: Callable[[Route], None]
    is_well: bool = False

    def on_route(self, route: Route) -> None:
        if self.is_well or "text/event-stream" in (route.request.headers.get("accept") or ""):
            route.fallback()
        else:
            self.answer(route)

    def get_well(self) -> None:
        """From now on. It goes on to see each request: an answer that it is about to give would meet one that was let go."""
        self.is_well = True


def ill(page: Page, answer: Callable[[Route], None]) -> Ill:
    made = Ill(answer)
    page.route(ENDPOINT, made.on_route)
    return made


def refuse(route: Route, status: int, code: str, message: str, **headers: str) -> None:
    """As the API refuses a request whole."""
    refused = {"errors": [{"message": message, "extensions": {"code": code, "requestId": "req_of_a_test"}}]}
    route.fulfill(status=status, json=refused, headers={"Content-Type": "application/json", **headers})


def too_fast(route: Route) -> None:
    words = "This token has asked for too much of late. Nothing was done. Ask again in 1 s."
    refuse(route, HTTPStatus.TOO_MANY_REQUESTS, "RATE_LIMITED", words, **{"Retry-After": "1"})


def busy(route: Route) -> None:
    words = "The ledger is busy. Nothing was done: ask again in a moment."
    refuse(route, HTTPStatus.SERVICE_UNAVAILABLE, "UNAVAILABLE", words, **{"Retry-After": "1"})


def proxy(route: Route) -> None:
    """The gateway is gone, and what stands before it says so in its own way."""
    page = "<!doctype html><html><body><h1>502 Bad Gateway</h1></body></html>"
    route.fulfill(status=HTTPStatus.BAD_GATEWAY, content_type="text/html", body=page)


def other_json(route: Route) -> None:
    route.fulfill(status=HTTPStatus.BAD_GATEWAY, json={"message": "no healthy upstream"})


def in_part(route: Route) -> None:
    """The data, and beside it that not all of it could be read."""
    response = route.fetch()
    problem = {"message": "A part of it could not be read.", "extensions": {"code": "INTERNAL_SERVER_ERROR"}}
    route.fulfill(response=response, json={**response.json(), "errors": [problem]})


@contextmanager
def late(page: Page, operation: str) -> Iterator[Late]:
    slow = Late(page, operation)
    page.route(ENDPOINT, slow.hold)
    yield slow
    page.unroute(ENDPOINT, slow.hold)
    assert len(slow.waiting) == 1, "It was asked for more than once"
