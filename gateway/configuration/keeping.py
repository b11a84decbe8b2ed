"""Where a secret goes that is shown once: to the terminal, or to a file that its owner alone can read."""

import os
from pathlib import Path

from rich.console import Console

from gateway.configuration.apply import Keep
from gateway.errors import StartupError
from gateway.remote import NOTHING


def kept(console: Console, file: Path | None, otherwise: Path) -> Keep:
    """Shows a secret at the terminal, or where that is none, or a file is named, adds it to the file. Raises StartupError where that can't be
    written, before there is anything to keep.
    """
    path = None if file is None and console.is_terminal else file or otherwise
    if path is not None:
        _check(path)

    def keep(what: str, secret: str) -> None:
        if path is None:
            console.print(
                f"The {what}, shown this once: {secret}", markup=False, highlight=False, soft_wrap=True
            )
            return
        try:
            _add(path, f"{what}: {secret}\n")
        except OSError as error:
            raise StartupError(
                f"It was done, but its {what} could not be kept in {path} ({error.strerror}). Have a new one made: by sourceKeyRotate, or "
                "webhookSecretRotate."
            ) from None
        console.print(
            f"The {what} is in {path}; it is shown nowhere else.",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )

    return keep


def _check(path: Path) -> None:
    """Raises StartupError where nothing can be added to that file. It is not made yet."""
    there = next(one for one in (path, *path.absolute().parents) if os.path.lexists(one))
    is_well = (there.is_file() and not there.is_symlink()) if there == path else there.is_dir()
    if not (is_well and os.access(there, os.W_OK)):
        raise StartupError(
            f"Keys that are shown once can't be kept in {path}. {NOTHING} Name a file that can be written, and is no link, with --keys."
        )


def _add(path: Path, line: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "a") as opened:
        os.fchmod(handle, 0o600)
        opened.write(line)
