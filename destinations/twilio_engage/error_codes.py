"""Twilio's error codes as a table: what each means, whether the same request may be made again, what helps.

The table is `error_codes.json`: per code its `name`, `remedy` and `retry`, one of
  backoff    was not processed: the same request may be made again
  later      was not delivered: a new try later makes sense
  after_fix  fails again until configuration, content or registration changes
  never      not this recipient or request again
  ambiguous  the message may exist: look before anything is sent again
and `account: true` where the code is about the account or its credentials, whatever the message; `resend` where a message that
failed with it may be sent once more, in the words of kit.Resend; `too_fast: true`
where its sender sends faster than Twilio or the carriers take it; `sender: true` where the account may not have its sender any more.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Literal

from destinations import kit

Retry = Literal["backoff", "later", "after_fix", "never", "ambiguous"]


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """One code of Twilio's error dictionary."""

    name: str
    retry: Retry
    remedy: str
    account: bool = False
    resend: kit.Resend | None = None
    too_fast: bool = False
    sender: bool = False


_TABLE: Mapping[str, ErrorCode] = {
    code: ErrorCode(**{**row, "resend": kit.Resend[row["resend"]] if "resend" in row else None})
    for code, row in json.loads(files(__package__).joinpath("error_codes.json").read_text("utf-8")).items()
}


def lookup(code: str) -> ErrorCode | None:
    """What is known of a code."""
    return _TABLE.get(code)


def is_of_account(code: str) -> bool:
    """Whether a code is about the account or its credentials, whatever the message."""
    known = _TABLE.get(code)
    return known is not None and known.account


def resend_of(code: str) -> kit.Resend | None:
    """Whether a message that failed with a code may be sent once more."""
    known = _TABLE.get(code)
    return None if known is None else known.resend


def is_too_fast(code: str) -> bool:
    """Whether a code says that its sender should send more slowly."""
    known = _TABLE.get(code)
    return known is not None and known.too_fast


def is_of_sender(code: str) -> bool:
    """Whether a code says that the account may not have the sender any more."""
    known = _TABLE.get(code)
    return known is not None and known.sender


def name_of(code: str) -> str:
    """What a code is called, where Twilio says no more than its number."""
    known = _TABLE.get(code)
    return f"Twilio error {code}" if known is None else known.name


def remedy_for(code: str) -> str:
    """What a person can do about a code, with the page that explains it."""
    page = f"https://www.twilio.com/docs/errors/{code}"
    known = _TABLE.get(code)
    return f"See {page}" if known is None else f"{known.remedy} See {page}"
