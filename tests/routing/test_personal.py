"""Personal data are found in what people really write; what staff need to understand is left alone."""

import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from routing import personal
from routing.personal import Personal, find, is_my_number, masked

EXAMPLES: dict[str, Any] = yaml.safe_load(
    (Path(__file__).parent / "personal_examples.yaml").read_text(encoding="utf-8")
)
FRIENDS: list[str] = [str(text) for text in EXAMPLES["nothing"]]
TOLD = [
    (kind, str(text), kept) for kind, texts in EXAMPLES.items() if kind != "nothing" for text, kept in texts.items()
]
PIECES = [
    *("田中", "さん", "ちゃん", "様", "090", "-1234-", "5678", "〇〇", "〇", "（電話番号）", "の", "三輪", "8-3-2"),
    *("丁目", "電話", "号室", "203", "@", "a", "example.jp", "＋８１", " ", "\n", "はなこ", "マイナンバー"),
    *("123456789018", "一二三", "\ud83d", "\u0301", "葛󠄀", "ﾀﾅｶ", "住所は", "くん", "です", "〒", "-", "先生"),
]
TEXTS = st.text(max_size=60) | st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


@pytest.mark.parametrize(("kind", "text", "kept"), TOLD, ids=[text for _, text, _ in TOLD])
def test_no_47_what_tells_of_a_person_is_masked_and_the_rest_stays(kind: str, text: str, kept: str) -> None:
    found = find(text)
    assert masked(text, found) == kept
    assert kind == "several" or {personal.kind for personal in found} == {kind}


@pytest.mark.parametrize("text", FRIENDS)
def test_what_tells_of_nobody_stays_as_it_is(text: str) -> None:
    assert find(text) == ()


def test_there_are_examples_enough() -> None:
    assert len(TOLD) + len(FRIENDS) >= 250


@given(TEXTS)
def test_pieces_stand_in_order_within_the_text(text: str) -> None:
    found = find(text)
    ends = [0, *(personal.end for personal in found)]
    assert all(end <= personal.start < personal.end <= len(text) for end, personal in zip(ends, found, strict=False))


@settings(max_examples=300)
@given(TEXTS)
def test_masking_twice_is_masking_once(text: str) -> None:
    once = masked(text, find(text))
    assert masked(once, find(once)) == once


@given(TEXTS)
def test_what_was_found_is_no_longer_there(text: str) -> None:
    found = find(text)
    kept = masked(text, found)
    numbers = [text[p.start : p.end] for p in found if p.kind in {"phone", "my_number"} and p.end - p.start > 8]
    assert not any(number in kept for number in numbers if text.count(number) == 1)


@pytest.mark.parametrize("sign", ["あ", "田", "さん", "0", "-", "〇", "@", "0-", "ア", " ", "丁目", "電話", "\ud83d"])
def test_no_39_ten_thousand_signs_are_read(sign: str) -> None:
    text = sign * (10_000 // len(sign))
    assert isinstance(masked(text, find(text)), str)


sre: Any = import_module("re._parser")  # it has no types; it knows how far a pattern can reach


def _patterns() -> list[re.Pattern[str]]:
    values = [*vars(personal).values(), *personal._ADDRESSES]
    return [value for value in values if isinstance(value, re.Pattern)]


@pytest.mark.parametrize("pattern", _patterns(), ids=lambda pattern: pattern.pattern[:30])
def test_no_pattern_reads_further_than_a_fixed_length(pattern: re.Pattern[str]) -> None:
    """So the time is linear: a bounded look from every sign."""
    _, longest = sre.parse(pattern.pattern, pattern.flags).getwidth()
    assert longest <= 600


def test_the_city_s_own_numbers_are_no_secret() -> None:
    assert find("026-224-1234にかけた", public={"0262241234"}) == ()
    assert find("026-224-1234と026-224-9999", public={"0262241234"}) == (Personal("phone", 13, 25),)


@pytest.mark.parametrize(("digits", "is_one"), [("123456789018", True), ("123456789010", False), ("1" * 12, False)])
def test_a_my_number_is_known_by_its_check_digit(digits: str, *, is_one: bool) -> None:
    assert is_my_number(digits) is is_one


@given(st.text("0123456789", min_size=11, max_size=11).filter(lambda digits: len(set(digits)) > 1))
def test_every_eleven_digits_have_one_check_digit(digits: str) -> None:
    assert sum(is_my_number(f"{digits}{check}") for check in range(10)) == 1


def test_twelve_digits_that_are_no_my_number_stay() -> None:
    assert find("伝票は123456789010です") == ()
