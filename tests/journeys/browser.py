"""Debian's Chromium, driven by Playwright, with the flags that keep it from calling anybody."""

from pathlib import Path

from playwright.sync_api import Browser, Playwright

PROGRAM = Path(__file__).parents[2] / ".test" / "chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--lang=ja",
]


def launch(playwright: Playwright) -> Browser:
    """A headless browser with a fresh profile; `make browser` has written where the program is."""
    program = PROGRAM.read_text(encoding="utf-8").strip()
    return playwright.chromium.launch(executable_path=program, args=FLAGS, headless=True)
