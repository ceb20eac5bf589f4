"""kill -9 of everything under traffic: nothing is lost or doubled; everybody sees each answer once, in order.

Here the points of one program take turns in one traffic; `python -m tests.faults` runs each point by itself, longer.
"""

import pytest

from tests.faults import matrix as of
from tests.faults.matrix import Matrix, Plan

PEOPLE = 48
PLANS = (
    Plan("web", "web", of.WEB, kills=5, conversations=PEOPLE),
    Plan("worker", "worker", of.WORKER, kills=6, conversations=PEOPLE),
    Plan("redis", None, ("redis",), kills=4, conversations=PEOPLE),
    Plan("postgres", None, ("postmaster", "backend"), kills=4, conversations=PEOPLE),
)


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.name)
async def test_what_is_killed_under_traffic_changes_nothing(matrix: Matrix, plan: Plan) -> None:
    row = await matrix.run(plan)
    assert row.verdict.details == []
    assert row.is_clean, row
