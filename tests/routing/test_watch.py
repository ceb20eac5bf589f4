"""What must work when nothing else does, held equal to what the whole room says."""

import subprocess
import sys
from collections.abc import Callable
from datetime import datetime

import pytest

from routing.danger import DANGER_KINDS
from routing.directory import City
from routing.normalise import normalise
from routing.router import Router
from routing.watch import DangerWatch

At = Callable[[str], datetime]


@pytest.fixture(scope="module")
def watch(city: City) -> DangerWatch:
    return DangerWatch(city)


@pytest.mark.parametrize("words", ["もう死にたい", "いま なぐられている", "こんにちは", "", "木が倒れている"])
def test_it_hears_what_the_router_hears(watch: DangerWatch, router: Router, words: str) -> None:
    assert watch.find(words) == router.danger(words) == watch.find_in(normalise(words))


@pytest.mark.parametrize("when", ["2026-03-04 12:00", "2026-03-04 23:30", "2026-01-01 03:00"])
@pytest.mark.parametrize("kind", DANGER_KINDS)
def test_every_kind_has_a_number_that_answers_at_any_hour(watch: DangerWatch, at: At, kind: str, when: str) -> None:
    lines = watch.lines([kind], at(when))
    assert lines[0].dial
    assert any(line.open_now for line in lines)


def test_the_router_gives_the_same_lines(watch: DangerWatch, router: Router, at: At) -> None:
    now = at("2026-03-04 20:00")
    assert watch.lines(["dv"], now) == router.lines(["dv"], now)
    assert watch.menu_lines(now) == router.menu_lines(now)


def test_it_loads_no_tokenizer() -> None:
    """The web program answers danger too, and must not carry a dictionary for it."""
    code = "import sys, routing.watch; print([name for name in sys.modules if name.startswith('janome')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
