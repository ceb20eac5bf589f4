import re
from pathlib import Path

import pytest

import bot
from bot.texts import _all, text

SOURCES = [path.read_text(encoding="utf-8") for path in Path(bot.__file__).parent.glob("*.py")]
USED = {key for source in SOURCES for key in re.findall(r'\b(?:text|words)\(\s*"([a-z_]+)"', source)}
# Keys that are chosen by a condition, or handed on.
USED |= {"line_with_note", "line", "answer_at", "answer_at_full_hour", "group", "nobody"}


def test_every_key_in_the_code_has_its_text():
    assert set(_all()) >= USED


def test_no_text_is_left_that_nobody_says():
    assert set(_all()) <= USED


def test_no_text_shouts():
    assert not [key for key, words in _all().items() if "!" in words or "！" in words]


def test_a_missing_key_is_an_error():
    with pytest.raises(KeyError):
        text("no_such_key")
