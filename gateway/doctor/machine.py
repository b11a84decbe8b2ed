"""What of this machine the gateway stands on: the settings that it is given, its files, and the time zones that it knows."""

import os
import shlex
import stat
import sys
import zoneinfo
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path

from gateway import app
from gateway.doctor.checks import Check, Group, failed, mend, note, ok
from gateway.errors import StartupError
from gateway.secrets import KEY_FILE
from gateway.settings import Settings, unknown

OLD_TOKEN = timedelta(days=7)
"""The file of the first admin token is read once: after so long it only lies about."""

SHORT_KEY = 32
"""Characters of a key; a shorter one that somebody thought of could be guessed by whoever has the ledger."""

_REMOTE = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "fuse.sshfs"})
_VOLATILE = frozenset({"tmpfs", "ramfs"})
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_ZONES_AGE = 2
"""By how many years the time zones may be behind: laws change them every year."""


@dataclass(frozen=True, slots=True)
class File:
    """A file or folder that is there: who may do what with it, and when it was written."""

    path: Path
    mode: int
    written_at: datetime


@dataclass(frozen=True, slots=True)
class Machine:
    """What was seen of it. `filesystem`: what the data directory lies on, None where that can't be told."""

    now: datetime
    variables: Sequence[str]
    key_lengths: Sequence[int]
    data_dir: File | None
    key_file: File | None
    token_file: File | None
    database_file: File | None
    filesystem: str | None
    zones: str | None
    """The version of the package `tzdata`; None where it is not installed."""
    zones_of_system: bool
    misfit: str | None = None


def look(settings: Settings, environ: Mapping[str, str], now: datetime) -> Machine:
    """See how it stands. Nothing is made and nothing changed."""
    try:
        app.fit_together(settings)
        misfit = None
    except StartupError as error:
        misfit = str(error)
    folder = settings.data_dir
    return Machine(
        now=now,
        variables=unknown(environ),
        key_lengths=[len(key.get_secret_value()) for key in settings.secret_keys],
        data_dir=_file(folder, now),
        key_file=_file(folder / KEY_FILE, now) if settings.embedded and not settings.secret_keys else None,
        token_file=_file(folder / app.ADMIN_FILE, now),
        database_file=_file(settings.database_file, now) if settings.database_file is not None else None,
        filesystem=_filesystem(settings.database_file.parent if settings.database_file else folder),
        zones=_zones(),
        zones_of_system=any(Path(path, "UTC").exists() for path in zoneinfo.TZPATH),
        misfit=misfit,
    )


def findings(machine: Machine) -> Iterator[Check]:
    """A line for each thing that matters."""
    if machine.variables:
        names = ", ".join(machine.variables)
        said = f"{names}: no setting, and ignored"
        yield note(
            Group.SETTINGS, "variables", f"{said}.", f"Mend its name, or unset {machine.variables[0]}."
        )
    else:
        yield ok(Group.SETTINGS, "variables", "every HELIOGRAPH_* variable is known")
    if machine.misfit is not None:
        yield failed(Group.SETTINGS, "settings", machine.misfit)
    yield from _keys(machine)
    yield from _private(machine)
    yield from _token(machine)
    yield from _disk(machine)
    yield _of_zones(machine)


def _keys(machine: Machine) -> Iterator[Check]:
    short = [number for number, length in enumerate(machine.key_lengths, 1) if length < SHORT_KEY]
    if short:
        which = ", ".join(map(str, short))
        yield note(
            Group.SETTINGS,
            "secret keys",
            f"HELIOGRAPH_SECRET_KEYS has a key under {SHORT_KEY} characters (number {which}): whoever has the ledger could guess it.",
            'Put a new one in front, and keep the old ones behind it: HELIOGRAPH_SECRET_KEYS="$(openssl rand -base64 32),<the old ones>"',
        )


def _private(machine: Machine) -> Iterator[Check]:
    """What nobody else on this machine may read."""
    for name, file, what in (
        ("key file", machine.key_file, "it opens every stored secret"),
        ("admin token file", machine.token_file, "it opens everything"),
        ("database file", machine.database_file, "it holds what people were told, and their numbers"),
    ):
        if file is None:
            continue
        mode = f"mode {stat.S_IMODE(file.mode):04o}"
        if file.mode & _OTHERS:
            said = f"{file.path} has {mode}, so that others than its owner may reach it, and {what}."
            yield mend(Group.SETTINGS, name, said, f"chmod 600 {_quoted(file.path)}")
        else:
            yield ok(Group.SETTINGS, name, f"{file.path} has {mode}: its owner's alone")
    folder = machine.data_dir
    if folder is not None and folder.mode & (stat.S_IWGRP | stat.S_IWOTH):
        said = f"{folder.path} has mode {stat.S_IMODE(folder.mode):04o}: others than its owner may put files of theirs there."
        yield mend(Group.SETTINGS, "data directory", said, f"chmod 700 {_quoted(folder.path)}")


def _token(machine: Machine) -> Iterator[Check]:
    file = machine.token_file
    if file is not None and machine.now - file.written_at > OLD_TOKEN:
        days = (machine.now - file.written_at).days
        yield note(
            Group.SETTINGS,
            "admin token file",
            f"{file.path} has lain there for {days} days with a token that may do everything.",
            f"Make one of your own (`heliograph token create --role ADMIN --name mine`), end this one by the id that "
            f"`heliograph token list` shows, then: rm {_quoted(file.path)}",
        )


def _disk(machine: Machine) -> Iterator[Check]:
    kind = machine.filesystem
    if machine.database_file is None or kind is None:
        return
    where = machine.database_file.path.parent
    move = f"Stop the gateway, move {_quoted(where)} to a disk of this machine, and set HELIOGRAPH_DATA_DIR to where it is then."
    if kind in _VOLATILE:
        said = f"{where} is in memory ({kind}): with the machine everything is gone, and consent with it."
        yield mend(Group.STORES, "disk", said, move)
    elif kind in _REMOTE:
        said = f"{where} is on a network file system ({kind}): SQLite's locks don't hold there, and a file can be broken by that."
        yield mend(Group.STORES, "disk", said, f"{move} Or use PostgreSQL (HELIOGRAPH_DATABASE_URL).")


def _of_zones(machine: Machine) -> Check:
    again = "pip install --upgrade tzdata"
    if machine.zones is None:
        kept = "those of the system are" if machine.zones_of_system else "no others are"
        said = f"the package tzdata is not installed, and {kept} there: quiet hours don't know which country has which zones."
        return mend(Group.CLOCK, "time zones", said, again)
    which = "the system's go before it" if machine.zones_of_system else "the system has none of its own"
    said = f"tzdata {machine.zones}, and {which}"
    year = machine.zones[:4]
    if year.isdecimal() and machine.now.year - int(year) >= _ZONES_AGE:
        old = f"{said}: what laws have changed since then is not in it, and quiet hours may be an hour off."
        return note(Group.CLOCK, "time zones", old, again)
    return ok(Group.CLOCK, "time zones", said)


def _zones() -> str | None:
    try:
        return str(import_module("tzdata").IANA_VERSION)
    except (ImportError, AttributeError):
        return None


def _file(path: Path, now: datetime) -> File | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return File(path, found.st_mode, datetime.fromtimestamp(found.st_mtime, now.tzinfo))


def _filesystem(folder: Path) -> str | None:
    """What that folder, or what of its path is there, lies on: by Linux's list, in which of two alike the last counts."""
    if sys.platform != "linux":
        return None
    there = os.path.realpath(folder)
    try:
        lines = Path("/proc/mounts").read_text().splitlines()
    except OSError:
        return None
    found: tuple[int, str] | None = None
    for line in lines:
        _device, place, kind, *_ = line.split(" ")
        point = place.replace("\\040", " ")
        inside = there == point or there.startswith(point.rstrip("/") + "/")
        if inside and (found is None or len(point) >= found[0]):
            found = (len(point), kind)
    return None if found is None else found[1]


def _quoted(path: Path) -> str:
    return shlex.quote(str(path))
