"""Every template renders with every kind of page; what people wrote stays text."""

import re
from dataclasses import fields, replace
from uuid import uuid4

import pytest
from jinja2 import UndefinedError

from admin.desk import DemoAccount
from admin.errors import ErrorPage
from admin.fields import Fields
from admin.inbox.page import InboxPage, build_page
from admin.inbox.query import InboxQuery
from admin.pages import FOLDER, Site
from admin.referral.forms import NAMES
from admin.referral.page import SheetPage, SheetWriter
from admin.signin.views import SignInPage
from cases.referrals.sheets import InboxRow, ReporterSheet, TabCounts
from cases.referrals.status import Priority, Status

TEMPLATES = sorted(str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*.html"))
PAGES = ["error.html", "inbox/page.html", "referral/page.html", "signin/page.html"]
ATTACKS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'-alert(1)-'",
    "</textarea><svg/onload=alert(1)>",
    "</title><script>alert(1)</script>",
    ">{{ 7*7 }}{% raw %}",
    "javascript:alert(1)",
    "<mark>fake</mark>",
    "&lt;b&gt;",
    "\u202egnp.exe\u200b",
    "]]><!--",
]


def _render(desk, template, page, visit=None):
    site = Site("みほん市", "/inbox", visit.actor.name if visit else "", "振り分け担当" if visit else "")
    return desk.pages.render(template, page, site)


def _row(words="新聞がたまっている", **parts):
    given = {
        "id": uuid4(), "version": 1, "referral_no": "2026-000001-1", "status": Status.SUBMITTED,
        "priority": Priority.HIGH, "received_at": None, "district": "kita", "household_type": "alone",
        "immediate_danger": "unknown", "words": words, "concerns": ("孤立・見守り",) * 5, "assigned_to": None,
        "signs": (), "danger_flags": (), "declined": (),
        "assigned_name": "", "agencies": (), "finished": (),
    }  # fmt: skip
    return InboxRow(**given | parts)


def _inbox(desk, visit, rows, **query):
    counts = TabCounts(1, 2, 3, 4, 10_000)
    rows = [replace(row, received_at=desk.now()) for row in rows]
    return build_page(desk, visit, InboxQuery("all", **query), rows, counts)


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_template_loads_and_escapes(desk, template):
    source = (FOLDER / template).read_text(encoding="utf-8")
    assert desk.pages.environment.get_template(template)
    assert "|safe" not in source.replace(" ", "")
    assert "style=" not in source
    assert "<script>" not in source
    assert not any(f" on{event}=" in source for event in ("click", "load", "submit", "change"))


@pytest.mark.parametrize("template", PAGES)
def test_every_page_has_a_title(template):
    assert "{% block title %}" in (FOLDER / template).read_text(encoding="utf-8")


def test_a_forgotten_name_is_an_error_not_a_blank(desk):
    with pytest.raises(UndefinedError):
        desk.pages.environment.from_string("{{ page.nothing }}").render(page=ErrorPage(404, "", ""))


@pytest.mark.parametrize(
    ("folder", "page"),
    [("error.html", ErrorPage), ("inbox", InboxPage), ("referral", SheetPage), ("signin", SignInPage)],
)
def test_templates_use_exactly_what_their_page_holds(folder, page):
    files = [FOLDER / folder] if folder.endswith(".html") else (FOLDER / folder).glob("*.html")
    asked = {name for file in files for name in re.findall(r"\bpage\.(\w+)", file.read_text(encoding="utf-8"))}
    assert asked == {field.name for field in fields(page)}


def test_the_error_page(desk, city_visit):
    page = _render(desk, "error.html", ErrorPage(404, "見つかりません", "…"), city_visit)
    assert "<title>見つかりません｜みほん市 気づき</title>" in page


def test_the_sign_in_page_with_demo_keys(desk):
    demo = (DemoAccount("a@example.jp", "key", "受付 花子", "triage"),)
    assert "この人で入る" in _render(desk, "signin/page.html", SignInPage(Fields("f", {}, desk.labels), "/", demo, ""))


@pytest.mark.parametrize("tab", ["unassigned", "mine", "offered", "open", "all"])
@pytest.mark.parametrize("who", ["city_visit", "agency_visit"])
@pytest.mark.parametrize("urgency", ["", "low"])
def test_an_empty_inbox_helps(desk, request, tab, who, urgency):
    visit = request.getfixturevalue(who)
    page = build_page(desk, visit, InboxQuery(tab, urgency=urgency), [], TabCounts(0, 0, 0, 0, 0))
    assert 'class="empty"' in _render(desk, "inbox/page.html", page, visit)


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("who", ["city_visit", "agency_visit"])
def test_a_sheet_in_every_state_for_every_reader(desk, request, sample, status, who):
    visit = request.getfixturevalue(who)
    page = SheetWriter(desk, visit, replace(sample, status=status), desk.now()).page()
    assert "つなぐシート" in _render(desk, "referral/page.html", page, visit)


@pytest.mark.parametrize("name", NAMES)
def test_a_sheet_with_errors_in_every_form(desk, city_visit, agency_visit, sample, name):
    form = Fields(name, {"reason": "書きかけ", "text": "書きかけ", "comment": "書きかけ"}, desk.labels)
    form.errors |= {"": "だめです", "reason": "理由がありません", "to": "選んでください"}
    for visit in (city_visit, agency_visit):
        page = SheetWriter(desk, visit, sample, desk.now()).page(form=form, problem="競合", done="済み")
        assert _render(desk, "referral/page.html", page, visit)


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_people_wrote_stays_text(desk, city_visit, sample, attack):
    noticed = replace(sample.noticed, free_text=f"前{attack}後 一人暮らし", signs=(attack,), danger_flags=(attack,))
    handoffs = tuple(replace(h, reason=attack, comment=attack, agency_name=attack) for h in sample.handoffs)
    history = tuple(replace(entry, text=attack, by=attack) for entry in sample.history)
    suggestions = tuple(replace(s, agency_name=attack) for s in sample.suggestions)
    sheet = replace(
        sample, noticed=noticed, handoffs=handoffs, history=history, suggestions=suggestions, past_actions=attack,
        assigned_name=attack, subject=replace(sample.subject, landmark=attack, name=attack, district=attack),
    )  # fmt: skip
    drawer = ReporterSheet(sheet.id, attack, attack, attack, attack, attack, attack, False, attack, (attack,), True)
    form = Fields("offer", {"reason": attack, "due": attack}, desk.labels, {"reason": attack})
    sheet_page = SheetWriter(desk, city_visit, sheet, desk.now()).page(form=form, drawer=drawer)
    inbox_page = _inbox(desk, city_visit, [_row(attack, concerns=(attack,), agencies=(attack,), assigned_name=attack)])
    signin = SignInPage(Fields("signin", {"email": attack}, desk.labels), attack, (), "")
    visit = replace(city_visit, actor=replace(city_visit.actor, name=attack))
    for template, page in (
        ("referral/page.html", sheet_page),
        ("inbox/page.html", inbox_page),
        ("signin/page.html", signin),
    ):
        html = _render(desk, template, page, visit)
        if any(sign in attack for sign in "<>\"'"):
            assert attack not in html
        for tag in ("<script>alert", "<img src=x", "<svg/onload", "<mark>fake", "<!--"):
            assert tag not in html
        assert ">49" not in html, "nothing a person wrote is a template"


def test_a_long_inbox_counts_no_further_than_ten_thousand(desk, city_visit):
    html = _render(desk, "inbox/page.html", _inbox(desk, city_visit, [_row()]), city_visit)
    assert "10000+" in html
    assert "ほか2" in html
