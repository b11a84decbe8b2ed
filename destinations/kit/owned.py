"""What an account at a provider has, as its lists show it: senders, and templates."""

from collections.abc import Mapping

import msgspec

from destinations.kit.enums import Channel, SenderKind, TemplateApproval
from destinations.kit.shown import TemplateForm


class OwnedSender(msgspec.Struct, frozen=True):
    """One that the account has. `address` is as a Send of it names its `sender`, `label` is for people.

    `channels` are what it can send by, `country` (ISO 3166) where it is from, None where that is nowhere or not known. `inbound_url`
    is what is called with what people write to it. `pool` is the address of the sender that it belongs to, and `by_pool` whether
    that one's `inbound_url` is called instead of its own.
    """

    address: str
    kind: SenderKind
    label: str
    channels: tuple[Channel, ...]
    sid: str | None = None
    country: str | None = None
    inbound_url: str | None = None
    pool: str | None = None
    by_pool: bool = False


class SenderList(msgspec.Struct, frozen=True):
    """All senders of an account. Of the kinds that are `unread` the credentials may see no list, or not the whole one: what of
    them is not listed may be there all the same.
    """

    senders: tuple[OwnedSender, ...]
    unread: frozenset[SenderKind] = frozenset()


class OwnedTemplate(msgspec.Struct, frozen=True):
    """A template that the account has: its content types, its variables with a sample of each where there is one, and what was
    said of it. `rejection_reason` says why it is not APPROVED, where the provider does. `forms` are its types with what they say.
    """

    sid: str
    name: str
    language: str
    types: tuple[str, ...]
    approval: TemplateApproval
    rejection_reason: str | None = None
    variables: Mapping[str, str | None] = msgspec.field(default_factory=dict)
    forms: tuple[TemplateForm, ...] = ()
