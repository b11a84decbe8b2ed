"""The settings that a new destination is given, and what is changed of those of an old one."""

from collections.abc import Container, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

import strawberry
from pydantic import SecretStr, ValidationError

from destinations.kit import FIRST_TOKEN, DestinationDefinition, Fields, OutgoingWebhooks
from gateway.graphql.catalogue.settings import Setting, key_name, revealed, settings_of
from gateway.graphql.terms import masking
from gateway.graphql.terms.enums import ErrorCode
from gateway.graphql.terms.errors import InputError, input_error
from gateway.sending.receivers import refused_at_once
from gateway.settings import Settings

_ACTIVE = "ACTIVE"
_TOGETHER = "The SID of a key and its secret come together."


def chosen(definitions: Mapping[str, DestinationDefinition], given: Any) -> tuple[DestinationDefinition, Any]:
    """The definition whose key of a oneOf input was given, and what was given for it."""
    for slug, definition in definitions.items():
        value = getattr(given, key_name(slug))
        if value is not strawberry.UNSET and value is not None:
            return definition, value
    raise AssertionError("GraphQL lets no oneOf input through that has no key")


def of_new(definition: DestinationDefinition, given: Any, own: Settings) -> Fields | list[InputError]:
    """The settings as their model has them, or all that can be seen to be wrong with them. `own` are those of the gateway."""
    missing = list(_missing(definition, given))
    if missing:
        return missing
    return of_values(definition, _values(definition.settings, given), own)


def of_values(
    definition: DestinationDefinition, values: Mapping[str, Any], own: Settings
) -> Fields | list[InputError]:
    """The same of settings that did not come as an input, under their outside names."""
    chosen = (
        {}
        if definition.outgoing is None
        else definition.outgoing.left_out(values, own.public_url is not None)
    )
    checked = _checked(definition, {**values, **chosen}, own.allowed_hosts)
    problems = [] if isinstance(checked, list) else _of_webhook(definition, checked, own, chosen=chosen)
    return problems or checked


def changed(
    definition: DestinationDefinition,
    stored: Mapping[str, Any],
    given: Any,
    own: Settings,
    now: datetime,
) -> dict[str, Any] | list[InputError]:
    """The settings with what was given, as they are stored, or all that can be seen to be wrong with that. What is the same in
    the end is what was stored.
    """
    values = as_stored(definition, stored)
    problems: list[InputError] = []
    for setting in settings_of(definition.settings):
        match setting.kind:
            case "KEYS":
                problems += _change_key(definition, setting, values, given, now)
            case "TOKENS":
                _change_token(setting, values, getattr(given, setting.token_attribute), now)
            case "SIGNING":
                pass  # nobody gives one
            case _:
                problems += _change_value(definition, setting, values, given)
    if problems:
        return problems
    settings = _checked(definition, values, own.allowed_hosts)
    if isinstance(settings, list):
        return settings
    problems = _of_webhook(definition, settings, own, stored)
    return problems or revealed(settings)


def _of_webhook(
    definition: DestinationDefinition,
    settings: Fields,
    own: Settings,
    stored: Mapping[str, Any] | None = None,
    chosen: Container[str] = (),
) -> list[InputError]:
    """What of the owner's webhook does not go together, and did not so far: what was stored before there were such rules goes on as it
    is, and what nobody wrote but was `chosen` is no mistake of theirs.
    """
    if definition.outgoing is None:
        return []
    before: tuple[tuple[str, str], ...] = ()
    if stored is not None:
        with suppress(ValidationError):
            before = _problems(definition.outgoing, definition.settings.model_validate(dict(stored)), own)
    found = [
        one
        for one in _problems(definition.outgoing, settings, own)
        if one not in before and one[0] not in chosen
    ]
    return [
        input_error(ErrorCode.INVALID, f"{message} Nothing was changed.", *at(definition, key))
        for key, message in found
    ]


def _problems(webhooks: OutgoingWebhooks, settings: Fields, own: Settings) -> tuple[tuple[str, str], ...]:
    """What does not go together, and where nothing can be sent. The provider's calls are passed on only where they come here: else it
    makes them itself, from where it is.
    """
    outgoing = webhooks.of(settings)
    is_called = outgoing is not None and (outgoing.events is not None or own.public_url is not None)
    refusal = (
        refused_at_once(outgoing.url, own.webhook_allowed_hosts)
        if outgoing is not None and is_called
        else None
    )
    return (*webhooks.problems(settings), *(() if refusal is None else ((webhooks.url_field, refusal),)))


def as_stored(definition: DestinationDefinition, stored: Mapping[str, Any]) -> dict[str, Any]:
    """Stored settings in today's shape; as they are where they no longer fit their definition, so that they can be mended."""
    try:
        return revealed(definition.settings.model_validate(dict(stored)))
    except ValidationError:
        return dict(stored)


def needs_verification(
    definition: DestinationDefinition, before: Mapping[str, Any], after: Mapping[str, Any]
) -> bool:
    """Whether what a verification looks at is another now: a secret, or any setting that is not said to be harmless."""
    return any(
        before.get(setting.field.key) != after.get(setting.field.key)
        for setting in settings_of(definition.settings)
        if setting.checked
    )


def told(definition: DestinationDefinition, values: Mapping[str, Any]) -> tuple[dict[str, Any], set[str]]:
    """What the audit log may know of settings, and the names in it of which it tells no value."""
    shown: dict[str, Any] = {}
    secret: set[str] = set()
    for setting in settings_of(definition.settings):
        value = values.get(setting.field.key)
        match setting.kind:
            case "PLAIN":
                shown[setting.field.key] = value
            case "SECRET":
                shown[setting.field.key] = value
                secret.add(setting.field.key)
            case "KEYS" | "TOKENS":
                items = _items(values, setting)
                shown[setting.field.key] = [
                    {name: part for name, part in item.items() if name not in _UNTOLD} for item in items
                ]
                name = setting.secret_key if setting.kind == "KEYS" else setting.token_key
                shown[name] = [item["secret"] for item in items]
                secret.add(name)
            case "SIGNING":
                shown[setting.token_key] = values.get(setting.field.key) or []
                secret.add(setting.token_key)
    return shown, secret


def masked(definition: DestinationDefinition, values: Mapping[str, Any]) -> dict[str, Any]:
    """Settings without their secrets, of which no more is left than is shown: for what is kept to be shown again."""
    shown = dict(values)
    for setting in settings_of(definition.settings):
        key = setting.field.key
        match setting.kind:
            case "SECRET":
                shown[key] = None if shown.get(key) is None else masking.remains(shown[key])
            case "KEYS" | "TOKENS" | "SIGNING":
                shown[key] = [
                    {**item, "secret": masking.remains(item["secret"])} for item in shown.get(key) or ()
                ]
    return shown


_UNTOLD = frozenset({"secret", "setAt"})


def at(definition: DestinationDefinition, *key: str) -> tuple[str, ...]:
    """The path of a setting in an input."""
    return ("settings", key_name(definition.slug), *key)


def invalid(
    definition: DestinationDefinition, values: Mapping[str, Any], allowed_hosts: frozenset[str]
) -> Fields | list[tuple[str, str]]:
    """The settings as their model has them, or the (key, message) of all that can be seen to be wrong."""
    try:
        settings = definition.settings.model_validate(dict(values))
    except ValidationError as error:
        # The words only: what was given may be a secret.
        found = error.errors(include_url=False, include_input=False, include_context=False)
        return [(".".join(map(str, one["loc"])), one["msg"].removeprefix("Value error, ")) for one in found]
    return list(definition.validate_settings(settings, allowed_hosts)) or settings


def _checked(
    definition: DestinationDefinition, values: Mapping[str, Any], allowed_hosts: frozenset[str]
) -> Fields | list[InputError]:
    found = invalid(definition, values, allowed_hosts)
    if not isinstance(found, list):
        return found
    return [
        input_error(
            ErrorCode.INVALID,
            f"{message.removesuffix('.')}. Nothing was changed.",
            *at(definition, *key.split(".")),
        )
        for key, message in found
    ]


def _missing(definition: DestinationDefinition, given: Any) -> Iterator[InputError]:
    for setting in settings_of(definition.settings):
        if setting.kind == "KEYS":
            yield from _one_alone(definition, {key: getattr(given, name) for key, name in setting.inputs})
        elif setting.field.required and not getattr(given, setting.field.attribute):
            yield _blank(definition, setting)


def _one_alone(definition: DestinationDefinition, parts: Mapping[str, Any]) -> Iterator[InputError]:
    if any(parts.values()):
        for key, value in parts.items():
            if not value:
                yield input_error(ErrorCode.REQUIRED, _TOGETHER, *at(definition, key))


def _blank(definition: DestinationDefinition, setting: Setting) -> InputError:
    message = f"{setting.field.label} is blank. {setting.field.description}"
    return input_error(ErrorCode.REQUIRED, message, *at(definition, setting.field.key))


def _values(model: type[Fields], given: Any) -> dict[str, Any]:
    """What was given, by outside name; what was left out is left to the model."""
    values: dict[str, Any] = {}
    for setting in settings_of(model):
        if setting.kind == "SIGNING":
            continue
        if setting.kind == "KEYS":
            sid: str = getattr(given, setting.sid_attribute)
            secret: SecretStr = getattr(given, setting.secret_attribute)
            values[setting.field.key] = [{"sid": sid, "secret": secret}] if sid else []
            continue
        if setting.kind == "TOKENS":
            token = getattr(given, setting.token_attribute)
            is_given = token is not strawberry.UNSET and token is not None
            values[setting.field.key] = [{"id": FIRST_TOKEN, "secret": token}] if is_given else []
            continue
        value = getattr(given, setting.field.attribute)
        if value is strawberry.UNSET or (value is None and not setting.nullable):
            continue
        values[setting.field.key] = value
    return values


def _change_value(
    definition: DestinationDefinition, setting: Setting, values: dict[str, Any], given: Any
) -> Iterator[InputError]:
    key, value = setting.field.key, getattr(given, setting.field.attribute)
    if value is strawberry.UNSET:
        return
    if setting.field.required and not value and value is not False and value != 0:
        yield _blank(definition, setting)
    elif value is None and not setting.nullable:
        values.pop(key, None)  # the model has a default for it
    else:
        values[key] = value


def _change_key(
    definition: DestinationDefinition, setting: Setting, values: dict[str, Any], given: Any, now: datetime
) -> Iterator[InputError]:
    """Put a key in the place of the ACTIVE one. Its secret alone is a new one of that; null lets all go."""
    parts = {key: getattr(given, name) for key, name in setting.inputs}
    sid, secret = parts.values()
    if all(part is strawberry.UNSET for part in parts.values()):
        return
    if not any(parts.values()):
        values[setting.field.key] = []
        return
    items = _items(values, setting)
    active = next((place for place, item in enumerate(items) if item["state"] == _ACTIVE), None)
    if sid is strawberry.UNSET and active is not None:
        sid = items[active]["sid"]
    if not sid or not secret:
        yield from _one_alone(definition, {setting.sid_key: sid, setting.secret_key: secret})
        return
    other = next((item for place, item in enumerate(items) if item["sid"] == sid and place != active), None)
    if other is not None:
        message = f"The account has {sid} beside the ACTIVE key: promote it (destinationKeyPromote)."
        yield input_error(ErrorCode.TAKEN, message, *at(definition, setting.sid_key))
        return
    was = items[active] if active is not None else {}
    if (was.get("sid"), was.get("secret")) == (sid, secret.get_secret_value()):
        return
    label = was.get("label") if was.get("sid") == sid else None
    new = {"sid": sid, "secret": secret, "label": label, "state": _ACTIVE, "setAt": now}
    values[setting.field.key] = _replaced(items, active, new)


def _change_token(setting: Setting, values: dict[str, Any], token: Any, now: datetime) -> None:
    """Put a token in the place of the ACTIVE one; null lets all go."""
    if token is strawberry.UNSET:
        return
    if token is None:
        values[setting.field.key] = []
        return
    items = _items(values, setting)
    active = next((place for place, item in enumerate(items) if item["state"] == _ACTIVE), None)
    was = (
        items[active]
        if active is not None
        else {"id": f"{FIRST_TOKEN}_{len(items)}" if items else FIRST_TOKEN}
    )
    if was.get("secret") == token.get_secret_value():
        return
    new = {"id": was["id"], "secret": token, "label": None, "state": _ACTIVE, "setAt": now}
    values[setting.field.key] = _replaced(items, active, new)


def _items(values: Mapping[str, Any], setting: Setting) -> list[dict[str, Any]]:
    """The keys or tokens that are stored; what no longer is of the form of one is left out."""
    found = values.get(setting.field.key)
    whole = {"state", "secret"}
    return [
        item
        for item in (found if isinstance(found, list) else ())
        if isinstance(item, dict) and whole <= item.keys()
    ]


def _replaced(items: list[dict[str, Any]], place: int | None, new: dict[str, Any]) -> list[dict[str, Any]]:
    return [new, *items] if place is None else [*items[:place], new, *items[place + 1 :]]
