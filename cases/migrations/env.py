"""Alembic's entry: runs on the connection that `cases.migrate` hands over, in one transaction."""

from alembic import context
from alembic.runtime.migration import MigrationInfo


def _note(ctx: object, step: MigrationInfo, heads: object, run_args: object) -> None:  # noqa: ARG001 - Alembic's names
    context.config.attributes["ran"].append(step.up_revision_id)


context.configure(connection=context.config.attributes["connection"], on_version_apply=_note)
with context.begin_transaction():
    context.run_migrations()
