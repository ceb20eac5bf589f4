import re

import pytest
from jinja2 import UndefinedError

from bot.form.fields import TYPED
from bot.form.pages import FOLDER, NotePage, Pages, problems_of, review_rows
from bot.form.texts import words
from cases.forms import FormFields


@pytest.fixture
def pages() -> Pages:
    return Pages.load("みほん市", "https://weather.example.jp/")


def test_a_forgotten_name_is_an_error_not_a_blank(pages):
    with pytest.raises(UndefinedError):
        pages.environment.from_string("{{ page.nothing }}").render(page=NotePage("", "", gone=False))


@pytest.mark.parametrize("template", sorted(path.name for path in FOLDER.glob("*.html")))
def test_every_template_loads(pages, template):
    assert pages.environment.get_template(template)


@pytest.mark.parametrize("status", [400, 403, 404, 405, 408, 413, 500, 503, 504])
def test_every_error_has_a_kind_page(pages, status):
    page = pages.note(status)
    assert page.status_code == status
    assert "119" in page.body.decode()


def test_every_problem_is_told_in_words_with_its_measure():
    fields = FormFields(story="あ" * 5001, contact="phone")
    told = problems_of(fields, 0)
    assert "5,000文字" in told["story"].text
    assert "5,001文字" in told["story"].text
    assert list(told) == ["story", "phone"]


def test_the_review_shows_a_number_only_to_who_wishes_a_call():
    titles = [name for name, _, _ in review_rows(FormFields(contact="line", phone="09012345678"))]
    assert "phone" not in titles
    assert set(titles) == set(TYPED) - {"phone"}


def test_every_field_has_a_title_and_every_link_to_mend_a_target():
    source = "".join((FOLDER / name).read_text(encoding="utf-8") for name in ("fields.html", "parts.html"))
    assert set(TYPED) <= set(words("field"))
    named = set(re.findall(r'text_field\(page, "(\w+)"', source)) | {"story", "contact"}
    assert named == set(TYPED)
    assert 'id="contact"' in source
