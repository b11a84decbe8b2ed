"""Two tabs on the same thing: nobody's words are overwritten unseen, and who looks at what is gone is told so, with a way on."""

import contextlib
import sqlite3
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from gateway.workspace import Role
from tests.browser.planting.cast import PEOPLE
from tests.browser.troubles import ENDPOINT, asks_for, late
from tests.browser.watching import Bookshop, Watch
from tests.integration.system import until

pytestmark = pytest.mark.browser


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def name_field(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Name", exact=True)


def made_account(shop: Bookshop, name: str) -> str:
    """An account of the test's own."""
    given = {
        "name": name,
        "settings": {
            "twilioEngage": {
                "accountSid": "AC00000000000000000000000000000051",
                "authToken": "5" * 32,
                "twilioHostname": f"127.0.0.1:{shop.system.simulator_port}",
            }
        },
    }
    made = shop.system.change("destinationCreate", "DestinationCreateInput", "destination { id }", given)
    found: str = made["destination"]["id"]
    return found


def made_mapping(shop: Bookshop, name: str) -> str:
    given = {
        "destinationId": shop.planted.ids["Bookshop US"],
        "action": "sendSms",
        "name": name,
        "trigger": 'event = "Never"',
        "fields": {"from": "+12025550100", "body": "Hello", "send": True},
    }
    made = shop.system.change("mappingCreate", "MappingCreateInput", "mapping { id }", given)
    found: str = made["mapping"]["id"]
    return found


def read(shop: Bookshop, kind: str, thing: str, fields: str) -> Any:
    return shop.system.ask(f"query($id: ID!) {{ {kind}(id: $id) {{ {fields} }} }}", id=thing)[kind]


def test_of_two_who_save_the_same_account_the_second_sees_what_the_first_did(watch: Watch) -> None:
    shop = watch.shop
    account = made_account(shop, "Of two")
    first, second = (watch.signed_in(f"/accounts/{account}?tab=settings") for _ in range(2))
    for page in (first, second):
        expect(name_field(page)).to_have_value("Of two")
    name_field(second).fill("By the second")

    name_field(first).fill("By the first")
    button(first, "Save").click()
    expect(first.get_by_role("heading", level=1)).to_have_text("By the first")
    expect(second.get_by_role("heading", level=1)).to_have_text("By the first")
    expect(name_field(second)).to_have_value("By the second")
    button(second, "Save").click()

    conflict = second.get_by_role("alert")
    expect(conflict).to_contain_text("Somebody else saved meanwhile")
    expect(conflict).to_contain_text("Nothing of yours was saved yet, and it is still here.")
    expect(conflict.get_by_role("listitem")).to_have_text(["Name: Of two → By the first"])
    assert read(shop, "destination", account, "name") == {"name": "By the first"}
    button(second, "Save mine on top").click()
    expect(second.get_by_role("heading", level=1)).to_have_text("By the second")
    assert read(shop, "destination", account, "name") == {"name": "By the second"}


def test_what_was_saved_stands_at_once_and_whoever_types_on_conflicts_with_nobody(watch: Watch) -> None:
    shop = watch.shop
    account, other = made_account(shop, "Saved"), made_account(shop, "Another")
    page = watch.signed_in(f"/accounts/{account}?tab=settings")
    held: list[Route] = []

    def hold(route: Route) -> None:
        if asks_for(route.request, "Settings"):
            held.append(route)
        else:
            route.fallback()

    expect(name_field(page)).to_have_value("Saved")
    page.route(ENDPOINT, hold)
    name_field(page).fill("Saved once")
    button(page, "Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Saved once")
    expect(name_field(page)).to_have_value("Saved once")
    name_field(page).fill("Saved twice")
    for route in held:
        route.continue_()
    page.unroute(ENDPOINT, hold)
    button(page, "Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Saved twice")
    expect(page.get_by_role("alert")).to_have_count(0)
    assert read(shop, "destination", account, "name") == {"name": "Saved twice"}

    # Typed back while it is being saved, it is a change of what is saved then.
    with late(page, "UpdateAccount") as slow:
        name_field(page).fill("Saved thrice")
        button(page, "Save").click()
        expect(button(page, "Save")).to_have_attribute("data-loading", "true")
        name_field(page).fill("Saved twice")
        slow.let_go()
        expect(page.get_by_role("heading", level=1)).to_have_text("Saved thrice")
    expect(name_field(page)).to_have_value("Saved twice")
    button(page, "Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Saved twice")

    page.evaluate("(to) => history.pushState(null, '', to)", f"/accounts/{other}?tab=settings")
    expect(name_field(page)).to_have_value("Another")
    expect(button(page, "Save")).to_be_disabled()


def test_of_two_who_save_the_same_mapping_the_second_sees_what_the_first_did(watch: Watch) -> None:
    shop = watch.shop
    mapping = made_mapping(shop, "Of two")
    first, second = (watch.signed_in(f"/mappings/{mapping}") for _ in range(2))
    name_field(second).fill("By the second")

    name_field(first).fill("By the first")
    button(first, "Save …").click()
    button(first, "Save it").click()
    expect(first.get_by_role("heading", level=1)).to_have_text("By the first")
    button(second, "Save …").click()
    button(second, "Save it").click()

    conflict = second.get_by_role("dialog", name="Somebody else saved this mapping")
    expect(conflict).to_contain_text("Nothing of yours was saved, and nothing of it is lost.")
    row = conflict.get_by_role("row").filter(has_text="By the first")
    expect(row.get_by_role("cell")).to_have_text(["Of two", "By the first", "By the second"])
    assert read(shop, "mapping", mapping, "name") == {"name": "By the first"}
    button(second, "Put mine on top, then look").click()
    button(second, "Save …").click()
    button(second, "Save it").click()
    expect(second.get_by_role("heading", level=1)).to_have_text("By the second")
    assert read(shop, "mapping", mapping, "name") == {"name": "By the second"}


def test_an_account_that_somebody_deletes_says_so_and_leads_to_the_others(watch: Watch) -> None:
    shop = watch.shop
    account = made_account(shop, "Short-lived")
    page = watch.signed_in(f"/accounts/{account}?tab=settings")
    name_field(page).fill("Not saved")

    shop.system.change(
        "destinationDelete", "DeleteInput", "deletedId", {"id": account, "expectedRevision": 1}
    )
    button(page, "Save").click()

    expect(page.get_by_text("There is no such account", exact=True)).to_be_visible()
    page.get_by_role("link", name="All accounts").click()
    expect(page.get_by_role("list", name="Accounts", exact=True)).not_to_contain_text("Short-lived")


def test_a_mapping_that_somebody_deletes_keeps_what_was_written_and_is_saved_no_more(watch: Watch) -> None:
    shop = watch.shop
    mapping = made_mapping(shop, "Short-lived")
    page = watch.signed_in(f"/mappings/{mapping}")
    name_field(page).fill("What I wrote")

    shop.system.change("mappingDelete", "DeleteInput", "deletedId", {"id": mapping, "expectedRevision": 1})
    button(page, "Save …").click()
    button(page, "Save it").click()

    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text(
        "Nothing was saved; what you wrote is kept here"
    )
    button(page, "Go on writing").click()
    expect(page.get_by_role("alert").first).to_contain_text(
        "Somebody deleted this mapping. What you see is kept here, and can't be saved any more"
    )
    expect(name_field(page)).to_have_value("What I wrote")
    expect(button(page, "Save …")).to_be_disabled()


def test_a_person_whom_somebody_erases_is_gone_from_the_page_and_leads_to_the_others(watch: Watch) -> None:
    shop = watch.shop
    query = "query($of: String!) { find(text: $of) { ... on Contact { id } } }"
    [found] = shop.system.ask(query, of=PEOPLE[13].phone)["find"]
    page = watch.signed_in(f"/people/{found['id']}")
    expect(page.get_by_role("heading", level=1)).to_have_text(PEOPLE[13].phone)

    shop.system.change("contactErase", "IdInput", "deletedId", found)
    until(lambda: read(shop, "node", found["id"], "id") is None, what="the person erased")

    expect(page.get_by_text("Nobody has this id", exact=True)).to_be_visible()
    expect(page.get_by_text(PEOPLE[13].phone)).to_have_count(0)
    page.get_by_role("link", name="All people").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("People")


def test_a_source_that_somebody_deletes_is_changed_no_more(watch: Watch) -> None:
    shop = watch.shop
    made = shop.system.change("sourceCreate", "SourceCreateInput", "source { id }", {"name": "Short-lived"})
    source = made["source"]["id"]
    page = watch.signed_in(f"/settings/sources?open={source}")
    name_field(page).fill("Not saved")

    shop.system.change("sourceDelete", "DeleteInput", "deletedId", {"id": source, "expectedRevision": 1})
    button(page, "Save").click()

    panel = page.get_by_role("dialog")
    expect(panel).to_contain_text("There is no such source, or it was deleted.")
    panel.get_by_role("button", name="Close").click()
    expect(page.get_by_role("table", name="Sources")).not_to_contain_text("Short-lived")


def test_who_may_less_than_when_the_page_was_opened_is_told_so_and_keeps_what_was_typed(watch: Watch) -> None:
    shop = watch.shop
    token = {"name": "Demoted", "role": "ADMIN", "space": "default"}
    made = shop.system.change("apiTokenCreate", "ApiTokenCreateInput", "token apiToken { id }", token)
    page = watch.context.new_page()
    page.goto(f"{shop.url}/settings/sources?open=new#token={made['token']}")
    name_field(page).fill("Half a name")

    demote(shop, made["apiToken"]["id"], Role.VIEWER)
    button(page, "Make the source").click()

    said = page.get_by_role("dialog").get_by_role("alert")
    expect(said).to_contain_text("The source was not made")
    expect(said).to_contain_text("Making a source takes the role ADMIN; this token has VIEWER.")
    expect(name_field(page)).to_have_value("Half a name")


def demote(shop: Bookshop, token: str, role: Role) -> None:
    """No operation does that: it takes a ledger that was restored, or a hand in it."""
    with (
        contextlib.closing(sqlite3.connect(shop.system.folder / "data" / "heliograph.db")) as database,
        database,
    ):
        database.execute("UPDATE api_tokens SET role = ? WHERE id = ?", (role.value, token))
