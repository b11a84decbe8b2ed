"""Confirms an order by a WhatsApp template.

The event is `Order Completed` as Segment's e-commerce spec has it. A template for it:
`Thank you! We have your order {{1}} over {{2}} and are getting it ready.` The total is printed as it comes: where "84.50"
matters, send it as text.
"""

from mappings.presets.preset import Preset, external_ids

PRESET = Preset(
    name="track_order_whatsapp",
    title="Order confirmation on WhatsApp",
    description=(
        "For `Order Completed`: confirms the order to the person who placed it, by an approved template, if they have "
        "opted in to WhatsApp or wrote within 24 hours. Variable 1 is the order's id, variable 2 its total with the "
        "currency. Fill in: `from`, `contentSid`, and `contentVariables` as your template has them."
    ),
    action="sendWhatsApp",
    trigger='type = "track" and event = "Order Completed"',
    purpose="TRANSACTIONAL",
    fields={
        "contentVariables": {
            "1": "{{ profile.traits.order_id }}",
            "2": '{{ profile.traits.total | append: " " | append: profile.traits.currency | strip }}',
        },
        "send": True,
        "traitEnrichment": True,
        "externalIds": external_ids(),
        "traits": {"@path": "$.properties"},
        "eventOccurredTS": {"@path": "$.timestamp"},
    },
)
