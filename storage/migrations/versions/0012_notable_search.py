"""A search index of its own for flagged and judged texts; near misses are counted by their index alone.

Revision 0012.
"""

import sqlalchemy as sa
from alembic import op
from sqlmodel import Session

from storage.search_index import index_all_notable

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Make and fill it."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE notable_search USING fts5("
            "folded, marked, content='', tokenize='unicode61 remove_diacritics 0')"
        )
    else:
        op.execute(
            "CREATE TABLE notable_search ("
            "revision_id INTEGER CONSTRAINT pk_notable_search PRIMARY KEY "
            "CONSTRAINT fk_notable_search_revision_id REFERENCES revision (id), "
            "folded TSVECTOR NOT NULL, marked TSVECTOR NOT NULL)"
        )
        for column in ("folded", "marked"):
            op.execute(
                f"CREATE INDEX ix_notable_search_{column} ON notable_search "
                f"USING gin ({column}) WITH (fastupdate = off)"
            )
    with Session(op.get_bind()) as session:
        index_all_notable(session)
    _index_near_misses("topic", "score", "revision_id", "grade")


def downgrade() -> None:
    """Take it away."""
    _index_near_misses("topic", "score")
    op.execute("DROP TABLE notable_search")


def _index_near_misses(*columns: str) -> None:
    op.drop_index("ix_flag_near_miss", "flag")
    near = sa.text("grade = 0 AND score > 0")
    op.create_index("ix_flag_near_miss", "flag", list(columns), sqlite_where=near, postgresql_where=near)
