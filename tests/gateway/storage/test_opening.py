"""What is said of a store that can't be opened."""

import sqlite3
from pathlib import Path

import pytest

from gateway.errors import StartupError
from gateway.storage.engine import open_store
from gateway.storage.sqlite import SqliteStore


async def test_a_newer_file_can_not_be_opened(tmp_path: Path) -> None:
    path = tmp_path / "heliograph.db"
    await SqliteStore.open(path).close()
    with sqlite3.connect(path) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.close()

    with pytest.raises(StartupError, match="newer than this heliograph"):
        SqliteStore.open(path)


async def test_a_file_that_is_no_database_is_named_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "heliograph.db"
    path.write_text("Dear diary, " * 1000)

    with pytest.raises(StartupError) as caught:
        SqliteStore.open(path)

    assert str(caught.value) == (
        f"The database {path} can't be opened for writing (file is not a database). Nothing was changed. "
        "Make its directory writable for this user, or set HELIOGRAPH_DATA_DIR to one that is."
    )
    assert path.read_text() == "Dear diary, " * 1000


async def test_a_directory_that_can_not_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(
        StartupError, match=r"file/in/heliograph.db can't be opened for writing \(\[Errno 20\]"
    ):
        await open_store(f"sqlite:///{tmp_path}/file/in/heliograph.db")


async def test_a_directory_without_leave_to_write_is_named(tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    try:
        (locked / "probe").touch()
    except PermissionError:
        pass
    else:
        pytest.skip("this user may write everywhere")

    with pytest.raises(StartupError, match=r"can't be opened for writing \(unable to open database file\)"):
        SqliteStore.open(locked / "heliograph.db")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("nonsense", "HELIOGRAPH_DATABASE_URL is no database address. Use sqlite:///path or "),
        ("mysql://me:pw-nobody-sees@db/x", "HELIOGRAPH_DATABASE_URL names mysql, which is not supported. "),
        (
            "postgresql+asyncpg://me:pw-nobody-sees@127.0.0.1:1/x",
            "PostgreSQL at 127.0.0.1:1 can't be used ([Errno 111] Connect call failed ('127.0.0.1', 1)). Nothing was ",
        ),
    ],
)
async def test_an_address_that_leads_nowhere_is_refused_without_its_password(url: str, message: str) -> None:
    with pytest.raises(StartupError) as caught:
        await open_store(url)

    assert str(caught.value).startswith(message)
    assert "nobody-sees" not in str(caught.value)


async def test_a_database_that_is_not_there_is_named(postgresql: str) -> None:
    with pytest.raises(StartupError) as caught:
        await open_store(f"{postgresql}_gone")

    assert "does not exist). Nothing was started. Start it, or mend HELIOGRAPH_DATABASE_URL." in str(
        caught.value
    )
    assert "\n" not in str(caught.value)
