"""Requests that are signed with their source's shared secret, and those that should be."""

import asyncio
import gzip
import hashlib
import hmac
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from sqlalchemy import Connection

from gateway import ids
from gateway.ingest import decode
from gateway.ingest.endpoints import IngestApp
from gateway.ingest.paths import KINDS
from gateway.secrets import Secrets
from gateway.storage import refusals, sources
from tests.factories import NOW, WRITE_KEY, source, track
from tests.gateway.ingest.test_endpoints import OK, basic

if TYPE_CHECKING:
    from tests.gateway.ingest.conftest import Api

SECRET = "a secret that both of them know"
KEY = "hwk_" + "s" * 32
PATH = "/v1/events/src_signed"


def sign(body: bytes, secret: str = SECRET, name: str = "sha1") -> str:
    return hmac.new(secret.encode(), body, name).hexdigest()


def segment(call: Any) -> bytes:
    """As Segment's Webhooks write it: what is signed is what is sent."""
    return msgspec.json.encode(call)


@pytest.fixture
async def signed(api: "Api") -> "Api":
    """Beside the sources that there are, one with a secret, one whose secret is another, one that is off, and one that is gone."""
    rows: dict[str, tuple[dict[str, Any], str]] = {
        "src_signed": ({"write_key_hash": ids.digest(KEY), "path_key_allowed": True}, SECRET),
        "src_other": ({"write_key_hash": "1" * 64, "space": "elsewhere"}, "the secret of another space"),
        "src_off": ({"write_key_hash": "2" * 64, "enabled": False}, SECRET),
        "src_gone": ({"write_key_hash": "3" * 64, "deleted_at": NOW}, SECRET),
    }
    await api.world.configure(
        *(
            source(id=name, name=name, shared_secret_set_at=NOW, **given)
            for name, (given, _secret) in rows.items()
        )
    )

    def share(connection: Connection) -> None:
        for name, (_given, secret) in rows.items():
            sources.share(connection, api.world.secrets, name, secret)

    await api.world.store.write(share)
    api.world.services.workspace.invalidate()
    return api


@pytest.mark.parametrize("name", ["sha1", "sha256"])
@pytest.mark.parametrize("labeled", [False, True])
@pytest.mark.parametrize("upper", [False, True])
@pytest.mark.parametrize("body", [track(), [track(), track()], {"batch": [track()]}])
async def test_whoever_signs_the_body_needs_no_key(
    signed: "Api", name: str, labeled: bool, upper: bool, body: Any
) -> None:
    content = segment(body)
    digits = sign(content, name=name)
    written = f"{name}={digits}" if labeled else f" {digits}"

    answer = await signed.post(
        PATH, content, authorization=None, x_signature=written.upper() if upper else written
    )

    assert (answer.status_code, answer.content) == (200, OK)
    assert [request.source_id for request in await signed.taken()] == ["src_signed"]


@pytest.mark.parametrize("path", [f"{PATH}/", f"//v1//events//{PATH.rpartition('/')[2]}//"])
async def test_any_slashes_will_do(signed: "Api", path: str) -> None:
    content = segment(track())

    assert (await signed.post(path, content, authorization=None, x_signature=sign(content))).content == OK


@pytest.mark.parametrize("label", ["gzip", None])
async def test_of_a_gzip_the_bytes_that_come_are_signed(signed: "Api", label: str | None) -> None:
    plain = segment([track(), track()])
    packed = gzip.compress(plain)

    of_packed = await signed.post(
        PATH, packed, authorization=None, content_encoding=label, x_signature=sign(packed)
    )
    of_plain = await signed.post(
        PATH, packed, authorization=None, content_encoding=label, x_signature=sign(plain)
    )

    assert of_packed.content == OK
    assert (of_plain.status_code, of_plain.json()["code"]) == (401, "wrong_signature")
    assert len(await signed.taken()) == 1


async def test_a_body_in_many_pieces_is_signed_as_a_whole(signed: "Api") -> None:
    content = gzip.compress(segment([track()] * 50))
    for whole in (content, segment([track()] * 50)):
        pieces = [whole[at : at + 7] for at in range(0, len(whole), 7)]
        messages = iter(
            {"type": "http.request", "body": piece, "more_body": at < len(pieces) - 1}
            for at, piece in enumerate(pieces)
        )

        async def receive(left: Any = messages) -> Any:
            return next(left)

        headers = [(b"x-signature", sign(whole).encode())]
        start, body = await signed.call(receive, IngestApp(signed.world.services), path=PATH, headers=headers)

        assert (start["status"], body["body"]) == (200, OK)


_BODY = segment(track())
WRONG: dict[str, str | None] = {
    "none": None,
    "blank": "",
    "no hex": "x" * 40,
    "too short": sign(_BODY)[:39],
    "too long": sign(_BODY) + "0",
    "between the lengths": sign(_BODY) + "0" * 12,
    "of another secret": sign(_BODY, "a secret that both of them knew"),
    "of another space's secret": sign(_BODY, "the secret of another space"),
    "of another body": sign(_BODY + b" "),
    "another hash's label": f"sha256={sign(_BODY)}",
    "a label that is none": f"md5={sign(_BODY)}",
    "the plain hash": hashlib.sha1(_BODY, usedforsecurity=False).hexdigest(),
    "of the write key": sign(_BODY, KEY),
    "of nothing": sign(_BODY, ""),
    "two": f"{sign(_BODY)},{sign(_BODY)}",
    "in base64": "q2fCqXYtbGCJgPPCZCTkPMSRJ1I=",
}


@pytest.mark.parametrize("what", WRONG)
async def test_a_wrong_signature_opens_nothing_and_an_unknown_id_sounds_the_same(
    signed: "Api", what: str
) -> None:
    answers = [
        await signed.post(
            f"/v1/events/{name}",
            _BODY,
            authorization=basic(KEY),
            x_signature=WRONG[what],
            origin="https://a.example",
        )
        for name in ("src_signed", "src_server", "src_browser", "src_gone", "src_nobody")
    ]

    code = "not_signed" if WRONG[what] is None else "wrong_signature"
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(401, code)}
    assert len({answer.text.replace(name, "") for answer, name in zip(answers, NAMES, strict=True)}) == 1
    assert len({tuple(sorted(_headers(answer.headers).items())) for answer in answers}) == 1
    assert await signed.taken() == []


NAMES = ("src_signed", "src_server", "src_browser", "src_gone", "src_nobody")


def _headers(found: Any) -> dict[str, str]:
    return {name: value for name, value in found.items() if name != "content-length"}


async def test_the_id_is_told_back_only_where_it_looks_like_one(signed: "Api") -> None:
    known = await signed.post(PATH, _BODY, authorization=None)
    odd = await signed.post("/v1/events/src_<script>", _BODY, authorization=None)

    assert "the source `src_signed`." in known.json()["message"]
    assert "script" not in odd.text
    assert odd.json()["message"].startswith("This address takes signed requests alone. Nothing was kept: ")


async def test_a_signature_is_of_one_body_and_of_one_source(signed: "Api") -> None:
    seen = segment(track(messageId="m-1"))
    other = segment(track(messageId="m-2"))

    again = await signed.post(PATH, seen, authorization=None, x_signature=sign(seen))
    moved = await signed.post(PATH, other, authorization=None, x_signature=sign(seen))
    elsewhere = await signed.post("/v1/events/src_other", seen, authorization=None, x_signature=sign(seen))

    assert again.content == OK
    assert [(answer.status_code, answer.json()["code"]) for answer in (moved, elsewhere)] == [
        (401, "wrong_signature")
    ] * 2
    assert [request.source_id for request in await signed.taken()] == ["src_signed"]


async def test_a_disabled_source_says_so_to_whoever_knows_its_secret_alone(signed: "Api") -> None:
    right = await signed.post("/v1/events/src_off", _BODY, authorization=None, x_signature=sign(_BODY))
    wrong = await signed.post("/v1/events/src_off", _BODY, authorization=None, x_signature=sign(b""))

    assert [(answer.status_code, answer.json()["code"]) for answer in (right, wrong)] == [
        (403, "source_disabled"),
        (401, "wrong_signature"),
    ]


@pytest.mark.parametrize("path", [*(f"/v1/{path}" for path in KINDS), "/v1/events", f"/v1/events/{KEY}"])
@pytest.mark.parametrize("where", ["header", "body"])
async def test_with_a_secret_no_write_key_opens_any_path_alone(signed: "Api", path: str, where: str) -> None:
    call = {
        "type": "track",
        "userId": "ann",
        "event": "A",
        "groupId": "g",
        "previousId": "p",
        "writeKey": KEY,
    }
    content = segment({"batch": [call], "writeKey": KEY} if path[4:] in {"batch", "import", "b"} else call)
    key = basic(KEY) if where == "header" else None

    unsigned = await signed.post(path, content, authorization=key)
    wrong = await signed.post(
        path, content, authorization=key, x_signature=sign(content, "a secret of nobody")
    )
    assert await signed.taken() == []
    right = await signed.post(path, content, authorization=key, x_signature=sign(content))

    assert [(answer.status_code, answer.json()["code"]) for answer in (unsigned, wrong)] == [
        (401, "not_signed"),
        (401, "wrong_signature"),
    ]
    assert right.content == OK
    assert [request.source_id for request in await signed.taken()] == ["src_signed"]


async def test_a_source_without_a_secret_is_as_it_was_whatever_is_signed(signed: "Api") -> None:
    answer = await signed.post("/v1/track", track(), x_signature="of whoever stands in between")

    assert answer.content == OK


@pytest.mark.parametrize("path", [PATH, "/v1/events"])
async def test_what_segment_signs_of_a_batch_is_refused_with_what_to_do(signed: "Api", path: str) -> None:
    events = [track(messageId="m-1"), track(messageId="m-2")]
    first = sign(segment(events[0]))

    answer = await signed.post(path, segment(events), authorization=basic(KEY), x_signature=first)
    stranger = await signed.post(
        path,
        segment(events),
        authorization=basic(KEY),
        x_signature=sign(segment(events[0]), "a secret of nobody"),
    )
    nobody = await signed.post(
        "/v1/events/src_nobody", segment(events), authorization=None, x_signature=first
    )

    assert (answer.status_code, answer.json()["code"]) == (401, "first_event_signed")
    assert "turn batching off in the mapping at Segment (Enable Batching)" in answer.json()["message"]
    assert [(one.status_code, one.json()["code"]) for one in (stranger, nobody)] == [
        (401, "wrong_signature")
    ] * 2
    assert await signed.taken() == []


async def test_refusals_are_counted_for_the_source_that_was_named(signed: "Api") -> None:
    app = IngestApp(signed.world.services)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": _BODY}

    for path, headers in ((PATH, []), (PATH, [(b"x-signature", b"0" * 40)]), ("/v1/events/src_server", [])):
        await signed.call(receive, app, path=path, headers=headers)
    await app._refusals.flush()

    found = await signed.world.store.read(lambda c: refusals.of_many(c, ["src_signed", "src_server"]))
    assert {name: sorted(one.code for one in told) for name, told in found.items()} == {
        "src_signed": ["not_signed", "wrong_signature"]
    }


async def test_who_only_knows_an_id_takes_none_of_the_sources_room(signed: "Api") -> None:
    app = IngestApp(signed.world.services)
    opened = asyncio.Event()

    async def receive() -> Any:
        opened.set()
        return await asyncio.Event().wait()

    waiting = asyncio.create_task(signed.call(receive, app, path=PATH, headers=[(b"x-signature", b"0" * 40)]))
    await opened.wait()

    assert (list(app._pace._lanes), app._pace._nameless.open) == ([], 1)
    waiting.cancel()


async def test_the_body_is_read_into_events_only_once_it_is_known_whose_it_is(
    signed: "Api", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decode, "read", None)

    answer = await signed.post(PATH, b"[" * 1000, authorization=None, x_signature=sign(b"x"))

    assert (answer.status_code, answer.json()["code"]) == (401, "wrong_signature")


async def test_the_secret_is_kept_encrypted_and_readable_after_the_keys_were_rotated(signed: "Api") -> None:
    world = signed.world
    on_disk = str(world.on_disk("SELECT * FROM sources"))
    assert SECRET not in on_disk
    assert WRITE_KEY not in on_disk

    for path in world.path.parent.glob(f"{world.path.name}*"):
        assert SECRET.encode() not in path.read_bytes()
    rotated = Secrets(["a newer key of the tests", "a key of the tests' own"])
    found = await world.store.read(lambda c: sources.shared_secrets(c, rotated))
    assert found == {"src_signed": SECRET, "src_other": "the secret of another space", "src_off": SECRET}


async def test_nothing_shows_the_secret_that_holds_it(signed: "Api") -> None:
    snapshot = await signed.world.services.workspace.current()

    assert SECRET not in repr(snapshot)
    assert SECRET not in repr(snapshot.sources["src_signed"])
