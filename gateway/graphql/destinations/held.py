"""A destination as it is when it is changed."""

from sqlalchemy import Connection as Database

from gateway import workspace
from gateway.graphql.context import Context
from gateway.graphql.terms.errors import UserError, conflict, not_found
from gateway.storage import destinations


def held(
    context: Context, database: Database, destination_id: str, expected_revision: int
) -> workspace.Destination | UserError:
    """The destination, which nobody else changes before this transaction ends; or why it can't be changed from that revision."""
    found = destinations.get(database, destination_id, context.services.secrets, for_update=True)
    if found is None or found.deleted_at is not None:
        return not_found("destination", "id")
    if found.revision != expected_revision:
        return conflict("destination", expected_revision, found.revision)
    return found
