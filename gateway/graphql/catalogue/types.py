"""The catalogue: what can be configured, generated from the installed definitions."""

from dataclasses import replace
from enum import Enum

import strawberry
from strawberry.scalars import JSON

from destinations import kit
from destinations.kit.fields import Field as KitField, fields_of
from gateway.graphql.catalogue.settings import Setting, settings_of
from gateway.graphql.terms.enums import FieldPick
from mappings.presets import Preset as KitPreset

CONNECTION_MODE = "cloud"


@strawberry.type(description="A field of a destination's settings, or of an action.")
class Field:
    """See kit.field()."""

    key: str = strawberry.field(description="Its name in the input.")
    label: str = strawberry.field(description="Its name for a person.")
    description: str = strawberry.field(description="What it is for.")
    type: str = strawberry.field(
        description="`string`, `text`, `boolean`, `number`, `object`, `datetime` or `password`."
    )
    required: bool = strawberry.field(description="Whether it can't be left out.")
    multiple: bool = strawberry.field(description="Whether it takes a list.")
    secret: bool = strawberry.field(description="Whether it is write-only.")
    default: JSON | None = strawberry.field(
        description="Of a setting its default; of an action's field the mapping it starts with: a value or a directive."
    )
    choices: list[JSON] = strawberry.field(description="All that it may be; empty: anything of its type.")
    picks: FieldPick | None = strawberry.field(
        description="What of the account it names; null: nothing of it. Another value may stand there all the same, such as a directive."
    )
    advanced: bool = strawberry.field(description="Whether few need it, so that a form folds it away.")
    shown_as: str = strawberry.field(
        description="Where it is shown: of a setting its name in `settings`, which is that of a list where several live side by side, such as "
        "`apiKeys` of `apiKeySid`; else its key."
    )
    checked: bool = strawberry.field(
        description="Of a setting, whether a verification looks at it: changed in place, it sends the destination back to DRAFT. Of an action's "
        "field false."
    )


@strawberry.type(description="One thing a destination can do with an event.")
class Action:
    """See kit.ActionDefinition."""

    slug: str = strawberry.field(description="Its name in `mappingCreate`.")
    title: str = strawberry.field(description="Its name for a person.")
    description: str = strawberry.field(description="What it does.")
    channel: kit.Channel | None = strawberry.field(
        description="How its messages reach a phone; null where it sends no text."
    )
    default_trigger: str = strawberry.field(description="The trigger of a mapping that names none.")
    fields: list[Field] = strawberry.field(description="What a mapping fills in.")


@strawberry.type(description="A ready-made mapping for a common case.")
class Preset:
    """See mappings.presets."""

    name: str = strawberry.field(description="Its name in code.")
    title: str = strawberry.field(description="Its name for a person.")
    description: str = strawberry.field(description="What it does, and for whom.")
    purpose: kit.Purpose = strawberry.field(
        description="Why it sends: it decides how much consent is asked for. MARKETING goes to who said yes, and not in quiet hours."
    )
    action: str = strawberry.field(description="The slug of its action.")
    trigger: str = strawberry.field(description="Which events it is for.")
    fields: JSON = strawberry.field(description="Segment mapping JSON for the action's fields.")


@strawberry.type(description="A kind of destination that is installed on this server.")
class DestinationDefinition:
    """See kit.DestinationDefinition."""

    slug: str = strawberry.field(description="Its name in code and settings.")
    name: str = strawberry.field(description="Its name for a person.")
    description: str = strawberry.field(description="What it is for.")
    settings_fields: list[Field] = strawberry.field(description="What the account owner fills in.")
    actions: list[Action] = strawberry.field(description="What it can do with an event.")
    presets: list[Preset] = strawberry.field(description="Ready-made mappings for common cases.")
    integration_names: list[str] = strawberry.field(
        description="Its names in the `integrations` object of an event, which lets the event reach it or not."
    )
    supported_calls: list[str] = strawberry.field(
        description="The calls whose events its mappings may be for: `identify`, `track`, ..."
    )
    connection_mode: str = strawberry.field(
        description="`cloud`: this server makes the requests, never the device that an event comes from."
    )


def shown(definition: kit.DestinationDefinition) -> DestinationDefinition:
    """The definition as the API shows it."""
    senders = _default_senders(definition)
    return DestinationDefinition(
        slug=definition.slug,
        name=definition.name,
        description=definition.description,
        settings_fields=[
            one for setting in settings_of(definition.settings) for one in _setting(setting, senders)
        ],
        actions=[action(one) for one in definition.actions],
        presets=[_preset(preset) for preset in definition.presets],
        integration_names=list(definition.integration_names),
        supported_calls=list(definition.supported_calls),
        connection_mode=CONNECTION_MODE,
    )


def action(defined: kit.ActionDefinition) -> Action:
    """The action as the API shows it."""
    return Action(
        slug=defined.slug,
        title=defined.title,
        description=defined.description,
        channel=defined.channel,
        default_trigger=defined.default_trigger,
        fields=[
            _field(field, field.default, checked=False, picks=_picks(defined, field))
            for field in fields_of(defined.payload)
        ],
    )


def _preset(preset: KitPreset) -> Preset:
    return Preset(
        name=preset.name,
        title=preset.title,
        description=preset.description,
        purpose=kit.Purpose(preset.purpose),
        action=preset.action,
        trigger=preset.trigger,
        fields=JSON(preset.fields),
    )


def _picks(defined: kit.ActionDefinition, field: KitField) -> FieldPick | None:
    if field.key == defined.template_field:
        return FieldPick.TEMPLATE
    return FieldPick.SENDER if defined.sender is not None and field.key == defined.sender_field else None


def _default_senders(definition: kit.DestinationDefinition) -> frozenset[str]:
    """The settings that stand in where a mapping names no sender."""
    return frozenset(
        field.setting
        for one in definition.actions
        for field in fields_of(one.payload)
        if field.setting is not None and _picks(one, field) is FieldPick.SENDER
    )


def _field(field: KitField, default: object, *, checked: bool, picks: FieldPick | None = None) -> Field:
    return Field(
        key=field.key,
        label=field.label,
        description=field.description,
        type=field.type,
        required=field.required,
        multiple=field.multiple,
        secret=field.secret,
        default=None if default is None else JSON(default),
        choices=[JSON(choice) for choice in field.choices],
        picks=picks,
        advanced=field.advanced,
        shown_as=field.key,
        checked=checked,
    )


def _setting(setting: Setting, default_senders: frozenset[str]) -> list[Field]:
    if setting.kind == "SIGNING":
        return []
    if setting.kind == "TOKENS":
        label = setting.field.label.removesuffix("s")
        one = replace(setting.field, key=setting.token_key, label=label, multiple=False)
        return [replace(_field(one, None, checked=setting.checked), shown_as=setting.field.key)]
    if setting.kind != "KEYS":
        default = setting.default.value if isinstance(setting.default, Enum) else setting.default
        picks = FieldPick.SENDER if setting.field.attribute in default_senders else None
        return [_field(setting.field, default, checked=setting.checked, picks=picks)]
    parts = ((setting.sid_key, "SID", "string"), (setting.secret_key, "secret", "password"))
    return [
        Field(
            key=key,
            label=f"{setting.field.label.removesuffix('s')} {part}",
            description=setting.field.description,
            type=kind,
            required=setting.field.required,
            multiple=False,
            secret=kind == "password",
            default=None,
            choices=[],
            picks=None,
            advanced=setting.field.advanced,
            shown_as=setting.field.key,
            checked=setting.checked,
        )
        for key, part, kind in parts
    ]
