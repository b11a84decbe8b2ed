"""What every entry point is handed: the adapters that the gateway acts through."""

from dataclasses import dataclass

from pydantic import ValidationError

from destinations.kit import DestinationDefinition
from gateway.auth import Authenticator
from gateway.clock import Clock
from gateway.facts.compiled import Compiled
from gateway.facts.workspace import Workspace
from gateway.secrets import Secrets
from gateway.sending import SendingClient
from gateway.sending.reading import Reader
from gateway.sending.receivers import ReceiverClient
from gateway.settings import Settings
from gateway.shared import Shared
from gateway.storage.engine import Store
from gateway.workspace import Destination


@dataclass(frozen=True, slots=True)
class Services:
    """Made once, by the composition root; whoever is given it takes from it what it needs."""

    store: Store
    secrets: Secrets
    workspace: Workspace
    clock: Clock
    settings: Settings
    reader: Reader
    client: SendingClient
    receivers: ReceiverClient
    shared: Shared
    authenticator: Authenticator

    def definition(self, slug: str) -> DestinationDefinition:
        """The installed definition of that slug. Raises KeyError."""
        return self.workspace.definitions[slug]

    def inbound_url(self, destination: Destination, *, whole: bool = True) -> str | None:
        """What its provider is to call with what people write, as it is to be pasted there; None where it can't reach this gateway, or
        nobody would read it. Without `whole` a secret in its path is left out.
        """
        definition = self.workspace.definitions.get(destination.definition)
        return inbound_url(self.settings.public_url, definition, destination, whole=whole)

    def callback_url(self, one: Compiled, delivery_id: str) -> str | None:
        """Where the provider reports on that Delivery; None where it can't reach this gateway."""
        if self.settings.public_url is None:
            return None
        webhooks = self.workspace.definitions[one.destination.definition].webhooks
        key = None if webhooks is None else webhooks.path_key(one.settings, delivery_id)
        place = f"{one.destination.id}/status" if key is None else f"{one.destination.id}/{key}/status"
        return f"{self.settings.public_url}/webhooks/{place}?delivery={delivery_id}"


def inbound_url(
    public_url: str | None,
    definition: DestinationDefinition | None,
    destination: Destination,
    *,
    whole: bool = True,
) -> str | None:
    """See Services.inbound_url."""
    if public_url is None or definition is None or definition.webhooks is None:
        return None
    after = definition.webhooks.inbound_fragment
    try:
        settings = definition.settings.model_validate(dict(destination.settings))
    except ValidationError:
        key = None
    else:
        key = definition.webhooks.path_key(settings, "inbound")
    shown = "" if key is None else f"{key}/" if whole else "…/"
    address = f"{public_url}/webhooks/{destination.id}/{shown}inbound"
    return f"{address}#{after}" if after else address
