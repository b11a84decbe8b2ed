"""What became of the one request: `interpret` reads the answer and says which of these it is."""

from dataclasses import dataclass

import msgspec

from destinations.kit.enums import MessageStatus, Resend
from destinations.kit.signals import ConsentChanged


class AccountTrouble(msgspec.Struct, frozen=True):
    """The provider refused the account, whatever the message: nothing was created, and no other would be.

    `remedy` is what the account's owner can do; then the account is verified again, and what waited goes out.
    """

    message: str
    http_status: int | None
    provider_code: str
    remedy: str | None = None


class Accepted(msgspec.Struct, frozen=True):
    """The provider took the message. Without a `message_sid` it is looked up later.

    `account` is what befell the account since, where a list shows that. `provider_code`, `message` and `remedy` say why, where it failed
    already.
    """

    message_sid: str | None
    status: MessageStatus = MessageStatus.ACCEPTED
    segments: int | None = None
    price: str | None = None
    account: AccountTrouble | None = None
    provider_code: str | None = None
    message: str | None = None
    remedy: str | None = None


class Rejected(msgspec.Struct, frozen=True):
    """A refusal by a parsed provider code: nothing was created.

    `retryable` says that the very same request may be sent again after a while (the provider's table decides).
    `consent` is what the refusal tells about the person, such as a stop the ledger did not know of. `resend`: WITH_TEMPLATE where
    the channel takes a template only by now.
    `too_fast`: its sender should send more slowly for a while. `doubts_sender`: the provider can't send from there, or has it no more.
    """

    message: str
    http_status: int
    code: str | None = None
    provider_code: str | None = None
    remedy: str | None = None
    retryable: bool = False
    consent: ConsentChanged | None = None
    resend: Resend | None = None
    too_fast: bool = False
    doubts_sender: bool = False


class Throttled(msgspec.Struct, frozen=True):
    """Not processed: nothing was created, send again. `retry_after` is in seconds, where the provider said."""

    message: str
    http_status: int | None = None
    provider_code: str | None = None
    retry_after: float | None = None


class Uncertain(msgspec.Struct, frozen=True):
    """Nobody knows whether a message was created: reconcile before anything is sent again."""

    message: str
    http_status: int | None = None
    provider_code: str | None = None


Outcome = Accepted | Rejected | AccountTrouble | Throttled | Uncertain


@dataclass(frozen=True, slots=True)
class Suppressed:
    """`run_action` only: the plan ended in not sending. The reason is the schema's word."""

    reason: str
    detail: str
    remedy: str | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """`run_action` only: the plan ended in waiting."""

    reason: str
    detail: str
