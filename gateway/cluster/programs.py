"""Finds the servers that are installed on this machine."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gateway.errors import StartupError

DEBIAN = Path("/usr/lib/postgresql")
"""Where Debian keeps PostgreSQL's programs, a folder for each version: they are not on the PATH."""

_OF_POSTGRESQL = ("postgres", "initdb", "pg_isready", "createdb")


@dataclass(frozen=True, slots=True)
class Programs:
    """What a set needs besides heliograph: the folder of PostgreSQL's programs, and the program of Redis or Valkey."""

    postgresql: Path
    redis: Path


def found(debian: Path = DEBIAN) -> Programs:
    """The programs of this machine; `debian` is where Debian keeps those of PostgreSQL. Raises StartupError that names what is missing,
    and the package that has it.
    """
    postgresql, redis = postgresql_folder(debian), redis_program()
    if postgresql is None or redis is None:
        raise StartupError(_missing(postgresql, redis))
    return Programs(postgresql, redis)


def postgresql_folder(debian: Path = DEBIAN) -> Path | None:
    """The folder with the newest PostgreSQL's programs; None where no server is installed."""
    return next((folder for folder in _folders(debian) if _is_whole(folder)), None)


def redis_program() -> Path | None:
    """A Redis, or a Valkey; None where neither is installed."""
    program = shutil.which("redis-server") or shutil.which("valkey-server")
    return None if program is None else Path(program)


def _missing(postgresql: Path | None, redis: Path | None) -> str:
    lacking = [
        (name, package)
        for name, package, there in (
            ("PostgreSQL's server", "postgresql", postgresql),
            ("redis-server", "redis-server", redis),
        )
        if there is None
    ]
    names = " and ".join(name for name, _package in lacking)
    packages = " ".join(package for _name, package in lacking)
    return (
        f"{names} {'is' if len(lacking) == 1 else 'are'} not installed. Nothing was started. "
        f"On Debian and Ubuntu: apt-get install {packages}"
    )


def _folders(debian: Path) -> Iterator[Path]:
    """Where the programs may be: the newest of Debian's first, since what is on the PATH may be a client alone."""
    yield from sorted(debian.glob("*/bin"), key=_version, reverse=True)
    on_path = shutil.which("postgres")
    if on_path is not None:
        yield Path(on_path).resolve().parent
    config = shutil.which("pg_config")
    if config is not None:
        said = subprocess.run([config, "--bindir"], capture_output=True, text=True, check=False)  # noqa: S603  pg_config, from where the user's PATH has it
        yield Path(said.stdout.strip())


def _version(folder: Path) -> int:
    number = re.match(r"\d+", folder.parent.name)
    return 0 if number is None else int(number.group())


def _is_whole(folder: Path) -> bool:
    return all((folder / program).is_file() for program in _OF_POSTGRESQL)
