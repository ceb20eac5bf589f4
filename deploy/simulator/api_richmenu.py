"""Rich menu endpoints: menus, pictures, default, per person, aliases. Source: reference, "Rich menu"."""

import re
import secrets
from datetime import UTC, datetime

from fastapi import Response

from deploy.simulator.call import Answer, ApiError, Call, Endpoints
from deploy.simulator.limits_actions import ALIAS
from deploy.simulator.limits_richmenu import PICTURE_BYTES, check_rich_menu, picture_size
from deploy.simulator.models import Content, Json, Person
from deploy.simulator.probe import Probe
from deploy.simulator.richmenus import RichMenu, RichMenus

BULK_MOST = 500
BATCH_MOST = 1000
MENUS_MOST = 1000
KEPT = ("size", "selected", "name", "chatBarText", "areas")


def add_rich_menu_endpoints(endpoints: Endpoints) -> None:
    base, alias = "/v2/bot/richmenu", "/v2/bot/richmenu/alias"
    table = (
        ("POST", base, "richmenu_create", create),
        ("POST", f"{base}/validate", "richmenu_validate", validate),
        ("GET", f"{base}/list", "richmenu_list", list_all),
        ("POST", f"{base}/bulk/link", "richmenu_bulk", bulk_link),
        ("POST", f"{base}/bulk/unlink", "richmenu_bulk", bulk_unlink),
        ("POST", f"{base}/batch", "richmenu_batch", batch),
        ("GET", f"{base}/progress/batch", "richmenu_progress", batch_progress),
        ("POST", alias, "richmenu_alias", alias_create),
        ("GET", f"{alias}/list", "richmenu_alias", alias_list),
        ("GET", f"{alias}/{{alias}}", "richmenu_alias", alias_get),
        ("POST", f"{alias}/{{alias}}", "richmenu_alias", alias_update),
        ("DELETE", f"{alias}/{{alias}}", "richmenu_alias_delete", alias_delete),
        ("GET", f"{base}/{{menu}}", "richmenu_get", get),
        ("DELETE", f"{base}/{{menu}}", "richmenu_delete", delete),
        ("POST", f"{base}/{{menu}}/content", "richmenu_content", upload),
        ("GET", f"{base}/{{menu}}/content", "richmenu_content", download),
        ("GET", "/v2/bot/user/all/richmenu", "richmenu_default", default_get),
        ("DELETE", "/v2/bot/user/all/richmenu", "richmenu_default", default_cancel),
        ("POST", "/v2/bot/user/all/richmenu/{menu}", "richmenu_default", default_set),
        ("GET", "/v2/bot/user/{user}/richmenu", "richmenu_link", user_get),
        ("DELETE", "/v2/bot/user/{user}/richmenu", "richmenu_link", user_unlink),
        ("POST", "/v2/bot/user/{user}/richmenu/{menu}", "richmenu_link", user_link),
    )
    for method, path, name, handler in table:
        endpoints.add(method, path, name, handler, fault="richmenu")


def _menus(call: Call) -> RichMenus:
    return call.world.menus


def _menu(call: Call, menu_id: object = None) -> RichMenu:
    wanted = call.path["menu"] if menu_id is None else menu_id
    found = _menus(call).menus.get(wanted) if isinstance(wanted, str) else None
    if found is None:
        raise ApiError(404, "richmenu not found")
    return found


def _pictured(menu: RichMenu) -> RichMenu:
    if menu.picture is None:
        raise ApiError(400, "must upload richmenu image before applying it to user")
    return menu


def _show(call: Call) -> None:
    """Every talk may show another menu now."""
    for person in call.world.people.values():
        call.world.changed(person)


async def create(call: Call) -> Answer:
    body = call.json()
    check_rich_menu(body)
    if len(_menus(call).menus) >= MENUS_MOST:
        raise ApiError(400, "the maximum number of rich menus has been reached")
    menu = RichMenu("richmenu-" + secrets.token_hex(16), {key: body[key] for key in KEPT})
    _menus(call).menus[menu.id] = menu
    return Answer({"richMenuId": menu.id})


async def validate(call: Call) -> Answer:
    check_rich_menu(call.json())
    return Answer()


async def list_all(call: Call) -> Answer:
    return Answer({"richmenus": [menu.as_json() for menu in _menus(call).menus.values()]})


async def get(call: Call) -> Answer:
    return Answer(_menu(call).as_json())


async def delete(call: Call) -> Answer:
    menus = _menus(call)
    del menus.menus[_menu(call).id]
    if menus.default not in menus.menus:
        menus.default = None
    _show(call)
    return Answer()


async def upload(call: Call) -> Answer:
    """A JPEG or PNG picture of the menu's own size, once."""
    menu = _menu(call)
    media_type = call.headers.get("content-type", "")
    if media_type not in ("image/jpeg", "image/png"):
        raise ApiError(415, "Unsupported media type")
    if menu.picture is not None:
        raise ApiError(400, "An image has already been uploaded to the richmenu")
    if len(call.body) > PICTURE_BYTES:
        raise ApiError(413, "Payload too large")
    size = picture_size(call.body)
    if size != (menu.body["size"]["width"], menu.body["size"]["height"]):
        raise ApiError(400, "The image size must be the size of the richmenu")
    menu.picture = Content(media_type, call.body)
    _show(call)
    return Answer()


async def download(call: Call) -> Answer:
    picture = _menu(call).picture
    if picture is None:
        raise ApiError(404, "Not found")
    return Answer(None, 200, Response(picture.data, media_type=picture.media_type))


async def default_set(call: Call) -> Answer:
    _menus(call).default = _pictured(_menu(call)).id
    _show(call)
    return Answer()


async def default_get(call: Call) -> Answer:
    default = _menus(call).default
    if default is None:
        raise ApiError(404, "no default richmenu")
    return Answer({"richMenuId": default})


async def default_cancel(call: Call) -> Answer:
    _menus(call).default = None
    _show(call)
    return Answer()


def _person(call: Call) -> Person:
    person = call.world.people.get(call.path["user"])
    if person is None or not person.reachable:
        raise ApiError(400, "The user hasn't added the LINE Official Account as a friend.")
    return person


async def user_link(call: Call) -> Answer:
    person = _person(call)
    person.menu = _pictured(_menu(call)).id
    call.world.changed(person)
    return Answer()


async def user_get(call: Call) -> Answer:
    menu = _person(call).menu
    if menu is None or menu not in _menus(call).menus:
        raise ApiError(404, "the user has no richmenu")
    return Answer({"richMenuId": menu})


async def user_unlink(call: Call) -> Answer:
    person = _person(call)
    person.menu = None
    call.world.changed(person)
    return Answer()


def _users(body: Json) -> list[str]:
    probe = Probe(body).at("userIds")
    probe.items(1, BULK_MOST)
    if probe.findings:
        raise ApiError(400, "The request body has 1 error(s)", details=[probe.findings[0].as_json()])
    return [user for user in body["userIds"] if isinstance(user, str)]


async def bulk_link(call: Call) -> Answer:
    body = call.json()
    menu = _pictured(_menu(call, body.get("richMenuId") or ""))
    return _link_all(call, _users(body), menu.id)


async def bulk_unlink(call: Call) -> Answer:
    return _link_all(call, _users(call.json()), None)


def _link_all(call: Call, users: list[str], menu: str | None) -> Answer:
    for person in filter(None, map(call.world.people.get, users)):
        person.menu = menu
        call.world.changed(person)
    return Answer({}, 202)


async def batch(call: Call) -> Answer:
    """Move everybody who has one menu to another, or take it from them. LINE does it later; here it is done at once."""
    probe = Probe(call.json()).at("operations")
    operations = probe.items(1, BATCH_MOST)
    for operation in operations:
        operation.at("type").one_of(("link", "unlink", "unlinkAll"), required=True)
    if probe.findings:
        raise ApiError(400, "The request body has 1 error(s)", details=[probe.findings[0].as_json()])
    for operation in operations:
        _move(call, operation.value)
    moment = datetime.fromtimestamp(call.now, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    _menus(call).batches[call.request_id] = moment
    return Answer({}, 202)


def _move(call: Call, operation: Json) -> None:
    kind = operation["type"]
    old = None if kind == "unlinkAll" else _menu(call, operation.get("from") or "").id
    new = _pictured(_menu(call, operation.get("to") or "")).id if kind == "link" else None
    for person in call.world.people.values():
        if person.menu is not None and old in (None, person.menu):
            person.menu = new
            call.world.changed(person)


async def batch_progress(call: Call) -> Answer:
    moment = _menus(call).batches.get(call.query.get("requestId", ""))
    if moment is None:
        raise ApiError(404, "The requestId is not found")
    return Answer({"phase": "succeeded", "acceptedTime": moment, "completedTime": moment})


async def alias_create(call: Call) -> Answer:
    body = call.json()
    alias = body.get("richMenuAliasId")
    if not isinstance(alias, str) or not re.fullmatch(ALIAS, alias):
        details = [{"message": "invalid property", "property": "richMenuAliasId"}]
        raise ApiError(400, "The request body has 1 error(s)", details=details)
    if alias in _menus(call).aliases:
        raise ApiError(400, "conflict richmenu alias id")
    _menus(call).aliases[alias] = _alias_target(call, body)
    return Answer()


def _alias_target(call: Call, body: Json) -> str:
    menu = _menus(call).menus.get(body.get("richMenuId") or "")
    if menu is None:
        raise ApiError(400, "richmenu not found")
    return _pictured(menu).id


def _alias(call: Call) -> str:
    alias = call.path["alias"]
    if alias not in _menus(call).aliases:
        raise ApiError(404, "richmenu alias not found")
    return alias


async def alias_get(call: Call) -> Answer:
    alias = _alias(call)
    return Answer({"richMenuAliasId": alias, "richMenuId": _menus(call).aliases[alias]})


async def alias_list(call: Call) -> Answer:
    aliases = _menus(call).aliases.items()
    return Answer({"aliases": [{"richMenuAliasId": alias, "richMenuId": menu} for alias, menu in aliases]})


async def alias_update(call: Call) -> Answer:
    alias = _alias(call)
    _menus(call).aliases[alias] = _alias_target(call, call.json())
    return Answer()


async def alias_delete(call: Call) -> Answer:
    del _menus(call).aliases[_alias(call)]
    return Answer()
