"""Which district a person means: by name, reading, alias, town or landmark, with small typing errors forgiven."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from routing.directory import District
from routing.normalise import Normalised, fold, normalise

PLACES_SHOWN = 4
_ANSWER_LENGTH = 20
_SLIPS = ((4, 1), (7, 2))
_SHORT_KANA = 3

# A number alone (「第一」) names a district only when it is the whole answer.
_NUMBER = re.compile(r"第?[一二三四五1-5](?:地区)?")
_BARE_NUMBER = re.compile(r"第?[一二三四五1-5]")
_KANA = re.compile(r"[ぁ-ゖー]+")
_PERSON_AFTER = re.compile(r"(?:さん|様|さま|くん|君|ちゃん|先生|氏)")
_PARTICLE_AFTER = re.compile(
    r"$|[^ぁ-ゖ]|の|に|で|が|は|を|も|と|へ|や|か|ちく|です|だ|あたり|へん|から|まで|らへん|ほう|えき"
)
_TAIL = re.compile(
    r"(?:地区|ちく)?(?:の?(?:ほう|方|あたり|辺り|辺|へん|近く|ちかく|付近|周辺|なか|中|人|ひと))?"
    r"(?:だと思います|だと思う|と思います|と思う|です|だよ|だ|になります|かな|かも)?[。.!?]*$"
)


@dataclass(frozen=True, slots=True)
class _Form:
    """One way to write a place. `rank` 0 is the district itself, 1 a town or landmark in it."""

    written: str
    district: District
    rank: int

    @property
    def is_kana(self) -> bool:
        return _KANA.fullmatch(self.written) is not None


@dataclass(frozen=True, slots=True)
class _Hit:
    start: int
    end: int
    form: _Form


class Gazetteer:
    """All the names of a city's districts. Immutable; threads share it."""

    def __init__(self, districts: Sequence[District], not_places: Iterable[str] = ()) -> None:
        self._forms = [form for district in districts for form in _forms(district)]
        self._not_places = [fold(word) for word in not_places]
        self._by_first: dict[str, list[_Form]] = {}
        for form in self._forms:
            self._by_first.setdefault(form.written[:1], []).append(form)

    def places(self, text: str) -> tuple[District, ...]:
        """Districts named in the text, best first: the whole answer, then names in it, then near misses."""
        read = normalise(text)
        answer = _TAIL.sub("", read.folded)
        exact = [form for form in self._forms if answer and form.written in (answer, read.folded)]
        forms = exact or [hit.form for hit in self._hits(read)]
        if not forms and len(answer) <= _ANSWER_LENGTH:
            forms = self._near_misses(answer)
        return _ranked(forms)

    def _hits(self, read: Normalised) -> list[_Hit]:
        found = [
            _Hit(start, start + len(form.written), form)
            for start, sign in enumerate(read.folded)
            for form in self._by_first.get(sign, ())
            if read.folded.startswith(form.written, start)
        ]
        covers = [
            (at.start(), at.end()) for word in self._not_places for at in re.finditer(re.escape(word), read.folded)
        ]
        standing = [hit for hit in found if _stands(read, hit)]
        spans = {(hit.start, hit.end) for hit in standing} | set(covers)
        return [hit for hit in standing if not _is_inside(hit, spans)]

    def _near_misses(self, answer: str) -> list[_Form]:
        slips = max((allowed for length, allowed in _SLIPS if len(answer) >= length), default=0)
        if not slips or not _KANA.fullmatch(answer):
            return []
        scored = [(OSA.distance(answer, form.written), form) for form in self._forms if form.is_kana]
        best = min((distance for distance, _ in scored), default=slips + 1)
        return [form for distance, form in scored if distance == best <= slips]


def _forms(district: District) -> list[_Form]:
    own = (district.name, district.kana, *district.aliases)
    within = (*district.towns, *district.landmarks)
    ranked = [*((name, 0) for name in own), *((name, 1) for name in within)]
    return [_Form(fold(name), district, rank) for name, rank in ranked if fold(name)]


def _stands(read: Normalised, hit: _Hit) -> bool:
    after = read.folded[hit.end :]
    if _BARE_NUMBER.fullmatch(hit.form.written) or _PERSON_AFTER.match(after):
        return False
    if hit.start and _NUMBER.fullmatch(hit.form.written) and read.folded[hit.start - 1].isdigit():
        return False
    if hit.form.is_kana:
        return _begins_word(read, hit) and _PARTICLE_AFTER.match(after) is not None
    return True


def _begins_word(read: Normalised, hit: _Hit) -> bool:
    """Kana names are short and hide in other words, so the shortest must follow a gap or a sign that is no kana."""
    before = read.plain[: read.places[hit.start]][-1:]
    return len(hit.form.written) > _SHORT_KANA or not _KANA.fullmatch(before) or before in "のはがにで"


def _is_inside(hit: _Hit, spans: set[tuple[int, int]]) -> bool:
    """信州新町 is not 新町: a name within a longer one does not count."""
    return any(s <= hit.start and hit.end <= e and e - s > hit.end - hit.start for s, e in spans)


def _ranked(forms: Iterable[_Form]) -> tuple[District, ...]:
    best: dict[str, _Form] = {}
    for form in sorted(forms, key=lambda form: form.rank):
        best.setdefault(form.district.id, form)
    return tuple(form.district for form in best.values())[:PLACES_SHOWN]
