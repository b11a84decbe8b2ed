"""The words of the schema that rules and facts share, spelled once."""

from enum import StrEnum


class Channel(StrEnum):
    """How a message reaches a phone."""

    SMS = "SMS"
    MMS = "MMS"
    WHATSAPP = "WHATSAPP"


class Purpose(StrEnum):
    """Why a mapping sends: it decides how much consent is asked for."""

    MARKETING = "MARKETING"
    TRANSACTIONAL = "TRANSACTIONAL"
    AUTHENTICATION = "AUTHENTICATION"


class MmsFallback(StrEnum):
    """What media do where there is no MMS."""

    LINK = "LINK"  # the provider sends a text with a link
    SUPPRESS = "SUPPRESS"


class UncertainPolicy(StrEnum):
    """What becomes of a message whose creation was in doubt, once it is proven that there is none."""

    EXPIRE = "EXPIRE"
    RESEND_WHEN_ABSENT = "RESEND_WHEN_ABSENT"


class InboundSourceEvent(StrEnum):
    """What of a destination becomes an event of its policy's `inbound_source_id`."""

    MESSAGE_RECEIVED = "MESSAGE_RECEIVED"
    MESSAGE_DELIVERED = "MESSAGE_DELIVERED"
    MESSAGE_FAILED = "MESSAGE_FAILED"
    MESSAGE_LINK_CLICKED = "MESSAGE_LINK_CLICKED"


class SenderKind(StrEnum):
    """How an address sends."""

    PHONE_NUMBER = "PHONE_NUMBER"
    SHORT_CODE = "SHORT_CODE"
    ALPHANUMERIC = "ALPHANUMERIC"
    MESSAGING_SERVICE = "MESSAGING_SERVICE"
    WHATSAPP_SENDER = "WHATSAPP_SENDER"


class SenderState(StrEnum):
    """What is known of a sender that an account has, or had."""

    IN_USE = "IN_USE"
    REMOVED = "REMOVED"  # its lists had it once, and have it no more


class TemplateApproval(StrEnum):
    """What a channel said of a template: only APPROVED may begin a conversation."""

    UNSUBMITTED = "UNSUBMITTED"
    RECEIVED = "RECEIVED"
    PENDING = "PENDING"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    PAUSED = "PAUSED"
    DISABLED = "DISABLED"


class ConsentStatus(StrEnum):
    """What is known about a number's wish to be messaged on a channel."""

    SUBSCRIBED = "SUBSCRIBED"
    UNSUBSCRIBED = "UNSUBSCRIBED"
    UNKNOWN = "UNKNOWN"
    PENDING = "PENDING"  # a yes was said for them, which they did not confirm yet: double opt-in


class StopReach(StrEnum):
    """What a person's own stop stops, beside the sender or service that it was said to."""

    ALL = "ALL"  # everything from there, and MARKETING from every sender of the channel
    SENDER = "SENDER"  # everything from there, and nothing else: one sender's refusal
    MARKETING = "MARKETING"  # MARKETING alone, from every sender of the channel


class Resend(StrEnum):
    """Whether a message that failed may be sent once more, as one of its own."""

    NEVER_SENT = "NEVER_SENT"  # the provider never sent it
    MAY_HAVE_ARRIVED = "MAY_HAVE_ARRIVED"  # only where the policy `retryUndelivered` takes the risk
    WITH_TEMPLATE = (
        "WITH_TEMPLATE"  # the conversation's window was closed: a template may go, where one is at hand
    )


class DestinationStatus(StrEnum):
    """How far the checks of a destination's settings have come."""

    DRAFT = "DRAFT"
    VERIFYING = "VERIFYING"
    VERIFIED = "VERIFIED"
    FAILED = "FAILED"


class MessageStatus(StrEnum):
    """The provider's own word on a message it accepted, in rising rank: it only moves up."""

    ACCEPTED = "ACCEPTED"
    SCHEDULED = "SCHEDULED"
    QUEUED = "QUEUED"
    SENDING = "SENDING"
    SENT = "SENT"
    CANCELED = "CANCELED"
    UNDELIVERED = "UNDELIVERED"
    FAILED = "FAILED"
    PARTIALLY_DELIVERED = "PARTIALLY_DELIVERED"
    DELIVERED = "DELIVERED"
    READ = "READ"

    @property
    def rank(self) -> int:
        """Where the status stands; a callback never moves a message to a lower rank."""
        return _RANKS[self]

    @property
    def final(self) -> bool:
        """Whether the provider is done with the message (READ may still follow DELIVERED)."""
        return self.rank >= _RANKS[MessageStatus.CANCELED]


_RANKS = {status: rank for rank, status in enumerate(MessageStatus)}


class ButtonKind(StrEnum):
    """What a button below a text does."""

    REPLY = "REPLY"  # it answers with its title
    URL = "URL"
    PHONE_NUMBER = "PHONE_NUMBER"
    COPY_CODE = "COPY_CODE"
    OTHER = "OTHER"  # such as one that opens a list


class Reason(StrEnum):
    """Why nothing was sent, or not yet: one member per reason of the gates."""

    ACCOUNT_NOT_VERIFIED = "ACCOUNT_NOT_VERIFIED"
    DESTINATION_DISABLED = "DESTINATION_DISABLED"
    CHANNEL_OFF = "CHANNEL_OFF"
    STALE_EVENT = "STALE_EVENT"
    UNTRUSTED_SOURCE = "UNTRUSTED_SOURCE"
    SEND_DISABLED = "SEND_DISABLED"
    PROFILE_PENDING = "PROFILE_PENDING"
    NO_SUPPORTED_IDS = "NO_SUPPORTED_IDS"
    INVALID_PHONE = "INVALID_PHONE"
    RECIPIENT_CHANGED = "RECIPIENT_CHANGED"
    NOT_SUBSCRIBED = "NOT_SUBSCRIBED"
    INVALID_SUBSCRIPTION_STATUS = "INVALID_SUBSCRIPTION_STATUS"
    OPTED_OUT = "OPTED_OUT"
    COUNTRY_NOT_ALLOWED = "COUNTRY_NOT_ALLOWED"
    MMS_COUNTRY = "MMS_COUNTRY"
    MEDIA_TYPE = "MEDIA_TYPE"
    DLT_REQUIRED = "DLT_REQUIRED"
    SENDER_REMOVED = "SENDER_REMOVED"
    SENDER_NOT_ALLOWED = "SENDER_NOT_ALLOWED"
    TEMPLATE_NOT_APPROVED = "TEMPLATE_NOT_APPROVED"
    WINDOW_CLOSED = "WINDOW_CLOSED"
    QUIET_HOURS = "QUIET_HOURS"
    FREQUENCY_CAP = "FREQUENCY_CAP"
    BUDGET = "BUDGET"
    PACED = "PACED"
    PAUSED = "PAUSED"
    CANCELED_BY_TRIGGER = "CANCELED_BY_TRIGGER"
    NEEDS_REVIEW = "NEEDS_REVIEW"
