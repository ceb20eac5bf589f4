"""How much one conversation may take. Every number is a named option."""

from dataclasses import dataclass
from datetime import timedelta

DRAFT_LIFE = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Limits:
    """The engine's limits; characters are code points of the text as it arrived.

    Attributes:
        steps_per_event: steps looked at to find the next question; more means a script that runs in circles.
        events_per_session: acts of a person in one session; then the session ends, kindly.
        screens_per_step: what the renderer can send in one answer (LINE takes five messages at a time).
        draft_life: how long an unsent draft waits for its person.
        short_message: longest message kept when the city allows short texts in the talk.
        short_total: longest story, all messages together, in that case.
        full_message: longest message kept when the city allows any text (LINE itself takes 5,000 to show).
        full_total: longest story in that case.
        phrase: longest answer in own words (a landmark, whom it is about); a longer one tells a story as well.
        answer: most letters of what is taken for a failed answer; a longer text tells something and is kept.
        candidates: districts offered when the words fit several (with the ways out, LINE shows 13 buttons).
        double_tap: two taps on one button within this time are one.
        photo_set: photos that come within this time, where LINE names no set, are answered once.
        shown_story: how much of the story the summary repeats, in graphemes.
    """

    steps_per_event: int = 50
    events_per_session: int = 500
    screens_per_step: int = 5
    draft_life: timedelta = DRAFT_LIFE
    short_message: int = 600
    short_total: int = 3_000
    full_message: int = 5_000
    full_total: int = 5_000
    phrase: int = 20
    answer: int = 8
    candidates: int = 7
    double_tap: timedelta = timedelta(seconds=3)
    photo_set: timedelta = timedelta(seconds=2)
    shown_story: int = 200
