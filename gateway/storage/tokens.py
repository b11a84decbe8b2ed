"""API tokens, and the idempotency keys of mutations."""

from datetime import datetime

from sqlalchemy import Connection, func, insert, select

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


def remembered(connection: Connection, space: str, operation: str, key: str) -> tuple[str, str] | None:
    """(hash of the input, id of the result) of an earlier mutation with that key."""
    row = connection.execute(
        select(idempotency_keys).where(
            idempotency_keys.c.space == space,
            idempotency_keys.c.operation == operation,
            idempotency_keys.c.key == key,
        )
    ).one_or_none()
    return None if row is None else (row.input_hash, row.result_id)


def remember(
    connection: Connection,
    space: str,
    operation: str,
    key: str,
    *,
    input_hash: str,
    result_id: str,
    now: datetime,
) -> None:
    """Keep what a mutation with that key made."""
    connection.execute(
        insert(idempotency_keys).values(
            space=space,
            operation=operation,
            key=key,
            input_hash=input_hash,
            result_id=result_id,
            created_at=now,
        )
    )
