import errno
import json
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hatchling.bridge.app import Application

from gateway.console import hatch_build
from gateway.console.hatch_build import ConsoleBuildHook, NotBuiltError, build, is_built, run, stamp

REAL = Path(hatch_build.__file__).parent
TOP = (
    "index.html",
    "graphiql.html",
    "package.json",
    "package-lock.json",
    "schema.graphql",
    "codegen.mjs",
    "tsconfig.json",
    "vite.config.js",
)


class Npm:
    """Stands for npm: remembers what it was asked, and builds one page."""

    def __init__(self, failing: str | None = None) -> None:
        self.asked: list[str] = []
        self.places: set[Path] = set()
        self.failing = failing

    def __call__(self, command: tuple[str, ...], folder: Path, environ: Mapping[str, str]) -> None:
        self.asked.append(command[1])
        self.places.add(folder)
        if command[1] == self.failing:
            raise NotBuiltError(f"`npm {command[1]}` ended with status 1.")
        if command[1] == "ci":
            (folder / "node_modules").mkdir()
        else:
            (folder / "static").mkdir()
            (folder / "static" / "index.html").write_text(
                f"made of {(folder / 'src' / 'main.jsx').read_text()}"
            )


@pytest.fixture
def console(tmp_path: Path) -> Path:
    folder = tmp_path / "gateway" / "console"
    (folder / "src").mkdir(parents=True)
    for name in (*TOP, "src/main.jsx"):
        (folder / name).write_text(name)
    return folder


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """A PATH on which npm is found."""
    npm = tmp_path / "bin" / "npm"
    npm.parent.mkdir()
    npm.touch(mode=0o755)
    return {"PATH": str(npm.parent)}


def contents(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_builds_elsewhere_and_leaves_the_page_and_a_stamp(console: Path, environ: dict[str, str]) -> None:
    npm = Npm()
    before = contents(console)

    build(console, environ, npm)

    assert npm.asked == ["ci", "run"]
    assert [place for place in npm.places if place.exists()] == []
    assert contents(console) == sorted([*before, "static/index.html", "static/sources.sha256"])
    assert (console / "static" / "index.html").read_text() == "made of src/main.jsx"
    assert is_built(console)


def test_builds_nothing_again_when_the_sources_are_the_same(console: Path, environ: dict[str, str]) -> None:
    build(console, environ, Npm())
    npm = Npm()

    build(console, environ, npm)

    assert npm.asked == []


def test_needs_no_npm_where_the_build_came_along(console: Path, environ: dict[str, str]) -> None:
    build(console, environ, Npm())

    build(console, {"PATH": ""}, Npm(failing="ci"))

    assert (console / "static" / "index.html").is_file()


def test_builds_again_when_a_source_changes(console: Path, environ: dict[str, str]) -> None:
    build(console, environ, Npm())
    (console / "src" / "main.jsx").write_text("other")

    build(console, environ, Npm())

    assert (console / "static" / "index.html").read_text() == "made of other"


def test_builds_without_the_tests_that_lie_beside_the_sources(console: Path, environ: dict[str, str]) -> None:
    (console / "src" / "main.test.ts").write_text("import from vitest")
    copied: list[str] = []
    npm = Npm()

    def run_npm(command: tuple[str, ...], folder: Path, environ: Mapping[str, str]) -> None:
        copied.extend(path for path in contents(folder) if path.startswith("src/") and path not in copied)
        npm(command, folder, environ)

    build(console, environ, run_npm)

    assert copied == ["src/main.jsx"]


@pytest.mark.parametrize("name", [*TOP, "src/new.jsx"])
def test_the_stamp_covers_every_source(console: Path, name: str) -> None:
    before = stamp(console)

    (console / name).write_text("other")

    assert stamp(console) != before


def test_the_stamp_tells_a_renamed_source(console: Path) -> None:
    before = stamp(console)

    (console / "src" / "main.jsx").rename(console / "src" / "first.jsx")

    assert stamp(console) != before


def test_the_stamp_ignores_what_is_not_a_source(console: Path) -> None:
    before = stamp(console)

    (console / "pages.py").write_text("other")
    (console / "src" / "main.test.ts").write_text("other")

    assert stamp(console) == before


def test_leaves_a_notice_when_there_is_no_npm(console: Path) -> None:
    npm = Npm()

    with pytest.raises(NotBuiltError, match="npm was not found"):
        build(console, {"PATH": ""}, npm)

    assert npm.asked == []
    assert contents(console / "static") == ["notice.txt"]
    notice = (console / "static" / "notice.txt").read_text(encoding="utf-8")
    assert notice.startswith("npm was not found while Heliograph was installed")
    assert "What to do: install Node.js" in notice


@pytest.mark.parametrize(("failing", "asked"), [("ci", ["ci"]), ("run", ["ci", "run"])])
def test_leaves_a_notice_when_a_step_fails(
    console: Path, environ: dict[str, str], failing: str, asked: list[str]
) -> None:
    npm = Npm(failing)

    with pytest.raises(NotBuiltError):
        build(console, environ, npm)

    assert npm.asked == asked
    assert contents(console / "static") == ["notice.txt"]
    notice = (console / "static" / "notice.txt").read_text(encoding="utf-8")
    assert notice == f"`npm {failing}` ended with status 1.\n\nWhat to do: mend that and install again."


def test_leaves_a_notice_when_the_disk_is_full(console: Path, environ: dict[str, str]) -> None:
    def full(command: tuple[str, ...], folder: Path, environ: Mapping[str, str]) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(NotBuiltError, match="No space left on device"):
        build(console, environ, full)

    assert contents(console / "static") == ["notice.txt"]


def test_an_outdated_build_makes_way_for_the_notice(console: Path, environ: dict[str, str]) -> None:
    build(console, environ, Npm())
    (console / "index.html").write_text("other")

    with pytest.raises(NotBuiltError):
        build(console, {"PATH": ""}, Npm())

    assert contents(console / "static") == ["notice.txt"]


def test_a_build_takes_the_place_of_the_notice(console: Path, environ: dict[str, str]) -> None:
    with pytest.raises(NotBuiltError):
        build(console, {"PATH": ""}, Npm())

    build(console, environ, Npm())

    assert contents(console / "static") == ["index.html", "sources.sha256"]


def test_is_skipped_on_request_and_says_so(console: Path, environ: dict[str, str]) -> None:
    npm = Npm()

    with pytest.raises(NotBuiltError, match="HELIOGRAPH_SKIP_CONSOLE was set"):
        build(console, environ | {"HELIOGRAPH_SKIP_CONSOLE": "1"}, npm)

    assert npm.asked == []
    assert contents(console / "static") == ["notice.txt"]


def test_a_build_of_these_sources_stays_when_the_next_is_skipped(
    console: Path, environ: dict[str, str]
) -> None:
    build(console, environ, Npm())

    build(console, environ | {"HELIOGRAPH_SKIP_CONSOLE": "1"}, Npm())

    assert contents(console / "static") == ["index.html", "sources.sha256"]


def test_the_hook_warns_and_lets_the_installation_go_on(
    console: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HELIOGRAPH_SKIP_CONSOLE", "1")
    root: Any = str(console.parents[1])
    nothing: Any = None
    hook = ConsoleBuildHook(root, {}, nothing, nothing, root, "wheel", Application())

    hook.initialize("editable", {})

    assert "The console was not built. HELIOGRAPH_SKIP_CONSOLE was set" in capsys.readouterr().err
    assert contents(console / "static") == ["notice.txt"]


def test_a_failed_command_tells_the_end_of_what_it_printed_and_no_password(tmp_path: Path) -> None:
    said = "print('npm error', 'https://name:secret@host/package'); raise SystemExit(7)"

    with pytest.raises(NotBuiltError) as caught:
        run((sys.executable, "-c", said), tmp_path, os.environ)

    assert str(caught.value) == (
        f"`{Path(sys.executable).name} -c` ended with status 7:\n\nnpm error https://host/package"
    )


def test_a_command_that_cannot_start_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(NotBuiltError, match=re.escape("`npm ci` did not start: No such file or directory.")):
        run((str(tmp_path / "npm"), "ci"), tmp_path, os.environ)


def test_a_command_runs_in_its_folder_with_its_environment(tmp_path: Path) -> None:
    program = "import os, pathlib; pathlib.Path('seen').write_text(os.environ['WORD'])"

    run((sys.executable, "-c", program), tmp_path, {**os.environ, "WORD": "flash"})

    assert (tmp_path / "seen").read_text() == "flash"


@pytest.mark.parametrize("name", ["src/frame.graphql.ts", "src/api/schema.ts", "src/api/words.ts"])
def test_what_the_build_writes_among_the_sources_is_no_source(console: Path, name: str) -> None:
    before = stamp(console)
    (console / "src" / "api").mkdir(exist_ok=True)

    (console / name).write_text("generated")

    assert stamp(console) == before


def test_the_lock_holds_hashes_and_no_addresses() -> None:
    lock = json.loads((REAL / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: package for name, package in lock["packages"].items() if name}

    assert [name for name, package in packages.items() if "resolved" in package] == []
    assert [name for name, package in packages.items() if "integrity" not in package] == []


def test_every_version_is_exact() -> None:
    manifest = json.loads((REAL / "package.json").read_text(encoding="utf-8"))
    versions = manifest["dependencies"] | manifest["devDependencies"]

    assert [name for name, version in versions.items() if not re.fullmatch(r"\d+\.\d+\.\d+", version)] == []
