"""What every entry point is handed: the adapters that the gateway acts through."""

from dataclasses import dataclass

from destinations.kit import DestinationDefinition
from gateway.auth import Authenticator
from gateway.clock import Clock
from gateway.facts.workspace import Compiled, Workspace
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

    def inbound_url(self, destination: Destination) -> str | None:
        """What its provider is to call with what people write, as it is to be pasted there; None where it can't reach this gateway, or
        nobody would read it.
        """
        definition = self.workspace.definitions.get(destination.definition)
        if self.settings.public_url is None or definition is None or definition.webhooks is None:
            return None
        after = definition.webhooks.inbound_fragment
        address = f"{self.settings.public_url}/webhooks/{destination.id}/inbound"
        return f"{address}#{after}" if after else address

    def callback_url(self, one: Compiled, delivery_id: str) -> str | None:
        """Where the provider reports on that Delivery; None where it can't reach this gateway."""
        if self.settings.public_url is None:
            return None
        return f"{self.settings.public_url}/webhooks/{one.destination.id}/status?delivery={delivery_id}"
