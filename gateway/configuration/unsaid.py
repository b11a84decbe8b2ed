"""What a gateway can be told of and these files can't say, because it is newer than this command."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import httpx

from gateway.configuration.documents import (
    DestinationDocument,
    MappingDocument,
    Part,
    Policy,
    SourceDocument,
)
from gateway.configuration.server import NAMED
from gateway.remote import Refused, Remote

NOT_WRITTEN: Final = frozenset({"id", "expectedRevision", "idempotencyKey", "space"})
"""Ids stand in no file, and the space is the token's."""

INPUTS: Final[Mapping[str, tuple[type[Part], Mapping[str, str | None]]]] = {
    "SourceCreateInput": (SourceDocument, {"source": "name", "destinations": None}),
    "SourceUpdateInput": (SourceDocument, {"source": "name", "destinations": None}),
    "DestinationUpdateInput": (
        DestinationDocument,
        {"destination": "name", "definition": None, "channelsOff": None},
    ),
    "DestinationPolicyInput": (Policy, NAMED),
    "MappingCreateInput": (MappingDocument, {"mapping": "name", "destination": "destinationId"}),
    "MappingUpdateInput": (MappingDocument, {"mapping": "name", "destination": "destinationId"}),
}
"""Each input, the document that says what it takes, and what is named otherwise there; None: other operations take it."""

_FIELDS: Final = " ".join(f'{name}: __type(name: "{name}") {{ inputFields {{ name }} }}' for name in INPUTS)
_QUERY: Final = f"query Unsaid {{ {_FIELDS} }}"


def said(name: str) -> frozenset[str]:
    """The fields of that input which a document says."""
    model, renamed = INPUTS[name]
    names = [one.alias or "" for one in model.model_fields.values()]
    return frozenset(found for one in names if (found := renamed.get(one, one)) is not None)


async def unsaid(remote: Remote, client: httpx.AsyncClient) -> tuple[str, ...]:
    """Those, as `Input.field`; none where the gateway does not say what it takes."""
    try:
        told = await remote.ask(client, _QUERY, {})
    except Refused as error:
        if error.code == "INTROSPECTION_DISABLED":
            return ()
        raise
    return tuple(_beyond(told))


def _beyond(told: Mapping[str, Any]) -> Iterator[str]:
    for name in INPUTS:
        for one in (told[name] or {}).get("inputFields", ()):
            if one["name"] not in said(name) | NOT_WRITTEN:
                yield f"{name}.{one['name']}"
