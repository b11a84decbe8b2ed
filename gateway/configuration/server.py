"""What stands on a server, read over its public API, in the space of the token."""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx

from gateway.configuration.catalogue import QUERY, Catalogue, Definition, catalogue_of
from gateway.configuration.documents import (
    DestinationDocument,
    Key,
    MappingDocument,
    Part,
    Policy,
    SourceDocument,
    references_in,
)
from gateway.configuration.state import Configuration, Item, Masked, Path
from gateway.errors import StartupError
from gateway.graphql.catalogue.settings import type_name
from gateway.remote import NOTHING, Refused, Remote
from gateway.workspace import Role

PAGE: Final = 50

NAMED: Final = {"inboundSource": "inboundSourceId", "confirmationMapping": "confirmationMappingId"}
"""What a document has as a name, and the API as an id."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is there. `items` has what is known by its name alone; of what shares a name, nothing can be said."""

    role: Role
    space: str
    catalogue: Catalogue
    items: Configuration


async def standing(remote: Remote, client: httpx.AsyncClient) -> Standing:
    """All that is configured there. Raises StartupError, where two have one name too."""
    try:
        return await _read(remote, client)
    except Refused as error:
        if error.code == "GRAPHQL_VALIDATION_FAILED":
            raise StartupError(
                f"The gateway at {remote.url} is older than this command, and lacks what files can say: {error} {NOTHING} Bring the "
                "gateway to this version, or take a command of its version."
            ) from None
        raise


async def _read(remote: Remote, client: httpx.AsyncClient) -> Standing:
    first = await remote.ask(client, f"query Catalogue {{ viewer {{ role space }} {QUERY} }}", {})
    role, space = Role(first["viewer"]["role"]), first["viewer"]["space"]
    if role is Role.VIEWER:
        raise StartupError(
            f"The token of a VIEWER sees no numbers, so that nothing can be compared with files. {NOTHING} Take a READER's for "
            "`plan` and `export`, and an ADMIN's for `apply`."
        )
    catalogue = catalogue_of(first["definitions"])
    reading = _Reading(remote, client)
    sources = [one async for one in reading.all_of("sources", _SOURCE)]
    destinations = [one async for one in reading.all_of("destinations", _DESTINATION)]
    mappings = [one async for one in reading.all_of("mappings", _MAPPING)]
    settings: dict[str, dict[Path, Any]] = {}
    keys: dict[str, dict[str, Masked]] = {}
    for slug in sorted({one["definition"]["slug"] for one in destinations}):
        selection = f"id settings {{ ... on {type_name(slug)}Settings {{ {_settings(catalogue[slug])} }} }}"
        async for one in reading.all_of("destinations", selection):
            if one["settings"]:
                settings[one["id"]] = _shown(catalogue[slug], one["settings"])
                keys[one["id"]] = _standing_by(catalogue[slug], one["settings"])
    names = {one["id"]: one["name"] for every in (sources, destinations, mappings) for one in every}
    found = [
        *(_source(one, destinations) for one in sources),
        *(_destination(one, settings[one["id"]], keys[one["id"]], names) for one in destinations),
        *(_mapping(one) for one in mappings),
    ]
    _check_names(remote, found)
    return Standing(role, space, catalogue, {one.key: one for one in found})


@dataclass(frozen=True, slots=True)
class _Reading:
    remote: Remote
    client: httpx.AsyncClient

    async def all_of(self, what: str, selection: str) -> AsyncIterator[Mapping[str, Any]]:
        """Every one of a list, page by page."""
        query = (
            f"query Standing($after: String) {{ {what}(first: {PAGE}, after: $after) "
            f"{{ pageInfo {{ hasNextPage endCursor }} edges {{ node {{ {selection} }} }} }} }}"
        )
        after = None
        while True:
            page = (await self.remote.ask(self.client, query, {"after": after}))[what]
            for edge in page["edges"]:
                yield edge["node"]
            if not page["pageInfo"]["hasNextPage"]:
                return
            after = page["pageInfo"]["endCursor"]


def _asked(model: type[Part], *leave: str) -> tuple[str, ...]:
    """The fields of a document that the API has under the same name."""
    return tuple(one.alias or "" for one in model.model_fields.values() if one.alias not in leave)


_OF_SOURCE: Final = _asked(SourceDocument, "source", "destinations")
_OF_DESTINATION: Final = _asked(
    DestinationDocument, "destination", "definition", "channelsOff", "settings", "policy"
)
_OF_POLICY: Final = _asked(Policy)
_OF_MAPPING: Final = _asked(MappingDocument, "mapping", "destination", "action", "fields")

_SECRETS: Final = references_in(SourceDocument)
_SHOWN: Final = "{ configured lastFour }"

_SOURCE: Final = (
    f"id name revision {' '.join(f'{one} {_SHOWN}' if one in _SECRETS else one for one in _OF_SOURCE)}"
)
_DESTINATION: Final = (
    f"id name revision status {' '.join(_OF_DESTINATION)} definition {{ slug }} sources {{ id }} channels {{ channel ownEnabled }} "
    f"policy {{ {' '.join(NAMED.get(one, one) for one in _OF_POLICY)} }}"
)
_MAPPING: Final = f"id name revision {' '.join(_OF_MAPPING)} fields action {{ slug }} destination {{ name }}"


def _settings(definition: Definition) -> str:
    """What is asked of the settings of such a destination."""
    asked = []
    for setting in definition.settings.values():
        if setting.pair is not None:
            asked.append(f"{setting.pair} {{ sid state secret {_SHOWN} }}")
        else:
            asked.append(f"{setting.key} {_SHOWN}" if setting.secret else setting.key)
    return " ".join(dict.fromkeys(asked))


def _shown(definition: Definition, told: Mapping[str, Any]) -> dict[Path, Any]:
    values: dict[Path, Any] = {}
    for key, setting in definition.settings.items():
        if setting.pair is not None:
            active = next((one for one in told[setting.pair] if one["state"] == "ACTIVE"), None)
            part = None if active is None else active["secret" if setting.secret else "sid"]
            values["settings", key] = _masked(part) if setting.secret else part
        else:
            values["settings", key] = _masked(told[key]) if setting.secret else told[key]
    return values


def _standing_by(definition: Definition, told: Mapping[str, Any]) -> dict[str, Masked]:
    lists = {setting.pair for setting in definition.settings.values() if setting.pair is not None}
    return {
        one["sid"]: Masked(one["secret"]["lastFour"])
        for name in lists
        for one in told[name]
        if one["state"] == "STANDBY"
    }


def _masked(told: Mapping[str, Any] | None) -> Masked | None:
    return Masked(told["lastFour"]) if told is not None and told["configured"] else None


def _source(told: Mapping[str, Any], destinations: list[Mapping[str, Any]]) -> Item:
    values: dict[Path, Any] = {
        (name,): _masked(told[name]) if name in _SECRETS else told[name] for name in _OF_SOURCE
    }
    values["destinations",] = sorted(
        one["name"] for one in destinations if told["id"] in {source["id"] for source in one["sources"]}
    )
    return Item(Key("source", told["name"]), values, told["id"], told["revision"])


def _destination(
    told: Mapping[str, Any],
    settings: Mapping[Path, Any],
    keys: Mapping[str, Masked],
    names: Mapping[str, str],
) -> Item:
    values: dict[Path, Any] = {(name,): told[name] for name in _OF_DESTINATION}
    values["definition",] = told["definition"]["slug"]
    values["channelsOff",] = sorted(one["channel"] for one in told["channels"] if not one["ownEnabled"])
    for name in _OF_POLICY:
        value = told["policy"][NAMED.get(name, name)]
        if name in NAMED and value is not None:
            value = names.get(value)
        values["policy", name] = sorted(value) if isinstance(value, list) else value
    values |= settings
    verified = told["status"] != "DRAFT"
    return Item(Key("destination", told["name"]), values, told["id"], told["revision"], verified, keys)


def _mapping(told: Mapping[str, Any]) -> Item:
    values: dict[Path, Any] = {(name,): told[name] for name in _OF_MAPPING}
    values["action",] = told["action"]["slug"]
    values |= {("fields", key): value for key, value in told["fields"].items() if value is not None}
    return Item(
        Key("mapping", told["name"], told["destination"]["name"]), values, told["id"], told["revision"]
    )


def _check_names(remote: Remote, found: list[Item]) -> None:
    """Raises StartupError where a name is that of two."""
    said = list(_shared_names(found))
    if said:
        raise StartupError(
            f"Files know everything by its name, and on the gateway at {remote.url} a name is shared. {NOTHING} Give each a name of its "
            "own, by mappingUpdate: " + "; ".join(said)
        )


def _shared_names(found: list[Item]) -> Iterator[str]:
    by_key: dict[Key, list[str]] = {}
    for one in found:
        by_key.setdefault(one.key, []).append(one.id)
    yield from (f"{key} ({', '.join(ids)})" for key, ids in sorted(by_key.items(), key=str) if len(ids) > 1)
