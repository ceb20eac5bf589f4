"""The pages of the form: what each template is given, and the answer that carries it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.form import fields as checked
from bot.form.texts import Consent, words
from cases.forms import MOST_PHOTOS, FormFields
from cases.photos import PhotoItem

FOLDER = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something to mend: the field's name, its title on the page, and what to do."""

    name: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class ConsentPage:
    url: str
    consent: Consent


@dataclass(frozen=True, slots=True)
class FieldsPage:
    """`until` is the hour when the page ends, `left` the seconds till then; `story_most` is in characters.

    `photo_problem` stands beside the photos, the other problems beside their fields and in the summary. `saved` tells
    that something was typed before. `revision` is what this page was made from; it is posted back. `conflict` is what
    stands on the server instead of what was typed, where another page has written in between. `is_danger` tells that
    the story tells of danger.
    """

    url: str
    until: str
    left: int
    typed: FormFields
    photos: Sequence[PhotoItem]
    revision: int = 0
    is_danger: bool = False
    conflict: str = ""
    problems: Mapping[str, Problem] = field(default_factory=dict)
    photo_problem: str = ""
    saved: bool = False
    contacts: Mapping[str, str] = field(default_factory=lambda: words("contact"))
    photos_most: int = MOST_PHOTOS
    story_most: int = checked.MOST["story"]


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """`rows` are (field, title, value); a value is empty where nothing was told. `is_danger` as on the fields."""

    url: str
    until: str
    rows: Sequence[tuple[str, str, str]]
    photos: Sequence[PhotoItem]
    is_danger: bool = False


@dataclass(frozen=True, slots=True)
class LiffPage:
    """For the page that opens from LINE and the one that leads back: the LIFF app's id, empty without one."""

    liff_id: str


@dataclass(frozen=True, slots=True)
class NotePage:
    """A page instead of another. `gone` tells that the link leads nowhere (any longer).

    `kept_text` is what was typed on a form that takes nothing any longer, for its person to copy.
    """

    title: str
    advice: str
    gone: bool
    kept_text: str = ""


@dataclass(frozen=True, slots=True)
class Pages:
    city: str
    exit_url: str
    environment: Environment

    @classmethod
    def load(cls, city: str, exit_url: str) -> "Pages":
        environment = Environment(
            loader=FileSystemLoader(FOLDER),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        return cls(city, exit_url, environment)

    def answer(self, template: str, page: Any, status: int = 200) -> HTMLResponse:
        """A whole page. `page` is one of the classes above."""
        return HTMLResponse(self.render(template, page), status)

    def render(self, template: str, page: Any) -> str:
        return self.environment.get_template(template).render(page=page, city=self.city, exit_url=self.exit_url)

    def note(self, status: int, kept_text: str = "") -> HTMLResponse:
        """The page for an error. Unknown, foreign, used and expired links get the very same one."""
        known = words("note")
        title, advice = known.get(str(status), known["500" if status >= 500 else "400"])  # noqa: PLR2004 - HTTP
        return self.answer("note.html", NotePage(title, advice, status == 404, kept_text), status)  # noqa: PLR2004 - HTTP


def problems_of(fields: FormFields, photos: int) -> dict[str, Problem]:
    """What is to be mended, in words, in the order of the page."""
    said = {}
    for name, key in checked.problems(fields, photos).items():
        length = len(getattr(fields, name).strip())
        text = words("problem")[key].format(most=f"{checked.MOST.get(name, 0):,}", length=f"{length:,}")
        said[name] = Problem(name, words("field")[name], text)
    return said


def told(fields: FormFields, others: FormFields | None = None) -> str:
    """What was typed, as one text; only what is not the same in `others`, where there are."""
    titles = words("field")
    shown = {"contact": words("contact").get(fields.contact, "")}
    names = [name for name in checked.TYPED if others is None or getattr(fields, name) != getattr(others, name)]
    parts = {name: shown.get(name, getattr(fields, name)).strip() for name in names}
    return "\n\n".join(f"{titles[name]}\n{text}" for name, text in parts.items() if text)


def review_rows(fields: FormFields) -> list[tuple[str, str, str]]:
    """What was told, as it will be handed over."""
    ready = checked.ready(fields)
    titles = words("field")
    shown = {"contact": words("contact").get(ready.contact, "")}
    names = [name for name in checked.TYPED if name != "phone" or ready.contact == "phone"]
    return [(name, titles[name], shown.get(name, getattr(ready, name))) for name in names]
