"""From the form for the token to a text on the stand-in's phone without leaving the page, on a gateway with nothing in it: by mouse, and by keyboard."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from destinations.twilio_engage.simulator import (
    ACCOUNT_SID,
    API_KEY_SECRET,
    API_KEY_SID,
    AUTH_TOKEN,
    SENDER,
)
from gateway.workspace import Role
from tests.browser.conftest import served
from tests.browser.hands import Hand, Keyboard, Mouse
from tests.browser.watching import Bookshop, Watch, axe, watched
from tests.integration.system import until

pytestmark = pytest.mark.browser

MINE = "+12025550144"
TEXT = "Hello {{ profile.traits.firstName }}, you are a VIP now."
DORA = {"firstName": "Dora", "phone": "+12025550145", "sms_opt_in": True}


@pytest.fixture
def empty(planted_root: Path, tmp_path: Path) -> Iterator[Bookshop]:
    with served(planted_root, 0, tmp_path) as shop:
        yield shop


@pytest.fixture
def watch(browser: Browser, empty: Bookshop) -> Iterator[Watch]:
    with watched(browser, empty) as watch:
        yield watch


@pytest.mark.parametrize("hand_of", [Mouse, Keyboard], ids=["mouse", "keyboard"])
def test_the_first_text_is_on_a_phone_without_leaving_the_page(
    watch: Watch, browser: Browser, hand_of: Callable[[Page], Hand]
) -> None:
    hand, system = hand_of(watch.context.new_page()), watch.shop.system
    page = hand.page

    page.goto(watch.shop.url)
    hand.write(page.get_by_label("Token"), watch.shop.planted.tokens[Role.ADMIN])
    hand.press(page.get_by_role("button", name="Sign in"))
    steps = page.get_by_role("region", name="First steps")
    expect(steps.get_by_role("listitem").and_(page.locator("[aria-current=step]"))).to_contain_text(
        "Add an account"
    )

    hand.press(steps.get_by_role("link", name="Add an account"))
    for name, value in (
        ("Account SID", ACCOUNT_SID),
        ("API key SID", API_KEY_SID),
        ("API key secret", API_KEY_SECRET),
        ("Auth Token", AUTH_TOKEN),
        ("Default country", "US"),
    ):
        hand.write(textbox(page, name), value)
    hand.press(page.get_by_role("button", name=re.compile("advanced settings$")))
    hand.write(textbox(page, "Twilio host name"), f"127.0.0.1:{system.simulator_port}")
    at_midnight(hand, page.get_by_label("Quiet from"))
    at_midnight(hand, page.get_by_label("Quiet until"))
    hand.press(page.get_by_role("button", name="Create and verify"))
    expect(page.get_by_role("heading", name="It is verified")).to_be_visible()

    hand.press(page.get_by_role("button", name="Make and connect"))
    shown = page.get_by_role("dialog", name="Write key")
    key = shown.get_by_text(re.compile("^hwk_")).inner_text()
    hand.press(shown.get_by_role("button", name="I have kept it"))
    expect(page.get_by_role("heading", name="A source is connected")).to_be_visible()

    hand.press(page.get_by_role("link", name="Make a mapping"))
    hand.write(textbox(page, "Name"), "VIP")
    hand.write(page.get_by_placeholder("Choose a sender, or type one"), SENDER)
    hand.write(textbox(page, "Message"), TEXT)
    expect(page.get_by_text("Nothing would be sent, on purpose.")).to_be_visible()
    create(hand)

    hand.write(page.get_by_role("combobox", name="The number that gets the test"), MINE)
    hand.press(page.get_by_role("button", name="Send the test"))
    expect(page.get_by_role("alert")).to_contain_text("nobody knows that its owner agreed to messages")
    axe(page)
    hand.press(page.get_by_role("button", name=f"Make {MINE} a test number"))
    expect(page.get_by_role("alert")).to_have_count(0)
    hand.press(page.get_by_role("button", name="Send the test"))
    phone = page.get_by_role("link", name="Phone in the simulator")
    expect(phone).to_be_visible()
    axe(page)
    shows(browser, phone, "you are a VIP now.")

    # What the snippet of the source does, in the application that has the key.
    hand.press(page.get_by_role("navigation", name="Pages").get_by_role("link", name="Deliveries"))
    expect(page.get_by_role("table", name="Deliveries").get_by_role("row")).to_have_count(2)
    system.write_key = key
    track = {"userId": "dora", "event": "Audience Entered"}
    assert system.post("/v1/identify", {"userId": "dora", "traits": DORA}).status_code == 200
    assert system.post("/v1/track", track).status_code == 200
    row = page.get_by_role("table", name="Deliveries").get_by_role("row").filter(has_text="+12025550145")
    expect(row).to_contain_text("Delivered")

    hand.press(page.get_by_role("navigation", name="Pages").get_by_role("link", name="People"))
    # Until that page stands the list of deliveries does, in which the number leads elsewhere.
    hand.press(page.get_by_role("table", name="People").get_by_role("link", name="+12025550145"))
    shows(browser, page.get_by_role("link", name="Phone in the simulator"), "Hello Dora, you are a VIP now.")
    until(lambda: len(system.texts()) == 2, what="both texts at the provider")


def textbox(page: Page, name: str) -> Locator:
    return page.get_by_role("textbox", name=name, exact=True)


def create(hand: Hand) -> None:
    """Create the mapping, and wait until the editor is that of one which is made."""
    page = hand.page
    before = page.get_by_role("region", name="Preview", exact=True)
    before.evaluate("(preview) => preview.setAttribute('data-of-the-new-one', '')")
    hand.press(page.get_by_role("button", name="Create …"))
    hand.press(page.get_by_role("dialog").get_by_role("button", name="Create it"))
    expect(page.locator("[data-of-the-new-one]")).to_have_count(0)


def at_midnight(hand: Hand, field: Locator) -> None:
    """A field for a time takes keys one by one."""
    if isinstance(hand, Keyboard):
        hand.write(field, "")
        hand.page.keyboard.type("1200AM")
    else:
        field.fill("00:00")
    expect(field).to_have_value("00:00")


def shows(browser: Browser, link: Locator, text: str) -> None:
    """That phone is another server's page, which the watch over this one's says nothing about."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(link.get_attribute("href") or "")
    expect(page.get_by_text(text).first).to_be_visible()
    context.close()
