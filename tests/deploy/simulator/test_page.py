import re
from pathlib import Path

from deploy.simulator import page
from deploy.simulator.page import STICKERS
from tests.deploy.simulator.conftest import Line

ROOM = Path(page.__file__).parent
SCRIPTS = sorted((ROOM / "static").glob("*.js"))
JAPANESE = re.compile(r"[぀-ヿ一-鿿]")


async def test_the_page_loads_with_a_strict_policy(line: Line) -> None:
    answer = await line.api.get("/")
    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "<title>トーク画面シミュレーター</title>" in answer.text


async def test_everything_the_page_asks_for_is_there(line: Line) -> None:
    html = (await line.api.get("/")).text
    styles = "".join(path.read_text("utf-8") for path in (ROOM / "static").glob("*.css"))
    asked = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', html)) | set(
        re.findall(r'url\("(/static/[^"]+)"', styles)
    )
    asked |= {f"/static/{path.name}" for path in SCRIPTS} | {f"/static/stickers/{name}.svg" for name in STICKERS}
    missing = [path for path in sorted(asked) if (await line.api.get(path)).status_code != 200]
    assert missing == []


async def test_the_page_asks_nobody_else(line: Line) -> None:
    html = (await line.api.get("/")).text
    assert re.findall(r'(?:src|href)="(?:https?:)?//', html) == []


async def test_the_name_of_the_account_is_escaped(line: Line) -> None:
    await line.client.settings(account_name="<b>窓口</b>")
    assert "<b>窓口" not in (await line.api.get("/")).text


def test_words_people_read_stand_in_the_template_only() -> None:
    for path in SCRIPTS:
        code = re.sub(r"//[^\n]*|/\*.*?\*/", "", path.read_text("utf-8"), flags=re.DOTALL)
        assert JAPANESE.findall(code) == [], path.name


def test_every_word_the_scripts_ask_for_is_in_the_template() -> None:
    known = set(re.findall(r'data-key="(\w+)"', (ROOM / "templates" / "pieces.html").read_text("utf-8")))
    asked = {key for path in SCRIPTS for key in re.findall(r'\bt\("(\w+)"', path.read_text("utf-8"))}
    assert asked - known == set()


def test_every_piece_the_scripts_ask_for_is_in_the_template() -> None:
    known = set(re.findall(r'id="piece-([\w-]+)"', (ROOM / "templates" / "pieces.html").read_text("utf-8")))
    asked = {name for path in SCRIPTS for name in re.findall(r'\bpiece\("([\w-]+)"', path.read_text("utf-8"))}
    assert asked == known
