import pytest

from tests.dialogs.driver import Talk

STEPS = ["terms", "who", "where", "noticed", "since", "danger", "household", "contact", "phone", "summary"]


@pytest.mark.parametrize("step", STEPS)
def test_stop_asks_first_and_then_forgets(talk: Talk, step: str) -> None:
    talk.to(step).say("やめる")
    assert talk.state.step == step
    talk.tap("つづける")
    assert talk.state.step == step
    talk.say("やめる", "やめる")
    assert not talk.state.is_draft
    assert "消しました" in talk.words


@pytest.mark.parametrize("step", STEPS)
def test_later_keeps_everything_for_a_day(talk: Talk, step: str) -> None:
    talk.to(step)
    entries = talk.state.entries
    talk.say("あとで")
    assert "24時間" in talk.words
    talk.wait(hours=23)
    talk.tap("つづきから")
    assert (talk.state.step, talk.state.entries) == (step, entries)


@pytest.mark.parametrize("step", STEPS)
def test_from_the_start_asks_first(talk: Talk, step: str) -> None:
    talk.to(step).say("はじめから")
    assert talk.state.step == step
    talk.tap("消してはじめから")
    assert talk.state.step == ("terms" if step == "terms" else "who")
    assert talk.state.entries == ()


@pytest.mark.parametrize(("step", "earlier"), list(zip(STEPS[2:-1], STEPS[1:-2], strict=True)))
def test_back_goes_one_question_back_and_keeps_the_answers(talk: Talk, step: str, earlier: str) -> None:
    talk.to(step)
    entries = talk.state.entries
    talk.say("もどる")
    assert (talk.state.step, talk.state.entries) == (earlier, entries)
    assert "いまの答え" in talk.words


@pytest.mark.parametrize("step", ["terms", "who"])
def test_back_at_the_first_question_goes_home_where_nothing_is_told(talk: Talk, step: str) -> None:
    talk.to(step).say("もどる")
    assert "気になる人がいる" in talk.labels
    assert not talk.state.is_draft


def test_back_at_the_first_question_does_not_lose_what_was_told(talk: Talk) -> None:
    talk.to("where").say("もどる", "もどる")
    assert talk.labels == ["つづきから", "はじめから"]
    assert talk.state.get("reporter_type") == "neighbour"


@pytest.mark.parametrize(("step", "aside"), [("since", ""), ("summary", "fix")])
def test_correcting_on_coming_back_is_no_story(talk: Talk, step: str, aside: str) -> None:
    talk.to(step).menu("home")
    talk.say("なおす")
    assert (talk.state.step, talk.state.aside) == (step, aside)
    assert talk.state.all("story") == ("新聞がたまっています",)


def test_sending_on_coming_back_shows_the_summary_first(talk: Talk) -> None:
    talk.to("summary").tap("あとで")
    talk.say("送る")
    assert talk.labels == ["送る", "なおす", "やめる"]
    assert not talk.effects


@pytest.mark.parametrize(("text", "words"), [("送る", "さいごの確認"), ("なおす", "「もどる」でもどれます")])
def test_words_of_the_summary_are_explained_before_it(talk: Talk, text: str, words: str) -> None:
    talk.to("household").say(text)
    assert words in talk.words
    assert talk.state.step == "household"


@pytest.mark.parametrize("text", ["えっと", "つづける", "これでよい", "３"])
def test_a_word_on_coming_back_does_not_go_into_the_story(talk: Talk, text: str) -> None:
    talk.to("since").menu("home")
    talk.say(text)
    assert talk.state.all("story") == ("新聞がたまっています",)


def test_back_leaves_a_page_and_a_side_question_first(talk: Talk) -> None:
    talk.to("noticed").tap("家のまわり", "もどる")
    assert (talk.state.step, talk.state.page) == ("noticed", "")
    talk.tap("やめる", "もどる")
    assert (talk.state.step, talk.state.aside) == ("noticed", "")


def test_an_answer_can_stay_as_it_is(talk: Talk) -> None:
    talk.to("since").say("もどる", "もどる")
    assert talk.state.step == "where"
    talk.tap("変えずに進む")
    assert talk.state.step == "since"
    assert talk.state.get("district") == "asakawa"


def test_nothing_stays_as_it_is_where_nothing_was_answered(talk: Talk) -> None:
    talk.to("since").say("そのまま")
    assert talk.state.step == "since"


@pytest.mark.parametrize("step", STEPS)
def test_help_explains_and_asks_again(talk: Talk, step: str) -> None:
    before = talk.to(step).ask
    talk.say("ヘルプ")
    assert talk.ask == before
    assert len(talk.shown[-1]) >= 2


@pytest.mark.parametrize("text", ["もどる", "やめる", "あとで", "わからない", "はじめから", "ヘルプ", "そのまま"])
def test_commands_before_anything_is_begun_are_answered(talk: Talk, text: str) -> None:
    talk.say(text)
    assert not talk.state.is_draft
    assert "気になる人がいる" in talk.labels


@pytest.mark.parametrize("text", ["あとで", "もどる", "わからない", "はじめから"])
def test_words_that_wait_are_not_lost_by_a_command(talk: Talk, text: str) -> None:
    talk.say("となりの人を見ません", text)
    assert talk.state.all("story") == ("となりの人を見ません",)
    assert talk.labels == ["はじめる", "いまはしない"]


@pytest.mark.parametrize("text", ["戻ってこない人がいます", "やめるように言っても飲む", "あとで行くと言ったきり"])
def test_a_sentence_is_never_taken_for_a_command(talk: Talk, text: str) -> None:
    talk.to("noticed").say(text)
    assert talk.state.all("story") == (text,)


@pytest.mark.parametrize(
    ("text", "label"), [("メニュー", "つづきから"), ("緊急", "つづきから"), ("使い方", "つづきから")]
)
def test_the_menu_can_be_written(talk: Talk, text: str, label: str) -> None:
    talk.to("since").say(text)
    assert label in talk.labels


def test_the_path_can_be_begun_in_words(talk: Talk) -> None:
    talk.say("きになる人がいる")
    assert talk.state.step == "terms"
