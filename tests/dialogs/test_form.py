"""The 安心フォーム beside the talk: the way to it, what comes back from it, and that the talk never shows it."""

import pytest

from dialogs.engine import Engine
from dialogs.events import Danger, FormDone, Heard, Place
from dialogs.screens import DangerCard, FormLink, Suggested
from dialogs.state import State
from tests.dialogs.driver import POLICE, Talk, texts_of

SECRET = {
    "story": "ひみつの話",
    "name": "ひみつの人",
    "address": "ひみつの住所",
    "landmark": "ひみつの店",
    "contact": "phone",
    "phone": "09012345678",
    "photos": ("p1", "p2"),
}
STEPS = ["", "terms", "who", "where", "noticed", "since", "danger", "household", "contact", "phone", "summary"]


@pytest.fixture
def talk(engine: Engine) -> Talk:
    return Talk(engine, has_form=True)


def links(talk: Talk) -> list[FormLink]:
    return [screen for screen in talk.shown[-1] if isinstance(screen, FormLink)]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("words", ["安心フォームで書く", "あんしんフォーム", "フォーム"])
def test_the_form_can_be_wished_for_in_words_at_every_question(talk: Talk, step: str, words: str) -> None:
    talk.to(step)
    before = talk.state
    talk.say(words)
    assert len(links(talk)) == 1
    assert (talk.state.step, talk.state.entries) == (before.step, before.entries)


@pytest.mark.parametrize("step", ["where", "noticed", "phone"])
def test_the_form_is_a_button_where_words_are_asked_for(talk: Talk, step: str) -> None:
    talk.to(step).tap("安心フォームで書く")
    assert len(links(talk)) == 1
    assert talk.state.step == step


def test_the_rich_menu_may_lead_to_the_form(talk: Talk) -> None:
    talk.menu("form")
    assert len(links(talk)) == 1


@pytest.mark.parametrize("step", ["where", "noticed", "phone"])
def test_without_a_form_nothing_speaks_of_it(engine: Engine, step: str) -> None:
    talk = Talk(engine).to(step)
    assert "安心フォーム" not in talk.words
    assert "安心フォームで書く" not in [choice.label for choice in talk.ask.more]
    talk.say("安心フォーム")
    assert not links(talk)
    assert "使えません" in talk.words


@pytest.mark.parametrize("kind", ["image", "video", "audio", "file"])
def test_no_35_photos_and_files_are_explained_with_the_form(talk: Talk, engine: Engine, kind: str) -> None:
    talk.to("noticed").send(kind)
    assert len(links(talk)) == 1
    without = Talk(engine).to("noticed")
    without.send(kind)
    assert "受けとれません" in without.words


def test_no_36_a_set_of_photos_is_answered_once(talk: Talk) -> None:
    answers = [talk.send("image", "set-1").screens for _ in range(5)]
    assert [bool(screens) for screens in answers] == [True, False, False, False, False]
    assert talk.send("image", "set-2").screens


def test_no_36_photos_without_a_set_are_answered_once_in_two_seconds(talk: Talk) -> None:
    assert talk.send("image").screens
    assert not talk.send("image", soon=True).screens
    talk.wait(seconds=1.9)
    assert not talk.send("video", soon=True).screens
    talk.wait(seconds=0.1)
    assert talk.send("image", soon=True).screens


def test_a_sticker_among_photos_is_answered(talk: Talk) -> None:
    talk.send("image")
    assert talk.send("sticker", soon=True).screens


@pytest.mark.parametrize("step", STEPS)
def test_nothing_of_the_form_is_ever_shown(talk: Talk, step: str) -> None:
    talk.to(step)
    talk.fill(**SECRET)
    for _ in range(12):
        assert not any(
            str(part) in text
            for value in SECRET.values()
            for part in ([value] if isinstance(value, str) else value)
            for screens in talk.shown
            for screen in screens
            for text in texts_of(screen)
            if value != "phone"
        )
        if talk.effects:
            break
        talk.say({"who": "近所の人", "where": "わからない", "summary": "送る"}.get(talk.state.step, "1"))
    [submit] = talk.effects
    report = submit.report
    assert report.story.endswith("ひみつの話")
    assert (report.name, report.address, report.photos) == ("ひみつの人", "ひみつの住所", ("p1", "p2"))
    assert report.place_text.endswith("ひみつの店")
    assert (report.contact, report.phone) == ("phone", "09012345678")


def test_the_form_begins_the_path_with_the_notice_as_read(talk: Talk) -> None:
    talk.fill(story="ひみつの話")
    assert talk.state.step == "who"
    assert "terms" in talk.state.once
    assert set(talk.state.done) == {"terms", "noticed"}


def test_words_that_waited_join_what_the_form_told(talk: Talk) -> None:
    talk.say("新聞がたまっています")
    talk.fill(story="ひみつの話")
    assert talk.state.step == "who"
    assert talk.state.of("story", private=False) == ("新聞がたまっています",)
    assert talk.state.of("story", private=True) == ("ひみつの話",)


def test_the_form_s_story_stands_after_the_talk_s(talk: Talk) -> None:
    talk.to("who")
    talk.fill(story="ひみつの話")
    talk.tap("近所の人")
    talk.say("わからない", "新聞がたまっていて心配です", "この数日", "いいえ", "ひとりで", "LINE", "送る")
    assert talk.effects[0].report.story == "新聞がたまっていて心配です\nひみつの話"


def test_a_second_form_replaces_what_the_first_one_told_and_keeps_the_rest(talk: Talk) -> None:
    talk.fill(story="ひみつ1", name="ひみつの人", photos=("p1",))
    talk.fill(story="ひみつ2", photos=("p2", "p3"))
    assert talk.state.all("story") == ("ひみつ2",)
    assert talk.state.all("photos") == ("p2", "p3")
    assert talk.state.get("name") == "ひみつの人"


def test_one_district_answers_where_it_is(talk: Talk) -> None:
    talk.to("where")
    talk.act(FormDone(landmark="浅川の店"))
    assert talk.state.step == "noticed"
    assert talk.state.get("district") == "asakawa"
    assert "浅川" not in talk.words


@pytest.mark.parametrize("places", [(), (Place("a", "あ地区"), Place("b", "い地区"))])
def test_without_a_sure_district_the_place_is_asked_and_the_landmark_kept(
    talk: Talk, places: tuple[Place, ...]
) -> None:
    talk.to("where")
    talk.act(FormDone(landmark="ひみつの店"), Heard(places=places))
    assert talk.state.step == "where"
    talk.say("浅川", "はい")
    talk.say("新聞がたまっています", "これでよい", "この数日", "いいえ", "ひとりで", "LINE", "送る")
    report = talk.effects[0].report
    assert (report.district, report.place_text) == ("asakawa", "ひみつの店")


def test_a_place_in_the_story_alone_does_not_answer_where(talk: Talk) -> None:
    talk.to("where")
    talk.act(FormDone(story="浅川で見た"))
    assert talk.state.step == "where"


def test_districts_to_choose_from_stay_when_the_form_tells_no_place(talk: Talk) -> None:
    talk.to("where").say("浅川の店")
    talk.fill(story="ひみつの話")
    assert (talk.state.step, talk.state.aside) == ("where", "place")


def test_calls_without_a_number_are_asked_for_it(talk: Talk) -> None:
    talk.to("summary")
    talk.fill(contact="phone")
    assert talk.state.step == "phone"


def test_the_form_s_contact_replaces_the_talk_s_number(talk: Talk) -> None:
    talk.to("phone").say("026-224-0000")
    talk.fill(contact="line")
    assert talk.state.step == "summary"
    talk.tap("送る")
    assert (talk.effects[0].report.contact, talk.effects[0].report.phone) == ("line", "")


@pytest.mark.parametrize("aside", ["やめる", "はじめから", "あとで", "メニュー"])
def test_a_side_question_gives_way_to_the_form(talk: Talk, aside: str) -> None:
    talk.to("since").say(aside)
    talk.fill(story="ひみつの話")
    assert (talk.state.step, talk.state.aside) == ("since", "")


def test_no_46_danger_in_the_form_comes_first_and_is_not_repeated(talk: Talk) -> None:
    talk.to("household")
    heard = Heard(danger=Danger("now", ("dv",), (POLICE,)))
    step = talk.act(FormDone(story="ひみつの話"), heard)
    assert isinstance(step.screens[0], DangerCard)
    assert talk.state.calm
    talk.say("つづける", "ひとりで", "LINE", "送る")
    assert talk.effects[0].report.danger_kinds == ("dv",)


def test_a_form_after_the_draft_expired_begins_a_new_one(talk: Talk) -> None:
    talk.to("since").wait(hours=25)
    talk.fill(story="ひみつの話")
    assert "書きかけの内容は消えました" in talk.words
    assert talk.state.step == "who"
    assert talk.state.all("story") == ("ひみつの話",)


def test_no_31_an_unsend_leaves_the_form_alone(talk: Talk) -> None:
    talk.to("noticed").say("新聞がたまっています")
    talk.fill(story="ひみつの話", phone="09012345678", contact="phone")
    talk.unsend(talk.messages)
    assert talk.state.all("story") == ("ひみつの話",)
    assert talk.state.get("phone") == "09012345678"


def test_words_written_anew_leave_the_form_s_story(talk: Talk) -> None:
    talk.to("noticed").say("新聞がたまっています")
    talk.fill(story="ひみつの話")
    talk.tap("もどる", "ことばを消して書きなおす")
    assert talk.state.all("story") == ("ひみつの話",)
    assert "ことばを消して書きなおす" not in talk.labels


def test_an_empty_form_changes_nothing(talk: Talk) -> None:
    talk.to("since")
    before = talk.state.entries
    talk.fill()
    assert (talk.state.step, talk.state.entries) == ("since", before)


def test_of_a_story_from_the_form_no_reasons_are_shown(talk: Talk) -> None:
    talk.to("summary")
    talk.fill(story="ひみつの話")
    talk.tap("送る")
    [suggested] = [screen for screen in talk.shown[-1] if isinstance(screen, Suggested)]
    assert not suggested.reasons


def test_the_form_stays_private_through_json(talk: Talk) -> None:
    talk.fill(**SECRET)
    entries = State.from_json(talk.state.to_json()).entries
    assert all(entry.private for entry in entries)


class TestOff:
    """A city that takes no words in the talk."""

    @pytest.fixture
    def talk(self, engine: Engine) -> Talk:
        return Talk(engine, "off", has_form=True)

    @pytest.mark.parametrize(("step", "words"), [("where", "スーパーのうら"), ("noticed", "新聞がたまっています")])
    def test_words_are_sent_to_the_form(self, talk: Talk, step: str, words: str) -> None:
        talk.to("where")
        if step == "noticed":
            talk.say("わからない")
        before = talk.state.entries
        talk.say(words)
        assert len(links(talk)) == 1
        assert talk.state.entries == before

    def test_calls_are_possible_and_their_number_goes_into_the_form(self, talk: Talk) -> None:
        talk.fill(story="ひみつの話")
        talk.say("近所の人", "わからない", "この数日", "いいえ", "ひとりで")
        talk.tap("電話で")
        talk.say("026-224-0000")
        assert len(links(talk)) == 1
        assert talk.state.get("phone") == ""
        talk.fill(contact="phone", phone="0262240000")
        talk.tap("送る")
        assert talk.effects[0].report.phone == "0262240000"

    def test_danger_is_heard_where_no_words_are_taken(self, talk: Talk) -> None:
        step = talk.to("where").say("人が倒れています")
        assert isinstance(step.screens[0], DangerCard)
