import re
import shutil
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from playwright.sync_api import sync_playwright

from destinations.twilio_engage.simulator import (
    ACCOUNT_SID,
    AUTH_TOKEN,
    QUICK_REPLY_TEMPLATE_SID,
    SENDER,
    WHATSAPP_SENDER,
    Simulator,
    create_app,
)

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"
MARKUP = "<img src=x onerror=\"document.title='run'\"><b>bold</b> & more"


async def test_the_page_may_load_nothing_from_elsewhere(twilio: Any) -> None:
    answer = await twilio.http.get("/")

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert answer.headers["Content-Security-Policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    addresses = re.findall(r'(?:src|href)="([^"]*)"', answer.text)
    assert [address for address in addresses if not address.startswith(("/_simulator/", "#", "data:"))] == []
    assert "<style" not in answer.text
    assert " style=" not in answer.text


@pytest.mark.parametrize(("name", "media_type"), [("phone.js", "text/javascript"), ("phone.css", "text/css")])
async def test_serves_its_script_and_its_style(twilio: Any, name: str, media_type: str) -> None:
    answer = await twilio.http.get(f"/_simulator/{name}")

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, f"{media_type}; charset=utf-8")
    assert "://" not in answer.text.replace("${location.origin}", "")


async def test_the_script_writes_no_markup(twilio: Any) -> None:
    script = (await twilio.http.get("/_simulator/phone.js")).text

    assert re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", script) == []


@pytest.mark.browser
@pytest.mark.network
@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")
def test_shows_texts_as_they_are_on_a_phone(serve: Callable[..., Any]) -> None:
    simulator = Simulator(step=None)
    auth = (ACCOUNT_SID, AUTH_TOKEN)

    with (
        serve(simulator.app) as url,
        httpx.Client(base_url=url, auth=auth) as client,
        sync_playwright() as playwright,
    ):
        for form in (
            {"To": "+12025550142", "Body": MARKUP, "MediaUrl": "https://media.example/a/parcel.jpg"},
            {"To": "+12025550143", "Body": "to another"},
            {"To": "+15005550001", "Body": "to nobody"},
        ):
            client.post(MESSAGES, data={"From": SENDER} | form)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(url + "/#" + "%2B12025550142")
        bubble = page.locator("#messages p.bubble")
        bubble.wait_for()
        people = page.locator(".person .number").all_text_contents()
        shown: dict[str, Any] = {
            "text": bubble.text_content(),
            "elements": page.locator("#messages p.bubble > *").count(),
            "media": page.locator("#messages a.media").get_attribute("href"),
            "meta": page.locator("#messages .meta").text_content(),
            "title": page.title(),
        }
        client.post("/_simulator/advance", json={})
        client.post("/_simulator/advance", json={})
        page.locator("#messages .ticks.delivered").wait_for()
        page.goto(url + "/#" + "%2B15005550001")
        refusal = page.locator("#messages .text.refused .bad").text_content()
        page.goto(url + "/#" + "%2B12025550199")
        empty = page.locator("#messages .nothing").text_content(), page.locator("#name").text_content()
        browser.close()

    assert empty == ("This phone got nothing yet. What is sent to it appears here.", "+1 (202) 555-0199")
    assert sorted(people) == ["+1 (202) 555-0142", "+1 (202) 555-0143", "+1 (500) 555-0001"]
    assert shown["text"] == MARKUP
    assert shown["elements"] == 0
    assert shown["media"] == "https://media.example/a/parcel.jpg"
    assert re.match(r"queued · .* · 1 segment$", shown["meta"])
    assert shown["title"] == "Phone · Twilio stand-in"
    assert refusal == "refused · 21211 Invalid 'To' phone number: +15005550001"
    assert complaints == []


@pytest.mark.browser
@pytest.mark.network
@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")
def test_a_person_answers_on_their_phone(serve: Callable[..., Any]) -> None:
    simulator = Simulator(step=None)

    with (
        serve(simulator.app) as url,
        httpx.Client(base_url=url, auth=(ACCOUNT_SID, AUTH_TOKEN)) as client,
        sync_playwright() as playwright,
    ):
        form = {"To": "whatsapp:+12025550142", "From": WHATSAPP_SENDER}
        client.post(MESSAGES, data=form | {"ContentSid": QUICK_REPLY_TEMPLATE_SID})
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(url + "/")
        page.locator("#messages p.bubble").wait_for()
        buttons = page.locator("#messages p.button").all_text_contents()
        page.locator("#words").fill(MARKUP)
        page.locator("#words").press("Enter")
        said = page.locator("#messages .said p.bubble")
        said.wait_for()
        shown = said.text_content()
        people = page.locator(".person").count()
        browser.close()

    assert buttons == ["Yes", "Not Friday"]
    assert (shown, people) == (MARKUP, 1)
    assert [(one.from_, one.draft.to.text, one.body) for one in simulator.inbound] == [
        ("whatsapp:+12025550142", WHATSAPP_SENDER, MARKUP)
    ]
    assert complaints == []


@pytest.mark.browser
@pytest.mark.network
@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")
@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [(200, "heard", "the gateway heard it (200)"), (403, "bad", "the gateway did not take it: 403")],
)
def test_opens_on_a_text_that_arrived_and_says_whether_a_reply_was_heard(
    serve: Callable[..., Any], answer: int, kind: str, words: str
) -> None:
    async def gateway(scope: Any, _receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            paths.append(scope["path"])
            await send({"type": "http.response.start", "status": answer, "headers": []})
            await send({"type": "http.response.body"})

    paths: list[str] = []
    with (
        serve(Simulator(step=None).app) as url,
        serve(gateway) as there,
        httpx.Client(base_url=url, auth=(ACCOUNT_SID, AUTH_TOKEN)) as client,
        sync_playwright() as playwright,
    ):
        told = {"From": SENDER, "StatusCallback": f"{there}/webhooks/dst_1/status?delivery=d1#rc=0"}
        client.post(MESSAGES, data=told | {"To": "+12025550142", "Body": "arrived"})
        client.post("/_simulator/advance", json={})
        client.post(MESSAGES, data=told | {"To": "+15005550001", "Body": "to nobody"})
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(url + "/")
        page.locator("#messages p.bubble").wait_for()
        shown = page.locator("#messages p.bubble").all_text_contents()
        rows = page.locator(".person .last").all_text_contents()
        back = page.locator("#gateway").get_attribute("href")
        page.locator("#words").fill("hello")
        page.locator("#words").press("Enter")
        said = page.locator(f"#messages .said .{kind}").text_content()
        browser.close()

    assert shown == ["arrived"]
    assert rows[1] == "SMS · arrived"
    assert rows[0].startswith("SMS · ⚠ 21211")
    assert back == f"{there}/"
    assert said == words
    assert paths == ["/webhooks/dst_1/status", "/webhooks/dst_1/inbound"]


@pytest.mark.network
def test_the_factory_makes_an_app_that_is_ready_to_be_served(serve: Callable[..., Any]) -> None:
    with serve(create_app()) as url:
        page = httpx.get(url)
        account = httpx.get(f"{url}/2010-04-01/Accounts/{ACCOUNT_SID}.json", auth=(ACCOUNT_SID, AUTH_TOKEN))

    assert (page.status_code, account.status_code) == (200, 200)
