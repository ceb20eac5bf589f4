"""Names in Japanese text, found by what stands around them: さん and the like, 宅, という人, 私は…です, an age.

A cue behind the name is found first; then the name is looked for in a window of fixed size before it. Before a weak
cue (宅, のおばあちゃん) only the family names of the lexicon are taken for names.
"""

import re
from collections.abc import Collection, Iterator
from itertools import chain

from routing.personal_signs import BOOK, KANJI, KATAKANA, VARIANT, any_of, hiragana

# --- what the lexicon knows ------------------------------------------------------------------------------------------


def _by_length(words: Collection[str]) -> tuple[frozenset[str], tuple[int, ...]]:
    return frozenset(words), tuple(sorted({len(word) for word in words}, reverse=True))


_HONORIFICS = ("さん", "さま", "様", "ちゃん", "くん", "君", "氏", "先生", "殿", "サン", "サマ", "チャン", "クン")
_NOT_FOLLOWED: dict[str, list[str]] = BOOK["not_followed"]
_WORDS = frozenset(chain.from_iterable(BOOK["words"]))
_WITH: dict[str, list[str]] = BOOK["with"]
_WITH_ENDS: dict[str, tuple[str, ...]] = {title: tuple(ends) for title, ends in BOOK["with_ends"].items()}
_ENDS, _END_LENGTHS = _by_length(BOOK["ends"])
_NAMES, _NAME_LENGTHS = _by_length(BOOK["names"])
_STARTS, _START_LENGTHS = _by_length(BOOK["starts"])
_VERBS = frozenset(BOOK["verbs"])
_FAMILIES = frozenset(word for line in BOOK["families"] for word in line.split()[:-1])
_KANA_FAMILIES = frozenset(line.split()[-1] for line in BOOK["families"])
_PLACES_TOO = frozenset(BOOK["places_too"]) | {
    line.split()[-1] for line in BOOK["families"] if line.split()[0] in BOOK["places_too"]
}
_UNTOLD = frozenset(BOOK["untold"])
_UNTOLD_ENDS = tuple(BOOK["untold_ends"])


def _ends_in(word: str, words: frozenset[str], lengths: tuple[int, ...]) -> bool:
    return any(word[-length:] in words for length in lengths)


# --- さん and the like -----------------------------------------------------------------------------------------------

_HONORIFIC = re.compile(
    "|".join(f"{word}(?!{any_of(_NOT_FOLLOWED[word])})" if word in _NOT_FOLLOWED else word for word in _HONORIFICS)
)
_WINDOW = 14
_LATIN_WINDOW = 60
_LONGEST_KANJI, _LONGEST_KANA, _SHORTEST = 4, 6, 2
_KANJI_SIGN = re.compile(rf"[{KANJI}{VARIANT}]")
_KANJI_RUN = re.compile(rf"[{KANJI}{VARIANT}](?:[ノツケ之]?[{KANJI}{VARIANT}]){{0,9}}$")
_FAMILY_BEFORE = re.compile(rf"(?<![{KANJI}])[{KANJI}{VARIANT}]{{1,3}}[ \u3000]$")
_GIVEN = re.compile(r"(?:[ァ-ヴー]{1,4}|(?<![ぁ-ゖ])[ぁ-ゖ]{2}|(?<=[のはがともに])[ぁ-ゖ]{2})[子江代美枝恵夫男雄郎]$")
_KATAKANA_RUN = re.compile(rf"(?<![{KATAKANA}])[ァ-ヴ][{KATAKANA}・]{{1,11}}$")
_KATAKANA_BEFORE = re.compile(rf"(?<![{KATAKANA}])[ァ-ヴ][{KATAKANA}]{{1,5}}[ \u3000]$")
_LATIN_RUN = re.compile(
    r"(?<![A-Za-z])(?:(?:[A-Z][a-z]{1,14}[ ・.]){0,3}(?:[A-Za-z]?[a-z]{2,19}|[A-Z][a-z])"
    r"|[A-Z]{2,14}(?: [A-Z]{2,14}){1,3})$"
)
_HIRAGANA_RUN = re.compile(r"[ぁ-ゖー]{2,14}$")
_PARTICLES = frozenset("のはがをもにとで、")
_NO_BEGINNING = frozenset("んっゃゅょぁぃぅぇぉー")
_POINTING = ("この", "その", "あの", "どの")
_POLITE = frozenset("お御ご")
_POLITE_WORDS = ("おば", "おじ", "おかあ", "おとう", "おにい", "おねえ", "おばあ", "おじい", "おくさ", "おまわり")
_VERB_AFTER = re.compile(r"(?:だ(?!け(?!ど|れ))|です|でし|じゃ|なら|な|や|か|ね|よ|の|では|と)")
_ADVERB = re.compile("と")
_SOMEBODY = re.compile(
    rf"と(?:{any_of(BOOK['together'])}|[{KANJI}ァ-ヴーぁ-ゖ]{{2,6}}(?:さん|ちゃん|くん|君|様|サン|チャン|クン))"
)
_NO_SUBJECT = frozenset("はもにをでとがてくずだ")
_SEEMS = re.compile("(?:です|でし|だ|な|に|で|。)")
_SEEMS_BEFORE = frozenset("いるたうくすつぬむぐぶなだの")
_AHEAD = 14


def names(text: str, _public: Collection[str]) -> Iterator[tuple[int, int]]:
    for found in _HONORIFIC.finditer(text):
        start = _name_before(text, found)
        if start is not None:
            yield start, found.start()
    yield from _told_names(text)
    yield from _families(text)


def _name_before(text: str, honorific: re.Match[str]) -> int | None:
    """Where the name in front of さん and the like begins; None where it is no name."""
    end, title = honorific.start(), hiragana(honorific[0])
    if text[end - 1 : end] == " ":
        end -= 1
    last = text[end - 1 : end]
    if not last or last.isspace():
        return None
    before, after = text[max(0, end - _WINDOW) : end], text[honorific.end() : honorific.end() + _AHEAD]
    if _KANJI_SIGN.match(last):
        name = _kanji_name(before, title, after)
    elif "ぁ" <= last <= "ゖ" or last == "ー":
        name = _katakana_name(before, title, after) or _hiragana_name(before, title, after)
    elif last.isascii():
        name = _latin_name(text[max(0, end - _LATIN_WINDOW) : end])
    else:
        name = _katakana_name(before, title, after)
    return end - len(name) if name else None


def _kanji_name(before: str, title: str, after: str) -> str:
    """The name at the end of `before`; empty where it is none."""
    found = _KANJI_RUN.search(before)
    if not found:
        return ""
    if given := _GIVEN.search(before):
        return given[0]
    run = found[0]
    if _ends_in(run, _NAMES, _NAME_LENGTHS):
        return run[-_LONGEST_KANJI:]
    name = _without_start(run.lstrip("御"))
    is_polite = before[: found.start()][-1:] in _POLITE and len(name) <= _SHORTEST
    is_verb = title == "くん" and name in _VERBS and _VERB_AFTER.match(after)
    if is_polite or is_verb or _is_word(name, title) or _ends_in(name, _ENDS, _END_LENGTHS):
        return ""
    family = _FAMILY_BEFORE.search(before[: found.start()])
    if family and len(name) == len(run) and not _is_word(family[0].strip(), title):
        return family[0] + name
    return name if name[:_SHORTEST] in _FAMILIES else name[-_LONGEST_KANJI:]


def _without_start(run: str) -> str:
    """The kanji of the name where a role or a time stands right before it (民生委員田中さん)."""
    start = next((length for length in _START_LENGTHS if run[:length] in _STARTS), 0)
    return run[start:] if len(run) - start >= _SHORTEST else run


def _is_word(name: str, title: str) -> bool:
    return name in _WORDS or name in _WITH.get(title, ()) or name.endswith(_WITH_ENDS.get(title, ()))


def _katakana_name(before: str, title: str, after: str) -> str:
    found = _KATAKANA_RUN.search(before)
    if not found:
        return ""
    run = found[0]
    if after[:1] and "ァ" <= after[0] <= "ヴ":  # all in katakana: サン may be a part of a word
        return _kana_family(run, with_given=True)
    if _is_word(run, title) or _is_word(hiragana(run), title) or _ends_in(run, _KATAKANA_WORDS, _KATAKANA_LENGTHS):
        return ""
    family = _KATAKANA_BEFORE.search(before[: found.start()])
    if family and family[0].strip() not in _WORDS:
        return family[0] + run
    return _kana_family(run, with_given=True) or run


_KATAKANA_WORDS, _KATAKANA_LENGTHS = _by_length(
    [word for word in _WORDS if len(word) > _SHORTEST and _KATAKANA_RUN.fullmatch(word)]
)


def _latin_name(before: str) -> str:
    """A name in Latin letters; one word of capitals is an organisation (JAさん) or stands for somebody (Aさん)."""
    found = _LATIN_RUN.search(before)
    return found[0] if found else ""


def _hiragana_name(before: str, title: str, after: str) -> str:
    found = _HIRAGANA_RUN.search(before)
    if not found:
        return ""
    run, joined = found[0], before[: found.start()][-1:]
    if title in {"様", "さま"} and run[-1] in _SEEMS_BEFORE and _SEEMS.match(after):
        return ""
    if family := _kana_family(run, with_given=True):
        return family
    is_joined = bool(joined) and joined not in " 、。「『（(\n\u3000!?！？・"
    name, is_split = _after_particle(run, is_joined=is_joined)
    is_adverb = title == "ちゃん" and _ADVERB.match(after) and not _is_with_somebody(name, after)
    is_verb = title == "くん" and _VERB_AFTER.match(after)
    if (is_joined and not is_split) or is_adverb or is_verb or not _can_begin(name) or _is_word(name, title):
        return ""
    if name.endswith(_POLITE_WORDS) or (name[0] in _POLITE and _is_word(name[1:], title)):
        return ""
    return name[-_LONGEST_KANA:]


def _is_with_somebody(name: str, after: str) -> bool:
    """Whether 〜ちゃんと is "with": somebody else follows, or what two do together; not "properly"."""
    return name[-1:] not in _NO_SUBJECT and _SOMEBODY.match(after) is not None


def _after_particle(run: str, *, is_joined: bool) -> tuple[str, bool]:
    """What follows the last particle that leaves a name behind it; one inside a name is not always told apart."""
    for at in range(len(run) - 3, -1, -1):
        is_particle = run[at] in _PARTICLES and (
            at >= _SHORTEST or (at == 0 and is_joined) or run.startswith(_POINTING)
        )
        if is_particle and _can_begin(run[at + 1 :]):
            return run[at + 1 :], True
    return run, False


def _can_begin(name: str) -> bool:
    return len(name) >= _SHORTEST and name[0] not in _NO_BEGINNING


# --- family names that are known -------------------------------------------------------------------------------------

_HIRAGANA_SIGNS = "".join(map(chr, range(ord("ぁ"), ord("ゖ") + 1)))
_FAMILY_LENGTHS = (6, 5, 4, 3)
_KANA_BEGINNINGS = frozenset(name[:_SHORTEST] for name in _KANA_FAMILIES)
_PLAIN = re.compile("[ぁ-ゖー]{1,14}")
_KANA_PARTICLES = frozenset("のはがともにでをへ")
_NO_GIVEN = re.compile("[市町村区県地駅在方面出身家宅邸様氏君殿病店社校院園会寺山川通線本支保病小中高大東西南北]")
_NO_GIVEN_END = re.compile("[市町村区県地駅宅邸店社校院園会寺山川線病]$")
_GIVEN_LENGTH = 3
_KIN_AFTER = f"の(?:お|ご|御)?(?:{any_of(BOOK['kin'])})"
_HOUSE = "宅(?![配急地老送])|家(?:族)?(?![庭具事計賃電財屋主畜系出])|邸|夫妻|夫婦|一家|親子|兄弟|姉妹"
_PEOPLE = any_of(BOOK["people"])
_CALLED = f"(?:と|って)(?:いう|言う|ゆう)(?:名前の|お|ご|苗字の|名字の)?(?:{_PEOPLE})|って(?:{_PEOPLE})"
_ONLY_PEOPLE = ("宅", "夫妻", "一家")
_AGE = r"[ \u3000、]?[(（ \u3000、]\s?\d{1,3}(?:歳|才|さい|代|\s?[)）])"
_SAYS = "と(?:申|もう)(?:し|す者)"
_CALLS = "(?:と|って)(?:いい|言い)ます"
_CUE = re.compile(f"(?P<says>{_SAYS})|(?P<kin>{_KIN_AFTER})|(?P<any>{_HOUSE}|{_CALLED}|{_AGE}|{_CALLS})")

CUES_AFTER = "|".join((any_of(_HONORIFICS), _KIN_AFTER, _HOUSE, _CALLED, _AGE, _SAYS, _CALLS))
"""A pattern of what may follow a name that was masked."""


def _families(text: str) -> Iterator[tuple[int, int]]:
    """Family names that are known, with or without a given name, before a weak cue."""
    for found in _CUE.finditer(text):
        end = found.start()
        before = text[max(0, end - _WINDOW) : end]
        if found["says"]:
            name = _known_name(before, with_given=True) or _any_name(before)
        else:
            name = _known_name(before, with_given=not found["kin"])
        if name and not _is_doubtful(name, found):
            yield end - len(name), end


def _is_doubtful(name: str, cue: re.Match[str]) -> bool:
    """Whether a bare family name may as well be a place (三輪のおばあちゃん), or a word of one kanji (東、78歳)."""
    if len(name) == 1:
        return not (cue["says"] or cue[0].startswith(_ONLY_PEOPLE))
    return name in _PLACES_TOO and (cue["kin"] is not None or cue[0].startswith((" ", "、", "\u3000")))


def _known_name(before: str, *, with_given: bool) -> str:
    last = before[-1:]
    if not last:
        return ""
    if _KANJI_SIGN.match(last):
        return _kanji_family(before, with_given=with_given)
    run = _HIRAGANA_RUN.search(before) if "ぁ" <= last <= "ゖ" else _KATAKANA_RUN.search(before)
    if not run:
        return ""
    name = _kana_family(run[0], with_given=with_given and last not in _KANA_PARTICLES)
    joined = before[: run.start()][-1:]
    is_cut = len(name) == len(run[0]) and joined and _KANJI_SIGN.match(joined)
    return "" if is_cut else name


def _kanji_family(before: str, *, with_given: bool) -> str:
    found = _KANJI_RUN.search(before)
    if not found:
        return ""
    name = _without_start(found[0])
    if name in _FAMILIES:
        return name
    family = _FAMILY_BEFORE.search(before[: found.start()])
    if family and family[0].strip() in _FAMILIES and len(name) <= _GIVEN_LENGTH:
        return family[0] + name
    if not with_given:
        return ""
    for length in (3, 2, 1):
        rest = name[length:]
        is_known = name[:length] in _FAMILIES and 1 <= len(rest) <= _GIVEN_LENGTH and len(name) > _SHORTEST
        if is_known and not _NO_GIVEN.match(rest) and not _NO_GIVEN_END.search(rest) and not _is_role(rest):
            return name
    return ""


def _is_role(word: str) -> bool:
    return word in _WORDS or _ends_in(word, _ENDS, _END_LENGTHS)


def _kana_family(run: str, *, with_given: bool) -> str:
    """The family name at the end of a run of kana, where it begins the run or follows a particle."""
    plain = run if _PLAIN.fullmatch(run) else hiragana(run)
    if len(plain) != len(run):  # voicing marks stand apart
        return run if plain in _KANA_FAMILIES else ""
    for at in (0, *(at for at, sign in enumerate(plain, 1) if sign in _KANA_PARTICLES)):
        if plain[at : at + _SHORTEST] not in _KANA_BEGINNINGS:
            continue
        length = next((length for length in _FAMILY_LENGTHS if plain[at : at + length] in _KANA_FAMILIES), 0)
        rest = plain[at + length :]
        if length and (not rest or (with_given and _is_given(rest))):
            return run[at:]
    return ""


def _is_given(rest: str) -> bool:
    """Whether `rest` may be a given name behind a family name: not a particle and another name or word."""
    behind = rest[1:] if rest[0] in _KANA_PARTICLES else ""
    is_other = behind in _KANA_FAMILIES or behind in _WORDS or behind.startswith(_POLITE_WORDS)
    return _SHORTEST <= len(rest) <= _LONGEST_KANA - 1 and not is_other and rest not in _WORDS and _can_begin(rest)


def _any_name(before: str) -> str:
    """What stands before と申します, if it is neither a role nor a word."""
    if before[-1:] and _KANJI_SIGN.match(before[-1]):
        found = _KANJI_RUN.search(before)
        name = _without_start(found[0]) if found else ""
        return "" if not name or _is_role(name) else name[-_LONGEST_KANJI:]
    run = _KATAKANA_RUN.search(before) or re.search(r"(?:^|(?<=[はのがも、。\s]))[ぁ-ゖ]{2,8}$", before)
    return run[0] if run and run[0] not in _WORDS else ""


# --- names that are told ---------------------------------------------------------------------------------------------

_WRITTEN = (
    rf"[{KANJI}{VARIANT}]{{1,5}}(?:[ \u3000・][{KANJI}{VARIANT}]{{1,4}})?|[{KANJI}]{{1,4}}[ \u3000]?[ぁ-ゖ]{{2,4}}?"
    rf"|[{KATAKANA}]{{2,10}}(?:[ \u3000・][{KATAKANA}]{{2,10}})?|[ぁ-ゖ]{{2,9}}?(?:[ \u3000][ぁ-ゖ]{{2,5}}?)?"
    r"|[A-Z][A-Za-z]{1,14}(?: [A-Z][A-Za-z]{1,14}){0,3}"
)
_TOLD_END = r"(?=\s{0,3}$|[。、,.!)」』\n]|です|でし|だ(?!れ|っ)|で、|とい|と言|と申|ともう|でござ)"
_TOLD = re.compile(
    rf"(?:{any_of(BOOK['name_words'])})(?:[ \u3000]?[はがも:][ \u3000]?|[ \u3000])「?({_WRITTEN}){_TOLD_END}"
)
_FORMERLY = re.compile(rf"旧姓[はが:]?\s?([{KANJI}{VARIANT}]{{1,4}})(?![{KANJI}])")
_MYSELF = re.compile(rf"(?:{any_of(BOOK['myself'])})[、 ]?({_WRITTEN})(?=です|でござ|とい|と言|って)")


def _told_names(text: str) -> Iterator[tuple[int, int]]:
    for found in _TOLD.finditer(text):
        name = found[1]
        if name not in _UNTOLD and not name.endswith(_UNTOLD_ENDS) and not _is_role(name) and not _is_inflected(name):
            yield found.span(1)
    yield from (found.span(1) for found in _FORMERLY.finditer(text) if found[1] not in _UNTOLD)
    for found in _MYSELF.finditer(text):
        if _known_name(found[1], with_given=True) == found[1] or hiragana(found[1]) in _KANA_FAMILIES:
            yield found.span(1)


def _is_inflected(name: str) -> bool:
    """Whether it is a word of kanji and hiragana (忘れた), not a family and a given name (田中はな)."""
    kanji = name.rstrip(_HIRAGANA_SIGNS)
    return len(kanji) < len(name) and kanji != "" and kanji.strip() not in _FAMILIES
