import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.reader import Batch, Incoming, UnreadableError, read

NOW = datetime(2026, 4, 3, 3, 0, tzinfo=UTC)
USER = "U" + "1" * 32


def text_event(**changes: Any) -> dict[str, Any]:
    event = {
        "type": "message",
        "mode": "active",
        "timestamp": int(NOW.timestamp() * 1000) - 500,
        "webhookEventId": "01H0000000000000000000TEST",
        "deliveryContext": {"isRedelivery": False},
        "source": {"type": "user", "userId": USER},
        "replyToken": "a" * 32,
        "message": {"id": "444", "type": "text", "text": "となりの家の新聞がたまっています"},
    }
    event.update(changes)
    return {key: value for key, value in event.items() if value is not ...}


def batch(*events: Any, **others: Any) -> Batch:
    return read(json.dumps({"destination": "U" + "0" * 32, "events": list(events), **others}).encode(), NOW)


def only(event: dict[str, Any]) -> Incoming:
    [incoming] = batch(event).events
    return incoming


def test_a_text_message_is_read():
    incoming = only(text_event())
    assert incoming.event_id == "01H0000000000000000000TEST"
    assert incoming.kind == "message.text"
    assert incoming.line_user == USER
    assert incoming.event_at == NOW - timedelta(milliseconds=500)
    assert incoming.mode == "active"
    assert incoming.payload["message"]["text"] == "となりの家の新聞がたまっています"
    assert incoming.payload["replyToken"] == "a" * 32


class TestBody:
    @pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", "\ufeff{}".encode(), '{"events":[]}'.encode("utf-16")])
    def test_no_4_what_is_no_json_in_utf_8_is_unreadable(self, body: bytes):
        with pytest.raises(UnreadableError):
            read(body, NOW)

    def test_no_6_no_events_is_an_empty_batch(self):
        assert batch() == Batch("U" + "0" * 32, (), 0)

    def test_no_7_the_old_check_events_are_passed_over(self):
        check = [
            {"replyToken": "0" * 32, "type": "message", "timestamp": 1, "source": {"type": "user", "userId": "U1"}},
            {"replyToken": "f" * 32, "type": "message", "timestamp": 1, "source": {"type": "user", "userId": "U1"}},
            text_event(source={"type": "user", "userId": "Udeadbeefdeadbeefdeadbeefdeadbeef"}),
        ]
        assert batch(*check) == Batch("U" + "0" * 32, (), 0)

    @pytest.mark.parametrize(
        "body", ["[]", "null", "5", '"x"', "{}", '{"events":null}', '{"events":{}}', '{"events":5}']
    )
    def test_no_8_json_of_another_shape_is_counted_not_raised(self, body: str):
        assert read(body.encode(), NOW) == Batch(None, (), 1)

    def test_no_58_the_destination_is_told(self):
        assert read(b'{"destination":5,"events":[]}', NOW).destination is None
        assert batch().destination == "U" + "0" * 32

    @pytest.mark.parametrize("opening", ["[", '{"a":'])
    def test_no_63_endless_nesting_is_unreadable(self, opening: str):
        with pytest.raises(UnreadableError):
            read(f'{{"events":[{opening * 100_000}]}}'.encode(), NOW)

    def test_no_63_a_huge_number_harms_no_neighbour(self):
        body = '{"events":[{"type":"follow","timestamp":' + "9" * 100_000 + "}," + json.dumps(text_event()) + "]}"
        events = read(body.encode(), NOW).events
        assert [event.kind for event in events] == ["follow", "message.text"]
        assert events[0].event_at == NOW

    def test_numbers_that_are_no_json_harm_nobody(self):
        body = b'{"events":[{"type":"message","message":{"type":"location","latitude":NaN,"longitude":1e999}}]}'
        [event] = read(body, NOW).events
        assert event.payload["message"] == {"type": "location", "latitude": None, "longitude": None}

    def test_nesting_within_json_s_reach_is_cut_at_a_sane_depth(self):
        deep: Any = "x"
        for _ in range(200):
            deep = [deep]
        incoming = only(text_event(extra=deep))
        assert len(json.dumps(incoming.payload["extra"])) < 50


class TestReplays:
    def test_no_57_an_event_older_than_a_fortnight_is_a_recording(self):
        old, young = NOW - timedelta(days=14, seconds=1), NOW - timedelta(days=13)
        events = [text_event(timestamp=int(at.timestamp() * 1000)) for at in (old, young, old)]
        found = batch(*events)
        assert [event.event_at for event in found.events] == [young]
        assert (found.stale, found.skipped) == (2, 0)

    @pytest.mark.parametrize("timestamp", [0, -1, "x", None, 4_102_444_800_000, 1e300])
    def test_no_25_an_absurd_time_is_no_recording(self, timestamp: Any):
        assert batch(text_event(timestamp=timestamp)).stale == 0


class TestOneBadEvent:
    @pytest.mark.parametrize("bad", [None, 5, [], "x", {}, {"type": None}, {"type": 5}, {"type": ""}])
    def test_no_9_is_skipped_alone(self, bad: Any):
        read_batch = batch(bad, text_event())
        assert [event.kind for event in read_batch.events] == ["message.text"]
        assert read_batch.skipped == 1

    def test_no_10_among_a_hundred_costs_only_itself(self):
        events: list[Any] = [text_event(webhookEventId=f"e{number}") for number in range(100)]
        events[50] = {"type": ["message"]}
        read_batch = batch(*events)
        assert len(read_batch.events) == 99
        assert read_batch.skipped == 1

    def test_no_11_the_same_id_twice_stays_the_same_id(self):
        first, second = batch(text_event(), text_event()).events
        assert first.event_id == second.event_id


class TestMode:
    def test_no_22_standby_keeps_no_words_and_no_token(self):
        incoming = only(text_event(mode="standby"))
        assert incoming.mode == "standby"
        assert set(incoming.payload) == {"mode", "type", "source"}

    @pytest.mark.parametrize("mode", ["paused", 5, None, "ACTIVE"])
    def test_no_23_an_unknown_mode_is_standby(self, mode: Any):
        assert only(text_event(mode=mode)).mode == "standby"

    def test_an_unsend_in_standby_is_still_heard(self):
        incoming = only({"type": "unsend", "mode": "standby", "unsend": {"messageId": "9"}})
        assert incoming.payload["unsend"] == {"messageId": "9"}


class TestIdentity:
    def test_no_24_without_its_id_a_redelivery_is_still_the_same_event(self):
        first = only(text_event(webhookEventId=..., deliveryContext=...))
        again = only(text_event(webhookEventId=..., deliveryContext={"isRedelivery": True}))
        assert first.event_id == again.event_id

    @pytest.mark.parametrize("broken", [5, "", None, {}, "x" * 500])
    def test_no_24_an_unusable_id_is_replaced(self, broken: Any):
        assert only(text_event(webhookEventId=broken)).event_id.startswith("sha256:")

    def test_two_different_events_without_ids_differ(self):
        taps = [
            {"type": "postback", "timestamp": 5, "source": {"type": "user", "userId": USER}, "postback": {"data": data}}
            for data in ("k1:a", "k1:b")
        ]
        first, second = batch(*taps).events
        assert first.event_id != second.event_id

    @pytest.mark.parametrize("source", [..., None, 5, {}, {"type": "user"}, {"type": "user", "userId": 7}])
    def test_no_26_no_person_is_told_when_line_tells_none(self, source: Any):
        assert only(text_event(source=source)).line_user is None

    @pytest.mark.parametrize("kind", ["group", "room", "square"])
    def test_no_27_somebody_in_a_group_is_nobody_to_us(self, kind: str):
        assert only(text_event(source={"type": kind, "groupId": "C1", "userId": USER})).line_user is None


class TestTimestamp:
    @pytest.mark.parametrize("timestamp", [None, "x", 0, -5, "", [], True, 4_102_444_800_000, 1e300, ...])
    def test_no_25_a_missing_absurd_or_future_time_is_the_time_of_receipt(self, timestamp: Any):
        assert only(text_event(timestamp=timestamp)).event_at == NOW

    @pytest.mark.parametrize("as_type", [int, float, str])
    def test_no_25_a_number_in_any_dress_is_read(self, as_type: type):
        milliseconds = int((NOW - timedelta(hours=5)).timestamp() * 1000)
        assert only(text_event(timestamp=as_type(milliseconds))).event_at == NOW - timedelta(hours=5)


class TestContent:
    def test_no_33_unknown_types_keep_their_person_and_token(self):
        incoming = only(text_event(type="poll", poll={"id": 1}))
        assert (incoming.kind, incoming.line_user) == ("poll", USER)
        assert incoming.payload["replyToken"] == "a" * 32
        assert only(text_event(message={"type": "hologram", "id": 5})).kind == "message.hologram"

    def test_no_35_a_strange_file_name_is_only_text(self):
        file = {"type": "file", "id": "1", "fileName": "../../x\x00.exe", "fileSize": 300_000_000}
        assert only(text_event(message=file)).payload["message"]["fileName"] == "../../x\ufffd.exe"

    def test_no_39_a_long_text_is_kept_whole(self):
        assert (
            len(only(text_event(message={"type": "text", "text": "あ" * 10_000})).payload["message"]["text"]) == 10_000
        )

    def test_no_41_what_postgresql_cannot_hold_is_replaced(self):
        body = b'{"events":[{"type":"message","message":{"type":"text","text":"a\\u0000\\ud83db","k\\u0000":1}}]}'
        [event] = read(body, NOW).events
        assert event.payload["message"] == {"type": "text", "text": "a\ufffd\ufffdb", "k\ufffd": 1}

    def test_no_42_and_43_original_signs_stay(self):
        words = "𠮷野家・葛󠄀・髙﨑 {name} $ (hello)"
        assert only(text_event(message={"type": "text", "text": words})).payload["message"]["text"] == words


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=10), children, max_size=4),
    max_leaves=20,
)
FIELDS = ("type", "mode", "timestamp", "webhookEventId", "source", "message", "replyToken", "postback")


@given(st.lists(st.dictionaries(st.sampled_from(FIELDS), json_values) | json_values, max_size=5))
def test_any_signed_json_is_read_and_can_be_stored(events: list[Any]):
    result = read(json.dumps({"events": [*events, text_event()]}).encode(), NOW)
    assert result.events[-1].kind == "message.text"
    for event in result.events:
        event.event_id.encode()
        stored = json.dumps(event.payload, ensure_ascii=False, allow_nan=False)
        stored.encode()
        assert "\\u0000" not in stored
        assert event.event_at <= NOW


@given(st.binary(max_size=200))
def test_any_bytes_are_a_batch_or_unreadable(body: bytes):
    try:
        read(body, NOW)
    except UnreadableError:
        return
