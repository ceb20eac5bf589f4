import pytest

from dialogs.engine import Engine
from tests.dialogs.driver import Talk


def test_signs_are_chosen_and_taken_back(talk: Talk) -> None:
    talk.to("noticed").tap("家のまわり", "雪かきができていない", "洗濯物が出たまま", "✓雪かきができていない")
    assert talk.state.all("signs") == ("laundry",)
    talk.tap("ほかのようすを見る", "暮らしやお金", "食べ物がない", "これでよい")
    assert talk.state.all("signs") == ("laundry", "no_food")
    assert talk.state.step == "since"


def test_at_least_one_word_or_sign_is_needed(talk: Talk) -> None:
    talk.to("noticed").say("これでよい")
    assert "一つだけ教えて" in talk.words
    assert talk.state.step == "noticed"
    assert "これでよい" not in talk.labels


@pytest.mark.parametrize("text", ["9", "はい", "いや", "こんにちは", "①"])
@pytest.mark.parametrize("step", ["where", "noticed"])
def test_what_tells_nothing_is_no_answer_in_words(talk: Talk, step: str, text: str) -> None:
    if (step, text) == ("noticed", "①"):
        text = "7"  # ① is a choice there
    talk.to(step).say(text)
    assert talk.state.step == step
    assert not talk.state.all("story")
    assert talk.state.get("place_text") == ""
    assert len(talk.shown[-1]) >= 2


@pytest.mark.parametrize("text", ["いいえ", "ない", "ありません", "これでよい", "ok", "以上です", "送る"])
def test_nothing_more_to_tell_goes_on(talk: Talk, text: str) -> None:
    talk.to("noticed").say("新聞", text)
    assert talk.state.step == "since"
    assert talk.state.all("story") == ("新聞",)


@pytest.mark.parametrize("text", ["はい", "あります", "うん、まだあります"])
def test_more_to_tell_is_invited(talk: Talk, text: str) -> None:
    talk.to("noticed").say("新聞", text)
    assert "つづけて書いてください" in talk.words
    assert talk.state.step == "noticed"
    assert talk.state.all("story") == ("新聞",)


@pytest.mark.parametrize("step", ["terms", "who", "since", "danger", "household", "contact", "phone", "summary"])
def test_words_that_tell_something_are_kept_at_every_question(talk: Talk, step: str) -> None:
    talk.to(step).say("ベランダの洗濯物もそのままでした")
    assert "お預かりしました" in talk.words
    assert talk.state.step == step
    assert "ベランダの洗濯物もそのままでした" in talk.state.all("story")


def test_kept_words_are_asked_about_and_sent(talk: Talk) -> None:
    talk.to("who").say("ベランダの洗濯物もそのままでした")
    talk.to("noticed")
    assert "これでよい" in talk.labels
    talk.tap("これでよい")
    talk.to("summary").tap("送る")
    assert talk.effects[0].report.story == "ベランダの洗濯物もそのままでした"


@pytest.mark.parametrize(("talk_text", "text"), [("short", "あ" * 601), ("off", "ベランダの洗濯物もそのままでした")])
def test_words_beside_a_question_have_the_same_limits(engine: Engine, talk_text: str, text: str) -> None:
    talk = Talk(engine, talk_text)
    talk.menu("notice")
    talk.tap("わかりました")
    talk.say(text)
    assert "残していない" in talk.words or "残していません" in talk.words
    assert not talk.state.all("story")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3日前から", "days"),
        ("おととい", "days"),
        ("一昨日の夜から", "days"),
        ("先週から", "days"),
        ("13日前", None),
        ("３週間くらい前", "month"),
        ("1ヶ月前から", "month"),
        ("２カ月前", "longer"),
        ("去年の秋ごろから", "longer"),
        ("もっと前", "longer"),
        ("半年前", "longer"),
        ("けさから", "today"),
        ("きのうか今日", None),
        ("きのうではない", None),
    ],
)
def test_when_it_began_is_understood_in_own_words(talk: Talk, text: str, value: str | None) -> None:
    talk.to("since").say(text)
    assert talk.state.step == ("danger" if value else "since")
    assert talk.state.get("observed_period") == (value or "")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("隣に住んでいるおじいさん", "neighbour"),
        ("うちの母です", "family"),
        ("職場の同僚", "work"),
        ("隣の家の娘さん", None),
        ("近所の人ではない", None),
        ("夫に殴られています", None),
    ],
)
def test_who_it_is_is_understood_in_own_words(talk: Talk, text: str, value: str | None) -> None:
    talk.to("who").say(text)
    assert talk.state.get("reporter_type") == (value or "")
    assert talk.state.step == ("where" if value else "who")


def test_a_long_answer_in_own_words_is_kept_as_well(talk: Talk) -> None:
    text = "隣に住んでいるおじいさんが、夜中に何度も訪ねてきます"
    talk.to("who").say(text)
    assert talk.state.get("reporter_type") == "neighbour"
    assert talk.state.all("story") == (text,)
    assert "お預かりしました" in talk.words


def test_who_speaks_about_themselves_is_not_asked_about_somebody_else(talk: Talk) -> None:
    talk.menu("notice")
    talk.tap("わかりました", "自分のこと")
    asked = [talk.words]
    for answer in ("浅川", "はい", "お金がありません", "これでよい", "きょう", "いいえ", "ひとりで", "匿名", "送る"):
        talk.say(answer)
        asked.append(talk.words)
    words = "".join(asked)
    for told in ("どんなことで困っていますか", "あなたは、だれと暮らして", "話してくださって", "■困っていること"):
        assert told in words
    for other in ("気になる人は", "その人は", "気づいて、知らせて", "気になりましたか"):
        assert other not in words


def test_several_messages_make_one_story(talk: Talk) -> None:
    talk.to("noticed").say("一つめ", "二つめ")
    talk.tap("これでよい")
    talk.to("summary").tap("送る")
    assert talk.effects[0].report.story == "一つめ\n二つめ"


def test_words_can_be_written_anew(talk: Talk) -> None:
    talk.to("summary").tap("なおす", "気づいたこと", "ことばを消して書きなおす")
    assert talk.state.all("story") == ()
    talk.say("電気がつきません")
    talk.tap("これでよい")
    assert talk.state.step == "summary"
    assert talk.state.all("story") == ("電気がつきません",)


@pytest.mark.parametrize(
    ("step", "slot", "value"),
    [
        ("who", "reporter_type", "unanswered"),
        ("where", "district", ""),
        ("since", "observed_period", "unknown"),
        ("danger", "immediate_danger", "unknown"),
        ("household", "household_type", "unknown"),
        ("contact", "contact", "none"),
        ("phone", "contact", "line"),
    ],
)
def test_not_knowing_is_an_answer(talk: Talk, step: str, slot: str, value: str) -> None:
    talk.to(step).say("わからない")
    assert talk.state.step != step
    assert talk.state.get(slot) == value


@pytest.mark.parametrize("step", ["terms", "noticed", "summary"])
def test_not_knowing_is_explained_where_it_is_no_answer(talk: Talk, step: str) -> None:
    before = talk.to(step).ask.text
    talk.say("わかんない")
    assert len(talk.shown[-1]) >= 2
    assert talk.ask.text == before


@pytest.mark.parametrize("text", ["12345", "110", "電話はありません", "ない", "1"])
def test_what_is_no_telephone_number_is_asked_again(talk: Talk, text: str) -> None:
    talk.to("phone").say(text)
    assert talk.state.step == "phone"
    assert "電話番号として" in talk.words


def test_a_number_counts_only_where_calls_are_wanted(talk: Talk) -> None:
    talk.to("phone").say("090-1234-5678")
    talk.tap("なおす", "あなたへの連絡", "連絡はいらない（匿名）")
    assert "0901" not in talk.words
    talk.tap("送る")
    report = talk.effects[0].report
    assert (report.contact, report.phone) == ("none", "")
    assert "phone" not in report.sources


def test_calls_are_not_offered_where_no_words_are_taken(engine: Engine) -> None:
    talk = Talk(engine, "off")
    talk.menu("notice")
    talk.tap("わかりました", "近所の人", "わからない", "家のまわり", "洗濯物が出たまま", "これでよい")
    talk.tap("きょう", "いいえ", "ひとりで")
    assert talk.labels == ["このLINEで", "連絡はいらない（匿名）"]


def test_a_report_tells_where_its_words_came_from(talk: Talk) -> None:
    talk.to("noticed").say("一つめ", "2", "姿を見ない")
    talk.tap("これでよい")
    talk.to("summary").tap("送る")
    sources = talk.effects[0].report.sources
    assert sources == {"place_text": ("m1",), "district": ("m1",), "story": ("m2",), "signs": ("m4",)}
