"""`heliograph deliveries --csv`: every delivery of a span, whatever the gateway does meanwhile, safe to open."""

import csv
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from rich.console import Console

from destinations.kit import Reason
from gateway import deliveries_command
from gateway.deliveries import DeliveryStatus
from gateway.deliveries_command import COLUMNS, Export, moment, opened, plain
from gateway.errors import StartupError
from gateway.remote import Remote
from gateway.workspace import Role
from tests.gateway.graphql.conftest import ADMIN, NOON, Api, Ledger

URL = "http://heliograph.test"
WAITS: list[float] = []


@pytest.fixture(autouse=True)
def waits() -> list[float]:
    WAITS.clear()
    return WAITS


async def no_time(seconds: float) -> None:
    WAITS.append(seconds)


def span(token: str = ADMIN, cursor: str | None = None) -> Export:
    """The day around noon."""
    return Export(
        Remote(URL, SecretStr(token)), NOON - timedelta(hours=12), NOON + timedelta(hours=12), cursor
    )


async def run(one: Export, client: httpx.AsyncClient, space: str | None = None) -> str:
    out = StringIO()
    await one.run(out, Console(file=StringIO()), space=space, client=client, sleep=no_time)
    return out.getvalue()


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(text)))


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliveries_command, "PAGE", 2)


class Flaky(httpx.AsyncBaseTransport):
    """The API behind a line that gives these answers first, each once: None lets one through."""

    def __init__(self, api: Api, *answers: httpx.Response | httpx.HTTPError | None) -> None:
        self._there = httpx.ASGITransport(app=api.endpoint)
        self._answers: Iterator[httpx.Response | httpx.HTTPError | None] = iter(answers)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = next(self._answers, None)
        if isinstance(answer, httpx.HTTPError):
            raise answer
        return answer or await self._there.handle_async_request(request)


async def test_a_row_has_all_that_is_known_of_a_delivery(api: Api, ledger: Ledger) -> None:
    one = await ledger.delivery(
        1,
        status=DeliveryStatus.SUPPRESSED,
        reason=Reason.OPTED_OUT,
        recipient="+12025550101",
        country="US",
        segments=2,
        price="-0.0158",
    )

    text = await run(span(), api.client)

    [row] = rows(text)
    assert list(row) == [name for name, _ in COLUMNS]
    assert row == {
        "id": one,
        "createdAt": "2026-03-01T12:00:00.000Z",
        "updatedAt": "2026-03-01T12:00:00.000Z",
        "status": "SUPPRESSED",
        "messageStatus": "",
        "reason": "OPTED_OUT",
        "channel": "SMS",
        "destination": "Pigeons",
        "destinationId": ledger.destination_id,
        "mapping": "Notes",
        "mappingId": ledger.mapping_id,
        "event": "Note Written",
        "eventId": f"evt_{1:032x}",
        "messageId": "m1",
        "userId": "u1",
        "recipient": "+12025550101",
        "country": "US",
        "sender": "",
        "messageSid": "",
        "errorCode": "",
        "errorMessage": "",
        "segments": "2",
        "price": "-0.0158",
        "attemptCount": "0",
    }


@pytest.mark.usefixtures("small_pages")
async def test_every_page_is_written_once_under_one_header(api: Api, ledger: Ledger) -> None:
    made = []
    for number in range(1, 6):
        made.append(await ledger.delivery(number))
        api.clock.advance(1)

    export = span()
    text = await run(export, api.client)

    assert [row["id"] for row in rows(text)] == made[::-1]
    assert (text.count("createdAt"), export.written) == (1, 5)


async def test_what_was_made_outside_of_the_span_is_left_out(api: Api, ledger: Ledger) -> None:
    await ledger.delivery(1)
    api.clock.advance(12 * 3600)
    await ledger.delivery(2)

    assert [row["messageId"] for row in rows(await run(span(), api.client))] == ["m1"]


async def test_a_span_without_deliveries_is_a_header_alone(api: Api) -> None:
    assert await run(span(), api.client) == ",".join(name for name, _ in COLUMNS) + "\n"


@pytest.mark.usefixtures("small_pages")
async def test_a_gateway_that_is_busy_or_away_is_asked_again(
    api: Api, ledger: Ledger, waits: list[float]
) -> None:
    for number in range(1, 5):
        await ledger.delivery(number)
    line = Flaky(
        api,
        httpx.Response(429, headers={"retry-after": "7"}),
        None,
        httpx.Response(503),
        httpx.ReadTimeout("slow"),
    )

    async with httpx.AsyncClient(transport=line) as client:
        text = await run(span(), client)

    assert sorted(row["messageId"] for row in rows(text)) == ["m1", "m2", "m3", "m4"]
    assert waits == [7.0, 1.0, 2.0]


@pytest.mark.usefixtures("small_pages")
async def test_what_broke_off_goes_on_behind_its_last_row(api: Api, ledger: Ledger) -> None:
    for number in range(1, 4):
        await ledger.delivery(number)
    line = Flaky(api, None, *[httpx.Response(503) for _ in range(8)])
    out = StringIO()
    export = span()

    async with httpx.AsyncClient(transport=line) as client:
        with pytest.raises(StartupError) as refusal:
            await export.run(out, Console(file=StringIO()), client=client, sleep=no_time)
    rest = span(cursor=export.cursor)
    whole = out.getvalue() + await run(rest, api.client)

    assert str(refusal.value) == (
        f"The gateway at {URL} does not go on (it answered 503). 2 rows were written. For the rest run: heliograph deliveries --csv "
        f"--from 2026-03-01T00:00:00+00:00 --to 2026-03-02T00:00:00+00:00 --after {export.cursor}, and put it behind them; it has no header."
    )
    assert sorted(row["messageId"] for row in rows(whole)) == ["m1", "m2", "m3"]


async def test_a_viewer_gets_masked_numbers(api: Api, ledger: Ledger) -> None:
    await ledger.delivery(1, recipient="+12025550101")

    [row] = rows(await run(span(await api.token(Role.VIEWER)), api.client))

    assert row["recipient"] == "'+1••••01"


async def test_a_wrong_token_and_another_space_are_refused_before_a_row_is_written(api: Api) -> None:
    with pytest.raises(StartupError, match="does not know this token"):
        await run(span("hgt_wrong"), api.client)
    with pytest.raises(StartupError, match="of the space default, and not of brand"):
        await run(span(), api.client, space="brand")


async def test_an_empty_span_is_refused_unasked(api: Api) -> None:
    with pytest.raises(StartupError, match="The span is empty"):
        await run(Export(Remote(URL, SecretStr(ADMIN)), NOON, NOON), api.client)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-cmd|' /C calc'!A0", "'-cmd|' /C calc'!A0"),
        ("+1••••01", "'+1••••01"),
        ("\t=1", "'\t=1"),
        ("+12025550101", "+12025550101"),
        ("-0.0079", "-0.0079"),
        ("Hello = you", "Hello = you"),
        ("", ""),
    ],
)
def test_no_text_of_a_stranger_is_a_formula(text: str, shown: str) -> None:
    assert plain(text) == shown


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-03-01", "2026-03-01T00:00:00+00:00"),
        ("2026-03-01T12:00:00Z", "2026-03-01T12:00:00+00:00"),
        ("2026-03-01T12:00:00+02:00", "2026-03-01T10:00:00+00:00"),
    ],
)
def test_a_day_or_a_time_is_read(text: str, at: str) -> None:
    assert moment(text, "--from").isoformat() == at


@pytest.mark.parametrize("text", ["", "yesterday", "2026-03-01T12:00:00", "2026-02-30", "20260301"])
def test_what_names_no_moment_is_refused(text: str) -> None:
    with pytest.raises(StartupError, match="Write a day, such as 2026-10-01"):
        moment(text, "--from")


def test_a_file_that_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "month.csv"

    with opened(file, StringIO()) as out:
        out.write("id\n")
    with pytest.raises(StartupError, match="is there already"), opened(file, StringIO()) as out:
        out.write("other\n")

    assert file.read_text() == "id\n"


def test_a_file_that_can_not_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(StartupError, match="can't be written"), opened(tmp_path / "no" / "a.csv", StringIO()):
        pass


def test_without_a_file_it_goes_to_standard_output() -> None:
    standard = StringIO()

    with opened(None, standard) as out:
        out.write("id\n")

    assert standard.getvalue() == "id\n"
