"""The roles of staff, under the name the doors ask for; they live beneath `staff`, because the audit log needs them."""

from cases.actors import Actor, Role

__all__ = ["Actor", "Role"]
