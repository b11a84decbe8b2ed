"""What any Segment SDK posts, and what it hears."""

import asyncio
import base64
from typing import TYPE_CHECKING, Any

import pytest

from gateway.errors import StoreBusy, StoreUnavailable
from gateway.ingest import backlog, decode
from gateway.ingest.endpoints import IngestApp
from gateway.ingest.limits import BATCH_BYTES, LINGER_BYTES
from gateway.ingest.paths import KINDS
from gateway.jobs import JobKind, Waiting
from tests.factories import WRITE_KEY, identify, source, track
from tests.gateway.world import World

if TYPE_CHECKING:
    from tests.gateway.ingest.conftest import Api

OK = b'{"success":true}'


def basic(user: str, password: str | None = "") -> str:
    pair = user if password is None else f"{user}:{password}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


def refusal(code: str, message: str) -> dict[str, Any]:
    return {"success": False, "code": code, "message": message}


# -- what is taken ----------------------------------------------------------------------------------------------------


async def test_a_batch_is_taken_in_its_order(api: "Api") -> None:
    answer = await api.post(body={"batch": [identify(), track()], "sentAt": "2026-11-21T12:00:00Z"})

    assert (answer.status_code, answer.content) == (200, OK)
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["content-length"] == "16"
    (request,) = await api.taken()
    assert request.source_id == "src_server"
    assert [(event.type, event.message_id, event.problem) for event in request.events] == [
        ("identify", "m-0", None),
        ("track", "m-1", None),
    ]


async def test_what_is_answered_is_on_disk_by_then(api: "Api") -> None:
    seen: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b'{"batch":[{"type":"track","event":"A","userId":"u"}]}'}

    async def send(message: Any) -> None:
        seen.append((message["type"], api.world.on_disk("SELECT COUNT(*) FROM jobs")))

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/b",
        "headers": [(b"authorization", basic(WRITE_KEY).encode())],
    }
    await IngestApp(api.world.services)(scope, receive, send)

    assert seen == [("http.response.start", [(1,)]), ("http.response.body", [(1,)])]


@pytest.mark.parametrize(
    ("path", "kind"), [(path, kind) for path, kind in KINDS.items() if kind not in {"batch", "import"}]
)
async def test_every_call_has_its_path_and_its_short_spelling(api: "Api", path: str, kind: str) -> None:
    body = {"userId": "ann", "event": "A", "groupId": "g", "previousId": "p"}

    answer = await api.post(f"/v1/{path}", body)

    assert (answer.status_code, answer.content) == (200, OK)
    assert [event.type for request in await api.taken() for event in request.events] == [kind]


@pytest.mark.parametrize(
    "path", ["/v1/batch", "//v1/batch", "/v1/batch/", "//v1//batch//", "/v1/b", "/v1/import"]
)
async def test_a_batch_may_be_posted_with_any_slashes(api: "Api", path: str) -> None:
    answer = await api.post(path, {"batch": [track()]})

    assert (answer.status_code, answer.content) == (200, OK)
    (request,) = await api.taken()
    assert [event.imported for event in request.events] == [path == "/v1/import"]


@pytest.mark.parametrize(
    "label", ["application/json", "text/plain", "application/x-www-form-urlencoded", "nonsense", None]
)
async def test_the_label_of_the_body_does_not_matter(api: "Api", label: str | None) -> None:
    assert (await api.post("/v1/track", track(), content_type=label)).content == OK


async def test_the_worker_is_rung_for(api: "Api") -> None:
    await api.post("/v1/track", track())

    waiting = api.world.services.shared.wakeups.wait(JobKind.MATCH, 60)
    await asyncio.wait_for(waiting, 5)


# -- whose key --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "authorization",
    [
        basic(WRITE_KEY),
        basic(WRITE_KEY, None),
        basic(WRITE_KEY, "ignored"),
        basic(WRITE_KEY, "longer than what is remembered " * 10),
        "basic " + basic(WRITE_KEY)[6:],
    ],
)
async def test_the_write_key_is_the_user_of_basic_authentication(api: "Api", authorization: str) -> None:
    assert (await api.post("/v1/track", track(), authorization=authorization)).content == OK


async def test_the_write_key_may_be_in_the_body(api: "Api") -> None:
    one = await api.post("/v1/track", track(writeKey=WRITE_KEY), authorization=None)
    many = await api.post("/v1/batch", {"batch": [track()], "writeKey": WRITE_KEY}, authorization=None)
    bearer = await api.post("/v1/track", track(writeKey=WRITE_KEY), authorization="Bearer of-oauth")

    assert (one.content, many.content, bearer.content) == (OK, OK, OK)
    assert [request.source_id for request in await api.taken()] == ["src_server"] * 3
    assert all(WRITE_KEY not in str(row) for row in api.world.on_disk("SELECT payload FROM jobs"))


async def test_the_headers_key_wins_and_an_items_own_is_not_read(api: "Api") -> None:
    body = {"batch": [track(writeKey="wk_of_the_page")], "writeKey": WRITE_KEY}

    await api.post("/v1/batch", body, authorization=basic("wk_of_the_page"))

    assert [request.source_id for request in await api.taken()] == ["src_browser"]


@pytest.mark.parametrize(
    ("authorization", "body_key", "code"),
    [
        (None, None, "no_write_key"),
        (None, 7, "no_write_key"),
        (None, "", "no_write_key"),
        (basic(""), None, "no_write_key"),
        ("Basic ===", WRITE_KEY, "no_write_key"),
        ("Basic /////w==", None, "no_write_key"),
        ("Bearer x", None, "no_write_key"),
        (basic("wk_nobodys"), WRITE_KEY, "unknown_write_key"),
        (None, "wk_nobodys", "unknown_write_key"),
    ],
)
async def test_without_a_known_key_nothing_is_taken(
    api: "Api", authorization: str | None, body_key: Any, code: str
) -> None:
    answer = await api.post("/v1/track", track(writeKey=body_key), authorization=authorization)

    messages = {
        "no_write_key": "No write key was sent. Nothing was kept: use it as the user of Basic authentication, or as `writeKey`.",
        "unknown_write_key": "The write key is not known. Nothing was kept: take the key that sourceCreate showed.",
    }
    assert (answer.status_code, answer.json()) == (401, refusal(code, messages[code]))
    assert await api.taken() == []


async def test_a_disabled_source_takes_nothing(api: "Api") -> None:
    await api.world.configure(source(id="src_off", enabled=False, write_key_hash="0" * 64))
    await api.world.store.write(
        lambda c: c.exec_driver_sql("UPDATE sources SET enabled = 0 WHERE id = 'src_server'")
    )
    api.world.services.workspace.invalidate()

    answer = await api.post("/v1/track", track())

    message = "The source is disabled. Nothing was kept: enable it."
    assert (answer.status_code, answer.json()) == (403, refusal("source_disabled", message))
    assert await api.taken() == []


@pytest.mark.parametrize("path", ["/v1", "/v1/", "/v1/nothing", "/v1/batch/more", "/v2/batch", "/v1/Batch"])
async def test_another_path_is_a_404(api: "Api", path: str) -> None:
    answer = await api.post(path, track())

    message = "There is no such path. Post to /v1/batch, /v1/track, /v1/identify, ..."
    assert (answer.status_code, answer.json()) == (404, refusal("not_found", message))
    assert await api.taken() == []


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
async def test_another_method_is_a_405(api: "Api", method: str) -> None:
    answer = await api.client.request(method, "/v1/batch")

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST, OPTIONS")
    message = "This path answers to POST, OPTIONS alone. Nothing was kept."
    assert answer.json() == refusal("method_not_allowed", message)


async def test_head_hears_what_get_would_without_its_body(api: "Api") -> None:
    answer = await api.client.head("/v1/batch")

    assert (answer.status_code, answer.headers["allow"], answer.content) == (405, "POST, OPTIONS", b"")
    assert answer.headers["content-length"] == "117"


@pytest.mark.parametrize("path", ["/v1/track", "/v1/m", "//v1//b/", "/v1/m/"])
async def test_options_names_the_methods(api: "Api", path: str) -> None:
    answer = await api.client.options(f"http://heliograph{path}")

    assert (answer.status_code, answer.headers["allow"], answer.content) == (204, "POST, OPTIONS", b"")
    assert "content-length" not in answer.headers


@pytest.mark.parametrize("path", ["/v1/m", "//v1/m/"])
async def test_what_analytics_js_measures_of_itself_is_let_in_and_dropped(api: "Api", path: str) -> None:
    answer = await api.post(path, b'{"series":[]}', authorization=None)

    assert (answer.status_code, answer.content) == (200, OK)
    assert "connection" not in answer.headers
    assert await api.taken() == []


async def test_absurd_headers_are_refused_and_many_are_taken(api: "Api") -> None:
    many = await api.post("/v1/track", track(), **{f"x_{at}": "x" * 200 for at in range(90)})
    count = await api.post("/v1/track", track(), **{f"x_{at}": "x" for at in range(101)})
    large = await api.post("/v1/track", track(), cookie="x" * 33_000)

    message = (
        "The request has more than 100 headers, or more than 32768 bytes of them. Nothing of it was kept: send fewer, "
        "cookies among them."
    )
    assert many.content == OK
    assert [(one.status_code, one.json()) for one in (count, large)] == [
        (431, refusal("headers_too_large", message))
    ] * 2
    assert len(await api.taken()) == 1


# -- trouble on the way -----------------------------------------------------------------------------------------------


async def test_a_body_that_does_not_arrive_in_time_is_a_408(api: "Api") -> None:
    parts = iter([{"type": "http.request", "body": b'{"batch":[', "more_body": True}])

    async def receive() -> Any:
        return next(parts, None) or await asyncio.Event().wait()

    start, body = await api.call(receive, IngestApp(api.world.services, body_seconds=0.01))

    assert start["status"] == 408
    assert (b"connection", b"close") in start["headers"]
    assert b"The body did not arrive within 0.01 s. Nothing of it was kept: send it again." in body["body"]
    assert await api.taken() == []


async def test_a_client_that_hangs_up_leaves_nothing_behind(api: "Api") -> None:
    parts = iter(
        [{"type": "http.request", "body": b'{"batch":[', "more_body": True}, {"type": "http.disconnect"}]
    )

    async def receive() -> Any:
        return next(parts)

    start, body = await api.call(receive, IngestApp(api.world.services))

    assert start["status"] == 400
    assert b'"code":"cut_short"' in body["body"]
    assert await api.taken() == []


async def test_a_body_without_an_end_is_cut_off(api: "Api") -> None:
    given = 0

    async def receive() -> Any:
        nonlocal given
        given += 65_536
        return {"type": "http.request", "body": b" " * 65_536, "more_body": True}

    start, body, end = await api.call(receive, IngestApp(api.world.services))

    assert start["status"] == 400
    assert (b"connection", b"close") in start["headers"]
    assert body["body"].startswith(b'{"success":false,"code":"request_too_large"')
    assert end == {"type": "http.response.body", "body": b""}
    assert given <= BATCH_BYTES + LINGER_BYTES + 2 * 65_536


async def test_a_body_in_parts_is_put_together(api: "Api") -> None:
    whole = b'{"batch":[{"type":"track","event":"A","userId":"u"}]}'
    parts = iter(
        [{"type": "http.request", "body": whole[at : at + 1], "more_body": True} for at in range(len(whole))]
        + [{"type": "http.request"}]
    )

    async def receive() -> Any:
        return next(parts)

    start, body = await api.call(receive, IngestApp(api.world.services))

    assert (start["status"], body["body"]) == (200, OK)


@pytest.mark.parametrize(
    ("error", "code", "seconds", "message"),
    [
        (StoreBusy("Full. Try again."), "store_busy", "1", "Full. Try again."),
        (
            StoreUnavailable("No route to 10.0.0.7."),
            "store_unavailable",
            "5",
            "The store does not answer. Nothing of this request was kept: send it again.",
        ),
    ],
)
async def test_where_the_store_does_not_commit_it_says_so_and_when_to_come_back(
    api: "Api", monkeypatch: pytest.MonkeyPatch, error: Exception, code: str, seconds: str, message: str
) -> None:
    async def write(_change: Any, **_how: Any) -> None:
        raise error

    with monkeypatch.context() as trouble:
        trouble.setattr(api.world.store, "write", write)
        answer = await api.post("/v1/track", track())

    assert (answer.status_code, answer.headers["retry-after"]) == (503, seconds)
    assert answer.json() == refusal(code, message)
    assert await api.taken() == []
    assert (await api.post("/v1/track", track())).content == OK


async def test_where_too_much_waits_to_be_matched_nothing_more_is_taken(
    api: "Api", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backlog, "MOST_OF_ONE", Waiting(2, 10**9))

    answers = [await api.post("/v1/track", track()) for _ in range(3)]

    message = "Too many requests wait to be matched. Nothing of this one was kept: send it again in 10 s."
    assert [answer.status_code for answer in answers] == [200, 200, 503]
    assert (answers[2].headers["retry-after"], answers[2].json()) == ("10", refusal("queue_full", message))
    assert len(await api.taken()) == 2
    assert (await api.post("/v1/track", track(), authorization=basic("wk_of_the_page"))).content == OK


async def test_without_a_known_key_the_events_are_not_read(
    api: "Api", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decode, "read", None)

    answer = await api.post(body={"batch": [track()], "writeKey": "wk_nobodys"}, authorization=None)
    empty = await api.post(body={"batch": []}, authorization=None)

    assert (answer.status_code, answer.json()["code"]) == (401, "unknown_write_key")
    assert (empty.status_code, empty.json()["code"]) == (401, "no_write_key")


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"[" * 10_000, b'{"writeKey":"wk"'])
async def test_a_body_that_can_have_no_key_is_no_json_first(api: "Api", body: bytes) -> None:
    answer = await api.post(body=body, authorization=None)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_json")


async def test_a_bug_is_a_500_in_the_form_that_sdks_read(api: "Api", monkeypatch: pytest.MonkeyPatch) -> None:
    async def write(_change: Any, **_how: Any) -> None:
        raise RuntimeError("+12025550101")

    monkeypatch.setattr(api.world.store, "write", write)

    answer = await api.post("/v1/track", track())

    message = "The gateway failed on this request, and its log has the cause. Nothing was acknowledged: send it again."
    assert (answer.status_code, answer.json()) == (500, refusal("internal_error", message))


async def test_where_what_is_configured_can_not_be_read_it_is_a_503(
    api: "Api", monkeypatch: pytest.MonkeyPatch
) -> None:
    async def read(_query: Any) -> None:
        raise StoreUnavailable("Gone.")

    api.world.services.workspace.invalidate()
    monkeypatch.setattr(api.world.store, "read", read)

    assert (await api.post("/v1/track", track())).status_code == 503


async def test_the_same_request_again_hears_the_same_and_is_sent_once(api: "Api") -> None:
    world: World = api.world
    bodies = [await api.post(body={"batch": [identify(), track()]}) for _ in range(2)]

    for request in await api.taken():
        await world.take(*request.events)
    await world.deliver()

    assert [answer.content for answer in bodies] == [OK, OK]
    assert len(world.requests) == 1
