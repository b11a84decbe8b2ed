"""Sends a WhatsApp template to each person who enters an audience.

Nobody has written lately, so WhatsApp takes an approved template only. This one has the first name as its variable:
`Hello {{1}}, there is news for you. Reply STOP to opt out.` WhatsApp takes no empty value, hence the default.
"""

from mappings.presets.preset import Preset, external_ids

PRESET = Preset(
    name="audience_entered_whatsapp",
    title="WhatsApp on entering an audience",
    description=(
        "For `Audience Entered`: sends an approved template to each person who enters an audience and has opted in to "
        "WhatsApp. Every connected audience counts, unless the trigger names one. Variable 1 is the first name. "
        "Fill in: `from`, `contentSid`, and `contentVariables` as your template has them."
    ),
    action="sendWhatsApp",
    trigger='type = "track" and event = "Audience Entered"',
    purpose="MARKETING",
    fields={
        "contentVariables": {
            "1": '{{ profile.traits.firstName | default: profile.traits.first_name | default: "there" }}'
        },
        "send": True,
        "traitEnrichment": True,
        "segmentComputationId": {"@path": "$.context.personas.computation_id"},
        "externalIds": external_ids(),
        "traits": {"@path": "$.properties"},
        "eventOccurredTS": {"@path": "$.timestamp"},
    },
)
