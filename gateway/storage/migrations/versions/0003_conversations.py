"""Who wrote to which sender, and when; and one form for a person's number on WhatsApp."""

import sqlalchemy as sa
from alembic import op

from destinations.kit import canonical

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "conversations",
        sa.Column("space", sa.String(length=64), nullable=False),
        sa.Column("phone", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("sender", sa.String(length=64), nullable=False),
        sa.Column("destination_id", sa.String(length=64), nullable=False),
        sa.Column("last_inbound_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("space", "phone", "channel", "sender", name=op.f("pk_conversations")),
    )
    op.create_table(
        "inbound_keys",
        sa.Column("destination_id", sa.String(length=64), nullable=False),
        sa.Column("message_sid", sa.String(length=64), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("destination_id", "message_sid", name=op.f("pk_inbound_keys")),
    )
    _merge_numbers()


def _merge_numbers() -> None:
    """Words that were kept under the number as it came: left there, a stop among them would no longer be found."""
    history = sa.table("consent_history", sa.column("phone"), sa.column("channel"))
    on_whatsapp = history.c.channel == "WHATSAPP"
    connection = op.get_bind()
    for phone in connection.scalars(sa.select(history.c.phone).where(on_whatsapp).distinct()).all():
        if canonical(phone) != phone:
            change = sa.update(history).where(on_whatsapp, history.c.phone == phone)
            connection.execute(change.values(phone=canonical(phone)))
