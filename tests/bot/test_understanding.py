import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.shown import Agencies, FormButton
from bot.texts import text
from bot.understanding import Understanding
from dialogs.book import load_book
from dialogs.events import Followed, FormDone, Located, Said
from dialogs.screens import FormLink, Say, Suggested
from dialogs.script import ScriptStep
from routing.directory import City
from routing.router import Router
from tests.bot.talking import NOW

NIGHT = datetime(2026, 4, 4, 14, 30, tzinfo=UTC)  # Saturday, half past eleven at night in Nagano


@pytest.fixture(scope="module")
def understanding(router: Router, city: City) -> Understanding:
    return Understanding(router, city)


class TestFacts:
    def test_name_the_city_its_readers_and_the_code(self, understanding: Understanding, city: City):
        facts = understanding.facts("KZ-A-B", NOW)
        assert (facts.city, facts.readers, facts.receipt, facts.talk_text) == (
            city.name,
            city.readers,
            "KZ-A-B",
            "short",
        )
        assert {line.number for line in facts.danger_lines} >= {"119", "110"}
        assert facts.lines_by_kind["child"]
        assert [line.number for line in facts.menu_lines][:2] == ["119", "110"]

    def test_in_office_hours_staff_read_today(self, understanding: Understanding):
        assert understanding.facts("", NOW).answer_time == text("answer_now")

    def test_at_night_the_next_opening_is_told_in_local_time(self, understanding: Understanding):
        assert understanding.facts("", NIGHT).answer_time == "4月6日(月)8時30分以降"

    def test_the_form_is_offered_where_there_is_one(self, router: Router, city: City):
        assert Understanding(router, city, has_form=True).facts("", NOW).has_form
        assert not Understanding(router, city).facts("", NOW).has_form

    def test_within_a_minute_the_lines_are_looked_up_once(self, router: Router, city: City):
        looked_up: list[Any] = []

        class Counting(Router):
            def __init__(self) -> None:
                self.__dict__ |= router.__dict__

            def lines(self, kinds: Any, now: datetime) -> Any:
                looked_up.append((kinds, now))
                return super().lines(kinds, now)

        understanding = Understanding(Counting(), city)
        first = understanding.facts("A", NOW)
        understanding.heard(Said("死にたい"), NOW + timedelta(seconds=30))
        second = understanding.facts("B", NOW + timedelta(seconds=59))
        assert len(looked_up) == len(set(looked_up))
        assert second == replace(first, receipt="B")
        understanding.facts("C", NOW + timedelta(minutes=1))
        assert {now for _, now in looked_up} == {NOW, NOW + timedelta(minutes=1)}

    def test_a_new_minute_brings_new_lines(self, understanding: Understanding, router: Router, city: City):
        understanding.facts("", NOW)
        fresh = Understanding(router, city).facts("", NIGHT)
        assert understanding.facts("", NIGHT) == fresh
        assert understanding.facts("", NIGHT + timedelta(seconds=59)) == fresh


class TestHeard:
    def test_no_46_danger_is_heard_with_the_numbers_for_it(self, understanding: Understanding):
        danger = understanding.heard(Said("いま 死にたい"), NOW).danger
        assert danger is not None
        assert "suicide" in danger.kinds
        assert danger.lines

    def test_a_district_is_heard_by_its_name(self, understanding: Understanding, city: City):
        district = city.districts[0]
        assert understanding.heard(Said(district.name), NOW).places[0].id == district.id

    def test_a_place_outside_the_city_is_none(self, understanding: Understanding, city: City):
        assert understanding.heard(Located(0.0, 0.0, city.districts[0].name), NOW).places == ()

    def test_a_position_outside_the_city_is_told_apart(self, understanding: Understanding):
        assert understanding.heard(Located(35.0, 135.0, ""), NOW).outside
        assert not understanding.heard(Located(36.65, 138.19, ""), NOW).outside

    def test_a_place_knows_what_else_it_is_called(self, understanding: Understanding):
        place = understanding.heard(Said("しののい"), NOW).places[0]
        assert place.label == "篠ノ井"
        assert "しののい" in place.names

    def test_no_47_personal_data_are_heard_and_masked(self, understanding: Understanding):
        heard = understanding.heard(Said("田中さんは090-1234-5678、田中さんは留守"), NOW)
        assert heard.personal == ("name", "phone")
        assert heard.masked == "〇〇さんは〇〇（電話番号）、〇〇さんは留守"

    @pytest.mark.parametrize("talk_text", ["full", "off"])
    def test_where_all_or_nothing_is_kept_nothing_is_masked(self, router: Router, city: City, talk_text: Any):
        heard = Understanding(router, city, talk_text=talk_text).heard(Said("田中さん"), NOW)
        assert (heard.personal, heard.masked) == ((), "")

    def test_the_city_s_own_numbers_stay(self, understanding: Understanding, city: City):
        phone = next(agency.phone for agency in city.agencies if agency.phone.startswith("026-"))
        assert understanding.heard(Said(f"{phone}にかけた"), NOW).personal == ()

    def test_no_46_danger_in_the_form_is_heard(self, understanding: Understanding):
        danger = understanding.heard(FormDone(story="父が倒れています"), NOW).danger
        assert danger is not None
        assert danger.level == "now"

    def test_the_form_s_address_tells_the_district_before_its_landmark(self, understanding: Understanding):
        heard = understanding.heard(FormDone(story="三輪で", address="長野市浅川1-2-3", landmark="篠ノ井の店"), NOW)
        assert [place.label for place in heard.places] == ["浅川"]
        heard = understanding.heard(FormDone(story="三輪で", address="1-2-3", landmark="篠ノ井の店"), NOW)
        assert [place.label for place in heard.places] == ["篠ノ井"]

    def test_an_empty_form_tells_nothing(self, understanding: Understanding):
        heard = understanding.heard(FormDone(photos=("p",)), NOW)
        assert (heard.danger, heard.places, heard.personal) == (None, (), ())

    def test_nothing_is_heard_in_what_is_not_said(self, understanding: Understanding):
        heard = understanding.heard(Followed(), NOW)
        assert (heard.danger, heard.places) == (None, ())

    @pytest.mark.parametrize("words", ["", " ", "々" * 10_000, "🍎" * 5_000, "\n" * 5_000, "ゆ" + "\u0301" * 9_000])
    def test_no_39_and_40_odd_texts_take_no_time(self, understanding: Understanding, words: str):
        started = time.monotonic()
        understanding.heard(Said(words), NOW)
        assert time.monotonic() - started < 1


ASKED = Suggested("こちらに相談できます。", "職員が読んで考えます。", "物忘れが増えて徘徊しています", None)


def _steps() -> list[ScriptStep]:
    return [step for script in load_book().scripts.values() for step in script.steps]


class TestSigns:
    @pytest.mark.parametrize("sign", [sign for step in _steps() for sign in step.signs])
    async def test_every_sign_that_is_tapped_finds_a_concern(self, understanding: Understanding, sign: str):
        book = load_book()
        own = f"notice.noticed.search.{sign}"
        words = book.texts.say(own if book.texts.has(own) else f"notice.noticed.signs.{sign}")
        suggestion = await understanding.suggestion(words, district=None, now=NOW)
        assert suggestion is not None
        assert suggestion.concerns


class TestSuggestion:
    async def test_becomes_cards_with_reasons(self, understanding: Understanding):
        suggestion = await understanding.suggestion(ASKED.story, district=None, now=NOW)
        first, cards = understanding.shown([Say("はい。"), ASKED], suggestion)
        assert first == Say("はい。")
        assert isinstance(cards, Agencies)
        assert cards.intro == ASKED.intro
        assert any("認知症" in reason for card in cards.cards for reason in card.why)

    async def test_of_what_was_written_in_the_form_no_reasons_are_shown(self, understanding: Understanding):
        suggestion = await understanding.suggestion(ASKED.story, district=None, now=NOW)
        [cards] = understanding.shown([replace(ASKED, reasons=False)], suggestion)
        assert isinstance(cards, Agencies)
        assert cards.cards
        assert not any(card.why for card in cards.cards)

    def test_the_way_to_the_form_becomes_a_button_where_there_is_an_address(self, understanding: Understanding):
        link = FormLink("書けます。", "ひらく")
        assert understanding.shown([link], None, "https://a/") == [FormButton("書けます。", "ひらく", "https://a/")]
        assert understanding.shown([link], None) == []

    async def test_where_routing_abstains_the_other_sentence_stands(self, understanding: Understanding):
        suggestion = await understanding.suggestion("ああああ", district=None, now=NOW)
        assert understanding.shown([ASKED], suggestion) == [Agencies(ASKED.nothing, ())]

    async def test_a_broken_one_holds_nobody_back(self, city: City):
        class Broken:
            def suggest(self, *_: Any, **__: Any) -> None:
                raise RuntimeError("no dictionary")

        with capture_logs() as logs:
            assert await Understanding(Broken(), city).suggestion("物忘れ", district=None, now=NOW) is None
        assert [entry["event"] for entry in logs] == ["suggestion.failed"]

    async def test_a_late_one_is_left_out_and_the_talk_goes_on(self, city: City):
        class Slow:
            def suggest(self, *_: Any, **__: Any) -> None:
                time.sleep(0.3)

        understanding = Understanding(Slow(), city, deadline=0.02)
        suggestion = await understanding.suggestion("物忘れ", district=None, now=NOW)
        assert suggestion is None
        assert understanding.shown([ASKED, Say("つづけます。")], suggestion) == [Say("つづけます。")]
