import struct
from typing import Any

import pytest

from deploy.simulator.limits_richmenu import picture_size
from tests.deploy.simulator.conftest import Line

BASE = "/v2/bot/richmenu"


def png(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + struct.pack(">II", width, height) + bytes(9)


def menu(**more: Any) -> dict[str, Any]:
    area = {
        "bounds": {"x": 0, "y": 0, "width": 1200, "height": 405},
        "action": {"type": "postback", "label": "気づき", "data": "menu:notice", "displayText": "気になる人がいる"},
    }
    size = {"width": 1200, "height": 810}
    return {"size": size, "selected": True, "name": "m", "chatBarText": "メニュー", "areas": [area], **more}


async def made(line: Line, **more: Any) -> str:
    """A rich menu with its picture."""
    menu_id = (await line.bot.post(BASE, menu(**more))).json()["richMenuId"]
    sent = await upload(line, menu_id, png(1200, 810))
    assert sent == 200
    return str(menu_id)


async def upload(line: Line, menu_id: str, data: bytes, media_type: str = "image/png") -> int:
    headers = {"content-type": media_type}
    return (await line.api.post(f"{BASE}/{menu_id}/content", content=data, headers=headers)).status_code


async def test_the_default_menu_is_shown_and_can_be_tapped(line: Line) -> None:
    person = await line.friend()
    menu_id = await made(line)
    assert (await line.client.talk(person)).menu is None
    assert (await line.api.post(f"/v2/bot/user/all/richmenu/{menu_id}")).status_code == 200
    shown = (await line.client.talk(person)).menu
    assert shown is not None
    assert (shown.chat_bar_text, shown.areas[0]["label"]) == ("メニュー", "気づき")
    await line.client.tap(person, "気づき")
    await line.client.idle()
    assert line.bot.events[-1]["postback"] == {"data": "menu:notice"}


async def test_a_menu_without_picture_cannot_be_shown(line: Line) -> None:
    menu_id = (await line.bot.post(BASE, menu())).json()["richMenuId"]
    assert (await line.api.post(f"/v2/bot/user/all/richmenu/{menu_id}")).status_code == 400


async def test_a_persons_own_menu_goes_before_the_default(line: Line) -> None:
    person = await line.friend()
    default, own = await made(line), await made(line, chatBarText="民生委員")
    await line.api.post(f"/v2/bot/user/all/richmenu/{default}")
    await line.api.post(f"/v2/bot/user/{person.id}/richmenu/{own}")
    assert (await line.client.talk(person)).menu.id == own  # type: ignore[union-attr]
    assert (await line.api.get(f"/v2/bot/user/{person.id}/richmenu")).json() == {"richMenuId": own}
    await line.api.delete(f"/v2/bot/user/{person.id}/richmenu")
    assert (await line.client.talk(person)).menu.id == default  # type: ignore[union-attr]


async def test_people_at_a_pc_see_no_menu(line: Line) -> None:
    person = await line.friend(device="pc")
    await line.api.post(f"/v2/bot/user/all/richmenu/{await made(line)}")
    assert (await line.client.talk(person)).menu is None


async def test_switching_by_alias_changes_the_menu_and_tells_the_bot(line: Line) -> None:
    person = await line.friend()
    switch = {"type": "richmenuswitch", "label": "次", "richMenuAliasId": "second", "data": "s"}
    bounds = {"x": 0, "y": 0, "width": 10, "height": 10}
    first = await made(line, areas=[{"bounds": bounds, "action": switch}])
    second = await made(line)
    await line.api.post(f"/v2/bot/user/all/richmenu/{first}")
    await line.client.tap(person, "次")
    await line.bot.post(f"{BASE}/alias", {"richMenuAliasId": "second", "richMenuId": second})
    await line.client.tap(person, "次")
    await line.client.idle()
    statuses = [event["postback"]["params"]["status"] for event in line.bot.events if "postback" in event]
    assert sorted(statuses) == ["RICHMENU_ALIAS_ID_NOTFOUND", "SUCCESS"]
    assert (await line.client.talk(person)).menu.id == second  # type: ignore[union-attr]


async def test_the_life_of_an_alias(line: Line) -> None:
    menu_id = await made(line)
    path = f"{BASE}/alias"
    alias = {"richMenuAliasId": "a-1", "richMenuId": menu_id}
    assert (await line.bot.post(path, alias)).status_code == 200
    assert (await line.bot.post(path, alias)).status_code == 400
    assert (await line.bot.post(path, {**alias, "richMenuAliasId": "大"})).status_code == 400
    assert (await line.bot.post(f"{path}/a-1", {"richMenuId": "x"})).status_code == 400
    assert (await line.api.get(f"{path}/a-1")).json() == alias
    assert (await line.api.get(f"{path}/list")).json() == {"aliases": [alias]}
    assert (await line.api.delete(f"{path}/a-1")).status_code == 200
    assert (await line.api.get(f"{path}/a-1")).status_code == 404


async def test_the_life_of_a_menu(line: Line) -> None:
    menu_id = await made(line)
    assert (await line.api.get(f"{BASE}/list")).json()["richmenus"][0]["richMenuId"] == menu_id
    assert (await line.api.get(f"{BASE}/{menu_id}")).json()["chatBarText"] == "メニュー"
    assert (await line.api.get(f"{BASE}/{menu_id}/content")).content == png(1200, 810)
    await line.api.post(f"/v2/bot/user/all/richmenu/{menu_id}")
    assert (await line.api.get("/v2/bot/user/all/richmenu")).json() == {"richMenuId": menu_id}
    assert (await line.api.delete(f"{BASE}/{menu_id}")).status_code == 200
    assert (await line.api.get("/v2/bot/user/all/richmenu")).status_code == 404
    assert (await line.api.delete(f"{BASE}/{menu_id}")).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"size": {"width": 799, "height": 400}},
        {"size": {"width": 2501, "height": 1000}},
        {"size": {"width": 800, "height": 249}},
        {"size": {"width": 1200, "height": 900}},
        {"chatBarText": "あ" * 15},
        {"name": "あ" * 301},
        {"name": ""},
        {"selected": None},
        {"areas": [menu()["areas"][0]] * 21},
        {"areas": [{"bounds": {"x": 1, "y": 0, "width": 1200, "height": 1}, "action": menu()["areas"][0]["action"]}]},
        {"areas": [{"bounds": {"x": 0, "y": 0, "width": 1, "height": 1}, "action": {"type": "camera"}}]},
    ],
)
async def test_menus_beyond_the_limits_are_refused(line: Line, wrong: dict[str, Any]) -> None:
    assert (await line.bot.post(BASE, menu(**wrong))).status_code == 400
    assert (await line.bot.post(f"{BASE}/validate", menu(**wrong))).status_code == 400


async def test_menus_at_the_limits_pass(line: Line) -> None:
    edge = menu(chatBarText="あ" * 14, name="あ" * 300, areas=[menu()["areas"][0]] * 20)
    assert (await line.bot.post(f"{BASE}/validate", edge)).status_code == 200


async def test_pictures_must_be_of_the_menus_size_and_kind(line: Line) -> None:
    menu_id = (await line.bot.post(BASE, menu())).json()["richMenuId"]
    assert await upload(line, menu_id, png(1200, 811)) == 400
    assert await upload(line, menu_id, png(1200, 810), "image/gif") == 415
    assert await upload(line, menu_id, png(1200, 810) + bytes(1024 * 1024)) == 413
    assert await upload(line, menu_id, png(1200, 810)) == 200
    assert await upload(line, menu_id, png(1200, 810)) == 400


async def test_many_people_get_a_menu_at_once(line: Line) -> None:
    people = [await line.friend(str(number)) for number in range(2)]
    ids = [person.id for person in people]
    menu_id = await made(line)
    body = {"richMenuId": menu_id, "userIds": ids}
    assert (await line.bot.post(f"{BASE}/bulk/link", body)).status_code == 202
    assert [(await line.client.talk(person)).menu is not None for person in people] == [True, True]
    await line.bot.post(f"{BASE}/bulk/unlink", {"userIds": ids})
    assert (await line.client.talk(people[0])).menu is None


def test_the_size_of_a_jpeg_is_read() -> None:
    start = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x11\x08" + struct.pack(">HH", 810, 1200)
    assert picture_size(start) == (1200, 810)
    assert picture_size(b"\xff\xd8") is None
    assert picture_size(b"GIF89a") is None


async def test_a_batch_moves_whoever_has_one_menu_to_another(line: Line) -> None:
    first, second = await line.friend(), await line.friend()
    old, new = await made(line), await made(line, name="n")
    await line.api.post(f"/v2/bot/user/{first.id}/richmenu/{old}")
    moves = {"operations": [{"type": "link", "from": old, "to": new}]}
    answer = await line.bot.post(f"{BASE}/batch", moves)
    assert answer.status_code == 202
    assert (line.world.people[first.id].menu, line.world.people[second.id].menu) == (new, None)
    request_id = answer.headers["x-line-request-id"]
    progress = await line.api.get(f"{BASE}/progress/batch", params={"requestId": request_id})
    assert progress.json()["phase"] == "succeeded"
    assert (await line.api.get(f"{BASE}/progress/batch", params={"requestId": "x"})).status_code == 404
    assert (await line.bot.post(f"{BASE}/batch", {"operations": [{"type": "move"}]})).status_code == 400
    assert (await line.bot.post(f"{BASE}/batch", {"operations": [{"type": "unlinkAll"}]})).status_code == 202
    assert line.world.people[first.id].menu is None
