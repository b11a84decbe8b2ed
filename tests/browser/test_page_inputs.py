"""What is typed is what is told: numbers with their thousands apart, lists with commas in them, and periods from end to begin."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.watching import Bookshop, Watch
from tests.integration.system import until

pytestmark = pytest.mark.browser


def limits(shop: Bookshop) -> Any:
    query = "query($id: ID!) { destination(id: $id) { policy { dailyMessageLimit perRecipientDailyLimit } } }"
    found = shop.system.ask(query, id=shop.planted.ids["Newsletter trial"])["destination"]["policy"]
    return found["dailyMessageLimit"], found["perRecipientDailyLimit"]


def saved(shop: Bookshop, a_day: int, to_one: int) -> None:
    until(lambda: limits(shop) == (a_day, to_one), what="the limits that were typed")


PASTE = """(box, text) => {
  const clipboardData = new DataTransfer();
  clipboardData.setData("text/plain", text);
  box.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
}"""
"""As the browser tells a box; what it would do with it itself it does for people alone."""


def test_a_limit_is_the_number_that_was_typed_or_is_not_saved(own_watch: Watch) -> None:
    shop = own_watch.shop
    page = own_watch.signed_in(f"/accounts/{shop.planted.ids['Newsletter trial']}?tab=policy")
    limit = page.get_by_role("textbox", name="Texts a day", exact=True)
    save = page.get_by_role("form", name="Rules").get_by_role("button", name="Save", exact=True)
    said = page.get_by_text("Write a whole number, such as 1000 or 1,000.")

    limit.clear()
    limit.press_sequentially("1,000")
    expect(limit).to_have_value("1,000")
    page.get_by_role("textbox", name="Texts to one number a day").fill("2")
    save.click()
    saved(shop, 1000, 2)

    for typed in ("1,5", "1.5"):
        limit.fill(typed)
        expect(said).to_be_visible()
    limit.fill("7 texts")
    expect(said).to_be_visible()
    page.get_by_role("textbox", name="Texts to one number a day").fill("3")
    save.click()
    expect(limit).to_be_focused()
    assert limits(shop) == (1000, 2)

    limit.fill("2 500")
    expect(said).to_have_count(0)
    save.click()
    saved(shop, 2500, 3)

    # A text that is no number is no change yet, and not lost without a word either.
    expect(save).to_be_disabled()
    limit.fill("7 texts")
    page.get_by_role("tab", name="Senders").click()
    page.get_by_role("dialog", name="Leave without saving?").get_by_role("button", name="Stay").click()
    expect(limit).to_have_value("7 texts")
    page.get_by_role("textbox", name="Texts to one number a day").fill("4")
    page.get_by_role("button", name="Discard").click()
    expect(limit).to_have_value("2500")
    page.get_by_role("tab", name="Senders").click()
    expect(limit).to_have_count(0)


def test_a_mapping_is_not_saved_while_a_number_of_it_cannot_be_read(watch: Watch) -> None:
    page = watch.signed_in(f"/mappings/{watch.shop.planted.ids['Flash sale']}")
    oldest = page.get_by_role("textbox", name="Oldest event, in seconds")
    save = page.get_by_role("button", name="Save …")

    oldest.fill("86,400")
    expect(page.get_by_text("An older one is not sent any more: now 1 d")).to_be_visible()
    oldest.fill("1.5")
    expect(page.get_by_text("Write a whole number, such as 1000 or 1,000.")).to_be_visible()
    save.click()
    expect(oldest).to_be_focused()
    expect(page.get_by_role("dialog")).to_have_count(0)

    oldest.fill("7200")
    save.click()
    expect(page.get_by_role("dialog")).to_contain_text("14400→7200")


def test_a_list_takes_one_for_each_enter_or_line_commas_and_all(own_watch: Watch) -> None:
    page = own_watch.signed_in(f"/accounts/{own_watch.shop.planted.ids['Newsletter trial']}?tab=policy")
    box = page.get_by_role("combobox", name="Countries")
    listed = page.locator(".mantine-TagsInput-pillsList", has=box).locator(".mantine-Pill-label")
    box.press("Backspace")
    expect(listed).to_have_count(0)
    address = "https://img.test/w_200,h_300/a.jpg"

    box.press_sequentially(address)
    expect(listed).to_have_count(0)
    box.press("Enter")
    expect(listed).to_have_text([address])
    box.evaluate(PASTE, "one,two")
    expect(listed).to_have_text([address])
    box.evaluate(PASTE, f"{address.upper()}\nhttps://img.test/{{{{ a, b }}}}\n")
    expect(listed).to_have_text([address, address.upper(), "https://img.test/{{ a, b }}"])

    page.get_by_role("button", name="Discard").click()
    save = page.get_by_role("form", name="Rules").get_by_role("button", name="Save", exact=True)
    numbers = page.get_by_role("combobox", name="Test numbers")
    numbers.press_sequentially("+12025550142")
    numbers.press("Enter")
    expect(save).to_be_enabled()
    numbers.press("Backspace")
    expect(save).to_be_disabled()


def test_a_period_that_ends_before_it_begins_is_said_and_stays_to_be_mended(watch: Watch) -> None:
    page = watch.signed_in("/deliveries?from=2025-11-01T00%3A00%3A00.000Z&to=2025-11-02T00%3A00%3A30.000Z")
    begin, end = page.get_by_label("From", exact=True), page.get_by_label("To", exact=True)
    address = page.url
    expect(begin).to_have_value("2025-11-01T00:00")

    begin.fill("2025-11-05T00:00")
    begin.press("Tab")
    expect(page.get_by_text("It must lie before To")).to_be_visible()
    expect(begin).to_have_value("2025-11-05T00:00")
    expect(page).to_have_url(address)

    end.fill("2025-11-06T00:00")
    page.get_by_role("heading", level=1).click()
    expect(page).to_have_url(re.compile("from=2025-11-05T00%3A00%3A00.000Z&to=2025-11-06T00%3A00%3A00.000Z"))
    expect(page.get_by_text("It must lie before To")).to_have_count(0)
