"""The page where its server is gone, slow, or not the one that answers: it says so, keeps what it has, and goes on by itself."""

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import troubles
from tests.browser.pages import PAGES, ids_at
from tests.browser.planting.cast import PEOPLE
from tests.browser.planting.story import track
from tests.browser.watching import Bookshop, Watch
from tests.integration.system import until

pytestmark = pytest.mark.browser

LOST = "The server is not reached. What you see is as it was; it goes on by itself once the server answers again."


def rows(page: Page) -> Locator:
    return page.get_by_role("table", name="Deliveries").locator("tbody tr")


def ids_of(page: Page) -> list[str]:
    """The deliveries that are listed, in their order."""
    links: list[str] = (
        rows(page)
        .locator("td:first-child a")
        .evaluate_all("(links) => links.map((link) => new URL(link.href).searchParams.get('open'))")
    )
    return links


def newest(shop: Bookshop, first: int) -> list[str]:
    found = shop.system.deliveries(first)
    return [one["id"] for one in found]


def order(shop: Bookshop, number: str) -> None:
    """An event that "Order confirmation" is for, and the delivery that comes of it."""
    shop.system.write_key = shop.planted.write_keys["Shop server"]
    call = {**track("Order Placed", PEOPLE[5]), "messageId": number}
    assert shop.system.post("/v1/track", call).status_code == 200
    until(
        lambda: any((one["event"] or {}).get("messageId") == number for one in shop.system.deliveries(5)),
        what="the delivery",
    )


def account(shop: Bookshop, name: str) -> dict[str, Any]:
    query = "query($id: ID!) { destination(id: $id) { name revision enabled } }"
    found: dict[str, Any] = shop.system.ask(query, id=shop.planted.ids[name])["destination"]
    return found


def test_the_gateway_is_killed_and_comes_back_and_every_page_heals_by_itself(watch: Watch) -> None:
    watch.expected = ("net::ERR_",)
    shop = watch.shop
    listing = watch.signed_in("/deliveries")
    reading = watch.signed_in(f"/deliveries?open={newest(shop, 3)[2]}")
    overview = watch.signed_in("/")
    pages = (listing, reading, overview)
    for page in pages:
        watch.stands(page)
    expect(listing.get_by_text("Live", exact=True)).to_be_visible()
    sent = overview.locator("dl > div:has(> dt:text-is('Sent')) > dd > :first-child")
    before = {
        "rows": ids_of(listing),
        "panel": reading.get_by_role("dialog").inner_text(),
        "sent": sent.inner_text(),
    }
    for page in pages:
        page.evaluate("window.wasNeverLoadedAnew = true")

    shop.system.kill_gateway()
    try:
        for page in pages:
            expect(page.get_by_text(LOST)).to_be_visible()
        expect(listing.get_by_text("Not live: the connection is lost, and is looked for")).to_be_visible()
        assert ids_of(listing) == before["rows"]
        assert reading.get_by_role("dialog").inner_text() == before["panel"]
        assert sent.inner_text() == before["sent"]
    finally:
        shop.system.start_gateway()
    order(shop, "after-the-kill")

    for page in pages:
        expect(page.get_by_text(LOST)).to_have_count(0)
    expect(listing.get_by_text("Live", exact=True)).to_be_visible()
    [came] = newest(shop, 1)
    expect(rows(listing).first.locator(f"a[href*='{came}']")).to_be_attached()
    expect(reading.get_by_text("1 new", exact=True)).to_be_attached()
    now = ids_of(listing)
    assert now[1:] == before["rows"][: len(now) - 1]
    assert len(set(now)) == len(now)
    expect(sent).to_have_text(str(int(before["sent"]) + 1))
    for page in pages:
        expect(page.get_by_role("alert")).to_have_count(0)
        assert page.evaluate("window.wasNeverLoadedAnew")


def test_a_page_never_gone_to_before_comes_once_the_server_does_and_what_was_typed_stands_meanwhile(
    watch: Watch,
) -> None:
    watch.expected = ("net::ERR_",)
    page = watch.signed_in("/people")
    watch.stands(page)
    typed = page.get_by_role("search", name="People").get_by_role("textbox")
    typed.fill("+1555")
    page.evaluate("window.wasNeverLoadedAnew = true")

    watch.shop.system.kill_gateway()
    try:
        page.get_by_role("navigation", name="Pages").get_by_role("link", name="Deliveries").click()
        expect(page.get_by_text(LOST)).to_be_visible()
        expect(page.get_by_role("heading", level=1)).to_have_text("People")
        expect(typed).to_have_value("+1555")
    finally:
        watch.shop.system.start_gateway()

    expect(page.get_by_role("heading", level=1)).to_have_text("Deliveries")
    expect(page.get_by_text(LOST)).to_have_count(0)
    expect(rows(page)).to_have_count(50)
    page.wait_for_function(
        """() => {
          const all = [...document.querySelectorAll('link[rel=stylesheet]')];
          return all.length > 0 && all.every((link) => link.sheet !== null);
        }"""
    )
    assert page.evaluate("window.wasNeverLoadedAnew")


def test_more_tabs_than_a_browser_has_connections_are_live_when_they_are_looked_at(watch: Watch) -> None:
    tabs = [watch.context.new_page() for _ in range(7)]
    for tab in tabs:
        watch.open(tab, "/deliveries")
        watch.stands(tab)
        expect(tab.get_by_text("Live", exact=True)).to_be_visible()
        tab.evaluate(TURN, "hidden")
    order(watch.shop, "while-nobody-looked")

    tabs[0].evaluate(TURN, "visible")

    expect(tabs[0].get_by_text("Live", exact=True)).to_be_visible()
    [came] = newest(watch.shop, 1)
    expect(rows(tabs[0]).first.locator(f"a[href*='{came}']")).to_be_attached()
    assert len(set(ids_of(tabs[0]))) == len(ids_of(tabs[0]))


TURN = """(state) => {
  Object.defineProperty(document, "visibilityState", { configurable: true, value: state });
  document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
}"""
"""As the browser tells a tab that another one is in front of it; here it draws them all."""


def test_a_page_whose_server_is_busy_says_so_and_is_there_once_it_has_time(watch: Watch) -> None:
    watch.expected = ("503",)
    page = watch.signed_in("/settings/jobs")
    watch.stands(page)
    ids = ids_at(watch.shop.url, watch.shop.system.token)
    for one in PAGES:
        address = one.address(ids)
        assert address is not None
        server = troubles.ill(
            page, lambda route: route.fallback() if who_am_i(route) else troubles.busy(route)
        )
        page.goto(f"{watch.shop.url}{address}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        if one.name not in ASK_FOR_NOTHING:
            expect(page.get_by_role("main").get_by_role("alert").first).to_contain_text(
                "The ledger is busy. Nothing was done: ask again in a moment."
            )
        server.get_well()

        expect(page.get_by_role("alert")).to_have_count(0)
        watch.stands(page)


def test_rows_of_another_filter_stand_as_such_until_the_answer_comes(watch: Watch) -> None:
    page = watch.signed_in("/people")
    watch.stands(page)
    people = page.get_by_role("table", name="People")
    names = people.locator("td:first-child")
    before = names.all_inner_texts()

    with troubles.late(page, "People") as slow:
        page.get_by_role("combobox", name="Consent").click()
        page.get_by_role("option", name="Unsubscribed").click()
        expect(people).to_have_attribute("aria-busy", "true")
        expect(people.locator("tbody")).to_have_css("opacity", "0.45")
        assert names.all_inner_texts() == before
        expect(page.get_by_role("button", name="Show more")).to_have_count(0)
        slow.let_go()
        expect(people).to_have_attribute("aria-busy", "false")

    expect(people.locator("tbody")).to_have_css("opacity", "1")
    assert names.all_inner_texts() != before


ASK_FOR_NOTHING = {"consent-import", "settings-import"}
"""Pages with nothing of the server on them until one does something there."""


def who_am_i(route: Any) -> bool:
    return "WhoAmI" in str(route.request.post_data)


WORDS = {
    troubles.too_fast: "This token has asked for too much of late. Nothing was done. Ask again in 1 s.",
    troubles.busy: "The ledger is busy. Nothing was done: ask again in a moment.",
    troubles.proxy: "No answer came (the server answered 502 with text/html, not with JSON).",
    troubles.other_json: "No answer came (the server answered 502 with JSON that is no answer of the API).",
    troubles.in_part: "A part of it could not be read.",
}


@pytest.mark.parametrize("answer", WORDS, ids=[one.__name__ for one in WORDS])
def test_what_stands_and_what_was_typed_stays_whatever_the_server_answers(watch: Watch, answer: Any) -> None:
    watch.expected = ("429", "502", "503")
    shop = watch.shop
    page = watch.signed_in(f"/accounts/{shop.planted.ids['Newsletter trial']}?tab=settings")
    name = page.get_by_role("textbox", name="Name", exact=True)
    name.fill("Half a name")

    server = troubles.ill(page, answer)
    page.get_by_role("button", name="Save", exact=True).click()
    said = page.get_by_role("form", name="Settings").get_by_role("alert")
    expect(said).to_contain_text(WORDS[answer])
    expect(name).to_have_value("Half a name")
    page.get_by_role("tab", name="Log").click()
    page.get_by_role("dialog").get_by_role("button", name="Leave").click()
    page.get_by_role("tab", name="Settings").click()
    expect(page.get_by_role("main")).to_contain_text("Newsletter trial")
    server.get_well()
    expect(page.get_by_text(LOST)).to_have_count(0)
    watch.stands(page)


def test_what_was_done_though_its_answer_was_lost_is_shown_as_it_is_and_not_as_somebody_elses(
    watch: Watch,
) -> None:
    watch.expected = ("net::ERR_",)
    shop = watch.shop
    page = watch.signed_in(f"/accounts/{shop.planted.ids['Newsletter trial']}?tab=settings")
    name = page.get_by_role("textbox", name="Name", exact=True)
    name.fill("Saved and not heard of")
    before = account(shop, "Newsletter trial")["revision"]

    with troubles.late(page, "UpdateAccount") as slow:
        slow.press_twice(page.get_by_role("button", name="Save", exact=True))
        slow.lose()
        said = page.get_by_role("form", name="Settings").get_by_role("alert")
        expect(said).to_contain_text("Nobody knows whether it was done")
        expect(said).to_contain_text("look before you ask again")

    expect(page.get_by_role("heading", level=1)).to_have_text("Saved and not heard of")
    expect(name).to_have_value("Saved and not heard of")
    expect(page.get_by_role("button", name="Save", exact=True)).to_be_disabled()
    expect(page.get_by_text("Somebody else")).to_have_count(0)
    assert account(shop, "Newsletter trial") == {
        "name": "Saved and not heard of",
        "revision": before + 1,
        "enabled": True,
    }


def test_a_source_whose_answer_was_lost_is_made_once_and_says_where_its_key_is_to_be_had(
    watch: Watch,
) -> None:
    watch.expected = ("net::ERR_",)
    page = watch.signed_in("/settings/sources?open=new")
    name = page.get_by_role("textbox", name="Name", exact=True)
    name.fill("Made and not heard of")

    with troubles.late(page, "SourceCreate") as slow:
        slow.press_twice(page.get_by_role("button", name="Make the source"))
        slow.lose()
        expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text(
            "Nobody knows whether it was done"
        )
    expect(name).to_have_value("Made and not heard of")
    page.get_by_role("button", name="Make the source").click()

    made = page.get_by_role("dialog", name="Made and not heard of is made")
    expect(made).to_contain_text("Rotate the key, in the panel of the source, to be shown one.")
    made.get_by_role("button", name="Close").last.click()
    listed = (
        page.get_by_role("table", name="Sources").get_by_role("row").filter(has_text="Made and not heard of")
    )
    expect(listed).to_have_count(1)


def test_what_is_asked_for_without_a_network_is_not_done_behind_ones_back_later(watch: Watch) -> None:
    watch.expected = ("net::ERR_",)
    shop = watch.shop
    page = watch.signed_in(f"/mappings/{shop.planted.ids['Summer party 2025']}")
    page.get_by_role("button", name="Enable Summer party 2025").click()
    dialog = page.get_by_role("dialog")

    watch.context.set_offline(True)
    dialog.get_by_role("button", name="Enable").click()
    expect(dialog.get_by_role("alert")).to_contain_text(re.compile("^Nobody knows whether it was done"))
    watch.context.set_offline(False)

    expect(page.get_by_text(LOST)).to_have_count(0)
    watch.stands(page)
    found = shop.system.ask(
        "query($id: ID!) { mapping(id: $id) { enabled } }", id=shop.planted.ids["Summer party 2025"]
    )
    assert found == {"mapping": {"enabled": False}}
