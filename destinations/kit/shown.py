"""A message as a phone shows it, and what is known of the templates that it is made from."""

from collections.abc import Mapping

import msgspec

from destinations.kit.enums import ButtonKind


class Button(msgspec.Struct, frozen=True):
    """A button below a text. `value` is where it leads, such as an address, or what it stands for; None where that is not known."""

    title: str
    kind: ButtonKind
    value: str | None = None


class TemplateForm(msgspec.Struct, frozen=True):
    """A form that a template has, by the `type` that the provider gives it. Its variables stand in it as the provider writes them.
    `body` is None where its words are not the account's own.
    """

    type: str
    body: str | None = None
    media: tuple[str, ...] = ()
    buttons: tuple[Button, ...] = ()


class KnownForms(msgspec.Struct, frozen=True):
    """What the last sync said of a template: its forms, and what stands in for its variables."""

    forms: tuple[TemplateForm, ...]
    samples: Mapping[str, str | None] = msgspec.field(default_factory=dict)


class Shown(msgspec.Struct, frozen=True):
    """What a phone shows of a message, as far as that is known: `text` is None where it is not, and where there is none."""

    text: str | None = None
    media: tuple[str, ...] = ()
    buttons: tuple[Button, ...] = ()
