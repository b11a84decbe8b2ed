"""The pages and what is not to be trusted: tokens that end, secrets that are shown once, words that somebody else wrote."""

import base64
from typing import Any

import httpx
import pytest
from playwright.sync_api import Dialog, Page, expect

from gateway.workspace import Role
from tests.browser.pages import PAGES, ids_at
from tests.browser.watching import Bookshop, Watch, axe, held
from tests.integration.system import until

pytestmark = pytest.mark.browser

SIGN_IN = "Sign in with an API token"
MAKE = 'mutation($name: String!, $role: Role!) { apiTokenCreate(input: { name: $name, role: $role, space: "default" }) { token apiToken { id } } }'


def storage(page: Page) -> list[str]:
    """What is kept of this page in this browser, beside how it looks."""
    kept: list[str] = page.evaluate("[...Object.keys(sessionStorage), ...Object.keys(localStorage)]")
    return sorted(key for key in kept if not key.startswith(("mantine-color-scheme", "tsr-scroll")))


def words_in(page: Page) -> str:
    """All that the page holds, wherever."""
    return "\n".join(text for _, text in held(page))


def sign_in(page: Page, token: str) -> None:
    page.get_by_label("Token", exact=True).fill(token)
    page.get_by_role("button", name="Sign in").click()


@pytest.fixture
def own_watch(watch: Watch) -> Watch:
    """One bookshop serves all of these tests: each changes what it made itself."""
    return watch


def test_a_token_that_is_revoked_leads_to_the_form_and_what_was_typed_stays(own_watch: Watch) -> None:
    own_watch.expected = ("401",)
    shop = own_watch.shop
    made = shop.system.ask(MAKE, name="ann", role="ADMIN")["apiTokenCreate"]
    page = own_watch.context.new_page()
    page.goto(f"{shop.url}/settings/sources?open=new#token={made['token']}")
    name = page.get_by_role("textbox", name="Name")
    name.fill("Half a name")

    shop.system.change("apiTokenRevoke", "IdInput", "", {"id": made["apiToken"]["id"]})
    page.get_by_role("button", name="Make the source").click()

    expect(page.get_by_role("alert")).to_contain_text("What you typed is kept in this tab")
    expect(page).to_have_title("Sign in · Heliograph")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(name).not_to_be_visible()
    assert storage(page) == []

    sign_in(page, shop.system.token)
    expect(page.get_by_role("dialog", name="New source")).to_be_visible()
    expect(name).to_have_value("Half a name")
    page.get_by_role("button", name="Make the source").click()
    expect(page.get_by_role("dialog", name="Half a name is made")).to_be_visible()


def test_who_signs_in_with_less_sees_nothing_of_what_was_there(own_watch: Watch) -> None:
    number = own_watch.shop.system.deliveries(1)[0]["recipient"]
    page = own_watch.signed_in("/deliveries")
    own_watch.stands(page)
    expect(page.get_by_role("table", name="Deliveries")).to_contain_text(number)

    page.goto(f"{page.url}#token={own_watch.shop.planted.tokens[Role.VIEWER]}")

    expect(page.get_by_role("button", name="Signed in as")).to_have_text("viewer")
    own_watch.stands(page)
    assert number not in words_in(page)


def test_a_secret_that_is_shown_once_is_gone_whichever_way_one_leaves_it(own_watch: Watch) -> None:
    page = own_watch.signed_in("/settings/sources")
    assert storage(page) == ["heliograph:token"]
    page.get_by_role("link", name="New source").click()
    page.get_by_role("textbox", name="Name").fill("Made and left")
    page.get_by_role("button", name="Make the source").click()
    shown = page.get_by_role("dialog", name="Made and left is made")
    key = shown.get_by_role("status").locator("code").first.inner_text()
    assert key in words_in(page)

    page.go_back()
    expect(shown).to_have_count(0)
    assert key not in words_in(page)
    page.go_forward()
    expect(page.get_by_role("dialog", name="New source")).to_be_visible()
    assert key not in words_in(page)

    page.keyboard.press("Escape")
    page.get_by_role("button", name="Signed in as").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_role("heading", name=SIGN_IN)).to_be_visible()
    assert storage(page) == []
    page.go_back()
    expect(page.get_by_role("heading", name=SIGN_IN)).to_be_visible()
    expect(page.get_by_role("table")).to_have_count(0)


EVIL = '<img src=x onerror="hostile=1">\u202e<script>hostile=1</script> javascript:hostile=1 \U0001f9e8'
LONG = "W" * 10_000
PAGE_SCRIPT = "javascript:hostile=1"


def plant_hostile(shop: Bookshop) -> dict[str, str]:
    """Ids of what somebody wrote who means no good, by what it is."""
    system = shop.system
    ids = shop.planted.ids
    name = f"{EVIL} {'n' * 60}"
    source = system.change("sourceCreate", "SourceCreateInput", "source { id } writeKey", {"name": name})
    link = {"sourceId": source["source"]["id"], "destinationId": ids["Bookshop US"]}
    system.change("sourceConnect", "SourceConnectInput", "source { id }", link)
    mapping = system.change(
        "mappingCreate",
        "MappingCreateInput",
        "mapping { id }",
        {
            "destinationId": ids["Bookshop US"],
            "action": "sendSms",
            "name": f"{EVIL} {'m' * 60}",
            "trigger": 'type = "track" and event = "Evil"',
            "fields": {"from": "+15005550006", "body": EVIL, "send": True},
        },
    )
    deep: Any = EVIL
    for _ in range(20):
        deep = {"<b>in</b>": [deep]}
    event = {
        "userId": f"evil-{'u' * 200}",
        "context": {"traits": {"first_name": EVIL, "last_name": "L" * 300, "phone": "+12025550177"}},
        "properties": {
            "deep": deep,
            "long": LONG,
            "url": PAGE_SCRIPT,
            "__proto__": {"polluted": True},
            "zero\u0000": "\u0000",
        },
    }
    for said in ("Evil", EVIL, "\u202e" + "e" * 300, "12345"):
        answered = httpx.post(
            f"{shop.url}/v1/track",
            json={**event, "event": said},
            headers={
                "Authorization": "Basic " + base64.b64encode(f"{source['writeKey']}:".encode()).decode()
            },
            timeout=20,
        )
        assert answered.status_code == httpx.codes.OK, answered.text
    identified = {"userId": event["userId"], "traits": event["context"]["traits"]}  # type: ignore[index]  # a dict, as above
    httpx.post(f"{shop.url}/v1/identify", json=identified, auth=(source["writeKey"], ""), timeout=20)
    found: list[dict[str, str]] = until(
        lambda: [
            one
            for one in system.ask('{ find(text: "+12025550177") { __typename ... on Contact { id } } }')[
                "find"
            ]
            if one["__typename"] == "Contact"
        ],
        what="the person",
    )
    return {
        "mapping": mapping["mapping"]["id"],
        "person": found[0]["id"],
        "source": source["source"]["id"],
        "event": ids_at(shop.url, system.token)["event"],
    }


def test_what_somebody_else_wrote_is_words_on_every_page(own_watch: Watch) -> None:
    shop = own_watch.shop
    written = plant_hostile(shop)
    newest = ids_at(shop.url, shop.system.token) | written
    page = own_watch.signed_in("/")
    asked: list[str] = []

    def on_dialog(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", on_dialog)
    paths = [one.address(newest) for one in PAGES]
    paths += [
        f"/settings/sources?open={written['source']}",
        f"/people/{written['person']}?tab=events",
        f"/mappings/new?eventId={written['event']}",
        f"/events?open={written['event']}",
    ]
    page.set_viewport_size({"width": 390, "height": 800})
    for path in paths:
        assert path is not None
        page.goto(f"{shop.url}{path}")
        own_watch.stands(page)
        assert page.evaluate("'hostile' in window || 'polluted' in {}") is False
        schemes = page.evaluate("[...new Set([...document.links].map((link) => link.protocol))]")
        assert set(schemes) <= {"http:", "https:"}, path
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{path} is {wide} px too wide at 390"
    assert asked == []

    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{shop.url}/settings/audit")
    own_watch.stands(page)
    table = page.get_by_role("table", name="Changes")
    assert table.evaluate("(table) => table.scrollWidth - table.parentElement.clientWidth") <= 0


def test_what_makes_no_sense_in_an_address_is_not_read(watch: Watch) -> None:
    page = watch.signed_in("/")
    watch.stands(page)
    for given, title in (
        ("/deliveries?status=%7B%22a%22%3A1%7D&since=99y&errorCode=%5B%5D", "Deliveries"),
        ("/deliveries?from=garbage&to=%00", "Deliveries"),
        ("/events?outcome=%5B1%2C2%5D", "Events"),
        ("/inbox?needsReview=maybe", "Inbox"),
        ("/settings/jobs?kind=constructor&open=%5B%5D", "Jobs"),
    ):
        page.goto(f"{watch.shop.url}{given}")
        assert watch.stands(page) == title
        expect(page.get_by_role("alert")).to_have_count(0)
        expect(page.get_by_role("list", name="Filters that are on")).to_have_count(0)


def test_an_address_that_is_no_place_says_so_and_leads_back_and_programs_are_told_in_json(
    watch: Watch,
) -> None:
    watch.expected = ("404",)
    page = watch.signed_in("/deliverys")
    answer = page.reload()
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("heading", level=1)).to_have_text("There is no such page")
    axe(page)

    page.get_by_role("link", name="Go to the overview").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Overview")
    expect(page).to_have_url(f"{watch.shop.url}/")

    for path, accepted in (("/deliverys", "*/*"), ("/graphql/v2", "text/html")):
        told = httpx.get(f"{watch.shop.url}{path}", headers={"Accept": accepted}, timeout=20)
        [error] = told.json()["errors"]
        assert (told.status_code, error["extensions"]["code"]) == (404, "NOT_FOUND")
        assert "GraphQL is at /graphql, events go to /v1." in error["message"]
