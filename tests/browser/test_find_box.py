"""One box finds whatever somebody has at hand, by keyboard alone, and leads to its page."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from destinations.twilio_engage.simulator import OTHER_SENDER
from gateway.workspace import Role
from tests.browser.planting.cast import ADA
from tests.browser.watching import Bookshop, Watch, axe

pytestmark = pytest.mark.browser

WHAT_IS_FOUND = (
    "(202) 555-0120",
    "+1 202.555.0120",
    ADA.user,
)


def the_box(page: Page) -> Locator:
    return page.get_by_role("combobox", name=re.compile("^Find a "))


def test_a_number_in_any_notation_and_a_user_id_lead_to_the_person(watch: Watch) -> None:
    page = watch.signed_in("/deliveries")
    [person] = watch.shop.system.ask(
        "query($phone: String!) { contact(phone: $phone) { id } }", phone=ADA.phone
    ).values()

    for text in WHAT_IS_FOUND:
        page.get_by_role("heading", level=1).click()
        page.keyboard.press("/")
        expect(the_box(page)).to_be_focused()
        page.keyboard.type(text)
        expect(page.get_by_role("option")).to_have_text([f"{ADA.phone}{ADA.user}"])
        expect(page.get_by_role("group", name="People")).to_be_visible()
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile(f"/people/{person['id']}$"))
        expect(the_box(page)).to_have_value("")
        expect(page.get_by_role("heading", level=1)).to_have_text(ADA.phone)


def test_a_slash_leads_to_the_box_from_a_choice_that_was_made_just_now(watch: Watch) -> None:
    page = watch.signed_in("/")
    page.get_by_text("Yesterday", exact=True).click()
    expect(page.get_by_role("radio", name="Yesterday")).to_be_focused()

    page.keyboard.press("/")

    expect(the_box(page)).to_be_focused()
    expect(the_box(page)).to_have_value("")


def test_ids_of_messages_and_names_lead_to_what_has_them(watch: Watch, bookshop: Bookshop) -> None:
    page = watch.signed_in("/deliveries")
    sent = next(one for one in bookshop.system.deliveries() if one["messageSid"])
    event = sent["event"]["messageId"]
    ids = bookshop.planted.ids
    box = the_box(page)

    for text, address in (
        (sent["messageSid"], f"/deliveries/{sent['id']}"),
        (sent["id"], f"/deliveries/{sent['id']}"),
        (event, "/events/"),
        ("order shipped", f"/mappings/{ids['Order shipped']}"),
        ("Bookshop US", f"/accounts/{ids['Bookshop US']}"),
        ("shop server", "/settings/sources"),
    ):
        watch.stands(page)
        box.fill(text)
        box.press("Enter")
        expect(page).to_have_url(re.compile(re.escape(address)))
        expect(box).to_have_value("")


def test_the_number_of_a_sender_leads_to_what_stops_it(own_watch: Watch) -> None:
    page = own_watch.signed_in("/people", Role.OPERATOR)
    box = the_box(page)

    box.fill("+1 202 555 0101")
    of_us = page.get_by_role("group", name="Senders").get_by_role("option").filter(has_text="Bookshop US")
    expect(of_us).to_have_text([f"{OTHER_SENDER}Active Bookshop US"])
    axe(page)
    of_us.click()
    sender = page.get_by_role("dialog", name=OTHER_SENDER)
    sender.get_by_role("button", name=f"Pause {OTHER_SENDER}").click()
    page.get_by_role("dialog", name=f"Pause {OTHER_SENDER}").get_by_role(
        "button", name=f"Pause {OTHER_SENDER}"
    ).click()
    expect(sender.get_by_text("Paused", exact=True)).to_be_visible()
    accounts = own_watch.shop.system.ask(
        "{ destinations { edges { node { name pausedSenders { address } } } } }"
    )["destinations"]["edges"]
    assert [one["node"] for one in accounts if one["node"]["pausedSenders"]] == [
        {"name": "Bookshop US", "pausedSenders": [{"address": OTHER_SENDER}]}
    ]
    page.reload()
    expect(sender).to_be_visible()
    page.keyboard.press("Escape")

    for place in ("Overview", "Accounts"):
        page.get_by_role("navigation").get_by_role("link", name=place).click()
        paused = page.get_by_text("1 sender is paused: ")
        expect(paused.get_by_role("link", name=OTHER_SENDER)).to_be_visible()
        axe(page)


def test_several_things_are_grouped_and_chosen_with_the_arrows(watch: Watch) -> None:
    page = watch.signed_in("/deliveries")
    box = the_box(page)

    box.fill("Order Placed")
    expect(page.get_by_role("group", name="Events").get_by_role("option")).to_have_count(5)
    axe(page)
    box.press("ArrowDown")
    second = page.get_by_role("option").nth(1)
    expect(box).to_have_attribute("aria-activedescendant", second.get_attribute("id") or "")
    box.press("Escape")
    expect(page.get_by_role("option")).to_have_count(0)
    box.press("Escape")
    expect(box).to_have_value("")


def test_what_nothing_goes_by_is_told_with_what_can_be_looked_for(watch: Watch) -> None:
    page = watch.signed_in("/deliveries")

    the_box(page).fill("a thing that nobody has")

    expect(page.get_by_text("Nothing goes by “a thing that nobody has”")).to_contain_text(
        "Look for a number in any notation, a userId, a messageId, a message SID"
    )


def test_a_viewer_is_told_that_numbers_are_not_looked_for(watch: Watch) -> None:
    page = watch.signed_in("/deliveries", Role.VIEWER)
    box = the_box(page)
    expect(box).to_have_attribute("placeholder", "Find a userId, messageId or SID")

    box.fill(ADA.phone)
    expect(page.get_by_role("alert")).to_contain_text(
        "A VIEWER sees no numbers, so nothing can be looked for by one."
    )

    box.fill(ADA.user)
    expect(page.get_by_role("option")).to_contain_text([ADA.user])
    expect(page.get_by_role("option")).not_to_contain_text([ADA.phone])
