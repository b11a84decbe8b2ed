"""A release: built, and installed as a newcomer does, into an environment that has nothing and no npm."""

import os
import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
VERSION = re.search(r'^version = "(.*)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)[1]  # type: ignore[index]  # it is there
LEFT_OUT = re.compile(r"(^|/)(tests?|node_modules|__pycache__)(/|$)|\.pyc$|/console/(src|package|vite)")


def ran(*command: str | Path, folder: Path, environ: Mapping[str, str] | None = None) -> str:
    done = subprocess.run(
        [*map(str, command)],
        cwd=folder,
        env=None if environ is None else dict(environ),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the sdist."""
    folder = tmp_path_factory.mktemp("dist")
    ran(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-t", "wheel", "-d", folder, folder=ROOT)
    return folder


def _oldest_python() -> Path:
    """The system's own, where it is one that is promised to work: it may be of the first releases of its version."""
    system = Path("/usr/bin/python3")
    asked = "import sys, venv; sys.exit(sys.version_info < (3, 11))"
    works = system.exists() and subprocess.run([system, "-c", asked], check=False).returncode == 0
    return system if works else Path(sys.executable)


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The commands of an environment in which only the wheel was installed, with the versions that were locked."""
    folder = tmp_path_factory.mktemp("installed")
    locked = re.findall(
        r"^([A-Za-z0-9_.-]+==[^ \\;]+(?: ; [^\\\n]+)?)",
        (ROOT / "requirements-dev.lock").read_text(),
        re.MULTILINE,
    )
    constraints = folder / "constraints.txt"
    constraints.write_text("\n".join(locked))
    ran(_oldest_python(), "-m", "venv", "--without-pip", folder / "venv", folder=folder)
    [wheel] = built.glob("*.whl")
    pip = (sys.executable, "-m", "pip", "--python", folder / "venv/bin/python")
    ran(
        *(*pip, "install", "-qq", "--disable-pip-version-check", "-c", constraints, f"{wheel}[demo]"),
        folder=folder,
    )
    return folder / "venv/bin"


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """That of somebody without npm, Node or settings of ours."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("HELIOGRAPH_", "PYTHON"))
    }
    return {**kept, "PATH": "/nowhere", "TMPDIR": str(tmp_path), "HOME": str(tmp_path)}


def test_both_files_have_the_pages_and_nothing_that_is_not_meant_for_users(built: Path) -> None:
    [wheel], [sdist] = built.glob("*.whl"), built.glob("*.tar.gz")
    with zipfile.ZipFile(wheel) as packed:
        names = packed.namelist()
    with tarfile.open(sdist) as packed_source:
        sources = {name.partition("/")[2] for name in packed_source.getnames()}

    assert wheel.name == f"heliograph-{VERSION}-py3-none-any.whl"
    assert {
        "gateway/console/static/index.html",
        "gateway/console/static/graphiql.html",
        "gateway/shared/pace.lua",
        "mappings/py.typed",
    } <= set(names)
    assert "destinations/twilio_engage/simulator/phone/phone.html" in names
    assert [name for name in names if LEFT_OUT.search(name)] == []
    assert {name.partition("/")[0] for name in names} == {
        "gateway",
        "destinations",
        "mappings",
        f"heliograph-{VERSION}.dist-info",
    }
    assert {"gateway/console/static/index.html", "gateway/console/package-lock.json", "LICENSE"} <= sources


def test_it_says_which_version_it_is(installed: Path, environ: dict[str, str], tmp_path: Path) -> None:
    said = ran(installed / "heliograph", "--version", folder=tmp_path, environ=environ)

    assert said == f"heliograph {VERSION}\n"


def test_its_schema_is_that_of_the_tree(installed: Path, environ: dict[str, str], tmp_path: Path) -> None:
    said = ran(installed / "heliograph", "schema", folder=tmp_path, environ=environ)

    assert said == ran(Path(sys.executable).parent / "heliograph", "schema", folder=ROOT)


def test_the_demo_keeps_its_promises_from_the_wheel(
    installed: Path, environ: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "gateway").mkdir()
    (tmp_path / "timeit.py").write_text("raise ImportError('what lies in the folder of whoever runs it')")
    command = (installed / "heliograph", "demo", "--once", "--port", "0", "--simulator-port", "0")

    said = ran(*command, folder=tmp_path, environ=environ)

    assert said.count("ACCEPTED") == 3
    assert "Hi Ada, thank you for" in said
