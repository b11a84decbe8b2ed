"""Who is known, what they agreed to, what came of it, and what would stop a text: the tasks of whoever looks after people."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from destinations.twilio_engage.simulator import WHATSAPP_SENDER
from gateway.workspace import Role
from tests.browser.planting.cast import ADA, PEOPLE, STOPPED
from tests.browser.watching import Bookshop, Watch, axe
from tests.integration.system import until

pytestmark = pytest.mark.browser

NOBODY = "Nobody has this id"
RECORD = "Record consent"


def id_of(shop: Bookshop, user: str) -> str:
    found: str = shop.system.ask("query($user: String!) { contact(userId: $user) { id } }", user=user)[
        "contact"
    ]["id"]
    return found


def of_contact(shop: Bookshop, contact: str, selection: str) -> Any:
    query = f"query($id: ID!) {{ node(id: $id) {{ ... on Contact {{ {selection} }} }} }}"
    return shop.system.ask(query, id=contact)["node"]


def moments(page: Page, label: str) -> list[str]:
    return [
        one.get_attribute("datetime") or ""
        for one in page.get_by_label(label).locator("time").element_handles()
    ]


def test_somebody_is_found_by_consent_by_a_number_in_any_notation_and_by_a_user_id(watch: Watch) -> None:
    page = watch.signed_in("/people")
    listed = page.get_by_role("table", name="People").locator("tbody tr")
    expect(listed).to_have_count(25)

    page.get_by_role("combobox", name="Consent").click()
    page.get_by_role("option", name="Unsubscribed").click()
    page.wait_for_url("**/people?consent=UNSUBSCRIBED")
    asked = watch.shop.system.ask("{ contacts(consent: UNSUBSCRIBED) { edges { node { phone } } } }")[
        "contacts"
    ]["edges"]
    expect(listed.locator("td:first-child a > span")).to_have_text([edge["node"]["phone"] for edge in asked])
    assert STOPPED.phone in [edge["node"]["phone"] for edge in asked]
    axe(page)

    who = page.get_by_role("textbox", name="Number or userId")
    who.fill("user_nobody")
    who.press("Enter")
    expect(page.get_by_role("search", name="People").get_by_role("status")).to_have_text(
        "No number is known of “user_nobody”. Is it whole? What came a moment ago may still wait for its turn."
    )
    who.fill("visitor-1")
    who.press("Enter")
    expect(page.get_by_role("search", name="People").get_by_role("status")).to_have_text(
        "No number is known of “visitor-1”. This is what goes by it:"
    )
    expect(page.get_by_role("list", name="What goes by visitor-1").get_by_role("link").first).to_contain_text(
        "Basket"
    )
    axe(page)
    who.fill("(202) 555-0120")
    page.get_by_role("button", name="Look up").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(ADA.phone)
    page.go_back()
    page.get_by_role("textbox", name="Number or userId").fill(PEOPLE[4].user)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(PEOPLE[4].phone)


def test_what_happened_is_one_timeline_and_the_conversation_is_as_the_phone_has_it(watch: Watch) -> None:
    contact = id_of(watch.shop, ADA.user)
    page = watch.signed_in(f"/people/{contact}")
    timeline = "Timeline, the newest first"
    expect(page.get_by_label(timeline).locator("> li")).to_have_count(25)

    shown = moments(page, timeline)
    while page.get_by_role("button", name="Show more").count():
        page.get_by_role("button", name="Show more").click()
        page.wait_for_function(
            "([name, before]) => document.querySelectorAll(`[aria-label='${name}'] > li`).length > before || !document.querySelector('main').innerText.includes('Show more')",
            arg=[timeline, len(shown)],
        )
        grown = moments(page, timeline)
        assert grown[: len(shown)] == shown, "what is shown stays where it is"
        shown = grown
    counts = of_contact(
        watch.shop,
        contact,
        "deliveries(first: 1) { totalCount } events(first: 1) { totalCount } inboundMessages(first: 1) { totalCount }",
    )
    assert len(shown) == sum(one["totalCount"] for one in counts.values()) > 50
    assert shown == sorted(shown, reverse=True)
    expect(page.get_by_text(f"All {len(shown)} are shown")).to_be_visible()
    axe(page)

    page.get_by_role("tab", name="Conversation").click()
    conversation = page.get_by_role("region", name="Conversation")
    expect(conversation.get_by_text("Perfect, see you on Saturday!").last).to_be_visible()
    said = moments(page, "Conversation")
    assert said == sorted(said)
    assert page.url.endswith(f"/people/{contact}?tab=conversation")
    axe(page)


def test_each_mapping_says_whether_they_would_get_its_text_and_one_shows_every_gate(watch: Watch) -> None:
    contact = id_of(watch.shop, STOPPED.user)
    mapping = watch.shop.planted.ids["Order confirmation"]
    gates = of_contact(watch.shop, contact, f'whyNot(mappingId: "{mapping}") {{ gate passed reason }}')[
        "whyNot"
    ]
    [stops] = [one for one in gates if not one["passed"]]
    assert stops["reason"] == "OPTED_OUT"
    page = watch.signed_in(f"/people/{contact}?tab=why")

    verdicts = page.get_by_role("table", name="What each mapping would do")
    expect(verdicts.locator("tbody tr")).to_have_count(10)
    page.get_by_role("button", name="Show more").click()
    row = verdicts.get_by_role("row", name=re.compile("^Order confirmation Bookshop US"))
    expect(row.get_by_role("cell").last).to_have_text("Opted out")
    party = verdicts.get_by_role("row", name=re.compile("^Summer party 2025 Bookshop US"))
    expect(party.get_by_role("cell").last).to_have_text("Disabled")

    choice = page.get_by_role("combobox", name="Why would they get no text from")
    choice.focus()
    page.keyboard.type("Order confirmation · B")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    whole = page.get_by_role("region", name="The gates now")
    expect(whole.get_by_role("status")).to_have_text("They would not get it now.")
    expect(whole.get_by_role("listitem")).to_have_count(len(gates))
    expect(whole.get_by_role("button", expanded=True)).to_have_count(1)
    expect(whole.get_by_role("button", expanded=True)).to_contain_text("Opted out")
    expect(page).to_have_url(re.compile(f"mappingId={mapping}"))
    axe(page)


def test_of_a_mapping_in_shadow_nobody_would_get_a_text(own_watch: Watch) -> None:
    shop = own_watch.shop
    account = shop.planted.ids["Bookshop US"]
    query = "query($id: ID!) { destination(id: $id) { revision } }"
    at_any_hour = {
        "id": account,
        "expectedRevision": shop.system.ask(query, id=account)["destination"]["revision"],
        "policy": {"quietHoursStart": "00:00", "quietHoursEnd": "00:00"},
    }
    shop.system.change("destinationUpdate", "DestinationUpdateInput", "destination { id }", at_any_hour)
    shadow = shop.planted.ids["Win back, tried in SHADOW"]

    page = own_watch.signed_in(f"/people/{id_of(shop, PEOPLE[8].user)}?tab=why&mappingId={shadow}")

    whole = page.get_by_role("region", name="The gates now")
    expect(whole.get_by_role("status")).to_have_text(
        "They would not get it: the mapping is in SHADOW, so that it is only recorded. Every gate lets it pass."
    )
    verdicts = page.get_by_role("table", name="What each mapping would do")
    page.get_by_role("button", name="Show more").click()
    tried = verdicts.get_by_role("row", name=re.compile("^Win back, tried in SHADOW Bookshop US"))
    expect(tried.get_by_role("cell").last).to_have_text("Only recorded (SHADOW)")


def test_a_viewer_sees_masks_and_is_offered_nothing_that_only_others_may_do(watch: Watch) -> None:
    contact = id_of(watch.shop, ADA.user)
    page = watch.signed_in(f"/people/{contact}?tab=conversation", Role.VIEWER)
    watch.stands(page)

    expect(page.get_by_role("heading", level=1)).to_have_text("+1••••20")
    expect(page.get_by_text("Traits are hidden from viewers.")).to_be_visible()
    expect(page.get_by_text("Its words are hidden from viewers.").first).to_be_visible()
    assert [one for one in (ADA.phone, ADA.last) if one in page.content()] == []
    for name in ("Erase", "Export", RECORD):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    page.get_by_role("button", name="Consent history").click()
    expect(page.get_by_role("list", name="Consent history").locator("> li").first).to_be_visible()
    page.keyboard.press("Escape")
    mapping = watch.shop.planted.ids["Order confirmation"]
    page.goto(f"{watch.shop.url}/people/{id_of(watch.shop, STOPPED.user)}?tab=why&mappingId={mapping}")
    expect(page.get_by_role("region", name="The gates now").get_by_role("listitem").last).to_contain_text(
        "What it saw is hidden from viewers, or was removed."
    )
    page.goto(f"{watch.shop.url}/people")
    page.get_by_role("textbox", name="userId").fill(PEOPLE[4].user)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"+1••••{PEOPLE[4].phone[-2:]}")


def test_where_a_stand_in_is_the_account_a_link_leads_to_their_phone(watch: Watch) -> None:
    page = watch.signed_in(f"/people/{id_of(watch.shop, ADA.user)}")

    link = page.get_by_role("link", name="Phone in the simulator")
    expect(link).to_have_count(1)
    expect(link).to_have_attribute(
        "href", f"{watch.shop.system.simulator_url}/#%2B{ADA.phone.removeprefix('+')}"
    )


def test_consent_is_recorded_by_keyboard_and_a_persons_own_stop_is_told_from_others(own_watch: Watch) -> None:
    shop = own_watch.shop
    contact, stopped = id_of(shop, PEOPLE[4].user), id_of(shop, STOPPED.user)
    page = own_watch.signed_in(f"/people/{contact}", Role.OPERATOR)
    expect(page.get_by_role("button", name=RECORD)).to_be_visible()

    page.get_by_role("button", name=RECORD).press("Enter")
    form = page.get_by_role("dialog", name=f"{RECORD} of {PEOPLE[4].phone}")
    expect(form.get_by_role("radio", name="Yes, send me texts")).to_be_focused()
    page.keyboard.press("ArrowDown")
    form.get_by_role("combobox", name="Channel").focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("option", name="SMS")).to_have_attribute("data-combobox-selected", "true")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    form.get_by_role("combobox", name="How it was said").focus()
    page.keyboard.type("phone call")
    page.keyboard.press("Escape")
    form.get_by_label("Which wording they saw").press_sequentially("v2")
    form.get_by_label("Note").press_sequentially("She rang on Monday")
    axe(page)
    form.get_by_role("button", name="Record it").press("Enter")
    expect(form).to_have_count(0)
    expect(page.get_by_text("Recorded: WhatsApp unsubscribed.")).to_be_visible()
    [word] = [
        one
        for one in of_contact(
            shop, contact, "consents { channel status inWords evidence { method wordingVersion note } }"
        )["consents"]
        if one["channel"] == "WHATSAPP"
    ]
    assert (word["status"], word["evidence"]) == (
        "UNSUBSCRIBED",
        {"method": "phone call", "wordingVersion": "v2", "note": "She rang on Monday"},
    )
    expect(page.get_by_text(word["inWords"])).to_be_visible()

    page.goto(f"{shop.url}/people/{stopped}")
    page.get_by_role("button", name=RECORD).click()
    page.get_by_role("combobox", name="How it was said").fill("web form")
    page.get_by_role("button", name="Record it").click()
    expect(page.get_by_role("alert").first).to_contain_text("Only an administrator may lift it otherwise")
    expect(page.get_by_role("alert").last).to_contain_text("This number said stop on")
    page.get_by_role("button", name="Not now").click()

    said = {
        "from": f"whatsapp:{PEOPLE[4].phone}",
        "to": WHATSAPP_SENDER,
        "body": "Is it still there?",
        "url": f"{shop.url}/webhooks/{shop.planted.ids['Bookshop US']}/inbound",
    }
    shop.system.tell_simulator("inbound", said)
    until(
        lambda: (
            [one["open"] for one in of_contact(shop, contact, "windows { open }")["windows"]][:1] == [True]
        ),
        what="an open window",
    )
    page.goto(f"{shop.url}/people/{contact}")
    expect(page.get_by_role("timer").first).to_have_text(re.compile("^closes in 23 h 5[5-9] min$"))


def test_a_person_is_exported_as_a_file_and_erased_once_what_goes_was_counted(own_watch: Watch) -> None:
    shop = own_watch.shop
    contact = id_of(shop, ADA.user)
    page = own_watch.signed_in(f"/people/{contact}")

    with page.expect_download() as loading:
        page.get_by_role("button", name="Export").click()
    file = loading.value
    assert file.suggested_filename == f"{contact}.json"
    exported = json.loads(file.path().read_text())
    assert exported["about"]["phones"] == [ADA.phone]
    totals = of_contact(
        shop,
        contact,
        "deliveries(first: 1) { totalCount } events(first: 1) { totalCount } inboundMessages(first: 1) { totalCount } consentHistory(first: 1) { totalCount }",
    )
    page.get_by_role("button", name="Erase").click()
    question = page.get_by_role("dialog", name="Erase")
    expect(question.get_by_role("list", name="What goes").get_by_role("listitem")).to_have_text(
        [
            f"{totals['deliveries']['totalCount']} deliveries",
            f"{totals['events']['totalCount']} events",
            f"{totals['inboundMessages']['totalCount']} messages that they wrote",
            f"{totals['consentHistory']['totalCount']} words of consent",
        ]
    )
    axe(page)
    expect(question.get_by_role("button", name="Not now")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("Erased")
    assert of_contact(shop, contact, "id") is None
    page.reload()
    expect(page.get_by_text(NOBODY)).to_be_visible()
    page.get_by_role("link", name="All people").click()
    expect(page.get_by_role("table", name="People")).to_be_visible()
    expect(page.get_by_text(ADA.phone)).to_have_count(0)
