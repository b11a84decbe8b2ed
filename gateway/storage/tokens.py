"""API tokens: known by their hashes alone."""

import hmac
from collections.abc import Collection, Mapping
from datetime import datetime
from functools import partial

from sqlalchemy import Connection, bindparam, delete, insert, or_, select, update

from gateway import ids
from gateway.storage import pages
from gateway.storage.pages import Cursor, Page
from gateway.storage.prepared import Ask
from gateway.storage.rows import to_value, to_values
from gateway.storage.tables import api_tokens
from gateway.workspace import ApiToken, Role

_SHOWN = [column for column in api_tokens.columns if column.name != "token_hash"]
_FIND = Ask(
    select(api_tokens.c.token_hash, *_SHOWN).where(api_tokens.c.token_hash == bindparam("hash")), "hash"
)


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


def find(connection: Connection, token: str) -> ApiToken | None:
    """What is known of that token; None where it is unknown, or was revoked."""
    digest = ids.digest(token)
    for stored, *shown in _FIND.rows(connection, digest):
        if hmac.compare_digest(stored, digest):
            values = dict(zip((column.name for column in _SHOWN), shown, strict=True))
            return ApiToken(**{**values, "role": Role(values["role"])})
    return None


def get(connection: Connection, token_id: str) -> ApiToken | None:
    """The token of that id; None where it was revoked."""
    row = connection.execute(select(*_SHOWN).where(api_tokens.c.id == token_id)).one_or_none()
    return None if row is None else to_value(ApiToken, row)


def standing(connection: Connection, token_ids: Collection[str]) -> frozenset[str]:
    """Those of these tokens that were not revoked."""
    return frozenset(connection.scalars(select(api_tokens.c.id).where(api_tokens.c.id.in_(token_ids))))


def page(connection: Connection, space: str, first: int, after: Cursor | None) -> Page[ApiToken]:
    """The tokens of a space, the newest first."""
    return pages.newest_first(
        connection,
        api_tokens,
        "created_at",
        [api_tokens.c.space == space],
        first,
        after,
        partial(to_values, ApiToken),
        columns=[column.name for column in _SHOWN],
    )


def every(connection: Connection, space: str | None = None) -> list[ApiToken]:
    """All tokens, of one space or of all; the newest first in each."""
    query = select(*_SHOWN) if space is None else select(*_SHOWN).where(api_tokens.c.space == space)
    newest = (api_tokens.c.created_at.desc(), api_tokens.c.id.desc())
    return to_values(ApiToken, connection.execute(query.order_by(api_tokens.c.space, *newest)).all())


def admins(connection: Connection, space: str) -> list[str]:
    """The ids of a space's ADMIN tokens, none of which somebody else revokes before this transaction ends."""
    ident = api_tokens.c.id
    query = select(ident).where(api_tokens.c.space == space, api_tokens.c.role == Role.ADMIN.value)
    return list(connection.scalars(query.order_by(ident).with_for_update()))


def remove(connection: Connection, token_id: str) -> bool:
    """Revoke a token: nothing is kept of it here, so that it is answered as one that never was. False where it is gone already."""
    return connection.execute(delete(api_tokens).where(api_tokens.c.id == token_id)).rowcount == 1


def used(connection: Connection, uses: Mapping[str, datetime]) -> None:
    """Keep when tokens were last used, unless a later use is kept already."""
    last = api_tokens.c.last_used_at
    for token_id, at in uses.items():
        connection.execute(
            update(api_tokens)
            .where(api_tokens.c.id == token_id, or_(last.is_(None), last < at))
            .values(last_used_at=at)
        )


def any_exist(connection: Connection) -> bool:
    """Whether there is a token."""
    return connection.execute(select(api_tokens.c.id).limit(1)).first() is not None
