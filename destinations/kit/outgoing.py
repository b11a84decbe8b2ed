"""What the owner of a destination is told, and how: events of ours, or the provider's own calls passed on."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import SecretStr

from destinations.kit.fields import Fields

Form = Sequence[tuple[str, str]]


class OwnerEvent(StrEnum):
    """What an owner can be told of. A name never changes its meaning; new ones may come."""

    DELIVERY_ACCEPTED = "delivery.accepted"
    DELIVERY_SENT = "delivery.sent"
    DELIVERY_DELIVERED = "delivery.delivered"
    DELIVERY_READ = "delivery.read"
    DELIVERY_FAILED = "delivery.failed"
    DELIVERY_SUPPRESSED = "delivery.suppressed"
    DELIVERY_HELD = "delivery.held"
    DELIVERY_CANCELED = "delivery.canceled"
    DELIVERY_EXPIRED = "delivery.expired"
    MESSAGE_RECEIVED = "message.received"
    DESTINATION_STATUS_CHANGED = "destination.status_changed"
    DESTINATION_LIMIT_NEAR = "destination.limit_near"


class SigningSecret(Fields):
    """A secret that the gateway made, and signs what an owner is told with. One that another took the place of signs beside it `until`
    then, so that a receiver may learn the new one in its own time.

    A setting of the type `tuple[SigningSecret, ...]` is a list of these: nobody gives one, webhookSecretRotate makes it.
    """

    secret: SecretStr
    set_at: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Where an owner is told, and of what. `events` is None where the provider's own calls are passed on instead, which the
    destination signs itself.
    """

    url: str
    events: frozenset[OwnerEvent] | None
    secrets: tuple[SigningSecret, ...] = ()

    def signing(self, now: datetime) -> tuple[SecretStr, ...]:
        """The secrets that sign at that moment, the newest first."""
        return tuple(one.secret for one in self.secrets if one.until is None or one.until > now)


@dataclass(frozen=True, slots=True)
class OutgoingWebhooks:
    """How a destination reads where its owner is told from its settings; None of `of`: nowhere.

    `problems(settings)` says what does not go together, as (field path in camelCase, message): it is asked where settings are saved,
    and nowhere else. Of calls that are passed on, `headers(url, form, key, settings)` gives those by which the provider signs
    its calls and tells one that it repeats, which has the same `key`; and `sample(url, settings)` the address and form of a call as the
    provider would make it, for a test. `left_out(values, reachable)` are those of the settings of a new destination, by outside name, that were
    left out and depend on the others, and on whether the provider can reach this gateway; what it chooses has no problems. `url_field` is
    the setting that has the address, by outside name.
    """

    of: Callable[[Any], Outgoing | None]
    problems: Callable[[Any], tuple[tuple[str, str], ...]]
    headers: Callable[[str, Form, str, Any], Mapping[str, str]]
    sample: Callable[[str, Any], tuple[str, Form]]
    left_out: Callable[[Mapping[str, Any], bool], Mapping[str, Any]] = lambda _values, _reachable: {}
    url_field: str = "webhookUrl"
