"""Reading what a person typed into a form: checked field by field, and kept for showing again."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated

from fastapi import Depends, Request

from admin.labels import Labels

MOST_FIELDS = 40
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class Incomplete(Exception):  # noqa: N818 - a person's slip, not an error of the program
    """The form has errors; they stand in its `Fields`."""


@dataclass(slots=True)
class Fields:
    """One sent form. Reading methods note what is wrong; `check` raises when anything was.

    `errors` maps a field to its message; the message for the form as a whole has the key "".
    """

    name: str
    typed: Mapping[str, str]
    labels: Labels
    errors: dict[str, str] = field(default_factory=dict)

    def text(self, key: str, *, most: int, required: bool = False) -> str:
        """The trimmed text, at most `most` characters (code points)."""
        value = self.typed.get(key, "").strip()
        if required and not value:
            self.wrong(key, "required")
        if len(value) > most:
            self.wrong(key, "too_long", most=most, length=len(value))
        return value

    def choice(self, key: str, allowed: Collection[str]) -> str:
        value = self.typed.get(key, "")
        if value not in allowed:
            self.wrong(key, "choose")
        return value

    def day(self, key: str, *, earliest: date) -> date | None:
        """A date, not before `earliest`; None when the field is empty."""
        value = self.typed.get(key, "").strip()
        if not value:
            return None
        try:
            day = date.fromisoformat(value)
        except ValueError:
            self.wrong(key, "bad_day")
            return None
        if day < earliest:
            self.wrong(key, "past_day")
        return day

    @property
    def version(self) -> int:
        """The version of the sheet the person was looking at; a spoilt one counts as outdated."""
        value = self.typed.get("version", "")
        return int(value) if value.isascii() and value.isdigit() and len(value) <= 9 else -1  # noqa: PLR2004 - fits int

    def wrong(self, key: str, message: str, **parts: object) -> None:
        self.errors[key] = self.labels.say("form", message, **parts)

    def check(self) -> None:
        if self.errors:
            raise Incomplete


async def read_typed(request: Request) -> dict[str, str]:
    """The sent text fields, without control characters (the record keeps none); files are not for these pages."""
    async with request.form(max_fields=MOST_FIELDS, max_files=0) as form:
        texts = {key: value for key, value in form.items() if isinstance(value, str)}
    return {key: _CONTROL.sub("", value.replace("\r\n", "\n")) for key, value in texts.items()}


Typed = Annotated[dict[str, str], Depends(read_typed)]
