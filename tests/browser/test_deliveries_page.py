"""What became of each text and why: found, followed as it happens, replayed and canceled on the page of deliveries."""

import re
from collections.abc import Mapping
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from gateway.workspace import Role
from tests.browser.planting.cast import ADA, PEOPLE
from tests.browser.planting.story import identify, track
from tests.browser.troubles import ENDPOINT
from tests.browser.watching import Bookshop, Watch, axe
from tests.integration.system import SETTINGS, until

pytestmark = pytest.mark.browser


def rows(page: Page) -> Locator:
    return page.get_by_role("table", name="Deliveries").locator("tbody tr")


def several(texts: int) -> str:
    return "1 text" if texts == 1 else f"{texts} texts"


def the_panel(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Delivery")


def ask_for(shop: Bookshop, **filters: Any) -> Mapping[str, Any]:
    """The newest deliveries that pass, and how many do."""
    found = shop.system.ask(
        "query($filter: DeliveryFilterInput) { deliveries(first: 50, filter: $filter) { totalCount edges { node {"
        " id status reason recipient createdAt replayOf { id } mapping { name } } } } }",
        filter=filters,
    )["deliveries"]
    return {"total": found["totalCount"], "nodes": [edge["node"] for edge in found["edges"]]}


def one_of(shop: Bookshop, **filters: Any) -> Mapping[str, Any]:
    newest: Mapping[str, Any] = ask_for(shop, **filters)["nodes"][0]
    return newest


def send(shop: Bookshop, *events: Mapping[str, Any]) -> None:
    key = shop.planted.write_keys["Shop server"]
    shop.system.write_key = key
    for event in events:
        assert shop.system.post("/v1/track", event).status_code == 200


def change_mapping(shop: Bookshop, name: str, **changed: Any) -> None:
    key = shop.planted.ids[name]
    found = shop.system.ask("query($id: ID!) { mapping(id: $id) { revision } }", id=key)["mapping"]
    given = {"id": key, "expectedRevision": found["revision"], **changed}
    shop.system.change("mappingUpdate", "MappingUpdateInput", "mapping { id }", given)


def shop_of_another_space(shop: Bookshop) -> str:
    """A token of a second space, in which one event came for one mapping."""
    system, space = shop.system, {"space": "second"}
    made = system.change(
        "sourceCreate", "SourceCreateInput", "writeKey source { id }", {"name": "Two", **space}
    )
    settings = {**SETTINGS, "twilioHostname": f"127.0.0.1:{system.simulator_port}"}
    account = system.change(
        "destinationCreate",
        "DestinationCreateInput",
        "destination { id }",
        {"name": "Texts", "settings": {"twilioEngage": settings}, **space},
    )["destination"]["id"]
    link = {"sourceId": made["source"]["id"], "destinationId": account}
    system.change("sourceConnect", "SourceConnectInput", "source { id }", link)
    mapping = {
        "destinationId": account,
        "action": "sendSms",
        "name": "Thanks",
        "trigger": 'event = "Order Placed"',
        "fields": {"from": "+12025550100", "body": "Thanks", "send": True},
    }
    system.change("mappingCreate", "MappingCreateInput", "mapping { id }", mapping)
    system.write_key = made["writeKey"]
    for event in (identify(ADA), track("Order Placed", ADA)):
        assert system.post(f"/v1/{event['type']}", event).status_code == 200
    given = {"name": "Second", "role": "OPERATOR", **space}
    token: str = system.change("apiTokenCreate", "ApiTokenCreateInput", "token", given)["token"]
    return token


def test_filters_are_chosen_by_keyboard_kept_in_the_address_and_removed_one_by_one(
    watch: Watch, bookshop: Bookshop
) -> None:
    page = watch.signed_in("/deliveries")
    every = ask_for(bookshop)["total"]
    expect(page.get_by_text(f"{every} deliveries", exact=True)).to_be_visible()

    page.get_by_role("button", name="Status", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Find in status")).to_be_focused()
    page.keyboard.type("suppr")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    axe(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Status, 1 chosen")).to_be_focused()
    suppressed = ask_for(bookshop, status=["SUPPRESSED"])["total"]
    expect(page.get_by_text(f"{suppressed} deliveries pass the filters")).to_be_visible()

    page.get_by_role("button", name="Number, sender, code …").press("Enter")
    page.get_by_label("Number", exact=True).fill("(202) 555-0120")
    page.keyboard.press("Enter")
    both = ask_for(bookshop, status=["SUPPRESSED"], recipient=ADA.phone)
    expect(page.get_by_text(f"{both['total']} deliveries pass the filters")).to_be_visible()
    expect(page).to_have_url(re.compile(r"status=%5B%22SUPPRESSED%22%5D&recipient=%28202%29\+555-0120$"))
    axe(page)

    page.reload()
    expect(rows(page)).to_have_count(both["total"])
    page.get_by_role("button", name="Remove the filter Status: Suppressed").press("Enter")
    hers = ask_for(bookshop, recipient=ADA.phone)
    expect(page.get_by_text(f"{hers['total']} deliveries pass the filters")).to_be_visible()
    which = [one["mapping"]["name"] for one in hers["nodes"]]
    expect(rows(page).locator("td:nth-child(3)")).to_have_text(which)
    expect(page.get_by_role("button", name="Remove the filter Number: (202) 555-0120")).to_be_focused()

    page.get_by_role("button", name="Clear all").press("Enter")
    counted = page.get_by_text(f"{every} deliveries", exact=True)
    expect(counted).to_be_focused()
    page.go_back()
    expect(rows(page)).to_have_count(hers["total"])
    # How many of the one list there are is not said for a moment of the other.
    assert counted.count() == 0
    page.get_by_role("button", name="Clear all").press("Enter")

    page.get_by_role("button", name="Status", exact=True).click()
    expect(page.get_by_label("Find in status")).to_be_focused()
    find = page.get_by_role("combobox", name=re.compile("^Find a "))
    find.click()
    expect(page.get_by_label("Find in status")).to_be_hidden()
    page.keyboard.type("Ada")
    expect(find).to_have_value("Ada")


def test_a_filter_offers_each_mapping_however_many_there_are(own_watch: Watch) -> None:
    shop = own_watch.shop
    offer = {
        "destinationId": shop.planted.ids["Bookshop US"],
        "action": "sendSms",
        "trigger": 'event = "Never"',
        "fields": {"from": "+12025550100", "body": "Hello", "send": True},
    }
    for number in range(120):
        given = {**offer, "name": f"Offer {number}"}
        shop.system.change("mappingCreate", "MappingCreateInput", "mapping { id }", given)
    page = own_watch.signed_in("/deliveries")

    page.get_by_role("button", name="Mapping", exact=True).click()
    page.get_by_label("Find in mapping").fill("Order confirmation")
    page.get_by_role("option", name="Order confirmation", exact=True).click()

    chosen = ask_for(shop, mappingId=shop.planted.ids["Order confirmation"])
    expect(page.get_by_text(f"{chosen['total']} deliveries pass the filters")).to_be_visible()


def test_what_no_index_serves_is_asked_of_the_last_30_days(watch: Watch) -> None:
    page = watch.signed_in("/deliveries?errorCode=30003")

    expect(page.get_by_role("button", name="Remove the filter Error code: 30003")).to_be_visible()
    expect(page.get_by_role("combobox", name="Period")).to_have_value("Last 30 days")
    expect(page).to_have_url(re.compile("errorCode=30003&since=30d|errorCode=%2230003%22&since=30d"))


def test_the_panel_says_why_nothing_was_sent_and_gives_the_focus_back(
    watch: Watch, bookshop: Bookshop
) -> None:
    one = one_of(bookshop, reason=["NOT_SUBSCRIBED"])
    page = watch.signed_in("/deliveries?reason=NOT_SUBSCRIBED")
    link = rows(page).first.get_by_role("link")
    link.focus()
    page.keyboard.press("Enter")

    panel = the_panel(page)
    expect(page).to_have_url(re.compile(f"open={one['id']}"))
    gates = panel.get_by_role("region", name="Why it went out, or not").get_by_role("button")
    expect(gates.and_(panel.locator("[aria-expanded=true]"))).to_have_text(
        ["Consentstopped itNot subscribed"]
    )
    expect(panel.get_by_role("region", name="What to do")).to_contain_text("The person did not opt in.")
    expect(panel.get_by_role("link", name="See and record their consent")).to_have_attribute(
        "href", re.compile("^/people/")
    )
    axe(page)

    panel.get_by_role("button", name="The older one").click()
    expect(page).not_to_have_url(re.compile(one["id"]))
    expect(panel.get_by_role("status").first).to_have_text(
        re.compile(r"^Delivery 2 of the \d+ that are listed$")
    )
    newer = panel.get_by_role("button", name="The newer one")
    newer.press("Enter")
    expect(page).to_have_url(re.compile(one["id"]))
    newer.press("Enter")
    expect(newer).to_be_focused()
    expect(page).to_have_url(re.compile(one["id"]))
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    expect(page).not_to_have_url(re.compile("open="))


def test_a_delivery_has_a_page_with_its_text_its_tries_and_what_it_came_of(
    watch: Watch, bookshop: Bookshop
) -> None:
    one = one_of(bookshop, messageStatus=["DELIVERED"], status=["ACCEPTED"], channel=["SMS"])
    whole = bookshop.system.ask(
        "query($id: ID!) { delivery(id: $id) { text segments messageSid event { messageId } } }", id=one["id"]
    )["delivery"]
    page = watch.signed_in(f"/deliveries/{one['id']}")

    expect(page.get_by_role("region", name="The text")).to_contain_text(whole["text"])
    happened = page.get_by_role("region", name="What happened").get_by_role("listitem")
    expect(happened.nth(1)).to_contain_text("Try 1: the provider took it")
    expect(happened.last).to_contain_text("Delivered: It arrived on the phone.")
    expect(page.get_by_text(whole["messageSid"])).to_be_visible()
    event = page.get_by_role("region", name="The event")
    event.get_by_role("button", name="What it said").click()
    expect(event.get_by_label("The event as JSON")).to_contain_text(whole["event"]["messageId"])
    page.get_by_role("region", name="The request").get_by_role("button", name="What it said").click()
    expect(page.get_by_role("table", name="The form of the request")).to_contain_text(one["recipient"])
    axe(page)


def test_a_viewer_sees_masks_and_is_offered_nothing_that_it_may_not_do(
    watch: Watch, bookshop: Bookshop
) -> None:
    one = one_of(bookshop, status=["REJECTED"])
    page = watch.signed_in("/deliveries", Role.VIEWER)

    expect(rows(page).first).to_contain_text("••••")
    expect(page.get_by_role("button", name="Replay these …")).to_have_count(0)
    page.get_by_role("button", name="userId, sender, code …").click()
    expect(page.get_by_label("userId", exact=True)).to_be_focused()
    expect(page.get_by_label("Number", exact=True)).to_have_count(0)

    page.goto(f"{bookshop.url}/deliveries/{one['id']}")
    expect(page.get_by_role("region", name="What happened")).to_be_visible()
    expect(page.get_by_role("region", name="The text")).to_contain_text("Its words are hidden from viewers.")
    expect(page.get_by_role("link", name="+1••••")).to_have_attribute("href", re.compile("^/people/"))
    expect(page.get_by_role("link", name="All to this number")).to_have_count(0)
    for name in ("Replay", "Cancel this text"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    assert one["recipient"] not in page.content()

    page.goto(f"{bookshop.url}/?period=7d")
    page.get_by_role("tab", name="Sender").click()
    senders = page.get_by_role("table", name="Texts by sender").locator("tbody tr")
    masked = senders.filter(has_text="••••").get_by_role("link")
    expect(masked.first).to_have_attribute("href", re.compile(r"^/deliveries\?from="))
    page.get_by_role("table", name="What waits for each sender").get_by_role("link").first.wait_for()
    leads = [link.get_attribute("href") or "" for link in page.locator("main a").all()]
    assert [href for href in leads if "%E2%80%A2" in href or "•" in href] == []


def test_what_happens_is_shown_as_it_happens_and_moves_nothing_that_is_read(
    own_watch: Watch, own_bookshop: Bookshop
) -> None:
    shop, page = (
        own_bookshop,
        own_watch.signed_in(f"/deliveries?mappingId={own_bookshop.planted.ids['Delivery slot']}"),
    )
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    own_watch.stands(page)
    count = rows(page).count()
    assert count > 0

    send(shop, track("Delivery Planned", PEOPLE[5]))
    expect(rows(page)).to_have_count(count + 1)
    expect(rows(page).first).to_contain_text(PEOPLE[5].phone)
    expect(rows(page).first).to_contain_text(re.compile("Delivered|Read|Sent"))

    rows(page).nth(1).get_by_role("link").click()
    expect(the_panel(page)).to_be_visible()
    kept = rows(page).all_inner_texts()
    send(shop, *(track("Delivery Planned", PEOPLE[number]) for number in (5, 11)))
    fresh = page.get_by_text("2 new", exact=True)
    expect(fresh).to_be_attached()
    assert [one.splitlines()[0] for one in rows(page).all_inner_texts()] == [
        one.splitlines()[0] for one in kept
    ]
    page.keyboard.press("Escape")
    expect(rows(page)).to_have_count(count + 3)
    expect(fresh).to_have_count(0)

    own_watch.expected = ("net::ERR_",)
    shop.system.kill_gateway()
    expect(page.get_by_text("Not live: the connection is lost, and is looked for")).to_be_visible()
    shop.system.start_gateway()
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    send(shop, track("Delivery Planned", PEOPLE[5]))
    expect(rows(page)).to_have_count(count + 4)


def test_what_is_stopped_goes_on_is_canceled_or_replayed_after_it_was_said_what_will_happen(
    own_watch: Watch, own_bookshop: Bookshop
) -> None:
    shop, ids = own_bookshop, own_bookshop.planted.ids
    waiting = ask_for(shop, destinationId=ids["Flash sales"], reason=["PAUSED"])
    page = own_watch.signed_in(f"/deliveries/{waiting['nodes'][0]['id']}", Role.OPERATOR)

    page.get_by_role("button", name="Cancel this text").click()
    axe(page)
    page.get_by_role("dialog").get_by_role("button", name="Cancel this text").click()
    expect(page.get_by_role("main")).to_contain_text("A cancel trigger came first, or a person canceled it.")
    assert ask_for(shop, destinationId=ids["Flash sales"], reason=["PAUSED"])["total"] == waiting["total"] - 1

    page.goto(f"{shop.url}/deliveries/{waiting['nodes'][1]['id']}")
    page.get_by_role("button", name="Resume Flash sales").click()
    question = page.get_by_role("dialog", name="Resume Flash sales")
    query = "query($id: ID!) { resumePreview(destinationId: $id) { waiting expiring } }"
    going = shop.system.ask(query, id=ids["Flash sales"])["resumePreview"]
    assert going["waiting"] == waiting["total"] - 1
    expect(question).to_contain_text(f"{several(going['waiting'] - going['expiring'])} will go out")
    question.get_by_role("button", name="Resume Flash sales").click()
    expect(page.get_by_role("button", name="Resume Flash sales")).to_have_count(0)
    assert not shop.system.ask("query($id: ID!) { destination(id: $id) { paused } }", id=ids["Flash sales"])[
        "destination"
    ]["paused"]

    stopped = one_of(shop, reason=["NOT_SUBSCRIBED"], mappingId=ids["Order confirmation"])
    page.goto(f"{shop.url}/deliveries/{stopped['id']}")
    page.get_by_role("button", name="Replay", exact=True).click()
    said = page.get_by_role("dialog")
    expect(said).to_contain_text("It would not be sent for “Not subscribed”: The person did not opt in.")
    axe(page)
    said.get_by_role("button", name="Replay it now").click()
    expect(page).not_to_have_url(re.compile(stopped["id"]))
    made = page.url.rsplit("/", 1)[1]
    expect(page.get_by_role("main")).to_contain_text("Replays")
    assert shop.system.ask("query($id: ID!) { delivery(id: $id) { replayOf { id } } }", id=made) == {
        "delivery": {"replayOf": {"id": stopped["id"]}}
    }


def test_nothing_is_promised_of_a_mapping_that_sends_nothing(
    own_watch: Watch, own_bookshop: Bookshop
) -> None:
    shop, reader = own_bookshop, PEOPLE[8]
    send(shop, {**track("Order Placed", reader), "timestamp": "2025-01-01T00:00:00Z"})
    stale = {"reason": ["STALE_EVENT"], "recipient": reader.phone}
    [late] = until(lambda: ask_for(shop, **stale)["nodes"], what="a delivery that came too late")
    page = own_watch.signed_in(f"/deliveries/{late['id']}")
    replay = page.get_by_role("button", name="Replay", exact=True)
    would_be = page.get_by_label("What would happen now")
    expect(replay).to_be_visible()
    page.get_by_role("button", name="What it would be now").click()
    expect(would_be).to_contain_text("It would be sent.")

    change_mapping(shop, "Order confirmation", mode="SHADOW")
    page.reload()
    expect(page.get_by_role("main")).to_contain_text("Order confirmation (in SHADOW)")
    expect(replay).to_have_count(0)
    page.get_by_role("button", name="What it would be now").click()
    expect(would_be).to_contain_text("It would only be recorded: the mapping is in SHADOW.")

    change_mapping(shop, "Order confirmation", mode="LIVE", enabled=False)
    page.reload()
    expect(page.get_by_role("main")).to_contain_text("Order confirmation (disabled)")
    expect(replay).to_have_count(0)
    page.get_by_role("button", name="What it would be now").click()
    expect(would_be).to_contain_text("Nothing: the mapping is disabled.")


def test_what_happens_to_a_delivery_before_it_is_followed_is_shown(
    own_watch: Watch, own_bookshop: Bookshop
) -> None:
    shop = own_bookshop
    one = one_of(shop, destinationId=shop.planted.ids["Flash sales"], reason=["PAUSED"])
    opening: list[Route] = []

    def hold(route: Route) -> None:
        if "text/event-stream" in (route.request.headers.get("accept") or ""):
            opening.append(route)
        else:
            route.continue_()

    own_watch.context.route(ENDPOINT, hold)
    page = own_watch.signed_in(f"/deliveries/{one['id']}")
    expect(page.get_by_role("main")).to_contain_text("Paused")
    until(lambda: page.evaluate("1") and opening, what="a stream that is asked for")

    shop.system.change("deliveryCancel", "IdInput", "delivery { id }", {"id": one["id"]})
    expect(page.get_by_role("main")).to_contain_text("a person canceled it")


def test_a_token_of_another_space_finds_the_person_of_a_delivery(
    own_watch: Watch, own_bookshop: Bookshop
) -> None:
    shop = own_bookshop
    token = shop_of_another_space(shop)
    page = own_watch.context.new_page()
    page.goto(f"{shop.url}/deliveries#token={token}")

    rows(page).first.get_by_role("link").click()
    page.get_by_role("link", name="Open its page").click()
    page.get_by_role("main").get_by_role("link", name=ADA.phone).click()

    expect(page.get_by_role("heading", level=1)).to_have_text(ADA.phone)
    expect(page).to_have_url(re.compile("/people/con_"))


def test_all_that_the_filters_find_is_replayed_once_it_was_counted(
    own_watch: Watch, own_bookshop: Bookshop
) -> None:
    shop = own_bookshop
    counted = shop.system.change(
        "deliveriesReplay",
        "DeliveriesReplayInput",
        "matching",
        {"filter": {"status": ["REJECTED"]}, "idempotencyKey": "counted by hand", "dryRun": True},
    )["matching"]
    page = own_watch.signed_in("/deliveries?status=REJECTED", Role.OPERATOR)

    page.get_by_role("button", name="Replay these …").press("Enter")
    question = page.get_by_role("dialog")
    texts = "1 text" if counted == 1 else f"{counted} texts"
    expect(question).to_contain_text(f"{texts} would be replayed, the oldest first.")
    axe(page)
    question.get_by_role("button", name=f"Replay {texts}").press("Enter")
    expect(question).to_contain_text(re.compile("Done: [0-9]+ replays? made"))
    question.get_by_role("button", name="Close").last.click()

    [job] = shop.system.ask("{ jobs(first: 1, kind: REPLAY) { edges { node { total done status } } } }")[
        "jobs"
    ]["edges"]
    assert job["node"] == {"total": counted, "done": counted, "status": "DONE"}

    page.goto(f"{shop.url}/deliveries?messageStatus=UNDELIVERED")
    expect(rows(page).first).to_contain_text("Undelivered")
    expect(page.get_by_role("button", name="Replay these …")).to_have_count(0)
    own_watch.open(page, "/deliveries?messageStatus=UNDELIVERED", Role.ADMIN)
    lost = ask_for(shop, messageStatus=["UNDELIVERED"], status=["ACCEPTED"])["total"]
    page.get_by_role("button", name="Replay these …").click()
    expect(question).to_contain_text(f"{lost} texts would be replayed, the oldest first.")
