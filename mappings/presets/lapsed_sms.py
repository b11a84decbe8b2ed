"""Invites a person back by SMS when they enter the audience of lapsed customers.

The trigger names one audience by its key, here `lapsed_vips`. It asks for equality, not for a pattern: the next
audience whose key happens to begin with "lapsed" should not be texted by surprise.
"""

from mappings.presets.preset import Preset, external_ids, identity

PRESET = Preset(
    name="lapsed_sms",
    title="Win back lapsed customers by SMS",
    description=(
        "For `Audience Entered` of one audience, `lapsed_vips`: invites back each person who enters it and has opted "
        "in. A mapping for every audience, such as audience_entered_sms, would text the same person a second time. "
        "Fill in: `from`, and in the trigger the key of your own audience."
    ),
    action="sendSms",
    trigger='type = "track" and event = "Audience Entered" and properties.audience_key = "lapsed_vips"',
    purpose="MARKETING",
    fields={
        **identity(),
        "body": (
            'Hi {{ profile.traits.firstName | default: profile.traits.first_name | default: "there" }}, it has been a while! '
            "Come back and see what is new. Reply STOP to opt out."
        ),
        "send": True,
        "traitEnrichment": True,
        "sendBasedOnOptOut": False,
        "segmentComputationId": {"@path": "$.context.personas.computation_id"},
        "externalIds": external_ids(),
        "traits": {"@path": "$.properties"},
    },
)
