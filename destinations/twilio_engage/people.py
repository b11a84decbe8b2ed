"""Who a webhook is about: a number, WhatsApp's own ids of a person, or both.

On WhatsApp a person may hide their number. Then an address holds an id that is scoped to the business, `CC.alphanumerics`
(or `CC.ENT.alphanumerics`, scoped to its parent), where CC is the country; ExternalUserId and ParentExternalUserId say the same
ids beside a number too.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from destinations import kit
from destinations.twilio_engage.senders import WHATSAPP

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_SCOPED = re.compile(r"[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}")


@dataclass(frozen=True, slots=True)
class Party:
    """A person as a call names them. `number` is None where no number came; `ids` are the narrowest first."""

    channel: kit.Channel
    number: str | None
    ids: tuple[str, ...]


def person(said: Mapping[str, str], name: str) -> Party:
    """The person whom the parameter of that name holds."""
    address = said.get(name, "").strip()
    on_whatsapp = address.startswith(WHATSAPP)
    bare = address.removeprefix(WHATSAPP)
    ids = (bare if on_whatsapp else "", said.get("ExternalUserId", ""), said.get("ParentExternalUserId", ""))
    scoped = dict.fromkeys(one for one in map(str.strip, ids) if _SCOPED.fullmatch(one))
    return Party(
        channel=kit.Channel.WHATSAPP if on_whatsapp else kit.Channel.SMS,
        number=kit.canonical(bare) if _E164.fullmatch(bare) else None,
        ids=tuple(sorted(scoped, key=lambda one: ".ENT." in one)),
    )
