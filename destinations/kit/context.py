"""All that is in a plan's reach. It can only read: settings, clock, facts, and a GET the destination builds itself."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Generic, TypeVar

import msgspec

from destinations.kit.enums import Channel, Purpose
from destinations.kit.http import HttpRequest, HttpResponse
from destinations.kit.plan import Trace
from destinations.kit.policy import Policy
from destinations.kit.ports import Facts

SettingsT = TypeVar("SettingsT")

Read = Callable[[HttpRequest], Awaitable[HttpResponse]]


class About(msgspec.Struct, frozen=True):
    """What a plan is about, for a remedy to name: nothing of it decides. Outside of a gateway nothing of it is known.

    `mapping_id` is None for a mapping that is not saved. `call` is the event's type, `event` the name of a track. `opt_in_traits` are those that its source reads.
    `literal_statuses` are the words of consent that the mapping says itself, whatever its event says.
    """

    space: str = "default"
    destination_id: str | None = None
    mapping_id: str | None = None
    user_id: str | None = None
    anonymous_id: str | None = None
    call: str | None = None
    event: str | None = None
    opt_in_traits: Mapping[Channel, str] = msgspec.field(default_factory=dict)
    mapping_name: str | None = None
    literal_statuses: frozenset[str] = frozenset()


class Context(msgspec.Struct, Generic[SettingsT], frozen=True):
    """What a plan may know.

    `read` makes one GET: it raises RetryableError where no answer came, and returns every answer that did.
    `callback_url` is the gateway's own status webhook for this Delivery, or None where the provider can't reach it.
    `allowed_hosts` are host[:port] values the operator allows beside the provider's own (a simulator).
    `occurred_at` is the event's own time. `trusted` is False for an event of a BROWSER source, which may say no
    for a number but never yes, picks no recipient by what it says, and replaces no trait of `Person.server_traits`.
    `recipient` is set once an earlier plan fixed it: it never changes afterwards.
    `window_closed`: the provider said just now that the person's conversation is closed, whatever the facts say.
    `profile_hold_until` is when a plan may still wait for somebody to be identified; None: no more waiting.
    `lookups`: whether a rule may read what it would like to know, such as a template that the original sent unseen;
    False outside the gateway, where no request is made but the original's.
    `allowed_countries` (ISO 3166) are all that the destination may send to; None: any.
    `policy` is what the destination's owner decided for all of its messages.
    `test_numbers` are None outside the gateway, where any `toNumber` is obeyed as the original does.
    `test_recipient` is the number of a test send: it stands in for whomever the mapping picks. What an event says of consent counts
    for nothing there; one of the `test_numbers` is asked for no consent, and a stop always holds.
    `confirms_stop_to` is whom a confirmation of their own stop goes to, whomever the mapping picks: it is the one message that a stop lets
    through, and goes to nobody who has not stopped.
    `confirms_yes_to` is whom a double opt-in asks whether they want what an event said for them, whomever the mapping picks: it goes to
    nobody whose consent is not PENDING.
    `wholly`: a dry run, which shows what would be sent beside the gate that stops it. The first that does still decides; the plan may
    go on behind it, note in the trace what the others see, and give the rest as `beyond`.
    """

    settings: SettingsT
    now: datetime
    read: Read
    purpose: Purpose = Purpose.MARKETING
    occurred_at: datetime | None = None
    trusted: bool = True
    facts: Facts = msgspec.field(default_factory=Facts)
    callback_url: str | None = None
    allowed_hosts: frozenset[str] = frozenset()
    recipient: str | None = None
    window_closed: bool = False
    profile_hold_until: datetime | None = None
    lookups: bool = False
    allowed_countries: frozenset[str] | None = None
    policy: Policy = msgspec.field(default_factory=Policy)
    test_numbers: frozenset[str] | None = None
    test_recipient: str | None = None
    confirms_stop_to: str | None = None
    confirms_yes_to: str | None = None
    wholly: bool = False
    trace: Trace = msgspec.field(default_factory=Trace)
    about: About = msgspec.field(default_factory=About)
