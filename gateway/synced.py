"""What syncs keep of accounts, as values: their senders and templates, and how each sync stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from destinations.kit import Channel, SenderKind, TemplateApproval
from gateway.background_jobs import BackgroundKind
from gateway.workspace import Pause


@dataclass(frozen=True, slots=True)
class Sender:
    """One sender of an account, as kit.OwnedSender has it. `created_at` is when it was first listed, `synced_at` when last.

    `missed_at` is the first of the syncs since then that did not list it; the next one removes it (`removed_at`). `detached_at`:
    somebody took it out of use.
    """

    id: str
    destination_id: str
    address: str
    kind: SenderKind
    label: str
    channels: tuple[Channel, ...]
    sid: str | None
    country: str | None
    inbound_url: str | None
    pool: str | None
    by_pool: bool
    created_at: datetime
    synced_at: datetime
    missed_at: datetime | None = None
    removed_at: datetime | None = None
    detached_at: datetime | None = None
    pause: Pause | None = None

    @property
    def active(self) -> bool:
        """Whether it is in use: the account has it, and nobody took it out of use."""
        return self.removed_at is None and self.detached_at is None


@dataclass(frozen=True, slots=True)
class Template:
    """One template of an account, as kit.OwnedTemplate has it, with the times of `Sender`."""

    id: str
    destination_id: str
    sid: str
    name: str
    language: str
    types: tuple[str, ...]
    approval: TemplateApproval
    rejection_reason: str | None
    variables: Mapping[str, str | None]
    created_at: datetime
    synced_at: datetime
    missed_at: datetime | None = None
    removed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sync:
    """How the sync of one kind of a destination stands: when the last one began, and when the last one that went well did.
    `asked_at` is when somebody or something last wanted one. `unread` are the kinds of sender that the last good one could not list.
    """

    destination_id: str
    kind: BackgroundKind
    started_at: datetime | None = None
    good_at: datetime | None = None
    asked_at: datetime | None = None
    unread: frozenset[SenderKind] = frozenset()


@dataclass(frozen=True, slots=True)
class KnownSenders:
    """What is known of a destination's senders, by address. `good_at` is when the last good sync began; None: nothing is known."""

    by_address: Mapping[str, Sender] = field(default_factory=dict)
    good_at: datetime | None = None
    unread: frozenset[SenderKind] = frozenset()


NOTHING_KNOWN = KnownSenders()


@dataclass(frozen=True, slots=True)
class KnownTemplate:
    """As much of a template as is always at hand."""

    name: str
    approval: TemplateApproval
    rejection_reason: str | None
    removed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Changes:
    """What a sync brought: how many it lists, and of them the new ones; those it removed, those that it misses for the first time,
    and those that are back.
    """

    listed: int
    new: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()
    back: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()

    @property
    def result(self) -> dict[str, Any]:
        """The same as the result of a job."""
        return {
            "listed": self.listed,
            "new": len(self.new),
            "removed": len(self.removed),
            "missing": len(self.missed),
        }

    @property
    def any(self) -> bool:
        """Whether something is not as it was."""
        return bool(self.new or self.removed or self.back or self.changed)
