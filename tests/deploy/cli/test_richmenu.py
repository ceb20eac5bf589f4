import asyncio
from pathlib import Path

from deploy.simulator.client import SimulatorClient
from deploy.simulator.limits_richmenu import picture_size
from tests.deploy.cli.conftest import Operator


def faulted(simulator: str) -> None:
    async def lay() -> None:
        async with SimulatorClient(simulator) as client:
            await client.fault("richmenu", "error")

    asyncio.run(lay())


def test_a_dry_run_then_a_run_that_breaks_then_the_rest_then_nothing(operator: Operator, simulator: str) -> None:
    dry = operator.call("richmenu", "sync", "--dry-run")
    assert dry.returncode == 0
    assert "メニューを作ります" in dry.stdout
    faulted(simulator)
    broken = operator.call("richmenu", "sync")
    assert broken.returncode == 2
    assert "続きから" in broken.stderr
    assert "kizuki-ja: みんなのメニューにしました" in operator.run("richmenu", "sync").stdout
    assert "することはありません" in operator.call("richmenu", "sync").stdout


def test_pictures_can_be_looked_at_without_any_channel(anybody: Operator, tmp_path: Path) -> None:
    done = anybody.call("richmenu", "sync", "--save", str(tmp_path))
    assert done.returncode == 0
    pictures = sorted(tmp_path.iterdir())
    assert [picture.name for picture in pictures] == ["kizuki-ja-commissioner.png", "kizuki-ja.png"]
    assert {picture_size(picture.read_bytes()) for picture in pictures} == {(2500, 1686)}


def test_the_pictures_are_of_the_city_that_is_set(anybody: Operator, tmp_path: Path) -> None:
    done = anybody.call("richmenu", "sync", "--save", str(tmp_path), KIZUKI_CITY="atlantis")
    assert (done.returncode, "atlantis" in done.stderr) == (2, True)


def test_a_role_that_is_none_is_said(anybody: Operator) -> None:
    done = anybody.call("richmenu", "sync", "--role", "mayor")
    assert (done.returncode, "commissioner" in done.stderr) == (2, True)


def test_a_wrong_token_is_said_in_a_sentence(operator: Operator) -> None:
    done = operator.call("richmenu", "sync", KIZUKI_LINE_CHANNEL_ACCESS_TOKEN="another token of good length")
    assert (done.returncode, "アクセストークン" in done.stderr) == (2, True)
    assert "Traceback" not in done.stderr
