"""One whole talk, from the first word to the receipt code, as texts that a person types."""

import json

from tests.bench.harness import EXAMPLES

TO_THE_STORY = ("気になる人がいる", "はい", "近所の人", "わからない")
TO_THE_END = ("これでよい", "この数日", "いいえ", "わからない", "連絡はいらない", "送る")
STORY_PLACE = len(TO_THE_STORY)


def calm_stories() -> list[str]:
    """Stories that are not interrupted by telephone numbers, so that every talk takes the same steps."""
    examples = [json.loads(line) for file in EXAMPLES for line in file.read_text("utf-8").splitlines()]
    return [e["text"] for e in examples if e["urgency"] == "routine" and e["primary"] != "other"]


def talks(people: int) -> list[list[str]]:
    stories = calm_stories()
    return [[*TO_THE_STORY, stories[n % len(stories)], *TO_THE_END] for n in range(people)]
