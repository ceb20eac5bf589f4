"""Which city pack a command means that needs no other setting."""

import os

from deploy.settings import Settings


def pack_name(given: str = "") -> str:
    """What was typed, else KIZUKI_CITY, else the default of that setting."""
    return given or os.environ.get("KIZUKI_CITY") or str(Settings.model_fields["city"].default)
