"""Sends an SMS with the value of a computed trait when Segment has computed it anew."""

from mappings.presets.preset import Preset, external_ids, identity

PRESET = Preset(
    name="trait_computed_sms",
    title="SMS with a computed trait",
    description=(
        "For `Trait Computed` of one computed trait, here `last_category`: texts its value to each person of whom it is computed, and who has "
        "opted in, each time. Fill in: `from`, and the key of your own trait in the trigger and in the text."
    ),
    action="sendSms",
    trigger='type = "track" and event = "Trait Computed" and properties.trait_key = "last_category"',
    purpose="MARKETING",
    fields={
        **identity(),
        "body": (
            'Hi {{ profile.traits.firstName | default: profile.traits.first_name | default: "there" }}, there is more in '
            "{{ profile.traits.last_category }} now. Reply STOP to opt out."
        ),
        "send": True,
        "traitEnrichment": True,
        "sendBasedOnOptOut": False,
        "segmentComputationId": {"@path": "$.context.personas.computation_id"},
        "externalIds": external_ids(),
        "traits": {"@path": "$.properties"},
    },
)
