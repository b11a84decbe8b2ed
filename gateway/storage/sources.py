"""Sources, the write keys they had before, and which destinations each is connected to."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from gateway.secrets import Secrets
from gateway.storage import configuration
from gateway.storage.prepared import Ask, among
from gateway.storage.rows import to_value, to_values
from gateway.storage.tables import retired_keys, source_destinations, sources
from gateway.workspace import RetiredKey, Source


def add(connection: Connection, source: Source) -> bool:
    """Store a new source; False, and nothing is stored, where one of its space has its name.

    Where somebody gives that name to another in the same moment, this waits for the end of that.
    """
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    added = connection.execute(
        dialect.insert(sources)
        .values(id=source.id, **_columns(source))
        .on_conflict_do_nothing(index_elements=["space", "name"], index_where=sources.c.deleted_at.is_(None))
    )
    if added.rowcount:
        configuration.changed(connection)
    return added.rowcount == 1


def add_once(connection: Connection, source: Source) -> bool:
    """Store a source unless there is one of that id; whether it is new."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    new = dialect.insert(sources).values(id=source.id, **_columns(source))
    added = connection.execute(new.on_conflict_do_nothing(index_elements=["id"])).rowcount == 1
    if added:
        configuration.changed(connection)
    return added


def save(connection: Connection, source: Source) -> bool:
    """Store what a source is now; False, and nothing is stored, where another of its space has its name.

    Read it `for_update` first.
    """
    try:
        with connection.begin_nested():
            connection.execute(update(sources).where(sources.c.id == source.id).values(**_columns(source)))
    except IntegrityError:
        return False
    configuration.changed(connection)
    return True


def _columns(source: Source) -> dict[str, Any]:
    return {
        "space": source.space,
        "name": source.name,
        "trust": source.trust.value,
        "enabled": source.enabled,
        "revision": source.revision,
        "write_key_hash": source.write_key_hash,
        "write_key_last_four": source.write_key_last_four,
        "write_key_set_at": source.write_key_set_at,
        "sms_opt_in_trait": source.sms_opt_in_trait,
        "whatsapp_opt_in_trait": source.whatsapp_opt_in_trait,
        "created_at": source.created_at,
        "deleted_at": source.deleted_at,
        "path_key_allowed": source.path_key_allowed,
        "shared_secret_last_four": source.shared_secret_last_four,
        "shared_secret_set_at": source.shared_secret_set_at,
    }


def get(connection: Connection, source_id: str, *, for_update: bool = False) -> Source | None:
    """The source of that id, deleted or not. `for_update`: nobody else changes it before this transaction ends."""
    query = select(sources).where(sources.c.id == source_id)
    row = connection.execute(query.with_for_update() if for_update else query).one_or_none()
    return None if row is None else to_value(Source, row)


_TAKING = Ask(
    select(sources.c.id).where(
        among(sources.c.id, "many"), sources.c.enabled.is_(True), sources.c.deleted_at.is_(None)
    ),
    "many",
)


def taking(connection: Connection, source_ids: Sequence[str]) -> frozenset[str]:
    """Those of these sources that take events: enabled, and not deleted."""
    rows = _TAKING.rows(connection, list(source_ids)) if source_ids else ()
    return frozenset(row[0] for row in rows)


def everything(connection: Connection) -> list[Source]:
    """Every source of every space, deleted ones too: their events are still matched, sent and shown."""
    return to_values(Source, connection.execute(select(sources)).all())


def share(connection: Connection, secrets: Secrets, source_id: str, shared_secret: str | None) -> None:
    """Have the source's senders sign with that, or with nothing; `save` says the rest of it."""
    token = None if shared_secret is None else secrets.encrypt(shared_secret)
    connection.execute(update(sources).where(sources.c.id == source_id).values(shared_secret=token))


_SHARED = select(sources.c.id, sources.c.shared_secret).where(
    sources.c.shared_secret.is_not(None), sources.c.deleted_at.is_(None)
)


def shared_secrets(connection: Connection, secrets: Secrets) -> dict[str, str]:
    """What the senders of each source sign with, of those that have such a secret and are not deleted."""
    return {row.id: secrets.decrypt(row.shared_secret) for row in connection.execute(_SHARED)}


def shared_secret(connection: Connection, secrets: Secrets, source_id: str) -> str | None:
    """The same of one source."""
    token = connection.scalar(select(sources.c.shared_secret).where(sources.c.id == source_id))
    return None if token is None else secrets.decrypt(token)


def retire(connection: Connection, source: Source, until: datetime, now: datetime) -> None:
    """Let the source's present write key work until then, and none of its earlier ones for longer."""
    connection.execute(
        update(retired_keys)
        .where(retired_keys.c.source_id == source.id, retired_keys.c.works_until > until)
        .values(works_until=until)
    )
    connection.execute(
        insert(retired_keys).values(
            key_hash=source.write_key_hash,
            source_id=source.id,
            last_four=source.write_key_last_four,
            works_until=until,
        )
    )
    forget_retired(connection, source.id, now)


def forget_retired(connection: Connection, source_id: str, now: datetime | None = None) -> None:
    """Drop the source's earlier keys: those that work no more, or all of them where no time is given."""
    query = delete(retired_keys).where(retired_keys.c.source_id == source_id)
    connection.execute(query if now is None else query.where(retired_keys.c.works_until <= now))


def retired(connection: Connection) -> list[RetiredKey]:
    """Every key that was rotated out and is still kept; the last to stop working first."""
    query = select(retired_keys).order_by(retired_keys.c.works_until.desc(), retired_keys.c.key_hash)
    return to_values(RetiredKey, connection.execute(query).all())


def connect(connection: Connection, source_id: str, destination_id: str) -> bool:
    """Let the source's events reach the destination; False where they did already."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    linked = connection.execute(
        dialect.insert(source_destinations)
        .values(source_id=source_id, destination_id=destination_id)
        .on_conflict_do_nothing()
    )
    return _changed(connection, linked.rowcount)


def disconnect(connection: Connection, source_id: str, destination_id: str) -> bool:
    """Let the source's events reach the destination no more; False where they did not."""
    unlinked = connection.execute(
        delete(source_destinations).where(
            source_destinations.c.source_id == source_id,
            source_destinations.c.destination_id == destination_id,
        )
    )
    return _changed(connection, unlinked.rowcount)


def _changed(connection: Connection, rows: int) -> bool:
    if rows:
        configuration.changed(connection)
    return rows > 0


def links(connection: Connection) -> list[tuple[str, str]]:
    """Every (source id, destination id) that is connected."""
    return [(row.source_id, row.destination_id) for row in connection.execute(select(source_destinations))]
