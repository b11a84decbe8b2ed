"""Sends an SMS to each person whom an identify puts into an audience.

Segment tells destinations of an audience as a track event, as an identify whose trait of the audience's key turns true, or as both: the
trigger is for the second form. Each sync says it again, so the trigger asks that something changed: `unchanged` is what the gateway marks
where the person was known to be in the audience before.
"""

from mappings.presets.preset import Preset, external_ids, identity

PRESET = Preset(
    name="audience_identify_sms",
    title="SMS on entering an audience, sent as identify",
    description=(
        "For an audience that Segment sends as `identify` with `vip_customers: true`: texts each person who enters it and has opted in, once, "
        "and again when they have left it in between. Where Segment sends `Audience Entered` as well, use this or audience_entered_sms: both "
        "together text twice. Fill in: `from`, and in the trigger the key of your own audience."
    ),
    action="sendSms",
    trigger=(
        'type = "identify" and context.personas.computation_key = "vip_customers" and traits.vip_customers = true '
        "and context.personas.unchanged != true"
    ),
    purpose="MARKETING",
    fields={
        **identity(),
        "body": 'Hi {{ profile.traits.firstName | default: profile.traits.first_name | default: "there" }}, there is news for you. Reply STOP to opt out.',
        "send": True,
        "traitEnrichment": True,
        "sendBasedOnOptOut": False,
        "segmentComputationId": {"@path": "$.context.personas.computation_id"},
        "externalIds": external_ids(),
        "traits": {"@path": "$.traits"},
    },
)
