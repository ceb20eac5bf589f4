"""What the routing room makes of a person's words, in the words of the conversation.

Danger rules and place names are looked up directly (bounded, without a tokenizer). A suggestion needs Janome and
so runs in a thread with a deadline: when it is late the talk goes on without it.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import structlog

from bot.shown import Agencies, AgencyCard, Shown
from bot.texts import text
from dialogs.events import Act, Danger, Facts, Heard, HelpLine, Located, Place, Said, TalkText
from dialogs.screens import Screen, Suggested
from routing.danger import DANGER_KINDS
from routing.directory import City, District
from routing.results import Line, SuggestedAgency, Suggestion
from routing.router import Router

log = structlog.get_logger()

SUGGEST_SECONDS = 1.0
PLACE_TEXT = 300  # characters; whoever names a place does not need more


class Understanding:
    """The city's knowledge as the conversation needs it. Shared by all lanes."""

    def __init__(
        self, router: Router, city: City, *, talk_text: TalkText = "short", deadline: float = SUGGEST_SECONDS
    ) -> None:
        self._router = router
        self._city = city
        self._zone = ZoneInfo(city.timezone)
        self._talk_text: TalkText = talk_text
        self._deadline = deadline

    def facts(self, receipt: str, now: datetime) -> Facts:
        return Facts(
            city=self._city.name,
            readers=self._city.readers,
            answer_time=self._answer_time(now),
            receipt=receipt,
            danger_lines=self._lines((), now),
            menu_lines=_help_lines(self._router.menu_lines(now)),
            lines_by_kind={kind: self._lines((kind,), now) for kind in DANGER_KINDS},
            talk_text=self._talk_text,
        )

    def heard(self, act: Act, now: datetime) -> Heard:
        """Danger and places in what a person said or pointed at."""
        if isinstance(act, Said) and act.text.strip():
            places = self._router.places(act.text[:PLACE_TEXT])
            return Heard(danger=self._danger(act.text, now), places=_places(places))
        if isinstance(act, Located):
            found = self._router.place_at(act.latitude, act.longitude, act.label)
            return Heard(places=_places(found), outside=not self._router.inside(act.latitude, act.longitude))
        return Heard()

    async def suggestion(
        self, story: str, *, district: str | None, now: datetime, danger: Sequence[str] = ()
    ) -> Suggestion | None:
        """Concerns and agencies for a story; None when they could not be had, or not in time."""
        try:
            async with asyncio.timeout(self._deadline):
                return await asyncio.to_thread(
                    self._router.suggest, story, district=district, now=now, danger=tuple(danger)
                )
        except TimeoutError:
            log.warning("suggestion.late", seconds=self._deadline)
        except Exception:
            # A report must reach staff even when no agency can be found for it.
            log.exception("suggestion.failed")
        return None

    def shown(self, screens: Sequence[Screen], suggestion: Suggestion | None) -> list[Shown]:
        """The screens with `Suggested` turned into agency cards, or left out where the suggestion was late."""
        shown: list[Shown] = []
        for screen in screens:
            if not isinstance(screen, Suggested):
                shown.append(screen)
            elif suggestion is not None:
                shown.append(_cards(screen, suggestion))
        return shown

    def _danger(self, words: str, now: datetime) -> Danger | None:
        found = self._router.danger(words)
        if found is None:
            return None
        return Danger(level=found.level, kinds=found.kinds, lines=self._lines(found.kinds, now))

    def _lines(self, kinds: Sequence[str], now: datetime) -> tuple[HelpLine, ...]:
        return _help_lines(self._router.lines(kinds, now))

    def _answer_time(self, now: datetime) -> str:
        """When staff will next read, in the city's local time."""
        opening = self._router.next_answer(now)
        if opening <= now:
            return text("answer_now")
        local = opening.astimezone(self._zone)
        return text(
            "answer_at" if local.minute else "answer_at_full_hour",
            month=local.month,
            day=local.day,
            weekday=text("weekdays")[local.weekday()],
            hour=local.hour,
            minute=local.minute,
        )


def _help_lines(lines: Sequence[Line]) -> tuple[HelpLine, ...]:
    return tuple(HelpLine(line.name, line.number, line.dial, line.hours_text) for line in lines)


def _places(districts: Sequence[District]) -> tuple[Place, ...]:
    return tuple(
        Place(district.id, district.name, tuple(filter(None, (district.kana, *district.aliases))))
        for district in districts
    )


def _cards(screen: Suggested, suggestion: Suggestion) -> Agencies:
    labels = {concern.id: concern.label for concern in suggestion.concerns}
    if suggestion.abstained:
        return Agencies(intro=screen.nothing, cards=())
    cards = tuple(_card(agency, labels) for agency in suggestion.agencies)
    return Agencies(intro=screen.intro if cards else screen.nothing, cards=cards)


def _card(agency: SuggestedAgency, labels: dict[str, str]) -> AgencyCard:
    return AgencyCard(
        name=agency.name,
        phone=agency.phone,
        hours=agency.hours_text,
        open_now=agency.open_now,
        why=tuple(labels[concern] for concern in agency.concerns if concern in labels),
    )
