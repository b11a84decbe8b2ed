"""A mapping is written in a form, beside what it would make of an event. Each test changes mappings of its own, so that all share a gateway."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from destinations.twilio_engage.simulator import SENDER
from gateway.workspace import Role
from tests.browser.hands import Keyboard
from tests.browser.planting.cast import ADA
from tests.browser.troubles import ENDPOINT, asks_for
from tests.browser.watching import Bookshop, Watch, axe
from tests.integration.system import until

pytestmark = pytest.mark.browser

MAPPING = """query($id: ID!) { mapping(id: $id) {
  id name revision enabled trigger cancelTrigger purpose mode fields destination { name } action { slug }
} }"""


def stored(shop: Bookshop, mapping: str) -> Any:
    """A mapping as the API has it."""
    return shop.system.ask(MAPPING, id=mapping)["mapping"]


def change(shop: Bookshop, mapping: str, **parts: Any) -> None:
    """What somebody else changes of it meanwhile."""
    given = {"id": mapping, "expectedRevision": stored(shop, mapping)["revision"], **parts}
    shop.system.change("mappingUpdate", "MappingUpdateInput", "mapping { id }", given)


def opened(watch: Watch, name: str, role: Role = Role.OPERATOR) -> tuple[Page, str]:
    """The editor of that mapping, and its id."""
    mapping = watch.shop.planted.ids[name]
    page = watch.signed_in(f"/mappings/{mapping}", role)
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    return page, mapping


def field(page: Page, label: str) -> Locator:
    return page.get_by_role("textbox", name=label, exact=True)


def outcome(page: Page) -> Locator:
    return page.get_by_role("region", name="What would happen")


def written_as(page: Page, label: str) -> Locator:
    return page.get_by_role("combobox", name=f"{label} is written as", exact=True)


def offered(page: Page) -> Locator:
    """What completes a trigger."""
    return page.locator(".cm-tooltip-autocomplete")


def type_over(page: Page, box: Locator, text: str) -> None:
    """Write a text into a box for code in place of what is there, and close what is offered."""
    box.click()
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.press("Backspace")
    page.keyboard.insert_text(text)
    page.keyboard.press("Escape")


# -- The list ----------------------------------------------------------------------------------------------------------


def test_a_mapping_is_switched_off_and_deleted_from_the_list_and_says_first_what_becomes_of_what_waits(
    watch: Watch,
) -> None:
    page = watch.signed_in("/mappings", Role.OPERATOR)
    table = page.get_by_role("table", name="Mappings")
    row = table.get_by_role("row").filter(has_text="From our name")
    mapping = watch.shop.planted.ids["From our name"]
    expect(row).to_contain_text('event = "Shop Named"')
    expect(row).to_contain_text("Live")

    row.get_by_role("button", name="Disable From our name").click()
    expect(page.get_by_role("dialog")).to_contain_text(
        "Nothing of it waits. It can be enabled again at any time"
    )
    page.get_by_role("dialog").get_by_role("button", name="Disable").click()
    expect(row).to_contain_text("Disabled")
    assert stored(watch.shop, mapping)["enabled"] is False

    row.get_by_role("button", name="Delete From our name").click()
    expect(page.get_by_role("dialog")).to_contain_text("What it sent is kept, and still shown with it.")
    axe(page)
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(row).to_have_count(0)
    assert stored(watch.shop, mapping) is None


def test_the_list_is_narrowed_to_an_account_and_says_so(watch: Watch) -> None:
    page = watch.signed_in("/accounts", Role.READER)
    page.get_by_role("link", name="Mappings of Flash sales").click()

    links = page.get_by_role("table", name="Mappings").get_by_role("link")
    expect(links).to_have_text(["Flash sale"])
    page.get_by_role("button", name="Remove the filter Account: Flash sales").click()
    expect(links).not_to_have_count(1)
    expect(page).to_have_url(re.compile("/mappings$"))


# -- Writing one -------------------------------------------------------------------------------------------------------


def test_a_mapping_is_made_from_an_event_that_led_nowhere(watch: Watch) -> None:
    query = '{ events(first: 1, filter: {name: "Product Viewed"}) { edges { node { id } } } }'
    event = watch.shop.system.ask(query)["events"]["edges"][0]["node"]["id"]
    page = watch.signed_in(f"/mappings/new?eventId={event}", Role.OPERATOR)

    expect(field(page, "Name")).to_have_value("Product Viewed")
    expect(field(page, "Trigger")).to_have_text('type = "track" and event = "Product Viewed"')
    expect(page.get_by_text("Still to be filled in:")).to_contain_text("From, Message")
    expect(page.locator("[aria-invalid=true]")).to_have_count(0)
    page.get_by_role("combobox", name="From", exact=True).click()
    page.get_by_role("option", name=SENDER).click()
    field(page, "Message").fill("   ")
    expect(outcome(page)).to_contain_text(
        "The mapping has neither a “Message” that shows something nor a “SMS content template SID”"
    )
    field(page, "Message").fill("Still thinking of {{ profile.traits.title }}?")
    expect(outcome(page)).to_contain_text("Still thinking of")
    axe(page)

    page.get_by_role("button", name="Create …").click()
    expect(page.get_by_role("dialog")).to_contain_text("It is live: the next event meets it as it is then")
    page.get_by_role("button", name="Create it").click()

    expect(page).to_have_url(re.compile(r"/mappings/map_\w+"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Product Viewed")
    made = stored(watch.shop, page.url.split("/mappings/")[1].split("?")[0])
    assert (made["destination"]["name"], made["action"]["slug"]) == ("Bookshop US", "sendSms")
    assert (made["mode"], made["enabled"], made["purpose"]) == ("LIVE", True, "MARKETING")
    assert made["trigger"] == 'type = "track" and event = "Product Viewed"'
    assert (made["fields"]["from"], made["fields"]["send"]) == (SENDER, True)
    assert made["fields"]["body"] == "Still thinking of {{ profile.traits.title }}?"


def test_a_preset_fills_in_the_form_and_a_sample_of_its_trigger_is_tried(watch: Watch) -> None:
    page = watch.signed_in("/mappings/new", Role.OPERATOR)
    hand, presets = Keyboard(page), page.get_by_role("button", name="Choose a preset")

    hand.press(presets)
    hand.press(page.get_by_role("menuitem", name="Order confirmation on WhatsApp"))

    expect(page.get_by_role("combobox", name="Action")).to_have_value("sendWhatsApp")
    expect(page.get_by_role("combobox", name="Purpose")).to_have_value("TRANSACTIONAL")
    expect(field(page, "Trigger")).to_contain_text('event = "Order Completed"')
    page.get_by_role("combobox", name="WhatsApp template Content Sid", exact=True).click()
    page.get_by_role("option", name="order_on_its_way").click()
    variables = page.get_by_role("table", name="WhatsApp template variables")
    expect(variables.get_by_role("row")).to_have_count(3)
    expect(page.get_by_text("this is a sample that is made of the trigger")).to_be_visible()

    # What was written is not replaced unasked.
    hand.press(presets)
    hand.press(page.get_by_role("menuitem", name="Win back lapsed customers"))
    question = page.get_by_role("dialog", name="Start from")
    expect(question).to_contain_text("The trigger, the purpose and the fields that you wrote are replaced")
    axe(page)
    page.keyboard.press("Enter")
    expect(question).to_have_count(0)
    expect(field(page, "Trigger")).to_contain_text('event = "Order Completed"')
    hand.press(presets)
    hand.press(page.get_by_role("menuitem", name="Win back lapsed customers"))
    question.get_by_role("button", name="Replace them").click()
    expect(field(page, "Trigger")).not_to_contain_text("Order Completed")
    expect(page.get_by_role("combobox", name="Purpose")).to_have_value("MARKETING")


def test_the_message_is_changed_and_saved_by_keyboard_alone(watch: Watch) -> None:
    page, mapping = opened(watch, "Parcel left with a neighbour (picture)")
    expect(outcome(page)).to_contain_text("This is where:")

    field(page, "Message").focus()
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type("Your parcel is next door 📦")
    expect(outcome(page)).to_contain_text("Your parcel is next door 📦")
    expect(page.get_by_text("Unsaved changes")).to_be_visible()
    page.get_by_role("button", name="Save …").focus()
    page.keyboard.press("Enter")
    changes = page.get_by_role("table", name="What changes")
    expect(changes.get_by_role("row")).to_have_count(2)
    expect(changes.get_by_role("rowheader")).to_have_text(["Message"])
    expect(page.get_by_role("button", name="Save it")).to_be_focused()
    axe(page)
    page.keyboard.press("Enter")

    expect(page.get_by_text("Unsaved changes")).to_have_count(0)
    now = stored(watch.shop, mapping)
    assert (now["revision"], now["fields"]["body"]) == (2, "Your parcel is next door 📦")


# -- Triggers ----------------------------------------------------------------------------------------------------------


def test_a_trigger_is_checked_as_it_is_typed_and_completed_with_what_came(watch: Watch) -> None:
    page, _ = opened(watch, "Summer party 2025")
    trigger = field(page, "Trigger")
    expect(outcome(page)).to_contain_text("no event reaches the mapping before it is enabled")

    type_over(page, trigger, 'event == "Order Placed"')
    expect(
        page.get_by_text(
            "“==” is not an operator (line 1, column 7). Equality is written with one “=”."
        ).first
    ).to_be_visible()
    expect(page.locator(".cm-lintRange-error")).to_have_text("==")
    expect(trigger).to_have_attribute("aria-invalid", "true")
    expect(outcome(page)).to_contain_text("“==” is not an operator")

    type_over(page, trigger, "event = ")
    page.keyboard.press("Control+Space")
    expect(offered(page).get_by_role("option", name='"Order Placed"', exact=False).first).to_be_visible()
    page.keyboard.type('"Order Sh')
    expect(offered(page).get_by_role("option")).to_have_count(1)
    # By mouse: for a moment after the list changed no key chooses from it, so that nobody takes what they have not seen.
    offered(page).get_by_role("option").first.click()
    expect(trigger).to_have_text('event = "Order Shipped"')
    page.keyboard.type(" and properties.or")
    expect(offered(page).get_by_role("option").first).to_contain_text("properties.order_id")
    offered(page).get_by_role("option").first.click()
    page.keyboard.type(" != null")
    page.keyboard.press("Escape")

    expect(trigger).to_have_text('event = "Order Shipped" and properties.order_id != null')
    expect(trigger).to_have_attribute("aria-invalid", "false")
    expect(outcome(page)).to_contain_text("Come to our summer party!")
    page.keyboard.press("Tab")
    expect(trigger).not_to_be_focused()


# -- Fields ------------------------------------------------------------------------------------------------------------


def test_form_and_json_are_two_views_of_the_same_and_nothing_is_lost_between_them(watch: Watch) -> None:
    page, mapping = opened(watch, "Flash sale")
    before = stored(watch.shop, mapping)["fields"]
    view = page.get_by_role("radiogroup", name="How the fields are shown")
    message = {
        "@if": {"exists": {"@path": "$.properties.title"}, "then": "New: a book", "else": "Nothing new"}
    }

    written_as(page, "Message").select_option("template")
    expect(field(page, "Message")).to_have_value(before["body"])
    written_as(page, "Message").select_option("path")
    page.get_by_role("combobox", name="Message", exact=True).fill("$.properties.note")
    view.get_by_text("JSON").click()
    box = field(page, "Fields as JSON")
    box.press("ControlOrMeta+End")
    expect(box).to_contain_text('"@path": "$.properties.note"')
    type_over(page, box, json.dumps({**before, "body": message}))
    view.get_by_text("Form").click()

    expect(written_as(page, "Message")).to_have_value("json")
    written_as(page, "Message").select_option("literal")
    field(page, "Message").fill("Never mind")
    written_as(page, "Message").select_option("json")
    expect(field(page, "Message")).to_have_value('"Never mind"')
    field(page, "Message").fill(json.dumps(message)[:-1])
    expect(page.get_by_text("This cannot be read as JSON yet.")).to_be_visible()
    expect(page.get_by_role("button", name="Save …")).to_be_disabled()
    expect(page.get_by_text("First mend the JSON of “Message”.")).to_be_visible()
    expect(view.get_by_role("radio", name="JSON")).to_be_disabled()
    field(page, "Message").fill(json.dumps(message))
    expect(view.get_by_role("radio", name="JSON")).to_be_enabled()
    expect(outcome(page)).to_contain_text("New: a book")
    page.get_by_role("button", name="Save …").click()
    page.get_by_role("button", name="Save it").click()

    expect(page.get_by_text("Unsaved changes")).to_have_count(0)
    assert stored(watch.shop, mapping)["fields"] == {**before, "body": message}


# -- Somebody else -----------------------------------------------------------------------------------------------------


def test_what_somebody_else_saved_is_shown_beside_mine_and_neither_is_overwritten_unseen(
    watch: Watch,
) -> None:
    page, mapping = opened(watch, "Picture of the shop")
    fields = stored(watch.shop, mapping)["fields"]
    field(page, "Message").fill("Mine")
    field(page, "Name").fill("Picture of our shop")
    change(watch.shop, mapping, fields={**fields, "body": "Theirs"}, purpose="TRANSACTIONAL")

    page.get_by_role("button", name="Save …").click()
    page.get_by_role("button", name="Save it").click()

    dialog = page.get_by_role("dialog", name="Somebody else saved this mapping")
    expect(dialog).to_contain_text("Nothing of yours was saved, and nothing of it is lost.")
    rows = dialog.get_by_role("row")
    expect(rows.filter(has_text="Message")).to_contain_text("Message, changed by bothOur new shopTheirsMine")
    expect(rows.filter(has_text="Purpose")).to_contain_text("MARKETINGTRANSACTIONALMARKETING")
    axe(page)
    assert stored(watch.shop, mapping)["revision"] == 2
    dialog.get_by_role("button", name="Put mine on top, then look").click()
    expect(page.get_by_role("combobox", name="Purpose")).to_have_value("TRANSACTIONAL")
    page.get_by_role("button", name="Save …").click()
    expect(page.get_by_role("table", name="What changes").get_by_role("rowheader")).to_have_text(
        ["Name", "Message"]
    )
    page.get_by_role("button", name="Save it").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Picture of our shop")
    now = stored(watch.shop, mapping)
    assert (now["revision"], now["purpose"], now["fields"]["body"]) == (3, "TRANSACTIONAL", "Mine")


def test_whoever_leaves_with_unsaved_changes_is_asked(watch: Watch) -> None:
    page, mapping = opened(watch, "Back in stock")
    field(page, "Name").fill("Back on the shelf")

    page.get_by_role("link", name="Accounts").click()
    dialog = page.get_by_role("dialog", name="Leave without saving?")
    expect(dialog.get_by_role("button", name="Stay")).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    expect(field(page, "Name")).to_have_value("Back on the shelf")
    page.get_by_role("link", name="Accounts").click()
    dialog.get_by_role("button", name="Leave").click()

    expect(page).to_have_url(re.compile("/accounts$"))
    assert stored(watch.shop, mapping)["name"] == "Back in stock"


# -- Trying it ---------------------------------------------------------------------------------------------------------


def test_the_preview_names_the_character_that_makes_a_text_longer_and_shows_the_request(watch: Watch) -> None:
    page, _ = opened(watch, "Delivery slot")
    page.get_by_role("radiogroup", name="Try it with which event").get_by_text("JSON").click()
    expect(page.get_by_role("textbox", name="The event as JSON")).to_contain_text("Delivery Planned")
    page, _ = opened(watch, "Order confirmation")
    field(page, "Message").fill("It\u2019s yours, {{ profile.traits.order_id }}")

    expect(outcome(page)).to_contain_text("The curly apostrophe \u2019 (U+2019) is not in GSM-7")
    expect(outcome(page).locator("mark")).to_have_text("\u2019")
    expect(outcome(page)).to_contain_text("1 segment · UCS-2")
    expect(page.get_by_role("button", name="Consent")).to_have_attribute(
        "title", "Whether the person agreed to it, and has not written STOP."
    )
    page.get_by_role("tab", name="Request").click()
    form = page.get_by_role("table", name="The form of the request")
    expect(form.get_by_role("row").filter(has_text="Body")).to_contain_text("It\u2019s yours, ")
    axe(page)


def test_a_backtest_counts_what_would_have_been_sent_and_nothing_is_sent(watch: Watch) -> None:
    page, _ = opened(watch, "Abandoned cart, one hour later")
    sent = len(watch.shop.system.texts())

    page.get_by_role("button", name="Backtest …").click()
    drawer = page.get_by_role("dialog", name="Try it on what came")
    drawer.get_by_role("combobox", name="Events of").click()
    page.get_by_role("option", name="Last 30 days").click()
    drawer.get_by_role("button", name="Run it").click()

    expect(
        drawer.get_by_text(re.compile(r"^Would have sent \d+ texts to \d+ people: last 30 days$"))
    ).to_be_visible()
    expect(drawer.get_by_role("table", name="Not sent, and why")).to_contain_text("Not subscribed")
    expect(drawer.get_by_role("table", name="Sent by day").get_by_role("row")).not_to_have_count(0)
    expect(drawer.get_by_text("is still in your basket").first).to_be_visible()
    axe(page)
    assert len(watch.shop.system.texts()) == sent
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Backtest …")).to_be_focused()

    field(page, "Message").fill("Your basket is waiting")
    page.get_by_role("button", name="Backtest …").click()
    expect(drawer.get_by_text("You have changed the mapping since")).to_be_visible()
    expect(drawer.get_by_text(re.compile("^Would have sent"))).to_be_visible()


def test_a_test_goes_to_a_test_number_of_the_account_and_says_how_far_it_got(watch: Watch) -> None:
    allow_tests_to(watch.shop, ADA.phone)
    page, _ = opened(watch, "Order confirmation")
    expect(outcome(page)).to_contain_text("thank you for your order")
    number = page.get_by_role("combobox", name="The number that gets the test")
    button = page.get_by_role("button", name="Send the test")

    number.fill("12")
    button.click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was sent")
    number.fill("")
    page.get_by_role("option", name=ADA.phone).click()
    before = len(watch.shop.system.texts())
    button.click()

    expect(page.get_by_role("link", name="See the delivery")).to_be_visible()
    until(lambda: len(watch.shop.system.texts()) == before + 1, what="the test at the provider")


def test_a_pasted_event_stays_when_the_mapping_is_made_and_no_test_of_the_one_before_is_sent(
    watch: Watch,
) -> None:
    allow_tests_to(watch.shop, ADA.phone)
    page = watch.signed_in("/mappings/new", Role.OPERATOR)
    expect(page.get_by_text("First give it a name.")).to_be_visible()
    field(page, "Name").fill("Book pasted")
    type_over(page, field(page, "Trigger"), 'event = "Book Pasted"')
    page.get_by_role("combobox", name="From", exact=True).click()
    page.get_by_role("option", name=SENDER).click()
    field(page, "Message").fill("Pasted: {{ profile.traits.title }}")
    page.get_by_role("radiogroup", name="Try it with which event").get_by_text("JSON").click()
    event = field(page, "The event as JSON")
    type_over(page, event, pasted("Emma"))
    expect(outcome(page)).to_contain_text("Pasted: Emma")

    event.evaluate("(box) => box.setAttribute('data-of-the-new-one', '')")
    page.get_by_role("button", name="Create …").click()
    page.get_by_role("button", name="Create it").click()
    expect(page).to_have_url(re.compile(r"/mappings/map_\w+"))
    expect(page.locator("[data-of-the-new-one]")).to_have_count(0)
    expect(event).to_contain_text("Emma")
    expect(outcome(page)).to_contain_text("Pasted: Emma")
    page.get_by_role("combobox", name="The number that gets the test").fill(ADA.phone)
    button = page.get_by_role("button", name="Send the test")
    expect(button).to_be_enabled()

    slow: list[Route] = []
    page.route(
        ENDPOINT,
        lambda route: slow.append(route) if asks_for(route.request, "PreviewMapping") else route.fallback(),
    )
    with page.expect_request(lambda request: "Persuasion" in (request.post_data or "")):
        type_over(page, event, pasted("Persuasion"))
    expect(outcome(page)).to_contain_text("Pasted: Emma")
    expect(button).to_be_disabled()
    slow[-1].continue_()
    expect(outcome(page)).to_contain_text("Pasted: Persuasion")
    page.unroute(ENDPOINT)
    button.click()
    expect(page.get_by_role("link", name="See the delivery")).to_be_visible()
    until(
        lambda: any("Pasted: Persuasion" in text["body"] for text in watch.shop.system.texts()),
        what="the test at the provider",
    )
    assert not any("Pasted: Emma" in text["body"] for text in watch.shop.system.texts())


def pasted(title: str) -> str:
    event = {"type": "track", "event": "Book Pasted", "userId": "u_pasted", "properties": {"title": title}}
    return json.dumps({**event, "context": {"traits": {"phone": ADA.phone}}})


def allow_tests_to(shop: Bookshop, number: str) -> None:
    account = shop.planted.ids["Bookshop US"]
    query = "query($id: ID!) { destination(id: $id) { revision } }"
    revision = shop.system.ask(query, id=account)["destination"]["revision"]
    given = {"id": account, "expectedRevision": revision, "policy": {"testNumbers": [number]}}
    shop.system.change("destinationUpdate", "DestinationUpdateInput", "destination { id }", given)


def test_what_a_mapping_in_shadow_decided_stands_beside_what_another_one_did(watch: Watch) -> None:
    page, _ = opened(watch, "Win back, tried in SHADOW")
    table = page.get_by_role("table", name="What it decided in SHADOW")
    expect(table.get_by_text("We miss you, Bello. 10 % off until Sunday.")).to_be_visible()

    page.get_by_role("combobox", name="Beside").select_option("Order confirmation, Europe")

    expect(table.get_by_role("columnheader")).to_have_text(
        ["Event", "This one would have", "The other one did"]
    )
    axe(page)


# -- Who may what ------------------------------------------------------------------------------------------------------


def test_a_reader_sees_all_of_it_and_changes_nothing_and_a_viewer_gets_no_preview(watch: Watch) -> None:
    page, _ = opened(watch, "Newsletter: the week's books", Role.READER)

    expect(outcome(page)).to_contain_text("New this week, picked for you")
    expect(field(page, "Message")).to_be_disabled()
    expect(field(page, "Trigger")).to_have_attribute("contenteditable", "false")
    for name in ("Save …", "Backtest …", "Delete", "Send the test"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    page.get_by_role("radiogroup", name="How the fields are shown").get_by_text("JSON").click()
    expect(field(page, "Fields as JSON")).to_contain_text('"send": true')
    axe(page)

    page, _ = opened(watch, "Newsletter: the week's books", Role.VIEWER)
    expect(page.get_by_role("region", name="Preview")).to_contain_text("it takes the role Reader")
