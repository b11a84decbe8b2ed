"""What operators do with a running gateway, on its page alone: ten tasks, each once with a mouse and once with nothing but a keyboard."""

import csv
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from destinations.twilio_engage.simulator import STANDARD_KEY_SECRET, STANDARD_KEY_SID
from tests.browser.conftest import served
from tests.browser.hands import Hand, Keyboard, Mouse
from tests.browser.planting.cast import STOPPED, Person
from tests.browser.watching import Bookshop, Watch, watched
from tests.integration.system import until

pytestmark = pytest.mark.browser

MakeHand = Callable[[Page], Hand]

NEW = Person("user_3001", "Edith", "Clarke", "+12025550190")
OTHER = Person("user_3002", "Emmy", "Noether", "+12125550191")
"""Two whom nobody texted before: no limit keeps anything from them."""


@pytest.fixture(scope="module", params=[Mouse, Keyboard], ids=["mouse", "keyboard"])
def hand_of(request: pytest.FixtureRequest) -> MakeHand:
    made: MakeHand = request.param
    return made


@pytest.fixture(scope="module")
def shop(
    hand_of: MakeHand, planted_root: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bookshop]:
    """One for each hand: what a task changes, no other looks at."""
    assert hand_of is not None
    with served(planted_root, 300, tmp_path_factory.mktemp("bookshop")) as shop:
        shop.system.write_key = shop.planted.write_keys["Shop server"]
        for one in (NEW, OTHER):
            call = {"userId": one.user, "traits": one.traits}
            assert shop.system.post("/v1/identify", call).status_code == 200
        yield shop


@pytest.fixture
def watch(browser: Browser, shop: Bookshop) -> Iterator[Watch]:
    with watched(browser, shop) as watch:
        yield watch


def place(page: Page, name: str) -> Locator:
    """Where the navigation leads."""
    return page.get_by_role("navigation", name="Pages").get_by_role("link", name=re.compile(f"^{name}"))


def find(hand: Hand, text: str, option: str) -> None:
    """In the one search box."""
    box = hand.page.get_by_role("combobox", name=re.compile("^Find"))
    hand.write(box, text)
    found = hand.page.get_by_role("option", name=re.compile(option)).first
    expect(found).to_be_visible()
    if isinstance(hand, Keyboard):
        hand.page.keyboard.press("Enter")
    else:
        found.click()


def answer(hand: Hand, button: str) -> None:
    """The question that is asked."""
    hand.press(hand.page.get_by_role("dialog").get_by_role("button", name=button, exact=True))


def order(shop: Bookshop, who: Person, number: str) -> None:
    """An event that "Order confirmation" is for."""
    call = {
        "userId": who.user,
        "event": "Order Placed",
        "messageId": number,
        "properties": {"order_id": number},
    }
    assert shop.system.post("/v1/track", call).status_code == 200


def deliveries_of(shop: Bookshop, number: str) -> list[dict[str, Any]]:
    return [one for one in shop.system.deliveries() if (one["event"] or {}).get("messageId") == number]


def test_why_somebody_got_no_text_whose_number_is_known(watch: Watch, hand_of: MakeHand) -> None:
    hand = hand_of(watch.signed_in("/"))
    page = hand.page

    find(hand, STOPPED.phone.removeprefix("+1"), re.escape(STOPPED.phone))
    expect(page.get_by_role("heading", level=1)).to_have_text(STOPPED.phone)
    hand.press(page.get_by_role("tab", name="Why no text?"))

    expect(
        page.get_by_role("table", name="What each mapping would do").locator("tbody tr").first
    ).to_be_visible()
    hand.press(page.get_by_role("button", name="Show more"))
    row = page.get_by_role("row", name=re.compile("^Order confirmation Bookshop US"))
    expect(row.get_by_role("cell").last).to_have_text("Opted out")


def test_which_mapping_sent_somebody_two_texts(watch: Watch, shop: Bookshop, hand_of: MakeHand) -> None:
    known = shop.planted.ids
    query = "mutation($input: MappingCreateInput!) { mappingCreate(input: $input) { mapping { id } errors { message } } }"
    thanks = {
        "destinationId": known["Bookshop US"],
        "action": "sendSms",
        "name": "Thanks for the order",
        "purpose": "TRANSACTIONAL",
        "trigger": 'event = "Order Placed"',
        "fields": {"from": "+12025550100", "body": "Thanks!", "send": True},
    }
    made = shop.system.ask(query, input=thanks)["mappingCreate"]["mapping"]["id"]
    order(shop, NEW, "twice-1")
    until(
        lambda: [one["status"] for one in deliveries_of(shop, "twice-1")].count("ACCEPTED") == 2,
        what="two texts",
    )
    hand = hand_of(watch.signed_in("/"))
    page = hand.page

    find(hand, "twice-1", "Order Placed")

    came = page.get_by_role("main")
    expect(came.get_by_text("Thanks for the order", exact=True)).to_be_visible()
    expect(came.get_by_text("Order confirmation", exact=True)).to_be_visible()
    delete = "mutation($input: DeleteInput!) { mappingDelete(input: $input) { errors { message } } }"
    shop.system.ask(delete, input={"id": made, "expectedRevision": 1})


def test_a_wrong_mapping_is_disabled(watch: Watch, shop: Bookshop, hand_of: MakeHand) -> None:
    hand = hand_of(watch.signed_in("/"))
    page = hand.page

    hand.press(place(page, "Mappings"))
    hand.press(page.get_by_role("button", name="Disable Order shipped"))
    answer(hand, "Disable")

    expect(page.get_by_role("button", name="Enable Order shipped")).to_be_visible()
    found = shop.system.ask(
        "query($id: ID!) { mapping(id: $id) { enabled } }", id=shop.planted.ids["Order shipped"]
    )
    assert found == {"mapping": {"enabled": False}}


def test_a_mapping_is_mended_and_what_it_missed_is_replayed(
    watch: Watch, shop: Bookshop, hand_of: MakeHand
) -> None:
    mapping = shop.planted.ids["Birthday (not yet)"]
    of_it = "query($id: ID!) { deliveries(first: 100, filter: {mappingId: $id}) { edges { node { id reason replayOf { id } } } } }"

    def found() -> list[dict[str, Any]]:
        return [edge["node"] for edge in shop.system.ask(of_it, id=mapping)["deliveries"]["edges"]]

    missed = {one["id"] for one in found() if one["reason"] == "SEND_DISABLED"}
    assert missed
    hand = hand_of(watch.signed_in("/"))
    page = hand.page

    hand.press(place(page, "Mappings"))
    hand.press(page.get_by_role("table", name="Mappings").get_by_role("link", name=re.compile("^Birthday")))
    hand.press(page.get_by_role("switch", name=re.compile("^Send Message")))
    hand.press(page.get_by_role("button", name="Save"))
    answer(hand, "Save it")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.goto(f"{shop.url}/deliveries?mappingId={mapping}&status=SUPPRESSED")
    hand.press(page.get_by_role("button", name="Replay these"))
    texts = "1 text" if len(missed) == 1 else f"{len(missed)} texts"
    answer(hand, f"Replay {texts}")

    expect(page.get_by_role("dialog")).to_contain_text(re.compile(f"{len(missed)} "))
    until(
        lambda: {one["replayOf"]["id"] for one in found() if one["replayOf"]} == missed,
        what="a replay of each",
    )


def test_the_key_is_rotated_with_no_pause(watch: Watch, shop: Bookshop, hand_of: MakeHand) -> None:
    hand = hand_of(watch.signed_in("/"))
    page = hand.page
    keys = page.get_by_role("table", name="API keys")

    hand.press(place(page, "Accounts"))
    hand.press(
        page.get_by_role("list", name="Accounts").get_by_role("link", name="Bookshop US", exact=True).first
    )
    hand.press(page.get_by_role("tab", name="Keys"))
    hand.press(page.get_by_role("button", name="Add an API key"))
    hand.write(page.get_by_role("textbox", name="SID"), STANDARD_KEY_SID)
    hand.write(page.get_by_role("textbox", name="Secret"), STANDARD_KEY_SECRET)
    answer(hand, "Check and add")
    hand.press(keys.get_by_role("button", name=f"Promote {STANDARD_KEY_SID}"))
    answer(hand, "Promote")
    old = keys.get_by_role("row").filter(has_text="Standby")
    expect(keys.get_by_role("row").filter(has_text=STANDARD_KEY_SID)).to_contain_text("Active")
    hand.press(old.get_by_role("button", name=re.compile("^Remove")))
    answer(hand, "Remove")

    expect(keys.get_by_role("row")).to_have_count(2)
    query = "query($id: ID!) { destination(id: $id) { status settings { ... on TwilioEngageSettings { apiKeys { sid state } } } } }"
    found = shop.system.ask(query, id=shop.planted.ids["Bookshop US"])["destination"]
    assert found == {
        "status": "VERIFIED",
        "settings": {"apiKeys": [{"sid": STANDARD_KEY_SID, "state": "ACTIVE"}]},
    }
    order(shop, OTHER, "rotated-1")
    until(
        lambda: [one["status"] for one in deliveries_of(shop, "rotated-1")] == ["ACCEPTED"],
        what="a text with it",
    )


def test_a_colleague_gets_read_only_access_and_it_is_taken_back(
    watch: Watch, browser: Browser, shop: Bookshop, hand_of: MakeHand
) -> None:
    hand = hand_of(watch.signed_in("/"))
    page = hand.page

    hand.press(place(page, "Settings"))
    hand.press(page.get_by_role("link", name="Tokens and roles"))
    hand.press(page.get_by_role("button", name="New token"))
    hand.write(page.get_by_role("textbox", name="Who or what it is for"), "Support")
    hand.press(page.get_by_role("radio", name="Viewer"))
    answer(hand, "Make the token")
    token = page.get_by_role("dialog").locator("code").first.inner_text()
    answer(hand, "I have the token")
    with watched(browser, shop, extra_http_headers={}) as theirs:
        other = theirs.context.new_page()
        other.goto(f"{shop.url}/deliveries#token={token}")
        expect(other.get_by_role("table", name="Deliveries").get_by_role("row").nth(1)).to_contain_text("•")
        expect(other.get_by_role("button", name="Replay")).to_have_count(0)
        theirs.expected = ("401",)
        hand.press(page.get_by_role("button", name="Revoke Support"))
        answer(hand, "Revoke")
        expect(page.get_by_role("row").filter(has_text="Support")).to_have_count(0)
        # What it follows ends with the token.
        expect(other.get_by_role("alert")).to_contain_text("The server no longer accepts the token")
        other.reload()
        expect(other.get_by_role("heading", name="Sign in with an API token")).to_be_visible()
        expect(other.get_by_role("table")).to_have_count(0)


def test_how_many_went_out_yesterday_by_mapping_and_what_they_cost(
    watch: Watch, shop: Bookshop, hand_of: MakeHand
) -> None:
    hand = hand_of(watch.signed_in("/"))
    page = hand.page
    start = page.evaluate("new Date(new Date().setHours(0, 0, 0, 0)).toISOString()")
    midnight = datetime.fromisoformat(start)
    span = {"from": (midnight - timedelta(days=1)).isoformat(), "to": midnight.isoformat()}

    hand.press(page.get_by_role("radio", name="Yesterday"))

    query = "query($range: TimeRangeInput!) { statsBy(range: $range, by: MAPPING) { edges { node { name point { accepted price } } } } }"
    rows = [edge["node"] for edge in shop.system.ask(query, range=span)["statsBy"]["edges"]]
    table = page.get_by_role("table", name="Texts by mapping")
    for one in rows:
        row = table.get_by_role("row").filter(has=page.get_by_role("link", name=one["name"], exact=True))
        expect(row.get_by_role("cell").nth(1)).to_have_text(str(one["point"]["accepted"]))
        if one["point"]["price"]:
            expect(row).to_contain_text(one["point"]["price"].split()[0].lstrip("-").rstrip("0"))
    assert rows


def test_everything_is_stopped_and_goes_on(watch: Watch, shop: Bookshop, hand_of: MakeHand) -> None:
    hand = hand_of(watch.signed_in("/"))
    page = hand.page

    hand.press(place(page, "Accounts"))
    hand.press(page.get_by_role("button", name="Pause everything"))
    answer(hand, "Pause everything")
    banner = page.get_by_role("region", name="Everything is paused")
    expect(banner).to_be_visible()
    order(shop, OTHER, "stopped-1")
    until(
        lambda: [one["reason"] for one in deliveries_of(shop, "stopped-1")] == ["PAUSED"],
        what="a text that waits",
    )
    hand.press(banner.get_by_role("button", name="Resume sending"))
    answer(hand, "Resume everything")

    expect(banner).to_have_count(0)
    until(
        lambda: [one["status"] for one in deliveries_of(shop, "stopped-1")] == ["ACCEPTED"],
        what="a text that left",
    )


def test_one_person_is_followed_live(watch: Watch, shop: Bookshop, hand_of: MakeHand) -> None:
    hand = hand_of(watch.signed_in("/"))
    page = hand.page

    hand.press(place(page, "Deliveries"))
    hand.press(page.get_by_role("button", name=re.compile("^Number, sender, code")))
    hand.write(page.get_by_role("textbox", name="Number"), NEW.phone)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name=f"Remove the filter Number: {NEW.phone}")).to_be_visible()
    expect(page.get_by_role("status").get_by_text("Live", exact=True)).to_be_visible()
    rows = page.get_by_role("table", name="Deliveries").locator("tbody tr")
    order(shop, OTHER, "followed-0")
    order(shop, NEW, "followed-1")
    until(
        lambda: [one["status"] for one in deliveries_of(shop, "followed-1")] == ["ACCEPTED"], what="her text"
    )

    expect(rows.first).to_contain_text("Order confirmation")
    expect(rows.first).to_contain_text(NEW.phone)
    [one] = deliveries_of(shop, "followed-1")
    expect(rows.first.get_by_role("link").first).to_have_attribute("href", re.compile(one["id"]))


def test_last_month_is_exported(watch: Watch, shop: Bookshop, hand_of: MakeHand, tmp_path: Path) -> None:
    hand = hand_of(watch.signed_in("/deliveries?since=30d"))
    page = hand.page
    span = {"from": (datetime.now(UTC) - timedelta(days=30)).isoformat(), "to": datetime.now(UTC).isoformat()}
    query = (
        "query($range: TimeRangeInput!) { deliveries(first: 1, filter: {createdAt: $range}) { totalCount } }"
    )
    total = shop.system.ask(query, range=span)["deliveries"]["totalCount"]

    with page.expect_download() as coming:
        hand.press(page.get_by_role("button", name="Export as CSV"))

    file = tmp_path / coming.value.suggested_filename
    coming.value.save_as(file)
    with file.open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    assert file.name == "deliveries.csv"
    assert len(rows) == total > 100
    assert len({row["id"] for row in rows}) == total
    assert {"createdAt", "status", "recipient", "mapping", "price"} <= set(rows[0])
