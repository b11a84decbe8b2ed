"""Consent is brought along on the page: a file is sent, what would come of it is shown, and then it is recorded."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from gateway.workspace import Role
from tests.browser.watching import Bookshop, Watch, axe

pytestmark = pytest.mark.browser


@pytest.fixture
def own_watch(watch: Watch) -> Watch:
    """One bookshop serves all of these tests: each brings along the consent of people of its own."""
    return watch


ANN, BEN, EVE, FAY, HAL = "+12025550171", "+12025550172", "+12025550173", "+12025550174", "+12025550176"
PEOPLE = f"""Phone,Channel,Status,At,Method,Name
{ANN},SMS,yes,2026-01-02T03:04:05Z,web form,Ann
{BEN},SMS,no,2026-01-02,web form,Ben
+12025550175,SMS,perhaps,,,Cem
555,SMS,yes,,,Dan
{EVE},WHATSAPP,SUBSCRIBED,,paper,Eve
"""
KLAVIYO = f"""Email,Klaviyo ID,Phone Number,SMS Consent,SMS Consent Timestamp
fay@example.com,01A,{FAY},SUBSCRIBED,2026-01-02 03:04:05
gil@example.com,01B,,NEVER_SUBSCRIBED,
"""


def consents(shop: Bookshop, phone: str) -> list[Any]:
    """What stands for that number, by channel."""
    query = "query($phone: String!) { contact(phone: $phone) { consents { channel status evidence { method } } } }"
    found = shop.system.ask(query, phone=phone)["contact"]
    return [] if found is None else found["consents"]


def counts(page: Page) -> dict[str, int]:
    """How many rows come to what."""
    rows = page.get_by_role("table", name="What comes of the rows").locator("tbody tr").all()
    told = [[cell.inner_text() for cell in row.get_by_role("cell").all()] for row in rows]
    return {f"{what}: {why}": int(count) for count, what, why in told if count != "0"}


def record(page: Page) -> Locator:
    return page.get_by_role("button", name="Record ")


def chosen(page: Page, file: Path, text: str) -> None:
    file.write_text(text, "utf-8")
    page.get_by_label("File", exact=True).set_input_files(file)
    expect(page.get_by_role("region", name="How it begins")).to_contain_text(text.splitlines()[0])


def test_a_file_is_checked_and_then_recorded(own_watch: Watch, tmp_path: Path) -> None:
    shop = own_watch.shop
    page = own_watch.signed_in("/consent-import", Role.OPERATOR)
    expect(page.get_by_role("button", name="Check it first")).to_be_disabled()
    axe(page)
    chosen(page, tmp_path / "people.csv", PEOPLE)
    page.get_by_role("button", name="Check it first").click()

    expect(page.get_by_role("heading", level=2).first).to_have_text(
        "What would come of people.csv: nothing is recorded yet"
    )
    expect(page.get_by_role("main")).to_be_focused()
    assert counts(page) == {
        "Would be recorded: a yes that counts from now on": 2,
        "Would be recorded: a no that counts from now on": 1,
        "Refused: can't be read: nothing is recorded of it": 2,
    }
    refused = page.get_by_role("table", name="Refused rows").get_by_role("row")
    expect(refused.nth(1)).to_have_text("4status'perhaps' is not read: write SUBSCRIBED or UNSUBSCRIBED.")
    expect(refused.nth(2)).to_contain_text("5phone")
    expect(page.get_by_role("table", name="Columns").get_by_role("row").nth(1)).to_have_text(
        "Phonephone+1••••71"
    )
    assert consents(shop, ANN) == []
    axe(page)

    # Who leaves and comes back finds it where it was.
    page.get_by_role("link", name="People").click()
    page.get_by_role("link", name="Consent import").click()
    page.get_by_role("table", name="Imports").get_by_role("row").filter(has_text="Dry run").get_by_role(
        "link"
    ).click()
    record(page).click()
    asked = page.get_by_role("dialog", name="Record 3 rows")
    expect(asked).to_contain_text("2 yeses and 1 no of people.csv count from now on")
    expect(asked).to_contain_text("2 refused rows are left out.")
    axe(page)
    asked.get_by_role("button", name="Record 3 rows").click()

    expect(page.get_by_role("heading", level=2).first).to_have_text("What came of people.csv")
    assert counts(page)["Recorded: a yes that counts from now on"] == 2
    expect(record(page)).to_have_count(0)
    assert [(one["channel"], one["status"], one["evidence"]["method"]) for one in consents(shop, ANN)] == [
        ("SMS", "SUBSCRIBED", "web form")
    ]
    assert [one["status"] for one in consents(shop, BEN)] == ["UNSUBSCRIBED"]
    assert [one["channel"] for one in consents(shop, EVE)] == ["WHATSAPP"]

    # The same again changes nothing, and nothing is offered.
    page.get_by_role("link", name="Import another file").click()
    chosen(page, tmp_path / "people.csv", PEOPLE)
    page.get_by_role("button", name="Check it first").click()
    expect(page.get_by_text("There is nothing to record: no row says something new.")).to_be_visible()
    assert counts(page)["Unchanged: imported before: nothing to do"] == 3


def test_an_export_is_known_by_its_columns_and_rows_are_typed_by_keyboard_alone(
    own_watch: Watch, tmp_path: Path
) -> None:
    shop = own_watch.shop
    page = own_watch.signed_in("/consent-import")
    chosen(page, tmp_path / "klaviyo.csv", KLAVIYO)
    page.get_by_role("button", name="Check it first").click()
    expect(page.get_by_role("heading", level=2).first).to_have_text(
        "What would come of klaviyo.csv: nothing is recorded yet"
    )
    expect(page.get_by_text("As an export of klaviyo: it has Klaviyo ID.")).to_be_visible()
    assert counts(page) == {
        "Would be recorded: a yes that counts from now on": 1,
        "Unchanged: says nothing: nobody was asked, or there is no number": 1,
    }

    page.get_by_role("link", name="Choose another file").focus()
    page.keyboard.press("Enter")
    page.get_by_role("radio", name="A file").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    expect(page.get_by_role("textbox", name="Rows")).to_be_focused()
    page.keyboard.press("Control+End")
    page.keyboard.type(f"{HAL},SMS,yes,,phone call,said so")
    for _ in range(3):
        page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Check it first")).to_be_focused()
    page.keyboard.press("Enter")
    record(page).focus()
    page.keyboard.press("Enter")
    expect(
        page.get_by_role("dialog", name="Record 1 row").get_by_role("button", name="Not now")
    ).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=2).first).to_have_text("What came of rows by hand")
    assert [one["evidence"]["method"] for one in consents(shop, HAL)] == ["phone call"]


def test_a_long_import_shows_how_far_it_is_and_is_paused_and_ended(own_watch: Watch, tmp_path: Path) -> None:
    rows = "".join(f"+1202555{number:04},SMS,yes\n" for number in range(100, 200)) * 2_000
    page = own_watch.signed_in("/consent-import")
    chosen(page, tmp_path / "many.csv", f"phone,channel,status\n{rows}")
    page.get_by_role("button", name="Check it first").click()
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    expect(page.get_by_text("Paused by")).to_be_visible()
    axe(page)

    page.reload()
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.get_by_role("button", name="Cancel the job").click()
    dialog = page.get_by_role("dialog", name="Cancel the job")
    expect(dialog).to_contain_text("what it did stays")
    dialog.get_by_role("button", name="Cancel the job").click()
    expect(page.get_by_role("heading", level=2).first).to_have_text(
        "The rows of many.csv are not all counted"
    )
    expect(page.get_by_text("Canceled", exact=True)).to_be_visible()


def test_an_upload_is_stopped_by_a_button_and_by_leaving_and_takes_nobody_back(
    own_watch: Watch, tmp_path: Path
) -> None:
    page = own_watch.signed_in("/consent-import")
    check = page.get_by_role("button", name="Check it first")
    stuck: list[Route] = []

    def hold(route: Route) -> None:
        stuck.append(route)

    page.route("**/uploads", hold)
    chosen(page, tmp_path / "people.csv", PEOPLE)

    with page.expect_request("**/uploads"):
        check.click()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("button", name="Stop")).to_have_count(0)
    expect(check).to_be_enabled()
    expect(page.get_by_role("alert")).to_have_count(0)

    with page.expect_request("**/uploads"):
        check.click()
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    with page.expect_event("requestfailed", lambda request: request.url.endswith("/uploads")):
        page.get_by_role("link", name="People").click()
    expect(page).to_have_url(re.compile("/people$"))
    assert len(stuck) == 2


def test_a_file_that_is_none_is_refused_with_what_to_do_and_a_reader_sends_none(
    watch: Watch, tmp_path: Path
) -> None:
    watch.expected = ("415",)
    page = watch.signed_in("/consent-import")
    file = tmp_path / "people.xlsx"
    file.write_bytes(b"PK\x03\x04\x00\x00")
    page.get_by_label("File", exact=True).set_input_files(file)
    page.get_by_role("button", name="Check it first").click()
    expect(page.get_by_role("alert")).to_contain_text(
        "save it as CSV UTF-8, and send it again. Nothing of it was kept."
    )

    watch.open(page, "/consent-import", Role.READER)
    expect(page.get_by_text("An operator or an admin imports consent.")).to_be_visible()
    expect(page.get_by_role("button", name="Check it first")).to_have_count(0)
