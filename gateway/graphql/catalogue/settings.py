"""The settings of a destination type as its definition describes them, read from the pydantic model once."""

import types
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import SecretStr
from pydantic.alias_generators import to_camel

from destinations.kit import ApiKey, AuthToken, Fields, SigningSecret
from destinations.kit.fields import Field, fields_of


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting. `kind` says what the API makes of it; `python` is the type of a plain one.

    SECRET goes in and is only ever shown masked. KEYS is a list of ApiKey; one comes in as two inputs, its SID and
    its secret. TOKENS is a list of AuthToken; one comes in as one input. SIGNING is a list of SigningSecret, which nobody gives: the
    last one made is shown masked. `nullable`: the model takes None for it.
    """

    field: Field
    kind: Literal["PLAIN", "SECRET", "KEYS", "TOKENS", "SIGNING"]
    python: Any
    nullable: bool
    default: Any

    @property
    def checked(self) -> bool:
        """Whether a verification looks at it, so that a destination in which it is changed has to be verified anew."""
        return self.kind != "SIGNING" and (self.field.checked or self.kind != "PLAIN")

    @property
    def sid_key(self) -> str:
        """The input for the SID of a key: `apiKeys` comes in as `apiKeySid` ..."""
        return self.field.key.removesuffix("s") + "Sid"

    @property
    def secret_key(self) -> str:
        """... and `apiKeySecret`."""
        return self.field.key.removesuffix("s") + "Secret"

    @property
    def sid_attribute(self) -> str:
        """Where the input object has the SID ..."""
        return f"{self.field.attribute}_sid"

    @property
    def secret_attribute(self) -> str:
        """... and the secret."""
        return f"{self.field.attribute}_secret"

    @property
    def token_key(self) -> str:
        """The input for one token: `authTokens` comes in as `authToken`."""
        return self.field.key.removesuffix("s")

    @property
    def token_attribute(self) -> str:
        """Where the input object has it."""
        return self.field.attribute.removesuffix("s")

    @property
    def inputs(self) -> tuple[tuple[str, str], ...]:
        """Each input that it comes in as: its outside name, and where the input object has it."""
        match self.kind:
            case "KEYS":
                return (self.sid_key, self.sid_attribute), (self.secret_key, self.secret_attribute)
            case "TOKENS":
                return ((self.token_key, self.token_attribute),)
            case "SIGNING":
                return ()
        return ((self.field.key, self.field.attribute),)


@cache
def settings_of(model: type[Fields]) -> tuple[Setting, ...]:
    """Every documented setting of a model, in its order."""
    return tuple(_setting(model, field) for field in fields_of(model))


def _setting(model: type[Fields], field: Field) -> Setting:
    info = model.model_fields[field.attribute]
    kinds = get_args(info.annotation) if _is_union(info.annotation) else (info.annotation,)
    nullable = type(None) in kinds
    python = next(kind for kind in kinds if kind is not type(None))
    if python is SecretStr:
        return Setting(field, "SECRET", SecretStr, nullable, None)
    if get_origin(python) is tuple and get_args(python)[0] is ApiKey:
        return Setting(field, "KEYS", ApiKey, nullable=False, default=None)
    if get_origin(python) is tuple and get_args(python)[0] is AuthToken:
        return Setting(field, "TOKENS", AuthToken, nullable=False, default=None)
    if get_origin(python) is tuple and get_args(python)[0] is SigningSecret:
        return Setting(field, "SIGNING", SigningSecret, nullable=False, default=None)
    default = None if info.is_required() else info.get_default(call_default_factory=True)
    return Setting(field, "PLAIN", _plain(python), nullable, default)


def _is_union(annotation: Any) -> bool:
    return get_origin(annotation) in (Union, types.UnionType)


def _plain(python: Any) -> Any:
    """What stands for it in the API: text, a number, a truth, an enum, a list of text, or else JSON."""
    if isinstance(python, type) and issubclass(python, str | int | float | Enum):
        return python
    if get_origin(python) is tuple and get_args(python)[0] is str:
        return list[str]
    return Any


def type_name(slug: str) -> str:
    """`some-provider` -> `SomeProvider`."""
    return slug.replace("-", "_").title().replace("_", "")


def key_name(slug: str) -> str:
    """`some-provider` -> `someProvider`."""
    return to_camel(slug.replace("-", "_"))


def revealed(settings: Fields) -> dict[str, Any]:
    """The settings as they are stored: outside names, plain JSON, secrets in clear."""
    return {name: _clear(value) for name, value in settings.model_dump(by_alias=True).items()}


def _clear(value: Any) -> Any:
    match value:
        case SecretStr():
            return value.get_secret_value()
        case Enum():
            return value.value
        case datetime():
            return value.isoformat()
        case dict():
            return {key: _clear(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_clear(inner) for inner in value]
    return value
