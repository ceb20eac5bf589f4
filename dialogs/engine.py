"""The conversation: (state, event, now) → (state, screens, effects). Pure; any event and any state get an answer."""

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from dialogs import answers, asides, commands, danger, form, late, places, prompts, steps, words
from dialogs.book import Book
from dialogs.events import Event, Followed, FormDone, Located, Said, SentOther, Tapped, Unsent
from dialogs.limits import Limits
from dialogs.measure import blank, safe
from dialogs.path import ended, fitted, next_open
from dialogs.screens import Say, Screen
from dialogs.state import State, Step
from dialogs.turn import Move, Turn, after, hinted, told

_DEFAULT = Limits()
_MEDIA = frozenset({"image", "video", "audio", "file"})
_MASKED = frozenset({"story", "place_text"})
"""Slots of own words, in which personal data are masked."""
_LASTING = ("tapped", "tapped_at", "shared", "shared_at", "heard_at", "form_at")


class Engine:
    """Answers acts from a book. Holds no state of its own; one engine serves everybody."""

    def __init__(self, book: Book, limits: Limits = _DEFAULT) -> None:
        self._book = book
        self._limits = limits

    def advance(self, state: State, event: Event, now: datetime) -> Step:
        """What `event` leads to. `now` is UTC; the same arguments always give the same step."""
        turn = Turn(self._book, self._limits, event, now)
        if _is_repeated(turn, state):
            return Step(replace(state, events=state.events + 1, **_remembered(turn, state)))
        current, news = _current(turn, state)
        if news and isinstance(event.act, Tapped) and not event.act.data.startswith("menu:"):
            move = Move(current)  # the button belongs to what has just gone; one explanation is enough
        else:
            move = _answer(turn, current)
        return _finished(turn, current, danger.in_front(turn, current, after(news, move)))


def _current(turn: Turn, state: State) -> tuple[State, tuple[Screen, ...]]:
    """The state to go on from, and what must be told about how it came to be."""
    gone = ""
    if state.is_expired(turn.now, turn.limits.draft_life):
        gone = "told.expired"
    elif state.events >= turn.limits.events_per_session:
        gone = "told.too_many_events"
    if gone:
        news = (Say(turn.say(gone)),) if state.is_draft else ()
        return ended(state), news
    fit = fitted(state, turn.book, turn.limits)
    if fit.restarted:
        return replace(fit, restarted=False), (Say(turn.say("told.restarted")),)
    return fit, ()


def _answer(turn: Turn, state: State) -> Move:
    if turn.event.timing != "present":
        return _warned(turn, state, late.heard(turn, state))
    match turn.event.act:
        case Said(text):
            move = _warned(turn, state, _said(turn, state, safe(text)))
        case Tapped(data):
            move = _tapped(turn, state, data)
        case Located() as place:
            move = _located(turn, state, place)
        case Followed():
            move = commands.welcome(turn, state)
        case Unsent(message):
            move = _unsent(turn, state, message)
        case SentOther(kind):
            move = _other(turn, state, kind)
        case FormDone() as written:
            move = form.done(turn, state, written)
    return move


def _other(turn: Turn, state: State, kind: str) -> Move:
    if kind in _MEDIA:
        return Move(state, hints=(form.screen(turn, "odd.media"),))
    return hinted(turn, state, "odd.sticker" if kind == "sticker" else "odd.other")


def _is_repeated(turn: Turn, state: State) -> bool:
    """A second tap on the same button, or one more of the photos that were sent together: answered already."""
    match turn.event.act:
        case Tapped(data):
            return state.tapped == _digest("tap", data) and _within(turn.at, state.tapped_at, turn.limits.double_tap)
        case SentOther(kind, group) if kind in _MEDIA:
            if group:
                return state.shared == _digest("group", group)
            return _within(turn.now, state.shared_at, turn.limits.photo_set)
    return False


def _within(at: datetime, before: datetime | None, span: timedelta) -> bool:
    """LINE may bring two acts in either order."""
    return before is not None and abs(at - before) < span


def _remembered(turn: Turn, before: State) -> dict[str, Any]:
    """What tells a repeated or overtaken act, field by field; it outlives a session."""
    fields = {name: getattr(before, name) for name in _LASTING}
    if _is_repeated(turn, before):
        return fields
    match turn.event.act:
        case Tapped(data):
            fields |= {"tapped": _digest("tap", data), "tapped_at": turn.at}
        case SentOther(kind, group) if kind in _MEDIA:
            fields |= {"shared": _digest("group", group) if group else before.shared, "shared_at": turn.now}
        case FormDone():
            fields["form_at"] = turn.at
    if not isinstance(turn.event.act, FormDone | Followed):  # who comes back says nothing yet
        fields["heard_at"] = max(turn.at, before.heard_at or turn.at)
    return fields


def _tapped(turn: Turn, state: State, data: str) -> Move:
    if data.startswith("menu:"):
        return commands.menu(turn, state, data.removeprefix("menu:"))
    mark, session, nonce, value = (*data.split(":", 3), "", "", "", "")[:4]
    if mark == "k1" and session and (session, nonce) == (state.session, state.nonce):
        prompt = prompts.present(turn, state)
        if value.startswith(".") and value[1:] in prompt.ways:
            return commands.follow(turn, state, value[1:])
        if value in {option.value for option in prompt.options}:
            return _picked(turn, state, value)
    if session and session == state.sent:
        return commands.already_sent(turn, state)
    return told(turn, state, "told.stale" if state.is_draft else "told.gone")


def _said(turn: Turn, state: State, text: str) -> Move:
    if blank(text):
        return hinted(turn, state, "odd.empty")
    options = prompts.present(turn, state).options
    index = answers.pick(text, [option.words for option in options])
    if index is not None:
        return _picked(turn, state, options[index].value)
    command = commands.named(turn, text)
    return commands.follow(turn, state, command) if command else _heard(turn, state, text)


def _warned(turn: Turn, before: State, move: Move) -> Move:
    """`move`, telling once in a session that personal data were left out of what was kept."""
    new = set(move.state.entries) - set(before.entries)
    if not turn.masks or before.warned or not any(entry.slot in _MASKED for entry in new):
        return move
    said = form.screen(turn, "mask.told")
    return replace(move, state=replace(move.state, warned=True), told=(*move.told, said))


def _picked(turn: Turn, state: State, value: str) -> Move:
    """A choice that the present question offers."""
    if state.calm:
        return asides.calm(turn, state, value)
    if value.startswith("menu:"):
        return commands.menu(turn, state, value.removeprefix("menu:"))
    if state.aside in asides.ANSWERED:
        return asides.ANSWERED[state.aside](turn, state, value)
    here = turn.here(state)
    if here is None:
        return told(turn, state, "told.stale")
    return places.chosen(here, value) if state.aside == "place" else steps.picked(here, value)


def _heard(turn: Turn, state: State, text: str) -> Move:
    """Own words. Where the calm question stands, they are for the question below it."""
    state = replace(state, calm=False)
    here = turn.here(state)
    if here is None or state.aside in {"resume", "later"}:
        return words.held(turn, state, text)
    return words.also(turn, state, text) if state.aside in {"stop", "fresh", "fix"} else steps.said(here, text)


def _located(turn: Turn, state: State, place: Located) -> Move:
    here = turn.here(replace(state, calm=False))
    if here and here.step.kind == "place" and state.aside in {"", "place"}:
        return places.located(here, place)
    return hinted(turn, state, "odd.location")


def _unsent(turn: Turn, state: State, message: str) -> Move:
    """What came from a message its sender took back leaves the draft, and is asked again where it is missing."""
    left = tuple(entry for entry in state.entries if not message or entry.message != message)
    if left == state.entries or not state.is_draft:
        return Move(replace(state, entries=left), asks=False)
    forgot = fitted(replace(state, entries=left), turn.book, turn.limits)
    if forgot.aside == "place" and not (forgot.all("place_text") or forgot.all("position")):
        forgot = replace(forgot, aside="", places=())
    here = turn.here(forgot)
    if here and here.step.kind == "summary":
        step = next_open(here.script, forgot, turn.limits) or here.step.id
        aside = forgot.aside if step == here.step.id or forgot.aside != "fix" else ""
        forgot = replace(forgot, step=step, aside=aside)
    return told(turn, forgot, "told.unsent")


def _finished(turn: Turn, before: State, move: Move) -> Step:
    """The step of `move`: buttons get a new nonce when the question changed, so that old ones are known as old."""
    state = move.state
    news: tuple[Screen, ...] = ()
    if state.restarted:
        state, news = replace(state, restarted=False), (Say(turn.say("told.restarted")),)
    state = replace(state, session=state.session or _digest("session", turn.event.key))
    is_moved = _position(state) != _position(before) or not before.nonce
    state = replace(
        state,
        nonce=_digest("nonce", turn.event.key) if is_moved else before.nonce,
        events=state.events + 1,
        touched=turn.now,
        excused_at=state.excused_at or before.excused_at,
        **_remembered(turn, before),
    )
    if not move.asks and not move.told:
        return Step(replace(state, heard_at=before.heard_at))  # it left the question that stands as it is
    question = prompts.screens(turn, state)
    first = (*move.told, *news, *move.hints)[: turn.limits.screens_per_step - len(question)]
    return Step(state, (*first, *question), move.effects)


def _position(state: State) -> tuple[object, ...]:
    return (state.session, state.step, state.page, state.aside, state.calm, state.entries, state.places)


def _digest(purpose: str, key: str) -> str:
    return hashlib.sha256(f"{purpose}:{key}".encode("utf-8", "surrogatepass")).hexdigest()[:10]
