"""Stored settings that no longer fit their destination's type, such as after an upgrade: what is wrong, and the change that mends it."""

import json
from collections.abc import Sequence

from pydantic import ValidationError

from destinations.kit import Check, DestinationDefinition, destination_update
from gateway import workspace
from gateway.auth import Viewer
from gateway.facts.pasting import filled
from gateway.graphql.catalogue.settings import Setting, key_name, settings_of
from gateway.graphql.terms import masking
from gateway.graphql.terms.errors import Refused


def misfit(definition: DestinationDefinition, destination: workspace.Destination) -> ValidationError | None:
    """What keeps the settings from being read; None where nothing does."""
    try:
        definition.settings.model_validate(dict(destination.settings))
    except ValidationError as error:
        return error
    return None


def check_of(
    definition: DestinationDefinition, destination: workspace.Destination, error: ValidationError
) -> Check:
    """As a check that failed, to be stored: its remedy leaves the revision open."""
    words = [_words(one["loc"], one["msg"]) for one in error.errors(include_url=False, include_input=False)]
    message = (
        f"The settings of the destination {destination.name} no longer fit its type: {'; '.join(words)}."
    )
    remedy = _remedy(definition, destination, misfits_of(error))
    return Check("settings", passed=False, code="INVALID", message=message, remedy=remedy)


def refusal(
    viewer: Viewer,
    definition: DestinationDefinition,
    destination: workspace.Destination,
    error: ValidationError,
) -> Refused:
    """In place of a setting that can't be shown."""
    check = check_of(definition, destination, error)
    words = f"{check.message} They were kept, and what it would send waits. {filled(check.remedy or '', destination)}"
    return Refused("SETTINGS_DO_NOT_FIT", masking.text(viewer, words))


def misfits_of(error: ValidationError) -> list[str]:
    """The names of the settings that do not fit; none where they do not fit together."""
    found = (str(one["loc"][0]) for one in error.errors(include_url=False, include_input=False) if one["loc"])
    return list(dict.fromkeys(found))


def _words(place: Sequence[object], message: str) -> str:
    """No value is shown: it may be a secret."""
    said = message.removeprefix("Value error, ")
    return f"{'.'.join(map(str, place))}: {said}" if place else said


def _remedy(
    definition: DestinationDefinition, destination: workspace.Destination, names: Sequence[str]
) -> str:
    known = {one.field.key: one for one in settings_of(definition.settings)}
    given = [part for name in names if name in known for part in _given(known[name])]
    install = f"install the version of {destination.definition} that took these settings, and start the gateway again"
    if not given:
        return f"To mend them, {install}."
    change = f"settings: {{{key_name(definition.slug)}: {{{', '.join(given)}}}}}"
    return (
        f"To mend them, run {destination_update(destination.id, change)}, with the right value in place of each null, which clears, and "
        f"verify it then. Or {install}."
    )


def _given(setting: Setting) -> list[str]:
    """Each input of a setting, cleared; what it can't be without is to be filled in."""
    if setting.kind == "PLAIN" and not (setting.field.required and setting.python is str):
        return [f"{setting.field.key}: null"]
    if setting.kind == "SECRET" and not setting.field.required:
        return [f"{setting.field.key}: null"]
    return [f"{key}: {json.dumps(f'<{setting.field.label}>')}" for key, _ in setting.inputs]
