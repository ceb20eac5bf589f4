"""What the front door needs: floods, held answers, the secure form, its photos, LINE's account, events passed on."""

from pathlib import Path

from alembic import op

revision = "r0002_the_front_door"
down_revision: str | None = "r0001_the_record"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.get_bind().exec_driver_sql(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
