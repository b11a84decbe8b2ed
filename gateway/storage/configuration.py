"""A counter that goes up with every change of what is configured, by whatever process: whoever keeps it in memory compares."""

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from gateway.storage.tables import configuration

_ONLY = 1
_REVISION = select(configuration.c.revision)
_CHANGED = {
    name: dialect.insert(configuration)
    .values(id=_ONLY, revision=1)
    .on_conflict_do_update(index_elements=["id"], set_={"revision": configuration.c.revision + 1})
    for name, dialect in (("postgresql", postgresql), ("sqlite", sqlite))
}


def changed(connection: Connection) -> None:
    """Something configured is changed by this transaction."""
    connection.execute(_CHANGED[connection.dialect.name])


def revision(connection: Connection) -> int:
    """How often something was changed."""
    return connection.scalar(_REVISION) or 0
