"""Every request that the destination makes is one that Twilio's published specification knows."""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

from destinations import kit
from destinations.twilio_engage import client, definition
from destinations.twilio_engage.settings import TwilioEngageSettings
from tests.destinations.twilio_engage import shapes
from tests.destinations.twilio_engage.conftest import NOW, NUMBER, PlanSms, PlanWhatsApp
from tests.destinations.twilio_engage.openapi import Complaint, complaints

MakeSettings = Callable[..., TwilioEngageSettings]
NONE: frozenset[str] = frozenset()
MESSAGES = f"https://api.twilio.com/2010-04-01/Accounts/AC{'0' * 32}/Messages.json"
FORM_TYPE = (("content-type", "application/x-www-form-urlencoded;charset=UTF-8"),)

# What the specification has against our requests, and why each goes out all the same.
EXCEPTIONS: dict[str, Callable[[Complaint], Any]] = {
    "Tags: Twilio takes it, its own example in this specification has it, and its list of parameters lacks it": lambda one: (
        (one.where, one.name, one.why) == ("form", "Tags", "is not in the specification")
    ),
    "From holds the SID of a Messaging Service, as the original sends it": lambda one: (
        one.where == "form" and one.name == "From" and re.fullmatch(r"MG[0-9a-f]{14,32}", one.value)
    ),
    "From is a short code or a name, which Twilio documents beside numbers": lambda one: (
        one.where == "form" and one.name == "From" and re.fullmatch(r"[0-9]{5}|Northwind", one.value)
    ),
    "WhatsApp's addresses are numbers with a prefix": lambda one: (
        one.name in {"To", "From"} and re.fullmatch(r"whatsapp:\+[1-9][0-9]+", one.value)
    ),
    "DateSent> and DateSent< take a day, which Twilio documents as YYYY-MM-DD in UTC": lambda one: (
        (one.where, one.name) in {("query", "DateSent>"), ("query", "DateSent<")}
        and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", one.value)
    ),
    "the root, which the original checked credentials with": lambda one: (
        (one.where, one.name, one.value) == ("path", "GET", "/2010-04-01")
    ),
    "another region of Twilio has a host of its own": lambda one: (
        one.where == "host" and re.fullmatch(r"api\.(dublin\.ie1|sydney\.au1)\.twilio\.com", one.value)
    ),
}
# And against what the original was recorded to send, with made-up values.
RECORDED: dict[str, Callable[[Complaint], Any]] = {
    "short SIDs": lambda one: (
        one.name in {"AccountSid", "ContentSid", "Sid"} and re.match(r"(AC|HX)(_|1$)", one.value)
    ),
    "a made-up host": lambda one: one.where == "host" and one.value == "api.custom.twilio.com",
    "a medium that is a number": lambda one: (one.where, one.name, one.value) == ("form", "MediaUrl", "5"),
    "made-up senders": lambda one: one.where == "form" and one.name == "From",
}


def unexplained(
    request: kit.HttpRequest, *exceptions: dict[str, Callable[[Complaint], Any]]
) -> list[Complaint]:
    """What the specification has against a request, and no exception explains."""
    known = [explains for one in (EXCEPTIONS, *exceptions) for explains in one.values()]
    found = complaints(request.method, request.url, request.form)
    return [one for one in found if not any(explains(one) for explains in known)]


def paths(requests: Iterable[kit.HttpRequest]) -> list[str]:
    """Each request's path, without what is an account's, a template's or a message's own."""
    found = (re.sub(r"(AC|HX|SM)[0-9]{32}", r"\1", request.url) for request in requests)
    return [path.partition(".twilio.com")[2].partition("?")[0] for path in found]


@pytest.mark.parametrize("name", shapes.SMS)
async def test_send_sms_asks_only_what_twilio_knows(name: str, plan_sms: PlanSms) -> None:
    planned = await plan_sms(**shapes.SMS[name])

    assert isinstance(planned.plan, kit.Send)
    assert [unexplained(one) for one in (*planned.reads, planned.plan.request)] == [[]] * (
        len(planned.reads) + 1
    )
    assert planned.plan.request.headers == FORM_TYPE


@pytest.mark.parametrize("name", shapes.WHATSAPP)
async def test_send_whatsapp_asks_only_what_twilio_knows(name: str, plan_whatsapp: PlanWhatsApp) -> None:
    planned = await plan_whatsapp(**shapes.WHATSAPP[name])

    assert isinstance(planned.plan, kit.Send)
    assert [unexplained(one) for one in (*planned.reads, planned.plan.request)] == [[]] * (
        len(planned.reads) + 1
    )
    assert planned.plan.request.headers == FORM_TYPE


async def test_the_shapes_read_templates_approvals_and_the_account(
    plan_sms: PlanSms, plan_whatsapp: PlanWhatsApp
) -> None:
    named = await plan_sms(**shapes.SMS["a text from a name"])
    known = await plan_whatsapp(**shapes.WHATSAPP["a template that is known and approved"])

    assert paths(named.reads) == ["/2010-04-01/Accounts/AC.json"]
    assert paths(known.reads) == ["/v1/Content/HX", "/v1/Content/HX/ApprovalRequests"]


async def test_a_look_up_asks_only_what_twilio_knows(
    settings: MakeSettings, reader: Callable[..., Any], plan_whatsapp: PlanWhatsApp
) -> None:
    sent = (await plan_whatsapp()).plan
    assert isinstance(sent, kit.Send)
    following = f"/2010-04-01/Accounts/{'AC' + '0' * 32}/Messages.json?PageSize=100&Page=1&PageToken=PASM1"
    read = reader(
        (200, {"messages": [], "next_page_uri": following}), (200, {"messages": []}), (200, {"messages": []})
    )

    async def taken(_sids: Sequence[str]) -> frozenset[str]:
        return frozenset()

    await definition.action("sendWhatsApp").reconcile(
        [kit.Reconciliation("0197-1", sent.request, NOW, NUMBER)],
        taken,
        kit.Context(settings=settings(), now=NOW, read=read),
    )

    assert paths(read.requests) == ["/2010-04-01/Accounts/AC/Messages.json"] * 3
    assert [unexplained(one) for one in read.requests] == [[]] * 3


async def test_what_is_asked_of_many_is_what_twilio_knows(
    settings: MakeSettings, reader: Callable[..., Any]
) -> None:
    async def taken(_sids: Sequence[str]) -> frozenset[str]:
        return frozenset()

    numbers = [f"+1202555{n:04d}" for n in range(21)]
    forms = [(("Body", "Hello"), ("From", "+15005550006"), ("To", number)) for number in numbers]
    looks = reader(*[(200, {"messages": []})] * 2)
    await definition.action("sendSms").reconcile(
        [
            kit.Reconciliation(number, client.create_message(settings(), NONE, form), NOW, number)
            for number, form in zip(numbers, forms, strict=True)
        ],
        taken,
        kit.Context(settings=settings(), now=NOW, read=looks),
    )
    asks = reader((200, {"messages": []}), *[(404, {})] * 21)
    assert definition.follow is not None
    await definition.follow(
        [
            kit.Following(number, "SM" + "0" * 32, "+15005550006", number, kit.Channel.SMS, NOW)
            for number in numbers
        ],
        kit.Context(settings=settings(), now=NOW, read=asks),
    )

    assert paths(looks.requests) == ["/2010-04-01/Accounts/AC/Messages.json"] * 2
    assert paths(asks.requests) == [
        "/2010-04-01/Accounts/AC/Messages.json",
        *["/2010-04-01/Accounts/AC/Messages/SM.json"] * 21,
    ]
    assert [unexplained(one) for one in (*looks.requests, *asks.requests)] == [[]] * 24


async def test_a_verification_asks_only_what_twilio_knows(
    settings: MakeSettings, reader: Callable[..., Any]
) -> None:
    read = reader((401, {"code": 20003}), (200, {"messages": []}), (200, {}))

    assert len([check async for check in definition.checks(settings(), read, NONE)]) == 3
    root = client.fetch_root(settings(), NONE)

    assert paths(read.requests) == [
        "/2010-04-01/Accounts/AC.json",
        "/2010-04-01/Accounts/AC/Messages.json",
        "/2010-04-01/Accounts/AC.json",
    ]
    assert [unexplained(one) for one in (*read.requests, root)] == [[]] * 4


@pytest.mark.parametrize("region", ["US1", "IE1", "AU1"])
def test_a_region_changes_the_host_alone(settings: MakeSettings, region: str) -> None:
    chosen = settings(region=region)
    requests = [
        client.create_message(chosen, NONE, (("To", NUMBER),)),
        client.fetch_template(chosen, NONE, shapes.TEMPLATE),
        client.fetch_approval(chosen, NONE, shapes.TEMPLATE),
    ]

    assert [unexplained(one) for one in requests] == [[]] * 3


def _recorded() -> dict[str, kit.HttpRequest]:
    cases = json.loads((Path(__file__).parents[2] / "conformance/engage.json").read_text("utf-8"))
    return {
        f"{case['id']}-{number}": kit.HttpRequest(
            made["method"], made["url"], form=tuple((name, value) for name, value in made.get("form", ()))
        )
        for case in cases
        if "quirk" not in case
        for number, made in enumerate(case["expect"]["requests"])
        if "twilio.com" in made["url"]
    }


@pytest.mark.parametrize("request_", _recorded().values(), ids=_recorded())
def test_what_the_original_was_recorded_to_send_is_known_to_twilio(request_: kit.HttpRequest) -> None:
    assert unexplained(request_, RECORDED) == []


async def test_every_exception_is_needed(
    settings: MakeSettings, plan_sms: PlanSms, plan_whatsapp: PlanWhatsApp
) -> None:
    planned = [await plan_sms(**shape) for shape in shapes.SMS.values()]
    planned += [await plan_whatsapp(**shape) for shape in shapes.WHATSAPP.values()]
    requests = [one.plan.request for one in planned if isinstance(one.plan, kit.Send)]
    requests.append(client.fetch_root(settings(region="IE1"), NONE))
    requests.append(client.list_messages(settings(region="IE1"), NONE, {"DateSent>": "2026-11-20"}))

    found = [said for one in requests for said in complaints(one.method, one.url, one.form)]

    assert [why for why, explains in EXCEPTIONS.items() if not any(map(explains, found))] == []


@pytest.mark.parametrize(
    ("pair", "why"),
    [
        (("Boddy", "Hello"), "is not in the specification"),
        (("Body", "Hello"), "is given more than once"),
        (("ContentSid", "HX1"), "is not of its pattern"),
        (("ShortenUrls", "yes"), "is no boolean"),
        (("MediaUrl", "example.com/a.png"), "is no URI"),
        (("StatusCallback", "https://example.com/a b"), "is no URI"),
        (("From", "+1 202 555 0100"), "is no phone number"),
        (("SendAt", "2026-11-20"), "is no date and time"),
        (("ValidityPeriod", "1h"), "is no integer"),
        (("RiskCheck", "maybe"), "is not of its choices"),
    ],
)
def test_what_twilio_does_not_know_is_complained_of(pair: tuple[str, str], why: str) -> None:
    form = [("To", NUMBER), ("Body", "Hello"), ("MediaUrl", "https://example.com/a.png"), pair]

    found = complaints("POST", MESSAGES, form)

    assert {(one.where, one.name, one.why) for one in found} == {("form", pair[0], why)}


def test_a_path_a_host_or_a_missing_name_is_complained_of() -> None:
    assert complaints("POST", MESSAGES, [("Body", "Hello")]) == [Complaint("form", "To", "", "is required")]
    assert complaints("PUT", MESSAGES) == [
        Complaint(
            "path", "PUT", MESSAGES.removeprefix("https://api.twilio.com"), "is not in the specification"
        )
    ]
    assert complaints("GET", MESSAGES.replace("api.", "messaging.")) == [
        Complaint("host", "api.twilio.com", "messaging.twilio.com", "is another host")
    ]
    assert complaints("GET", f"{MESSAGES}?PageSize=1001") == [
        Complaint("query", "PageSize", "1001", "is too much")
    ]
