"""What can be found."""

from typing import Annotated

import strawberry

from gateway.graphql.contacts.types import Contact
from gateway.graphql.deliveries.types import Delivery
from gateway.graphql.destinations.types import Destination
from gateway.graphql.events.types import Event
from gateway.graphql.mappings.types import Mapping
from gateway.graphql.senders.types import Sender
from gateway.graphql.sources.types import Source

Found = Annotated[
    Contact | Delivery | Event | Source | Destination | Mapping | Sender,
    strawberry.union("Found", description="What a text turned out to be."),
]
