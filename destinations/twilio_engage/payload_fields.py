"""The fields that both actions have, declared once: a function each, since a declaration belongs to one model."""

from typing import Any

from destinations import kit


def to_number() -> Any:
    return kit.field(
        label="Test Number",
        description="Sends to this number instead of the person's, without asking for an opt-in. "
        "Only the destination's test numbers count as such; any other needs the opt-in.",
    )


def to() -> Any:
    return kit.field(
        type="text",
        label="To",
        description="Liquid that picks the number where no external id may be sent to, such as "
        "{{ profile.traits.mobile | default: profile.traits.phone }}; it reads no trait that only a browser source gave. "
        "Left out: the person's phone.",
    )


def content_variables(label: str) -> Any:
    return kit.field(
        type="object",
        label=label,
        description="The values of the template's variables by name, each a Liquid template: "
        '{"1": "{{ profile.traits.first_name }}"}.',
    )


def custom_args() -> Any:
    return kit.field(
        {},
        type="object",
        label="Custom Arguments",
        description="Values that come back on status callbacks; some also become Tags.",
    )


def connection_overrides() -> Any:
    return kit.field(
        label="Connection Overrides",
        description="How Twilio calls back, instead of the destination's own setting.",
    )


def send() -> Any:
    return kit.field(
        default=False,
        type="boolean",
        mapping=False,
        label="Send Message",
        description="Nothing is sent unless this is true.",
    )


def segment_computation_id() -> Any:
    return kit.field(
        label="Segment Computation ID",
        description="The audience or journey the event comes from.",
        mapping={"@path": "$.context.personas.computation_id"},
    )


def external_ids() -> Any:
    return kit.field(
        (),
        type="object",
        label="External IDs",
        description="The person's identifiers, with channel and subscription status.",
        mapping={
            "@arrayPath": [
                "$.external_ids",
                {
                    "id": {"@path": "$.id"},
                    "type": {"@path": "$.type"},
                    "channelType": {"@path": "$.channelType"},
                    "subscriptionStatus": {"@path": "$.isSubscribed"},
                },
            ]
        },
    )


def traits() -> Any:
    return kit.field(
        type="object",
        label="Traits",
        description="Values for the templates, over what is known of the person.",
        mapping={"@path": "$.properties"},
    )


def event_occurred_ts() -> Any:
    return kit.field(
        alias="eventOccurredTS",
        label="Event Timestamp",
        description="When the event happened.",
        mapping={"@path": "$.timestamp"},
    )
