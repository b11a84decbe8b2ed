"""The overview answers in one look whether it works; what it counts is what the API counts, in the days of whoever reads it."""

import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from gateway.workspace import Role
from tests.browser.watching import Bookshop, Watch, axe, watched
from tests.integration.system import System, until
from tests.integration.test_kill import enter, identify

pytestmark = pytest.mark.browser

COUNTS = """query($range: TimeRangeInput!, $bucket: TimeBucket!) { stats(range: $range, bucket: $bucket) {
    points { events accepted delivered failed rejected expired suppressed waiting } } }"""
REASONS = """query($range: TimeRangeInput!) { statsBy(range: $range, by: REASON, first: 30) {
    edges { node { key point { matched } } } } }"""


def midnight(zone: str, days: int) -> datetime:
    """The one that began the day so many days from today, in that zone."""
    here = datetime.now(ZoneInfo(zone))
    day = here.date() + timedelta(days=days)
    return datetime(day.year, day.month, day.day, tzinfo=here.tzinfo).astimezone(UTC)


def span(begin: datetime, end: datetime) -> dict[str, str]:
    return {"from": begin.isoformat(), "to": end.isoformat()}


def counted(shop: Bookshop, asked: dict[str, str], bucket: str) -> dict[str, int]:
    points = shop.system.ask(COUNTS, range=asked, bucket=bucket)["stats"]["points"]
    return {name: sum(one[name] for one in points) for name in points[0]}


def region(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name, exact=True)


def number(page: Page, name: str) -> Locator:
    """The one that stands below that word."""
    return page.locator(f"dl > div:has(> dt:text-is('{name}')) > dd > :first-child")


def accounts_count(page: Page, name: str) -> Locator:
    """The same in the row above the accounts."""
    return region(page, "Accounts").locator(f"dl > div:has(> dt:text-is('{name}')) > dd")


def leads_to(page: Page) -> dict[str, Any]:
    """The path and what it asks for, of where a page is."""
    address = urlsplit(page.url)
    return {"path": address.path} | {name: value for name, [value] in parse_qs(address.query).items()}


def instant(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kolkata"])
def test_how_many_texts_went_out_yesterday_is_a_click_away_in_the_readers_day(
    browser: Browser, bookshop: Bookshop, zone: str
) -> None:
    yesterday, today = midnight(zone, -1), midnight(zone, 0)
    with watched(browser, bookshop, timezone_id=zone) as watch:
        page = watch.signed_in()
        page.get_by_text("Yesterday", exact=True).click()

        counts = counted(bookshop, span(yesterday, today), "MINUTE")
        failed = counts["failed"] + counts["rejected"] + counts["expired"]
        expect(number(page, "Sent")).to_have_text(str(counts["accepted"]))
        expect(number(page, "Delivered")).to_have_text(str(counts["delivered"]))
        expect(number(page, "Failed")).to_have_text(str(failed))
        expect(number(page, "Suppressed")).to_have_text(str(counts["suppressed"]))
        expect(number(page, "Waiting")).to_have_text(str(counts["waiting"]))
        expect(region(page, "Texts").get_by_role("link", name=re.compile(" events?$"))).to_have_text(
            "1 event" if counts["events"] == 1 else f"{counts['events']} events"
        )
        assert counts["accepted"] > 0

        page.reload()
        expect(number(page, "Sent")).to_have_text(str(counts["accepted"]))
        number(page, "Sent").click()
        page.wait_for_url("**/deliveries?**")
        expect(page.get_by_role("heading", level=1)).to_have_text("Deliveries")
        assert leads_to(page) == {
            "path": "/deliveries",
            "status": '["ACCEPTED"]',
            "from": instant(yesterday),
            "to": instant(today),
        }


def test_a_month_is_bars_and_by_keyboard_a_table_and_each_day_leads_to_its_deliveries(
    browser: Browser, bookshop: Bookshop
) -> None:
    with watched(browser, bookshop, timezone_id="UTC") as watch:
        page = watch.signed_in()
        today = page.get_by_role("radio", name="Today")
        today.focus()
        for _ in range(3):
            page.keyboard.press("ArrowRight")
        expect(page).to_have_url(f"{bookshop.url}/?period=30d")
        counts = counted(bookshop, span(midnight("UTC", -29), midnight("UTC", 1)), "HOUR")
        expect(number(page, "Sent")).to_have_text(str(counts["accepted"]))
        bars = page.get_by_role("img", name=re.compile(f"^Texts by day: {counts['accepted']} texts sent, "))
        expect(bars).to_be_visible()

        page.get_by_role("switch", name="As a table").focus()
        page.keyboard.press("Space")
        rows = page.get_by_role("table", name="Texts by day").get_by_role("row")
        expect(rows).to_have_count(31)
        sent = [int(row.get_by_role("cell").first.inner_text()) for row in rows.all()[1:]]
        assert sum(sent) == counts["accepted"]
        axe(page)

        rows.nth(10).get_by_role("link").press("Enter")
        day = midnight("UTC", -29 + 9)
        page.wait_for_url("**/deliveries?**")
        expect(page.get_by_role("heading", level=1)).to_have_text("Deliveries")
        assert leads_to(page) == {
            "path": "/deliveries",
            "from": instant(day),
            "to": instant(day + timedelta(days=1)),
        }

        page.go_back()
        watch.stands(page)
        expect(bars).to_be_visible()
        box = bars.bounding_box()
        assert box is not None
        bars.click(position={"x": box["width"] - 12, "y": box["height"] / 2})
        page.wait_for_url("**/deliveries?**")
        expect(page.get_by_role("heading", level=1)).to_have_text("Deliveries")
        assert leads_to(page) == {
            "path": "/deliveries",
            "from": instant(midnight("UTC", 0)),
            "to": instant(midnight("UTC", 1)),
        }


def test_why_nothing_was_sent_what_waits_and_whose_texts_they_were_each_lead_to_their_list(
    browser: Browser, bookshop: Bookshop
) -> None:
    with watched(browser, bookshop, timezone_id="UTC") as watch:
        page = watch.signed_in("/?period=30d")
        asked = span(midnight("UTC", -29), midnight("UTC", 1))
        found = bookshop.system.ask(REASONS, range=asked)["statsBy"]["edges"]
        expected = [
            f"{one['node']['key'].capitalize().replace('_', ' ')}{one['node']['point']['matched']}"
            for one in found
        ]
        bars = region(page, "Why nothing was sent").get_by_role("listitem")
        expect(bars).to_have_text(expected)
        assert expected[0].startswith("Not subscribed")

        waiting = page.get_by_role("table", name="What waits for each sender")
        queues = bookshop.system.ask("{ queues { sender waiting held } }")["queues"]
        expect(waiting.get_by_role("row")).to_have_count(len(queues) + 1)
        paused = waiting.get_by_role("row").filter(has_text="Flash sales")
        expect(paused).to_contain_text("Paused")

        page.get_by_role("tab", name="Country").click()
        countries = page.get_by_role("table", name="Texts by country").get_by_role("link")
        expect(countries.first).to_have_text("United States")
        countries.first.click()
        page.wait_for_url("**/deliveries?**")
        expect(page.get_by_role("heading", level=1)).to_have_text("Deliveries")
        assert leads_to(page)["country"] == "US"

        page.go_back()
        bars.first.get_by_role("link").click()
        page.wait_for_url("**/deliveries?**")
        expect(page.get_by_role("heading", level=1)).to_have_text("Deliveries")
        assert leads_to(page) == {
            "path": "/deliveries",
            "reason": '["NOT_SUBSCRIBED"]',
            "from": instant(midnight("UTC", -29)),
            "to": instant(midnight("UTC", 1)),
        }


def test_what_wants_a_person_is_said_with_its_remedy_and_done_where_it_is_ours_to_do(
    own_watch: Watch,
) -> None:
    shop = own_watch.shop
    own_watch.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = own_watch.signed_in()
    accounts, alerts = region(page, "Accounts"), region(page, "Alerts")
    failed = accounts.get_by_role("listitem").filter(has_text="Bookshop Europe")
    expect(failed).to_contain_text("Failed")
    expect(failed).to_contain_text("Twilio answered 401 Authenticate (error 20003).")
    expect(accounts.get_by_role("listitem").filter(has_text="Newsletter trial")).to_contain_text("Draft")
    expect(accounts.get_by_role("listitem").filter(has_text="Bookshop US")).to_contain_text("Verified")
    expect(accounts_count(page, "Awaiting action")).to_have_text("2")
    expect(page.get_by_role("link", name="2 things are wrong, 1 more to look at")).to_be_visible()

    [removed] = [
        one["node"]
        for one in shop.system.ask("{ alerts { edges { node { code message remedy } } } }")["alerts"]["edges"]
        if one["node"]["code"] == "SENDER_REMOVED"
    ]
    assert "waits as SENDER_REMOVED." in removed["message"]
    said = removed["message"].replace("SENDER_REMOVED", "“Sender removed”")
    alert = alerts.get_by_role("listitem").filter(has_text=said)
    of_sender = re.compile(r"^/accounts/\w+\?tab=senders&sender=\w+$")
    expect(alert.get_by_role("link").first).to_have_attribute("href", of_sender)
    alert.get_by_role("button", name="What to do").click()
    alert.get_by_role("button", name="As an operation of the API").click()
    alert.get_by_role("button", name="Copy the remedy").click()
    page.wait_for_function(
        "(text) => navigator.clipboard.readText().then((there) => there === text)", arg=removed["remedy"]
    )

    alerts.get_by_role("button", name="Verify Newsletter trial").click()
    expect(accounts_count(page, "Verified")).to_have_text("3")
    expect(accounts_count(page, "Awaiting action")).to_have_text("1")
    expect(alerts.get_by_role("listitem").filter(has_text="Newsletter trial")).to_have_count(0)

    accounts.get_by_role("button", name="Resume Flash sales").focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Resume Flash sales")
    expect(dialog).to_contain_text("will go out, the oldest first")
    dialog.get_by_role("button", name="Resume Flash sales").click()
    expect(accounts.get_by_role("button", name="Resume Flash sales")).to_have_count(0)
    destination = "query($id: ID!) { destination(id: $id) { paused } }"
    assert shop.system.ask(destination, id=shop.planted.ids["Flash sales"]) == {
        "destination": {"paused": False}
    }


def test_a_day_that_is_nearly_used_up_is_said_and_leads_to_the_limit_that_ends_it(
    browser: Browser, empty_bookshop: Bookshop
) -> None:
    system = empty_bookshop.system
    # Where it is noon now, no day ends while this runs.
    noon = f"Etc/GMT{datetime.now(UTC).hour - 12:+d}"
    send(system, 4, policy={"dailyMessageLimit": 5, "timeZone": noon})
    with watched(browser, empty_bookshop) as watch:
        page = watch.signed_in()
        alert = region(page, "Alerts").get_by_role("listitem")
        expect(alert).to_contain_text(
            "Warning: The account Texts has sent 4 of the 5 texts that it may today: once it has, all else is suppressed as “Budget”, until"
        )
        expect(page.get_by_role("link", name="1 thing to look at")).to_be_visible()
        alert.get_by_role("button", name="What to do").click()
        expect(alert.get_by_text("Raise the limit to let more through today.", exact=True)).to_be_visible()
        axe(page)

        alert.get_by_role("link", name="Rules of Texts").click()
        expect(page).to_have_url(f"{system.url}/accounts/{system.destination_id}?tab=policy")
        limit = page.get_by_label("Texts a day", exact=True)
        expect(limit).to_have_value("5")
        limit.fill("10")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("The rules are saved.")).to_be_visible()

        page.get_by_role("link", name="Overview").click()
        expect(region(page, "Alerts").get_by_text(NOTHING_WRONG)).to_be_visible()


def test_callbacks_that_never_come_are_said_and_lead_to_their_account(
    browser: Browser, empty_bookshop: Bookshop
) -> None:
    system = empty_bookshop.system
    system.tell_simulator("settings", {"callback_ways": {"never": 1}})
    send(system, 3)
    with watched(browser, empty_bookshop) as watch:
        page = watch.signed_in()
        expect(region(page, "Alerts").get_by_text(NOTHING_WRONG)).to_be_visible()
    let_pass(system, timedelta(minutes=11))
    with watched(browser, empty_bookshop) as watch:
        page = watch.signed_in()
        alert = region(page, "Alerts").get_by_role("listitem")
        expect(alert).to_contain_text(
            "Warning: None of the last 3 messages of the account Texts had a status callback, ten minutes and more after it left. What "
            "became of them is asked for instead, which takes longer."
        )
        alert.get_by_role("button", name="What to do").click()
        called = f"{system.url}/webhooks/{system.destination_id}/status"
        expect(alert).to_contain_text(
            f"See that the provider reaches this gateway: run curl -i -X POST {called} from outside."
        )
        axe(page)

        alert.get_by_role("link", name="Texts", exact=True).click()
        expect(page).to_have_url(f"{system.url}/accounts/{system.destination_id}")
        expect(page.get_by_role("heading", level=1)).to_have_text("Texts")


NOTHING_WRONG = "Nothing is wrong, as far as can be seen from here."


def send(system: System, texts: int, **seeded: Any) -> None:
    """So many, each to somebody else, which are with the provider then."""
    system.seed(**seeded)
    identify(system, texts)
    for number in range(texts):
        enter(system, number)
    until(
        lambda: [one["status"] for one in system.deliveries()] == ["ACCEPTED"] * texts, what="all texts sent"
    )


def let_pass(system: System, time: timedelta) -> None:
    """All texts left so much earlier than they did."""
    system.stop("serve")
    passed = {"passed": time // timedelta(microseconds=1)}
    with closing(sqlite3.connect(system.folder / "data" / "heliograph.db")) as database, database:
        database.execute(
            "UPDATE deliveries SET created_at = created_at - :passed, first_attempt_at = first_attempt_at - :passed",
            passed,
        )
    system.start_gateway()


def test_a_viewer_is_offered_nothing_that_the_role_may_not_do(watch: Watch) -> None:
    page = watch.signed_in(role=Role.VIEWER)
    expect(region(page, "Accounts").get_by_role("listitem")).to_have_count(4)
    expect(region(page, "Alerts").get_by_role("listitem")).to_have_count(3)
    expect(page.get_by_role("button", name=re.compile("^(Resume|Verify)"))).to_have_count(0)
    expect(page.get_by_text("+12025550108")).to_have_count(0)


def test_an_empty_installation_shows_its_first_steps_and_ticks_each_as_it_is_done(
    browser: Browser, empty_bookshop: Bookshop
) -> None:
    system = empty_bookshop.system
    with watched(browser, empty_bookshop) as watch:
        page = watch.signed_in()
        steps = region(page, "First steps").get_by_role("listitem")
        names = ["Add an account", "Make a source", "Write a mapping", "Send an event"]
        expect(steps.get_by_role("link")).to_have_text(names)
        expect(steps.filter(has_text="(done)")).to_have_count(0)
        assert [link.get_attribute("href") for link in steps.get_by_role("link").all()] == [
            "/accounts/new",
            "/settings/sources?open=new",
            "/mappings/new",
            "/settings/sources",
        ]
        axe(page)

        system.seed()
        expect(steps.filter(has_text="(done)")).to_have_count(3)
        expect(steps.and_(page.locator("[aria-current=step]"))).to_contain_text("Send an event")
        expect(steps.get_by_role("link").last).to_have_attribute(
            "href", f"/settings/sources?open={system.source_id}"
        )

        assert system.post("/v1/track", {"event": "Nobody's", "userId": "u1"}).status_code == 200
        until(system.settled)
        expect(steps).to_have_count(0)
        expect(number(page, "Sent")).to_have_text("0")
        expect(page.get_by_text("No text was to go out yet.")).to_be_visible()
