"""What the routing room makes of a person's words, in the words of the conversation.

Danger rules and place names are looked up directly (bounded, without a tokenizer). A suggestion needs Janome and
so runs in a thread with a deadline: when it is late the talk goes on without it.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import structlog

from bot.shown import Agencies, AgencyCard, FormButton, Shown
from bot.texts import text
from dialogs.events import Act, Danger, Facts, FormDone, Heard, HelpLine, Located, Place, Said, TalkText
from dialogs.screens import FormLink, Screen, Suggested
from routing import personal
from routing.danger import DANGER_KINDS
from routing.directory import City, District
from routing.results import Line, SuggestedAgency, Suggestion
from routing.router import Router

log = structlog.get_logger()

SUGGEST_SECONDS = 3.0  # whoever waits for an answer would rather have it whole
_NEVER = datetime.min.replace(tzinfo=UTC)
PLACE_TEXT = 300  # characters; whoever names a place does not need more


class Understanding:
    """The city's knowledge as the conversation needs it. Shared by all lanes."""

    def __init__(
        self,
        router: Router,
        city: City,
        *,
        talk_text: TalkText = "short",
        has_form: bool = False,
        deadline: float = SUGGEST_SECONDS,
    ) -> None:
        self._router = router
        self._city = city
        self._zone = ZoneInfo(city.timezone)
        self._talk_text: TalkText = talk_text
        self._has_form = has_form
        self._deadline = deadline
        self._public = _public_numbers(city)
        self._minute = _NEVER
        self._lines_now: dict[tuple[str, ...], tuple[HelpLine, ...]] = {}
        self._facts_now: Facts | None = None

    def facts(self, receipt: str, now: datetime) -> Facts:
        """The facts of this minute: hours are kept to the minute, so all who write within it are told the same."""
        minute = self._turned(now)
        if self._facts_now is None:
            self._facts_now = Facts(
                city=self._city.name,
                readers=self._city.readers,
                answer_time=self._answer_time(minute),
                receipt="",
                danger_lines=self._lines((), minute),
                menu_lines=_help_lines(self._router.menu_lines(minute)),
                lines_by_kind={kind: self._lines((kind,), minute) for kind in DANGER_KINDS},
                talk_text=self._talk_text,
                has_form=self._has_form,
            )
        return replace(self._facts_now, receipt=receipt)

    def heard(self, act: Act, now: datetime) -> Heard:
        """Danger, places and personal data in what a person said, wrote in the form or pointed at."""
        if isinstance(act, Said) and act.text.strip():
            return self._in_words(act.text, now)
        if isinstance(act, FormDone):
            return self._in_form(act, now)
        if isinstance(act, Located):
            found = self._router.place_at(act.latitude, act.longitude, act.label)
            return Heard(places=_places(found), outside=not self._router.inside(act.latitude, act.longitude))
        return Heard()

    def _in_words(self, words: str, now: datetime) -> Heard:
        """Personal data are looked for only where they must not be kept: `full` is the city's own choice."""
        found = personal.find(words, self._public) if self._talk_text == "short" else ()
        return Heard(
            danger=self._danger(words, now),
            places=_places(self._router.places(words[:PLACE_TEXT])),
            personal=tuple(dict.fromkeys(piece.kind for piece in found)),
            masked=personal.masked(words, found) if found else "",
        )

    def _in_form(self, form: FormDone, now: datetime) -> Heard:
        """An address tells more surely where it is than a landmark, and both more surely than a story."""
        told = [form.address, form.landmark] if form.address or form.landmark else [form.story]
        found = (self._router.places(words[:PLACE_TEXT]) for words in told if words.strip())
        written = "\n".join(filter(None, (form.story, form.landmark, form.address)))
        return Heard(
            danger=self._danger(written, now) if written.strip() else None,
            places=_places(next((places for places in found if places), ())),
        )

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

    def shown(
        self, screens: Sequence[Screen], suggestion: Suggestion | None, form_url: str | None = None
    ) -> list[Shown]:
        """The screens as they can be drawn.

        `Suggested` becomes agency cards, or is left out where the suggestion was late; `FormLink` becomes a button
        to `form_url` (one-time, of this person), or is left out where there is no form.
        """
        shown: list[Shown] = []
        for screen in screens:
            if isinstance(screen, Suggested):
                shown += [_cards(screen, suggestion)] if suggestion is not None else []
            elif isinstance(screen, FormLink):
                shown += [FormButton(screen.text, screen.label, form_url)] if form_url else []
            else:
                shown.append(screen)
        return shown

    def _danger(self, words: str, now: datetime) -> Danger | None:
        found = self._router.danger(words)
        if found is None:
            return None
        return Danger(level=found.level, kinds=found.kinds, lines=self._lines(found.kinds, now))

    def _lines(self, kinds: Sequence[str], now: datetime) -> tuple[HelpLine, ...]:
        minute, wanted = self._turned(now), tuple(kinds)
        if wanted not in self._lines_now:
            self._lines_now[wanted] = _help_lines(self._router.lines(wanted, minute))
        return self._lines_now[wanted]

    def _turned(self, now: datetime) -> datetime:
        """The minute of `now`; with a new one, what was true of the last is forgotten."""
        minute = now.replace(second=0, microsecond=0)
        if minute != self._minute:
            self._minute, self._facts_now, self._lines_now = minute, None, {}
        return minute

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


def _public_numbers(city: City) -> frozenset[str]:
    """Digits of the telephone numbers that the city itself tells everybody."""
    told = (*(line.dial for line in city.hotlines), *(a.phone for a in city.agencies), *(a.fax for a in city.agencies))
    return frozenset("".join(filter(str.isdigit, number)) for number in told) - {""}


def _help_lines(lines: Sequence[Line]) -> tuple[HelpLine, ...]:
    return tuple(HelpLine(line.name, line.number, line.dial, line.hours_text) for line in lines)


def _places(districts: Sequence[District]) -> tuple[Place, ...]:
    return tuple(
        Place(district.id, district.name, tuple(filter(None, (district.kana, *district.aliases))))
        for district in districts
    )


def _cards(screen: Suggested, suggestion: Suggestion) -> Agencies:
    labels = {concern.id: concern.label for concern in suggestion.concerns} if screen.reasons else {}
    if suggestion.abstained:
        return Agencies(intro=screen.nothing, cards=())
    cards = tuple(_card(agency, labels) for agency in suggestion.agencies)
    return Agencies(intro=screen.intro if cards else screen.nothing, cards=cards)


def _card(agency: SuggestedAgency, labels: Mapping[str, str]) -> AgencyCard:
    return AgencyCard(
        name=agency.name,
        phone=agency.phone,
        hours=agency.hours_text,
        open_now=agency.open_now,
        why=tuple(labels[concern] for concern in agency.concerns if concern in labels),
    )
