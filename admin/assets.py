"""The browser parts that `npm ci && npm run build` in this folder puts beside the pages."""

from pathlib import Path

VENDOR = Path(__file__).parent / "static" / "vendor"
NEEDED = ("htmx.min.js", "tokens.css")


def missing_assets() -> list[str]:
    """Names of the browser parts that have not been built yet."""
    return [name for name in NEEDED if not (VENDOR / name).is_file()]
