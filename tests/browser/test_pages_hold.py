"""Every page, with nothing to show, with one of each, and with a hundred thousand: it opens, is reloaded, and does nothing that no page may."""

from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.pages import PAGES, PageAt, ids_at
from tests.browser.watching import Bookshop, axe, watched

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def newest(any_bookshop: Bookshop) -> dict[str, str]:
    """The id of what each page about one thing is to show."""
    return ids_at(any_bookshop.url, any_bookshop.system.token)


@pytest.mark.parametrize("one", PAGES, ids=lambda one: one.name)
def test_a_page_holds(browser: Browser, any_bookshop: Bookshop, newest: dict[str, str], one: PageAt) -> None:
    path = one.address(newest)
    if path is None:
        assert newest == {}, "there are rows, and none of these"
        return
    with watched(browser, any_bookshop) as watch:
        page = watch.signed_in(path)
        title = watch.stands(page)
        axe(page)
        watch.look(page)

        page.reload()

        assert watch.stands(page) == title
        assert page.url == f"{any_bookshop.url}{path}"


@pytest.mark.parametrize("any_bookshop", [1], indirect=True)
@pytest.mark.parametrize("one", PAGES, ids=lambda one: one.name)
def test_a_page_holds_on_a_phone(
    browser: Browser, any_bookshop: Bookshop, newest: dict[str, str], one: PageAt
) -> None:
    path = one.address(newest)
    assert path is not None
    with watched(browser, any_bookshop, viewport={"width": 390, "height": 844}) as watch:
        page = watch.signed_in(path)
        watch.stands(page)

        axe(page)
        assert page.evaluate("document.documentElement.scrollWidth") == 390


@pytest.mark.parametrize("any_bookshop", [1], indirect=True)
def test_a_first_load_takes_350_kilobytes_at_most(browser: Browser, any_bookshop: Bookshop) -> None:
    with watched(browser, any_bookshop) as watch:
        page = watch.context.new_page()
        devtools = watch.context.new_cdp_session(page)
        devtools.send("Network.enable")
        sizes: dict[str, float] = {}
        kinds: dict[str, str] = {}

        def received(event: dict[str, Any]) -> None:
            kinds[event["requestId"]] = event["type"]

        def finished(event: dict[str, Any]) -> None:
            sizes[event["requestId"]] = event["encodedDataLength"]

        devtools.on("Network.responseReceived", received)
        devtools.on("Network.loadingFinished", finished)
        watch.open(page)
        watch.stands(page)

        loaded = {
            kind: sum(size for key, size in sizes.items() if kinds.get(key) == kind)
            for kind in ("Script", "Stylesheet", "Font")
        }
        assert loaded["Script"] > 0
        assert sum(loaded.values()) <= 350_000, loaded
