"""The JSON Schema of the files, for editors and whoever writes them by a program: made from the documents and the catalogue."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic.alias_generators import to_camel

from gateway.configuration.catalogue import Action, Catalogue, Definition, Field
from gateway.configuration.documents import (
    DestinationDocument,
    MappingDocument,
    Part,
    Policy,
    SourceDocument,
    references_in,
)
from gateway.graphql.destinations.policy import DestinationPolicyInput
from gateway.graphql.mappings.creation import MappingCreateInput
from gateway.graphql.sources.changes import SourceUpdateInput
from gateway.graphql.sources.creation import SourceCreateInput

_OWN: Final[Mapping[str, str]] = {
    "source": "Its name, by which it is known.",
    "destination": "Its name, by which it is known; of a mapping: that of the destination that it sends through.",
    "mapping": "Its name, by which it is known together with its destination's.",
    "destinations": "The names of the destinations that its events reach.",
    "definition": "What kind of destination it is.",
    "channelsOff": "The channels that are switched off for it.",
    "settings": "The account.",
    "policy": "What holds for all of its messages.",
    "inboundSource": "The name of the source whose events people's replies become.",
    "confirmationMapping": "The name of the mapping of this destination that asks people to confirm.",
}
"""Of what a document has and no input does."""

_REFERENCE: Final = {
    "type": "string",
    "pattern": "^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+)$",
}
_VARIABLE: Final = {
    "type": "object",
    "properties": {"env": {"type": "string", "description": "The variable that it is taken from."}},
    "required": ["env"],
    "additionalProperties": False,
}
_TYPES: Final = {"string": "string", "text": "string", "boolean": "boolean", "number": "number"}


def schema(catalogue: Catalogue) -> dict[str, Any]:
    """Of any file: what it is about is told by its keys, as it is where files are read."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Heliograph configuration",
        "type": "object",
        "if": {"required": ["mapping"]},
        "then": {"$ref": "#/$defs/mapping"},
        "else": {
            "if": {"required": ["source"]},
            "then": {"$ref": "#/$defs/source"},
            "else": {"$ref": "#/$defs/destination"},
        },
        "$defs": {
            "source": _document(SourceDocument, SourceUpdateInput, SourceCreateInput),
            "destination": _destination(catalogue),
            "policy": _document(Policy, DestinationPolicyInput),
            "mapping": _mapping(catalogue),
            **{f"{slug}.settings": _settings(one) for slug, one in catalogue.items()},
            **{
                f"{action.slug}.fields": _fields(action)
                for one in catalogue.values()
                for action in one.actions.values()
            },
        },
    }


def _document(model: type[Part], *inputs: Any, **more: str) -> dict[str, Any]:
    """Of a document, with the descriptions that the inputs of the API have, the last one first; and with more."""
    found = model.model_json_schema(by_alias=True)
    kinds = found.pop("$defs", {})
    said = {
        to_camel(one.python_name): one.description
        for kind in inputs
        for one in kind.__strawberry_definition__.fields
    }
    said |= {**_OWN, **more}
    found["properties"] = {
        name: {**_plain(one, kinds), "description": said[name]} for name, one in found["properties"].items()
    }
    for name in references_in(model):
        found["properties"][name] |= {"anyOf": [_REFERENCE, {"type": "null"}]}
    del found["title"], found["description"]
    return found


def _plain(given: Any, kinds: Mapping[str, Any]) -> Any:
    """Without titles, and with what is defined elsewhere in its place."""
    match given:
        case {"$ref": str(reference)}:
            inner = _plain(kinds[reference.rpartition("/")[2]], kinds)
            return {
                **{name: one for name, one in inner.items() if name != "description"},
                **{name: _plain(one, kinds) for name, one in given.items() if name != "$ref"},
            }
        case dict():
            return {name: _plain(one, kinds) for name, one in given.items() if name != "title"}
        case list():
            return [_plain(one, kinds) for one in given]
    return given


def _destination(catalogue: Catalogue) -> dict[str, Any]:
    enabled = "Whether it is switched on; if not, what comes is SUPPRESSED."
    found = _document(DestinationDocument, enabled=enabled)
    found["properties"]["definition"]["enum"] = list(catalogue)
    found["properties"]["settings"] = {"type": "object", "description": _OWN["settings"]}
    found["properties"]["policy"] = {"$ref": "#/$defs/policy", "description": _OWN["policy"]}
    found["required"] = [*found["required"], "settings"]
    found["allOf"] = list(
        _where("definition", {slug: ("settings", f"{slug}.settings") for slug in catalogue})
    )
    return found


def _mapping(catalogue: Catalogue) -> dict[str, Any]:
    found = _document(MappingDocument, MappingCreateInput)
    actions = [slug for one in catalogue.values() for slug in one.actions]
    found["properties"]["action"]["enum"] = actions
    found["properties"]["fields"] = {
        "type": "object",
        "description": found["properties"]["fields"]["description"],
    }
    found["allOf"] = list(_where("action", {slug: ("fields", f"{slug}.fields") for slug in actions}))
    return found


def _where(key: str, cases: Mapping[str, tuple[str, str]]) -> Iterator[dict[str, Any]]:
    """What a property is, by the value of another."""
    for value, (name, kind) in cases.items():
        yield {
            "if": {"properties": {key: {"const": value}}, "required": [key]},
            "then": {"properties": {name: {"$ref": f"#/$defs/{kind}"}}},
        }


def _settings(definition: Definition) -> dict[str, Any]:
    every = definition.settings.values()
    return {
        "type": "object",
        "properties": {one.key: _setting(one) for one in every},
        "required": [one.key for one in every if one.required],
        "additionalProperties": False,
    }


def _setting(setting: Field) -> dict[str, Any]:
    said = {"title": setting.label, "description": setting.description}
    if setting.secret:
        return {**said, "anyOf": [_REFERENCE, {"type": "null"}]}
    if setting.type not in _TYPES:
        return said
    one: dict[str, Any] = {"type": _TYPES[setting.type]}
    if setting.choices:
        one["enum"] = list(setting.choices)
    if setting.multiple:
        one = {"type": "array", "items": one}
    elif one["type"] == "string":
        one = {"anyOf": [one, _VARIABLE]}
    if setting.default is not None:
        said["default"] = setting.default
    return {**said, **(one if setting.required else {"anyOf": [one, {"type": "null"}]})}


def _fields(action: Action) -> dict[str, Any]:
    """Any value may be a directive; and a key of one may stand among them."""
    return {
        "type": "object",
        "properties": {
            one.key: {"title": one.label, "description": one.description} for one in action.fields
        },
        "patternProperties": {"^@": {}},
        "additionalProperties": False,
    }
