"""Whole talks, word for word. A change of words or ways shows as a diff of these files."""

from pathlib import Path

import pytest

from dialogs.engine import Engine
from tests.dialogs.transcript import played

FILES = sorted((Path(__file__).parent / "transcripts").glob("*.txt"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_talk_goes_as_written(file: Path, engine: Engine, request: pytest.FixtureRequest) -> None:
    written = file.read_text(encoding="utf-8")
    now = played(written, engine)
    if request.config.getoption("--update", default=False):
        file.write_text(now, encoding="utf-8")
    else:
        assert now == written


def test_there_is_a_talk_for_every_way() -> None:
    assert len(FILES) >= 12
