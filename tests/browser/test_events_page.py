"""What came, what came of it, and of what led nowhere why."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from gateway.workspace import Role
from tests.browser.planting.cast import ADA, PEOPLE
from tests.browser.watching import Bookshop, Watch, axe
from tests.integration.system import until

pytestmark = pytest.mark.browser

NEAREST = (
    """query($id: ID!) { event(id: $id) { whyNot { mapping { id name } failedTerm found line column } } }"""
)


COUNT = "query($filter: DeliveryFilterInput) { deliveries(filter: $filter) { totalCount } }"


def rows(page: Page) -> Locator:
    """Those of the list, without its head."""
    return page.get_by_role("table", name="Events").locator("tbody > tr")


def panel(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Event")


def send(shop: Bookshop, name: str, message_id: str, user: str = ADA.user) -> None:
    shop.system.write_key = shop.planted.write_keys["Shop server"]
    event = {"event": name, "userId": user, "messageId": message_id}
    assert shop.system.post("/v1/track", event).status_code == 200


def test_why_an_event_led_to_nothing_is_marked_in_the_trigger_of_the_nearest_mapping(
    watch: Watch, bookshop: Bookshop
) -> None:
    page = watch.signed_in("/events")
    filters = page.get_by_role("search")
    filters.get_by_text("Outcome").click()
    page.get_by_role("option", name="Unmatched").click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("combobox", name="Period")).to_have_value("Last 30 days")
    expect(page).to_have_url(f"{bookshop.url}/events?outcome=%5B%22UNMATCHED%22%5D&since=30d")
    expect(page.get_by_role("button", name="Remove the filter Outcome: Unmatched")).to_be_visible()

    rows(page).filter(has_text="Product Viewed").first.get_by_role("link").click()
    expect(panel(page).get_by_text("Nothing: no mapping is for it.")).to_be_visible()
    [event_id] = re.findall("open=(evt_[0-9a-f]+)", page.url)
    nearest = bookshop.system.ask(NEAREST, id=event_id)["event"]["whyNot"][0]
    verdict = (
        panel(page).get_by_role("list", name="Mappings, the nearest first").get_by_role("listitem").first
    )
    expect(verdict.get_by_role("link")).to_have_text(nearest["mapping"]["name"])
    expect(verdict.locator("mark")).to_have_text(nearest["failedTerm"])
    expect(verdict).to_contain_text(f"line {nearest['line']}, column {nearest['column']}")
    expect(verdict).to_contain_text(f"In this event, {nearest['found']}.")
    expect(panel(page).get_by_role("link", name="Make a mapping from this")).to_have_attribute(
        "href", f"/mappings/new?eventId={event_id}"
    )
    axe(page)

    panel(page).get_by_role("link", name="Open its page").click()
    expect(page).to_have_url(f"{bookshop.url}/events/{event_id}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Product Viewed")
    expect(page.locator("mark").first).to_have_text(nearest["failedTerm"])
    expect(page.get_by_role("region", name="The event as JSON")).to_contain_text('"event": "Product Viewed"')
    axe(page)


def test_what_is_invalid_says_so_in_words(watch: Watch) -> None:
    page = watch.signed_in("/events?outcome=INVALID")
    expect(page.get_by_text("2 events pass the filters")).to_be_visible()
    rows(page).filter(has_text="no_user_anon_id").get_by_role("link").click()
    expect(panel(page).get_by_role("alert")).to_contain_text(
        "Neither userId nor anonymousId is given; at least one is needed"
    )
    expect(panel(page).get_by_text("Nothing: no mapping is asked about what is invalid.")).to_be_visible()
    expect(panel(page).get_by_role("link", name="Make a mapping from this")).to_have_count(0)


def test_what_else_stands_in_the_way_is_said_in_words_with_the_operation_folded_behind(
    own_watch: Watch,
) -> None:
    shop = own_watch.shop
    send(shop, "Invited", "to-the-party")
    page = own_watch.signed_in("/events?messageId=to-the-party")
    rows(page).first.get_by_role("link").click()
    verdict = panel(page).get_by_role("listitem").filter(has_text="Summer party 2025")
    said = "The trigger holds; the mapping is disabled. Enable it for later ones."
    expect(verdict.get_by_text(said, exact=True)).to_be_visible()
    operation = verdict.get_by_text("run mutation { mappingUpdate(")
    expect(operation).to_be_hidden()
    axe(page)
    verdict.get_by_role("button", name="As an operation of the API").click()
    expect(operation).to_be_visible()

    made = shop.system.change("sourceCreate", "SourceCreateInput", "writeKey", {"name": "Kiosk"})
    shop.system.write_key = made["writeKey"]
    call = {"event": "Bell Rung", "userId": ADA.user, "messageId": "at-the-kiosk"}
    assert shop.system.post("/v1/track", call).status_code == 200
    page.goto(f"{shop.url}/events?messageId=at-the-kiosk")
    rows(page).first.get_by_role("link").click()
    why = panel(page).get_by_role("alert")
    expect(why).to_contain_text(
        "No account is connected to the source Kiosk, so that its events lead to nothing. Connect Bookshop US; then send the event again, "
        "under a new messageId."
    )
    expect(why.get_by_text("run mutation { sourceConnect(")).to_be_hidden()


def test_what_comes_waits_while_somebody_reads_and_is_let_in_by_a_click(own_watch: Watch) -> None:
    shop = own_watch.shop
    own_watch.context.clock.install()
    page = own_watch.signed_in("/events")
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    own_watch.stands(page)
    send(shop, "Order Placed", "live-0", PEOPLE[8].user)
    expect(rows(page).first).to_contain_text("Order Placed")
    sent = {"messageId": "live-0", "messageStatus": ["DELIVERED", "READ"]}
    until(lambda: shop.system.ask(COUNT, filter=sent)["deliveries"]["totalCount"], what="a text that arrived")
    page.clock.fast_forward(10_000)
    expect(rows(page).first).to_contain_text(re.compile("Delivered|Read"))
    send(shop, "Came At Once", "live-1")
    expect(rows(page).first).to_contain_text("Came At Once")
    send(shop, "Came At Once", "live-1")
    rows(page).first.get_by_role("link").click()
    expect(
        panel(page).get_by_text("The same messageId came again 1 time, and led to nothing more.")
    ).to_be_visible()
    page.keyboard.press("Escape")
    expect(panel(page)).to_have_count(0)

    expect(page.locator("body[data-scroll-locked]")).to_have_count(0)
    page.mouse.wheel(0, 600)
    expect(page.get_by_role("button", name="Show more")).to_be_attached()
    page.wait_for_function("() => scrollY > 100")
    send(shop, "Came While Reading", "live-2")
    fresh = page.get_by_role("button", name="1 new")
    expect(fresh).to_be_visible()
    expect(rows(page).first).to_contain_text("Came At Once")
    fresh.click()
    expect(rows(page).first).to_contain_text("Came While Reading")
    expect(page.get_by_text("Came At Once")).to_be_visible()


def test_by_keyboard_alone_an_event_is_found_opened_closed_and_its_person_is_reached(watch: Watch) -> None:
    page = watch.signed_in("/events")
    own_watch_stands = watch.stands(page)
    assert own_watch_stands == "Events"
    typed = page.get_by_role("button", name=re.compile("^userId, messageId, problem"))
    typed.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("userId", exact=True)).to_be_focused()
    page.keyboard.type(ADA.user)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"userId={ADA.user}$"))
    expect(rows(page).filter(has_not_text=ADA.user)).to_have_count(0)

    first = rows(page).first.get_by_role("link")
    first.focus()
    page.keyboard.press("Enter")
    expect(panel(page)).to_be_visible()
    page.keyboard.press("Escape")
    expect(panel(page)).to_have_count(0)
    expect(first).to_be_focused()

    page.keyboard.press("Enter")
    panel(page).get_by_role("link", name="The person").press("Enter")
    expect(page).to_have_url(re.compile("/people/"))


def test_a_viewer_reads_what_came_and_not_what_it_holds(watch: Watch) -> None:
    page = watch.signed_in("/events?since=30d", Role.VIEWER)
    rows(page).first.get_by_role("link").click()
    expect(panel(page).get_by_text("What an event holds is not shown to the role Viewer.")).to_be_visible()
    expect(panel(page).get_by_role("link", name="Make a mapping from this")).to_have_count(0)
    assert urlsplit(page.url).path == "/events"
