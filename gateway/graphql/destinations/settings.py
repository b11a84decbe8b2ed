"""GraphQL types for the settings of every installed destination.

Nothing here knows a destination: types, inputs and their descriptions are made from the definitions.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import MISSING, dataclass
from enum import Enum
from typing import Annotated, Any, Union

import strawberry
from pydantic import SecretStr, ValidationError
from strawberry.scalars import JSON
from strawberry.types.enum import has_enum_definition

from destinations.kit import (
    ApiKey as StoredKey,
    AuthToken as StoredToken,
    DestinationDefinition,
    SigningSecret,
)
from gateway.auth import Viewer
from gateway.errors import StartupError
from gateway.graphql.catalogue.settings import Setting, key_name, settings_of, type_name
from gateway.graphql.destinations.misfits import misfit, misfits_of, refusal
from gateway.graphql.destinations.outgoing import newest
from gateway.graphql.terms import masking
from gateway.graphql.terms.enums import KeyState, described
from gateway.graphql.terms.errors import Refused
from gateway.graphql.terms.masking import MaskedSecret
from gateway.workspace import Destination

MOST_KEYS = 5
"""Of an account, side by side: enough for a rotation that went wrong twice."""


@strawberry.type(
    description="A key of an account. Two may live side by side, so that rotating loses nothing."
)
class ApiKey:
    """See kit.ApiKey."""

    sid: str = strawberry.field(description="Its public part.")
    label: str | None = strawberry.field(description="A name for people.")
    state: KeyState = strawberry.field(description="What it is used for.")
    secret: MaskedSecret = strawberry.field(description="Its secret part.")


@strawberry.type(
    description="A token that an account's provider signs its calls with. While one takes the place of another, calls signed with "
    "either are true."
)
class AuthToken:
    """See kit.AuthToken."""

    id: strawberry.ID = strawberry.field(description="Its id, within its destination.")
    label: str | None = strawberry.field(description="A name for people.")
    state: KeyState = strawberry.field(description="What it is used for.")
    secret: MaskedSecret = strawberry.field(description="The token itself, masked.")


@dataclass(frozen=True, slots=True)
class SettingTypes:
    """What the schema has of settings: the union that is shown, and the oneOf inputs that a new destination takes and a changed
    one.
    """

    shown: Any
    taken: Any
    changed: Any
    _by_slug: Mapping[str, Any]

    @classmethod
    def of(cls, definitions: Mapping[str, DestinationDefinition]) -> "SettingTypes":
        """The types for those definitions. Raises StartupError where there is none: GraphQL has no empty union."""
        if not definitions:
            raise StartupError(
                "No destination type is installed, so there is nothing to serve. Nothing was started. "
                "Install heliograph with pip: its own destination is found by its entry point."
            )
        by_slug = {slug: _output(definition) for slug, definition in definitions.items()}
        members: Any = Union[tuple(by_slug.values())]  # noqa: UP007  they are known at run time only
        union = strawberry.union("DestinationSettings", description="One member per installed definition.")
        shown: Any = Annotated[members, union]
        taken = strawberry.input(
            _class("DestinationSettingsInput", _keys(definitions, _input)),
            one_of=True,
            description="The settings of one destination type: give exactly one key.",
        )
        changed = strawberry.input(
            _class("DestinationSettingsUpdateInput", _keys(definitions, _update_input)),
            one_of=True,
            description="What to change of the settings: give exactly one key, that of the destination's type.",
        )
        return cls(shown, taken, changed, by_slug)

    def show(self, viewer: Viewer, destination: Destination, definition: DestinationDefinition) -> Any:
        """The settings of a destination as this viewer sees them: never a secret. One that no longer fits its definition is refused where
        it is asked for; all are where one of those can't be left out.
        """
        error = misfit(definition, destination)
        unread = set(misfits_of(error)) if error is not None else set()
        left = {key: value for key, value in destination.settings.items() if key not in unread}
        settings = None
        with suppress(ValidationError):
            settings = definition.settings.model_validate(left)
        values: dict[str, Any] = {}
        refused: set[str] = set()
        for setting in settings_of(definition.settings):
            attribute = setting.field.attribute
            if error is not None and (settings is None or setting.field.key in unread):
                refused |= _attributes(setting)
                continue
            value = getattr(settings, attribute)
            if setting.kind == "SIGNING":
                values[setting.token_attribute] = _masked(newest(value), destination)
                continue
            values[attribute] = _shown(setting, value, viewer, destination)
            if setting.kind == "TOKENS":
                active = next((one for one in value if one.state == "ACTIVE"), None)
                values[setting.token_attribute] = _masked(active, destination)
        shown = self._by_slug[definition.slug](**values, **dict.fromkeys(refused))
        if error is not None:
            shown.refuse(refused, refusal(viewer, definition, destination, error))
        return shown


def _attributes(setting: Setting) -> set[str]:
    """Where the object that is shown has a setting."""
    match setting.kind:
        case "TOKENS":
            return {setting.field.attribute, setting.token_attribute}
        case "SIGNING":
            return {setting.token_attribute}
    return {setting.field.attribute}


def _keys(
    definitions: Mapping[str, DestinationDefinition], make: Callable[[DestinationDefinition], Any]
) -> list["_Field"]:
    """A key for each definition, under which its own input comes."""
    return [
        _Field(
            attribute=key_name(slug),
            key=key_name(slug),
            kind=make(definition) | None,
            description=definition.description,
            default=strawberry.UNSET,
        )
        for slug, definition in definitions.items()
    ]


def _shown(setting: Setting, value: Any, viewer: Viewer, destination: Destination) -> Any:
    match setting.kind:
        case "SECRET":
            return masking.secret(value, destination.secrets_set_at)
        case "KEYS":
            return [_key(stored, destination) for stored in value]
        case "TOKENS":
            return [_token(stored, destination) for stored in value]
        case "SIGNING":
            raise TypeError("Of these only the newest one is shown")
        case "PLAIN":
            return value if isinstance(value, Enum) else masking.json(viewer, value)


def _key(stored: StoredKey, destination: Destination) -> ApiKey:
    return ApiKey(
        sid=stored.sid,
        label=stored.label,
        state=KeyState(stored.state),
        secret=_masked(stored, destination),
    )


def _token(stored: StoredToken, destination: Destination) -> AuthToken:
    return AuthToken(
        id=strawberry.ID(stored.id),
        label=stored.label,
        state=KeyState(stored.state),
        secret=_masked(stored, destination),
    )


def _masked(stored: StoredKey | StoredToken | SigningSecret | None, destination: Destination) -> MaskedSecret:
    if stored is None:
        return masking.secret(None, destination.secrets_set_at)
    return masking.secret(stored.secret, stored.set_at or destination.secrets_set_at)


@dataclass(frozen=True, slots=True)
class _Field:
    """One field of a class that is made at run time."""

    attribute: str
    key: str
    kind: Any
    description: str
    default: Any


class _Shown:
    """The settings of a destination, of which some may be such that they can't be shown."""

    def refuse(self, names: Iterable[str], why: Refused) -> None:
        """Have whoever asks for these told why not."""
        for name in names:
            del self.__dict__[name]
        self.__dict__["_why"] = why

    def __getattr__(self, name: str) -> Any:
        """Of what is there, nobody comes here."""
        why = self.__dict__.get("_why")
        raise AttributeError(name) if why is None or name.startswith("_") else why


def _class(name: str, fields: Iterable[_Field], base: type = object) -> type:
    members: dict[str, Any] = {
        "__annotations__": {},
        "__doc__": "Made from a definition.",
        "__module__": __name__,
    }
    for field in fields:
        members["__annotations__"][field.attribute] = field.kind
        members[field.attribute] = strawberry.field(
            name=field.key, description=field.description, default=field.default
        )
    return type(name, (base,), members)


def _output(definition: DestinationDefinition) -> type:
    fields = []
    for setting in settings_of(definition.settings):
        kind: Any
        if setting.kind == "SIGNING":
            description = setting.field.description
            fields.append(
                _Field(setting.token_attribute, setting.token_key, MaskedSecret, description, MISSING)
            )
            continue
        match setting.kind:
            case "SECRET":
                kind = MaskedSecret
            case "KEYS":
                kind = list[ApiKey]
            case "TOKENS":
                kind = list[AuthToken]
            case "PLAIN":
                kind = _plain(setting) | None if setting.nullable else _plain(setting)
        field, description = setting.field, setting.field.description
        if setting.kind == "TOKENS":
            active = f"The ACTIVE one, masked. {description}"
            fields.append(_Field(setting.token_attribute, setting.token_key, MaskedSecret, active, MISSING))
        if setting.kind in ("KEYS", "TOKENS"):
            description = f"{description} At most {MOST_KEYS} live side by side; their secrets are masked."
        fields.append(_Field(field.attribute, field.key, kind, description, MISSING))
    made = _class(f"{type_name(definition.slug)}Settings", fields, _Shown)
    return strawberry.type(made, description=f"The settings of a {definition.name} destination.")


def _input(definition: DestinationDefinition) -> Any:
    fields = []
    for setting in settings_of(definition.settings):
        field, unset = setting.field, strawberry.UNSET
        if setting.kind == "SIGNING":
            continue
        if setting.kind == "KEYS":
            sid, secret = (
                f"{field.label}: the SID of one.",
                f"{field.label}: the secret that belongs to the SID.",
            )
            fields += [
                _Field(setting.sid_attribute, setting.sid_key, str | None, sid, unset),
                _Field(setting.secret_attribute, setting.secret_key, SecretStr | None, secret, unset),
            ]
            continue
        if setting.kind == "TOKENS":
            fields.append(
                _Field(setting.token_attribute, setting.token_key, SecretStr | None, field.description, unset)
            )
            continue
        kind: Any = SecretStr if setting.kind == "SECRET" else _plain(setting)
        if field.required:
            fields.append(_Field(field.attribute, field.key, kind, field.description, MISSING))
        else:
            is_open = setting.default in (None, ()) or kind is JSON or setting.field.chosen
            default = unset if is_open else setting.default
            fields.append(_Field(field.attribute, field.key, kind | None, field.description, default))
    made = _class(f"{type_name(definition.slug)}SettingsInput", fields)
    return strawberry.input(made, description=f"The settings of a {definition.name} destination.")


def _update_input(definition: DestinationDefinition) -> Any:
    fields = []
    for setting in settings_of(definition.settings):
        for key, attribute in setting.inputs:
            kind: Any = _plain(setting) if setting.kind == "PLAIN" else SecretStr
            if setting.kind == "KEYS" and key == setting.sid_key:
                kind = str
            description = _of_update(setting, key)
            fields.append(_Field(attribute, key, kind | None, description, strawberry.UNSET))
    made = _class(f"{type_name(definition.slug)}SettingsUpdateInput", fields)
    return strawberry.input(
        made,
        description=f"What to change of the settings of a {definition.name} destination: what is left out stays, null clears.",
    )


def _of_update(setting: Setting, key: str) -> str:
    field = setting.field
    match setting.kind:
        case "KEYS" if key == setting.sid_key:
            return f"{field.label}: the SID of the one that takes the place of the ACTIVE one; null: all go."
        case "KEYS":
            return f"{field.label}: its secret; without a SID a new secret of the ACTIVE one."
        case "TOKENS":
            return f"{field.label}: the one that takes the place of the ACTIVE one; null: all go."
    return field.description


def _plain(setting: Setting) -> Any:
    python = setting.python
    if python is Any:
        return JSON
    if isinstance(python, type) and issubclass(python, Enum) and not has_enum_definition(python):
        label = setting.field.label
        described(
            python,
            setting.field.description,
            {one.name: f"The {label.lower()} {one.value}." for one in python},
        )
    return python
