import pytest

from routing import lexicon
from routing.cues import CueBook
from routing.danger import DANGER_KINDS
from routing.taxonomy import CONCERNS


def test_every_concern_has_strong_words() -> None:
    strong = {owner for owner, weight, _ in lexicon.concern_cues() if weight == lexicon.WEIGHTS["strong"]}
    assert strong == set(CONCERNS)


def test_every_danger_has_its_rules_and_known_levels() -> None:
    owners = {owner for owner, _, _ in lexicon.danger_cues()}
    assert {owner.split("/")[0] for owner in owners} == set(DANGER_KINDS)
    assert {owner.split("/")[1] for owner in owners} == {"now", "soon", "quiet"}


def test_all_cues_can_be_read() -> None:
    CueBook([*lexicon.concern_cues(), *lexicon.danger_cues()], lexicon.groups())


@pytest.mark.parametrize("line", sorted({line for _, _, line in [*lexicon.concern_cues(), *lexicon.danger_cues()]}))
def test_every_word_of_a_cue_is_reachable(line: str) -> None:
    """Each alternative of each part fires its cue when the other parts stand by it."""
    book = CueBook([("cue", 1.0, line)], lexicon.groups())
    (cue,) = [cue for cues in book._by_first.values() for cue in cues]
    words = [[word for word, ids in book._by_word.items() if part in ids] for part in cue.parts]
    for place, alternatives in enumerate(words):
        for word in alternatives:
            text = "。".join(word if i == place else others[0] for i, others in enumerate(words))
            assert any(book.match(book.scan(text))), text


def test_pressing_concerns_exist() -> None:
    assert set(lexicon.load("urgency")["pressing"]) <= set(CONCERNS)


def test_known_words_have_readings_in_katakana() -> None:
    for reading in lexicon.load("words").values():
        assert all("ァ" <= sign <= "ー" for sign in reading)
