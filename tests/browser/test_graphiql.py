from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.integration.system import until

if TYPE_CHECKING:
    from tests.browser.conftest import Seen, Server

pytestmark = pytest.mark.browser

RUN = "Execute query (Ctrl-Enter)"
READ = "__MONACO.editor.getModels().find((model) => model.uri.path.endsWith('response.json')).getValue()"


def open_signed_in(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/graphql#token={server.token}")
    wait_for_editors(page)


def wait_for_editors(page: Page) -> None:
    """Until then the run button is there and does nothing."""
    expect(page.get_by_label("Operation Editor")).to_contain_text("Overview")
    expect(page.get_by_label("Result Window").locator(".monaco-editor")).to_be_visible()


def open_tab(page: Page, name: str) -> None:
    """Go to a tab with several operations. Until its text was read, the run button runs what the tab before had."""
    page.get_by_role("tab", name=name).click()
    expect(page.get_by_label("Operation Editor")).to_contain_text(name)
    expect(page.get_by_role("button", name=RUN)).to_have_attribute("aria-haspopup", "menu")


def problem(page: Page) -> Locator:
    """The page's own alert; Monaco keeps two of its own outside."""
    return page.get_by_role("main").get_by_role("alert")


def response(page: Page) -> Any:
    """What the pane on the right holds, once it holds something; Monaco draws only the lines in view."""
    return json.loads(page.wait_for_function(f"() => {READ}").json_value())


def stored(page: Page, place: str) -> dict[str, str]:
    kept: dict[str, str] = page.evaluate(f"({{...{place}}})")
    return kept


def assert_nothing_amiss(seen: Seen) -> None:
    assert seen.foreign == []
    assert seen.errors == []


def test_opens_on_a_query_that_shows_what_became_of_every_event(
    page: Page, graphiql_server: Server, seen: Seen
) -> None:
    open_signed_in(page, graphiql_server)

    page.get_by_role("button", name=RUN).click()
    answer = response(page)

    assert "errors" not in answer
    assert answer["data"]["viewer"] == {"name": "first admin", "role": "ADMIN", "space": "default"}
    deliveries = [edge["node"] for edge in answer["data"]["deliveries"]["edges"]]
    assert [node["status"] for node in deliveries] == ["ACCEPTED", "SUPPRESSED", "REJECTED"]
    assert deliveries[1]["failedGate"] == {"gate": "consent", "detail": "nothing known"}
    assert deliveries[1]["remedy"] == "Send an opt-in with the person's identify."
    expect(page.get_by_label("Result Window")).to_contain_text('"status": "ACCEPTED"')
    assert page.title() == "Heliograph"
    assert_nothing_amiss(seen)


def test_completes_a_field_from_the_schema_in_a_worker_of_its_own(
    page: Page, graphiql_server: Server, seen: Seen
) -> None:
    open_signed_in(page, graphiql_server)

    page.get_by_role("button", name="New tab").click()
    page.get_by_label("Operation Editor").locator(".view-lines").click()
    page.keyboard.type("{ de")

    # Until the schema is there nothing is offered, and nobody asks again.
    offered = page.locator(".suggest-widget").get_by_text("deliveries", exact=True)

    def asked_for() -> int:
        page.keyboard.press("Control+Space")
        return offered.count()

    until(asked_for, what="what completes it")
    assert [worker.url for worker in page.workers if "/graphql.worker" in worker.url] != []
    assert_nothing_amiss(seen)


def test_takes_the_token_of_a_link_out_of_the_address_and_keeps_it_in_the_tab_alone(
    page: Page, graphiql_server: Server, seen: Seen
) -> None:
    open_signed_in(page, graphiql_server)

    page.get_by_role("button", name=RUN).click()
    response(page)

    assert page.url == f"{graphiql_server.url}/graphql"
    assert stored(page, "sessionStorage")["heliograph:token"] == graphiql_server.token
    assert graphiql_server.token not in json.dumps(stored(page, "localStorage"))
    assert [url for url in graphiql_server.asked if "token" in url] == []
    assert page.context.cookies() == []
    assert_nothing_amiss(seen)


def test_keeps_what_was_typed_out_of_storage_that_outlives_the_tab(
    page: Page, graphiql_server: Server, seen: Seen
) -> None:
    open_signed_in(page, graphiql_server)

    page.get_by_role("button", name=RUN).click()
    response(page)
    page.wait_for_function("sessionStorage.getItem('graphiql:tabState') !== null")

    assert stored(page, "localStorage") == {}
    assert_nothing_amiss(seen)


def test_asks_for_a_token_and_sends_nothing_until_it_has_one(
    page: Page, graphiql_server: Server, seen: Seen
) -> None:
    page.goto(f"{graphiql_server.url}/graphql")

    expect(page.get_by_role("heading", name="Sign in with an API token")).to_be_visible()

    assert graphiql_server.asked == [f"{graphiql_server.url}/graphql"]
    assert_nothing_amiss(seen)


def test_says_what_to_do_about_a_refused_token_and_forgets_it(
    page: Page, graphiql_server: Server, seen: Seen
) -> None:
    page.goto(f"{graphiql_server.url}/graphql#token=of-another-installation")

    expect(problem(page)).to_contain_text("The server refused this token")
    expect(problem(page)).to_contain_text("make another")
    assert "heliograph:token" not in stored(page, "sessionStorage")

    page.get_by_label("Token").fill(f"  Bearer {graphiql_server.token} \n")
    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("button", name=RUN)).to_be_visible()
    assert seen.foreign == []
    assert [error for error in seen.errors if "401" not in error] == []


def test_takes_no_pasted_sentence_for_a_token(page: Page, graphiql_server: Server, seen: Seen) -> None:
    page.goto(f"{graphiql_server.url}/graphql")

    page.get_by_label("Token").fill("the token of … yesterday")
    page.get_by_role("button", name="Sign in").click()

    expect(problem(page)).to_contain_text("That cannot be a token")
    assert graphiql_server.asked == [f"{graphiql_server.url}/graphql"]
    assert_nothing_amiss(seen)


def test_keeps_the_token_at_hand_when_the_server_does_not_answer(
    page: Page, graphiql_server: Server, seen: Seen
) -> None:
    page.route(
        "**/graphql", lambda route: route.abort() if route.request.method == "POST" else route.continue_()
    )

    page.goto(f"{graphiql_server.url}/graphql#token={graphiql_server.token}")

    expect(problem(page)).to_contain_text("The token could not be checked")
    expect(page.get_by_label("Token")).to_have_value(graphiql_server.token)
    assert seen.foreign == []


def test_signing_out_forgets_the_token_and_all_that_was_typed(
    page: Page, graphiql_server: Server, seen: Seen
) -> None:
    open_signed_in(page, graphiql_server)

    page.get_by_role("button", name="Sign out").click()

    expect(page.get_by_role("heading", name="Sign in with an API token")).to_be_visible()
    assert stored(page, "sessionStorage") == {}
    assert_nothing_amiss(seen)


def test_asks_again_when_the_token_stops_working_and_keeps_the_queries(
    page: Page, graphiql_server: Server, seen: Seen
) -> None:
    open_signed_in(page, graphiql_server)

    graphiql_server.refuses_everyone = True
    page.get_by_role("button", name=RUN).click()
    expect(problem(page)).to_contain_text("no longer accepts the token")
    graphiql_server.refuses_everyone = False
    page.get_by_label("Token").fill(graphiql_server.token)
    page.get_by_role("button", name="Sign in").click()
    wait_for_editors(page)
    page.get_by_role("button", name=RUN).click()

    assert len(response(page)["data"]["deliveries"]["edges"]) == 3
    assert seen.foreign == []
    assert [error for error in seen.errors if "401" not in error] == []


def type_query(page: Page, query: str, name: str) -> None:
    page.get_by_role("button", name="New tab").click()
    page.evaluate(
        "(query) => __MONACO.editor.getModels().find((m) => m.uri.path.endsWith('operation.graphql')).setValue(query)",
        query,
    )
    its_name = re.compile(rf"^{name}\b")  # "Tail" is no "LiveTail", and what closes a tab is named behind it
    expect(page.get_by_role("tab", name=its_name)).to_be_visible()


TAIL = """subscription Tail($afterSequence: ID) {
  deliveryTail(afterSequence: $afterSequence) { sequence delivery { status } }
}"""
TAILED = {
    "received": 2,
    "newestFirst": [
        {"deliveryTail": {"sequence": "2", "delivery": {"status": "ACCEPTED"}}},
        {"deliveryTail": {"sequence": "1", "delivery": {"status": "ACCEPTED"}}},
    ],
}


def test_follows_a_subscription_and_keeps_its_items_the_newest_first(
    page: Page, graphiql_server: Server, seen: Seen
) -> None:
    open_signed_in(page, graphiql_server)

    type_query(page, TAIL, "Tail")
    page.get_by_role("button", name=RUN).click()
    expect(page.get_by_label("Result Window")).to_contain_text('"received": 2')

    assert response(page) == TAILED
    assert graphiql_server.followed == [None]
    assert_nothing_amiss(seen)


def test_goes_on_behind_the_last_item_where_a_stream_broke_off(
    page: Page, graphiql_server: Server, seen: Seen
) -> None:
    graphiql_server.breaks_off = True
    open_signed_in(page, graphiql_server)

    type_query(page, TAIL, "Tail")
    page.get_by_role("button", name=RUN).click()
    page.wait_for_function(
        "() => document.querySelector('[role=status]')?.textContent.includes('The connection was lost. Trying again')"
    )
    expect(page.get_by_label("Result Window")).to_contain_text('"received": 2')

    assert response(page) == TAILED
    assert graphiql_server.followed == [None, "1"]
    assert_nothing_amiss(seen)


def test_says_in_words_what_a_change_was_refused_for(page: Page, graphiql_server: Server, seen: Seen) -> None:
    open_signed_in(page, graphiql_server)

    open_tab(page, "FirstSource")
    page.get_by_role("button", name=RUN).click()
    page.get_by_role("menuitem", name="MakeSource").click()

    expect(problem(page).get_by_role("heading")).to_have_text("One problem")
    expect(problem(page).get_by_role("listitem").locator("p")).to_have_text(
        [
            "There is a source of this name already: take another name.",
            "TAKEN · sourceCreate, at name · request req_1",
        ]
    )
    assert response(page)["data"]["sourceCreate"]["source"] is None
    page.get_by_role("tab", name="Overview").click()
    expect(problem(page)).to_have_count(0)
    assert_nothing_amiss(seen)


def test_shows_a_remedy_as_it_is_to_be_pasted(page: Page, graphiql_server: Server, seen: Seen) -> None:
    open_signed_in(page, graphiql_server)

    page.get_by_role("button", name=RUN).click()
    page.get_by_text("What to do, to copy").click()

    expect(page.locator(".remedies p")).to_have_text(["Send an opt-in with the person's identify."])
    assert_nothing_amiss(seen)


def test_says_in_words_what_a_query_was_refused_for(page: Page, graphiql_server: Server, seen: Seen) -> None:
    open_signed_in(page, graphiql_server)

    type_query(page, "query Wrong { viewer { age } }", "Wrong")
    page.get_by_role("button", name=RUN).click()

    expect(problem(page)).to_contain_text("Cannot query field 'age' on type 'Viewer'.")
    expect(problem(page)).to_contain_text("line 1, column 24")
    assert seen.foreign == []
    assert [error for error in seen.errors if "400" not in error] == []


def test_runs_queries_where_the_server_keeps_its_schema_to_itself(
    page: Page, graphiql_server: Server, seen: Seen
) -> None:
    graphiql_server.tells_its_schema = False
    open_signed_in(page, graphiql_server)

    expect(page.get_by_label("Result Window")).to_contain_text("This server does not tell its schema")
    page.get_by_role("button", name=RUN).click()
    expect(page.get_by_label("Result Window")).to_contain_text("ACCEPTED")

    assert response(page)["data"]["viewer"]["role"] == "ADMIN"
    assert seen.foreign == []
    assert [error for error in seen.errors if "400" not in error] == []


def test_says_that_a_change_may_have_been_made_where_no_answer_came(
    page: Page, graphiql_server: Server, seen: Seen
) -> None:
    open_signed_in(page, graphiql_server)

    page.route("**/graphql", lambda route: route.abort())
    page.get_by_role("button", name=RUN).click()

    expect(problem(page)).to_contain_text("may have been made all the same")
    assert seen.foreign == []


def test_each_task_has_a_tab_with_its_variables_open(page: Page, graphiql_server: Server, seen: Seen) -> None:
    open_signed_in(page, graphiql_server)

    tabs = page.locator(".graphiql-tab-button").all_text_contents()
    page.get_by_role("tab", name="Consent").click()

    assert tabs == [
        "Overview",
        "FirstSource",
        "SetUpTwilio",
        "Verify",
        "Preview",
        "WhyNoText",
        "Consent",
        "Replay",
        "LiveTail",
    ]
    expect(page.get_by_label("Variables")).to_contain_text('"phone"')
    expect(page.get_by_label("Variables").locator(".squiggly-error")).to_have_count(0)
    assert_nothing_amiss(seen)


def test_the_panes_stack_on_a_phone(page: Page, graphiql_server: Server, seen: Seen) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    open_signed_in(page, graphiql_server)

    editor, variables, result = (
        page.get_by_label(name).bounding_box() for name in ("Operation Editor", "Variables", "Result Window")
    )
    assert editor is not None
    assert variables is not None
    assert result is not None
    assert editor["y"] + editor["height"] <= variables["y"]
    assert variables["y"] + variables["height"] <= result["y"]
    assert min(editor["width"], variables["width"], result["width"]) > 300
    assert min(editor["height"], result["height"]) > 300
    assert page.evaluate("document.documentElement.scrollWidth") == 390

    page.get_by_role("button", name=RUN).click()

    expect(page.get_by_label("Result Window")).to_contain_text("ACCEPTED")
    expect(page.get_by_label("Result Window")).to_be_in_viewport(ratio=0.9)
    assert_nothing_amiss(seen)


def test_long_lines_wrap_in_the_editor_and_in_the_result(
    page: Page, graphiql_server: Server, seen: Seen
) -> None:
    open_signed_in(page, graphiql_server)

    type_query(page, "query Long { viewer { name } } # " + "long " * 80, "Long")
    page.get_by_role("button", name=RUN).click()
    response(page)

    widths = page.evaluate(
        "() => __MONACO.editor.getEditors().map((e) => [e.getScrollWidth(), e.getLayoutInfo().width])"
    )
    assert len(widths) == 3
    assert [(text, pane) for text, pane in widths if text > pane] == []
    assert_nothing_amiss(seen)
