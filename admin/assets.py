"""The browser parts and the font that `npm ci && npm run build` in this folder puts beside the pages."""

from pathlib import Path

HOUSE = Path(__file__).parents[1]
NEEDED = (
    "admin/static/vendor/htmx.min.js",
    "admin/static/vendor/tokens.css",
    "bot/form/static/vendor/liff.js",
    "bot/form/static/vendor/tokens.css",
    "bot/richmenu/vendor/NotoSansJP_500Medium.ttf",
)


def missing_assets() -> list[str]:
    """The parts that have not been built yet, as paths below the folder of the program."""
    return [name for name in NEEDED if not (HOUSE / name).is_file()]
