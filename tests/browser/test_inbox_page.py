"""What people wrote, and whether it is a stop: the tasks of whoever looks after replies."""

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from destinations.twilio_engage.simulator import OTHER_SENDER, SENDER
from gateway.workspace import Role
from tests.browser.planting.cast import ADA, DOUBTFUL, PEOPLE
from tests.browser.watching import Bookshop, Watch, axe

pytestmark = pytest.mark.browser

ASKERS = (PEOPLE[6], PEOPLE[11], PEOPLE[16])
"""Who wrote what is DOUBTFUL."""

MARK = "Wants a look"


def replies(page: Page) -> Locator:
    return page.get_by_role("list", name="Replies, the newest first").locator("> li")


def with_words(page: Page, words: str) -> Locator:
    return replies(page).filter(has_text=words)


def consents(shop: Bookshop, phone: str) -> Any:
    query = "query($phone: String!) { contact(phone: $phone) { consents { channel sender status source evidence { note } } } }"
    return shop.system.ask(query, phone=phone)["contact"]["consents"]


def waiting(shop: Bookshop) -> list[str]:
    found = shop.system.ask("{ inboundMessages(needsReview: true) { edges { node { body } } } }")
    return [edge["node"]["body"] for edge in found["inboundMessages"]["edges"]]


def waiting_ids(shop: Bookshop) -> list[str]:
    found = shop.system.ask("{ inboundMessages(needsReview: true) { edges { node { id } } } }")
    return [edge["node"]["id"] for edge in found["inboundMessages"]["edges"]]


def write(shop: Bookshop, phone: str, words: str, to: str = SENDER) -> None:
    said = {
        "from": phone,
        "to": to,
        "body": words,
        "url": f"{shop.url}/webhooks/{shop.planted.ids['Bookshop US']}/inbound",
    }
    shop.system.tell_simulator("inbound", said)


def test_replies_show_who_wrote_to_whom_and_lead_to_the_person(watch: Watch) -> None:
    page = watch.signed_in("/inbox")
    expect(replies(page)).to_have_count(25)
    doubtful = with_words(page, DOUBTFUL[2])
    expect(doubtful).to_contain_text(f"SMS to {SENDER} · Bookshop US")
    expect(doubtful).to_contain_text(f"{ASKERS[2].phone}{ASKERS[2].user}")
    axe(page)

    page.get_by_text(MARK).click()
    page.wait_for_url("**/inbox?needsReview=true")
    expect(replies(page)).to_have_count(3)
    page.get_by_role("combobox", name="Account").click()
    page.get_by_role("option", name="Flash sales").click()
    expect(page.get_by_text("Nothing wants a look")).to_be_visible()
    page.go_back()
    expect(replies(page)).to_have_count(3)
    doubtful.get_by_role("link", name="Quentin Blake").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(ASKERS[2].phone)

    page.goto(f"{watch.shop.url}/inbox")
    page.get_by_role("tab", name="Callbacks that fit nothing").click()
    strays = watch.shop.system.ask("{ unmatchedCallbacks { totalCount } }")["unmatchedCallbacks"][
        "totalCount"
    ]
    assert strays == 0
    expect(page.get_by_text("Every callback fits something")).to_be_visible()
    axe(page)


def test_a_viewer_sees_that_somebody_wrote_and_neither_words_nor_numbers(watch: Watch) -> None:
    page = watch.signed_in("/inbox?needsReview=true", Role.VIEWER)

    expect(replies(page)).to_have_count(3)
    expect(replies(page).first).to_contain_text("Its words are hidden from viewers.")
    expect(replies(page).first).to_contain_text("marketing to them waits until an operator says what it is")
    expect(page.get_by_role("button", name="It is a stop")).to_have_count(0)
    shown = page.content()
    assert [one for one in (*DOUBTFUL, ASKERS[0].phone, ADA.phone) if one in shown] == []


def test_what_may_be_a_stop_is_decided_in_a_click_and_says_what_came_of_it(own_watch: Watch) -> None:
    shop = own_watch.shop
    page = own_watch.signed_in("/inbox?needsReview=true", Role.OPERATOR)
    navigation = page.get_by_role("navigation", name="Pages").get_by_role("link", name=re.compile("^Inbox"))
    expect(replies(page)).to_have_count(3)
    expect(navigation).to_have_text("Inbox3 to look at")

    stop = with_words(page, DOUBTFUL[2])
    expect(stop.get_by_role("group", name="Is it a stop?")).to_contain_text(
        f"A stop ends all texts from {SENDER}, and marketing by SMS from every sender, until they write START."
    )
    stop.get_by_role("textbox", name="Note, kept as evidence of a stop").fill("She says so herself")
    stop.get_by_role("button", name="It is a stop").click()
    effect = stop.get_by_role("status")
    expect(effect).to_have_text(
        f"Recorded as their own stop: nothing goes to them from {SENDER} any more, and no marketing by SMS from any sender. "
        "Their own START lifts it."
    )
    expect(effect).to_be_focused()
    expect(stop).to_contain_text("Taken for a stop")
    expect(navigation).to_have_text("Inbox2 to look at")
    said = [one for one in consents(shop, ASKERS[2].phone) if one["status"] == "UNSUBSCRIBED"]
    assert [(one["channel"], one["sender"], one["evidence"]["note"]) for one in said] == [
        ("SMS", SENDER, "She says so herself")
    ]
    axe(page)

    no_stop = with_words(page, DOUBTFUL[0])
    no_stop.get_by_role("button", name="Not a stop").press("Enter")
    expect(no_stop.get_by_role("status")).to_have_text(
        "Recorded as no stop: the marketing that waited for this goes on, once no other reply of theirs wants a look."
    )
    assert waiting(shop) == [DOUBTFUL[1]]
    assert [one for one in consents(shop, ASKERS[0].phone) if one["status"] == "UNSUBSCRIBED"] == []
    expect(replies(page)).to_have_count(3)
    page.reload()
    expect(replies(page)).to_have_count(1)

    # What a colleague decides wants no look any more.
    [left] = waiting_ids(shop)
    shop.system.change(
        "inboundReview", "InboundReviewInput", "inboundMessage { id }", {"id": left, "answer": "NOT_A_STOP"}
    )
    expect(page.get_by_text("Nothing wants a look")).to_be_visible()


def test_what_comes_while_somebody_reads_moves_nothing_until_it_is_let_in(own_watch: Watch) -> None:
    shop = own_watch.shop
    page = own_watch.signed_in("/inbox")
    expect(replies(page)).to_have_count(25)

    write(shop, ADA.phone, "Hello from Ada", OTHER_SENDER)
    expect(replies(page).first).to_contain_text("Hello from Ada")
    first = replies(page).first.bounding_box()
    page.get_by_role("link", name="Quentin Blake").focus()
    write(shop, ADA.phone, "Once more")
    expect(page.get_by_role("button", name="1 new")).to_be_visible()
    expect(replies(page).first).to_contain_text("Hello from Ada")
    assert replies(page).first.bounding_box() == first
    page.get_by_role("button", name="1 new").press("Enter")
    expect(replies(page).first).to_contain_text("Once more")
