"""Settings: sources and their keys, tokens, webhooks, what was changed by whom, jobs, and what Segment had configured."""

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from gateway.workspace import Role
from tests.browser.planting.shop import SALE
from tests.browser.troubles import late
from tests.browser.watching import Bookshop, Watch, axe
from tests.integration import on_node
from tests.integration.system import until

pytestmark = pytest.mark.browser


@pytest.fixture
def own_watch(watch: Watch) -> Watch:
    """One bookshop serves all of these tests: each changes what it made itself, and nothing that another looks for."""
    return watch


EXPORT = Path(__file__).parents[2] / "docs" / "examples" / "segment-export.json"
API_KEY_SECRET = "simulator-main-key"


def table(page: Page, name: str) -> Locator:
    return page.get_by_role("table", name=name, exact=True)


def asked(page: Page, question: str) -> Locator:
    """The dialog that asks it."""
    return page.get_by_role("dialog", name=question, exact=True)


def secret_of(shown: Locator) -> str:
    """What is shown once."""
    return shown.get_by_role("status").locator("code").first.inner_text()


def answer(shop: Bookshop, key: str) -> int:
    """How a call with that write key is answered."""
    call = {"userId": "dora", "event": "Order Placed"}
    return httpx.post(f"{shop.url}/v1/track", json=call, auth=(key, ""), timeout=20).status_code


def source(shop: Bookshop, name: str) -> Any:
    query = """{ sources { edges { node { id name revision trust enabled smsOptInTrait pathKeyAllowed sharedSecret { configured }
      destinations { edges { node { name } } } } } } }"""
    nodes = [edge["node"] for edge in shop.system.ask(query)["sources"]["edges"]]
    return next((one for one in nodes if one["name"] == name), None)


def events_of(shop: Bookshop, source_id: str) -> list[Any]:
    query = "query($id: ID!) { events(sourceId: $id) { edges { node { type name userId } } } }"
    return [edge["node"] for edge in shop.system.ask(query, id=source_id)["events"]["edges"]]


def test_an_admin_makes_a_source_sends_its_first_events_by_the_snippets(own_watch: Watch) -> None:
    shop = own_watch.shop
    page = own_watch.signed_in("/settings/sources")
    page.get_by_role("link", name="New source").click()
    form = page.get_by_role("dialog", name="New source")
    axe(page)
    form.get_by_role("textbox", name="Name").fill("Till")
    form.get_by_role("button", name="Make the source").click()
    ready = page.get_by_role("dialog", name="Till is made")
    key = secret_of(ready)
    axe(page)

    # What is shown can be pasted as it is.
    curl = ready.get_by_role("region", name="snippet for curl").inner_text()
    ran = subprocess.run(["bash", "-ec", curl], capture_output=True, text=True, timeout=30, check=True)
    assert json.loads(ran.stdout) == {"success": True}
    ready.get_by_role("tab", name="Python").click()
    python = ready.get_by_role("region", name="snippet for Python").inner_text()
    subprocess.run([sys.executable, "-c", python], timeout=30, check=True, env={"PATH": os.environ["PATH"]})
    ready.get_by_role("tab", name="Node.js").click()
    on_node.run_module(ready.get_by_role("region", name="snippet for Node.js").inner_text())
    till = source(shop, "Till")
    until(lambda: len(events_of(shop, till["id"])) == 6, what="six events")
    assert {(one["type"], one["name"]) for one in events_of(shop, till["id"])} == {
        ("identify", None),
        ("track", "Order Placed"),
    }
    ready.get_by_role("tab", name="RudderStack").click()
    header = (
        ready.get_by_role("region", name="snippet for RudderStack").inner_text().split("Value:")[1].strip()
    )
    sent = httpx.post(
        f"{shop.url}/v1/events",
        json=[{"type": "track", "userId": "dora", "messageId": "by-hand", "event": "Order Placed"}],
        headers={"Authorization": header},
        timeout=20,
    )
    assert sent.json() == {"success": True}

    ready.get_by_label("Connect another account").select_option("Flash sales")
    ready.get_by_role("button", name="Connect").click()
    expect(ready.get_by_role("link", name="Flash sales")).to_be_visible()
    ready.get_by_role("button", name="I have the key").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert key not in page.content()
    assert [edge["node"]["name"] for edge in source(shop, "Till")["destinations"]["edges"]] == ["Flash sales"]


def made(shop: Bookshop, name: str) -> str:
    """The write key of a new source, connected to an account."""
    new = shop.system.change("sourceCreate", "SourceCreateInput", "writeKey source { id }", {"name": name})
    link = {"sourceId": new["source"]["id"], "destinationId": shop.planted.ids["Flash sales"]}
    shop.system.change("sourceConnect", "SourceConnectInput", "source { id }", link)
    return str(new["writeKey"])


def rotated(page: Page, panel: Locator) -> str:
    """The new key, for which somebody pressed Escape meanwhile."""
    panel.get_by_role("button", name="Rotate the key").click()
    question = asked(page, "Rotate the key")
    question.get_by_label("The old key stops").select_option("in an hour")
    with late(page, "SourceKeyRotate") as slow:
        question.get_by_role("button", name="Rotate the key").click()
        expect(question.get_by_role("button", name="Not now")).to_be_disabled()
        # The panel stays too, in which it is to be shown.
        page.keyboard.press("Escape")
        slow.let_go()
        return secret_of(panel)


def test_a_source_gets_a_new_key_is_changed_beside_somebody_else_signs_and_ends(own_watch: Watch) -> None:
    shop = own_watch.shop
    key = made(shop, "Checkout")
    page = own_watch.signed_in("/settings/sources")

    # A new key, while the one before works for an hour.
    row = table(page, "Sources").get_by_role("link", name="Checkout")
    panel = page.get_by_role("dialog", name="Checkout")
    # However often it is opened, one begins at its top.
    row.click()
    expect(panel.get_by_label("Name")).to_be_visible()
    page.keyboard.press("Escape")
    row.click()
    expect(panel.get_by_role("button", name="Close", exact=True)).to_be_focused()
    newer = rotated(page, panel)
    expect(
        panel.get_by_role("table", name="Keys that were rotated out").get_by_role("cell").first
    ).to_have_text(f"••••{key[-4:]}")
    assert (answer(shop, key), answer(shop, newer)) == (200, 200)
    axe(page)

    # Somebody else saves while one types.
    panel.get_by_label("Trait for SMS").fill("texts_ok")
    before = source(shop, "Checkout")
    shop.system.change(
        "sourceUpdate",
        "SourceUpdateInput",
        "source { id }",
        {"id": before["id"], "expectedRevision": before["revision"], "name": "Checkout, new"},
    )
    panel.get_by_role("button", name="Save").click()
    expect(panel.get_by_text("Name: “Checkout” → “Checkout, new”")).to_be_visible()
    axe(page)
    panel.get_by_role("button", name="Keep my changes on top").click()
    panel.get_by_role("button", name="Save").click()
    expect(panel.get_by_text("Saved", exact=True)).to_be_visible()
    now = source(shop, "Checkout, new")
    assert (now["smsOptInTrait"], now["enabled"]) == ("texts_ok", True)

    # It signs from now on, and then no more.
    panel.get_by_role("button", name="Set a secret").click()
    asked(page, "Set a secret").get_by_role("button", name="Set a secret").click()
    expect(panel.get_by_role("button", name="Replace the secret")).to_be_visible()
    assert (source(shop, "Checkout, new")["sharedSecret"]["configured"], answer(shop, newer)) == (True, 401)
    panel.get_by_role("button", name="Remove the secret").click()
    expect(asked(page, "Remove the secret").get_by_role("button", name="Not now")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(1)
    panel.get_by_role("button", name="Remove the secret").click()
    asked(page, "Remove the secret").get_by_role("button", name="Remove the secret").click()
    expect(panel.get_by_role("button", name="Set a secret")).to_be_visible()
    assert answer(shop, newer) == 200

    panel.get_by_role("button", name="Delete the source").click()
    expect(asked(page, "Delete the source")).to_contain_text(
        "1 account (Flash sales) gets no more events from it."
    )
    expect(asked(page, "Delete the source")).to_contain_text("The last event came")
    asked(page, "Delete the source").get_by_role("button", name="Delete the source").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(table(page, "Sources").get_by_role("link", name="Checkout, new")).to_have_count(0)
    assert answer(shop, newer) == 401


def test_a_source_tells_what_was_refused_and_what_a_page_may_say(watch: Watch) -> None:
    page = watch.signed_in("/settings/sources")
    table(page, "Sources").get_by_role("link", name="Shop server").click()
    refused = page.get_by_role("dialog", name="Shop server").get_by_role("table", name="Refused requests")
    expect(refused.get_by_role("row").nth(1)).to_contain_text("invalid_json")
    expect(refused.get_by_role("row").nth(1)).to_contain_text("mend it and send it again")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page).to_have_url(f"{watch.shop.url}/settings/sources")

    table(page, "Sources").get_by_role("link", name="Website").click()
    panel = page.get_by_role("dialog", name="Website")
    snippet = panel.get_by_role("region", name="snippet for analytics.js")
    host = watch.shop.url.removeprefix("http://")
    expect(snippet).to_contain_text(f'cdnURL: "{watch.shop.url}"')
    expect(snippet).to_contain_text(f'apiHost: "{host}/v1", protocol: "http"')
    expect(panel.get_by_role("tab")).to_have_text(["analytics.js"])
    expect(panel.get_by_role("heading", name="Shared secret")).to_have_count(0)


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def focused(page: Page) -> str:
    """What has the focus, as it is read out."""
    said: str = page.evaluate(
        "document.activeElement.getAttribute('aria-label') ?? document.activeElement.innerText"
    )
    return said


def tab_to(page: Page, name: str) -> None:
    """Go on by Tab until that has the focus."""
    for _ in range(60):
        if focused(page) == name:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{name} is never reached by Tab")


def who(shop: Bookshop, token: str) -> Any:
    found = httpx.post(
        f"{shop.url}/graphql",
        json={"query": "{ viewer { name role } }"},
        headers={"Authorization": f"Bearer {token}"},
        timeout=20,
    ).json()
    return (found.get("data") or {}).get("viewer")


def test_a_token_is_made_and_revoked_by_keyboard_alone(own_watch: Watch) -> None:
    shop = own_watch.shop
    page = own_watch.signed_in("/settings/tokens")
    expect(table(page, "Tokens").get_by_role("row")).to_have_count(5)

    tab_to(page, "New token")
    press(page, "Enter")
    form = page.get_by_role("dialog", name="New token")
    expect(form.get_by_label("Who or what it is for")).to_be_focused()
    page.keyboard.type("Ann, support")
    press(page, "Escape")
    press(page, "Tab", "ArrowDown")
    expect(form.get_by_role("radio", name="Operator")).to_be_checked()
    press(page, "Enter")
    made = page.get_by_role("dialog", name="The token for Ann, support is made")
    token = secret_of(made)
    assert who(shop, token) == {"name": "Ann, support", "role": "OPERATOR"}
    axe(page)
    tab_to(page, "I have the token")
    press(page, "Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert token not in page.content()

    tab_to(page, "Revoke Ann, support")
    press(page, "Enter")
    expect(asked(page, "Revoke")).to_contain_text(
        f"“Ann, support” (Operator, ends in {token[-4:]}) is refused from the next request on"
    )
    expect(asked(page, "Revoke").get_by_role("button", name="Not now")).to_be_focused()
    press(page, "Tab", "Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(table(page, "Tokens").get_by_role("row")).to_have_count(5)
    assert who(shop, token) is None


def test_the_token_that_one_is_signed_in_with_is_named_so_before_it_is_revoked(own_watch: Watch) -> None:
    own_watch.expected = ("401",)
    shop = own_watch.shop
    given = {"name": "Second admin", "role": "ADMIN"}
    token = shop.system.change("apiTokenCreate", "ApiTokenCreateInput", "token", given)["token"]
    page = own_watch.context.new_page()
    page.goto(f"{shop.url}/settings/tokens#token={token}")

    mine = table(page, "Tokens").get_by_role("row").filter(has_text="You are signed in with it")
    expect(mine).to_have_count(1)
    expect(mine).to_contain_text("Second admin")
    mine.get_by_role("button", name="Revoke Second admin").click()
    expect(asked(page, "Revoke")).to_contain_text(
        "You are signed out at once, and need another to come back."
    )
    asked(page, "Revoke").get_by_role("button", name="Revoke it and sign me out").click()

    expect(page.get_by_role("heading", name="Sign in with an API token")).to_be_visible()
    assert who(shop, token) is None


def give_up_the_newest_that_arrived(shop: Bookshop) -> tuple[str, str]:
    """Its id, and what it tells."""
    file = shop.system.folder / "data" / "heliograph.db"
    with contextlib.closing(sqlite3.connect(file, timeout=30)) as database, database:
        found: tuple[str, str] = database.execute(
            "UPDATE webhook_deliveries SET dead = 1, attempts = 14, last_status = 410, last_answer = '410 Gone', delivered_at = NULL"
            " WHERE id = (SELECT id FROM webhook_deliveries WHERE delivered_at IS NOT NULL ORDER BY id DESC LIMIT 1) RETURNING id, event"
        ).fetchone()
    return found


def test_what_was_given_up_is_sent_again_and_the_log_says_who_had_it_sent(own_watch: Watch) -> None:
    shop = own_watch.shop
    dead_id, event = give_up_the_newest_that_arrived(shop)
    page = own_watch.signed_in("/settings/webhooks")
    page.get_by_text("Given up", exact=True).first.click()
    expect(page).to_have_url(f"{shop.url}/settings/webhooks?dead=true")
    listed = table(page, "Webhooks")
    expect(listed.get_by_role("row")).to_have_count(2)
    axe(page)

    listed.get_by_role("link", name=event).click()
    panel = page.get_by_role("dialog", name=event)
    expect(panel.get_by_role("region", name="Last answer")).to_have_text("410 Gone")
    expect(panel.get_by_role("row", name="Attempts")).to_have_text("Attempts14")
    axe(page)
    panel.get_by_role("button", name="Send it again").click()
    expect(panel.get_by_role("button", name="Send it again")).to_have_count(0)
    one = shop.system.ask("query($id: ID!) { node(id: $id) { ... on WebhookDelivery { dead } } }", id=dead_id)
    assert one["node"] == {"dead": False}
    page.keyboard.press("Escape")

    page.get_by_role("button", name="Test a webhook").click()
    sample = page.get_by_role("dialog", name="Test a webhook")
    for name, has_address in (("Newsletter trial", False), ("Bookshop US", True)):
        sample.get_by_label("Account").select_option(name)
        expect(sample.get_by_text("It has no webhook address.")).to_have_count(0 if has_address else 1)
        expect(sample.get_by_role("button", name="Send the sample")).to_be_enabled(enabled=has_address)
    axe(page)

    page.goto(f"{shop.url}/settings/audit")
    changes = table(page, "Changes")
    first = changes.get_by_role("row").nth(1)
    expect(first).to_contain_text("Webhook delivery replay")
    expect(first).to_contain_text("first admin")
    axe(page)
    first.get_by_role("link", name="Only what was done to").click()
    expect(changes.get_by_role("row")).to_have_count(2)
    first.get_by_role("link", name="webhook").first.click()
    expect(page.get_by_role("dialog", name=event)).to_be_visible()


def test_the_log_calls_what_was_changed_as_the_forms_do(own_watch: Watch) -> None:
    shop = own_watch.shop
    ids = shop.planted.ids
    asked = "query($account: ID!, $mapping: ID!) { destination(id: $account) { revision } mapping(id: $mapping) { revision } }"
    now = shop.system.ask(asked, account=ids["Flash sales"], mapping=ids["Flash sale"])
    account = {
        "id": ids["Flash sales"],
        "expectedRevision": now["destination"]["revision"],
        "policy": {"perRecipientDailyLimit": 7},
        "settings": {"twilioEngage": {"defaultCountry": "GB"}},
    }
    shop.system.change("destinationUpdate", "DestinationUpdateInput", "destination { id }", account)
    mapping = {
        "id": ids["Flash sale"],
        "expectedRevision": now["mapping"]["revision"],
        "maxAgeSeconds": 600,
        "fields": {**SALE["fields"], "body": "Only today: half off"},
    }
    shop.system.change("mappingUpdate", "MappingUpdateInput", "mapping { id }", mapping)
    of_account = ("Default country US → GB", "Texts to one number a day 6 → 7")

    page = own_watch.signed_in("/settings/audit")
    entries = table(page, "Changes").get_by_role("row")
    for said in (
        "Message Only today: 30 % off everything 🔥 → Only today: half off",
        "Oldest event, in seconds",
    ):
        expect(entries.nth(1)).to_contain_text(said)
    for said in of_account:
        expect(entries.nth(2)).to_contain_text(said)
    expect(entries.nth(2).get_by_title("settings.defaultCountry").last).to_have_text("Default country")
    axe(page)

    page.goto(f"{shop.url}/accounts/{ids['Flash sales']}?tab=log")
    for said in of_account:
        expect(table(page, "Audit log").get_by_role("row").nth(1)).to_contain_text(said)


def test_a_job_is_found_again_with_what_it_came_to(watch: Watch) -> None:
    page = watch.signed_in("/settings/jobs?kind=CONSENT_IMPORT")
    row = table(page, "Jobs").get_by_role("row").nth(1)
    expect(row).to_contain_text("6 of 6 done")
    row.get_by_role("link", name="Consent import").click()
    panel = page.get_by_role("dialog", name="Consent import")
    expect(panel).to_contain_text("6 rows read: 3 yes, 0 no, 0 refused.")
    expect(panel.get_by_role("button", name="Cancel the job")).to_have_count(0)
    axe(page)


def test_what_a_role_may_not_do_is_not_offered(watch: Watch) -> None:
    page = watch.signed_in("/settings/sources", Role.OPERATOR)
    table(page, "Sources").get_by_role("link", name="Segment").click()
    panel = page.get_by_role("dialog", name="Segment")
    expect(panel.get_by_role("heading", name="Shared secret")).to_be_visible()
    for name in (
        "Rotate the key",
        "Disconnect",
        "Connect",
        "Delete the source",
        "Save",
        "Replace the secret",
    ):
        expect(panel.get_by_role("button", name=name)).to_have_count(0)
    expect(page.get_by_role("link", name="New source")).to_have_count(0)

    watch.open(page, "/settings/tokens", Role.VIEWER)
    expect(page.get_by_text("whose role is Viewer")).to_be_visible()
    expect(page.get_by_role("button", name="New token")).to_have_count(0)
    expect(page.get_by_role("navigation", name="Settings").get_by_role("link")).to_have_text(
        ["Sources", "Tokens and roles", "Webhooks", "Audit log", "Jobs"]
    )
    axe(page)
    watch.open(page, "/settings/webhooks", Role.VIEWER)
    expect(table(page, "Webhooks")).to_be_visible()
    expect(page.get_by_role("button", name="Test a webhook")).to_have_count(0)


def test_what_segment_had_is_planned_and_then_made(own_watch: Watch) -> None:
    shop = own_watch.shop
    export = EXPORT.read_text("utf-8").replace(
        "127.0.0.1:4010", shop.system.simulator_url.removeprefix("http://")
    )
    page = own_watch.signed_in("/settings/import")
    page.get_by_label("The export").fill("{")
    page.get_by_role("button", name="Show the plan").click()
    expect(page.get_by_role("alert")).to_contain_text("No plan can be made")

    page.get_by_label("The export").fill(export)
    page.get_by_role("button", name="Show the plan").click()
    expect(table(page, "What becomes what").get_by_role("row").nth(1)).to_have_text(
        'Engage Messaging Twilio "Texts of the shop"destination "Texts of the shop" (twilio-engage)'
    )
    expect(table(page, "What differs, or is to be known")).to_be_visible()
    expect(page.get_by_role("button", name="Make 3 things")).to_be_disabled()
    axe(page)
    # The plan of an export that was changed since is not to be carried out.
    page.get_by_label("The export").press_sequentially(" ")
    expect(page.get_by_role("button", name="Make 3 things")).to_have_count(0)
    page.get_by_role("button", name="Show the plan").click()
    page.get_by_label("twilioApiKeySecret").fill(API_KEY_SECRET)
    page.get_by_role("button", name="Make 3 things").click()
    asked(page, "Make 3 things").get_by_role("button", name="Make 3 things").click()

    expect(page.get_by_role("heading", name="Next")).to_be_visible()
    expect(page.get_by_role("link", name="mapping VIP welcome")).to_be_visible()
    axe(page)
    found = shop.system.ask('{ find(text: "Texts of the shop") { ... on Destination { name status } } }')[
        "find"
    ]
    assert found == [{"name": "Texts of the shop", "status": "DRAFT"}]
