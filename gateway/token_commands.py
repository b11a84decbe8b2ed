"""`heliograph token create`, `list` and `revoke`: over the store, whether a gateway serves from it or not."""

from datetime import datetime

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from sqlalchemy import Connection

from gateway import app, audit, ids
from gateway.auth import FIRST_ADMIN
from gateway.clock import Clock, SystemClock
from gateway.errors import StartupError
from gateway.events import shown
from gateway.settings import Settings
from gateway.storage import audit as log, tokens
from gateway.workspace import LONGEST_NAME, SPACE, ApiToken, Role

NONE_MADE = "No token was made, and nothing else."
NONE_REVOKED = "Nothing was changed."


async def create(settings: Settings, *, role: Role, name: str, space: str, clock: Clock | None = None) -> str:
    """A new token, which is known by its hash alone from then on. Raises StartupError."""
    _check(name, space)
    token, now = ids.secret("hgt"), (clock or SystemClock()).now()
    told = audit.changes({}, {"name": name.strip(), "role": role, "token": token}, secret=("token",))

    def change(connection: Connection) -> None:
        token_id = tokens.add(connection, name=name.strip(), role=role, space=space, token=token, now=now)
        _record(connection, space, "apiTokenCreate", token_id, now, told)

    async with app.existing_store(settings, undone=NONE_MADE) as store:
        await store.write(change)
    return token


async def list_all(settings: Settings, console: Console, *, space: str | None = None) -> None:
    """Print the tokens of a space, or of all: whose they are and when they were last used, never one itself. Raises StartupError."""
    async with app.existing_store(settings, undone=NONE_REVOKED) as store:
        found = await store.read(lambda connection: tokens.every(connection, space))
    table = Table()
    table.add_column("id", overflow="fold", no_wrap=True)  # whole, to be pasted
    for title in ("name", "role", "space", "ends in", "made", "last used"):
        table.add_column(title)
    for one in found:
        used = "never" if one.last_used_at is None else _minute(one.last_used_at)
        row = (one.name, one.role.value, one.space, one.last_four, _minute(one.created_at), used)
        table.add_row(one.id, *map(escape, row))
    console.print(table)
    if settings.admin_token is not None:
        _say(console, "Beside these the token of HELIOGRAPH_ADMIN_TOKEN is an ADMIN of every space.")


async def revoke(settings: Settings, console: Console, token_id: str, *, clock: Clock | None = None) -> None:
    """Revoke a token, and warn where nobody is left who could make another through the API. Raises StartupError."""
    now = (clock or SystemClock()).now()

    def change(connection: Connection) -> tuple[ApiToken, bool]:
        token = tokens.get(connection, token_id)
        admins = [] if token is None else tokens.admins(connection, token.space)
        if token is None or not tokens.remove(connection, token_id):
            raise StartupError(
                f"There is no token {shown(token_id)}. {NONE_REVOKED} `heliograph token list` has the ids."
            )
        told = {"name": token.name, "role": token.role, "lastFour": token.last_four}
        _record(connection, token.space, "apiTokenRevoke", token.id, now, audit.changes(told, {}))
        return token, admins == [token.id]

    _check_text(token_id, NONE_REVOKED)
    async with app.existing_store(settings, undone=NONE_REVOKED) as store:
        token, last = await store.write(change)
    _say(console, f"The token {token.name} is revoked, from the next request on.")
    if last and settings.admin_token is None:
        _say(
            console,
            f"It was the last ADMIN token of the space {token.space}. Make another with: heliograph token create --role ADMIN --name "
            f"admin --space {token.space}",
        )


def _check(name: str, space: str) -> None:
    for given in (name, space):
        _check_text(given, NONE_MADE)
    if not name.strip() or not name.isprintable() or len(name) > LONGEST_NAME:
        raise StartupError(
            f"A name has 1 to {LONGEST_NAME} characters that can be shown. {NONE_MADE} Give one with --name."
        )
    if name.strip() in (FIRST_ADMIN, audit.COMMAND_LINE):
        raise StartupError(
            f'The audit log names another one "{name.strip()}". {NONE_MADE} Give another --name.'
        )
    if SPACE.fullmatch(space) is None:
        raise StartupError(
            f"{shown(space)} is no space: 1 to 64 letters, digits, _ and -, the first a letter or a digit. {NONE_MADE} Give one with --space."
        )


def _check_text(given: str, undone: str) -> None:
    """An argument that is no UTF-8 comes as text that no store takes."""
    try:
        given.encode()
    except UnicodeEncodeError:
        raise StartupError(f"{shown(given)} is no text in UTF-8. {undone} Type it anew.") from None


def _record(
    connection: Connection,
    space: str,
    action: str,
    token_id: str,
    now: datetime,
    told: tuple[audit.FieldChange, ...],
) -> None:
    log.add(
        connection,
        space=space,
        actor=audit.COMMAND_LINE,
        action=action,
        target_id=token_id,
        now=now,
        changes=told,
    )


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _say(console: Console, text: str) -> None:
    console.print(text, highlight=False, soft_wrap=True, markup=False)
