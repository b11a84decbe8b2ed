"""Whether the store is there, keeps what is promised, and leads somewhere. It is looked at without a change: no file is made, and no
migration is applied.
"""

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime

from destinations.kit.registry import installed
from gateway import app
from gateway.clock import SystemClock
from gateway.doctor import configured, postgresql
from gateway.doctor.address import Own
from gateway.doctor.checks import Check, Group, failed, mend, note, ok
from gateway.errors import StartupError, StoreUnavailable
from gateway.secrets import KEY_FILE, Secrets
from gateway.settings import Settings
from gateway.storage import free_space, ledger, ledger_clock
from gateway.storage.engine import PostgresStore, Store, open_store
from gateway.storage.migrate import State, state

_STORES = Group.STORES

_TO_MIGRATE = note(
    _STORES,
    "migrations",
    "are missing.",
    "`heliograph migrate` applies them, and so does the next `heliograph serve`.",
)
_TOO_NEW = mend(
    _STORES,
    "migrations",
    "the database is newer than this heliograph, which can't work on it.",
    "Install the version that wrote it, or a later one.",
)
_OF_STATE = {State.MISSING: _TO_MIGRATE, State.TOO_NEW: _TOO_NEW}


@dataclass(slots=True)
class Looked:
    """What was found, and what this gateway is known by, where that could be read."""

    checks: list[Check] = field(default_factory=list)
    own: Own | None = None


async def examine(settings: Settings) -> Looked:
    """A line per check."""
    found = Looked()
    try:
        await (_file(settings, found) if settings.embedded else _server(settings, found))
    except (StartupError, StoreUnavailable) as error:
        found.checks.append(failed(_STORES, "store", str(error)))
    return found


async def _file(settings: Settings, found: Looked) -> None:
    path = settings.database_file
    if path is not None and not path.exists():
        found.checks.append(note(_STORES, "store", "no database yet.", f"`heliograph serve` makes {path}."))
        return
    there = await state(settings.database)
    if there in _OF_STATE:
        found.checks.append(_OF_STATE[there])
        return
    store = await open_store(settings.database)
    try:
        said = "SQLite, synchronous=FULL: an answered event is on disk"
        found.checks.append(ok(_STORES, "store", said))
        if await store.read(free_space.is_kept):
            kept = "what is removed stays part of the file."
            found.checks.append(note(_STORES, "free space", kept, f"S{free_space.REMEDY[1:]}."))
        await _content(settings, store, found)
    finally:
        await store.close()


async def _server(settings: Settings, found: Looked) -> None:
    there = await state(settings.database)
    store = PostgresStore(settings.database)
    try:
        server = await store.read(postgresql.look)
        found.checks += postgresql.findings(server, several=not settings.alone)
        found.checks.append(postgresql.clock(await ledger_clock.offset(store, SystemClock())))
        if there in _OF_STATE:
            found.checks.append(_OF_STATE[there])
        else:
            await _content(settings, store, found)
    finally:
        await store.close()


async def _content(settings: Settings, store: Store, found: Looked) -> None:
    """What is configured, where its secrets can be read."""
    try:
        name = await store.read(ledger.name)
        keys = _keys(settings, began=name is not None)
        await store.read(lambda c: ledger.check(c, keys))
        found.own = None if name is None else Own(keys, name)
        found.checks += await configured.examine(settings, store, keys, installed(), datetime.now(UTC))
    except StartupError as error:
        found.checks.append(failed(Group.SETTINGS, "secrets", str(error)))


def _keys(settings: Settings, *, began: bool) -> Secrets:
    """The keys, and none that are kept from now on: what is stored can't be read with new ones. Before any gateway `began` to work on the
    store there is nothing to read, and any key will do. Raises StartupError.
    """
    file = settings.data_dir / KEY_FILE
    if not settings.embedded or settings.secret_keys or file.exists():
        return app.open_secrets(settings)
    if not began:
        return Secrets([secrets.token_hex()])
    raise StartupError(
        f"The key file {file} is gone, and without it no stored secret can be read. Nothing was changed. Restore it from a backup, or "
        "put its key into HELIOGRAPH_SECRET_KEYS."
    )
