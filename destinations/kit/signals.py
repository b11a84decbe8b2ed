"""What a provider tells us later, as values: the gateway applies them, whatever the channel."""

from dataclasses import dataclass, field
from datetime import datetime

from destinations.kit.enums import Channel, ConsentStatus, MessageStatus, Resend, StopReach


@dataclass(frozen=True, slots=True)
class StatusChanged:
    """The provider's word on one message. `sender` and `recipient` are the addresses as they came, and
    `external_user_ids` the provider's own ids of the person, whose number may be hidden.

    `delivery_id` is set where our own callback URL carried it.

    `price` is the provider's, negative where it costs, with its currency: `-0.00750 USD`. It and `segments` are None until they are known.
    `remedy` says what a person can do about `provider_code`, where the destination's table knows. `account_trouble`: the code
    is about the whole account, not this message. `resend` says of a failure whether the text may be sent once more; None: never.
    `too_fast`: its sender should send more slowly for a while. `form` is what came, in its order, to be passed on to an owner who is
    told the provider's own words.
    """

    message_sid: str
    status: MessageStatus
    delivery_id: str | None = None
    provider_code: str | None = None
    message: str | None = None
    remedy: str | None = None
    price: str | None = None
    segments: int | None = None
    # What came, to be shown: it says nothing that is acted upon.
    sender: str | None = field(default=None, compare=False)
    recipient: str | None = field(default=None, compare=False)
    external_user_ids: tuple[str, ...] = ()
    account_trouble: bool = False
    resend: Resend | None = None
    too_fast: bool = False
    form: tuple[tuple[str, str], ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ConsentChanged:
    """A person's own word to the provider: a stop (a keyword, a block), which yields only to their own start, or a start.

    `number` is in E.164. It is None in the answer to a send, which does not repeat it: the number that was sent to. It is None
    too where the provider hides it: then it is that of the message's status, or of what the person wrote, which it is told with.
    `occurred_at` is None where the provider gives no time: now. `sender` is the address of ours that it was said to, and
    `service` the one that address belongs to, where there is one; both None: not known, and a stop stops everything.
    `reach` is how far a stop goes. `confirmed`: whether the provider itself tells the person that it heard their stop; None: that is not
    sure, and they are not told twice.
    """

    number: str | None
    channel: Channel
    status: ConsentStatus
    stop: bool
    evidence: str
    occurred_at: datetime | None = None
    sender: str | None = None
    service: str | None = None
    reach: StopReach = StopReach.ALL
    confirmed: bool | None = None


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """A person wrote to one of our senders. Both numbers are in E.164, whatever the channel writes before them.

    `number` is None where the provider hides it, or where it is none; `external_user_ids` are its own ids of the person, the
    narrowest first, and `address` is what came.
    `message_sid` is the provider's id of the message: a call that is repeated has the same one. `keyword` is the word of a stop
    or a start that it is. `needs_review`: it may be a stop, and a person has to say. `service` is what the sender belongs to, where it
    belongs to one, and `replied_to` the message of ours that it answers, where the provider says so. `media_types` are those of
    `media_urls`, in their order, "" where one is not known; `button` is the id of the button or list item that was pressed. `yes` is the
    word of a yes, where the message is that and nothing else: it confirms what the person was asked to confirm.
    """

    message_sid: str
    number: str | None
    sender: str
    channel: Channel
    text: str | None = None
    occurred_at: datetime | None = None
    media_urls: tuple[str, ...] = ()
    keyword: str | None = None
    needs_review: bool = False
    service: str | None = None
    replied_to: str | None = None
    external_user_ids: tuple[str, ...] = ()
    address: str | None = field(default=None, compare=False)
    media_types: tuple[str, ...] = ()
    button: str | None = None
    yes: str | None = None


@dataclass(frozen=True, slots=True)
class LinkClicked:
    """Somebody followed a shortened link of a message. `url` is where it leads, and `occurred_at` when they did; None: now.

    `key` tells one click of a message from another, and is the same however often the provider tells of it. `sender` and `recipient`
    are the addresses as they came.
    """

    message_sid: str
    url: str
    key: str
    occurred_at: datetime | None = None
    sender: str | None = field(default=None, compare=False)
    recipient: str | None = field(default=None, compare=False)


Signal = StatusChanged | ConsentChanged | InboundMessage | LinkClicked
