"""What a destination keeps for its owner's webhook: of which events it tells, and the secrets that these are signed with."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from pydantic import SecretStr, ValidationError

from destinations.kit import DestinationDefinition, SigningSecret
from gateway import ids, workspace
from gateway.graphql.catalogue.settings import Setting, revealed, settings_of

MOST_SECRETS = 5
"""How many sign side by side: one that lasts, and those on their way out."""


def newest(secrets: Sequence[SigningSecret]) -> SigningSecret | None:
    """The one that lasts until another takes its place, if there is one."""
    return next((one for one in secrets if one.until is None), None)


def setting_of(definition: DestinationDefinition) -> Setting | None:
    """The list of secrets in the settings of a definition, where it has one."""
    return next((one for one in settings_of(definition.settings) if one.kind == "SIGNING"), None)


def prepared(
    definition: DestinationDefinition, destination: workspace.Destination, now: datetime
) -> tuple[workspace.Destination, str | None]:
    """The destination with what its settings say of its owner's webhook. The first time that events go there a secret is made for
    them: that, to be shown once.
    """
    if definition.outgoing is None:
        return destination, None
    try:
        settings = definition.settings.model_validate(dict(destination.settings))
    except ValidationError:  # it waits to be mended, and tells nobody until then
        return replace(destination, webhook_events=None), None
    outgoing = definition.outgoing.of(settings)
    if outgoing is None or outgoing.events is None:
        return replace(destination, webhook_events=None), None
    destination = replace(destination, webhook_events=sorted(outgoing.events))
    if newest(outgoing.secrets) is not None:
        return destination, None
    return rotated(definition, destination, now, timedelta(0))


def rotated(
    definition: DestinationDefinition, destination: workspace.Destination, now: datetime, overlap: timedelta
) -> tuple[workspace.Destination, str | None]:
    """The destination with a new secret, and that; the one before signs beside it for so long. None: its type has none."""
    setting = setting_of(definition)
    if setting is None:
        return destination, None
    settings = definition.settings.model_validate(dict(destination.settings))
    secret = ids.signing_secret()
    before: Sequence[SigningSecret] = getattr(settings, setting.field.attribute)
    ending = [
        one
        if one.until is not None
        else SigningSecret(secret=one.secret, set_at=one.set_at, until=now + overlap)
        for one in before
    ]
    working = [one for one in ending if one.until is not None and one.until > now]
    new = SigningSecret(secret=SecretStr(secret), set_at=now)
    kept = (new, *working)[:MOST_SECRETS]
    return replace(
        destination, settings=revealed(settings.model_copy(update={setting.field.attribute: kept}))
    ), secret
