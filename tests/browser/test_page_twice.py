"""A server that takes its time: whoever presses again changes nothing twice, and whoever leaves meanwhile loses nothing."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.planting.cast import PEOPLE
from tests.browser.troubles import late
from tests.browser.watching import Bookshop, Watch
from tests.integration.system import until

pytestmark = pytest.mark.browser

EXPORT = Path(__file__).parents[2] / "docs" / "examples" / "segment-export.json"


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def asked(page: Page, name: str) -> Locator:
    """What does it, in the question that is asked."""
    return page.get_by_role("dialog").get_by_role("button", name=name, exact=True)


def names_of(shop: Bookshop, field: str) -> list[str]:
    found = shop.system.ask(f"{{ {field}(first: 100) {{ edges {{ node {{ name }} }} }} }}")[field]
    return [edge["node"]["name"] for edge in found["edges"]]


def deliveries(shop: Bookshop, **filters: Any) -> list[dict[str, Any]]:
    query = (
        "query($filter: DeliveryFilterInput) { deliveries(first: 100, filter: $filter) { edges { node {"
        " id status test replayOf { id } } } } }"
    )
    return [edge["node"] for edge in shop.system.ask(query, filter=filters)["deliveries"]["edges"]]


def sent_as_tests(shop: Bookshop) -> int:
    return [one["test"] for one in deliveries(shop)].count(True)


def audited(shop: Bookshop, action: str) -> int:
    """How often the log says that it was done."""
    entries = shop.system.ask("{ auditEntries(first: 100) { edges { node { action } } } }")["auditEntries"]
    return [edge["node"]["action"] for edge in entries["edges"]].count(action)


# -- Pressed again ------------------------------------------------------------------------------------------------------


def test_a_source_is_made_once(watch: Watch) -> None:
    page = watch.signed_in("/settings/sources?open=new")
    page.get_by_role("textbox", name="Name").fill("Made once")

    with late(page, "SourceCreate") as slow:
        slow.press_twice(button(page, "Make the source"))
        slow.let_go()
        expect(page.get_by_role("dialog", name="Made once is made")).to_be_visible()

    assert names_of(watch.shop, "sources").count("Made once") == 1


def test_a_token_is_made_once(watch: Watch) -> None:
    page = watch.signed_in("/settings/tokens")
    button(page, "New token").click()
    page.get_by_role("textbox", name="Who or what it is for").fill("Once")

    with late(page, "TokenCreate") as slow:
        slow.press_twice(button(page, "Make the token"))
        slow.let_go()
        expect(page.get_by_role("dialog", name="The token for Once is made")).to_be_visible()

    assert names_of(watch.shop, "apiTokens").count("Once") == 1


def test_a_test_is_sent_once(watch: Watch) -> None:
    shop = watch.shop
    page = watch.signed_in(f"/mappings/{shop.planted.ids['Order confirmation']}")
    expect(page.get_by_role("region", name="What would happen")).to_contain_text("thank you for your order")
    page.get_by_role("combobox", name="The number that gets the test").fill(PEOPLE[5].phone)
    before = sent_as_tests(shop)

    with late(page, "SendTest") as slow:
        slow.press_twice(button(page, "Send the test"))
        slow.let_go()
        expect(page.get_by_role("link", name="See the delivery")).to_be_visible()

    assert sent_as_tests(shop) == before + 1


def test_a_quick_double_click_sends_one_test(watch: Watch) -> None:
    shop = watch.shop
    page = watch.signed_in(f"/mappings/{shop.planted.ids['Order confirmation']}")
    expect(page.get_by_role("region", name="What would happen")).to_contain_text("thank you for your order")
    page.get_by_role("combobox", name="The number that gets the test").fill(PEOPLE[5].phone)
    before = sent_as_tests(shop)

    button(page, "Send the test").dblclick(delay=40)
    expect(page.get_by_role("link", name="See the delivery")).to_be_visible()

    watch.stands(page)
    assert sent_as_tests(shop) == before + 1


def test_a_text_is_canceled_once(watch: Watch) -> None:
    shop = watch.shop
    paused = {"destinationId": shop.planted.ids["Flash sales"], "reason": ["PAUSED"]}
    [first, *others] = deliveries(shop, **paused)
    page = watch.signed_in(f"/deliveries/{first['id']}")
    button(page, "Cancel this text").click()

    with late(page, "CancelOne") as slow:
        slow.press_twice(asked(page, "Cancel this text"))
        slow.let_go()
        expect(page.get_by_role("main")).to_contain_text("or a person canceled it.")

    assert deliveries(shop, **paused) == others


def test_a_text_is_replayed_once(watch: Watch) -> None:
    shop = watch.shop
    [stopped, *_] = deliveries(shop, reason=["NOT_SUBSCRIBED"])
    page = watch.signed_in(f"/deliveries/{stopped['id']}")
    button(page, "Replay").click()

    with late(page, "ReplayOne") as slow:
        slow.press_twice(asked(page, "Replay it now"))
        slow.let_go()
        expect(page).not_to_have_url(re.compile(stopped["id"]))

    assert [one["replayOf"] for one in deliveries(shop)].count({"id": stopped["id"]}) == 1


def test_an_account_is_paused_once(watch: Watch) -> None:
    account = watch.shop.planted.ids["Bookshop Europe"]
    page = watch.signed_in(f"/accounts/{account}")
    button(page, "Pause").click()
    page.get_by_role("textbox", name="Note").fill("Once")
    before = audited(watch.shop, "destinationPause")

    with late(page, "PauseAccount") as slow:
        slow.press_twice(asked(page, "Pause Bookshop Europe"))
        slow.let_go()
        expect(button(page, "Resume")).to_be_visible()

    assert audited(watch.shop, "destinationPause") == before + 1


def test_a_mapping_is_saved_once(watch: Watch) -> None:
    mapping = watch.shop.planted.ids["Delivery slot"]
    query = "query($id: ID!) { mapping(id: $id) { revision name } }"
    before = watch.shop.system.ask(query, id=mapping)["mapping"]["revision"]
    page = watch.signed_in(f"/mappings/{mapping}")
    page.get_by_role("textbox", name="Name", exact=True).fill("Delivery slot, once")
    button(page, "Save …").click()

    with late(page, "UpdateMapping") as slow:
        slow.press_twice(asked(page, "Save it"))
        slow.let_go()
        expect(page.get_by_role("dialog")).to_have_count(0)

    found = watch.shop.system.ask(query, id=mapping)["mapping"]
    assert found == {"revision": before + 1, "name": "Delivery slot, once"}


def test_an_import_is_made_once(watch: Watch) -> None:
    page = watch.signed_in("/settings/import")
    host = watch.shop.system.simulator_url.removeprefix("http://")
    page.get_by_label("The export").fill(EXPORT.read_text("utf-8").replace("127.0.0.1:4010", host))
    button(page, "Show the plan").click()
    page.get_by_label("twilioApiKeySecret").fill("a-key-of-the-export")
    button(page, "Make 3 things").click()

    with late(page, "ImportApply") as slow:
        slow.press_twice(asked(page, "Make 3 things"))
        slow.let_go()
        expect(page.get_by_role("heading", name="Next")).to_be_visible()

    assert names_of(watch.shop, "destinations").count("Texts of the shop") == 1


def test_a_person_is_erased_once(watch: Watch) -> None:
    shop = watch.shop
    found = shop.system.ask(
        "query($of: String!) { find(text: $of) { ... on Contact { id } } }", of=PEOPLE[7].phone
    )
    page = watch.signed_in(f"/people/{found['find'][0]['id']}")
    button(page, "Erase").click()
    before = audited(shop, "contactErase")

    with late(page, "ErasePerson") as slow:
        slow.press_twice(asked(page, "Erase them"))
        slow.let_go()
        expect(page.get_by_role("heading", level=1)).to_have_text("Erased")

    assert audited(shop, "contactErase") == before + 1


# -- Left meanwhile -----------------------------------------------------------------------------------------------------


def test_who_leaves_before_a_token_is_made_is_told_that_nobody_has_it(watch: Watch) -> None:
    page = watch.signed_in("/settings/tokens")
    button(page, "New token").click()
    page.get_by_role("textbox", name="Who or what it is for").fill("Left")

    with late(page, "TokenCreate") as slow:
        slow.press_twice(button(page, "Make the token"))
        button(page, "Close").click()
        expect(page.get_by_role("dialog")).to_have_count(0)
        slow.let_go()
        expect(page.get_by_role("alert")).to_have_text(
            "You left before this was done"
            "The token for Left is made, and was shown to nobody: revoke it, and make another."
        )

    expect(page.get_by_role("table", name="Tokens").get_by_role("row").filter(has_text="Left")).to_have_count(
        1
    )
    assert names_of(watch.shop, "apiTokens").count("Left") == 1


def test_what_is_asked_for_is_done_though_one_leaves(watch: Watch) -> None:
    shop = watch.shop
    paused = {"destinationId": shop.planted.ids["Flash sales"], "reason": ["PAUSED"]}
    [first, *others] = deliveries(shop, **paused)
    page = watch.signed_in(f"/deliveries?open={first['id']}")
    page.get_by_role("link", name="Open its page").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    button(page, "Cancel this text").click()

    with late(page, "CancelOne") as slow:
        slow.press_twice(asked(page, "Cancel this text"))
        page.go_back()
        expect(page.get_by_role("heading", level=1)).to_have_text("Deliveries")
        slow.let_go()
        until(lambda: deliveries(shop, **paused) == others, what="the text canceled")

    expect(page.get_by_role("alert")).to_have_count(0)
    page.go_forward()
    expect(page.get_by_role("main")).to_contain_text("or a person canceled it.")


def test_what_goes_wrong_after_one_left_is_said_where_one_is(watch: Watch) -> None:
    watch.expected = ("net::ERR_",)
    account = watch.shop.planted.ids["Bookshop Europe"]
    page = watch.signed_in("/accounts")
    page.get_by_role("link", name="Bookshop Europe").first.click()
    button(page, "Disable").click()

    with late(page, "UpdateAccount") as slow:
        slow.press_twice(asked(page, "Disable Bookshop Europe"))
        page.go_back()
        expect(page.get_by_role("heading", level=1)).to_have_text("Accounts")
        slow.lose()
        expect(page.get_by_role("alert")).to_contain_text(
            "What you asked for may have been done all the same: look before you ask again."
        )

    query = "query($id: ID!) { destination(id: $id) { enabled } }"
    assert watch.shop.system.ask(query, id=account) == {"destination": {"enabled": False}}
