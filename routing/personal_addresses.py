"""Addresses in Japanese text, down to the house or the room: a district or a town alone is no personal data.

Every pattern is bounded. What is counted, a date or a road's number is left alone.
"""

import re
from collections.abc import Collection, Iterator

from routing.personal_signs import BOOK, HYPHEN, KANJI, KATAKANA, NOT_COUNTED, SEEN, VARIANT, N, any_of, digits

_HERE = rf"(?=\s?(?:{any_of(BOOK['lives_here'])}))"
_GROUND = "".join(BOOK["place_ends"])
_KANJI_N = r"[〇一二三四五六七八九]"
_IN_TOWN = rf"(?:(?<=[町村字][{KANJI}])|(?<=[町村字][{KANJI}]{{2}})|(?<=[町村字][{KANJI}]{{3}}))"
_ADDRESSES = tuple(
    re.compile(pattern)
    for pattern in (
        # 〇丁目〇番〇号, 2丁目3-4
        rf"(?<!\d){N}丁目\s?の?{N}(?:番地?|{HYPHEN})の?(?:{N}号?)?(?:{HYPHEN}\d{{1,4}})?{NOT_COUNTED}",
        rf"(?<!\d){N}丁目\s?の?{N}{NOT_COUNTED}",
        # 1234番地, 1234番地の5; 3番5号
        rf"(?<!\d){N}番地(?:の?{N}(?:号)?{NOT_COUNTED})?",
        rf"(?<!\d){N}番の?{N}号(?!室|車|棟|線)(?:の?{N}{NOT_COUNTED})?",
        # 三輪8-3-2: three parts right behind a place
        rf"(?<=[{KANJI}{VARIANT}ァ-ヴー町字])\s?(?!0|(?:19|20)\d\d-)\d{{1,5}}(?:{HYPHEN}\d{{1,4}}){{2,3}}{NOT_COUNTED}",
        # 〇〇町12-3, 布施高田1234-5, 若里1-2, 稲里町中央4-1
        rf"(?<=[町村区市郡字])\s?(?!0)\d{{1,5}}{HYPHEN}\d{{1,4}}{NOT_COUNTED}",
        rf"(?<=[{KANJI}][{KANJI}])(?!0)\d{{3,5}}-\d{{1,4}}{NOT_COUNTED}",
        rf"(?<=[{KANJI}][{_GROUND}])(?!0)\d{{1,4}}[\-‐‑‒–—―−ー]\d{{1,4}}(?!の\d){NOT_COUNTED}",
        rf"(?<=[{KANJI}][{_GROUND}]){_KANJI_N}{{1,3}}(?:{HYPHEN}{_KANJI_N}{{1,3}}){{2}}{NOT_COUNTED}",
        rf"{_IN_TOWN}\d{{1,5}}[\-‐‑‒–—―−ー]\d{{1,4}}{NOT_COUNTED}",
        # 緑町1613, 川中島町原523
        rf"(?<=[{KANJI}][町字])(?!(?:19|20)\d\d(?!\d))\d{{3,5}}{NOT_COUNTED}",
        rf"{_IN_TOWN}(?!(?:19|20)\d\d(?!\d))\d{{3,5}}{NOT_COUNTED}",
        # 塩崎2245に住んで, 3-2-1に住んで
        rf"(?<=[{KANJI}][{KANJI}])\d{{2,5}}{_HERE}",
        rf"(?<![\d\-])\d{{1,5}}(?:{HYPHEN}\d{{1,4}}){{1,3}}{_HERE}",
        # 203号室, 3号棟502, みどり荘203, ハイツ緑101, マンション一〇五, 3階の302
        rf"(?<![\d]){N}号室",
        rf"(?:{any_of(BOOK['buildings'])})\s?の?(?:\d{{3,4}}|{_KANJI_N}{{3,4}})(?:号|号室)?{NOT_COUNTED}",
        rf"(?:(?<=階の)|(?<=階))\s?(?:\d{{3,4}}|{_KANJI_N}{{3,4}})(?:号|号室)?{NOT_COUNTED}",
        # 〒380-0000, also without its sign
        r"〒\s?\d{3}-?\d{4}(?!\d)",
        rf"(?<![\d\-])\d{{3}}-\d{{4}}(?!-){NOT_COUNTED}",
        rf"(?<!{_KANJI_N}){_KANJI_N}{{3}}{HYPHEN}{_KANJI_N}{{4}}(?!{_KANJI_N}|{HYPHEN}){NOT_COUNTED}",
    )
)
_PART = rf"(?:\d{{1,5}}(?:{HYPHEN}\d{{1,4}}){{1,3}}|{_KANJI_N}{{1,4}}(?:{HYPHEN}{_KANJI_N}{{1,4}}){{1,3}})"
_TOLD_ADDRESSES = (
    re.compile(rf"(?:{any_of(BOOK['address_words'])})[^\d\n{SEEN}]{{0,12}}?({_PART}){NOT_COUNTED}"),
    re.compile(rf"(?:郵便番号)[\sはがも:]{{0,3}}(\d{{3}}(?:\s|{HYPHEN})?\d{{4}})(?!\d)"),
    re.compile(
        rf"(?:{any_of(BOOK['building_fronts'])})\s?(?:[{KANJI}]{{1,4}}|[{KATAKANA}]{{2,8}}|(?:(?![のはがでにをへと])[ぁ-ゖ]){{2,6}})"
        rf"の?\s?(\d{{3,4}}(?:号室?)?){NOT_COUNTED}"
    ),
)
_NOT_A_PLACE = re.compile(rf"(?:{any_of(BOOK['not_places'])}|(?<!郵便)番号)[がはもの:]?\s?$")
_LOOK_BACK = 8
_SHORTEST_PHONE = 6


def addresses(text: str, public: Collection[str]) -> Iterator[tuple[int, int]]:
    for pattern in (*_TOLD_ADDRESSES, *_ADDRESSES):
        for found in pattern.finditer(text):
            start, end = found.span(pattern.groups)
            if not _is_no_place(text, start) and not _is_public(digits(text[start:end]), public):
                yield start, end


def _is_public(number: str, public: Collection[str]) -> bool:
    """Whether it is a part of a telephone number that is no secret."""
    return len(number) >= _SHORTEST_PHONE and any(number in known for known in public)


def _is_no_place(text: str, start: int) -> bool:
    return _NOT_A_PLACE.search(text[max(0, start - _LOOK_BACK) : start]) is not None
