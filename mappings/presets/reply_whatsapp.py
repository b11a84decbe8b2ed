"""Answers on WhatsApp what a person asked there, in the support team's own words.

Within 24 hours of the person's last message WhatsApp takes free text, and a reply needs no opt-in: asking was one.
The message is a value that the body prints, never the body itself, so that braces in it stay braces.
"""

from mappings.presets.preset import Preset, external_ids

PRESET = Preset(
    name="reply_whatsapp",
    title="Support reply on WhatsApp",
    description=(
        "For `Support Reply Sent`, a track event of your support tool with `message` and `channel` in its properties: "
        "sends the message to the person who asked, while their 24-hour window is open. Later nothing is sent, unless "
        "you add the `contentSid` of an approved template, which is used then. Fill in: `from`, the sender that the "
        "person wrote to."
    ),
    action="sendWhatsApp",
    # Support tools report the replies of all their channels by the same event.
    trigger='type = "track" and event = "Support Reply Sent" and properties.channel = "whatsapp"',
    purpose="TRANSACTIONAL",
    fields={
        "body": "{{ profile.traits.message }}",
        "send": True,
        "traitEnrichment": True,
        "externalIds": external_ids(),
        "traits": {"@path": "$.properties"},
        "eventOccurredTS": {"@path": "$.timestamp"},
    },
)
