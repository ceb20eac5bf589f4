"""The record: every table of the first release, and the triggers that keep the audit log append-only."""

from pathlib import Path

from alembic import op

revision = "r0001_the_record"
down_revision: str | None = None
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.get_bind().exec_driver_sql(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
