"""`heliograph pause` and `resume`: over the store, whether a gateway serves from it or not."""

from collections.abc import Sequence
from datetime import datetime

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from sqlalchemy import Connection

from gateway import app, audit
from gateway.clock import Clock, SystemClock
from gateway.errors import StartupError
from gateway.events import shown
from gateway.settings import Settings
from gateway.storage import audit as log, destinations, pauses
from gateway.storage.destinations import Named
from gateway.storage.pauses import OnHold
from gateway.workspace import LONGEST_NOTE, Pause

UNDONE = "Nothing was changed."

Rows = Sequence[tuple[Named, OnHold]]


async def pause(
    settings: Settings,
    console: Console,
    *,
    destination_id: str | None,
    space: str,
    note: str | None,
    clock: Clock | None = None,
) -> None:
    """Pause that destination, or the whole space where none is named, and say how to let it go on. Raises StartupError."""
    _check_text(destination_id, space, note)
    if note is not None and len(note) > LONGEST_NOTE:
        raise StartupError(
            f"The note has {len(note)} characters; at most {LONGEST_NOTE} are kept. {UNDONE} Shorten it."
        )
    begun = Pause((clock or SystemClock()).now(), audit.COMMAND_LINE, note)

    def change(connection: Connection) -> tuple[str, str]:
        if destination_id is None:
            _check_space(connection, space)
            where, done, what = (
                space,
                pauses.pause_space(connection, space, begun),
                f"The whole space {space}",
            )
        else:
            there = _named(connection, destination_id)
            where, what = there.space, f"The destination {there.name}"
            done = pauses.pause(connection, destination_id, begun)
        if not done:
            raise StartupError(f"{what} is paused already. {UNDONE}")
        _record(connection, where, destination_id, begun, begun.at)
        return what, f"--space {space}" if destination_id is None else f"--destination {destination_id}"

    async with app.existing_store(settings, undone=UNDONE) as store:
        what, which = await store.write(change)
    _say(console, f"{what} is paused: what comes is matched and waits, and nothing is lost.")
    _say(console, f"Let it go on with: heliograph resume {which}")


async def resume(
    settings: Settings,
    console: Console,
    *,
    destination_id: str | None,
    space: str,
    clock: Clock | None = None,
) -> None:
    """Print what waits, and let it go on. Raises StartupError."""
    _check_text(destination_id, space)
    now = (clock or SystemClock()).now()

    def change(connection: Connection) -> tuple[str, Rows, bool]:
        if destination_id is None:
            where, what, about = space, f"The whole space {space}", pauses.going_on(connection, space)
        else:
            there = _named(connection, destination_id)
            where, what, about = there.space, f"The destination {there.name}", [destination_id]
        rows = [
            (one, pauses.waiting(connection, [one.id], now)) for one in destinations.named(connection, about)
        ]
        if destination_id is None:
            done = pauses.resume_space(connection, space)
        else:
            done = pauses.resume(connection, destination_id)
        if not done:
            raise StartupError(f"{what} is not paused. {UNDONE}")
        _record(connection, where, destination_id, None, now)
        still = destination_id is not None and destinations.standing(connection, destination_id).paused
        return what, rows, still

    async with app.existing_store(settings, undone=UNDONE) as store:
        what, rows, still = await store.write(change)
    console.print(_table(rows, now))
    if still:
        _say(console, f"{what} is not paused itself any more, but its whole space is: {_let_go(rows)}")
    else:
        _say(
            console,
            f"{what} goes on, the oldest first. What is too old for its mapping is EXPIRED, and not sent.",
        )


def _check_text(*given: str | None) -> None:
    """An argument that is no UTF-8 comes as text that no store takes."""
    for one in given:
        try:
            (one or "").encode()
        except UnicodeEncodeError:
            raise StartupError(f"{shown(one)} is no text in UTF-8. {UNDONE} Type it anew.") from None


def _check_space(connection: Connection, space: str) -> None:
    """Whoever mistypes a space, or leaves it empty, would take for paused what goes on."""
    there = destinations.spaces(connection)
    if space not in there:
        where = f"there are some in {', '.join(there)}" if there else "there are none in any other either"
        raise StartupError(f"There is no destination in a space {shown(space)}; {where}. {UNDONE}")


def _record(
    connection: Connection, space: str, destination_id: str | None, begun: Pause | None, now: datetime
) -> None:
    """Keep in the audit log that it was paused, or that nothing begins any more and it goes on."""
    what = "sending" if destination_id is None else "destination"
    log.add(
        connection,
        space=space,
        actor=audit.COMMAND_LINE,
        action=f"{what}{'Resume' if begun is None else 'Pause'}",
        target_id=destination_id,
        now=now,
        changes=pauses.told(begun),
    )


def _named(connection: Connection, destination_id: str) -> Named:
    found = destinations.named(connection, [destination_id])
    if not found:
        raise StartupError(
            f"There is no destination {destination_id}. {UNDONE} Ask GraphQL for `{{ destinations {{ edges {{ node {{ id name }} }} }} }}`."
        )
    return found[0]


def _let_go(rows: Rows) -> str:
    return f"heliograph resume --space {rows[0][0].space}"


def _table(rows: Rows, now: datetime) -> Table:
    table = Table("destination")
    table.add_column("id", overflow="fold", no_wrap=True)  # whole, to be pasted
    for title in ("waits", "too old by now", "oldest, in seconds"):
        table.add_column(title, justify="right")
    for one, held in rows:
        oldest = "" if held.oldest_at is None else str(int((now - held.oldest_at).total_seconds()))
        table.add_row(escape(one.name), one.id, str(held.deliveries), str(held.expired), oldest)
    return table


def _say(console: Console, text: str) -> None:
    console.print(text, highlight=False, soft_wrap=True, markup=False)
