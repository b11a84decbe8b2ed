"""The files of a folder: which of them are read, and how they are written."""

import contextlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from gateway.configuration.documents import Written, check_names, document_of
from gateway.configuration.problems import ConfigurationError, Problem
from gateway.configuration.yaml_text import MOST_BYTES
from gateway.errors import StartupError
from gateway.remote import NOTHING

ENDINGS: Final = (".yaml", ".yml")
MOST_FILES: Final = 5_000


def documents(folder: Path) -> tuple[Written, ...]:
    """What stands in that folder, in the order of the paths. Raises ConfigurationError where any of it can't be used."""
    problems: list[Problem] = []
    found: list[Written] = []
    for file, content in _contents(folder, problems):
        one = document_of(file, content)
        if isinstance(one, Written):
            found.append(one)
        else:
            problems += one
    problems += check_names(found)
    if problems:
        raise ConfigurationError(problems)
    return tuple(found)


def _contents(folder: Path, problems: list[Problem]) -> Iterator[tuple[str, bytes]]:
    """Each YAML file in it and in the folders in it, by its path within. Hidden ones are left out; a link must stay within."""
    if not folder.is_dir():
        raise StartupError(
            f"There is no folder {folder}. {NOTHING} Name the one that holds the files, or make it with `heliograph export`."
        )
    names = list(_names(folder, problems))
    if len(names) > MOST_FILES:
        raise StartupError(
            f"{folder} has {len(names):,} YAML files; at most {MOST_FILES:,} are read. {NOTHING} Name the folder that holds the "
            "configuration alone."
        )
    whole = folder.resolve()
    for name in names:
        path = folder / name
        if not path.resolve().is_relative_to(whole):
            problems.append(
                Problem(name, None, "This is a link out of the folder. Put the file itself here.")
            )
        elif not path.is_file():
            problems.append(Problem(name, None, "This is no file. Give it another name, or take it out."))
        else:
            try:
                with path.open("rb") as file:
                    yield name, file.read(MOST_BYTES + 1)
            except OSError as error:
                problems.append(Problem(name, None, f"This can't be read ({error.strerror})."))


def _names(folder: Path, problems: list[Problem]) -> Iterator[str]:
    def unread(error: OSError) -> None:
        problems.append(Problem(str(error.filename), None, f"This folder can't be read ({error.strerror})."))

    for place, inner, files in os.walk(folder, onerror=unread):
        here = Path(place)
        inner[:] = sorted(one for one in inner if not one.startswith("."))
        for one in inner:
            if (here / one).is_symlink():
                name = (here / one).relative_to(folder).as_posix()
                problems.append(
                    Problem(name, None, "This is a link to a folder. Put the files themselves here.")
                )
        yield from (
            (here / one).relative_to(folder).as_posix()
            for one in sorted(files)
            if one.endswith(ENDINGS) and not one.startswith(".")
        )


def write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Put these files there, each as a whole or not at all: none is in its place before all of them are on the disk. Raises StartupError."""
    staged: list[tuple[Path, Path]] = []
    try:
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, name_of_it = tempfile.mkstemp(prefix=".heliograph-", dir=path.parent)
            staged.append((Path(name_of_it), path))
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        while staged:
            temporary, path = staged[0]
            temporary.replace(path)
            staged.pop(0)
    except OSError as error:
        raise StartupError(
            f"{folder} can't be written ({error.strerror}). Files that were not written yet are as they were; run it again once it can."
        ) from None
    finally:
        for temporary, _ in staged:
            with contextlib.suppress(OSError):
                temporary.unlink()
