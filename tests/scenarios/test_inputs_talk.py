"""The numbered hostile inputs that the conversation must bear: buttons, words, places, photos, things taken back."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from cases import conversations
from cases.actors import Actor, Role
from cases.people import LINE_USER
from cases.referrals import repository as referrals
from cases.referrals.sheets import ReferralSheet
from deploy.simulator.client import SimulatorClient
from deploy.simulator.views import PersonView
from tests.demo_house import DemoHouse
from tests.scenarios.neighbours import Neighbours, body, event, tap, text

CLERK = Actor(staff_id=None, role=Role.ADMINISTRATOR, agency_id=None, name="検証")
STORY = "どんなことが気になりましたか"


@pytest.fixture
async def town(house: DemoHouse, line: SimulatorClient) -> Neighbours:
    await line.settings(quota=None)
    return Neighbours(house, line)


async def newest(town: Neighbours) -> ReferralSheet:
    """The referral that arrived last, as staff read it."""
    (row,) = town.house.rows("SELECT id FROM referrals ORDER BY received_at DESC LIMIT 1")
    async with town.house.database() as database, database.reading() as reader:
        return await referrals.get(reader, CLERK, row[0])


async def person_id(town: Neighbours, person: PersonView) -> UUID:
    async with town.house.database() as database, database.reading() as reader:
        known = reader.keyring.hash(person.id, purpose=LINE_USER).hex()
    ((found,),) = town.house.rows(f"SELECT id FROM people WHERE line_user_hash = '\\x{known}'")
    assert isinstance(found, UUID)
    return found


async def button(town: Neighbours, person: PersonView, label: str) -> str:
    """The data behind a quick reply that stands in the talk now."""
    buttons = (await town.talk(person)).buttons
    return str(next(one.action["data"] for one in buttons if one.label.startswith(label)))


@pytest.mark.line_input(13)
async def test_a_redelivery_of_what_was_answered_does_nothing(town: Neighbours) -> None:
    person = await town.newcomer()
    place = await town.place(person)
    first = text(person.id, "気になる人がいる")
    await town.send(first)
    await town.send({**first, "deliveryContext": {"isRedelivery": True}})
    assert len((await town.talk(person, place)).texts()) == 1


@pytest.mark.line_input(14)
async def test_a_late_redelivery_asks_no_late_question_and_loses_no_taking_back(town: Neighbours) -> None:
    person = await town.newcomer()
    await town.to_the_story(person)
    await town.say(person, "となりの家の郵便がたまっています")
    place = await town.place(person)
    late = {"deliveryContext": {"isRedelivery": True}}
    await town.send(text(person.id, "はい", age=25 * 60, **late))
    assert await town.silent(person, place)
    message = next(item for item in (await town.talk(person)).items if "郵便" in item.text and item.sender == "person")
    unsend = event("unsend", person.id, age=25 * 60, replyToken=..., unsend={"messageId": message.id}, **late)
    await town.send(unsend)
    heard = await town.say(person, "メニュー")
    assert "郵便" not in heard


@pytest.mark.line_input(13, 16)
async def test_a_lost_answer_that_comes_again_answers_no_later_question(town: Neighbours) -> None:
    person = await town.newcomer()
    await town.to_the_story(person)
    await town.says(person, "となりの家の郵便がたまっています", "これでよい")
    asked = await town.say(person, "この数日")
    assert "あぶない人がいますか" in asked
    place = await town.place(person)
    again = {"deliveryContext": {"isRedelivery": True}}
    for words in ("1", "はい", "つづける"):
        await town.send(text(person.id, words, age=60, **again))
    assert await town.silent(person, place)
    assert "だれと暮らしていますか" in await town.say(person, "いいえ")


@pytest.mark.line_input(14)
async def test_what_comes_hours_late_is_owned_up_to_once_and_its_danger_is_answered(town: Neighbours) -> None:
    person = await town.newcomer()
    place = await town.place(person)
    again = {"deliveryContext": {"isRedelivery": True}}
    for words in ("こんにちは", "1", "となりの家が心配です"):
        await town.send(text(person.id, words, age=2 * 3600, **again))
    heard = (await town.talk(person, place)).texts()
    assert sum("時間がたったので、お預かりしていません" in words for words in heard) == 1
    place = await town.place(person)
    await town.send(text(person.id, "隣の人が倒れていて返事がない", age=2 * 3600, **again))
    assert "119" in "\n".join((await town.talk(person, place)).texts())


@pytest.mark.line_input(16)
async def test_answers_that_come_together_in_the_wrong_order_are_put_right(town: Neighbours) -> None:
    person = await town.newcomer()
    await town.to_the_story(person)
    first = text(person.id, "二日前から新聞がたまっています", age=4)
    second = text(person.id, "電気もついていません", age=2)
    third = text(person.id, "とても心配しています", age=1)
    await town.send(third, first, second)
    await town.to_the_summary(person)
    await town.say(person, "送る")
    story = (await newest(town)).noticed.free_text.split("\n")
    assert story == ["二日前から新聞がたまっています", "電気もついていません", "とても心配しています"]


@pytest.mark.line_input(17)
async def test_two_taps_on_one_button_act_once(town: Neighbours) -> None:
    person = await town.newcomer()
    await town.says(person, "気になる人がいる")
    agree = await button(town, person, "わかりました")
    place = await town.place(person)
    await town.send(tap(person.id, agree), tap(person.id, agree, age=-0.2))
    assert len((await town.talk(person, place)).texts()) == 1


@pytest.mark.line_input(18)
async def test_a_button_of_an_earlier_talk_is_answered_kindly(town: Neighbours) -> None:
    person = await town.newcomer()
    await town.says(person, "気になる人がいる")
    old = await button(town, person, "わかりました")
    await town.says(person, "やめる", "やめて消す", "気になる人がいる")
    place = await town.place(person)
    await town.send(tap(person.id, old))
    heard = "\n".join((await town.talk(person, place)).texts())
    assert "前の質問のボタン" in heard or "もう使えません" in heard


@pytest.mark.line_input(19)
async def test_a_button_of_somebody_elses_talk_opens_nothing(town: Neighbours) -> None:
    anna, ben = await town.newcomer(), await town.newcomer()
    await town.says(anna, "気になる人がいる")
    await town.says(ben, "気になる人がいる")
    place = await town.place(ben)
    await town.send(tap(ben.id, await button(town, anna, "わかりました")))
    heard = "\n".join((await town.talk(ben, place)).texts())
    assert "前の質問のボタン" in heard
    assert "はじめてもよいですか" in heard


@pytest.mark.line_input(21)
@pytest.mark.parametrize("words", ["１", "1.", "①", "わかりました！", "ﾜｶﾘﾏｼﾀ", " わかりました 。"])
async def test_people_without_buttons_answer_in_many_ways(town: Neighbours, words: str) -> None:
    person = await town.newcomer("pc")
    await town.says(person, "気になる人がいる")
    assert "どなたのこと" in await town.say(person, words)


@pytest.mark.line_input(29)
async def test_following_twice_greets_and_keeps_the_draft(town: Neighbours) -> None:
    person = await town.newcomer()
    await town.to_the_story(person)
    await town.say(person, "となりの家の郵便がたまっています")
    place = await town.place(person)
    await town.send(event("follow", person.id, follow={"isUnblocked": False}))
    assert "書きかけの内容" in "\n".join((await town.talk(person, place)).texts())
    await town.says(person, "つづきから")
    await town.to_the_summary(person)
    await town.say(person, "送る")
    assert "郵便" in (await newest(town)).noticed.free_text


@pytest.mark.line_input(30)
async def test_whoever_blocks_us_hears_nothing_more_and_what_was_sent_stays(town: Neighbours) -> None:
    person = await town.newcomer()
    await town.to_the_story(person)
    await town.say(person, "となりの家の郵便がたまっています")
    await town.to_the_summary(person)
    await town.say(person, "送る")
    sent = town.referrals()
    place = await town.place(person)
    pushes = len(await town.line.api_calls("push"))
    gone = await town.line.block(person)
    assert gone.events
    await town.line.idle()
    await town.settled()
    await town.send(event("unfollow", person.id, replyToken=..., age=-1))
    assert await town.silent(person, place)
    assert len(await town.line.api_calls("push")) == pushes
    assert town.referrals() == sent


@pytest.mark.line_input(31)
async def test_a_message_taken_back_leaves_the_draft_and_the_sheet(town: Neighbours) -> None:
    person = await town.newcomer()
    await town.to_the_story(person)
    kept = await town.line.say(person, "夜も電気がつきません")
    await town.hear(person, kept.n)
    taken = await town.line.say(person, "あの家はお金に困っているらしい")
    await town.hear(person, taken.n)
    await town.to_the_summary(person)
    await town.say(person, "送る")
    assert "お金" in (await newest(town)).noticed.free_text
    await town.line.unsend(person, taken.items[0])
    await town.line.idle()
    await town.settled()
    noticed = (await newest(town)).noticed
    assert "お金" not in noticed.free_text
    assert not any("お金" in word for concern in noticed.concerns for word in concern.evidence)
    assert town.house.rows(
        "SELECT count(*) FROM audit WHERE action LIKE 'referral.%unsent%' OR action LIKE '%forget%'"
    ) != [(0,)]


@pytest.mark.line_input(31)
async def test_an_unsend_that_comes_first_means_never_said(town: Neighbours) -> None:
    person = await town.newcomer()
    await town.to_the_story(person)
    place = await town.place(person)
    message = str(uuid4().int)[:18]
    await town.send(event("unsend", person.id, replyToken=..., unsend={"messageId": message}))
    said = {"type": "text", "id": message, "text": "これは取り消しました"}
    await town.send(event("message", person.id, message=said))
    assert await town.silent(person, place)


@pytest.mark.line_input(32)
async def test_taking_back_what_nobody_knows_is_nothing(town: Neighbours) -> None:
    person = await town.newcomer()
    place = await town.place(person)
    group = {"type": "group", "groupId": "C" + uuid4().hex}
    await town.send(
        event("unsend", person.id, replyToken=..., unsend={"messageId": "404"}),
        event("unsend", None, replyToken=..., unsend={"messageId": "405"}, source=group),
        event("unsend", person.id, replyToken=..., unsend={}),
    )
    assert await town.silent(person, place)


@pytest.mark.line_input(33)
@pytest.mark.parametrize(
    "message",
    [
        {"type": "poll", "id": "1"},
        {"type": 9, "id": "1"},
        {"id": "1"},
        {"type": "sticker", "stickerResourceType": "NEW"},
    ],
)
async def test_what_line_invents_after_us_is_answered_kindly(town: Neighbours, message: dict[str, object]) -> None:
    person = await town.newcomer()
    place = await town.place(person)
    await town.send(event("message", person.id, message=message))
    assert "ことばか、番号か、ボタン" in "\n".join((await town.talk(person, place)).texts())


@pytest.mark.line_input(34)
async def test_a_sticker_is_no_yes(town: Neighbours) -> None:
    person = await town.newcomer()
    await town.says(person, "気になる人がいる")
    heard = await town.act(person, "sticker", keywords=["OK", "はい"])
    assert "スタンプ" in heard
    assert "はじめてもよいですか" in heard


@pytest.mark.line_input(35, 37)
@pytest.mark.parametrize("kind", ["video", "audio", "file"])
async def test_files_are_not_fetched_and_the_way_is_shown(town: Neighbours, kind: str) -> None:
    person = await town.newcomer()
    await town.to_the_story(person)
    name = "../../x.exe"
    heard = await town.act(person, "media", kind=kind, name=name)
    assert "安心フォーム" in heard
    assert any(one.action.get("uri", "").startswith("http") for one in (await town.talk(person)).buttons)
    assert await town.line.api_calls("content") == []


@pytest.mark.line_input(35)
async def test_a_file_without_a_name_is_answered_as_well(town: Neighbours) -> None:
    person = await town.newcomer()
    place = await town.place(person)
    await town.send(event("message", person.id, message={"type": "file", "id": "7", "fileSize": 300_000_000}))
    assert not await town.silent(person, place)


@pytest.mark.line_input(36)
async def test_five_photos_at_once_get_one_answer(town: Neighbours) -> None:
    person = await town.newcomer()
    await town.to_the_story(person)
    place = await town.place(person)
    await town.line.settings(shuffle=True, window=0.05)
    await town.line.send_image(person, 5)
    await town.line.idle()
    await town.line.settings(shuffle=False)
    await town.settled()
    heard = [words for words in (await town.talk(person, place)).texts() if "受けとれません" in words]
    assert len(heard) == 1


@pytest.mark.line_input(38)
@pytest.mark.parametrize(
    "where", [(0.0, 0.0), (35.68, 139.76), (999, 138.19), (36.65, "x"), (None, None), (float(36), 1e9)]
)
async def test_a_place_that_cannot_be_is_asked_again(town: Neighbours, where: tuple[object, object]) -> None:
    person = await town.newcomer()
    heard = await town.says(person, "気になる人がいる", "わかりました", "近所の人")
    assert "どのあたり" in heard
    place = await town.place(person)
    latitude, longitude = where
    message = {"type": "location", "id": "1", "latitude": latitude, "longitude": longitude}
    await town.send(event("message", person.id, message=message))
    heard = "\n".join((await town.talk(person, place)).texts())
    assert "どのあたり" in heard
    assert STORY not in heard


@pytest.mark.line_input(38)
async def test_a_place_in_the_city_is_confirmed(town: Neighbours) -> None:
    person = await town.newcomer()
    await town.says(person, "気になる人がいる", "わかりました", "近所の人")
    heard = await town.act(person, "location", latitude=36.58, longitude=138.14, address="長野県長野市篠ノ井布施高田1")
    assert "篠ノ井" in heard
    assert "よいですか" in heard or STORY in heard


@pytest.mark.line_input(39)
@pytest.mark.parametrize("words", ["々" * 10_000, "😀" * 3_000, "\n" * 5_000 + "あ", "あ" * 10_000])
async def test_endless_texts_are_answered_and_never_echoed(town: Neighbours, words: str) -> None:
    person = await town.newcomer()
    await town.to_the_story(person)
    heard = await town.say(person, words)
    assert heard
    assert words[:200] not in heard


@pytest.mark.line_input(40)
@pytest.mark.parametrize("words", [" ", "\u200b\u200d\u2060", "\u202e", "\ufe0f\ufe0f", "\u0301" * 50, "　\n　"])
async def test_invisible_texts_are_no_answer(town: Neighbours, words: str) -> None:
    person = await town.newcomer()
    await town.to_the_story(person)
    place = await town.place(person)
    await town.send(text(person.id, words))
    heard = "\n".join((await town.talk(person, place)).texts())
    assert STORY in heard
    assert "ここまで、お預かりしました" not in heard


@pytest.mark.line_input(41)
@pytest.mark.parametrize("words", ["前\u0000後ろの家が心配", "前\ud83d後ろの家が心配", "前\u0007後ろの家が心配"])
async def test_letters_that_no_database_holds_are_replaced(town: Neighbours, words: str) -> None:
    person = await town.newcomer()
    await town.to_the_story(person)
    place = await town.place(person)
    await town.raw(body(text(person.id, words)))
    assert "ここまで、お預かりしました" in "\n".join((await town.talk(person, place)).texts())


@pytest.mark.line_input(42)
async def test_rare_letters_are_kept_as_they_were_written(town: Neighbours) -> None:
    person = await town.newcomer()
    await town.to_the_story(person)
    words = "𠮷野の髙い塀の家、葛󠄀の木、ｺﾞﾐがたまっています"
    await town.say(person, words)
    await town.to_the_summary(person)
    await town.say(person, "送る")
    assert (await newest(town)).noticed.free_text == words


@pytest.mark.line_input(43)
@pytest.mark.parametrize("words", ["$ {name} {0} %s となりの家", "{user} の {emoji} が心配です"])
async def test_signs_that_templates_use_stay_words(town: Neighbours, words: str) -> None:
    person = await town.newcomer()
    await town.to_the_story(person)
    await town.say(person, words)
    assert words in await town.to_the_summary(person)


@pytest.mark.line_input(43, 44)
async def test_emoji_names_and_mentions_are_counted_in_lines_units(town: Neighbours) -> None:
    person = await town.newcomer()
    await town.to_the_story(person)
    words = "🍎🍎(hello)@気づき 家が心配です"
    message = {
        "type": "text",
        "id": str(uuid4().int)[:18],
        "text": words,
        "emojis": [{"index": 4, "length": 7, "productId": "p", "emojiId": "1"}],
        "mention": {"mentionees": [{"index": 11, "length": 4, "type": "all"}, {"index": -1, "length": 999}, None]},
    }
    await town.send(event("message", person.id, message=message))
    await town.to_the_summary(person)
    await town.say(person, "送る")
    assert (await newest(town)).noticed.free_text == "🍎🍎@気づき 家が心配です"


@pytest.mark.line_input(45)
async def test_code_in_words_is_shown_as_words(town: Neighbours) -> None:
    person = await town.newcomer()
    await town.to_the_story(person)
    words = '=HYPERLINK("x") <script>alert(1)</script> javascript:x \'; DROP TABLE people;--'
    await town.say(person, words)
    await town.to_the_summary(person)
    await town.say(person, "送る")
    assert (await newest(town)).noticed.free_text == words


@pytest.mark.line_input(46)
@pytest.mark.parametrize("words", ["いま なぐられている", "死にたい", "となりで人がたおれて返事がない"])
async def test_danger_in_the_middle_comes_before_every_question(town: Neighbours, words: str) -> None:
    person = await town.newcomer()
    await town.says(person, "気になる人がいる", "わかりました")
    place = await town.place(person)
    heard = await town.say(person, words)
    first = (await town.talk(person, place)).texts()[0]
    assert any(number in first for number in ("110", "119", "0120"))
    assert words not in heard
    back = await town.say(person, "つづける")
    assert "どなたのこと" in back


@pytest.mark.line_input(47)
@pytest.mark.parametrize(
    ("words", "private"),
    [
        ("田中花子さんが心配です", "田中花子"),
        ("電話は090-1234-5678です。心配です", "1234"),
        ("南千歳1丁目2番3号の家が心配です", "2番3号"),
        ("番号は1234 5678 9018と書いてある紙が落ちていて心配です", "5678"),
        ("taro@example.com の人が心配です", "taro@"),
    ],
)
async def test_personal_data_in_the_talk_is_masked_and_the_form_offered(
    town: Neighbours, words: str, private: str
) -> None:
    person = await town.newcomer()
    await town.to_the_story(person)
    heard = await town.say(person, words)
    assert "安心フォーム" in heard
    assert private not in await town.to_the_summary(person)
    await town.say(person, "送る")
    assert private not in (await newest(town)).noticed.free_text


@pytest.mark.line_input(48)
async def test_words_that_steer_do_so_only_when_they_stand_alone(town: Neighbours) -> None:
    person = await town.newcomer()
    await town.to_the_story(person)
    assert "ここまで、お預かりしました" in await town.say(person, "貸した道具が戻ってこないと話していて心配です")
    assert "書きかけの内容は消えます" in await town.say(person, "やめる")
    assert "ここまで、お預かりしました" in await town.say(person, "つづける")
    assert "書きかけの内容は消えます" in await town.say(person, "最初から")
    await town.say(person, "つづける")
    assert "人がすぐに返事" in await town.say(person, "担当者と話したい")
    assert "どのあたり" in await town.say(person, "戻る")


@pytest.mark.line_input(49)
async def test_after_days_of_silence_nobody_is_answered_into_an_old_question(town: Neighbours) -> None:
    person = await town.newcomer()
    await town.to_the_story(person)
    await town.say(person, "となりの家の郵便がたまっています")
    who = await person_id(town, person)
    now = datetime.now(UTC)
    async with town.house.database() as database, database.transaction() as uow:
        state = await conversations.load(uow, who, now)
        assert state is not None
        state["touched"] = (now - timedelta(days=3)).isoformat()
        await conversations.save(uow, who, state, now + timedelta(hours=1))
    heard = await town.say(person, "はい")
    assert "書きかけの内容は消えました" in heard
    assert "気になる人がいる" in heard


@pytest.mark.line_input(50)
@pytest.mark.parametrize("stored", [{"version": 0}, {"version": 99, "x": 1}, {}, {"version": 1, "step": ["x"]}])
async def test_a_state_of_another_release_starts_again_kindly(town: Neighbours, stored: dict[str, object]) -> None:
    person = await town.newcomer()
    await town.to_the_story(person)
    who = await person_id(town, person)
    now = datetime.now(UTC)
    async with town.house.database() as database, database.transaction() as uow:
        await conversations.save(uow, who, stored, now + timedelta(hours=1))
    assert "はじめの画面にもどりました" in await town.say(person, "はい")


@pytest.mark.line_input(60)
async def test_a_failed_account_link_changes_nothing(town: Neighbours) -> None:
    person = await town.newcomer()
    place = await town.place(person)
    await town.send(
        event("accountLink", None, source=..., replyToken=..., link={"result": "failed", "nonce": "n"}),
        event("accountLink", person.id, link={"result": "ok", "nonce": "never-given"}),
        event("accountLink", person.id, link={"result": "ok", "nonce": "never-given"}),
    )
    assert await town.silent(person, place)
    assert town.house.rows("SELECT count(*) FROM staff WHERE created_at > now() - interval '1 second'") == [(0,)]


@pytest.mark.line_input(62)
async def test_nobodys_profile_is_ever_asked_for(town: Neighbours) -> None:
    person = await town.newcomer()
    await town.to_the_story(person)
    assert await town.line.api_calls("profile") == []
