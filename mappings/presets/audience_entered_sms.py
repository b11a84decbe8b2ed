"""Sends an SMS to each person who enters an audience.

Every audience that is connected to the source counts. Comparing `context.personas.computation_key` in the trigger,
as lapsed_sms does, narrows it to one.
"""

from mappings.presets.preset import Preset, external_ids, identity

PRESET = Preset(
    name="audience_entered_sms",
    title="SMS on entering an audience",
    description=(
        "For `Audience Entered`: texts each person who enters an audience and has opted in. Every connected audience "
        "counts, unless the trigger names one. The event's properties are the template's traits. Fill in: `from`."
    ),
    action="sendSms",
    trigger='type = "track" and event = "Audience Entered"',
    purpose="MARKETING",
    fields={
        **identity(),
        "body": 'Hi {{ profile.traits.firstName | default: profile.traits.first_name | default: "there" }}, there is news for you. Reply STOP to opt out.',
        "send": True,
        "traitEnrichment": True,
        "sendBasedOnOptOut": False,
        "segmentComputationId": {"@path": "$.context.personas.computation_id"},
        "externalIds": external_ids(),
        "traits": {"@path": "$.properties"},
    },
)
