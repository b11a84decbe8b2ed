"""The idempotency keys of changes, and what the first call of each was answered."""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway.storage.tables import idempotency_keys

REPEATABLE = timedelta(hours=24)
"""How long a key answers for what it did; then it is as if it had never been used."""


class Earlier(NamedTuple):
    """What an earlier call with a key was given and did. `answer` is as `remember` was given it."""

    input_hash: str
    result_id: str
    answer: str | None


def claim(
    connection: Connection, space: str, operation: str, key: str, *, input_hash: str, now: datetime
) -> Earlier | None:
    """What an earlier change with that key did; None: the key is the caller's, to `remember` or `forget` with before the transaction
    ends. Whoever uses the key in the same moment waits for that end.
    """
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    new = {"input_hash": input_hash, "result_id": "", "answer": None, "created_at": now}
    claimed = connection.execute(
        dialect.insert(idempotency_keys)
        .values(space=space, operation=operation, key=key, **new)
        .on_conflict_do_update(
            index_elements=idempotency_keys.primary_key.columns,
            set_=new,
            where=idempotency_keys.c.created_at <= now - REPEATABLE,  # old, and not removed yet
        )
    )
    if claimed.rowcount == 1:
        return None
    columns = idempotency_keys.c
    query = select(columns.input_hash, columns.result_id, columns.answer)
    row = connection.execute(query.where(_is(space, operation, key))).one()
    return Earlier(*row)


def remember(
    connection: Connection, space: str, operation: str, key: str, result_id: str, answer: str | None = None
) -> None:
    """Keep what the change that claimed the key made, and what it was answered."""
    connection.execute(
        update(idempotency_keys).where(_is(space, operation, key)).values(result_id=result_id, answer=answer)
    )


def forget(connection: Connection, space: str, operation: str, key: str) -> None:
    """Let go of a key whose change made nothing."""
    connection.execute(delete(idempotency_keys).where(_is(space, operation, key)))


def _is(space: str, operation: str, key: str) -> ColumnElement[bool]:
    columns = idempotency_keys.c
    return and_(columns.space == space, columns.operation == operation, columns.key == key)
