"""What a ledger is called, and who may work on it: those with its keys, since they could not read what others write."""

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway import ids
from gateway.errors import StartupError
from gateway.secrets import Secrets
from gateway.storage.tables import ledger

_ONLY = 1
_WORD = "heliograph"


def introduce(connection: Connection, keys: Secrets) -> str:
    """The name of this ledger, which no other has. The first to come names it; from then on these keys' first one reads it, too.

    Raises StartupError where the keys are others than those of whoever was here before.
    """
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    named = dialect.insert(ledger).values(id=_ONLY, name=ids.new("ldg"), sealed=keys.encrypt(_WORD))
    connection.execute(named.on_conflict_do_nothing())  # another process may be the first at the same moment
    found = connection.execute(select(ledger).with_for_update()).one()
    _try(keys, found.sealed)
    connection.execute(update(ledger).values(sealed=keys.encrypt(_WORD)))
    return str(found.name)


def check(connection: Connection, keys: Secrets) -> None:
    """Raises StartupError where the keys are others than those of whoever was here before."""
    sealed = connection.execute(select(ledger.c.sealed)).scalar()
    if sealed is not None:
        _try(keys, sealed)


def name(connection: Connection) -> str | None:
    """What this ledger is called; None before anybody named it."""
    return connection.execute(select(ledger.c.name)).scalar()


def _try(keys: Secrets, sealed: str) -> None:
    try:
        keys.decrypt(sealed)
    except StartupError:
        raise StartupError(
            "The keys are others than those that this database was written with. Nothing was started, nothing was changed. "
            "Give every process over one database the same HELIOGRAPH_SECRET_KEYS; to change a key, put the new one in front of "
            "the old ones everywhere."
        ) from None
