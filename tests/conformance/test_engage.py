"""The recorded cases of the original's Twilio actions, request for request."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest

from destinations.kit import Accepted, IntegrationError, Suppressed, Throttled, Uncertain
from destinations.kit.testing import run_action
from mappings.errors import MappingError

Case = dict[str, Any]

_CASES: list[Case] = json.loads((Path(__file__).parent / "engage.json").read_text("utf-8"))
_BY_ID = {case["id"]: case for case in _CASES}
# What the original reports as an error to be retried is an outcome here: nothing was created, or nobody knows.
_THROTTLED_STATUSES = {423, 429}
_REFUSED_CONNECTIONS = {"ENOTFOUND", "ECONNREFUSED"}


class Recorded(httpx.AsyncBaseTransport):
    """Answers with the stubs of a case, in their order, and keeps the requests in the case's own form."""

    def __init__(self, answers: list[Case]) -> None:
        self._answers = iter(answers)
        self.requests: list[Case] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(_as_recorded(request))
        stub = next(self._answers)
        assert (stub["method"], stub["url"]) == (request.method, str(request.url))
        if stub.get("timeout"):
            raise httpx.ReadTimeout("no answer within the limit", request=request)
        if "network_error" in stub:
            raise _network_error(stub["network_error"], request)
        if "json" in stub:
            return httpx.Response(stub["status"], json=stub["json"])
        return httpx.Response(stub["status"], text=stub["body"])


def _network_error(error: Case, request: httpx.Request) -> httpx.TransportError:
    if error["code"] in _REFUSED_CONNECTIONS:
        return httpx.ConnectError(error["message"], request=request)
    if error["message"].startswith("connect ETIMEDOUT"):
        return httpx.ConnectTimeout(error["message"], request=request)
    return httpx.ReadError(error["message"], request=request)


def _as_recorded(request: httpx.Request) -> Case:
    made: Case = {
        "method": request.method,
        "url": str(request.url),
        "authorization": request.headers.get("authorization"),
    }
    if "content-type" in request.headers:
        made["content_type"] = request.headers["content-type"]
    if request.method == "POST":
        pairs = parse_qsl(request.content.decode("ascii"), keep_blank_values=True, strict_parsing=True)
        made["form"] = [list(pair) for pair in pairs]
    return made


async def _run(case: Case, transport: Recorded, **changes: Any) -> Any:
    return await run_action(
        "twilio-engage",
        case["action"],
        settings={**case["settings"], **changes.get("settings", {})},
        event=case.get("event"),
        fields={**case.get("mapping", {}), **changes.get("fields", {})},
        trigger=case.get("subscribe"),
        transport=transport,
    )


def _ids(cases: list[Case]) -> list[str]:
    return [f"{case['id']} {case['about']}" for case in cases]


# Rows without a quirk from which we part since, each with the reason in destinations/README.md.
_PARTED = frozenset({"eng-006", "eng-135"})
_AS_RECORDED = [case for case in _CASES if "quirk" not in case and case["id"] not in _PARTED]


@pytest.mark.parametrize("case", _AS_RECORDED, ids=_ids(_AS_RECORDED))
async def test_does_what_the_original_was_recorded_to_do(case: Case) -> None:
    transport = Recorded(case["http"])
    expected = case["expect"]
    error = expected.get("error")

    if error is None:
        outcome = await _run(case, transport)
    elif _is_an_outcome_here(case):
        outcome = await _run(case, transport)
        assert isinstance(outcome, Throttled | Uncertain)
    else:
        with pytest.raises((IntegrationError, MappingError)) as raised:
            await _run(case, transport)
        _assert_error(raised.value, error)

    assert transport.requests == expected["requests"]
    if error is None and case["action"] != "testAuthentication":
        _assert_end(outcome, expected)


def _is_an_outcome_here(case: Case) -> bool:
    requests = case["expect"]["requests"]
    return bool(case["expect"]["error"]["retryable"]) and bool(requests) and requests[-1]["method"] == "POST"


def _assert_end(outcome: Any, expected: Case) -> None:
    if "skipped" in expected:
        assert outcome is None
    elif expected["sent"]:
        assert isinstance(outcome, Accepted)
    else:
        assert isinstance(outcome, Suppressed)


def _assert_error(error: Exception, expected: Case) -> None:
    if "message_prefix" in expected:
        assert str(error).startswith(expected["message_prefix"])
    elif not expected.get("message_loose"):
        assert str(error) == expected["message"]
    if isinstance(error, MappingError):
        return
    assert isinstance(error, IntegrationError)
    assert error.status == expected["status"]
    if not expected.get("code_loose"):
        assert error.code == expected["code"]
    if expected["retryable"] is not None:
        assert error.retryable == expected["retryable"]
    assert error.provider_code == (str(expected["provider_code"]) if "provider_code" in expected else None)
    assert error.provider_message == expected.get("provider_message")


@pytest.mark.parametrize(
    ("case_id", "kind"),
    [
        ("eng-223", Throttled),
        ("eng-224", Uncertain),
        ("eng-225", Uncertain),
        ("eng-229", Uncertain),
        ("eng-230", Uncertain),
        ("eng-231", Uncertain),
        ("eng-232", Uncertain),
        ("eng-234", Uncertain),
        ("eng-235", Throttled),
        ("eng-236", Uncertain),
        ("eng-238", Throttled),
    ],
)
async def test_tells_what_was_not_created_from_what_nobody_knows(case_id: str, kind: type) -> None:
    case = _BY_ID[case_id]
    transport = Recorded(case["http"])

    outcome = await _run(case, transport)

    assert isinstance(outcome, kind)
    assert transport.requests == case["expect"]["requests"]


async def test_a_created_message_without_a_sid_is_accepted_and_left_to_be_looked_up() -> None:
    case = _BY_ID["eng-233"]

    outcome = await _run(case, Recorded(case["http"]))

    assert outcome == Accepted(message_sid=None)


# -- where we part from the original, one test per row --


async def _form(case_id: str, **changes: Any) -> dict[str, str]:
    """The form our request has in a case, after asserting that it is the last of as many as were recorded."""
    case = _BY_ID[case_id]
    transport = Recorded(case["http"])
    outcome = await _run(case, transport, **changes)
    assert isinstance(outcome, Accepted)
    assert len(transport.requests) == len(case["expect"]["requests"])
    return dict(transport.requests[-1]["form"])


def _recorded_form(case_id: str) -> dict[str, str]:
    return dict(_BY_ID[case_id]["expect"]["requests"][-1]["form"])


async def _refusal(case_id: str) -> Suppressed:
    transport = Recorded([])
    outcome = await _run(_BY_ID[case_id], transport)
    assert isinstance(outcome, Suppressed)
    assert transport.requests == []
    return outcome


async def test_alpha_to_us_is_refused_before_carriers_do() -> None:
    refusal = await _refusal("eng-010")

    assert refusal.reason == "SENDER_NOT_ALLOWED"
    assert refusal.detail == "An alphanumeric sender can't text a number in US."


async def test_letters_alone_after_mg_are_a_name() -> None:
    refusal = await _refusal("eng-006")

    assert refusal.reason == "SENDER_NOT_ALLOWED"


async def test_a_body_of_blanks_is_empty() -> None:
    transport = Recorded([])

    with pytest.raises(IntegrationError) as raised:
        await _run(_BY_ID["eng-135"], transport)

    assert (raised.value.code, raised.value.provider_code) == ("PAYLOAD_VALIDATION_FAILED", "21602")
    assert transport.requests == []


async def test_to_number_obeys_send() -> None:
    refusal = await _refusal("eng-057")

    assert refusal.reason == "SEND_DISABLED"


@pytest.mark.parametrize(
    ("case_id", "number"),
    [
        ("eng-060", "+15055554555"),
        ("eng-061", "+15005550009"),
        ("eng-158", "+15055554555"),
        ("eng-254", "+15055554555"),
    ],
)
async def test_sms_to_is_normalised_and_the_rest_keeps_the_text_as_it_came(case_id: str, number: str) -> None:
    assert await _form(case_id) == {**_recorded_form(case_id), "To": number}


async def test_nil_counts_as_empty_at_every_depth() -> None:
    case = {**_BY_ID["eng-065"]["mapping"], "body": "[{{profile.traits.a.b}}]"}

    assert (await _form("eng-065", fields=case))["Body"] == "[]"


async def test_a_template_without_a_text_sends_its_media_alone() -> None:
    expected = _recorded_form("eng-098")
    del expected["Body"]

    assert await _form("eng-098") == expected


async def test_a_body_over_the_limit_is_refused_before_any_request() -> None:
    transport = Recorded([])

    with pytest.raises(IntegrationError) as raised:
        await _run(_BY_ID["eng-132"], transport)

    assert (raised.value.code, raised.value.provider_code) == ("PAYLOAD_VALIDATION_FAILED", "21617")
    assert transport.requests == []


async def test_objects_in_custom_arguments_keep_their_content_in_the_callback() -> None:
    callback = (await _form("eng-143"))["StatusCallback"]

    recorded = _recorded_form("eng-143")["StatusCallback"]
    assert callback == recorded.replace("c=%5Bobject+Object%5D", "c=%7B%22d%22%3A1%7D")


async def test_custom_arguments_keep_their_given_order() -> None:
    callback = (await _form("eng-145", fields={"customArgs": {"b": "x", "2": "two", "1": "one"}}))[
        "StatusCallback"
    ]

    assert callback.startswith("https://hooks.example.com/cb?b=x&2=two&1=one&space_id=spa_1&")


async def test_the_connection_overrides_of_a_mapping_come_before_the_destinations() -> None:
    callback = (await _form("eng-157"))["StatusCallback"]

    assert callback == _recorded_form("eng-157")["StatusCallback"].replace("#rp=all&rc=5", "#rc=1")


async def test_a_nested_trigger_matches() -> None:
    case = {**_BY_ID["eng-265"], "http": _BY_ID["eng-001"]["http"]}
    transport = Recorded(case["http"])

    outcome = await _run(case, transport)

    assert isinstance(outcome, Accepted)
    assert transport.requests == _BY_ID["eng-001"]["expect"]["requests"]


async def test_settings_that_nothing_uses_may_be_left_out() -> None:
    transport = Recorded([])

    with pytest.raises(IntegrationError) as raised:
        await _run(_BY_ID["eng-268"], transport)

    missing = ("twilioAccountSID", "twilioApiKeySID", "twilioApiKeySecret")
    sentences = [f"The root value is missing the required field '{key}'." for key in missing]
    assert raised.value.message == " ".join(sentences)
    assert transport.requests == []


async def test_the_credential_check_sends_the_credentials() -> None:
    case = _BY_ID["eng-275"]
    transport = Recorded(case["http"])

    assert await _run(case, transport) is None

    [expected] = case["expect"]["requests"]
    assert transport.requests == [{**expected, "authorization": "Basic U0tfZGVtbzpzM2NyZXQ="}]


async def test_the_credential_check_tells_of_refused_credentials() -> None:
    case = _BY_ID["eng-276"]
    transport = Recorded(case["http"])

    with pytest.raises(IntegrationError, match=r"^Credentials are invalid: 401 Unauthorized$"):
        await _run(case, transport)

    assert len(transport.requests) == 1


async def test_a_plain_whatsapp_sender_gets_the_prefix_that_twilio_expects() -> None:
    assert await _form("eng-012") == {**_recorded_form("eng-012"), "From": "whatsapp:+14155238886"}


@pytest.mark.parametrize(
    ("case_id", "variables"),
    [("eng-176", '{"1":"constant"}'), ("eng-274", '{"1":"hi "}')],
)
async def test_content_variables_need_no_traits(case_id: str, variables: str) -> None:
    assert (await _form(case_id))["ContentVariables"] == variables


async def test_nil_counts_as_empty_in_content_variables() -> None:
    assert await _form("eng-179") == {**_recorded_form("eng-179"), "ContentVariables": '{"1":"d"}'}


async def test_content_variables_keep_their_given_order() -> None:
    case = _BY_ID["eng-183"]
    given = {"b": "B", "10": "ten", "2": "two", "1": "one"}

    form = await _form("eng-183", fields={**case["mapping"], "contentVariables": given})

    assert form["ContentVariables"] == '{"b":"B","10":"ten","2":"two","1":"one"}'


@pytest.mark.parametrize("case_id", ["eng-204", "eng-216"])
async def test_a_whatsapp_number_whose_length_is_impossible_is_refused(case_id: str) -> None:
    transport = Recorded([])

    with pytest.raises(IntegrationError) as raised:
        await _run(_BY_ID[case_id], transport)

    assert (raised.value.code, raised.value.status) == ("INVALID_PHONE", 400)
    assert transport.requests == []


def test_every_quirk_row_has_its_test() -> None:
    covered = {
        *(
            "eng-010",
            "eng-012",
            "eng-057",
            "eng-060",
            "eng-061",
            "eng-065",
            "eng-098",
            "eng-132",
            "eng-143",
            "eng-145",
            "eng-157",
        ),
        *("eng-176", "eng-179", "eng-183", "eng-204", "eng-216", "eng-274"),
        *("eng-158", "eng-231", "eng-254", "eng-265", "eng-268", "eng-275", "eng-276"),
    }

    assert {case["id"] for case in _CASES if "quirk" in case} == covered
