"""What keeps the program from starting is one line that says what to do, with exit code 1 and no traceback."""

import json
import os
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.integration.system import System


def heliograph(
    folder: Path, *arguments: str, program: str = "gateway", **settings: str
) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("HELIOGRAPH_")}
    environ |= {"HELIOGRAPH_DATA_DIR": str(folder / "data")} | settings
    return subprocess.run(
        [sys.executable, "-m", program, *arguments],
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def refusal(ran: subprocess.CompletedProcess[str]) -> str:
    """The one line on standard error."""
    assert ran.returncode == 1, ran
    lines = [line for line in ran.stderr.splitlines() if line.strip()]
    assert len(lines) == 1, ran.stderr
    return lines[0]


def test_a_port_in_use(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        said = refusal(heliograph(tmp_path, "serve", "--port", str(port)))

    assert said == (
        f"heliograph: Port {port} on 127.0.0.1 can't be used (Address already in use). Nothing was started. "
        "Stop what listens there, or choose another with --port."
    )


def test_a_data_directory_that_can_not_be_written(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where a directory should be")

    said = refusal(heliograph(tmp_path, "serve", "--port", "0"))

    assert said == (
        f"heliograph: The data directory {tmp_path / 'data'} can't be written (File exists). Nothing was started. "
        "Make it writable for this user, or set HELIOGRAPH_DATA_DIR to one that is."
    )


def test_a_database_of_a_newer_program(tmp_path: Path) -> None:
    assert heliograph(tmp_path, "migrate").returncode == 0
    with sqlite3.connect(tmp_path / "data" / "heliograph.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()

    said = refusal(heliograph(tmp_path, "serve", "--port", "0"))

    assert said == (
        "heliograph: The database is at revision 9999, which is newer than this heliograph. Nothing was changed. "
        "Install the version that wrote it, or a later one."
    )


def test_a_setting_that_is_none_is_named_and_ignored(tmp_path: Path) -> None:
    ran = heliograph(tmp_path, "migrate", HELIOGRAPH_DATADIR="x")

    assert ran.returncode == 0
    assert "A variable is no setting and was ignored" in ran.stderr
    assert "HELIOGRAPH_DATADIR" in ran.stderr


def test_a_public_address_without_encryption(tmp_path: Path) -> None:
    said = refusal(heliograph(tmp_path, "serve", HELIOGRAPH_PUBLIC_URL="http://texts.example.com"))

    assert said == (
        "heliograph: HELIOGRAPH_PUBLIC_URL must begin with https:// unless it is on loopback: "
        "callbacks carry phone numbers. Nothing was started."
    )


def test_a_database_that_is_none(tmp_path: Path) -> None:
    said = refusal(heliograph(tmp_path, "migrate", HELIOGRAPH_DATABASE_URL="mysql://here"))

    assert said.startswith("heliograph: HELIOGRAPH_DATABASE_URL is no address such as sqlite:///path")


def test_the_doctor_looks_and_changes_nothing(tmp_path: Path) -> None:
    doctor = heliograph(tmp_path, "doctor")

    assert doctor.returncode == 0, doctor
    assert "no database yet" in doctor.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_newcomers_store_has_the_next_steps_in_order_and_a_program_reads_them(tmp_path: Path) -> None:
    assert heliograph(tmp_path, "migrate").returncode == 0
    (tmp_path / "data").chmod(0o700)

    doctor = heliograph(tmp_path, "doctor", "--json", HELIOGRAPH_SECRET_KEYS="short-but-long-enough")
    said = json.loads(doctor.stdout)

    told = [one for one in said["checks"] if one["name"] != "disk"]  # tests may run in memory, and it says so
    assert [one for one in told if one["level"] == "mend"] == []
    assert said["well"] is (doctor.returncode == 0)
    assert {tuple(one) for one in said["checks"]} == {
        ("group", "name", "level", "message", "remedy", "target")
    }
    noted = [(one["group"], one["name"]) for one in told if one["level"] != "ok"]
    assert noted == [
        ("settings", "secret keys"),
        ("settings", "public url"),
        ("sources", "first source"),
        ("accounts", "first account"),
        ("mappings", "first mapping"),
        ("keeping", "backups"),
    ]
    assert all(one["remedy"] for one in said["checks"] if one["level"] != "ok")
    assert "short-but-long-enough" not in doctor.stdout + doctor.stderr
    unkeyed = heliograph(tmp_path, "doctor")
    assert "note first source: there is none that takes events." in unkeyed.stdout
    assert not (tmp_path / "data" / "secret.key").exists()


def test_the_doctor_names_a_store_of_a_newer_program(tmp_path: Path) -> None:
    assert heliograph(tmp_path, "migrate").returncode == 0
    with sqlite3.connect(tmp_path / "data" / "heliograph.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()

    doctor = heliograph(tmp_path, "doctor")

    assert doctor.returncode == 1
    assert (
        "mend migrations: the database is newer than this heliograph, which can't work on it. Install the version"
        in doctor.stdout
    )


def test_migrate_writes_a_file_of_before_anew_and_the_doctor_says_that_it_is_due(tmp_path: Path) -> None:
    assert "anew" not in heliograph(tmp_path, "migrate").stdout
    with closing(sqlite3.connect(tmp_path / "data" / "heliograph.db", isolation_level=None)) as database:
        database.execute("PRAGMA auto_vacuum=NONE")
        database.execute("VACUUM")

    before = heliograph(tmp_path, "doctor").stdout
    migrated = heliograph(tmp_path, "migrate")
    after = heliograph(tmp_path, "doctor").stdout

    assert (
        "note free space: what is removed stays part of the file. Stop the gateway and run `heliograph migrate` once"
        in before
    )
    assert migrated.returncode == 0, migrated
    assert "is given back while the gateway runs" in migrated.stdout
    assert "free space" not in after


def test_a_token_where_no_store_is(tmp_path: Path) -> None:
    said = refusal(heliograph(tmp_path, "token", "create", "--role", "ADMIN", "--name", "mine"))

    assert said == (
        f"heliograph: There is no store at {tmp_path}/data/heliograph.db that this heliograph has set up. "
        "No token was made, and nothing else. Start the gateway there once (`heliograph serve`, or `make run`), "
        "or set HELIOGRAPH_DATA_DIR or HELIOGRAPH_DATABASE_URL to where its store is."
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["pause", "resume"])
def test_a_pause_where_no_store_is(tmp_path: Path, command: str) -> None:
    said = refusal(heliograph(tmp_path, command, "--destination", "dst_1"))

    assert said.startswith(f"heliograph: There is no store at {tmp_path}/data/heliograph.db")
    assert "Nothing was changed." in said
    assert list(tmp_path.iterdir()) == []


def test_a_second_gateway_on_the_same_data(system: System) -> None:
    said = refusal(
        subprocess.run(
            [sys.executable, "-m", "gateway", "serve", "--port", "0"],
            env=system.environ(),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    )

    database = system.folder / "data" / "heliograph.db"
    assert said == (
        f"heliograph: Another heliograph serves from {database}. Nothing was started. "
        "Stop the other one, or give this one a database of its own."
    )


def test_stored_secrets_whose_key_is_gone(system: System) -> None:
    system.seed()
    system.stop("serve")
    key = system.folder / "data" / "secret.key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert (system.folder / "data" / "heliograph.db").stat().st_mode & 0o777 == 0o600
    key.unlink()

    doctor = subprocess.run(
        [sys.executable, "-m", "gateway", "doctor"],
        env=system.environ(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert doctor.returncode == 1
    assert f"The key file {key} is gone, and without it no stored secret can be read." in doctor.stdout
    assert not key.exists()
