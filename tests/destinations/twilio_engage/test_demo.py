"""What the demo promises, story by story, against the stand-in."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from destinations import kit
from destinations.kit.fields import default_fields
from destinations.kit.testing import facts_of
from destinations.twilio_engage import definition, simulator
from destinations.twilio_engage.demo import demo
from destinations.twilio_engage.settings import TwilioEngageSettings
from gateway.configuration import folder
from gateway.configuration.documents import MappingDocument
from gateway.stand_in import settings_of
from mappings import compile_fields, compile_trigger

HOST = "127.0.0.1:4010"
MAPPINGS = {
    one.document.mapping: one.document
    for one in folder.documents(demo.folder)
    if isinstance(one.document, MappingDocument)
}
NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
TRAITS: dict[str, dict[str, Any]] = {
    call.arguments["user_id"]: call.arguments["traits"]
    for story in demo.stories
    for call in story.calls
    if call.method == "identify"
}


def event_of(call: kit.DemoCall) -> dict[str, Any]:
    arguments = dict(call.arguments)
    user_id = arguments.pop("user_id")
    return {"type": call.method, "userId": user_id, "timestamp": NOW.isoformat(), **arguments}


def facts_about(user_id: str, channel: kit.Channel) -> kit.Facts:
    traits = TRAITS[user_id]
    says_yes = f"{channel.lower()}_opt_in" in traits
    agreed = {traits["phone"]: kit.Consent(kit.ConsentStatus.SUBSCRIBED, NOW)} if says_yes else {}
    return facts_of(person=kit.Person(user_id, traits, traits["phone"]), consents=agreed)


async def no_read(request: kit.HttpRequest) -> kit.HttpResponse:
    raise AssertionError(f"nothing is to be read: {request.url}")


async def outcome_of(event: dict[str, Any], mapping: MappingDocument) -> tuple[str, str | None, str | None]:
    """(status, reason, error code) in the words of the schema."""
    action = definition.action(mapping.action)
    account = settings_of(definition, demo, HOST)
    key = {"sid": account["apiKeySid"], "secret": account["apiKeySecret"]}
    settings = TwilioEngageSettings.model_validate({**account, "apiKeys": [key]})
    payload = kit.payload_of(action.payload, compile_fields(mapping.fields)(event), settings)
    assert action.channel is not None
    plan = await action.plan(
        payload,
        kit.Context(
            settings=settings,
            now=NOW,
            read=no_read,
            occurred_at=NOW,
            facts=facts_about(event["userId"], action.channel),
            allowed_hosts=frozenset({HOST}),
        ),
    )
    if not isinstance(plan, kit.Send):
        return "SUPPRESSED", plan.reason.value, None
    stand_in = simulator.Simulator(step=None, now=lambda: NOW)
    request = plan.request
    assert request.auth is not None
    headers = {**dict(request.headers), "authorization": request.auth.header()}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(stand_in.app)) as client:
        answer = await client.post(request.url, headers=headers, content=request.body)
    outcome = action.interpret(
        kit.HttpResponse(answer.status_code, dict(answer.headers.items()), answer.content)
    )
    if isinstance(outcome, kit.Rejected):
        return "REJECTED", None, outcome.code
    assert isinstance(outcome, kit.Accepted)
    return "ACCEPTED", None, None


@pytest.mark.parametrize("story", demo.stories, ids=lambda story: story.title)
async def test_a_story_ends_as_promised(story: kit.DemoStory) -> None:
    matches = [
        (event, MAPPINGS[preset.name])
        for event in map(event_of, story.calls)
        for preset in definition.presets
        if preset.name in MAPPINGS
        if compile_trigger(preset.trigger).matches(event)
    ]

    ends = [(mapping.mapping, *await outcome_of(event, mapping)) for event, mapping in matches]

    assert ends == [(end.mapping, end.status, end.reason, end.error_code) for end in story.promises]


def test_every_mapping_of_the_demo_is_a_preset_that_names_its_sender() -> None:
    presets = {preset.name: preset for preset in definition.presets}

    assert list(MAPPINGS) == ["audience_entered_sms", "identify_welcome_sms", "track_order_whatsapp"]
    for name, mapping in MAPPINGS.items():
        preset = presets[name]
        completed = {**default_fields(definition.action(preset.action).payload), **mapping.fields}
        assert (mapping.action, mapping.trigger, mapping.purpose) == (
            preset.action,
            preset.trigger,
            preset.purpose,
        )
        own = {key: value for key, value in completed.items() if key not in _OWN}
        preset_fields = {**default_fields(definition.action(preset.action).payload), **preset.fields}
        assert own == {key: value for key, value in preset_fields.items() if key not in _OWN}
        assert "from" in mapping.fields


_OWN = {"from", "contentSid", "contentVariables"}
