"""The forms of exports: what Segment's Public API answers, a Terraform state, and what the code of its destinations is configured with."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final, NamedTuple

from gateway.moving.documents import ExportError, documents, only
from gateway.moving.exported import Export, FoundDestination, FoundSubscription, Missed, is_masked

_Found = FoundDestination | FoundSubscription | Missed

_STATE: Final = 4
_DESTINATION: Final = "segment_destination"
_SUBSCRIPTION: Final = "segment_destination_subscription"
_LOOKED_FOR: Final = (
    "There is no destination in it and no subscription. What can be read is an answer of Segment's Public API (GET /destinations/ID and GET "
    "/destinations/ID/subscriptions), a Terraform state, or the form of its code (partnerAction, subscribe, mapping)."
)


def read(text: str, name: str = "the export") -> Export:
    """What is in the documents of that text, which people know by that name. Raises ExportError where any of it can't be read, or there
    is nothing.
    """
    found = documents(text)
    several = len(found) > 1
    parts = [
        part
        for number, one in enumerate(found, 1)
        for part in _look(one, f"{name}, document {number}" if several else name)
    ]
    export = Export(
        tuple(part for part in parts if isinstance(part, FoundDestination)),
        tuple(part for part in parts if isinstance(part, FoundSubscription)),
        tuple(part for part in parts if isinstance(part, Missed)),
    )
    if not export.destinations and not export.subscriptions:
        raise ExportError(" ".join([*(one.why for one in export.missed[:3]), _LOOKED_FOR]))
    return export


def _look(value: Any, at: str) -> Iterator[_Found]:
    """All that is there, whatever it is wrapped in."""
    _refuse(value, at)
    match value:
        case list():
            for number, one in enumerate(value, 1):
                yield from _look(one, f"{at}, item {number}")
        case {"resources": list(), **rest} if {"terraform_version", "lineage"} & rest.keys():
            yield from _of_state(value, at)
        case {"values": {"root_module": dict() as module}}:
            yield from _of_module(module, at)
        case {"partnerAction": _}:
            yield _of_code(value, at)
        case {"data": dict() | list() as inner}:
            yield from _look(inner, at)
        case dict() if _is_subscription(value):
            yield _of_answer(value, at)
        case dict() if _is_destination(value):
            yield from _of_destination(value, at)
        case dict() if _WRAPPED & value.keys():
            yield from _wrapped(value, at)
        case _:
            yield Missed(at, f"Nothing is known of {at}.")


def _refuse(value: Any, at: str) -> None:
    match value:
        case {"errors": list(), **rest} if "data" not in rest:
            raise ExportError(f"{_start(at)} is an error that Segment answered, and no export: ask it again.")
        case {"config": list(), "name": str()}:
            raise ExportError(
                f"{_start(at)} is of Segment's Config API, which is no more. Ask the Public API: GET /destinations/ID."
            )


_WRAPPED: Final = frozenset({"destination", "destinations", "subscription", "subscriptions"})


def _wrapped(value: Mapping[str, Any], at: str) -> Iterator[_Found]:
    for name in sorted(_WRAPPED & value.keys()):
        inner = value[name]
        if not isinstance(inner, dict | list):
            raise ExportError(f"{_start(at)} has no object and no list as its `{name}`.")
        yield from _look(inner, f"{at}, {name}")
    pages = value.get("pagination")
    if isinstance(pages, dict) and pages.get("next"):
        yield Missed(
            f"{at}, pagination",
            "Segment has more of this list on a further page (pagination.next), which this export lacks: ask for it, and give both.",
        )


def _is_subscription(value: Mapping[str, Any]) -> bool:
    return bool({"actionId", "actionSlug", "action_id", "action_slug"} & value.keys())


def _is_destination(value: Mapping[str, Any]) -> bool:
    if "metadata" in value:
        return True
    return isinstance(value.get("settings"), dict | str) and bool(
        {"sourceId", "slug", "subscriptions", "subscription"} & value.keys()
    )


# -- what the Public API answers ----------------------------------------------------------------------------------------


def _of_destination(value: Mapping[str, Any], at: str) -> Iterator[_Found]:
    inner = {name: value[name] for name in ("subscriptions", "subscription") if value.get(name)}
    found = _destination(value, at, source="sourceId")
    if inner and found.id is None:
        found = replace(found, id=at)
    settings = dict(found.settings)
    within = {name: settings.pop(name) for name in ("subscriptions", "subscription") if settings.get(name)}
    yield replace(found, settings=settings)
    for listed in (*inner.values(), *within.values()):
        for one in _look(listed, f"{at}, subscriptions"):
            if isinstance(one, FoundSubscription) and one.destination_id is None:
                yield replace(one, destination_id=found.id)
            else:
                yield one


def _destination(value: Mapping[str, Any], at: str, *, source: str) -> FoundDestination:
    metadata = value.get("metadata")
    about: Mapping[str, Any] = metadata if isinstance(metadata, dict) else {}
    settings = _object(value.get("settings"), f"{at}, settings")
    listed = about.get("actions")
    actions = {
        str(one["id"]): str(one["slug"])
        for one in (listed if isinstance(listed, list) else ())
        if isinstance(one, dict) and one.get("id") and one.get("slug")
    }
    return FoundDestination(
        at=at,
        id=_text(value, "id", at),
        kind=_text(about, "slug", at) or _text(value, "slug", at),
        title=_text(about, "name", at),
        name=_text(value, "name", at),
        enabled=_flag(value, at),
        settings={name: one for name, one in settings.items() if not is_masked(one)},
        masked=frozenset(name for name, one in settings.items() if is_masked(one)),
        actions=actions,
        left=_others(
            value,
            (
                "id",
                "slug",
                "name",
                "enabled",
                "settings",
                "metadata",
                "subscriptions",
                "subscription",
                source,
            ),
        ),
    )


def _of_answer(value: Mapping[str, Any], at: str) -> FoundSubscription:
    return _subscription(value, at, _ANSWER)


# -- a Terraform state --------------------------------------------------------------------------------------------------


def _of_state(state: Mapping[str, Any], at: str) -> Iterator[_Found]:
    if state.get("version") != _STATE:
        raise ExportError(
            f"{_start(at)} is a Terraform state of another version than {_STATE}. `terraform state pull` of a Terraform of today gives one."
        )
    for resource in state["resources"]:
        if not isinstance(resource, dict):
            continue
        instances = resource.get("instances")
        for instance in instances if isinstance(instances, list) else ():
            values = instance.get("attributes") if isinstance(instance, dict) else None
            yield from _of_resource(resource, values, at)


def _of_module(module: Mapping[str, Any], at: str) -> Iterator[_Found]:
    """What `terraform show -json` prints."""
    resources, modules = module.get("resources"), module.get("child_modules")
    for resource in resources if isinstance(resources, list) else ():
        if isinstance(resource, dict):
            yield from _of_resource(resource, resource.get("values"), at)
    for inner in modules if isinstance(modules, list) else ():
        if isinstance(inner, dict):
            yield from _of_module(inner, at)


def _of_resource(resource: Mapping[str, Any], values: Any, at: str) -> Iterator[_Found]:
    kind = resource.get("type")
    if kind not in (_DESTINATION, _SUBSCRIPTION):
        return
    where = f"{at}, {kind}.{_start(str(resource.get('name', '')))}"
    if not isinstance(values, dict):
        raise ExportError(f"{_start(where)} has no attributes.")
    if kind == _DESTINATION:
        yield _destination(values, where, source="source_id")
        return
    yield _subscription(values, where, _RESOURCE)


# -- the form of the code -----------------------------------------------------------------------------------------------


def _of_code(value: Mapping[str, Any], at: str) -> FoundSubscription:
    return _subscription(value, at, _CODE)


# -- a subscription in any form -----------------------------------------------------------------------------------------


class _Names(NamedTuple):
    """What the parts of a subscription are called in a form; None: it has none. `besides` is not to be named."""

    destination_id: str
    action: str
    action_id: str | None
    trigger: str
    fields: str
    model: str | None
    besides: tuple[str, ...] = ()


_ANSWER: Final = _Names("destinationId", "actionSlug", "actionId", "trigger", "settings", "modelId")
_RESOURCE: Final = _Names("destination_id", "action_slug", "action_id", "trigger", "settings", "model_id")
_CODE: Final = _Names("destinationId", "partnerAction", None, "subscribe", "mapping", None, ("type",))


def _subscription(value: Mapping[str, Any], at: str, names: _Names) -> FoundSubscription:
    return FoundSubscription(
        at=at,
        id=_text(value, "id", at),
        destination_id=_text(value, names.destination_id, at),
        name=_text(value, "name", at),
        action=_text(value, names.action, at),
        action_id=_text(value, names.action_id, at),
        trigger=_text(value, names.trigger, at),
        enabled=_flag(value, at),
        fields=_object(value.get(names.fields), f"{at}, {names.fields}"),
        model=_text(value, names.model, at),
        left=_others(value, {"id", "name", "enabled", *names[:-1], *names.besides}),
    )


# -- values -------------------------------------------------------------------------------------------------------------


def _text(value: Mapping[str, Any], name: str | None, at: str) -> str | None:
    found = None if name is None else value.get(name)
    if found is None or found == "":
        return None
    if not isinstance(found, str):
        raise ExportError(f"{_start(at)} has no text as its `{name}`.")
    return found


def _flag(value: Mapping[str, Any], at: str) -> bool | None:
    found = value.get("enabled")
    if found is not None and not isinstance(found, bool):
        raise ExportError(f"{_start(at)} says neither true nor false as its `enabled`.")
    return found


def _object(value: Any, at: str) -> Mapping[str, Any]:
    """An object, or the text of one, as Terraform keeps it."""
    if value is None or value == "":
        return {}
    try:
        found = only(value) if isinstance(value, str) else value
    except ExportError as error:
        raise ExportError(f"{_start(at)} can't be read: {error}") from None
    if not isinstance(found, dict):
        raise ExportError(f"{_start(at)} is no object.")
    return found


def _others(value: Mapping[str, Any], known: Collection[object]) -> tuple[str, ...]:
    return tuple(name for name, one in value.items() if name not in known and one not in (None, "", [], {}))


def _start(at: str) -> str:
    return at[:1].upper() + at[1:] if at.startswith("the ") else at
