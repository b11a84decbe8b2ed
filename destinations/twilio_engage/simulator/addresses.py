"""What can stand in To and From: E.164 numbers, short codes, alphanumeric IDs, and channel addresses.

Twilio's magic numbers are here too: what each gives as From (for test credentials) and as To (for anyone).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_SHORT_CODE = re.compile(r"[0-9]{5,6}")
_ALPHANUMERIC = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}")  # up to 11, and not only digits
_SCOPED = re.compile(r"[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}")
_CHANNEL = re.compile(r"(?P<channel>[a-z]+):(?P<number>.*)", re.DOTALL)

ACCEPTED_MAGIC_FROM = "+15005550006"
MAGIC_FROM: Mapping[str, int] = {
    "+15005550001": 21212,
    "+15005550002": 21606,
    "+15005550003": 21606,
    "+15005550004": 21606,
    "+15005550007": 21606,
    "+15005550008": 21611,
    "+15005550009": 21606,
}
MAGIC_TO: Mapping[str, int] = {
    "+15005550001": 21211,
    "+15005550002": 21612,
    "+15005550003": 21408,
    "+15005550004": 21610,
    "+15005550009": 21614,
}


@dataclass(frozen=True, slots=True)
class Address:
    """`text` as written; `channel`, "sms" when it has no prefix; `number`, what follows the prefix."""

    text: str
    channel: str
    number: str

    @classmethod
    def read(cls, text: str) -> "Address":
        match = _CHANNEL.fullmatch(text)
        return cls(text, match["channel"], match["number"]) if match else cls(text, "sms", text)

    @property
    def is_e164(self) -> bool:
        return _E164.fullmatch(self.number) is not None

    @property
    def is_scoped_id(self) -> bool:
        """Whether it is WhatsApp's id of a person who hides their number, such as `whatsapp:US.1349`."""
        return self.channel == "whatsapp" and _SCOPED.fullmatch(self.number) is not None

    @property
    def is_short_code(self) -> bool:
        return _SHORT_CODE.fullmatch(self.number) is not None

    @property
    def is_alphanumeric(self) -> bool:
        return _ALPHANUMERIC.fullmatch(self.number) is not None
