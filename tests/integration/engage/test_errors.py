"""Every code of Twilio's error dictionary, from the wire to the Delivery: code, message and remedy.

`errors.json` says when a code comes and whether a retry makes sense; `error_codes.json` is the destination's own table.
"""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from destinations.kit import DestinationStatus, MessageStatus, Reason
from destinations.twilio_engage.simulator.errors import meaning
from gateway.deliveries import AttemptOutcome, DeliveryStatus
from gateway.pipeline.steps import LOOKED_UP, replaying
from tests.integration.engage.wired import ACTIONS, CHANNELS, Wired

S = DeliveryStatus
_DICTIONARY = Path(__file__).parents[2] / "destinations/twilio_engage/simulator/errors.json"
ERRORS: dict[str, dict[str, Any]] = {
    code: row for code, row in json.loads(_DICTIONARY.read_text("utf-8")).items() if code != "_meta"
}
TABLE: dict[str, dict[str, str]] = json.loads(
    files("destinations.twilio_engage").joinpath("error_codes.json").read_text("utf-8")
)

WARNING = "20001"  # answered with 200: the message itself may have been created, and no SID says so
CONFLICT = (
    "20409"  # "later" for a resource that can be read again; a message that is yet to be created has none
)
STOPS = {"21610", "63014", "63033"}
BY_RETRY = {
    "never": S.REJECTED,
    "after_fix": S.REJECTED,
    "later": S.RETRYING,
    "backoff": S.RETRYING,
    "ambiguous": S.UNCERTAIN,
}
OF_THE_ACCOUNT = {code for code, row in TABLE.items() if row.get("account")}
CREATES = [code for code, row in ERRORS.items() if row["phase"] in {"sync", "both"} and code != WARNING]
ENDINGS = [code for code, row in ERRORS.items() if row["phase"] in {"async", "both"}]
ENDED = [
    *((code, "sendWhatsApp" if code.startswith("63") else "sendSms") for code in ENDINGS),
    ("21610", "sendWhatsApp"),
]


def answered(*kinds: str) -> list[str]:
    """The codes that a create is answered with, of these kinds of retry."""
    return [code for code in CREATES if ERRORS[code]["retry"] in kinds and code != CONFLICT]


def remedy(code: str) -> str:
    """The table's remedy, with the page. What only Twilio's log shows of webhooks is not in the table."""
    page = f"See https://www.twilio.com/docs/errors/{code}"
    return f"{TABLE[code]['remedy']} {page}" if code in TABLE else page


def words(code: str) -> str:
    return f"Twilio's words for {code}"


def address(action: str, number: str) -> str:
    return f"whatsapp:{number}" if action == "sendWhatsApp" else number


def refuse(wired: Wired, action: str, number: str, code: str, **more: Any) -> None:
    """The next create to that person is answered with that code."""
    refusal = {"action": "error", "code": code, "message": words(code), "to": address(action, number)}
    wired.simulator.steer(refusal | more)


def test_every_code_is_here() -> None:
    assert (len(CREATES), len(ENDINGS)) == (90, 115)
    assert answered("later", "backoff") == ["20429", "21452", "21611", "21730", "35125", "60728"]
    assert answered("ambiguous") == ["20500", "20503", "20504"]


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("code", CREATES)
async def test_a_refused_create_shows_on_the_delivery(wired: Wired, code: str, action: str) -> None:
    number = await wired.person()
    refuse(wired, action, number, code)

    one = await wired.happen(number, action)

    if code in OF_THE_ACCOUNT:
        assert (one.status, one.reason) == (S.HELD, Reason.ACCOUNT_NOT_VERIFIED)
        assert (one.error_code, one.error_message, one.message_sid) == (code, words(code), None)
        assert len(wired.requests_to(number)) == 1
        return
    expected = S.REJECTED if code == CONFLICT else BY_RETRY[ERRORS[code]["retry"]]
    shown = {
        S.REJECTED: (code, words(code), remedy(code)),
        S.RETRYING: (code, words(code), None if ERRORS[code]["http_status"] == 429 else remedy(code)),
        S.UNCERTAIN: (code, words(code), LOOKED_UP),
    }
    assert one.status is expected
    assert (one.error_code, one.error_message, one.remedy) == shown[expected]
    assert (one.next_attempt_at is None) is (expected is S.REJECTED)
    assert (one.recipient, one.message_sid, one.reason) == (number, None, None)
    (attempt,) = await wired.attempts()
    assert (attempt.http_status, attempt.provider_code, attempt.message) == (
        ERRORS[code]["http_status"] or 400,  # 60601 has none in the dictionary
        code,
        words(code),
    )
    assert len(wired.requests_to(number)) == 1
    assert [channel for channel, _ in await wired.stops(number)] == [CHANNELS[action]] * (code in STOPS)


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("code", sorted(OF_THE_ACCOUNT & set(CREATES)))
async def test_a_refused_account_costs_no_text(wired: Wired, code: str, action: str) -> None:
    number, other = await wired.person(), await wired.person()
    refuse(wired, action, number, code)
    await wired.happen(number, action)
    failed = await wired.destination()
    waits = await wired.happen(other, action)

    verified = await wired.verify()
    await wired.settle_everything()

    assert failed.status is DestinationStatus.FAILED
    assert (waits.status, waits.reason, waits.attempt_count) == (S.HELD, Reason.ACCOUNT_NOT_VERIFIED, 0)
    assert verified.status is DestinationStatus.VERIFIED
    assert (len(wired.requests_to(number)), len(wired.requests_to(other))) == (2, 1)


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("code", sorted(STOPS))
async def test_a_create_refused_for_a_stop_leaves_it_in_the_ledger(
    wired: Wired, code: str, action: str
) -> None:
    number = await wired.person()
    refuse(wired, action, number, code)

    one = await wired.happen(number, action)
    again = await wired.happen(number, action)

    evidence = {"method": f"Twilio error {code}", "deliveryId": one.id}
    assert await wired.stops(number) == [(CHANNELS[action], evidence)]
    assert (one.status, one.error_code, one.remedy) == (S.REJECTED, code, remedy(code))
    assert (again.status, again.reason) == (S.SUPPRESSED, "OPTED_OUT")
    assert len(wired.requests_to(number)) == 1


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("code", answered("later", "backoff"))
async def test_what_may_be_tried_again_is_sent_once_twilio_takes_it(
    wired: Wired, code: str, action: str
) -> None:
    number = await wired.person()
    refuse(wired, action, number, code)

    await wired.happen(number, action)
    one = await wired.settle()

    assert (one.status, one.error_code, one.error_message, one.remedy) == (S.ACCEPTED, None, None, None)
    assert len(wired.requests_to(number)) == 2


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("code", answered("later", "backoff"))
async def test_what_was_tried_for_four_hours_ends_with_its_code_and_a_remedy(
    wired: Wired, code: str, action: str
) -> None:
    number = await wired.person()
    refuse(wired, action, number, code, times=2)

    await wired.happen(number, action)
    wired.clock.advance(4 * 3600 + 1)
    await wired.turn()

    one = await wired.delivery()
    throttled = ERRORS[code]["http_status"] == 429
    assert (one.status, one.error_code, one.error_message) == (S.REJECTED, code, words(code))
    assert one.remedy == (
        f"It was tried for four hours. To try again, run {replaying(one.id)}" if throttled else remedy(code)
    )
    assert len(wired.requests_to(number)) == 2


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("code", answered("ambiguous"))
async def test_what_was_created_all_the_same_is_found_and_not_sent_again(
    wired: Wired, code: str, action: str
) -> None:
    number = await wired.person()
    refuse(wired, action, number, code, created=True)

    await wired.happen(number, action)
    one = await wired.settle()

    assert (one.status, one.message_sid) == (S.ACCEPTED, wired.simulator.messages[-1].sid)
    assert (one.error_code, one.error_message, one.remedy) == (None, None, None)
    assert len(wired.requests_to(number)) == 1


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("code", answered("ambiguous"))
async def test_what_was_not_created_is_sent_again_once_that_is_proven(
    wired: Wired, code: str, action: str
) -> None:
    number = await wired.person()
    refuse(wired, action, number, code)

    first = await wired.happen(number, action)
    one = await wired.settle()

    patience = (await wired.attempts())[1].started_at - first.created_at
    assert patience.total_seconds() >= 60
    assert (one.status, one.error_code, one.error_message, one.remedy) == (S.ACCEPTED, None, None, None)
    assert len(wired.requests_to(number)) == 2


@pytest.mark.parametrize("action", ACTIONS)
async def test_a_warning_is_no_refusal_and_the_message_is_looked_up(wired: Wired, action: str) -> None:
    number = await wired.person()
    refuse(wired, action, number, WARNING)

    one = await wired.happen(number, action)

    assert (one.status, one.message_sid, one.error_code) == (S.ACCEPTED, None, None)
    assert await wired.due() == 1
    assert [attempt.outcome for attempt in await wired.attempts()] == [AttemptOutcome.ACCEPTED]
    assert len(wired.requests_to(number)) == 1


@pytest.mark.parametrize("end", [MessageStatus.FAILED, MessageStatus.UNDELIVERED])
@pytest.mark.parametrize(("code", "action"), ENDED)
async def test_a_message_that_fails_later_shows_on_the_delivery(
    wired: Wired, code: str, action: str, end: MessageStatus
) -> None:
    number = await wired.person()
    wired.simulator.steer(
        {"action": "status", "status": end.value.lower(), "code": code, "to": address(action, number)}
    )

    await wired.happen(number, action)
    while await wired.simulator.advance():
        pass

    one = await wired.delivery()
    # Of a text the callback has the code alone; of WhatsApp it has words too, here the stand-in's.
    name = ERRORS[code]["name"] if code in TABLE else f"Twilio error {code}"
    message = meaning(int(code)) if action == "sendWhatsApp" else name
    assert (one.status, one.message_status) == (S.ACCEPTED, end)
    assert (one.error_code, one.error_message, one.remedy) == (code, message, remedy(code))
    stops = [(CHANNELS[action], {"method": f"Twilio error {code}"})] if code in STOPS else []
    assert await wired.stops(number) == stops
    assert (one.attempt_count, len(wired.requests_to(number))) == (1, 1)
