"""Pages: Jinja2 with autoescape and no forgotten name, and the answer that carries them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.datastructures import MutableHeaders

from admin.labels import Labels
from admin.security import close

FOLDER = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class Site:
    """What stands around every page. `user` is empty when nobody is signed in."""

    city: str
    path: str
    user: str = ""
    role: str = ""


@dataclass(frozen=True, slots=True)
class Pages:
    city: str
    labels: Labels
    environment: Environment

    @classmethod
    def load(cls, city: str, labels: Labels) -> "Pages":
        environment = Environment(
            loader=FileSystemLoader(FOLDER),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.globals["label"] = labels.label
        return cls(city, labels, environment)

    def answer(self, request: Request, template: str, page: Any, status: int = 200) -> HTMLResponse:
        """A whole page. `page` is a dataclass; the template sees it and the `site`, nothing else."""
        response = HTMLResponse(self.render(template, page, self._site(request)), status)
        close(MutableHeaders(raw=response.raw_headers))
        return response

    def render(self, template: str, page: Any, site: Site) -> str:
        return self.environment.get_template(template).render(page=page, site=site)

    def _site(self, request: Request) -> Site:
        known: Mapping[str, Any] = request.scope.get("state", {})
        visit = known.get("visit")
        if visit is None:
            return Site(self.city, request.url.path)
        role = visit.agency_name or self.labels.label("role", visit.actor.role)
        return Site(self.city, request.url.path, visit.actor.name, role)
