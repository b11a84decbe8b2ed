"""The words of the schema as GraphQL enums, each with its meaning."""

from collections.abc import Mapping
from enum import Enum, StrEnum

import strawberry
from strawberry.types.enum import has_enum_definition

from destinations.kit import (
    ButtonKind,
    Channel,
    ConsentStatus,
    DestinationStatus,
    InboundSourceEvent,
    MessageStatus,
    MmsFallback,
    Purpose,
    Reason,
    SenderKind,
    TemplateApproval,
    UncertainPolicy,
)
from gateway.background_jobs import BackgroundKind, BackgroundStatus
from gateway.consent import ReviewAnswer
from gateway.deliveries import DeliveryStatus
from gateway.events import EventOutcome
from gateway.stats import Bucket, Dimension
from gateway.storage.inbound_messages import SourceEventOutcome
from gateway.workspace import MappingMode, Role, SourceTrust


def described(
    kind: type[Enum], description: str, meanings: Mapping[str, str], name: str | None = None
) -> None:
    """Make `kind` a GraphQL enum, of the same name unless another is given. Raises KeyError where a member has no meaning."""
    strawberry.enum(kind, name=name, description=description)
    if has_enum_definition(kind):
        for value in kind.__strawberry_definition__.values:
            value.description = meanings[value.name]


class KeyState(StrEnum):
    """What a key of an account is used for."""

    ACTIVE = "ACTIVE"
    STANDBY = "STANDBY"
    FAILED = "FAILED"


class Severity(StrEnum):
    """How bad a problem of a mapping is, or an alert."""

    ERROR = "ERROR"
    WARNING = "WARNING"


class FieldPick(StrEnum):
    """What of an account a field names."""

    SENDER = "SENDER"
    TEMPLATE = "TEMPLATE"


class Decision(StrEnum):
    """What a dry run would have come to."""

    SEND = "SEND"
    HOLD = "HOLD"
    SUPPRESS = "SUPPRESS"
    REJECT = "REJECT"
    NO_MATCH = "NO_MATCH"


class ErrorCode(StrEnum):
    """What kind of thing went wrong, among those that can be expected to."""

    REQUIRED = "REQUIRED"
    INVALID = "INVALID"
    TAKEN = "TAKEN"
    NOT_FOUND = "NOT_FOUND"
    IN_USE = "IN_USE"
    VERSION_CONFLICT = "VERSION_CONFLICT"
    IDEMPOTENCY_MISMATCH = "IDEMPOTENCY_MISMATCH"
    CREDENTIALS_REJECTED = "CREDENTIALS_REJECTED"
    NOT_VERIFIED = "NOT_VERIFIED"
    SUPPRESSED = "SUPPRESSED"
    PROVIDER_ERROR = "PROVIDER_ERROR"
    RATE_LIMITED = "RATE_LIMITED"
    FORBIDDEN = "FORBIDDEN"


described(
    Role,
    "What a token may do.",
    {
        "ADMIN": "Everything, what is configured and who may come in included.",
        "OPERATOR": "Edits mappings, records consent, pauses and resumes, replays and cancels; sees everything in clear.",
        "READER": "Sees everything in clear, changes nothing.",
        "VIEWER": "Sees everything masked: no numbers, payloads, bodies or forms, and no look-ups by number.",
    },
)
described(
    MappingMode,
    "Whether a mapping sends.",
    {
        "LIVE": "It sends.",
        "SHADOW": "It decides on what comes, and what it would send is recorded as SHADOWED; no request is made.",
    },
)
described(
    SourceTrust,
    "How far a source is trusted. A browser key is public: it never supplies a recipient, grants consent or starts a "
    "send.",
    {
        "SERVER": "The write key is kept on a server: its events are believed.",
        "BROWSER": "The write key is in every page: its events may only revoke consent.",
    },
)
described(
    Purpose,
    "Why a mapping sends: it decides how much consent is asked for.",
    {
        "MARKETING": "Asks for an opt-in.",
        "TRANSACTIONAL": "Passes where a server source gave this number for this person; a stop still holds.",
        "AUTHENTICATION": "A code somebody asked for; a stop still holds.",
    },
)
described(
    KeyState,
    "What a key of an account is used for.",
    {
        "ACTIVE": "Requests are made with it.",
        "STANDBY": "It was added and checked, and waits to be promoted.",
        "FAILED": "The provider refused it.",
    },
)
described(
    Severity,
    "How bad a problem of a mapping is, or an alert.",
    {"ERROR": "It does not run.", "WARNING": "It runs, but hardly as it was meant."},
)
described(
    Channel,
    "How a message reaches a phone.",
    {
        "SMS": "A text message.",
        "MMS": "Text with media; consent and stops are those of SMS.",
        "WHATSAPP": "A message on WhatsApp.",
    },
)
described(
    DestinationStatus,
    "How far the checks of a destination's settings have come.",
    {
        "DRAFT": "Not checked since the settings were last changed: what is due is held.",
        "VERIFYING": "The checks are running.",
        "VERIFIED": "Every check passed: it sends.",
        "FAILED": "A check failed: what is due is held until it is mended and verified.",
    },
)
described(
    Decision,
    "What a dry run comes to.",
    {
        "SEND": "The request shown would be made.",
        "HOLD": "It would wait, for the reason given.",
        "SUPPRESS": "Nothing would be sent, on purpose, for the reason given.",
        "REJECT": "It could not become a message; the problems and the explanation say why.",
        "NO_MATCH": "The event is not for this mapping.",
    },
)
described(
    EventOutcome,
    "What became of an event as a whole.",
    {
        "ACCEPTED": "Taken, and not matched yet.",
        "DUPLICATE": "Another event of the same messageId and person was first: see `repeats`.",
        "INVALID": "Kept with its problem; it leads to nothing.",
        "UNMATCHED": "No mapping is for it.",
        "MATCHED": "At least one mapping is for it: see its deliveries.",
    },
)
described(
    DeliveryStatus,
    "Where a delivery stands.",
    {
        "PENDING": "Waits for its first turn.",
        "HELD": "A gate said: not yet. It goes on by itself.",
        "SENDING": "The request is under way.",
        "RETRYING": "Nothing was created; it will be tried again.",
        "UNCERTAIN": "Nobody knows whether it was created; it is looked up before anything is sent again.",
        "ACCEPTED": "The provider took it; messageStatus says what became of it there.",
        "SUPPRESSED": "Not sent on purpose, with a reason.",
        "REJECTED": "Refused for good, with a code and a remedy.",
        "CANCELED": "A cancel trigger came first, or a person canceled it.",
        "SHADOWED": "It would have been sent, and was not: its mapping is in SHADOW. It is never sent later.",
        "EXPIRED": "It became too old, or its fate was never settled.",
    },
)
described(
    MessageStatus,
    "The provider's own word on an accepted message; it only moves up.",
    {
        "ACCEPTED": "Taken, no sender chosen yet.",
        "SCHEDULED": "Waits for its time.",
        "QUEUED": "Waits to be sent.",
        "SENDING": "On its way to the carrier.",
        "SENT": "The carrier took it.",
        "CANCELED": "Canceled before it was sent.",
        "UNDELIVERED": "It did not arrive.",
        "FAILED": "It could not be sent.",
        "PARTIALLY_DELIVERED": "Some of it arrived.",
        "DELIVERED": "It arrived on the phone.",
        "READ": "It was read.",
    },
)
described(
    ConsentStatus,
    "What is known of a number's wish to be messaged on a channel.",
    {
        "SUBSCRIBED": "It said yes.",
        "UNSUBSCRIBED": "It said no.",
        "UNKNOWN": "It said nothing that counts.",
        "PENDING": "An event said yes for it, which nobody confirmed yet (policy `doubleOptIn`): nothing goes to it but the question.",
    },
)
described(
    MmsFallback,
    "What media do where there is no MMS: the provider sends a link instead, or nothing is sent.",
    {
        "LINK": "A text with a link goes out, as far as the provider's account converts media; a note says so.",
        "SUPPRESS": "Nothing goes out, with the reason MMS_COUNTRY.",
    },
)
described(
    SenderKind,
    "How an address sends.",
    {
        "PHONE_NUMBER": "A number of the account.",
        "SHORT_CODE": "A short code.",
        "ALPHANUMERIC": "A name, which nobody can answer.",
        "MESSAGING_SERVICE": "A service, which picks one of the senders in its pool.",
        "WHATSAPP_SENDER": "A number on WhatsApp.",
    },
)
described(
    TemplateApproval,
    "What WhatsApp said of a template: only one that is APPROVED begins a conversation.",
    {
        "UNSUBMITTED": "It was not asked.",
        "RECEIVED": "It was asked.",
        "PENDING": "It is looking.",
        "APPROVED": "It may be sent to anybody.",
        "REJECTED": "It was refused.",
        "PAUSED": "It is paused, since people complained of it.",
        "DISABLED": "It was disabled for good, or WhatsApp's word for it is not known here.",
    },
)
described(
    FieldPick,
    "What of an account a field names, so that it can be picked from what the account has.",
    {
        "SENDER": "One of `destination { senders }`, by its `address`.",
        "TEMPLATE": "One of `destination { templates }`, by its `sid`.",
    },
)
described(
    ButtonKind,
    "What a button below a text does.",
    {
        "REPLY": "It answers with what stands on it.",
        "URL": "It opens an address.",
        "PHONE_NUMBER": "It calls a number.",
        "COPY_CODE": "It copies a code.",
        "OTHER": "Something else, such as opening a list.",
    },
)
described(
    InboundSourceEvent,
    "What of a destination becomes a track event of its policy's `inboundSourceId`.",
    {
        "MESSAGE_RECEIVED": "`Message Received`: what a person writes.",
        "MESSAGE_DELIVERED": "`Message Delivered`, once for a delivery: its message arrived.",
        "MESSAGE_FAILED": "`Message Failed`, once for a delivery: the provider could not deliver its message, or refused the request.",
        "MESSAGE_LINK_CLICKED": "`Message Link Clicked`: somebody followed a link that the provider shortened.",
    },
)
described(
    SourceEventOutcome,
    "What became of a message that somebody wrote as an event of the policy's `inboundSourceId`.",
    {
        "MADE": "It became one.",
        "LOOP": "It became none: it answers what such an event sent, and more than 5 were made of that conversation within 10 minutes.",
        "SOURCE_OFF": "It became none: the source is disabled or deleted.",
    },
)
described(
    UncertainPolicy,
    "What becomes of a message whose creation was in doubt, once it is proven that the provider has none.",
    {
        "EXPIRE": "It is EXPIRED, and not sent.",
        "RESEND_WHEN_ABSENT": "It is sent again.",
    },
)
described(
    Reason,
    "Why nothing was sent, or not yet: one member per reason of the gates.",
    {
        "ACCOUNT_NOT_VERIFIED": "The destination is not verified; it goes on once it is.",
        "DESTINATION_DISABLED": "The destination is disabled.",
        "CHANNEL_OFF": "The channel is switched off.",
        "STALE_EVENT": "The event is older than the mapping allows.",
        "UNTRUSTED_SOURCE": "It came with a browser key.",
        "SEND_DISABLED": "The mapping's `send` is not true.",
        "PROFILE_PENDING": "The person may still be identified; it waits once.",
        "NO_SUPPORTED_IDS": "No number to send to was found.",
        "INVALID_PHONE": "The number is none.",
        "RECIPIENT_CHANGED": "The number is not the one this delivery was first planned for.",
        "NOT_SUBSCRIBED": "The person did not opt in.",
        "INVALID_SUBSCRIPTION_STATUS": "The subscription status is a word nobody knows.",
        "OPTED_OUT": "The person said stop.",
        "COUNTRY_NOT_ALLOWED": "The number's country is not allowed.",
        "MMS_COUNTRY": "There is no MMS in that country, and the destination's policy wants no link in its place.",
        "MEDIA_TYPE": "The media is of a kind that no carrier takes.",
        "DLT_REQUIRED": "The destination's policy asks for a registration for that country, which it does not have.",
        "SENDER_REMOVED": "The sender is gone from the account.",
        "SENDER_NOT_ALLOWED": "The sender can't send this.",
        "TEMPLATE_NOT_APPROVED": "The template is not approved.",
        "WINDOW_CLOSED": "The person did not write within the last 24 hours, and no template was given.",
        "QUIET_HOURS": "It is night where the person is.",
        "FREQUENCY_CAP": "The person had enough messages today.",
        "BUDGET": "The destination sent enough today.",
        "PACED": "The sender's own rate is used up for the moment.",
        "PAUSED": "The destination or its whole space is paused; it goes on, the oldest first, once that is resumed.",
        "CANCELED_BY_TRIGGER": "The mapping's cancel trigger matched first.",
        "NEEDS_REVIEW": "The person wrote what may be a stop: marketing waits until somebody says, with inboundReview.",
    },
)
described(
    ReviewAnswer,
    "What a person says of a message that may be a stop.",
    {
        "STOP": "It is one: recorded as the person's own stop, to the sender they wrote to.",
        "NOT_A_STOP": "It is none: a message like any other.",
    },
)
described(
    BackgroundKind,
    "What a job does.",
    {
        "REPLAY": "Replays deliveries: see deliveriesReplay.",
        "SENDER_SYNC": "Learns what an account sends from: see senderSync.",
        "TEMPLATE_SYNC": "Learns what templates an account has: see templateSync.",
        "SENDER_CONNECT": "Has what people write to a sender come here: see senderConnect.",
        "ERASE": "Erases a person: see contactErase.",
        "INBOUND_IMPORT": "Hears what people wrote in the 24 hours before a verification: see destinationVerify.",
        "CONSENT_IMPORT": "Records what a file says of consent, or counts it: see consentImport.",
        "IMPORT": "Made what another system had configured: see importApply.",
        "BACKTEST": "Tries a mapping on events that came: see backtest.",
    },
    name="JobKind",
)
described(
    BackgroundStatus,
    "Where a job stands.",
    {
        "RUNNING": "It is worked on, or waits until others are.",
        "PAUSED": "Somebody paused it; jobResume lets it go on.",
        "DONE": "It came to its end; `failed` says of how many items nothing came.",
        "FAILED": "The gateway itself failed on it; jobResume lets it go on where it stopped.",
        "CANCELED": "Somebody ended it; what it had done stays.",
    },
    name="JobStatus",
)
described(
    Bucket,
    "How long the span is that counts are given for.",
    {
        "MINUTE": "A minute; of the last 3 days.",
        "HOUR": "An hour; of the last 90 days.",
        "DAY": "A day in UTC; of the last 400 days.",
    },
    name="TimeBucket",
)
described(
    Dimension,
    "What counted deliveries have in common.",
    {
        "DESTINATION": "Through which destination they go.",
        "MAPPING": "Of which mapping they are.",
        "SENDER": "From which sender they went; empty before they are planned.",
        "CHANNEL": "By which channel.",
        "COUNTRY": "The country of the recipient's number; empty before one is found, and for numbers of no country.",
        "REASON": "Why nothing was sent.",
        "ERROR_CODE": "Why they failed after they were accepted, or were rejected, canceled or expired.",
    },
    name="StatsDimension",
)
described(
    ErrorCode,
    "What kind of thing went wrong, among those that can be expected to.",
    {
        "REQUIRED": "It is missing or blank.",
        "INVALID": "It is not of the kind that is asked for.",
        "TAKEN": "Another of that name exists.",
        "NOT_FOUND": "There is none with that id.",
        "IN_USE": "Something else still needs it, or is at work on it.",
        "VERSION_CONFLICT": "Somebody changed it since.",
        "IDEMPOTENCY_MISMATCH": "The idempotency key was used before with another input.",
        "CREDENTIALS_REJECTED": "The provider refused the credentials.",
        "NOT_VERIFIED": "The destination is not verified.",
        "SUPPRESSED": "A gate refused to send.",
        "PROVIDER_ERROR": "The provider refused, or did not answer.",
        "RATE_LIMITED": "Too much was asked for at once.",
        "FORBIDDEN": "The token's role may not do this.",
    },
)
