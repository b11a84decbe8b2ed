"""What of the machine matters is told, each with what to do; nothing is made by looking."""

import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from gateway.doctor.checks import Level
from gateway.doctor.machine import File, Machine, findings, look
from gateway.settings import Settings
from tests.gateway.doctor.lines import lines

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
FOLDER = Path("/var/lib/my texts")


def file(name: str, mode: int = 0o600, age: timedelta = timedelta(0)) -> File:
    return File(FOLDER / name, stat.S_IFREG | mode, NOW - age)


WELL = Machine(
    now=NOW,
    variables=[],
    key_lengths=[44],
    data_dir=File(FOLDER, stat.S_IFDIR | 0o700, NOW),
    key_file=file("secret.key"),
    token_file=None,
    database_file=file("heliograph.db"),
    filesystem="ext4",
    zones="2026a",
    zones_of_system=True,
)


def test_a_machine_as_it_should_be_is_well() -> None:
    assert {one.level for one in findings(WELL)} == {Level.OK}


@pytest.mark.parametrize(
    ("wrong", "name", "level", "begins", "ends"),
    [
        ({"variables": ["HELIOGRAPH_DATADIR"]}, "variables", "note", "HELIOGRAPH_DATADIR: no setting, and ignored.", "or unset HELIOGRAPH_DATADIR."),
        ({"misfit": "One is no use."}, "settings", "mend", "One is no use.", ""),
        ({"key_lengths": [44, 31]}, "secret keys", "note", "HELIOGRAPH_SECRET_KEYS has a key under 32 characters (number 2)", '<the old ones>"'),
        ({"key_file": file("secret.key", 0o640)}, "key file", "mend", "/var/lib/my texts/secret.key has mode 0640", "chmod 600 '/var/lib/my texts/secret.key'"),
        ({"database_file": file("heliograph.db", 0o604)}, "database file", "mend", "/var/lib/my texts/heliograph.db has mode 0604", "chmod 600 '/var/lib/my texts/heliograph.db'"),
        ({"token_file": file("admin-token", 0o644)}, "admin token file", "mend", "/var/lib/my texts/admin-token has mode 0644", "chmod 600 '/var/lib/my texts/admin-token'"),
        ({"token_file": file("admin-token", age=timedelta(days=8))}, "admin token file", "note", "/var/lib/my texts/admin-token has lain there for 8 days", "rm '/var/lib/my texts/admin-token'"),
        ({"data_dir": File(FOLDER, stat.S_IFDIR | 0o777, NOW)}, "data directory", "mend", "/var/lib/my texts has mode 0777", "chmod 700 '/var/lib/my texts'"),
        ({"filesystem": "tmpfs"}, "disk", "mend", "/var/lib/my texts is in memory (tmpfs)", "to where it is then."),
        ({"filesystem": "nfs4"}, "disk", "mend", "/var/lib/my texts is on a network file system (nfs4)", "(HELIOGRAPH_DATABASE_URL)."),
        ({"zones": None}, "time zones", "mend", "the package tzdata is not installed", "pip install --upgrade tzdata"),
        ({"zones": "2024b"}, "time zones", "note", "tzdata 2024b, and the system's go before it:", "pip install --upgrade tzdata"),
    ],
)  # fmt: skip
def test_each_trouble_is_one_line_with_its_remedy(
    wrong: dict[str, Any], name: str, level: str, begins: str, ends: str
) -> None:
    [(told, how, words)] = [one for one in lines(findings(replace(WELL, **wrong))) if one[1] != "ok"]

    assert (told, how) == (name, level)
    assert words.startswith(begins)
    assert words.endswith(ends)


def test_zones_of_last_year_are_well() -> None:
    assert {one.level for one in findings(replace(WELL, zones="2025b"))} == {Level.OK}


def test_a_real_folder_is_read_as_it_is_and_nothing_is_made(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    before = look(Settings(data_dir=folder), {"HELIOGRAPH_TYPO": "x"}, NOW)
    assert list(tmp_path.iterdir()) == []
    folder.mkdir(mode=0o700)
    (folder / "secret.key").write_text("k")
    (folder / "secret.key").chmod(0o644)

    after = look(Settings(data_dir=folder), {}, NOW)
    keyed = look(Settings(data_dir=folder, secret_keys=(SecretStr("k" * 40),)), {}, NOW)

    assert (before.data_dir, before.key_file, before.variables) == (None, None, ["HELIOGRAPH_TYPO"])
    assert after.key_file is not None
    assert stat.S_IMODE(after.key_file.mode) == 0o644
    assert (keyed.key_file, keyed.key_lengths) == (None, [40])
    assert sorted(one.name for one in folder.iterdir()) == ["secret.key"]
