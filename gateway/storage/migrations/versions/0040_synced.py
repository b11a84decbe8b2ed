"""What the accounts behind destinations have is kept: their senders and templates. A job in the background may be about one thing."""

import sqlalchemy as sa
from alembic import op

revision = "1.0040"
down_revision = "1.0039"
branch_labels = None
depends_on = None

_RUNNING = sa.text("status = 'RUNNING' AND subject IS NOT NULL")
_STOPPED = sa.text("paused_at IS NOT NULL OR detached_at IS NOT NULL OR removed_at IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "senders",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("destination_id", sa.String(length=64), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("channels", sa.Text(), nullable=False),
        sa.Column("sid", sa.Text()),
        sa.Column("country", sa.String(length=8)),
        sa.Column("inbound_url", sa.Text()),
        sa.Column("pool", sa.Text()),
        sa.Column("by_pool", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("synced_at", sa.BigInteger(), nullable=False),
        sa.Column("missed_at", sa.BigInteger()),
        sa.Column("removed_at", sa.BigInteger()),
        sa.Column("detached_at", sa.BigInteger()),
        sa.Column("paused_at", sa.BigInteger()),
        sa.Column("paused_by", sa.Text()),
        sa.Column("pause_note", sa.Text()),
        sa.ForeignKeyConstraint(
            ["destination_id"], ["destinations.id"], name=op.f("fk_senders_destination_id_destinations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_senders")),
        sa.UniqueConstraint("destination_id", "address", name="uq_senders_destination_id_address"),
    )
    op.create_index(
        "ix_senders_destination_id_created_at_id", "senders", ["destination_id", "created_at", "id"]
    )
    op.create_index(
        "ix_senders_destination_id_kind_created_at_id",
        "senders",
        ["destination_id", "kind", "created_at", "id"],
    )
    op.create_index(
        "ix_senders_stopped", "senders", ["destination_id"], sqlite_where=_STOPPED, postgresql_where=_STOPPED
    )
    op.create_table(
        "templates",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("destination_id", sa.String(length=64), nullable=False),
        sa.Column("sid", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("types", sa.Text(), nullable=False),
        sa.Column("approval", sa.String(length=16), nullable=False),
        sa.Column("rejection_reason", sa.Text()),
        sa.Column("variables", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("synced_at", sa.BigInteger(), nullable=False),
        sa.Column("missed_at", sa.BigInteger()),
        sa.Column("removed_at", sa.BigInteger()),
        sa.ForeignKeyConstraint(
            ["destination_id"], ["destinations.id"], name=op.f("fk_templates_destination_id_destinations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_templates")),
        sa.UniqueConstraint("destination_id", "sid", name="uq_templates_destination_id_sid"),
    )
    op.create_index(
        "ix_templates_destination_id_created_at_id", "templates", ["destination_id", "created_at", "id"]
    )
    op.create_index(
        "ix_templates_destination_id_approval_created_at_id",
        "templates",
        ["destination_id", "approval", "created_at", "id"],
    )
    op.create_table(
        "syncs",
        sa.Column("destination_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("started_at", sa.BigInteger()),
        sa.Column("good_at", sa.BigInteger()),
        sa.Column("asked_at", sa.BigInteger()),
        sa.Column("unread", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["destination_id"], ["destinations.id"], name=op.f("fk_syncs_destination_id_destinations")
        ),
        sa.PrimaryKeyConstraint("destination_id", "kind", name=op.f("pk_syncs")),
    )
    op.add_column("background_jobs", sa.Column("subject", sa.String(length=64)))
    op.create_index(
        "uq_background_jobs_kind_subject",
        "background_jobs",
        ["kind", "subject"],
        unique=True,
        sqlite_where=_RUNNING,
        postgresql_where=_RUNNING,
    )
