"""`kizuki suggest`, one line at a time: a text in, concerns and agencies out (DESIGN §9)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from routing.router import Router


class BadLineError(ValueError):
    """A line that is no question: the message tells in Japanese and English what is missing."""


def answer(router: Router, line: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The suggestion for one `{"id", "text"}`, as plain JSON data; `district` (an id) may be given too.

    Raises:
        BadLineError: the line is no object, or `id` or `text` is missing or of the wrong type.
    """
    _check(line)
    found = router.suggest(line["text"], district=line.get("district"), now=now)
    return {
        "id": line["id"],
        "urgency": found.urgency,
        "concerns": [
            {"id": concern.id, "score": concern.score, "evidence": [words.text for words in concern.evidence]}
            for concern in found.concerns
        ],
        "agencies": [{"id": agency.id, "name": agency.name} for agency in found.agencies],
        "abstained": found.abstained,
    }


def _check(line: Any) -> None:
    if not isinstance(line, Mapping):
        raise BadLineError("1行に1つのJSONオブジェクトを書いてください / a line must be a JSON object")
    if not isinstance(line.get("id"), str | int) or isinstance(line.get("id"), bool):
        raise BadLineError("id(文字列か数)がありません / id must be a string or a number")
    if not isinstance(line.get("text"), str):
        raise BadLineError("text(文字列)がありません / text must be a string")
    if not isinstance(line.get("district"), str | None):
        raise BadLineError("district は地区の id(文字列)です / district must be a district id")
