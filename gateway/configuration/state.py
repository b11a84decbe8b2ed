"""What is configured, or is to be, in one form: for each source, destination and mapping its values by their paths."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.configuration.documents import Key
from gateway.configuration.references import Secret
from gateway.graphql.terms.masking import TOLD_FROM

Path = tuple[str, ...]
"""Where a value stands in a document, such as `("policy", "quietHoursStart")`."""


@dataclass(frozen=True, slots=True)
class Masked:
    """A secret as a server shows it: that there is one, and where it is long enough its last four characters."""

    last_four: str | None


@dataclass(frozen=True, slots=True)
class Item:
    """One of them. `id`, `revision`, `verified` and `keys` are of what stands on a server; a source and a mapping are never
    verified. `keys` are those that an account has beside the one that is used, by their SIDs.

    A path that is not among the values is nothing; so is None.
    """

    key: Key
    values: Mapping[Path, Any]
    id: str = ""
    revision: int = 0
    verified: bool | None = None
    keys: Mapping[str, Masked] = field(default_factory=dict)


Configuration = Mapping[Key, Item]


def same(wanted: Any, standing: Any) -> bool:
    """Whether nothing is to be done. Of secrets no more can be compared than a server shows."""
    if isinstance(wanted, Secret):
        return isinstance(standing, Masked) and standing == masked(wanted)
    return canonical(wanted) == canonical(standing)


def masked(secret: Secret) -> Masked:
    """As a server would show it."""
    clear = secret.value.get_secret_value()
    return Masked(clear[-4:] if len(clear) >= TOLD_FROM else None)


def canonical(value: Any) -> str:
    """The same text for what is the same as JSON; of a secret its reference, never itself."""
    return json.dumps(_plain(value), sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _plain(value: Any) -> Any:
    match value:
        case Secret():
            return {"reference": value.reference, "lastFour": masked(value).last_four}
        case Masked():
            return {"lastFour": value.last_four}
        case float() if value.is_integer():
            return int(value)
        case list() | tuple():
            return [_plain(one) for one in value]
        case dict():
            return {key: _plain(inner) for key, inner in value.items()}
    return value
