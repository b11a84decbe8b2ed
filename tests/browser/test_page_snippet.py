"""The snippet of a source for pages, in a page: the released analytics.js, in the browser."""

import contextlib
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from tests.browser.watching import Bookshop, Watch
from tests.integration import on_node
from tests.integration.system import until

pytestmark = pytest.mark.browser


class _Window(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        page = b"<!doctype html><title>Moby Dick</title>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_given: object) -> None:
        """Nobody reads it."""


@contextlib.contextmanager
def window_of_the_shop() -> Iterator[str]:
    """The address of a page with nothing in it, on a server of its own."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Window) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            serving.join()


def events_of(shop: Bookshop, source: str) -> list[Any]:
    """What came of the source of that name."""
    query = "{ events(first: 100) { edges { node { type name userId source { name } } } } }"
    nodes = [edge["node"] for edge in shop.system.ask(query)["events"]["edges"]]
    return [one for one in nodes if one["source"]["name"] == source]


def test_a_page_sends_its_first_events_by_the_snippet(watch: Watch, browser: Browser) -> None:
    shop = watch.shop
    page = watch.signed_in("/settings/sources")
    page.get_by_role("link", name="New source").click()
    form = page.get_by_role("dialog", name="New source")
    form.get_by_role("textbox", name="Name").fill("Shop window")
    form.get_by_role("radio", name="Browser").check()
    form.get_by_role("button", name="Make the source").click()
    ready = page.get_by_role("dialog", name="Shop window is made")
    script = on_node.bundled(ready.get_by_role("region", name="snippet for analytics.js").inner_text())

    # A page of another origin, in a browser that knows nothing of this one.
    context = browser.new_context()
    with window_of_the_shop() as address:
        window = context.new_page()
        window.goto(address)
        asked_for: list[str] = []
        window.on("request", lambda request: asked_for.append(request.url))
        with window.expect_response(re.compile("/v1/t$")):
            window.add_script_tag(content=script)

    came = until(
        lambda: found if len(found := events_of(shop, "Shop window")) == 2 else None, what="two events"
    )
    assert {(one["type"], one["name"], one["userId"]) for one in came} == {
        ("identify", None, "dora"),
        ("track", "Product Viewed", "dora"),
    }
    assert {urlsplit(one).netloc for one in asked_for} == {urlsplit(shop.url).netloc}
    context.close()
