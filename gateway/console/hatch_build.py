"""Builds the console with Vite while hatchling builds the package, in all three ways: wheel, editable, sdist.

`static/` then holds either the build or `notice.txt`, which says why there is none; a failure never fails
the installation. A stamp of the sources lies beside the build: what did not change is not built again,
so an sdist, which carries both, installs without npm.

Loaded by hatchling from its path, hence standard library and hatchling only.
"""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_SOURCES: Final = (
    "index.html",
    "graphiql.html",
    "package.json",
    "package-lock.json",
    "schema.graphql",
    "codegen.mjs",
    "tsconfig.json",
    "vite.config.js",
    "src",
)
_GENERATED: Final = (".graphql.ts", "src/api/schema.ts", "src/api/words.ts")
"""What the build itself writes among the sources: no source of it, and not there in a fresh clone."""

_TESTS: Final = (".test.ts",)
"""Lie beside what they test, and no build reads them: they are not shipped."""

_STAMP: Final = "sources.sha256"
_TIMEOUT_SECONDS: Final = 180
_LINES_KEPT: Final = 12

# The lock names no addresses, so npm asks whichever registry the machine is set to. Scripts of packages
# are never run. Vite is a development dependency, which NODE_ENV=production would leave out. Without a
# network npm would try for nearly five minutes: here for a quarter of one.
_INSTALL: Final = (
    "ci",
    "--include=dev",
    "--ignore-scripts",
    "--engine-strict",
    "--no-audit",
    "--no-fund",
    "--fetch-timeout=30000",
    "--fetch-retries=2",
    "--fetch-retry-factor=2",
    "--fetch-retry-mintimeout=1000",
    "--fetch-retry-maxtimeout=2000",
)
_BUILD: Final = ("run", "build")

Run = Callable[[tuple[str, ...], Path, Mapping[str, str]], None]


class NotBuiltError(Exception):
    """There is no console; the message says why and what to do."""


def run(command: tuple[str, ...], folder: Path, environ: Mapping[str, str]) -> None:
    """Run one command in `folder`. Raises NotBuiltError with what it complained of if it fails."""
    shown = " ".join(Path(word).name if word == command[0] else word for word in command[:2])
    try:
        result = subprocess.run(  # noqa: S603 - npm as found on PATH, with arguments that stand above
            command,
            cwd=folder,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
    except OSError as problem:
        raise NotBuiltError(f"`{shown}` did not start: {problem.strerror}.") from problem
    except subprocess.TimeoutExpired as problem:
        raise NotBuiltError(f"`{shown}` did not end within {_TIMEOUT_SECONDS} seconds.") from problem
    if result.returncode != 0:
        said = _complaint(result.stderr) or _complaint(result.stdout)
        raise NotBuiltError(f"`{shown}` ended with status {result.returncode}:\n\n{said}")


def _complaint(output: str) -> str:
    """Its first lines, where npm and Vite give their reason. A notice is public and npm may print the
    address of a proxy or a registry with a password in it, so that goes, like colours and warnings.
    """
    plain = re.sub(r"\x1b\[[0-9;]*m|(?<=://)[^/\s@]+@", "", output)
    lines = [line for line in plain.splitlines() if line.strip() and not line.startswith("npm warn")]
    return "\n".join(lines[:_LINES_KEPT])


def stamp(console: Path) -> str:
    """A hash over names and contents of everything that the build reads."""
    digest = hashlib.sha256()
    for path in sorted(_files(console)):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(console).as_posix()} {content}\n".encode())
    return digest.hexdigest()


def _files(console: Path) -> Iterator[Path]:
    for name in _SOURCES:
        path = console / name
        files = path.rglob("*") if path.is_dir() else [path]
        yield from (
            one for one in files if one.is_file() and not one.as_posix().endswith((*_GENERATED, *_TESTS))
        )


def is_built(console: Path) -> bool:
    """Whether `static/` holds a build of the sources as they are."""
    written = console / "static" / _STAMP
    return written.is_file() and written.read_text(encoding="ascii") == stamp(console)


def build(console: Path, environ: Mapping[str, str], run: Run = run) -> None:
    """Leave in `static/` the build, or a notice. Raises NotBuiltError once the notice is written."""
    if is_built(console):
        return
    try:
        _build(console, environ, run)
    except NotBuiltError as problem:
        failure = problem
    except OSError as problem:
        failure = NotBuiltError(
            f"The console could not be built: {problem}.\n\n"
            "What to do: see that there is room (500 MB) where temporary files go, and install again."
        )
    else:
        return
    _replace(console / "static", {"notice.txt": str(failure)})
    raise failure


def _build(console: Path, environ: Mapping[str, str], run: Run) -> None:
    if environ.get("HELIOGRAPH_SKIP_CONSOLE", "") not in {"", "0"}:
        raise NotBuiltError(
            "HELIOGRAPH_SKIP_CONSOLE was set while Heliograph was installed, so the console was not built.\n\n"
            "What to do: unset it and install again."
        )
    npm = shutil.which("npm", path=environ.get("PATH", ""))
    if npm is None:
        raise NotBuiltError(
            "npm was not found while Heliograph was installed, and the console is built with it.\n\n"
            "What to do: install Node.js (20.19 or newer, with npm) and install Heliograph again, "
            "or install a released wheel, which brings the console."
        )
    # Elsewhere, so that no node_modules (400 MB) stays behind or finds its way into a package.
    with tempfile.TemporaryDirectory(prefix="heliograph-console-", ignore_cleanup_errors=True) as folder:
        place = Path(folder)
        for file in _files(console):
            copy = place / file.relative_to(console)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)
        try:
            for step in (_INSTALL, _BUILD):
                run((npm, *step), place, environ)
        except NotBuiltError as problem:
            raise NotBuiltError(f"{problem}\n\nWhat to do: mend that and install again.") from problem
        _replace(console / "static", {_STAMP: stamp(console)}, built=place / "static")


def _replace(static: Path, notes: Mapping[str, str], built: Path | None = None) -> None:
    """The notes, the stamp among them, come last: what was interrupted counts as not built."""
    shutil.rmtree(static, ignore_errors=True)
    if built is None:
        static.mkdir()
    else:
        shutil.copytree(built, static)
    for name, text in notes.items():
        (static / name).write_text(text, encoding="utf-8")


class ConsoleBuildHook(BuildHookInterface[Any]):
    """What hatchling calls before it collects files."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's signature
        """Build the console, or warn why there is none."""
        try:
            build(Path(self.root, "gateway", "console"), os.environ)
        except NotBuiltError as problem:
            self.app.display_warning(f"The console was not built. {problem}")
