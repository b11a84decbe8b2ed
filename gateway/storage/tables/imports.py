"""Files that somebody uploaded, how far the imports of them are, and what another system had configured."""

from sqlalchemy import Boolean, Column, ForeignKey, Integer, String, Table

from gateway.storage.tables.base import metadata
from gateway.storage.types import FreeText, Json, Timestamp

# A file as text. It is there for others once it is `complete`, and gone a day after it came.
uploads = Table(
    "uploads",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("space", String(64), nullable=False),
    Column("bytes", Integer, nullable=False),
    Column("lines", Integer, nullable=False),
    Column("complete", Boolean, nullable=False),
    Column("created_at", Timestamp, nullable=False, index=True),
)

# Whole lines of it, with how many lines of the file are before them.
upload_pieces = Table(
    "upload_pieces",
    metadata,
    Column("upload_id", ForeignKey("uploads.id", ondelete="CASCADE"), primary_key=True),
    Column("line", Integer, primary_key=True, autoincrement=False),
    Column("text", FreeText, nullable=False),
)

# What a job imports, by whom, how it is read, and how far it is: so many lines, and rows. It goes with the job's end.
consent_imports = Table(
    "consent_imports",
    metadata,
    Column("job_id", ForeignKey("background_jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("upload_id", String(64), nullable=False),
    Column("actor", FreeText, nullable=False),
    Column("country", String(2)),
    Column("reading", Json, nullable=False),
    Column("applies", Boolean, nullable=False),
    Column("lines", Integer, nullable=False),
    Column("rows", Integer, nullable=False),
)

# What importPlan found of another system's configuration, for a day: sealed, and without a secret.
import_plans = Table(
    "import_plans",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("space", String(64), nullable=False),
    Column("plan", FreeText, nullable=False),
    Column("created_at", Timestamp, nullable=False, index=True),
)
