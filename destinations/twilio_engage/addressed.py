"""The fields of a message to somebody: what both actions have, and what the shared steps of their plans read."""

from typing import Any

from destinations import kit


class ExternalId(kit.Fields):
    """One identifier of a person, with its channel and subscription."""

    id: str | None = kit.field(label="ID", description="The identifier itself, such as a phone number.")
    type: str | None = kit.field(label="Type", description="What it identifies by: `phone` is read.")
    channel_type: str | None = kit.field(
        label="Channel type", description="`sms` or `whatsapp`; empty means sms."
    )
    subscription_status: str | None = kit.field(
        label="Subscription status",
        description="`subscribed` or `true`, `unsubscribed` or `false`; empty where it is not known.",
    )


class AddressedPayload(kit.Fields):
    """A payload that names a recipient and a sender.

    The fields without a description mean something else, or nothing, to each action: it declares those that it has.
    """

    user_id: str | None = None
    sender: str
    body: kit.Text | None = None
    media: tuple[kit.Text, ...] = ()
    content_sid: str | None = None
    content_variables: dict[str, Any] | None = None
    trait_enrichment: bool = False
    send_based_on_opt_out: bool = False

    to_number: str | None = kit.field(
        label="Test Number",
        description="Sends to this number instead of the person's. Confirmed test numbers of a destination, which need no "
        "opt-in, come with a later version: until a destination has some, every number here is read as `to`, and needs one. "
        "Nobody is texted where it finds nothing.",
    )
    to: kit.Text | None = kit.field(
        type="text",
        label="To",
        description="The number, or Liquid that picks it, such as "
        "{{ profile.traits.mobile | default: profile.traits.phone }}; it reads no trait that only a browser source gave. "
        "Nobody is texted where it finds nothing. Left out: the first external id that may be sent to, else the person's "
        "phone.",
    )
    custom_args: dict[str, Any] = kit.field(
        {},
        type="object",
        label="Custom Arguments",
        description="Values that come back on status callbacks; some also become Tags.",
    )
    connection_overrides: str | None = kit.field(
        label="Connection Overrides",
        description="How Twilio calls back, instead of the destination's own setting.",
    )
    send: bool = kit.field(
        default=False,
        type="boolean",
        mapping=False,
        label="Send Message",
        description="Nothing is sent unless this is true.",
    )
    segment_computation_id: str | None = kit.field(
        label="Segment Computation ID",
        description="The audience or journey the event comes from.",
        mapping={"@path": "$.context.personas.computation_id"},
    )
    external_ids: tuple[ExternalId, ...] = kit.field(
        (),
        type="object",
        label="External IDs",
        description="The person's identifiers, with channel and subscription status.",
        ordinary=("$.context.externalIds", "$.context.external_ids"),
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
    traits: dict[str, Any] | None = kit.field(
        type="object",
        label="Traits",
        description="Values for the templates, over what is known of the person.",
        mapping={"@path": "$.properties"},
    )
    event_occurred_ts: str | None = kit.field(
        alias="eventOccurredTS",
        label="Event Timestamp",
        description="When the event happened.",
        mapping={"@path": "$.timestamp"},
    )
