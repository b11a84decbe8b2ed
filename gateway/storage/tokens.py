"""API tokens, and the idempotency keys of mutations."""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway import ids
from gateway.storage.tables import api_tokens, idempotency_keys
from gateway.workspace import Role


def add(connection: Connection, *, name: str, role: Role, space: str, token: str, now: datetime) -> str:
    """Store a token's hash and return its id."""
    token_id = ids.new("tok")
    connection.execute(
        insert(api_tokens).values(
            id=token_id,
            space=space,
            name=name,
            role=role.value,
            token_hash=ids.digest(token),
            last_four=token[-4:],
            created_at=now,
        )
    )
    return token_id


def find(connection: Connection, token: str) -> tuple[str, Role, str] | None:
    """(name, role, space) of a token."""
    row = connection.execute(
        select(api_tokens).where(api_tokens.c.token_hash == ids.digest(token))
    ).one_or_none()
    return None if row is None else (row.name, Role(row.role), row.space)


def any_exist(connection: Connection) -> bool:
    """Whether a token was ever made."""
    return bool(connection.scalar(select(func.count()).select_from(api_tokens)))


def claim(
    connection: Connection, space: str, operation: str, key: str, *, input_hash: str, now: datetime
) -> tuple[str, str] | None:
    """(hash of the input, id of the result) of an earlier mutation with that key; None: it is the caller's, to `remember`
    or `forget` with before the transaction ends. Whoever uses the key in the same moment waits for that end.
    """
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    claimed = connection.execute(
        dialect.insert(idempotency_keys)
        .values(
            space=space, operation=operation, key=key, input_hash=input_hash, result_id="", created_at=now
        )
        .on_conflict_do_nothing()
    )
    if claimed.rowcount == 1:
        return None
    row = connection.execute(select(idempotency_keys).where(_is(space, operation, key))).one()
    return row.input_hash, row.result_id


def remember(connection: Connection, space: str, operation: str, key: str, result_id: str) -> None:
    """Keep what the mutation that claimed the key made."""
    connection.execute(update(idempotency_keys).where(_is(space, operation, key)).values(result_id=result_id))


def forget(connection: Connection, space: str, operation: str, key: str) -> None:
    """Let go of a key whose mutation made nothing."""
    connection.execute(delete(idempotency_keys).where(_is(space, operation, key)))


def _is(space: str, operation: str, key: str) -> ColumnElement[bool]:
    columns = idempotency_keys.c
    return and_(columns.space == space, columns.operation == operation, columns.key == key)
