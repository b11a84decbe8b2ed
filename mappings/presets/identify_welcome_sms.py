"""Greets a person by SMS when they are identified."""

from mappings.presets.preset import Preset, external_ids, identity

PRESET = Preset(
    name="identify_welcome_sms",
    title="Welcome by SMS",
    description=(
        "Sends a greeting at EVERY identify, and SDKs identify at each log-in: narrow the trigger to what your sign-up "
        'alone sends, such as `type = "identify" and traits.signed_up = true`. Without external ids it goes to the '
        "person's phone, if they have opted in. Fill in: `from`."
    ),
    action="sendSms",
    trigger='type = "identify"',
    purpose="MARKETING",
    fields={
        **identity(),
        "body": 'Hi {{ profile.traits.firstName | default: profile.traits.first_name | default: "there" }}, thank you for joining us! Reply STOP to opt out.',
        "send": True,
        "traitEnrichment": True,
        "sendBasedOnOptOut": False,
        "externalIds": external_ids(),
        "traits": {"@path": "$.traits"},
    },
)
