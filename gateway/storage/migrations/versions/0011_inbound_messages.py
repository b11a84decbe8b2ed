"""What people wrote, and whether somebody has to look at it."""

import sqlalchemy as sa
from alembic import op

from gateway.storage.types import FreeText, Json, Timestamp

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "inbound_messages",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("space", sa.String(length=64), nullable=False),
        sa.Column("destination_id", sa.String(length=64), nullable=False),
        sa.Column("message_sid", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("phone", sa.String(length=32), nullable=True),
        sa.Column("external_user_id", FreeText(), nullable=True),
        sa.Column("sender", sa.String(length=64), nullable=False),
        sa.Column("service", sa.String(length=64), nullable=True),
        sa.Column("body", FreeText(), nullable=True),
        sa.Column("media_urls", Json(), nullable=False),
        sa.Column("keyword", FreeText(), nullable=True),
        sa.Column("needs_review", sa.Boolean(), nullable=False),
        sa.Column("answer", sa.String(length=16), nullable=True),
        sa.Column("delivery_id", sa.String(length=64), nullable=True),
        sa.Column("received_at", Timestamp(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_inbound_messages"),
    )
    op.create_index(
        "ix_inbound_messages_space_received_at_id", "inbound_messages", ["space", "received_at", "id"]
    )
    op.create_index(
        "ix_inbound_messages_space_phone_channel", "inbound_messages", ["space", "phone", "channel"]
    )
