from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.events import (
    Filled,
    Invited,
    Left,
    Nameless,
    Nothing,
    Suspended,
    is_standby,
    meaning,
    message_id,
    reply_token,
    timing,
)
from cases.inbound import Claimed
from dialogs.events import Followed, FormDone, Located, Said, SentOther, Tapped, Unsent
from dialogs.state import State
from tests.bot.talking import NOW, USER

TOKEN = "a" * 32


def claimed(payload: dict[str, Any], *, user: str | None = USER, late: timedelta = timedelta(0)) -> Claimed:
    return Claimed(
        id=uuid4(),
        event_id="e",
        line_user=user,
        kind="x",
        event_at=NOW - late,
        received_at=NOW,
        payload={"replyToken": TOKEN, "source": {"type": "user", "userId": USER}} | payload,
        attempts=0,
    )


def message(**content: Any) -> Claimed:
    return claimed({"type": "message", "message": {"id": "m1"} | content})


class TestMessages:
    def test_a_text_is_said_with_its_message_id(self):
        assert meaning(message(type="text", text="見ました")) == Said("見ました", "m1")

    def test_no_43_names_of_line_emoji_are_taken_out_by_utf_16_positions(self):
        emojis = [{"index": 4, "length": 7}, {"index": 13, "length": 6}]
        assert meaning(message(type="text", text="𠮷野家(hello)です(star)", emojis=emojis)) == Said("𠮷野家です", "m1")

    @pytest.mark.parametrize(
        "emojis",
        [5, [5], [{}], [{"index": -1, "length": 2}], [{"index": 0, "length": 999}], [{"index": "0", "length": "1"}]],
    )
    def test_no_44_impossible_emoji_positions_change_nothing(self, emojis: Any):
        assert meaning(message(type="text", text="(hello)", emojis=emojis)) == Said("(hello)", "m1")

    def test_an_emoji_position_within_a_pair_of_units_raises_nothing(self):
        assert isinstance(meaning(message(type="text", text="🍎a", emojis=[{"index": 1, "length": 1}])), Said)

    def test_only_emoji_is_like_a_sticker(self):
        emojis = [{"index": 0, "length": 7}]
        assert meaning(message(type="text", text="(hello)", emojis=emojis)) == SentOther("emoji")

    @pytest.mark.parametrize("kind", ["sticker", "image", "video", "audio", "file", "hologram"])
    def test_no_33_to_35_anything_else_is_named_by_its_kind(self, kind: str):
        assert meaning(message(type=kind, contentProvider={"type": "liff"})) == SentOther(kind)

    @pytest.mark.parametrize("text", [None, 5, ["x"], {}])
    def test_a_text_that_is_no_text_is_something_else(self, text: Any):
        assert meaning(message(type="text", text=text)) == SentOther("text")

    def test_no_38_a_place_has_its_names_and_degrees(self):
        place = {"type": "location", "title": "古牧", "address": "長野市", "latitude": 36.64, "longitude": 138.21}
        assert meaning(message(**place)) == Located(36.64, 138.21, "古牧 長野市", "m1")

    def test_no_38_a_place_without_names_is_still_a_place(self):
        assert meaning(message(type="location", latitude=0, longitude=0)) == Located(0.0, 0.0, "", "m1")

    @pytest.mark.parametrize(("latitude", "longitude"), [(999, 138), (36, 999), ("36", 138), (None, 1), (True, 1)])
    def test_no_38_a_place_nowhere_on_earth_is_none(self, latitude: Any, longitude: Any):
        assert meaning(message(type="location", latitude=latitude, longitude=longitude)) == SentOther("location")


class TestOthers:
    def test_a_tap_carries_its_data(self):
        assert meaning(claimed({"type": "postback", "postback": {"data": "k1:s:n:v"}})) == Tapped("k1:s:n:v")

    @pytest.mark.parametrize("postback", [None, {}, {"data": None}, {"data": 5}, "x"])
    def test_no_20_a_tap_without_data_is_an_empty_tap(self, postback: Any):
        assert meaning(claimed({"type": "postback", "postback": postback})) == Tapped("")

    def test_no_20_a_leaf_of_the_menu_turned_asks_for_nothing(self):
        turned = {"data": "x", "params": {"newRichMenuAliasId": "b", "status": "SUCCESS"}}
        assert meaning(claimed({"type": "postback", "postback": turned})) == Nothing()

    def test_follow_unfollow_and_unsend(self):
        assert meaning(claimed({"type": "follow", "follow": {"isUnblocked": True}})) == Followed(unblocked=True)
        assert meaning(claimed({"type": "follow"})) == Followed(unblocked=False)
        assert meaning(claimed({"type": "unfollow"})) == Left()
        assert meaning(claimed({"type": "unsend", "unsend": {"messageId": "9"}})) == Unsent("9")
        assert meaning(claimed({"type": "unsend"})) == Nothing()

    @pytest.mark.parametrize("kind", ["accountLink", "beacon", "videoPlayComplete", "membership"])
    def test_no_60_and_61_what_is_no_talk_asks_for_nothing(self, kind: str):
        assert meaning(claimed({"type": kind})) == Nothing()

    def test_no_61_a_suspended_account_is_told_apart(self):
        assert meaning(claimed({"type": "botSuspended"}, user=None)) == Suspended()
        assert meaning(claimed({"type": "botResumed"}, user=None)) == Suspended(is_over=True)

    @pytest.mark.parametrize("image_set", [{"id": "A", "index": 1, "total": 5}, {"id": "A"}])
    def test_no_36_photos_sent_together_bear_the_name_of_their_set(self, image_set: dict[str, Any]):
        assert meaning(message(type="image", imageSet=image_set)) == SentOther("image", "A")

    @pytest.mark.parametrize("image_set", [None, 5, {}, {"id": None}])
    def test_no_36_a_photo_by_itself_is_of_no_set(self, image_set: Any):
        assert meaning(message(type="image", imageSet=image_set)) == SentOther("image")

    def test_no_33_an_event_invented_later_is_answered_if_it_can_be(self):
        assert meaning(claimed({"type": "poll"})) == SentOther("poll")
        assert meaning(claimed({"type": "poll", "replyToken": None})) == Nothing()

    def test_no_26_somebody_without_an_id_is_told_so(self):
        nameless = {"type": "message", "message": {"type": "text", "text": "x"}, "source": {"type": "user"}}
        assert meaning(claimed(nameless, user=None)) == Nameless()
        assert meaning(claimed(nameless | {"source": None}, user=None)) == Nameless()

    @pytest.mark.parametrize("source", [{"type": "group", "groupId": "C1"}, {"type": "room", "roomId": "R1"}])
    def test_no_27_and_28_a_group_is_answered_at_the_door_only(self, source: dict[str, str]):
        said = {"type": "message", "message": {"type": "text", "text": "x"}, "source": source}
        assert meaning(claimed({"type": "join", "source": source}, user=None)) == Invited()
        assert meaning(claimed(said, user=None)) == Nothing()
        assert meaning(claimed({"type": "memberJoined", "source": source}, user=None)) == Nothing()
        assert meaning(claimed({"type": "unsend", "unsend": {"messageId": "1"}, "source": source})) == Nothing()


class TestToken:
    def test_is_good_for_twenty_minutes_after_the_event(self):
        assert reply_token(again(minutes=20)) == TOKEN
        assert reply_token(again(minutes=21)) is None

    def test_of_what_line_brings_for_the_first_time_is_good_whatever_the_clocks_say(self):
        assert reply_token(claimed(FRESH, late=timedelta(hours=2))) == TOKEN

    @pytest.mark.parametrize("token", [None, "", 5, {}])
    def test_is_a_text(self, token: Any):
        assert reply_token(claimed({"replyToken": token})) is None


FRESH = {"deliveryContext": {"isRedelivery": False}}
AGAIN = {"deliveryContext": {"isRedelivery": True}}


def again(**late: float) -> Claimed:
    """An event that LINE brings again, so long after it happened."""
    return claimed(AGAIN, late=timedelta(**late))


def heard(**ago: float) -> State:
    """The newest act that was answered happened so long before `NOW`, when everything here is received."""
    return State(heard_at=NOW - timedelta(**ago))


class TestTiming:
    @pytest.mark.parametrize("state", [State(), heard(hours=3), heard(seconds=13), heard(seconds=3)])
    def test_what_came_in_time_and_order_is_present(self, state: State):
        assert timing(claimed(FRESH, late=timedelta(seconds=13)), Said("x"), state) == "present"

    @pytest.mark.parametrize("context", [FRESH, AGAIN, {}, {"deliveryContext": 5}])
    def test_no_13_and_16_what_was_said_well_before_the_newest_act_is_overtaken(self, context: dict[str, Any]):
        event = claimed(context, late=timedelta(minutes=2))
        for act in (Said("1"), SentOther("sticker"), Located(36.6, 138.2, ""), Tapped("menu:notice")):
            assert timing(event, act, heard(seconds=109)) == "overtaken"
            assert timing(event, act, heard(seconds=110)) == "present"

    def test_no_13_what_is_brought_again_and_is_the_newest_is_present(self):
        assert timing(again(minutes=2), Said("1"), heard(minutes=3)) == "present"

    def test_no_14_what_came_late_is_present_while_nothing_newer_was_said(self):
        assert timing(again(minutes=30), Said("x"), heard(hours=3)) == "present"
        assert timing(again(minutes=30), Said("x"), State()) == "present"
        assert timing(again(minutes=30), Said("x"), heard(minutes=29, seconds=59)) == "overtaken"

    def test_no_25_and_57_what_is_old_is_too_late_or_overtaken(self):
        assert timing(again(hours=2), Said("x"), heard(hours=3)) == "late"
        assert timing(again(days=10), Tapped("menu:notice"), State()) == "late"
        assert timing(again(hours=2), Said("x"), heard(hours=1)) == "overtaken"

    @pytest.mark.parametrize("context", [AGAIN, {}, {"deliveryContext": None}, {"deliveryContext": {}}])
    def test_no_24_where_nobody_says_that_it_is_the_first_time_lateness_counts(self, context: dict[str, Any]):
        assert timing(claimed(context, late=timedelta(hours=2)), Said("x"), State()) == "late"

    def test_no_64_a_clock_that_runs_behind_makes_nothing_late(self):
        assert timing(claimed(FRESH, late=timedelta(hours=2)), Said("x"), heard(hours=3)) == "present"

    def test_a_form_overtakes_what_is_brought_again_only(self):
        state = State(form_at=NOW)
        assert timing(again(minutes=2), Said("1"), state) == "overtaken"
        assert timing(claimed(FRESH, late=timedelta(minutes=2)), Said("1"), state) == "present"

    @pytest.mark.parametrize("act", [Tapped("k1:s:n:v"), Followed(), Unsent("m"), FormDone()])
    def test_what_knows_its_own_place_always_is_present(self, act: Any):
        assert timing(again(days=2), act, heard(seconds=0)) == "present"


def test_standby_is_anything_but_active():
    assert is_standby(claimed({"mode": "standby"}))
    assert not is_standby(claimed({"mode": "active"}))
    assert not is_standby(claimed({}))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=9), children, max_size=3),
    max_leaves=10,
)
kinds = st.sampled_from(["message", "postback", "follow", "unsend", "join", "x"])
contents = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["text", "location", "sticker"]) | json_values,
        "id": json_values,
        "text": json_values,
        "emojis": st.lists(st.dictionaries(st.sampled_from(["index", "length"]), json_values)) | json_values,
        "latitude": json_values,
        "longitude": json_values,
    },
)


@given(kinds, contents | json_values, json_values, st.sampled_from([USER, None]))
def test_no_payload_makes_it_raise(kind: str, content: Any, other: Any, user: str | None):
    event = claimed({"type": kind, "message": content, "postback": other, "source": other, "unsend": other}, user=user)
    meaning(event)
    message_id(event)
    reply_token(event)


FORM_ID = UUID(int=7)


class TestForm:
    """Our own event: no event of LINE's, whatever stands in it, is taken for it."""

    @staticmethod
    def ours(payload: dict[str, Any] | None = None, **changes: Any) -> Claimed:
        written = {"type": "form", "form": str(FORM_ID)} | (payload or {})
        event = replace(claimed({}), event_id=f"form:{FORM_ID}", kind="form", payload=written)
        return replace(event, **changes)

    def test_a_confirmed_form_is_found_by_its_id(self):
        assert meaning(self.ours()) == Filled(FORM_ID)

    @pytest.mark.parametrize(
        "changes",
        [
            {"event_id": "01HZZZZZZZZZZZZZZZZZZZZZZZ"},
            {"event_id": f"form:{UUID(int=8)}"},
            {"line_user": None},
            {"event_id": "form:x", "payload": {"form": "x"}},
            {"event_id": "form:", "payload": {"form": None}},
        ],
    )
    def test_what_only_looks_like_it_asks_for_nothing(self, changes: dict[str, Any]):
        assert meaning(self.ours(**changes)) == Nothing()

    def test_an_event_that_line_calls_form_is_one_of_line_s(self):
        theirs = self.ours({"replyToken": TOKEN, "source": {"type": "user", "userId": USER}})
        assert meaning(theirs) == SentOther("form")
