from pathlib import Path

import pytest

from gateway.cluster import programs
from gateway.errors import StartupError

POSTGRESQL = ("postgres", "initdb", "pg_isready", "createdb")


def installed(folder: Path, *names: str) -> Path:
    """Programs that do nothing, but are there."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        program = folder / name
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
    return folder


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The one folder of the PATH."""
    folder = tmp_path / "path"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


@pytest.fixture
def debian(tmp_path: Path) -> Path:
    return tmp_path / "postgresql"


def test_the_newest_postgresql_of_debian_is_taken(path: Path, debian: Path) -> None:
    installed(path, "redis-server", *POSTGRESQL)
    installed(debian / "9.6" / "bin", *POSTGRESQL)
    newest = installed(debian / "17" / "bin", *POSTGRESQL)
    installed(debian / "15" / "bin", *POSTGRESQL)

    assert programs.found(debian) == programs.Programs(newest, path / "redis-server")


def test_a_client_without_its_server_is_passed_over(path: Path, debian: Path) -> None:
    installed(debian / "17" / "bin", "pg_isready", "createdb")
    whole = installed(debian / "15" / "bin", *POSTGRESQL)

    assert programs.postgresql_folder(debian) == whole


def test_what_is_on_the_path_is_found_where_debian_has_none(path: Path, debian: Path) -> None:
    installed(path, *POSTGRESQL)

    assert programs.postgresql_folder(debian) == path


def test_a_folder_that_only_pg_config_knows_is_found(path: Path, debian: Path, tmp_path: Path) -> None:
    elsewhere = installed(tmp_path / "elsewhere", *POSTGRESQL)
    installed(path, "pg_config")
    (path / "pg_config").write_text(f"#!/bin/sh\necho {elsewhere}\n")

    assert programs.postgresql_folder(debian) == elsewhere


def test_a_valkey_is_as_good_as_a_redis(path: Path) -> None:
    installed(path, "valkey-server")

    assert programs.redis_program() == path / "valkey-server"


@pytest.mark.parametrize(
    ("there", "said"),
    [
        (
            (),
            "PostgreSQL's server and redis-server are not installed. Nothing was started. On Debian and Ubuntu: apt-get install postgresql redis-server",
        ),
        (
            ("redis-server",),
            "PostgreSQL's server is not installed. Nothing was started. On Debian and Ubuntu: apt-get install postgresql",
        ),
        (
            POSTGRESQL,
            "redis-server is not installed. Nothing was started. On Debian and Ubuntu: apt-get install redis-server",
        ),
    ],
)
def test_what_is_missing_is_said_in_one_line_with_its_package(
    path: Path, debian: Path, there: tuple[str, ...], said: str
) -> None:
    installed(path, *there)

    with pytest.raises(StartupError) as refused:
        programs.found(debian)

    assert str(refused.value) == said
