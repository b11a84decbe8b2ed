"""A test of a page fails where the page does what none may."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from gateway.workspace import Role
from tests.browser.watching import Bookshop, Watch, axe, watched
from tests.integration.system import until

pytestmark = pytest.mark.browser

PICTURE = "const image = new Image(); image.alt = ''; image.src = 'https://elsewhere.example/a.png'; document.body.append(image)"


@pytest.fixture
def misused(browser: Browser, bookshop: Bookshop) -> Iterator[Watch]:
    """A watch whose end the test asks for itself, and the page that it looks at."""
    context = browser.new_context()
    watch = Watch(context, bookshop)
    watch.begin()
    yield watch
    context.close()


def opened(watch: Watch) -> Page:
    page = watch.signed_in()
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    watch.end()
    return page


def test_what_the_policy_refuses_is_told_with_its_directive(misused: Watch) -> None:
    page = opened(misused)

    with page.expect_console_message():
        page.evaluate(PICTURE)
    page.wait_for_function("() => document.images.length > 0")
    until(lambda: page.evaluate("true") and misused.refused, what="what the page told of it")

    assert [one.split(" (")[0] for one in misused.refused] == ["img-src: https://elsewhere.example/a.png"]
    with pytest.raises(AssertionError, match="elsewhere"):
        misused.end()


HIDE = """async (secret) => {
  document.querySelector("main").setAttribute("aria-label", secret);
  document.querySelector("main").append(Object.assign(document.createElement("textarea"), { id: "note", value: secret }));
  localStorage.setItem("kept", secret);
  sessionStorage.setItem("heliograph:token", secret);
  history.replaceState({ kept: secret }, "", `?kept=${secret}`);
  document.cookie = `kept=${secret}`;
  window.name = secret;
  await new Promise((done) => { indexedDB.open(secret).onsuccess = done });
}"""


def test_a_secret_in_the_page_is_found_wherever_it_is(misused: Watch) -> None:
    page = opened(misused)

    page.evaluate(HIDE, misused.shop.planted.canaries[0])

    with pytest.raises(AssertionError, match="holds secrets") as raised:
        misused.end()
    assert re.findall(r"\((.*)\)", str(raised.value)) == [
        "document",
        "address",
        "history",
        "cookies",
        "databases",
        "window name",
        "sessionStorage heliograph:token",
        "localStorage kept",
        "field note",
    ]


def test_a_secret_below_what_a_box_of_code_draws_is_found(misused: Watch) -> None:
    page = misused.signed_in("/mappings/new")
    box = page.get_by_role("textbox", name="Trigger", exact=True)
    box.click()
    page.keyboard.insert_text("\n" * 400 + misused.shop.planted.canaries[0])
    page.keyboard.press("ControlOrMeta+Home")
    expect(box).not_to_contain_text(misused.shop.planted.canaries[0])

    with pytest.raises(AssertionError, match=r"\(editor\)"):
        misused.end()


def test_the_token_may_be_where_the_page_keeps_it_and_nowhere_else(misused: Watch) -> None:
    page = opened(misused)
    token = misused.shop.planted.tokens[Role.ADMIN]
    assert page.evaluate("sessionStorage.getItem('heliograph:token')") == token

    page.evaluate("(token) => sessionStorage.setItem('another', token)", token)

    with pytest.raises(AssertionError, match=r"\(sessionStorage another\)"):
        misused.end()


def test_what_the_console_complains_of_is_found_unless_it_is_expected(misused: Watch) -> None:
    page = opened(misused)

    with page.expect_console_message():
        page.evaluate("console.error('It answers 401')")

    with pytest.raises(AssertionError, match="It answers 401"):
        misused.end()
    misused.expected = ["401"]
    misused.end()


def test_a_picture_that_says_nothing_is_a_violation_in_both_schemes(
    browser: Browser, bookshop: Bookshop
) -> None:
    with watched(browser, bookshop) as watch:
        page = opened(watch)

        page.evaluate("document.querySelector('main').append(new Image())")

        with pytest.raises(AssertionError, match="image-alt"):
            axe(page)


def test_words_that_are_too_pale_on_white_are_a_violation_in_the_light_scheme_alone(
    browser: Browser, bookshop: Bookshop
) -> None:
    with watched(browser, bookshop) as watch:
        page = opened(watch)

        page.evaluate(
            "() => { const words = document.createElement('p'); words.textContent = 'Pale'; words.style.color = '#ddd';"
            " document.querySelector('main').append(words) }"
        )

        with pytest.raises(AssertionError, match="light: color-contrast") as found:
            axe(page)
        assert "dark: " not in str(found.value)
