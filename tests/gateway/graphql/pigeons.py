"""A destination that no module of the gateway has heard of: notes that go by pigeon."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Any

from pydantic import SecretStr, field_validator

from destinations import kit
from destinations.kit import Channel, HttpRequest, Reason, Send, Suppress
from mappings.presets import Preset
from tests.gateway.syncing import Account, named_sender, named_template


class Speed(StrEnum):
    """How fast a pigeon flies."""

    SLOW = "SLOW"
    FAST = "FAST"


class PigeonSettings(kit.Fields):
    loft: str = kit.field(required=True, label="Loft", description="Where the pigeons live: LF and a number.")
    api_keys: tuple[kit.ApiKey, ...] = kit.field(
        (), type="object", label="API keys", description="Opens the loft."
    )
    seal: SecretStr | None = kit.field(type="password", label="Seal", description="Seals every note.")
    speed: Speed = kit.field(
        Speed.SLOW, choices=tuple(Speed), label="Speed", description="How fast they fly."
    )
    home: str | None = kit.field(label="Home", description="The number notes come from.")
    insured: bool = kit.field(default=True, type="boolean", label="Insured", description="Against hawks.")
    country: str | None = kit.field(label="Country", description="Whose numbers are read.")

    @field_validator("country")
    @classmethod
    def _known(cls, country: str | None) -> str | None:
        if country is not None and len(country) != 2:
            raise ValueError("has two letters")
        return country


class NotePayload(kit.Fields):
    sender: str = kit.field(
        alias="from", required=True, setting="home", label="From", description="The number it comes from."
    )
    to: str | None = kit.field(label="To", description="The number it goes to.")
    body: str | None = kit.field(type="text", label="Note", description="What it says.")
    send: bool | None = kit.field(
        type="boolean", label="Send", description="Whether it flies.", mapping=False
    )
    external_ids: tuple[dict[str, Any], ...] = kit.field(
        (), type="object", label="External IDs", description="Who it is for."
    )


async def plan(payload: NotePayload, context: kit.Context[PigeonSettings]) -> kit.Plan:
    if not payload.send:
        context.trace.stopped("send", Reason.SEND_DISABLED, "send is false")
        return Suppress(Reason.SEND_DISABLED, "send is false", "Say send: true.")
    to = context.test_recipient or payload.to or ""
    context.trace.passed("send", f"to {to or None}")
    form = (("To", to), ("From", payload.sender or ""), ("Body", payload.body or ""))
    url = f"https://{context.settings.loft.lower()}.example/notes"
    request = HttpRequest(
        "POST", url, form=form, auth=kit.BasicAuth("loft", context.settings.seal or SecretStr(""))
    )
    return Send(
        request,
        to,
        Channel.SMS,
        payload.sender,
        segments=1,
        encoding="GSM-7",
        text=payload.body,
        media=("https://media.example/feather.png",),
        unicode_character="\N{DOVE OF PEACE}",
    )


async def verify(
    settings: PigeonSettings, read: kit.Read, allowed_hosts: frozenset[str]
) -> AsyncIterator[kit.Check]:
    yield kit.Check("loft", passed=True)
    if settings.seal is None or not settings.seal.get_secret_value().startswith("broken"):
        yield kit.Check("seal", passed=True)
        return
    yield kit.Check(
        "seal",
        passed=False,
        code="CREDENTIALS_REJECTED",
        message="The loft refused the seal of +15551234567.",
        remedy="Mend the seal.",
        provider_code="77",
    )


def validate_settings(settings: PigeonSettings, allowed_hosts: frozenset[str]) -> tuple[tuple[str, str], ...]:
    return () if settings.loft.startswith("LF") else (("loft", "A loft is LF and a number."),)


def check(fields: Mapping[str, Any], settings: PigeonSettings) -> tuple[kit.FieldProblem, ...]:
    """A loft that knows when no pigeon will fly."""
    assert settings.loft
    if fields.get("send") is not False:
        return ()
    said = (
        "Nothing will be sent until `send` is true: it is false by default, so that a mapping can be tried."
    )
    return (kit.FieldProblem(("send",), said, certain=False),)


async def review(
    fields: Mapping[str, Any], context: kit.Context[PigeonSettings]
) -> tuple[kit.FieldProblem, ...]:
    """A loft that knows what its pigeons carry."""
    body = fields.get("body")
    assert context.lookups
    if body == "gold":
        return (kit.FieldProblem(("body",), f"The loft {context.settings.loft} carries no gold."),)
    if body == "glass":
        return (kit.FieldProblem(("body",), "Glass may break.", certain=False),)
    return ()


async def nothing(*_: Any) -> None:
    return None


async def no_message(asked: Sequence[kit.Reconciliation], *_: Any) -> dict[str, None]:
    return {one.key: None for one in asked}


PIGEONS = kit.DestinationDefinition(
    slug="pigeon-post",
    name="Pigeon Post",
    description="Sends notes by pigeon.",
    settings=PigeonSettings,
    actions=(
        kit.ActionDefinition(
            slug="sendNote",
            title="Send note",
            description="Sends a note.",
            channel=Channel.SMS,
            payload=NotePayload,
            plan=plan,
            interpret=lambda _: kit.Accepted("PG1"),
            reconcile=no_message,
            default_trigger='type = "track" and event = "Note Written"',
            check=check,
            review=review,
            sender=named_sender,
            template=named_template,
            template_field="body",
        ),
    ),
    integration_names=("Pigeon Post",),
    presets=(
        Preset(
            name="note_written",
            title="Note written",
            description="Sends what was written.",
            action="sendNote",
            trigger='event = "Note Written"',
            purpose="TRANSACTIONAL",
            fields={"send": True},
        ),
    ),
    verify=verify,
    validate_settings=validate_settings,
    test_authentication=nothing,
    translate_settings=dict,
    sync=Account().sync,
    conversation_windows={Channel.WHATSAPP: timedelta(hours=24)},
)
