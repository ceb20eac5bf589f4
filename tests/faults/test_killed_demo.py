"""A power cut of the whole demo: its children end with it, and the next start finds the same data."""

import psutil

from tests import demo_house, folders


async def test_after_kill_nine_the_next_start_has_everything() -> None:
    with folders.reachable() as data_dir:
        first = demo_house.start(data_dir)
        children = psutil.Process(first.program.process.pid).children()
        async with first.simulator() as line:
            run = await line.walk(demo_house.examples()[:2], concurrency=2)
            assert (await line.run(run, wait=60)).done == 2
        first.program.kill()
        gone, alive = psutil.wait_procs(children, timeout=20)
        assert [process.name() for process in alive if "python" in process.name()] == []
        assert gone
        second = demo_house.start(data_dir, port=first.port, simulator_port=first.simulator_port)
        try:
            assert second.count("referrals") == 2
            assert second.secrets == first.secrets
        finally:
            assert second.program.stop() == 0
        assert not (data_dir / "postgres" / "postmaster.pid").exists()
