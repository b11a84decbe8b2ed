from collections.abc import Callable
from typing import Any

import httpx
import pytest

from destinations.twilio_engage.simulator import (
    ACCOUNT_SID,
    DEFAULT_TEMPLATES,
    REJECTED_TEMPLATE_SID,
    STANDARD_KEY_SECRET,
    STANDARD_KEY_SID,
    TEMPLATE_SID,
    TEST_ACCOUNT_SID,
    TEST_AUTH_TOKEN,
    UNSUBMITTED_TEMPLATE_SID,
    Account,
    Simulator,
    Template,
)

URL = f"http://127.0.0.1/v1/Content/{TEMPLATE_SID}"
UNKNOWN = f"HX{9:032d}"
NEW = {
    "friendly_name": "hello",
    "language": "en",
    "variables": {"1": "Ada"},
    "types": {"twilio/text": {"body": "Hello {{1}} there"}},
}


async def test_shows_a_template(twilio: Any) -> None:
    answer = await twilio.http.get(f"/v1/Content/{TEMPLATE_SID}")

    assert answer.status_code == 200
    assert answer.json() == {
        "date_created": "2026-01-05T08:00:00Z",
        "date_updated": "2026-01-05T08:00:00Z",
        "sid": TEMPLATE_SID,
        "account_sid": ACCOUNT_SID,
        "friendly_name": "order_on_its_way",
        "language": "en",
        "variables": {"1": "Ada", "2": "A-1001"},
        "types": {"twilio/text": {"body": "Hello {{1}}, your order {{2}} is on its way."}},
        "url": URL,
        "links": {
            "approval_create": f"{URL}/ApprovalRequests/whatsapp",
            "approval_fetch": f"{URL}/ApprovalRequests",
        },
    }


async def test_addresses_are_on_the_host_that_was_called(simulator: Simulator, connect: Any) -> None:
    async with connect(simulator) as client:
        answer = await client.get(f"https://content.twilio.com/v1/Content/{TEMPLATE_SID}")

    assert answer.json()["url"] == f"https://content.twilio.com/v1/Content/{TEMPLATE_SID}"


async def test_lists_the_templates_page_by_page(twilio: Any) -> None:
    first = (await twilio.http.get("/v1/Content", params={"PageSize": 6})).json()
    second = (await twilio.http.get(first["meta"]["next_page_url"])).json()

    base = "http://127.0.0.1/v1/Content?PageSize=6"
    assert [one["sid"] for one in first["contents"] + second["contents"]] == [
        template.sid for template in DEFAULT_TEMPLATES
    ]
    assert (len(first["contents"]), len(second["contents"])) == (6, 4)
    assert first["meta"] == {
        "page": 0,
        "page_size": 6,
        "first_page_url": f"{base}&Page=0",
        "previous_page_url": None,
        "next_page_url": f"{base}&Page=1&PageToken=PA{DEFAULT_TEMPLATES[5].sid}",
        "url": f"{base}&Page=0",
        "key": "contents",
    }
    assert second["meta"]["next_page_url"] is None
    assert second["meta"]["previous_page_url"] == f"{base}&Page=0&PageToken=PB{DEFAULT_TEMPLATES[6].sid}"


async def test_the_list_with_approvals_has_them_flat_and_no_addresses(twilio: Any) -> None:
    page = (await twilio.http.get("/v1/ContentAndApprovals")).json()

    shown = {one["sid"]: one for one in page["contents"]}
    assert page["meta"]["key"] == "contents"
    assert set(shown[TEMPLATE_SID]) == {
        "date_created",
        "date_updated",
        "sid",
        "account_sid",
        "friendly_name",
        "language",
        "variables",
        "types",
        "approval_requests",
    }
    assert shown[REJECTED_TEMPLATE_SID]["approval_requests"] == {
        "name": "win_a_prize",
        "category": "MARKETING",
        "content_type": "twilio/text",
        "status": "rejected",
        "rejection_reason": "INVALID_FORMAT",
        "allow_category_change": True,
    }
    assert shown[UNSUBMITTED_TEMPLATE_SID]["approval_requests"]["status"] == "unsubmitted"


async def test_shows_the_approval_of_a_template(twilio: Any) -> None:
    answer = await twilio.http.get(f"/v1/Content/{TEMPLATE_SID}/ApprovalRequests")

    assert answer.json() == {
        "sid": TEMPLATE_SID,
        "account_sid": ACCOUNT_SID,
        "whatsapp": {
            "type": "whatsapp",
            "name": "order_on_its_way",
            "category": "UTILITY",
            "content_type": "twilio/text",
            "status": "approved",
            "rejection_reason": "",
            "allow_category_change": True,
        },
        "url": f"{URL}/ApprovalRequests",
    }


async def test_a_template_that_was_never_submitted_has_no_approval(twilio: Any) -> None:
    answer = await twilio.http.get(f"/v1/Content/{UNSUBMITTED_TEMPLATE_SID}/ApprovalRequests")

    assert (answer.status_code, answer.json()["whatsapp"]) == (200, None)


async def test_a_template_is_created_submitted_approved_and_deleted(twilio: Any) -> None:
    created = await twilio.http.post("/v1/Content", json=NEW)
    path = f"/v1/Content/{created.json()['sid']}"
    submitted = await twilio.http.post(
        f"{path}/ApprovalRequests/whatsapp", json={"name": "hello_1", "category": "UTILITY"}
    )
    again = await twilio.http.post(
        f"{path}/ApprovalRequests/whatsapp", json={"name": "hello_2", "category": "UTILITY"}
    )
    judged = await twilio.control("approval", sid=created.json()["sid"], status="approved")
    approved = await twilio.http.get(f"{path}/ApprovalRequests")
    deleted = await twilio.http.delete(path)
    gone = await twilio.http.get(path)

    assert created.status_code == 201
    assert {key: created.json()[key] for key in NEW} == NEW
    assert created.json()["date_created"] == "2026-11-21T09:30:00Z"
    assert (submitted.status_code, submitted.json()["status"]) == (201, "received")
    assert (again.status_code, again.json()["code"]) == (409, 92009)
    assert judged.json() == {"sid": created.json()["sid"], "status": "approved"}
    assert (approved.json()["whatsapp"]["name"], approved.json()["whatsapp"]["status"]) == (
        "hello_1",
        "approved",
    )
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert (gone.status_code, gone.json()["code"]) == (404, 20404)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"language": ""}, 20422),
        ({"types": {}}, 20422),
        ({"types": {"twilio/telepathy": {"body": "Hello"}}}, 20422),
        ({"types": {"twilio/text": "Hello"}}, 20422),
        ({"types": {"twilio/list-picker": {"body": "Where?", "button": "Shops"}}}, 20422),
        ({"types": {"twilio/quick-reply": {"body": "Well?", "actions": 3}}}, 20422),
        ({"variables": {"1": 7}}, 20422),
        ({"variables": {str(number): "a" for number in range(101)}}, 92002),
    ],
    ids=str,
)
async def test_a_template_that_is_not_whole_is_refused(
    twilio: Any, change: dict[str, Any], code: int
) -> None:
    answer = await twilio.http.post("/v1/Content", json=NEW | change)

    listed = (await twilio.http.get("/v1/Content")).json()["contents"]
    assert answer.json()["code"] == code
    assert answer.status_code == {20422: 422, 92002: 400}[code]
    assert len(listed) == len(DEFAULT_TEMPLATES)


async def test_types_without_an_end_are_refused(twilio: Any) -> None:
    endless: list[Any] = []
    for _ in range(400):
        endless = [endless]

    answer = await twilio.http.post(
        "/v1/Content", json=NEW | {"types": {"twilio/media": {"body": "Hello", "media": endless}}}
    )

    assert (answer.status_code, answer.json()["code"]) == (422, 20422)


async def test_a_place_may_be_on_the_equator(twilio: Any) -> None:
    types = {"twilio/location": {"latitude": 0.0, "longitude": 6.6}}

    answer = await twilio.http.post("/v1/Content", json=NEW | {"types": types})

    assert (answer.status_code, answer.json()["types"]) == (201, types)


@pytest.mark.parametrize("content", [b"{", b"[]", b"", b"[" * 100_000])
async def test_a_body_that_is_no_json_object_is_refused(twilio: Any, content: bytes) -> None:
    answer = await twilio.http.post("/v1/Content", content=content)

    assert (answer.status_code, answer.json()["code"]) == (422, 20422)


@pytest.mark.parametrize(
    "submission",
    [{}, {"name": "Hello!", "category": "UTILITY"}, {"name": "hello", "category": "SPAM"}],
    ids=str,
)
async def test_a_submission_needs_a_name_and_a_category(twilio: Any, submission: dict[str, str]) -> None:
    answer = await twilio.http.post(
        f"/v1/Content/{UNSUBMITTED_TEMPLATE_SID}/ApprovalRequests/whatsapp", json=submission
    )

    shown = await twilio.http.get(f"/v1/Content/{UNSUBMITTED_TEMPLATE_SID}/ApprovalRequests")
    assert (answer.status_code, answer.json()["code"]) == (422, 20422)
    assert shown.json()["whatsapp"] is None


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"/v1/Content/{UNKNOWN}"),
        ("DELETE", f"/v1/Content/{UNKNOWN}"),
        ("GET", f"/v1/Content/{UNKNOWN}/ApprovalRequests"),
        ("POST", f"/v1/Content/{UNKNOWN}/ApprovalRequests/whatsapp"),
    ],
)
async def test_an_unknown_template_is_not_found(twilio: Any, method: str, path: str) -> None:
    answer = await twilio.http.request(method, path)

    assert (answer.status_code, answer.json()["code"]) == (404, 20404)


async def test_a_template_belongs_to_its_account(
    make_simulator: Callable[..., Simulator], connect: Callable[..., httpx.AsyncClient]
) -> None:
    other = Account(f"AC{9:032d}", "token", templates=(Template(UNKNOWN, "other", {}),))
    simulator = make_simulator(accounts=[Account(ACCOUNT_SID, "own"), other])

    async with connect(simulator, (ACCOUNT_SID, "own")) as client:
        answer = await client.get(f"/v1/Content/{UNKNOWN}")

    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("auth", "status", "code"),
    [
        (None, 401, 20003),
        ((ACCOUNT_SID, "wrong"), 401, 20003),
        ((TEST_ACCOUNT_SID, TEST_AUTH_TOKEN), 403, 20008),
        ((STANDARD_KEY_SID, STANDARD_KEY_SECRET), 200, None),
    ],
    ids=["nobody", "wrong", "test credentials", "standard key"],
)
@pytest.mark.parametrize("path", ["/v1/Content", "/v1/ContentAndApprovals", f"/v1/Content/{TEMPLATE_SID}"])
async def test_asks_who_calls(
    simulator: Simulator,
    connect: Callable[..., httpx.AsyncClient],
    path: str,
    auth: tuple[str, str] | None,
    status: int,
    code: int | None,
) -> None:
    async with connect(simulator, auth) as client:
        answer = await client.get(path)

    assert (answer.status_code, answer.json().get("code")) == (status, code)


@pytest.mark.parametrize(
    ("verdict", "complaint"),
    [
        ({"sid": UNKNOWN, "status": "approved"}, f"no account has a template {UNKNOWN}"),
        ({"sid": TEMPLATE_SID, "status": "liked"}, "status"),
        ({"sid": TEMPLATE_SID}, "status: Field required"),
        ({"sid": TEMPLATE_SID, "status": "approved", "why": ""}, "why: Extra inputs are not permitted"),
    ],
    ids=str,
)
async def test_a_verdict_that_makes_no_sense_is_refused(
    twilio: Any, verdict: dict[str, str], complaint: str
) -> None:
    answer = await twilio.control("approval", **verdict)

    assert answer.status_code == 400
    assert complaint in answer.json()["error"]


async def test_a_verdict_changes_what_is_shown_until_a_reset(twilio: Any) -> None:
    async def shown() -> tuple[str, str, str]:
        answer = await twilio.http.get(f"/v1/Content/{TEMPLATE_SID}/ApprovalRequests")
        approval = answer.json()["whatsapp"]
        return approval["status"], approval["category"], approval["rejection_reason"]

    await twilio.control(
        "approval", sid=TEMPLATE_SID, status="rejected", category="MARKETING", rejection_reason="SPAM"
    )
    after = await shown()
    await twilio.control("reset")

    assert after == ("rejected", "MARKETING", "SPAM")
    assert await shown() == ("approved", "UTILITY", "")


async def test_a_template_may_be_made_unsubmitted_again(twilio: Any) -> None:
    await twilio.control("approval", sid=TEMPLATE_SID, status="unsubmitted")

    answer = await twilio.http.get(f"/v1/Content/{TEMPLATE_SID}/ApprovalRequests")
    assert answer.json()["whatsapp"] is None
