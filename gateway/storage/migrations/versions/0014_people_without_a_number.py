"""People whom the provider names by an id of its own, and callbacks that are about nobody known."""

import sqlalchemy as sa
from alembic import op

from gateway.storage.types import FreeText, Timestamp

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "external_contacts",
        sa.Column("destination_id", sa.String(length=64), nullable=False),
        sa.Column("external_user_id", sa.String(length=160), nullable=False),
        sa.Column("space", sa.String(length=64), nullable=False),
        sa.Column("contact_id", sa.String(length=64), nullable=False),
        sa.Column("phone", sa.String(length=32), nullable=True),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.PrimaryKeyConstraint("destination_id", "external_user_id", name="pk_external_contacts"),
    )
    op.create_index("ix_external_contacts_contact_id", "external_contacts", ["contact_id"])
    op.create_index("ix_external_contacts_space_phone", "external_contacts", ["space", "phone"])
    op.create_table(
        "unmatched_callbacks",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("space", sa.String(length=64), nullable=False),
        sa.Column("destination_id", sa.String(length=64), nullable=False),
        sa.Column("sender", FreeText(), nullable=True),
        sa.Column("recipient", FreeText(), nullable=True),
        sa.Column("message_sid", FreeText(), nullable=True),
        sa.Column("received_at", Timestamp(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_unmatched_callbacks"),
    )
    op.create_index(
        "ix_unmatched_callbacks_space_received_at_id", "unmatched_callbacks", ["space", "received_at", "id"]
    )
    op.add_column("inbound_messages", sa.Column("word", sa.String(length=16), nullable=True))
    op.create_index(
        "ix_inbound_messages_destination_id_external_user_id",
        "inbound_messages",
        ["destination_id", "external_user_id"],
    )
