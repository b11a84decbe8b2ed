"""Who calls: a bearer token, and what its role may do."""

import hmac
from dataclasses import dataclass

from pydantic import SecretStr

from gateway import ids
from gateway.storage import tokens
from gateway.storage.engine import Store
from gateway.workspace import Role

_RANKS = {role: rank for rank, role in enumerate((Role.VIEWER, Role.READER, Role.OPERATOR, Role.ADMIN))}


@dataclass(frozen=True, slots=True)
class Viewer:
    """Whose token it is. `every_space`: the bootstrap admin, who may name any space; others have only their own."""

    name: str
    role: Role
    space: str
    every_space: bool = False

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
    """Knows the bootstrap admin token, and the tokens of the store by their hashes."""

    def __init__(self, store: Store, admin_token: SecretStr | None) -> None:
        self._store = store
        self._admin_hash = None if admin_token is None else ids.digest(admin_token.get_secret_value())

    async def authenticate(self, header: str | None) -> Viewer | None:
        """Whose `Authorization` header that is; None where it is missing, is no bearer token or is unknown."""
        scheme, _, token = (header or "").partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token:
            return None
        if self._admin_hash is not None and hmac.compare_digest(self._admin_hash, ids.digest(token)):
            return Viewer("bootstrap", Role.ADMIN, "default", every_space=True)
        found = await self._store.read(lambda connection: tokens.find(connection, token))
        return None if found is None else Viewer(*found)
