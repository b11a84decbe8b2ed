"""Two versions of the program on one store, as they are for a while where one takes over from the other machine by machine."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import gateway
from gateway.storage import migrate
from tests.integration.system import System, until

ROOT = Path(gateway.__file__).parents[1]
PACKAGES = ("gateway", "destinations", "mappings")
MIGRATION = '''"""One column more, which the version before does not know."""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{before}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("jobs", sa.Column("known_later", sa.Text(), nullable=True))
    op.create_index("ix_jobs_known_later", "jobs", ["known_later"])
'''


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    one = System(tmp_path)
    yield one
    one.close()


def migrate_as_the_next_version_does(system: System, revision: str) -> None:
    """A copy of this program with one revision more brings the store there."""
    copy = system.folder / "next"
    without = shutil.ignore_patterns("__pycache__", "node_modules", "static")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, copy / package, ignore=without)
    versions = copy / "gateway" / "storage" / "migrations" / "versions"
    (versions / "9999_later.py").write_text(MIGRATION.format(revision=revision, before=migrate._head()))
    done = subprocess.run(
        [sys.executable, "-m", "gateway", "migrate"],
        cwd=copy,
        env=system.environ(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "The database is at the newest revision.\n"), done.stderr


def test_the_version_before_works_on_a_store_that_the_next_one_migrated(system: System) -> None:
    generation = migrate._head().partition(".")[0]
    migrate_as_the_next_version_does(system, f"{generation}.9999")

    system.start_all()
    system.seed()
    system.post("/v1/identify", {"userId": "ada", "traits": {"phone": "+12025550142", "sms_opt_in": True}})
    system.post("/v1/track", {"userId": "ada", "event": "Audience Entered"})

    until(lambda: [one["messageStatus"] for one in system.deliveries()] == ["DELIVERED"], what="a text")


def test_what_breaks_with_the_version_before_keeps_it_from_starting(system: System) -> None:
    generation = int(migrate._head().partition(".")[0]) + 1
    migrate_as_the_next_version_does(system, f"{generation}.9999")

    done = subprocess.run(
        [sys.executable, "-m", "gateway", "serve", "--port", "0"],
        env=system.environ(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (done.returncode, done.stdout, done.stderr) == (
        1,
        "",
        (
            f"heliograph: The database is at revision {generation}.9999, which is newer than this heliograph. Nothing was changed. "
            "Install the version that wrote it, or a later one.\n"
        ),
    )
