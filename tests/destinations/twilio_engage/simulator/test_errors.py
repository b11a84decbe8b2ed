"""Every code of Twilio's error dictionary that a create can answer, or a message can end with."""

import json
from pathlib import Path
from typing import Any

import pytest

from destinations.twilio_engage.simulator import Simulator

TABLE: dict[str, dict[str, Any]] = json.loads(Path(__file__).with_name("errors.json").read_text("utf-8"))
CODES = {int(code): row for code, row in TABLE.items() if code != "_meta"}
ANSWERED = [code for code, row in CODES.items() if row["phase"] in {"sync", "both"}]
ENDINGS = [code for code, row in CODES.items() if row["phase"] in {"async", "both"}]


def test_the_table_is_whole() -> None:
    assert (len(CODES), len(ANSWERED), len(ENDINGS)) == (200, 91, 115)


@pytest.mark.parametrize("code", ANSWERED)
async def test_a_create_is_answered_with_any_code_as_twilio_answers_it(
    twilio: Any, simulator: Simulator, code: int
) -> None:
    await twilio.control("next", action="error", code=code)

    answer = await twilio.send()

    body = answer.json()
    status = CODES[code]["http_status"] or 400  # 60601 has none in the table
    assert answer.status_code == status
    assert body == {
        "code": code,
        "message": body["message"],
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }
    assert body["message"] not in {"", f"Error {code}"}
    assert simulator.messages == []


@pytest.mark.parametrize("end", ["failed", "undelivered"])
@pytest.mark.parametrize("code", ENDINGS)
async def test_a_message_ends_with_any_code(
    twilio: Any, simulator: Simulator, webhook: Any, code: int, end: str
) -> None:
    await twilio.control("next", action="status", status=end, code=code)
    created = await twilio.send(StatusCallback="http://127.0.0.1:8080/status")

    while await simulator.advance():
        pass

    shown = (await twilio.fetch(created.json()["sid"])).json()
    assert created.status_code == 201
    assert (shown["status"], shown["error_code"]) == (end, code)
    assert (webhook.forms[-1]["MessageStatus"], webhook.forms[-1]["ErrorCode"]) == (end, str(code))
