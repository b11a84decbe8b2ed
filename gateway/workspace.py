"""What is configured: sources, destinations and mappings, as values."""

import re
from collections.abc import Mapping as Object, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from destinations.kit import Channel, DestinationStatus, Policy, Purpose
from gateway import ids

SPACE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
"""How a space is named."""

SOURCE_ID = re.compile(r"src_[A-Za-z0-9_]{1,60}")
"""How the id of a source is written."""

LONGEST_NAME = 200
"""The most characters of a name that a person gives."""


class MappingMode(StrEnum):
    """Whether a mapping sends."""

    LIVE = "LIVE"
    SHADOW = "SHADOW"  # it decides, and what it would send is only recorded


class SourceTrust(StrEnum):
    """A browser key is public: it never supplies a recipient, grants consent or starts a send by itself."""

    SERVER = "SERVER"
    BROWSER = "BROWSER"


class Role(StrEnum):
    """What a token may do, from everything to looking at masked rows."""

    ADMIN = "ADMIN"
    OPERATOR = "OPERATOR"
    READER = "READER"
    VIEWER = "VIEWER"


@dataclass(frozen=True, slots=True)
class ApiToken:
    """What lets somebody in: whose it is, and what it may do. The token itself is known by its hash alone."""

    id: str
    space: str
    name: str
    role: Role
    last_four: str = field(repr=False)
    created_at: datetime
    last_used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Where events come from. Its write key is known by its hash alone, and of its shared secret only whether there is one: it is kept
    apart (`storage.sources.shared_secrets`).

    A deleted one takes no more events; it is kept for those that came before, which are matched, sent and shown. Deliveries of
    one with `former_keys` may have the ids of old, of which their source was a part.
    """

    id: str
    space: str
    name: str
    trust: SourceTrust
    enabled: bool
    revision: int
    write_key_hash: str = field(repr=False)
    write_key_last_four: str = field(repr=False)
    write_key_set_at: datetime = field(repr=False)
    sms_opt_in_trait: str
    whatsapp_opt_in_trait: str
    created_at: datetime
    deleted_at: datetime | None = None
    former_keys: bool = False
    path_key_allowed: bool = False
    shared_secret_last_four: str | None = field(default=None, repr=False)
    shared_secret_set_at: datetime | None = field(default=None, repr=False)


TESTS = "src_test_"
"""What the id of the source begins with that has the events of a space's test sends. It is deleted from the start: nobody sends by it."""


def source_of_tests(space: str, now: datetime) -> Source:
    """The source that has the events of a space's test sends."""
    return without_key(f"{TESTS}{ids.digest(space)[:32]}", space, "Test sends", now)


def without_key(source_id: str, space: str, name: str, since: datetime) -> Source:
    """A source that has events which the gateway makes itself: deleted from the start, since nobody sends by it."""
    return Source(
        id=source_id,
        space=space,
        name=name,
        trust=SourceTrust.SERVER,
        enabled=False,
        revision=1,
        write_key_hash=ids.digest(f"{source_id} has no key"),
        write_key_last_four="",
        write_key_set_at=since,
        sms_opt_in_trait="sms_opt_in",
        whatsapp_opt_in_trait="whatsapp_opt_in",
        created_at=since,
        deleted_at=since,
    )


@dataclass(frozen=True, slots=True)
class RetiredKey:
    """A write key that was rotated out, and goes on working for a while."""

    source_id: str
    key_hash: str = field(repr=False)
    last_four: str = field(repr=False)
    works_until: datetime


@dataclass(frozen=True, slots=True)
class Trouble:
    """The last time that the provider refused the account itself, and how it is found out whether that is over.

    Without a `pause` (seconds) the next verification decides. With one, the account was refused again soon after it was
    verified: then one Delivery at a time tries, `prober` from `probe_at` on, after pauses that double.
    """

    at: datetime
    code: str
    pause: int | None = None
    probe_at: datetime | None = None
    prober: str | None = None


LONGEST_NOTE = 1000


@dataclass(frozen=True, slots=True)
class Pause:
    """That what comes is matched and waits, since when, by whose word, and why."""

    at: datetime
    by: str
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Destination:
    """A definition configured with settings. `settings` are in camelCase with the secrets in clear: never print them.

    `pause` is its own, `space_pause` that of its whole space; `channels_off` and `space_channels_off` are the channels that are
    switched off, alike. `webhook_events` are those that its owner is told; None: none. A deleted one sends no more; it is kept, with
    its settings, for the messages that it sent before, of which its provider still says what became.
    """

    id: str
    space: str
    definition: str
    name: str
    enabled: bool
    status: DestinationStatus
    revision: int
    settings: Object[str, Any] = field(repr=False)
    secrets_set_at: datetime
    verification: Object[str, Any] | None
    created_at: datetime
    updated_at: datetime
    trouble: Trouble | None = None
    policy: Policy = field(default_factory=Policy)
    pause: Pause | None = None
    space_pause: Pause | None = None
    deleted_at: datetime | None = None
    channels_off: frozenset[Channel] = frozenset()
    space_channels_off: frozenset[Channel] = frozenset()
    webhook_events: Sequence[str] | None = None

    @property
    def paused(self) -> bool:
        """Whether what comes waits."""
        return self.pause is not None or self.space_pause is not None


UNSAVED = "map_unsaved"
"""The id of a mapping that is tried and not stored."""

LONGEST_AGE = 34_560_000
"""How old an event may be, in seconds: ids of events are remembered for 400 days, so nothing older can be told from a repetition."""


@dataclass(frozen=True, slots=True)
class Mapping:
    """A trigger and an action's fields, for one destination. A deleted one is kept for the Deliveries that were made of it. In SHADOW it
    sends nothing; `live_since` is when it last came out of it, and what was made before that is not sent either. None: it never was.
    """

    id: str
    destination_id: str
    action: str
    name: str
    trigger: str
    cancel_trigger: str | None
    purpose: Purpose
    max_age_seconds: int
    allow_browser_events: bool
    allow_import: bool
    fields: Object[str, Any]
    enabled: bool
    revision: int
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None
    mode: MappingMode = MappingMode.LIVE
    live_since: datetime | None = None

    @property
    def saved_id(self) -> str | None:
        """Its id; None for one that is not stored, which nothing can name."""
        return None if self.id == UNSAVED else self.id
