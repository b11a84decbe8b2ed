"""Accounts: made, verified, mended, stopped, resumed, rotated, swapped and deleted, and what of that is for whom."""

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from destinations.twilio_engage.simulator import (
    ACCOUNT_SID,
    API_KEY_SECRET,
    API_KEY_SID,
    AUTH_TOKEN,
    OTHER_SENDER,
    SENDER,
    SHORT_CODE,
    STANDARD_KEY_SECRET,
    STANDARD_KEY_SID,
)
from gateway.workspace import Role
from tests.browser.troubles import late
from tests.browser.watching import Watch, axe
from tests.integration.system import until

pytestmark = pytest.mark.browser

US = "Bookshop US"
SALES = "Flash sales"
MOST_TABS = 60
REFUSAL = {"__typename": "InputError", "message": "The provider is asleep.", "code": "INVALID", "path": []}


def test_an_account_with_a_wrong_secret_is_told_what_to_do_and_once_mended_takes_a_source(
    own_watch: Watch,
) -> None:
    system = own_watch.shop.system
    page = own_watch.signed_in("/accounts")
    page.get_by_role("link", name="Add an account").click()
    form = page.get_by_role("form", name="New account")
    form.get_by_label("Name", exact=True).fill("Second shop")
    form.get_by_label("Account SID").fill(ACCOUNT_SID)
    form.get_by_label("API key SID").fill(API_KEY_SID)
    form.get_by_label("API key secret", exact=True).fill("not the secret")
    form.get_by_label("Auth Token", exact=True).fill(AUTH_TOKEN)
    form.get_by_label("Default country").fill("US")
    form.get_by_role("button", name="14 advanced settings").click()
    form.get_by_label("Twilio host name").fill(f"127.0.0.1:{system.simulator_port}")

    form.get_by_role("button", name="Create and verify").click()

    checks = page.get_by_role("region", name="Verification")
    expect(checks).to_contain_text("Credentials failed")
    expect(checks).to_contain_text("Twilio answered 401 Authenticate (error 20003).")
    expect(checks).to_contain_text("What to do: Compare the account SID and the credentials")
    axe(page)
    made = account(own_watch, "Second shop")
    assert (made["status"], made["policy"]["quietHoursStart"]) == ("FAILED", "21:00")
    assert made["policy"]["allowedCountries"] == ["US"]

    page.get_by_role("link", name="Change its settings").click()
    settings = page.get_by_role("form", name="Settings")
    expect(settings.get_by_label("API key secret", exact=True)).to_have_value("")
    settings.get_by_label("API key secret", exact=True).fill(API_KEY_SECRET)
    expect(settings.get_by_role("status")).to_contain_text(
        "this sends the account back to Draft: API key secret."
    )
    settings.get_by_role("button", name="Save").click()
    expect(settings.get_by_label("API key secret", exact=True)).to_have_value("")
    page.get_by_role("button", name="Verify", exact=True).click()
    expect(page.get_by_text("Verified", exact=True)).to_be_visible()
    assert account(own_watch, "Second shop")["status"] == "VERIFIED"

    page.get_by_role("tab", name="Sources").click()
    page.get_by_label("Or make a new source").fill("Till")
    page.get_by_role("button", name="Make and connect").click()
    shown = page.get_by_role("dialog", name="Write key")
    key = shown.locator("code").inner_text()
    assert key.startswith("hwk_")
    shown.get_by_role("button", name="I have kept it").click()
    expect(page.get_by_role("list", name="Connected sources")).to_contain_text("Till")
    assert key not in page.content()
    assert [one["name"] for one in account(own_watch, "Second shop")["sources"]] == ["Till"]


def test_one_sender_is_stopped_and_goes_on_by_keyboard_alone(own_watch: Watch) -> None:
    page = own_watch.signed_in("/accounts")
    of_us = page.get_by_role("listitem").filter(has=page.get_by_role("link", name=US, exact=True))
    reach(page, of_us.get_by_role("link", name="Stop or swap one sender"))
    page.keyboard.press("Enter")
    row = page.get_by_role("row").filter(has_text=OTHER_SENDER).filter(has_text="Phone number")
    reach(page, row.get_by_role("button", name=f"Pause {OTHER_SENDER}"))
    page.keyboard.press("Enter")
    reach(page, page.get_by_role("dialog").get_by_label("Note"))
    page.keyboard.type("Too many complaints")

    reach(page, page.get_by_role("dialog").get_by_role("button", name=f"Pause {OTHER_SENDER}"))
    page.keyboard.press("Enter")

    expect(row.get_by_role("cell", name="Paused", exact=True)).to_be_visible()
    assert senders(own_watch, US)[OTHER_SENDER] == {"paused": True, "active": True}
    assert [one for one, state in senders(own_watch, US).items() if state["paused"]] == [OTHER_SENDER]
    expect(row.get_by_role("button", name=f"Resume {OTHER_SENDER}")).to_be_focused()
    axe(page)

    page.keyboard.press("Enter")
    reach(page, page.get_by_role("dialog").get_by_role("button", name=f"Resume {OTHER_SENDER}"))
    page.keyboard.press("Enter")

    expect(row.get_by_role("cell", name="Active", exact=True)).to_be_visible()
    assert senders(own_watch, US)[OTHER_SENDER] == {"paused": False, "active": True}


def test_who_resumes_is_told_how_many_texts_that_lets_out(own_watch: Watch) -> None:
    system = own_watch.shop.system
    page = own_watch.signed_in(f"/accounts/{own_watch.shop.planted.ids[SALES]}")
    before = waiting(own_watch)
    assert before["waiting"] > 0

    page.get_by_role("button", name="Resume", exact=True).click()
    dialog = page.get_by_role("dialog", name=f"Resume {SALES}")
    going = before["waiting"] - before["expiring"]
    expect(dialog).to_contain_text(f"{going} text{'' if going == 1 else 's'} will go out, the oldest first")
    expect(dialog).to_contain_text(
        f"{before['expiring']} text{'' if before['expiring'] == 1 else 's'} will have expired"
    )
    dialog.get_by_role("button", name=f"Resume {SALES}").click()

    pause = page.get_by_role("button", name="Pause", exact=True)
    expect(pause).to_be_focused()
    until(lambda: waiting(own_watch)["waiting"] == 0, what="nothing that waits")
    assert account(own_watch, SALES)["paused"] is False

    pause.click()
    page.get_by_role("dialog").get_by_label("Note").fill("The printer is on fire")
    page.get_by_role("dialog").get_by_role("button", name=f"Pause {SALES}").click()
    expect(page.get_by_text("The printer is on fire")).to_be_visible()
    assert account(own_watch, SALES)["pauseNote"] == "The printer is on fire"

    page.get_by_role("link", name="Accounts", exact=True).click()
    page.get_by_role("button", name="Pause everything").click()
    page.get_by_role("dialog").get_by_role("button", name="Pause everything").click()
    everything = page.get_by_role("button", name="Resume everything")
    expect(everything).to_be_focused()
    assert system.ask("{ sendingPaused }") == {"sendingPaused": True}
    cards = page.get_by_role("list", name="Accounts", exact=True)
    expect(cards.get_by_text("Paused with everything")).to_have_count(4)
    expect(cards.get_by_role("button", name=re.compile("^(Pause|Resume)"))).to_have_count(0)

    page.get_by_role("region", name="Everything is paused").get_by_role("button").click()
    dialog = page.get_by_role("dialog", name="Resume everything")
    whole = system.ask("{ resumePreview { waiting expiring } }")["resumePreview"]
    expect(dialog).to_contain_text(f"{whole['waiting'] - whole['expiring']} texts will go out")
    dialog.get_by_role("button", name="Resume everything").click()
    expect(cards.get_by_role("button", name="Pause", exact=True)).to_have_count(3)
    expect(cards.get_by_role("button", name="Resume", exact=True)).to_have_count(1)
    assert system.ask("{ sendingPaused }") == {"sendingPaused": False}


def test_a_key_is_rotated_step_by_step_and_nothing_secret_is_read_back(own_watch: Watch) -> None:
    page = own_watch.signed_in(f"/accounts/{own_watch.shop.planted.ids[US]}?tab=keys")
    keys = page.get_by_role("region", name="API keys")
    expect(keys.locator("[aria-current=step]")).to_contain_text("Add a new one.")
    keys.get_by_role("button", name="Add an API key").click()
    dialog = page.get_by_role("dialog", name="Add an API key")
    dialog.get_by_label("SID").fill(STANDARD_KEY_SID)
    page.keyboard.press("Escape")
    dialog.get_by_label("Secret").fill("wrong")
    dialog.get_by_role("button", name="Check and add").click()
    expect(dialog.get_by_role("alert")).to_contain_text("It was not added")
    dialog.get_by_label("Secret").fill(STANDARD_KEY_SECRET)
    dialog.get_by_role("button", name="Check and add").click()
    expect(keys.get_by_role("row", name=STANDARD_KEY_SID)).to_contain_text("Standby")
    expect(keys.locator("[aria-current=step]")).to_contain_text("Promote it")

    promote = keys.get_by_role("button", name=f"Promote {STANDARD_KEY_SID}")
    question = page.get_by_role("dialog", name="Promote")
    with late(page, "PromoteKey") as slow:
        promote.click()
        question.get_by_role("button", name="Promote").click()
        until(lambda: page.evaluate("1") and slow.waiting, what="a request to promote it")
        expect(question.get_by_role("button", name="Not now")).to_be_disabled()
        page.keyboard.press("Escape")
        [asked] = slow.waiting
        asked.fulfill(json={"data": {"destinationKeyPromote": {"destination": None, "errors": [REFUSAL]}}})
        expect(question.get_by_role("alert")).to_contain_text("The provider is asleep.")
    question.get_by_role("button", name="Not now").click()
    expect(question).to_have_count(0)
    promote.click()
    expect(question).to_contain_text("The provider is asked once more")
    expect(question.get_by_role("alert")).to_have_count(0)
    question.get_by_role("button", name="Promote").click()
    expect(keys.get_by_role("row", name=STANDARD_KEY_SID)).to_contain_text("Active")
    expect(keys.locator("[aria-current=step]")).to_contain_text("Remove the old one")
    keys.get_by_role("button", name=f"Remove {API_KEY_SID}").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()

    expect(keys.get_by_role("row", name=API_KEY_SID)).to_have_count(0)
    assert account(own_watch, US)["settings"]["apiKeys"] == [{"sid": STANDARD_KEY_SID, "state": "ACTIVE"}]
    assert account(own_watch, US)["status"] == "VERIFIED"
    axe(page)

    page.get_by_role("button", name="Rotate the webhook secret").click()
    page.get_by_role("dialog").get_by_role("button", name="Rotate the webhook secret").click()
    shown = page.get_by_role("dialog", name="Webhook secret")
    secret = shown.locator("code").inner_text()
    assert secret.startswith("whsec_")
    shown.get_by_role("button", name="I have kept it").click()
    expect(shown).to_have_count(0)
    assert secret not in page.content()


def test_what_somebody_else_saved_meanwhile_is_shown_and_mine_goes_on_top(own_watch: Watch) -> None:
    ids = own_watch.shop.planted.ids
    page = own_watch.signed_in(f"/accounts/{ids[US]}?tab=policy")
    form = page.get_by_role("form", name="Rules")
    form.get_by_label("Texts a day", exact=True).fill("500")
    before = account(own_watch, US)
    own_watch.shop.system.change(
        "destinationUpdate",
        "DestinationUpdateInput",
        "destination { id }",
        {
            "id": ids[US],
            "expectedRevision": before["revision"],
            "policy": {"perRecipientDailyLimit": 3, "optOutWords": False},
        },
    )

    form.get_by_role("button", name="Save").click()

    conflict = form.get_by_role("alert")
    expect(conflict).to_contain_text("Somebody else saved meanwhile")
    expect(conflict).to_contain_text("Texts to one number a day: 6 → 3")
    expect(conflict).to_contain_text("Say how to opt out: true → false")
    conflict.get_by_role("button", name="Save mine on top").click()
    expect(conflict).to_have_count(0)
    expect(form.get_by_role("button", name="Discard")).to_have_count(0)
    saved = account(own_watch, US)["policy"]
    assert (saved["dailyMessageLimit"], saved["perRecipientDailyLimit"], saved["optOutWords"]) == (
        500,
        3,
        False,
    )


def test_what_was_typed_is_not_lost_without_a_word(watch: Watch) -> None:
    ids = watch.shop.planted.ids
    page = watch.signed_in(f"/accounts/{ids[US]}?tab=settings")
    name = page.get_by_role("textbox", name="Name", exact=True)
    leaving = page.get_by_role("dialog", name="Leave without saving?")

    def stay() -> None:
        axe(page, schemes=("light",))
        leaving.get_by_role("button", name="Stay").click()
        expect(leaving).to_have_count(0)
        expect(name).to_have_value("Typed")

    name.fill("Typed")
    page.get_by_role("tab", name="Rules").click()
    stay()
    page.get_by_role("link", name="People", exact=True).click()
    leaving.get_by_role("button", name="Leave").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("People")

    page.get_by_role("link", name="Accounts", exact=True).click()
    page.get_by_role("link", name="Add an account").click()
    name.fill("Typed")
    page.get_by_role("link", name="People", exact=True).click()
    stay()
    name.clear()
    page.get_by_role("link", name="People", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("People")

    watch.open(page, f"/settings/sources?open={ids['Shop server']}")
    name.fill("Typed")
    page.mouse.click(10, 400)
    stay()
    page.keyboard.press("Escape")
    stay()
    name.press("Escape")
    expect(leaving.get_by_role("button", name="Stay")).to_be_focused()
    page.keyboard.press("Escape")
    expect(leaving).to_have_count(0)
    expect(name).to_be_focused()
    page.get_by_role("dialog").get_by_role("button", name="Undo").click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_sender_is_swapped_connected_and_an_account_deleted_with_what_hangs_on_it(own_watch: Watch) -> None:
    ids = own_watch.shop.planted.ids
    page = own_watch.signed_in(f"/accounts/{ids[SALES]}")
    page.get_by_role("button", name=f"Details of {OTHER_SENDER}", exact=True).click()
    drawer = page.get_by_role("dialog", name=OTHER_SENDER)
    drawer.get_by_role("button", name="Connect", exact=True).click()
    expect(drawer).to_contain_text("It comes here: into the inbox")
    page.keyboard.press("Escape")
    page.get_by_role("button", name=f"Details of {SENDER}", exact=True).click()
    drawer = page.get_by_role("dialog", name=SENDER)
    expect(drawer.get_by_role("link", name="Flash sale")).to_be_visible()
    drawer.get_by_label("The one that takes its place").select_option(label=SHORT_CODE)
    drawer.get_by_role("button", name="Swap").click()
    expect(drawer).to_contain_text(f"{SHORT_CODE} has taken the place of {SENDER}.")
    mapping = own_watch.shop.system.ask(
        "query($id: ID!) { mapping(id: $id) { fields } }", id=ids["Flash sale"]
    )
    assert mapping["mapping"]["fields"]["from"] == SHORT_CODE
    axe(page)
    page.keyboard.press("Escape")
    expect(drawer).to_have_count(0)

    page.get_by_role("button", name="Delete").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("1 source will be disconnected: Shop server")
    expect(dialog).to_contain_text("1 mapping will be deleted: Flash sale")
    delete = dialog.get_by_role("button", name="Delete Flash sales")
    expect(delete).to_be_disabled()
    dialog.get_by_label("Yes, end all of this").check()
    delete.click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Accounts")
    expect(page.get_by_role("link", name="Flash sales")).to_have_count(0)
    gone = own_watch.shop.system.ask(
        "query($id: ID!) { mapping(id: $id) { deletedAt } }", id=ids["Flash sale"]
    )
    assert gone["mapping"] is None or gone["mapping"]["deletedAt"] is not None


def test_a_viewer_reads_how_accounts_stand_and_is_offered_no_change(watch: Watch) -> None:
    page = watch.signed_in("/accounts", Role.VIEWER)
    expect(page.get_by_role("list", name="Accounts").get_by_role("listitem")).to_have_count(4)
    europe = page.get_by_role("listitem").filter(has_text="Bookshop Europe")
    expect(europe).to_contain_text("Failed")
    expect(europe).to_contain_text("Twilio answered 401 Authenticate")
    stats = page.locator("dl[aria-label=Accounts]")
    expect(stats).to_contain_text("Connected4")
    assert main(page).get_by_role("button").all_inner_texts() == ["As an operation of the API"]

    page.get_by_role("link", name=US, exact=True).click()

    expect(page.get_by_role("row", name=OTHER_SENDER)).to_have_count(0)
    tabs = ["Senders", "Settings", "Templates", "Rules", "Sources", "Webhooks", "Audit log"]
    expect(page.get_by_role("tab")).to_have_text(tabs)
    for tab in tabs:
        page.get_by_role("tab", name=tab).click()
        watch.stands(page)
        axe(page, schemes=("light",))
        for name in ("Save", "Pause", "Connect", "Sync senders", "Send a test", "Delete", "Verify again"):
            expect(main(page).get_by_role("button", name=name, exact=True)).to_have_count(0)


def main(page: Page) -> Locator:
    return page.get_by_role("main")


def reach(page: Page, wanted: Locator) -> None:
    """Press Tab until the focus is there."""
    expect(wanted).to_be_visible()
    there = wanted.element_handle()
    for _ in range(MOST_TABS):
        if there.evaluate("(there) => there === document.activeElement"):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"{wanted} is not reached by {MOST_TABS} tabs")


def account(watch: Watch, name: str) -> dict[str, Any]:
    """The account of that name, as the API has it."""
    found = watch.shop.system.ask(
        "{ destinations(first: 100) { edges { node { id name status paused pauseNote revision sources { name } "
        "policy { quietHoursStart allowedCountries dailyMessageLimit perRecipientDailyLimit optOutWords } "
        "settings { ... on TwilioEngageSettings { apiKeys { sid state } } } } } } }"
    )
    nodes: list[dict[str, Any]] = [edge["node"] for edge in found["destinations"]["edges"]]
    return next(one for one in nodes if one["name"] == name)


def senders(watch: Watch, name: str) -> dict[str, dict[str, bool]]:
    """How each sender of an account stands, by its address."""
    found = watch.shop.system.ask(
        "query($id: ID!) { destination(id: $id) { senders { edges { node { address paused active } } } } }",
        id=watch.shop.planted.ids[name],
    )
    nodes = [edge["node"] for edge in found["destination"]["senders"]["edges"]]
    return {one.pop("address"): one for one in nodes}


def waiting(watch: Watch) -> dict[str, int]:
    """How many texts of the paused account wait, and how many of them would expire."""
    found = watch.shop.system.ask(
        "query($id: ID!) { resumePreview(destinationId: $id) { waiting expiring } }",
        id=watch.shop.planted.ids[SALES],
    )
    preview: dict[str, int] = found["resumePreview"]
    return preview
