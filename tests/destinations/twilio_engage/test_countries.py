"""Countries and media of an SMS: what reaches nobody is refused, what Twilio may deliver goes out with a note."""

from dataclasses import dataclass
from typing import Any

import pytest

from destinations import kit
from destinations.kit import Channel, MmsFallback, Policy
from destinations.twilio_engage.media import doubtful, refused
from tests.destinations.twilio_engage.conftest import Planned, PlanSms, PlanWhatsApp

US, CA, AU, PR, GB, IN, NOWHERE = (
    "+12025550142",
    "+16135550142",
    "+61491570156",
    "+17875550142",
    "+447700900123",
    "+919876543210",
    "+883510001234567",
)
PICTURE = "https://example.com/a.jpg"
SUPPRESS = Policy(mms_fallback=MmsFallback.SUPPRESS)
STRICT = Policy(require_dlt_for_india=True)
DLT = {"dltEntityId": "1101"}


def to(number: str, **fields: Any) -> dict[str, Any]:
    """The fields of a text to somebody who agreed."""
    return {"externalIds": [{"type": "phone", "id": number, "subscriptionStatus": "subscribed"}], **fields}


@dataclass(frozen=True, slots=True)
class Judged:
    """What the gate said: whether it goes out, why not, and which notes are there."""

    reason: str | None
    notes: list[str]
    detail: str


def judged(planned: Planned) -> Judged:
    lines = [line for line in planned.trace.results if line.gate == "country"]
    (line,) = lines
    detail = line.detail or ""
    sent = isinstance(planned.plan, kit.Send)
    assert line.passed is sent
    notes = [one.partition(":")[0] for one in detail.split("Note ")[1:]]
    return Judged(None if sent else planned.reason, notes, detail)


@pytest.mark.parametrize("policy", [Policy(), SUPPRESS])
@pytest.mark.parametrize("number", [US, CA, AU])
async def test_media_to_a_country_with_mms_need_no_note(
    plan_sms: PlanSms, number: str, policy: Policy
) -> None:
    said = judged(await plan_sms(to(number, media=[PICTURE]), policy=policy))

    assert (said.reason, said.notes) == (None, [])


@pytest.mark.parametrize(
    ("number", "country"), [(GB, "GB"), (PR, "PR"), (NOWHERE, "no country"), ("+5215587650000", "MX")]
)
async def test_media_to_a_country_without_mms_go_out_with_a_note(
    plan_sms: PlanSms, number: str, country: str
) -> None:
    planned = await plan_sms(to(number, media=[PICTURE]))

    assert judged(planned).notes == ["MMS_COUNTRY"]
    assert f"this number is in {country}." in judged(planned).detail
    assert "MMS Converter" in judged(planned).detail
    assert "400" in judged(planned).detail
    assert planned.form["MediaUrl"] == PICTURE
    assert isinstance(planned.plan, kit.Send)
    assert planned.plan.channel is Channel.MMS


@pytest.mark.parametrize("number", [GB, PR, IN])
async def test_media_to_a_country_without_mms_are_refused_where_the_policy_wants_no_link(
    plan_sms: PlanSms, number: str
) -> None:
    said = judged(await plan_sms(to(number, media=[PICTURE]), policy=SUPPRESS, own_settings=DLT))

    assert (said.reason, said.notes) == ("MMS_COUNTRY", [])


async def test_a_text_without_media_is_nothing_to_that_policy(plan_sms: PlanSms) -> None:
    said = judged(await plan_sms(to(GB), policy=SUPPRESS))

    assert (said.reason, said.detail) == (None, "GB, which may be sent to.")


REFUSED = ["svg", "svgz", "webp", "avif", "jxl", "ico", "psd"]


@pytest.mark.parametrize("ending", REFUSED)
@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/a.{}",
        "https://example.com/a.{}?v=2",
        "https://example.com/a.{}#x",
        "https://example.com/a.{}?name=b.jpg#c.png",
        "https://example.com/a.jpg.{}",
        "https://example.com/a%2E{}",
        "https://example.com/a.{}%20",
        "https://example.com/a.{};v=1",
        " https://example.com/a.{} ",
        "https://example.com/.{}",
    ],
)
def test_a_file_that_no_carrier_takes_is_known_by_its_ending(url: str, ending: str) -> None:
    for written in (ending, ending.upper(), ending.title(), f"%{ord(ending[0]):x}{ending[1:]}"):
        said = refused([PICTURE, url.format(written)])

        assert said is not None
        assert f".{ending} in an MMS" in said
        assert "12300" in said


@pytest.mark.parametrize(
    ("url", "ending"),
    [
        ("https://example.com/clip.mp4", ".mp4"),
        ("https://example.com/Bill.PDF?x=1.svg", ".pdf"),
        ("https://example.com/bill%2Epdf#a.jpg", ".pdf"),
        ("https://example.com/card.vcf", ".vcf"),
        ("https://example.com/archive.tar.gz", ".gz"),
        ("https://example.com/setup.exe", ".exe"),
        ("https://example.com/letter.docx", ".docx"),
        ("https://example.com/picture.php?id=3", ".php"),
        ("https://example.com/a.unheard", ".unheard"),
        ("https://example.com/a.heic", ".heic"),
        ("https://example.com/a.3gp", ".3gp"),
    ],
)
def test_an_ending_that_is_no_picture_is_worth_a_note_and_no_refusal(url: str, ending: str) -> None:
    assert refused([url]) is None
    assert (doubtful([PICTURE, url, url]) or "").startswith(f"{ending} is no ending of a picture")


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/a.jpg",
        "https://example.com/a.JPEG?x=1.svg",
        "https://example.com/a.png#b.webp",
        "https://example.com/a%2Egif",
        "https://example.com/a.svg.jpg",
        "https://example.com/a.svg/b",
        "https://example.com/a.svg%2Fb",
        "https://example.com/a.webp/",
        "https://example.com/a",
        "https://example.com",
        "https://pictures.svg",
        "https://example.com/v1.2",
        "https://example.com/a.",
        "https://example.com/?file=a.svg",
        "https://user:a.svg@example.com/a",
        "https://example.com/of. the day",
        "https://[example.com/a.svg",
        "",
    ],
)
def test_of_a_picture_and_of_an_address_without_an_ending_nothing_is_said(url: str) -> None:
    assert refused([url]) is None
    assert doubtful([url]) is None


async def test_media_that_no_carrier_takes_are_not_sent(plan_sms: PlanSms) -> None:
    for number in (US, GB):
        said = judged(await plan_sms(to(number, media=[PICTURE, "https://example.com/logo.SVG?v=2"])))

        assert (said.reason, said.notes) == ("MEDIA_TYPE", [])


async def test_media_of_another_kind_go_out_with_a_note(plan_sms: PlanSms) -> None:
    planned = await plan_sms(
        to(US, media=["https://example.com/a.mp4", PICTURE, "https://example.com/b.pdf"])
    )

    assert judged(planned).notes == ["MEDIA_TYPE"]
    assert ".mp4, .pdf" in judged(planned).detail


@pytest.mark.parametrize(
    ("policy", "own_settings", "reason"),
    [
        (Policy(), {}, None),
        (Policy(), {"dltEntityId": ""}, None),
        (Policy(), DLT, None),
        (SUPPRESS, {}, None),
        (STRICT, DLT, None),
        (STRICT, {}, "DLT_REQUIRED"),
        (STRICT, {"dltEntityId": ""}, "DLT_REQUIRED"),
        (STRICT, {"dltEntityId": "  "}, "DLT_REQUIRED"),
    ],
)
async def test_an_sms_to_india_asks_for_a_registration_only_where_the_policy_does(
    plan_sms: PlanSms, policy: Policy, own_settings: dict[str, Any], reason: str | None
) -> None:
    planned = await plan_sms(to(IN), policy=policy, own_settings=own_settings)

    said = judged(planned)
    assert (said.reason, said.notes) == (reason, ["DLT_REQUIRED"] if reason is None else [])
    assert "1101" not in str(planned.plan)
    assert "1101" not in said.detail


async def test_that_policy_is_about_india_alone(plan_sms: PlanSms) -> None:
    said = judged(await plan_sms(to(GB), policy=STRICT))

    assert (said.reason, said.notes) == (None, [])


async def test_media_to_india_have_both_notes(plan_sms: PlanSms) -> None:
    said = judged(await plan_sms(to(IN, media=[PICTURE, "https://example.com/a.pdf"])))

    assert (said.reason, said.notes) == (None, ["MMS_COUNTRY", "MEDIA_TYPE", "DLT_REQUIRED"])


@pytest.mark.parametrize("policy", [Policy(), Policy(MmsFallback.SUPPRESS, require_dlt_for_india=True)])
async def test_whatsapp_knows_neither_mms_nor_dlt(plan_whatsapp: PlanWhatsApp, policy: Policy) -> None:
    ids = [{"type": "phone", "id": IN, "channelType": "whatsapp", "subscriptionStatus": "subscribed"}]

    said = judged(await plan_whatsapp({"externalIds": ids}, policy=policy))

    assert (said.reason, said.detail) == (None, "IN, which may be sent to.")


@pytest.mark.parametrize(
    ("allowed", "reason"),
    [(None, None), (frozenset({"US", "GB"}), None), (frozenset({"US"}), "COUNTRY_NOT_ALLOWED")],
)
async def test_only_countries_that_are_allowed_are_sent_to(
    plan_sms: PlanSms, allowed: frozenset[str] | None, reason: str | None
) -> None:
    planned = await plan_sms(to(GB), allowed_countries=allowed)

    assert (None if isinstance(planned.plan, kit.Send) else planned.reason) == reason
    if reason is not None:
        assert planned.trace.results[-1].detail == (
            "The destination sends to US alone, and this number is in GB."
        )
