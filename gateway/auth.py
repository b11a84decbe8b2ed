"""Who calls: a bearer token, and what its role may do."""

import asyncio
import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pydantic import SecretStr

from gateway import ids, logging
from gateway.clock import Clock, SystemClock
from gateway.errors import StoreBusy, StoreUnavailable
from gateway.storage import tokens
from gateway.storage.engine import Store
from gateway.workspace import ApiToken, Role

FIRST_ADMIN = "first admin"
"""The name of the token in HELIOGRAPH_ADMIN_TOKEN, and of the one that is made where there is none yet."""

USES_APART = timedelta(minutes=1)
"""A token that is used all the time has its last use written down this often."""

_RANKS = {role: rank for rank, role in enumerate((Role.VIEWER, Role.READER, Role.OPERATOR, Role.ADMIN))}
_log = logging.get("auth")


@dataclass(frozen=True, slots=True)
class Viewer:
    """Whose token it is. `every_space`: the first admin by HELIOGRAPH_ADMIN_TOKEN, who may name any space; others
    have only their own.

    `token_id` is None for that one, whose token is a setting.
    """

    name: str
    role: Role
    space: str
    every_space: bool = False
    token_id: str | None = field(default=None, compare=False)

    def may(self, least: Role) -> bool:
        """Whether the role is that one or a higher one."""
        return _RANKS[self.role] >= _RANKS[least]

    def sees(self, space: str) -> bool:
        """Whether what belongs to that space is there for this viewer at all."""
        return self.every_space or space == self.space

    @property
    def masked(self) -> bool:
        """Whether numbers, payloads and bodies are hidden."""
        return self.role is Role.VIEWER


class Authenticator:
    """Knows the first admin token, and the tokens of the store by their hashes."""

    def __init__(self, store: Store, admin_token: SecretStr | None, clock: Clock | None = None) -> None:
        self._store = store
        self._clock = clock or SystemClock()
        self._admin_hash = None if admin_token is None else ids.digest(admin_token.get_secret_value())
        self._uses: dict[str, datetime] = {}
        self._writing: asyncio.Task[None] | None = None
        self._asked: set[str] = set()
        self._asking: asyncio.Task[frozenset[str]] | None = None

    @property
    def has_admin_by_setting(self) -> bool:
        """Whether there is a token that nobody can revoke through the API."""
        return self._admin_hash is not None

    async def authenticate(self, header: str | None) -> Viewer | None:
        """Whose `Authorization` header that is; None where it is missing, is no bearer token, is unknown or was revoked.

        The store is asked each time, so that a revocation, by whatever process, holds from the next request on.
        """
        scheme, _, token = (header or "").partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token:
            return None
        if self._admin_hash is not None and hmac.compare_digest(self._admin_hash, ids.digest(token)):
            return Viewer(FIRST_ADMIN, Role.ADMIN, "default", every_space=True)
        found = await self._store.read(lambda connection: tokens.find(connection, token))
        if found is None:
            return None
        self._note_use(found)
        return Viewer(found.name, found.role, found.space, token_id=found.id)

    async def still(self, viewer: Viewer) -> bool:
        """Whether that viewer's token has not been revoked since. Whoever asks in the same moment shares one read of the store."""
        if viewer.token_id is None:
            return True
        self._asked.add(viewer.token_id)
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask())
        return viewer.token_id in await asyncio.shield(self._asking)

    async def _ask(self) -> frozenset[str]:
        await asyncio.sleep(0)  # whoever asks in this turn of the loop is in time
        asked, self._asked, self._asking = self._asked, set(), None
        return await self._store.read(lambda connection: tokens.standing(connection, asked))

    def _note_use(self, token: ApiToken) -> None:
        """Have the use written down, beside the request and not before its answer."""
        now, last = self._clock.now(), token.last_used_at
        if token.id in self._uses or (last is not None and now - last < USES_APART):
            return
        self._uses[token.id] = now
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_uses())

    async def _write_uses(self) -> None:
        while self._uses:
            uses = dict(self._uses)
            try:
                await self._store.write(lambda connection: tokens.used(connection, uses))  # noqa: B023  it is awaited here
            except (StoreBusy, StoreUnavailable) as error:
                _log.warning("When tokens were last used was not written down", error=str(error))
                self._uses.clear()  # a later request will say so again
                return
            for token_id in uses:
                self._uses.pop(token_id, None)

    async def close(self) -> None:
        """Wait for what is being written down."""
        if self._writing is not None:
            await asyncio.wait({self._writing})
