from dialogs.effects import Clue
from tests.dialogs.driver import Talk


def test_a_long_story_is_shown_short_and_sent_whole(talk: Talk) -> None:
    talk.to("noticed").say("あ" * 500)
    talk.tap("これでよい")
    talk.to("summary")
    assert "あ" * 199 + "…" in talk.words
    assert "あ" * 201 not in talk.words
    talk.tap("送る")
    assert talk.effects[0].report.story == "あ" * 500


def test_the_suggestion_is_asked_for_words_and_signs(talk: Talk) -> None:
    talk.to("noticed").tap("暮らしやお金", "食べ物がない", "ほかのようすを見る", "子どもや動物", "動物が増えた")
    talk.say("困っています")
    talk.tap("これでよい")
    step = talk.to("summary").tap("送る")
    suggested = step.screens[1]
    searched = "困っています\n食べ物がない\n動物が増えて、多頭飼育になっている\nひとり暮らし"
    assert (suggested.story, suggested.district) == (searched, "asakawa")
    clues = (
        Clue("食べ物がない", "食べ物がない"),
        Clue("動物が増えた", "動物が増えて、多頭飼育になっている"),
        Clue("ひとり暮らし", "ひとり暮らし"),
    )
    assert talk.effects[0].clues == clues
    assert talk.effects[0].report.story == "困っています"


def test_the_plainest_report_is_complete(talk: Talk) -> None:
    talk.to("summary").tap("送る")
    submit = talk.effects[0]
    assert (submit.receipt, submit.script, submit.script_version) == ("K7QM-4T2X", "notice", 1)
    report = submit.report
    assert report.story == "新聞がたまっています"
    assert (report.observed_period, report.immediate_danger) == ("days", "no")
    assert (report.household_type, report.contact) == ("alone", "line")


def test_a_strange_position_in_an_old_state_is_no_position(talk: Talk) -> None:
    talk.to("summary")
    talk.state = talk.state.with_only("position", "here")
    talk.tap("送る")
    assert talk.effects[0].report.position is None
