"""Alembic's entry: runs the migrations on the connection that ``storage.database.migrate`` hands over."""

from alembic import context

from storage import desk_tables, job_tables, story_tables, upkeep  # noqa: F401  their tables are part of the metadata
from storage.tables import Row

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Row.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    transactional_ddl=True,  # true of SQLite too, as the transaction is begun by us
)
with context.begin_transaction():
    context.run_migrations()
