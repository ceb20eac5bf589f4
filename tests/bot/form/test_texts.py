import hashlib
from importlib.resources import files

import pytest

from bot.form import texts
from bot.form.pages import FOLDER
from bot.form.texts import consent, words

CONSENTS = {
    "2026-11-23": "73b89378d316dc4d8a7b85a44f650622ba8357e81f73eb462823d4cd9ac71879",
    "2026-11-23.2": "084c33eac5950145aae0fe571e5284c6345a36196a61b9486082317632ed7460",
}
"""Every version of the consent text that was ever shown, with the hash of its file."""


def test_a_changed_consent_text_has_a_new_version():
    """Whoever agreed to a version must be able to find the words they agreed to."""
    source = files(texts).joinpath("consent.ja.txt").read_bytes()
    version = consent("長野市", "職員").version
    assert CONSENTS[version] == hashlib.sha256(source).hexdigest()


def test_the_consent_says_what_the_guideline_asks_for():
    said = "".join(heading + text for heading, text in consent("みほん市", "みほん市の職員").parts)
    for point in (
        "みほん市の職員",
        "社会福祉法",
        "消防・警察",
        "LINEには残りません",
        "30分",
        "24時間",
        "やめられます",
        "取り消し",
    ):
        assert point in said
    assert "{" not in said


@pytest.mark.parametrize("kind", ["problem", "field", "contact", "note"])
def test_every_kind_of_words_is_there(kind):
    assert words(kind)


def test_no_page_shouts():
    for file in [*FOLDER.glob("*.html"), *(FOLDER.parent / "texts").glob("*.*")]:
        shown = file.read_text(encoding="utf-8").replace("<!doctype", "")
        assert "！" not in shown
        assert "!important" not in shown
