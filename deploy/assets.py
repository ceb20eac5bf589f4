"""The browser assets that `make install` builds; without them the pages would stand there bare."""

from pathlib import Path

import admin

VENDOR = Path(admin.__file__).parent / "static" / "vendor"
NEEDED = ("htmx.min.js", "tokens.css")


def missing_assets() -> list[str]:
    return [name for name in NEEDED if not (VENDOR / name).is_file()]
