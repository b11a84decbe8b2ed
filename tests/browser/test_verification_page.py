"""A verification as somebody sees it who waits for it."""

import signal

import pytest
from playwright.sync_api import expect

from tests.browser.watching import Watch, axe

pytestmark = pytest.mark.browser


def test_checks_come_one_by_one_while_the_provider_is_asked(own_watch: Watch) -> None:
    shop = own_watch.shop
    page = own_watch.signed_in(f"/accounts/{shop.planted.ids['Newsletter trial']}")
    checks = page.get_by_role("region", name="Verification")
    shop.system.simulator.send_signal(signal.SIGSTOP)  # the provider takes its time

    page.get_by_role("button", name="Verify", exact=True).click()

    expect(checks.get_by_role("status")).to_have_text(
        "The provider is asked. This takes half a minute at most."
    )
    expect(checks.get_by_role("listitem")).to_have_text(["Settings passed"])
    shop.system.simulator.send_signal(signal.SIGCONT)
    expect(checks.get_by_role("status")).not_to_contain_text("The provider is asked")
    axe(page)
