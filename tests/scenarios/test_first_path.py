"""The main job on real input: every example is carried by its own person from the first hello to the receipt."""

import pytest

from cases.actors import Actor, Role
from cases.referrals import repository as referrals
from cases.referrals.sheets import ReferralSheet
from deploy.simulator.client import SimulatorClient
from deploy.simulator.views import RunView
from tests import demo_house
from tests.demo_house import DemoHouse

CLERK = Actor(staff_id=None, role=Role.ADMINISTRATOR, agency_id=None, name="検証")
LONGEST_RUN = 600.0


async def carry(line: SimulatorClient) -> RunView:
    """Walk all examples to their end."""
    run = await line.walk(demo_house.examples(), concurrency=8)
    for _ in range(int(LONGEST_RUN / 60)):
        run = await line.run(run, wait=60)
        if not run.running:
            break
    assert await line.idle()
    return run


async def sheets(house: DemoHouse) -> list[ReferralSheet]:
    async with house.database() as database, database.reading() as reader:
        rows = (await reader.session.execute(referrals.readable_by(CLERK))).scalars().all()
        return [await referrals.get(reader, CLERK, row.id) for row in rows]


@pytest.mark.parametrize("twice_and_shuffled", [False, True], ids=["plain", "every webhook twice and shuffled"])
async def test_every_example_reaches_the_inbox_exactly_once(
    house: DemoHouse, line: SimulatorClient, *, twice_and_shuffled: bool
) -> None:
    texts = demo_house.examples()
    before = {sheet.id for sheet in await sheets(house)}
    [(began,)] = house.rows("SELECT now()")
    await line.settings(twice=twice_and_shuffled, shuffle=twice_and_shuffled, window=0.05)
    run = await carry(line)
    assert [(walk.id, walk.reason) for walk in run.walks if walk.state != "done"] == []
    arrived = [sheet for sheet in await sheets(house) if sheet.id not in before]
    assert sorted(sheet.noticed.free_text for sheet in arrived) == sorted(example["text"] for example in texts)
    assert len({walk.captured for walk in run.walks}) == len(texts)
    assert all(sheet.suggestions or not sheet.noticed.concerns for sheet in arrived)
    assert house.rows(f"SELECT id FROM inbound WHERE state <> 'done' AND received_at > '{began}'") == []
    assert house.rows(f"SELECT id FROM outbox WHERE state <> 'sent' AND created_at > '{began}'") == []
