"""Danger comes before everything: the numbers first, then at most one calm question, then the path as it was.

The cards never repeat what a person wrote.
"""

from dataclasses import replace

from dialogs.events import Danger, HelpLine
from dialogs.screens import DangerCard, Say
from dialogs.state import State
from dialogs.turn import Move, Turn

_NO_KIND = ("",)
_OWN_WORDS = frozenset({"suicide"})
"""Kinds with a card of their own words, where nothing else is heard beside them."""


def in_front(turn: Turn, before: State, move: Move) -> Move:
    """`move`, with what the danger of this act needs in front of it."""
    danger = turn.event.heard.danger or move.alarm
    if danger is None:
        return move if before.calm else replace(move, state=replace(move.state, calmed=()))
    if danger.level == "quiet":
        return _quietly(turn, danger, move)
    move = replace(move, told=(_card(turn, danger), *move.told))
    if not move.effects:
        move = replace(move, state=_noted(turn, move.state, danger))
    return _stopped(before, danger, move) if danger.level == "now" else move


def _stopped(before: State, danger: Danger, move: Move) -> Move:
    """One calm question, unless the last one was about the same or there is a receipt to show."""
    kinds = danger.kinds or _NO_KIND
    if move.effects or set(kinds) <= set(before.calmed):
        return move
    return replace(move, state=replace(move.state, calm=True, calmed=kinds), hints=())


def _noted(turn: Turn, state: State, danger: Danger) -> State:
    """The kinds heard in words go into the report; those of a tapped choice are read from the choice."""
    if turn.event.heard.danger is None:
        return state
    message = getattr(turn.event.act, "message_id", "")
    for kind in danger.kinds:
        state = state.with_entry("danger_kinds", kind, message)
    return state


def _quietly(turn: Turn, danger: Danger, move: Move) -> Move:
    if move.state.quieted or not move.asks:
        return move  # offered already, or nothing is said at all
    lines = "\n".join(_line(turn, line) for line in danger.lines or turn.event.facts.danger_lines)
    said = Say(turn.say("danger.quiet", lines=lines))
    return replace(move, state=replace(move.state, quieted=True), hints=(*move.hints, said))


def _line(turn: Turn, line: HelpLine) -> str:
    return turn.say("danger.line", name=line.name, number=line.number)


def _card(turn: Turn, danger: Danger) -> DangerCard:
    lines = danger.lines or turn.event.facts.danger_lines
    if len(danger.kinds) == 1 and danger.kinds[0] in _OWN_WORDS:
        title = "title" if turn.event.heard.danger else "tapped"
        own = f"danger.{danger.kinds[0]}"
        return DangerCard(turn.say(f"{own}.{title}"), turn.say(f"{own}.text"), lines)
    text = turn.say(f"danger.{danger.level}.text")
    if "dv" in danger.kinds:
        text = f"{text}\n{turn.say('danger.dv')}"
    return DangerCard(turn.say(f"danger.{danger.level}.title"), text, lines)


def menu_card(turn: Turn) -> DangerCard:
    """The numbers as the rich menu shows them."""
    facts = turn.event.facts
    return DangerCard(
        turn.say("danger.menu.title"), turn.say("danger.menu.text"), facts.menu_lines or facts.danger_lines
    )
