import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from linebot.v3.messaging import PushMessageRequest, ReplyMessageRequest

from bot.render import flattened, render
from bot.shown import Agencies, AgencyCard, FormButton, Shown
from bot.texts import text
from dialogs.events import HelpLine
from dialogs.screens import Ask, Choice, DangerCard, Say
from tests.bot.line_limits import check

FIRE = HelpLine("消防・救急", "119", "119", "24時間")
POLICE = HelpLine("警察", "110", "110")
YORISOI = HelpLine("よりそいホットライン", "0120-279-338", "0120279338", "24時間")
ADVICE = HelpLine("救急安心センター", "#7119", "#7119", "24時間")
DANGER = DangerCard(
    "いま危ないときは、先に電話してください", "電話のあとで、つづきをうかがいます。", (FIRE, POLICE, YORISOI, ADVICE)
)

OPEN = AgencyCard("地域包括支援センターふるさと", "026-000-0000", "平日 8:30〜17:15", True, ("高齢者の介護", "認知症"))
UNKNOWN = AgencyCard("まいさぽ", "", "", None, ())
CLOSED = AgencyCard("こども家庭センター", "026-000-0001", "平日 8:30〜17:15", False, ("児童虐待",))


def choices(number: int) -> tuple[Choice, ...]:
    return tuple(Choice(f"こたえ{n}", f"k1:s:n:{n}", f"こたえ{n}") for n in range(1, number + 1))


FORM = FormButton("名前や住所も書けます。", "安心フォームをひらく", "https://city.example/form/" + "a" * 43)
BACK = Choice("もどる", "k1:s:n:.back", "もどる")
STOP = Choice("やめる", "k1:s:n:.stop", "やめる")


class TestSay:
    def test_is_one_text_message(self):
        assert render([Say("うけとりました。")]) == [{"type": "text", "text": "うけとりました。"}]

    def test_nothing_to_say_is_no_message(self):
        assert render([]) == []
        assert render([Say(""), Say(" \n"), Ask("")]) == []

    def test_no_39_a_text_beyond_the_limit_becomes_two_messages_and_loses_nothing(self):
        messages = render([Say("あ" * 6_000)])
        assert "".join(message["text"] for message in messages) == "あ" * 6_000
        check(messages)

    def test_no_43_signs_of_templates_stay_plain_text(self):
        assert render([Say("$ {name} (hello)")]) == [{"type": "text", "text": "$ {name} (hello)"}]


class TestAsk:
    def test_choices_are_numbered_in_the_text_for_people_on_a_pc(self):
        [message] = render([Ask("いつからですか。", choices(2), (BACK, STOP))])
        assert message["text"].startswith("いつからですか。\n\n1. こたえ1\n2. こたえ2\n\n")
        assert "もどる / やめる" in message["text"]

    def test_choices_and_ways_out_are_quick_replies(self):
        [message] = render([Ask("いつからですか。", choices(2), (BACK,))])
        actions = [item["action"] for item in message["quickReply"]["items"]]
        assert actions == [
            {"type": "postback", "label": "こたえ1", "data": "k1:s:n:1", "displayText": "こたえ1"},
            {"type": "postback", "label": "こたえ2", "data": "k1:s:n:2", "displayText": "こたえ2"},
            {"type": "postback", "label": "もどる", "data": "k1:s:n:.back", "displayText": "もどる"},
        ]

    def test_quick_replies_stand_on_the_last_message_only(self):
        messages = render([DANGER, Ask("どこですか。", choices(1)), Say("あとからでも足せます。")])
        assert ["quickReply" in message for message in messages] == [False, False, True]

    def test_the_last_question_has_the_buttons(self):
        messages = render([Ask("前の問い", choices(1)), Ask("今の問い", (STOP,))])
        assert [item["action"]["label"] for item in messages[-1]["quickReply"]["items"]] == ["やめる"]

    def test_a_place_can_be_picked_on_the_map(self):
        [message] = render([Ask("どこですか。", (), (BACK,), location=True)])
        first, second = (item["action"] for item in message["quickReply"]["items"])
        assert first == {"type": "location", "label": text("location")}
        assert second["label"] == "もどる"

    def test_the_ways_out_keep_their_place_beside_many_choices(self):
        [message] = render([Ask("どれですか。", choices(30), (BACK, STOP), location=True)])
        items = message["quickReply"]["items"]
        assert len(items) == 13
        assert [item["action"]["label"] for item in items[-2:]] == ["もどる", "やめる"]
        assert "30. こたえ30" in message["text"]

    def test_no_54_a_long_label_is_cut_and_data_that_would_be_cut_is_no_button(self):
        long = Choice("とても" * 20, "k1:s:n:1", "は" * 400)
        broken = Choice("こわれた", "k1:" + "😀" * 150, "x")
        [message] = render([Ask("?", (long, broken))])
        [item] = message["quickReply"]["items"]
        assert len(item["action"]["label"]) == 20
        assert "2. こわれた" in message["text"]
        check([message])


class TestDanger:
    def test_every_number_can_be_tapped(self):
        [message] = render([DANGER])
        buttons = [part["action"] for part in message["contents"]["body"]["contents"] if part["type"] == "button"]
        assert [button["uri"] for button in buttons] == ["tel:119", "tel:110", "tel:0120279338", "tel:%237119"]
        assert buttons[2]["label"] == "0120-279-338 に電話"

    def test_the_alternative_text_holds_the_numbers_for_pcs_and_notifications(self):
        [message] = render([DANGER])
        assert all(line.number in message["altText"] for line in DANGER.lines)

    def test_the_numbers_come_before_the_words(self):
        [message] = render([DANGER])
        kinds = [part["type"] for part in message["contents"]["body"]["contents"]]
        assert kinds[-1] == "text"
        assert kinds.index("button") < len(kinds) - 1

    @pytest.mark.parametrize("dial", ["", "javascript:alert(1)", "119;ext=1", "１１９", "0" * 40, "#"])
    def test_what_no_telephone_could_dial_is_shown_and_not_tappable(self, dial: str):
        [message] = render([DangerCard("電話", "", (HelpLine("窓口", "026-000", dial),))])
        assert "button" not in json.dumps(message)
        assert "026-000" in json.dumps(message["contents"], ensure_ascii=False)

    def test_a_card_too_large_for_a_bubble_becomes_text_with_every_number(self):
        lines = tuple(HelpLine("窓" * 60, f"026-{n:03}", f"026{n:03}", "平日" * 60) for n in range(60))
        messages = render([DangerCard("電話", "", lines)])
        check(messages)
        assert all(f"026-{n:03}" in "".join(m.get("text", "") for m in messages) for n in range(60))


class TestAgencies:
    def test_cards_tell_name_hours_reason_and_number(self):
        intro, cards = render([Agencies("こちらが相談先です。", (OPEN, UNKNOWN, CLOSED))])
        assert intro["text"] == "こちらが相談先です。"
        bubbles = cards["contents"]["contents"]
        words = [json.dumps(bubble, ensure_ascii=False) for bubble in bubbles]
        assert text("open") in words[0]
        assert "高齢者の介護・認知症" in words[0]
        assert "tel:0260000000" in words[0]
        assert text("hours_unknown") in words[1]
        assert "button" not in words[1]
        assert text("closed") in words[2]
        assert "地域包括支援センターふるさと、まいさぽ、こども家庭センター" in cards["altText"]

    def test_one_agency_is_one_bubble(self):
        [_, card] = render([Agencies("相談先です。", (OPEN,))])
        assert card["contents"]["type"] == "bubble"

    def test_without_agencies_there_is_only_the_sentence(self):
        assert render([Agencies("職員が読んで考えます。", ())]) == [{"type": "text", "text": "職員が読んで考えます。"}]

    def test_more_than_twelve_are_not_sent(self):
        messages = render([Agencies("", (OPEN,) * 20)])
        check(messages)
        assert len(messages[0]["contents"]["contents"]) == 12


class TestForm:
    def test_no_35_and_47_the_form_is_a_button_below_its_sentence(self):
        [message] = render([FORM])
        sentence, button = message["contents"]["body"]["contents"]
        assert sentence["text"] == FORM.text
        assert button["action"] == {"type": "uri", "label": FORM.label, "uri": FORM.url}
        check([message])

    def test_a_locked_screen_shows_the_sentence_and_not_the_address(self):
        [message] = render([FORM])
        assert message["altText"] == FORM.text

    def test_the_plain_text_for_a_refused_batch_holds_the_address(self):
        [plain] = flattened(render([DANGER, Agencies("相談先です。", (OPEN, CLOSED)), FORM, Ask("?", choices(1))]))
        assert FORM.url in plain["text"]
        assert "tel:" not in plain["text"]

    @pytest.mark.parametrize("url", ["https://city.example/" + "a" * 1_000, "ftp://city.example", "javascript:x"])
    def test_no_54_an_address_that_line_would_refuse_is_written_out(self, url: str):
        [message] = render([FormButton("書けます。", "ひらく", url)])
        assert message["type"] == "text"
        assert url in message["text"]

    def test_a_long_label_is_cut(self):
        [message] = render([FormButton("書けます。", "とても" * 20, FORM.url)])
        check([message])

    def test_the_address_survives_where_cards_become_text(self):
        messages = render([screen for number in range(4) for screen in (FORM, Say(f"文{number}。"))])
        check(messages)
        assert FORM.url in json.dumps(messages)


class TestFive:
    def test_more_than_five_texts_are_joined_and_none_is_lost(self):
        messages = render([Say(f"文{number}。") for number in range(12)])
        check(messages)
        assert all(f"文{number}。" in messages[0]["text"] for number in range(12))

    def test_cards_stay_cards_where_joining_the_texts_is_enough(self):
        messages = render([DANGER, *[Say(f"文{number}。") for number in range(6)], Ask("?", choices(2))])
        check(messages)
        assert [message["type"] for message in messages] == ["flex", "text"]

    def test_cards_become_text_where_nothing_else_helps(self):
        screens = [screen for number in range(4) for screen in (DANGER, Say(f"文{number}。"))]
        messages = render(screens)
        check(messages)
        assert all(message["type"] == "text" for message in messages)
        assert all(f"文{number}。" in json.dumps(messages, ensure_ascii=False) for number in range(4))

    def test_the_question_survives_any_length_before_it(self):
        messages = render([*[Say("あ" * 5_000)] * 6, Ask("どうしますか。", choices(1))])
        check(messages)
        assert "どうしますか。" in messages[-1]["text"]


class TestFlattened:
    def test_a_refused_batch_is_said_in_one_plain_text(self):
        messages = render([DANGER, Ask("つづけますか。", choices(1))])
        [plain] = flattened(messages)
        assert plain["type"] == "text"
        assert "119" in plain["text"]
        assert "つづけますか。" in plain["text"]
        check([plain])


ODD = [
    "あ",
    "𠮷",
    "🍎",
    "👨‍👩‍👧‍👦",
    "\u0301",
    "\u202e",
    "\u200d",
    "\n",
    " ",
    "\x00",
    "\ud83d",
    "#",
    "0",
    "葛󠄀",
    "ゆ" + "\u0301" * 300,
]
words = st.one_of(
    st.lists(st.sampled_from(ODD), max_size=30).map("".join),
    st.text(max_size=30),
    st.sampled_from(["", " ", "a" * 10_000, "🍎" * 5_000, "\n" * 5_000, "゛" * 3_000, "ゆ" + "\u0301" * 9_000]),
)
lines = st.builds(HelpLine, words, words, words | st.sampled_from(["119", "#7119"]), words)
taps = st.builds(Choice, words, words, words)
cards = st.builds(
    AgencyCard,
    words,
    words | st.just("026-1"),
    words,
    st.none() | st.booleans(),
    st.lists(words, max_size=3).map(tuple),
)
screens = st.one_of(
    st.builds(Say, words),
    st.builds(
        Ask, words, st.lists(taps, max_size=20).map(tuple), st.lists(taps, max_size=15).map(tuple), st.booleans()
    ),
    st.builds(DangerCard, words, words, st.lists(lines, max_size=12).map(tuple)),
    st.builds(Agencies, words, st.lists(cards, max_size=15).map(tuple)),
    st.builds(FormButton, words, words, words | st.sampled_from([FORM.url, "http://[", "https://a/" + "a" * 999])),
)


@settings(deadline=None, max_examples=40)
@given(st.lists(screens, max_size=9))
def test_no_screens_break_a_limit_of_line(shown: list[Shown]):
    messages = render(shown)
    if messages:
        check(messages)
        check(flattened(messages))
    else:
        assert not any(isinstance(screen, Say) and screen.text.strip() for screen in shown)


def test_the_sdk_loses_nothing_of_what_is_rendered():
    messages = render(
        [DANGER, Agencies("相談先です。", (OPEN, UNKNOWN)), FORM, Ask("?", choices(2), (BACK,), location=True)]
    )
    for request in (
        ReplyMessageRequest.from_dict({"replyToken": "t", "messages": messages}),
        PushMessageRequest.from_dict({"to": "U", "messages": messages}),
    ):
        assert request.to_dict()["messages"] == messages
