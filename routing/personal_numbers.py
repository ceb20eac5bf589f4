"""Numbers and signs that lead to one person: telephone, マイナンバー, birth, accounts, e-mail and other cards' numbers.

Every pattern is bounded. Digits may be written in any width, in kanji, or as they are spoken (ゼロキュウゼロの…).
"""

import re
from collections.abc import Collection, Iterator
from itertools import chain

from routing.personal_signs import BOOK, HYPHEN, KANJI, SEEN, any_of, digits, kanji_digits

Spans = Iterator[tuple[int, int]]

# --- telephone -------------------------------------------------------------------------------------------------------

_GAP = r"[\s()\-‐‑‒–—―−ー.・~の、,/_]{0,3}"
_ABROAD = rf"(?:\+|00)81{_GAP}0?\)?{_GAP}"
_NO_MORE = rf"(?!\d|{HYPHEN}\d)"
_MOBILE = re.compile(rf"(?<!\d)\(?(?:{_ABROAD}|0{_GAP})[5-9]{_GAP}0(?:{_GAP}\d){{8}}{_NO_MORE}")
_LANDLINE = re.compile(rf"(?<!\d)\(?(?:{_ABROAD}|0{_GAP})[1-9](?:{_GAP}\d){{8}}{_NO_MORE}")
_LOCAL = re.compile(
    rf"(?:{any_of(BOOK['phone_words'])})[^\d\n{SEEN}]{{0,6}}"
    rf"((?:[5-9]0|[1-9]\d{{0,3}}){HYPHEN}?\d{{1,4}}{HYPHEN}\d{{4}}|[5-9]0\d{{8}}|\d{{2,4}}{HYPHEN}\d{{4}})(?![\d円])"
)
"""Right behind a word for telephone: without the code of the area, or without the 0 in front of it."""
_PUBLIC_STARTS = ("0120", "0570", "0800", "0990")
"""Free and shared numbers: those of services, nobody's own (総務省 電気通信番号計画)."""
_SHAPE = re.compile(r"\d{1,12}4|1{9,13}|32{4}|37|38|28|46")
"""Lengths of the groups of a telephone number: the last of four digits, or digit by digit, or 090 12 34 56 78."""
_LISTED = re.compile(r"\d\s?[、,/]")
_LISTED_SHAPE = re.compile(r"(?:24|33|42|34|51)4|1{10,11}")
"""What is parted by signs that also part days and sums must be parted as telephone numbers are."""

_SPOKEN: dict[str, str] = {word: digit for digit, words in BOOK["spoken_digits"].items() for word in words}
_ONE = rf"(?:\d|[〇零一二三四五六七八九]|{any_of(_SPOKEN)})"
_EACH = re.compile(_ONE)
_ZERO = rf"(?:[0〇零]|{any_of(BOOK['spoken_digits']['0'])})"
_SPOKEN_RUN = re.compile(rf"(?<!\d){_ZERO}(?:{_GAP}{_ONE}){{9,12}}")
_SPOKEN_LOCAL = re.compile(
    rf"(?:{any_of(BOOK['phone_words'])})[\sはがもの:、]{{0,3}}((?:{any_of(_SPOKEN)})(?:{_GAP}{_ONE}){{5,7}})"
)
_LANDLINE_DIGITS, _MOBILE_DIGITS = 10, 11


def phones(text: str, public: Collection[str]) -> Spans:
    yield from _spoken_phones(text, public)
    text = kanji_digits(text)
    for found in chain(_MOBILE.finditer(text), _LANDLINE.finditer(text)):
        number = re.sub(r"^(?:00)?810?", "0", digits(found[0]))
        if _is_secret(number, public) and _is_grouped(found[0]):
            yield found.span()
    for found in _LOCAL.finditer(text):
        number = digits(found[1])
        if _is_secret(number, public) and not any(known.endswith(number) for known in public):
            yield found.span(1)


def _is_secret(number: str, public: Collection[str]) -> bool:
    return not number.startswith(_PUBLIC_STARTS) and number not in public


def _is_grouped(written: str) -> bool:
    """Whether the digits stand as in a telephone number: in one piece, one by one, or with four at the end."""
    groups = [len(group) for group in re.findall(r"\d{1,20}", written)]
    shape = _LISTED_SHAPE if _LISTED.search(written) else _SHAPE
    return len(groups) == 1 or shape.fullmatch("".join(map(str, groups))) is not None


def _spoken_phones(text: str, public: Collection[str]) -> Spans:
    """Numbers in which digits are written as they are spoken. に may be a digit or what follows the number."""
    for found in _SPOKEN_RUN.finditer(text):
        each = list(_EACH.finditer(found[0]))
        number = "".join(_digit(one[0]) for one in each)
        length = _MOBILE_DIGITS if re.match(r"0[5-9]0", number) else _LANDLINE_DIGITS
        is_phone = len(number) >= length and not number.startswith("00") and _is_secret(number[:length], public)
        if is_phone and any(one[0] in _SPOKEN and len(one[0]) > 1 for one in each[:length]):
            yield found.start(), found.start() + each[length - 1].end()
    yield from (found.span(1) for found in _SPOKEN_LOCAL.finditer(text))


def _digit(word: str) -> str:
    return _SPOKEN.get(word) or kanji_digits(word)


# --- マイナンバー ----------------------------------------------------------------------------------------------------

_MY_NUMBER_DIGITS = 12
_MY_NUMBER = re.compile(r"(?<![\d\-])\d{4}[\s\-]?\d{4}[\s\-]?\d{4}(?![\d\-])")
_NAMED_NUMBER = re.compile(rf"(?:マイナンバー|個人番号)[^\d\n{SEEN}]{{0,8}}(\d{{4}}[\s\-]?\d{{4}}[\s\-]?\d{{4}})(?!\d)")


def my_numbers(text: str, _public: Collection[str]) -> Spans:
    yield from (found.span(1) for found in _NAMED_NUMBER.finditer(text))
    yield from (found.span() for found in _MY_NUMBER.finditer(text) if is_my_number(digits(found[0])))


def is_my_number(digits: str) -> bool:
    """Whether twelve digits are a マイナンバー by their check digit.

    Source: 行政手続における特定の個人を識別するための番号の利用等に関する法律の規定による通知カード及び個人番号カード
    並びに情報提供ネットワークシステムによる特定個人情報の提供等に関する省令（平成26年総務省令第85号）第5条:
    11 − (Σ Pn × Qn mod 11), or 0 where the remainder is 0 or 1; Pn is the n-th digit from the right before the check
    digit, Qn is n + 1 for n up to 6 and n − 5 from 7.
    """
    if len(digits) != _MY_NUMBER_DIGITS or not digits.isascii() or not digits.isdigit() or len(set(digits)) == 1:
        return False
    weights = (2, 3, 4, 5, 6, 7, 2, 3, 4, 5, 6)
    rest = sum(int(digit) * weight for digit, weight in zip(digits[10::-1], weights, strict=True)) % 11
    return int(digits[11]) == (0 if rest <= 1 else 11 - rest)


# --- e-mail and accounts ---------------------------------------------------------------------------------------------

_AT = rf"\s?(?:@|\(at\)|\[at\]|{any_of(BOOK['at_signs'])})\s?"
_DOT = rf"\s?(?:\.|\(dot\)|{any_of(BOOK['dots'])})\s?"
_LABEL = r"(?:[A-Za-z0-9\-]{1,63}|[ァ-ヴー]{2,10}|[ぁ-ゖー]{2,8}?)"
_EMAIL = re.compile(r"(?<![\w.+\-])[\w.+\-]{1,64}@[\w\-]{1,63}(?:\.[\w\-]{1,63}){1,4}", re.ASCII)
_SPOKEN_EMAIL = re.compile(
    rf"(?<![A-Za-z0-9_.+\-])[A-Za-z0-9_.+\-]{{1,64}}{_AT}{_LABEL}(?:{_DOT}[A-Za-z0-9\-]{{2,20}}){{1,4}}"
)
_SPOKEN_END = re.compile(
    rf"(?<![A-Za-z0-9_.+\-])[A-Za-z0-9_.+\-]{{1,64}}{_AT}{_LABEL}{_DOT}(?:{any_of(BOOK['domains'])})"
)
_AT_HINT = re.compile(rf"@|\(at\)|\[at\]|{any_of(BOOK['at_signs'])}")

_HANDLE = re.compile(r"(?<![A-Za-z0-9_.@])@[A-Za-z_][A-Za-z0-9_.\-]{2,29}")
_NAMED_HANDLE = re.compile(
    rf"(?i:{any_of(BOOK['account_words'])})[\sはがもの:、「『]{{0,4}}(@?[A-Za-z0-9][A-Za-z0-9_.\-]{{2,29}})"
)


def emails(text: str, _public: Collection[str]) -> Spans:
    if not _AT_HINT.search(text):
        return
    for pattern in (_EMAIL, _SPOKEN_EMAIL, _SPOKEN_END):
        yield from (found.span() for found in pattern.finditer(text))


def handles(text: str, _public: Collection[str]) -> Spans:
    yield from (found.span(1) for found in _NAMED_HANDLE.finditer(text))
    yield from (found.span() for found in _HANDLE.finditer(text))


# --- the day of birth ------------------------------------------------------------------------------------------------

_YEARS = r"[\d〇零元一二三四五六七八九十]{1,4}"
_DAYS = r"[\d〇一二三四五六七八九十]{1,3}"
_ERA = r"(?:明治|大正|昭和|平成|令和|(?<![A-Za-z])[MTSHR]\.?)"
_FULL = rf"(?:{_ERA}\s?{_YEARS}|(?<!\d)(?:19|20)\d\d|[一二]{_YEARS})\s?[年./\-]\s?{_DAYS}\s?[月./\-]\s?{_DAYS}日?"
_PART = rf"{_DAYS}\s?[月/]\s?{_DAYS}日?|(?<!\d)(?:19|20)\d{{6}}(?!\d)"
_BIRTHS = (
    re.compile(rf"(?:{any_of(BOOK['birth_words'])})[\sはがも:、]{{0,3}}((?:{_FULL})(?!\d)|{_PART})"),
    re.compile(rf"({_FULL})(?=\s?(?:に?生まれ|にうまれ|うまれ|生(?![き活年徒ま])|出生|に誕生))"),
    # A whole day of these eras is hardly ever told for anything else than for a birth.
    re.compile(
        rf"((?:明治|大正|昭和|(?<![A-Za-z0-9])[MTS]\.?)\s?{_YEARS}[年./\-]\s?{_DAYS}[月./\-]\s?{_DAYS}日?)"
        r"(?!\d|\s?(?:から|より|まで|以来|に(?:建|築|入|開|で|結|起|完|設)|付|づけ|築|建))"
    ),
)


def births(text: str, _public: Collection[str]) -> Spans:
    for pattern in _BIRTHS:
        yield from (found.span(1) for found in pattern.finditer(text))


# --- accounts at a bank, cards, cars ---------------------------------------------------------------------------------

_CODES = (
    re.compile(rf"(?:{any_of(BOOK['bank_words'])})[\sはがもの:]{{0,4}}(\d{{3,4}}-?\d{{3,5}}(?:-\d)?)(?![\d円])"),
    re.compile(
        rf"(?:{any_of(BOOK['card_words'])})[\sはがもの:]{{0,4}}([A-Z]{{0,2}}\d[\d\-]{{3,16}}\d[A-Z]{{0,2}})(?![\d円])"
    ),
    re.compile(r"記号[\sは:]{0,2}(\d{5}(?:-\d)?[\s、の]{0,2}番号[\sは:]{0,2}\d{2,8})"),
    re.compile(r"(?<!マイ)ナンバー(?:プレート)?[\sはがもの:]{0,3}(\d{1,2}-\d{2}|\d{4})(?!\d)"),
    # 長野500さ12-34: the hiragana of a plate (道路運送車両法施行規則 第2号様式), but for particles
    re.compile(
        rf"[{KANJI}]{{1,4}}\s?\d{{2,3}}[A-Z]?\s?[あ-えか-けこさ-そた-つてなねひふほまみむゆ-ろわ]\s?"
        r"(?:\d{1,2}-\d{2}|[・.]{1,3}\s?\d{1,3}|\d{4})(?!\d)"
    ),
)


def codes(text: str, _public: Collection[str]) -> Spans:
    for pattern in _CODES:
        yield from (found.span(pattern.groups) for found in pattern.finditer(text))
