from deploy.simulator.counting import graphemes, utf16


def test_utf16_counts_an_emoji_as_two() -> None:
    assert [utf16("あ"), utf16("🍎"), utf16("𠮷"), utf16("a🍎")] == [1, 2, 2, 3]


def test_a_lone_surrogate_is_counted_and_does_not_break() -> None:
    assert utf16("\ud83d") == 1


def test_graphemes_count_what_people_see() -> None:
    family = "👨\u200d👩\u200d👧"
    assert [graphemes(family), graphemes("が"), graphemes("か\u3099"), graphemes("葛\U000e0100")] == [1, 1, 1, 1]
