"""Rich menus as they stand at LINE: created, pictured, linked, aliased."""

from dataclasses import dataclass, field

from deploy.simulator.models import Content, Json, Person


@dataclass(slots=True)
class RichMenu:
    id: str
    body: Json
    picture: Content | None = None

    def as_json(self) -> Json:
        return {"richMenuId": self.id, **self.body}


@dataclass(slots=True)
class RichMenus:
    menus: dict[str, RichMenu] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    default: str | None = None
    batches: dict[str, str] = field(default_factory=dict)
    """When each batch request was accepted, by its request id."""

    def shown_to(self, person: Person) -> RichMenu | None:
        """The menu in this person's talk: their own before the default; none on a PC (reference, "Rich menus")."""
        if person.device == "pc" or not person.reachable:
            return None
        return self.menus.get(person.menu or "") or self.menus.get(self.default or "")
