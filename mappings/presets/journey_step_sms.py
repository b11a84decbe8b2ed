"""Sends an SMS to each person who comes to a step of a journey.

A journey's step is told as an audience is, by `Audience Entered` and `Audience Exited`, under a key of its own such as
`j_o_winback__sms_1_x7`, and with the class `journey_step`.
"""

from mappings.presets.preset import Preset, external_ids, identity

PRESET = Preset(
    name="journey_step_sms",
    title="SMS at a step of a journey",
    description=(
        "For `Audience Entered` of a step of a Segment journey, here `j_o_winback__sms_1`: texts each person who comes to it and has opted in. A "
        "mapping for every audience, such as audience_entered_sms, would text the same person a second time. Fill in: `from`, and in the "
        "trigger the key of your own step, which the event has as `audience_key`."
    ),
    action="sendSms",
    trigger=(
        'type = "track" and event = "Audience Entered" and context.personas.computation_class = "journey_step" '
        'and properties.audience_key = "j_o_winback__sms_1"'
    ),
    purpose="MARKETING",
    fields={
        **identity(),
        "body": 'Hi {{ profile.traits.firstName | default: profile.traits.first_name | default: "there" }}, we miss you! Reply STOP to opt out.',
        "send": True,
        "traitEnrichment": True,
        "sendBasedOnOptOut": False,
        "segmentComputationId": {"@path": "$.context.personas.computation_id"},
        "externalIds": external_ids(),
        "traits": {"@path": "$.properties"},
    },
)
