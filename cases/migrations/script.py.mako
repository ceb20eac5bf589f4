"""${message}

Expand first, backfill, contract in a later release: the program of the release before runs on this schema.
Import no model here; a migration must mean the same for ever.
"""

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}

revision = ${repr(up_revision)}
down_revision: str | None = ${repr(down_revision)}
branch_labels: str | None = ${repr(branch_labels)}
depends_on: str | None = ${repr(depends_on)}


def upgrade() -> None:
    # Waiting for a lock stops everybody behind us; give up instead, and try again at a quieter time.
    op.execute("SET LOCAL lock_timeout = '5s'")
    ${upgrades if upgrades else "raise NotImplementedError"}
