"""The fields of the form: what may stand in them, and what is wrong with what does."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import fields as fields_of
from dataclasses import replace
from typing import Any

from cases.forms import FormFields
from dialogs.answers import phone

TYPED = tuple(field.name for field in fields_of(FormFields) if field.name != "photos")
"""The fields that a person types or chooses, in the order of the page."""

CONTACTS = ("line", "phone", "none")

MOST = {"story": 5_000, "name": 60, "address": 200, "landmark": 200, "phone": 30}
"""Characters (code points) that the record takes."""

MOST_KEPT = {"story": 20_000, "name": 500, "address": 1_000, "landmark": 1_000, "phone": 200, "contact": 10}
"""Characters that are kept while somebody writes: too long a text is told of, not thrown away."""

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_TELLING = ("story", "name", "address", "landmark")


def read(sent: Mapping[str, str]) -> FormFields:
    """What was sent, without control characters; a contact that is not offered counts as none chosen."""
    typed: dict[str, Any] = {name: _CONTROL.sub("", sent.get(name, "").replace("\r\n", "\n")) for name in TYPED}
    return FormFields(**{**typed, "contact": typed["contact"] if typed["contact"] in CONTACTS else ""})


def too_long_to_keep(fields: FormFields) -> bool:
    return any(len(getattr(fields, name)) > most for name, most in MOST_KEPT.items())


def problems(fields: FormFields, photos: int) -> dict[str, str]:
    """What is wrong, as field → key of its text; empty where all is well. `photos` is how many there are."""
    found = {name: "too_long" for name, most in MOST.items() if len(getattr(fields, name).strip()) > most}
    if fields.contact == "phone" and phone(fields.phone) is None:
        found["phone"] = "phone_wrong" if fields.phone.strip() else "phone_needed"
    if not photos and not any(_has_words(getattr(fields, name)) for name in _TELLING):
        found.setdefault("story", "nothing")
    return {name: found[name] for name in TYPED if name in found}


def ready(fields: FormFields) -> FormFields:
    """What is handed over: trimmed, the telephone number in digits, and none where no call is wished."""
    trimmed = {name: getattr(fields, name).strip() for name in TYPED}
    number = phone(fields.phone) if fields.contact == "phone" else None
    return replace(fields, **{**trimmed, "phone": number or ""})


def _has_words(text: str) -> bool:
    """Whether there is anything to read: blanks, marks and invisible signs tell nothing."""
    return any(unicodedata.category(sign)[0] in "LNS" for sign in text)
