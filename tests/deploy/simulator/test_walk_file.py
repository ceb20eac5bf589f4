from pathlib import Path
from typing import Any

import pytest

from deploy.simulator import walk_file
from deploy.simulator.walk_file import WalkFileError, load_walk, parse_walk

WALKS = Path(walk_file.__file__).parent / "walks"


@pytest.mark.parametrize("path", sorted(WALKS.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_walks_that_come_along_can_be_read(path: Path) -> None:
    plan = load_walk(path)
    assert sum(rule.story for rule in plan.rules) == 1


@pytest.mark.parametrize(
    ("raw", "place"),
    [
        ({}, "done"),
        ({"done": "(", "rules": [{"story": True}]}, "done"),
        ({"done": "a", "rules": []}, "rules"),
        ({"done": "a", "rules": [{"when": "a"}]}, "rules.0"),
        ({"done": "a", "rules": [{"tap": "a", "say": "b"}]}, "rules.0"),
        ({"done": "a", "rules": [{"story": True}], "speed": 9}, "speed"),
        ("walk", "file"),
    ],
)
def test_a_walk_that_cannot_be_used_names_the_place(raw: Any, place: str) -> None:
    with pytest.raises(WalkFileError, match=place):
        parse_walk(raw)


def test_a_file_that_is_no_yaml_is_named(tmp_path: Path) -> None:
    path = tmp_path / "walk.yaml"
    path.write_text("done: [", encoding="utf-8")
    with pytest.raises(WalkFileError, match=r"walk\.yaml"):
        load_walk(path)
    with pytest.raises(WalkFileError):
        load_walk(tmp_path / "missing.yaml")
