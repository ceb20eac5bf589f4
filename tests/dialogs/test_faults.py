import re
from pathlib import Path

import pytest

import dialogs
from dialogs.faults import fault, shape_fault

CODE = "\n".join(path.read_text(encoding="utf-8") for path in Path(dialogs.__file__).parent.glob("*.py"))


PLACES = ("key", "where", "slot", "allowed", "step", "value", "kind", "wanted", "found")
MORE = ("menu", "way", "n", "most", "label", "word")


@pytest.mark.parametrize("key", sorted(set(re.findall(r'\bfault\("([a-z_.]+)"', CODE))))
def test_every_fault_the_code_names_is_written(key: str) -> None:
    assert "{" not in fault(key, **dict.fromkeys((*PLACES, *MORE), "x"))


def test_a_fault_that_is_not_written_is_an_error_of_ours() -> None:
    with pytest.raises(KeyError):
        fault("check.nothing")


def test_what_the_library_found_is_told_in_words() -> None:
    assert shape_fault("too_short", "at least 2", "") == "この書き方では読めません（at least 2）"
    assert shape_fault("missing", "Field required", "") == "この項目が必要です"
