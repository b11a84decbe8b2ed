"""A document without what goes without saying: as files are written, and as a plan shows what is new."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel

from gateway.configuration.catalogue import Action, Catalogue
from gateway.configuration.documents import MODELS, Key, Policy
from gateway.configuration.state import Configuration, Item, canonical

_SAID: Final = {"trust", "definition", "action", "trigger", "purpose"}
"""What is written even where it is the default: without it nobody knows what the document does."""


def short(item: Item, catalogue: Catalogue, around: Configuration) -> dict[str, Any]:
    """The document of that, in its order, without what is the default. `around` has the destination of a mapping."""
    found: dict[str, Any] = {item.key.kind: item.key.name}
    if item.key.destination is not None:
        found["destination"] = item.key.destination
    for name, default in _defaults(MODELS[item.key.kind]).items():
        if name in found:
            continue
        match name:
            case "settings":
                value: Any = _settings(item, catalogue)
            case "fields":
                value = _fields(item, _action(item, catalogue, around))
            case "policy":
                value = {
                    inner: ordered(item.values["policy", inner])
                    for inner, usual in _defaults(Policy).items()
                    if ("policy", inner) in item.values and not _is(item.values["policy", inner], usual)
                }
            case _:
                value = ordered(item.values.get((name,)))
        if name in _SAID or not (_is(value, default) or value == {}):
            found[name] = value
    return found


def _defaults(model: type[BaseModel]) -> dict[str, Any]:
    """What each field is where nothing is said of it, by its outside name."""
    return {
        one.alias or "": None if one.is_required() else one.get_default(call_default_factory=True)
        for one in model.model_fields.values()
    }


def _is(value: Any, default: Any) -> bool:
    return not isinstance(default, BaseModel) and canonical(value) == canonical(default)


def _settings(item: Item, catalogue: Catalogue) -> dict[str, Any]:
    return {
        key: ordered(item.values["settings", key])
        for key, setting in catalogue[item.values["definition",]].settings.items()
        if ("settings", key) in item.values
        and not _is(item.values["settings", key], None if setting.secret else setting.default)
    }


def _action(item: Item, catalogue: Catalogue, around: Configuration) -> Action:
    destination = around[Key("destination", str(item.key.destination))]
    return catalogue[destination.values["definition",]].actions[item.values["action",]]


def _fields(item: Item, action: Action) -> dict[str, Any]:
    """Those of the action in its order, then the others; null where there is none in the place of a default."""
    there = {path[1]: value for path, value in item.values.items() if path[0] == "fields"}
    defaults = {one.key: one.default for one in action.fields}
    names = [*defaults, *sorted(there.keys() - defaults.keys())]
    return {name: ordered(there.get(name)) for name in names if not _is(there.get(name), defaults.get(name))}


def ordered(value: Any) -> Any:
    """The same value with the keys of its objects in one order, and its whole numbers written as such."""
    match value:
        case dict():
            return {key: ordered(value[key]) for key in sorted(value, key=_place)}
        case list() | tuple():
            return [ordered(one) for one in value]
        case float() if value.is_integer():
            return int(value)
    return value


_CONDITION: Final = ("exists", "blank", "then", "else")
"""As one reads it."""


def _place(key: str) -> tuple[int, str]:
    return (_CONDITION.index(key) if key in _CONDITION else len(_CONDITION)), key


def flat(document: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of a document by their paths, without its name."""
    found: dict[str, Any] = {}
    for name, value in list(document.items())[1:]:
        if name in ("settings", "policy", "fields"):
            found |= {f"{name}.{inner}": one for inner, one in value.items()}
        else:
            found[name] = value
    return found
