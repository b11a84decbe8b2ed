"""Sends an SMS to each person who enters an audience."""

from mappings.presets.preset import Preset, external_ids, identity

PRESET = Preset(
    name="audience_entered_sms",
    title="SMS on entering an audience",
    description="Sends a text when a person enters an audience. The event's properties are the template's traits.",
    action="sendSms",
    trigger='type = "track" and event = "Audience Entered"',
    purpose="MARKETING",
    fields={
        **identity(),
        "body": 'Hi {{ profile.traits.first_name | default: "there" }}, there is news for you. Reply STOP to opt out.',
        "send": True,
        "traitEnrichment": True,
        "sendBasedOnOptOut": False,
        "segmentComputationId": {"@path": "$.context.personas.computation_id"},
        "externalIds": external_ids(),
        "traits": {"@path": "$.properties"},
    },
)
