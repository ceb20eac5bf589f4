"""Answers to side questions: begin with these words? go on? stop? from the start? correct which? calm after danger."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from dialogs.path import began, ended
from dialogs.screens import Say
from dialogs.state import State
from dialogs.turn import Move, Turn, told

OPEN_PATH = "notice"
"""The path that a person's unasked words begin."""


def calm(turn: Turn, state: State, value: str) -> Move:
    """After the telephone numbers: the path goes on exactly where it was. Nobody may believe that help is under way."""
    move = told(turn, replace(state, calm=False), f"calm.{value}")
    return replace(move, told=(*move.told, Say(turn.say("calm.unsent")))) if value == "cannot" else move


def begun(turn: Turn, state: State, path: str) -> State:
    """`state` at the first question of `path`."""
    script = turn.book.scripts.get(path)
    started = began(state, script, "", turn.limits) if script else None
    return started or replace(ended(state), restarted=True)


def _begin(turn: Turn, state: State, value: str) -> Move:
    if value == "go":
        return Move(begun(turn, state, OPEN_PATH))
    return told(turn, ended(state), "told.declined")


def _resume(_turn: Turn, state: State, value: str) -> Move:
    return Move(replace(state, aside="" if value == "go" else "fresh"))


def _stop(turn: Turn, state: State, value: str) -> Move:
    if value == "yes":
        return told(turn, ended(state), "told.stopped")
    return Move(replace(state, aside=""))


def _fresh(turn: Turn, state: State, value: str) -> Move:
    if value == "yes":
        return Move(begun(turn, ended(state), state.script))
    return Move(replace(state, aside=""))


def _fix(_turn: Turn, state: State, value: str) -> Move:
    return Move(replace(state, aside="", step=value))


ANSWERED: Mapping[str, Callable[[Turn, State, str], Move]] = {
    "begin": _begin,
    "resume": _resume,
    "later": _resume,
    "stop": _stop,
    "fresh": _fresh,
    "fix": _fix,
}
"""Side question → what its answer does."""
