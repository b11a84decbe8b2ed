"""A name is one source's within its space, also where two are made in the same moment."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _tell_apart()
    op.create_index(
        "uq_sources_space_name",
        "sources",
        ["space", "name"],
        unique=True,
        sqlite_where=sa.text("deleted_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL"),
    )


def _tell_apart() -> None:
    """Of several sources of one name the first keeps it; the others are called by it and the end of their id."""
    sources = sa.table(
        "sources", *map(sa.column, ("id", "space", "name", "revision", "created_at", "deleted_at"))
    )
    connection = op.get_bind()
    there = connection.execute(
        sa.select(sources).where(sources.c.deleted_at.is_(None)).order_by(sources.c.created_at, sources.c.id)
    ).all()
    names: set[tuple[str, str]] = set()
    for row in there:
        if (row.space, row.name) in names:
            connection.execute(
                sa.update(sources)
                .where(sources.c.id == row.id)
                .values(name=f"{row.name} ({row.id[-8:]})", revision=row.revision + 1)
            )
        names.add((row.space, row.name))
