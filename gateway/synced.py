"""What syncs keep of accounts, as values: their senders and templates, and how each sync stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from destinations.kit import Channel, SenderKind, TemplateApproval, TemplateForm
from gateway.background_jobs import BackgroundKind
from gateway.workspace import Pause

DOUBT_LASTS = timedelta(minutes=5)
"""How long a sender that its provider refused is in doubt at most: where no sync can tell whether it is there, the next texts find out."""

DOUBTED_AGAIN = timedelta(minutes=15)
"""How soon after that it may be doubted as a whole again: of a sender that its account has, only some texts are refused."""


@dataclass(frozen=True, slots=True)
class Sender:
    """One sender of an account, as kit.OwnedSender has it. `created_at` is when it was first listed, `synced_at` when last.

    `missed_at` is the first of the syncs since then that did not list it; the next one removes it (`removed_at`). `detached_at`:
    somebody took it out of use. `doubted_at`: its provider refused it, for the first time in a while.
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
    doubted_at: datetime | None = None

    def doubted_until(self, now: datetime) -> datetime | None:
        """Until when it is in doubt whether the account still has it, unless a sync tells before; None where it is not now."""
        if self.doubted_at is None or self.removed_at is not None or self.synced_at >= self.doubted_at:
            return None
        until = self.doubted_at + DOUBT_LASTS
        return until if now < until else None

    @property
    def active(self) -> bool:
        """Whether it is in use: the account has it, and nobody took it out of use."""
        return self.removed_at is None and self.detached_at is None


@dataclass(frozen=True, slots=True)
class Template:
    """One template of an account, as kit.OwnedTemplate has it, with the times of `Sender`. `fell_at` is the first of the syncs in a row
    that list it as refused or paused, or as not approved after it was; None: it is well, or nobody has decided on it yet.
    """

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
    fell_at: datetime | None = None
    forms: tuple[TemplateForm, ...] = ()


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

    def looked_at(self, sender: Sender) -> datetime:
        """When it was last looked whether the account has that sender, as far as its lists can tell."""
        return self.good_at if sender.kind in self.unread and self.good_at is not None else sender.synced_at

    def inbound_url(self, sender: Sender) -> str | None:
        """What is called with what people write to it: its own address, or that of the service that it belongs to."""
        if not sender.by_pool or sender.pool is None:
            return sender.inbound_url
        pool = self.by_address.get(sender.pool)
        return None if pool is None else pool.inbound_url


NOTHING_KNOWN = KnownSenders()


@dataclass(frozen=True, slots=True)
class KnownTemplate:
    """As much of a template as is always at hand."""

    id: str
    name: str
    approval: TemplateApproval
    rejection_reason: str | None
    removed_at: datetime | None
    fell_at: datetime | None


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
