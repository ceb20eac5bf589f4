from dataclasses import replace

import pytest

from bot.line_admin import LineAdminError
from bot.richmenu import sync as syncing
from bot.richmenu.link import NoMenuError, link
from bot.richmenu.menus import ROLES, menu
from bot.richmenu.sync import Drawn, drawn, is_synced, sync
from deploy.simulator.models import Content
from deploy.simulator.richmenus import RichMenu
from tests.bot.line_simulator import Simulated


def changed(wanted: list[Drawn]) -> list[Drawn]:
    """The same menus after a change of words."""
    return [drawn(replace(one.menu, title="新しい窓口")) for one in wanted]


def foreign(line: Simulated, name: str = "vendor") -> str:
    body = {"size": {"width": 2500, "height": 843}, "selected": True, "name": name, "chatBarText": "m", "areas": []}
    line.world.menus.menus["richmenu-v"] = RichMenu("richmenu-v", body, Content("image/png", b"x"))
    return "richmenu-v"


async def test_the_first_run_brings_the_menus_and_the_second_does_nothing(line: Simulated, wanted: list[Drawn]) -> None:
    person = await line.client.add_person("住民")
    await line.client.follow(person)
    first = await sync(line.admin, wanted)
    assert [act for act, _ in first.done] == ["create", "picture", "alias", "default", "create", "picture", "alias"]
    assert line.names == [one.name for one in wanted]
    shown = (await line.client.talk(person)).menu
    assert shown is not None
    assert [area["label"] for area in shown.areas][:2] == ["気になる人がいる", "自分・家族のこと"]
    asked = len(line.calls("richmenu_create"))
    second = await sync(line.admin, wanted)
    assert (second.done, second.left) == ([], [])
    assert len(line.calls("richmenu_create")) == asked
    assert await is_synced(line.admin, wanted)


async def test_a_dry_run_tells_the_same_and_changes_nothing(line: Simulated, wanted: list[Drawn]) -> None:
    told = await sync(line.admin, wanted, dry_run=True)
    assert line.names == []
    assert told.done == (await sync(line.admin, wanted)).done
    later = changed(wanted)
    told = await sync(line.admin, later, dry_run=True)
    assert line.names == [one.name for one in wanted]
    assert told.done == (await sync(line.admin, later)).done


async def test_changed_menus_replace_ours_and_touch_no_other(line: Simulated, wanted: list[Drawn]) -> None:
    vendor = foreign(line)
    near = RichMenu("richmenu-n", {**line.world.menus.menus[vendor].body, "name": "kizuki"}, Content("image/png", b"x"))
    line.world.menus.menus["richmenu-n"] = near
    await sync(line.admin, wanted)
    later = changed(wanted)
    assert not await is_synced(line.admin, later)
    outcome = await sync(line.admin, later)
    assert [act for act, _ in outcome.done].count("delete") == 2
    assert set(line.names) == {"vendor", "kizuki", *(one.name for one in later)}


async def test_only_one_role_leaves_the_other_as_it_is(line: Simulated, wanted: list[Drawn]) -> None:
    await sync(line.admin, wanted)
    later = changed(wanted)[1:]
    await sync(line.admin, later)
    assert set(line.names) == {wanted[0].name, later[0].name}
    assert line.world.menus.default == line.world.menus.aliases["kizuki-ja"]


async def test_a_commissioner_keeps_the_role_s_menu_when_it_changes(line: Simulated, wanted: list[Drawn]) -> None:
    person, other = await line.client.add_person("民生委員"), await line.client.add_person("住民")
    for one in (person, other):
        await line.client.follow(one)
    await sync(line.admin, wanted)
    await link(line.admin, person.id, "commissioner")
    assert line.world.people[person.id].menu == line.world.menus.aliases["kizuki-ja-commissioner"]
    outcome = await sync(line.admin, changed(wanted))
    assert ("people", "kizuki-ja-commissioner") in outcome.done
    assert line.world.people[person.id].menu == line.world.menus.aliases["kizuki-ja-commissioner"]
    assert line.world.people[other.id].menu is None
    assert len(line.names) == 2
    await link(line.admin, person.id, "resident")
    assert line.world.people[person.id].menu is None


async def test_an_old_menu_stays_until_line_has_moved_its_people(
    line: Simulated, wanted: list[Drawn], monkeypatch: pytest.MonkeyPatch
) -> None:
    await sync(line.admin, wanted)

    async def under_way(_request: str) -> str:
        return "ongoing"

    monkeypatch.setattr(syncing, "MOVING_SECONDS", 0)
    later = changed(wanted)
    with monkeypatch.context() as slow:
        slow.setattr(line.admin, "moved", under_way)
        outcome = await sync(line.admin, later)
    assert outcome.left == [("people_moving", "kizuki-ja-commissioner")]
    assert wanted[1].name in line.names
    finished = await sync(line.admin, later)
    assert (finished.left, set(line.names)) == ([], {one.name for one in later})


async def test_a_role_without_menu_is_said_when_somebody_is_to_have_it(line: Simulated) -> None:
    with pytest.raises(NoMenuError, match="kizuki-ja-commissioner"):
        await link(line.admin, "U" + "0" * 32, "commissioner")


@pytest.mark.parametrize("broken_at", range(7))
async def test_a_run_that_broke_anywhere_is_finished_by_the_next(
    line: Simulated, wanted: list[Drawn], monkeypatch: pytest.MonkeyPatch, broken_at: int
) -> None:
    writes = ["create_menu", "set_menu_picture", "create_alias", "set_default_menu"]
    made = 0
    with monkeypatch.context() as breaking:
        for name in writes:
            real = getattr(line.admin, name)

            async def call(*given: object, real: object = real) -> object:
                nonlocal made
                made += 1
                if made == broken_at + 1:
                    raise LineAdminError("late")
                return await real(*given)  # type: ignore[operator]

            breaking.setattr(line.admin, name, call)
        with pytest.raises(LineAdminError):
            await sync(line.admin, wanted)
    outcome = await sync(line.admin, wanted)
    assert outcome.left == []
    assert line.names == [one.name for one in wanted]
    assert await is_synced(line.admin, wanted)
    assert line.world.menus.default == line.world.menus.aliases["kizuki-ja"]


async def test_a_menu_that_line_made_although_it_did_not_answer_is_used(line: Simulated, wanted: list[Drawn]) -> None:
    await line.admin.menus()
    await line.client.fault("richmenu", "cut", count=1)
    with pytest.raises(LineAdminError):
        await line.admin.create_menu(wanted[0].menu.request(wanted[0].name))
    await sync(line.admin, wanted)
    assert line.names == [one.name for one in wanted]


async def test_everybody_s_menu_of_another_program_is_left_until_asked(line: Simulated, wanted: list[Drawn]) -> None:
    line.world.menus.default = vendor = foreign(line)
    outcome = await sync(line.admin, wanted)
    assert outcome.left == [("foreign_default", "kizuki-ja")]
    assert line.world.menus.default == vendor
    outcome = await sync(line.admin, wanted, take_default=True)
    assert (outcome.done, outcome.left) == ([("default", "kizuki-ja")], [])
    assert line.world.menus.default == line.world.menus.aliases["kizuki-ja"]


async def test_line_s_hourly_limit_leaves_the_rest_to_the_next_run(
    line: Simulated, wanted: list[Drawn], monkeypatch: pytest.MonkeyPatch
) -> None:
    await sync(line.admin, wanted)

    async def too_often(_menu: str) -> None:
        raise LineAdminError("rate_limit", 429)

    later = changed(wanted)
    with monkeypatch.context() as full:
        full.setattr(line.admin, "delete_menu", too_often)
        outcome = await sync(line.admin, later)
    assert outcome.left == [("rate_limit", "")]
    assert await is_synced(line.admin, later)
    await sync(line.admin, later)
    assert set(line.names) == {one.name for one in later}


def test_the_name_changes_with_whatever_is_seen_or_sent() -> None:
    made = menu("resident", "ja", "長野市")
    moved = replace(made, areas=(replace(made.areas[0], tap="menu:home"), *made.areas[1:]))
    names = {
        drawn(one).name for one in (made, moved, menu("resident", "ja", "松本市"), replace(made, chat_bar="ひらく"))
    }
    assert len(names) == 4
    assert drawn(made).name == drawn(menu("resident", "ja", "長野市")).name
    assert all(syncing.NAME.fullmatch(drawn(menu(role, "ja", "長野市")).name) for role in ROLES)
