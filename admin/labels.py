"""Words of the staff pages: names of values, answers, errors. They live in `texts/ja/`."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent / "texts" / "ja"


@dataclass(frozen=True, slots=True)
class Labels:
    words: Mapping[str, Mapping[str, Any]]

    def label(self, kind: str, value: object) -> str:
        """The name of a value; one without a name is shown as it is.

        Raises:
            KeyError: there is no such kind. That is a mistake of ours, not of the record.
        """
        return str(self.words[kind].get(str(value), value))

    def names(self, kind: str) -> Mapping[str, str]:
        """All values of a kind with their names, in the order of the file."""
        return {str(value): str(name) for value, name in self.words[kind].items()}

    def say(self, kind: str, key: str, **parts: object) -> str:
        """A sentence with its parts filled in; raises KeyError for one that is not in the file."""
        return str(self.words[kind][key]).format(**parts)

    def refusal(self, text_key: str, status: int) -> str:
        """Why the record refused, or the general words for that status."""
        return str(self.words["refusal"].get(text_key) or self.error(status)[1])

    def error(self, status: int) -> tuple[str, str]:
        """Title and advice for an HTTP status; one without words gets those of its class."""
        errors = self.words["error"]
        title, advice = (
            errors.get(str(status)) or errors["500" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "422"]
        )
        return str(title), str(advice)


def load() -> Labels:
    """All words of the folder; a kind stands in one file only."""
    files = [yaml.safe_load(file.read_text(encoding="utf-8")) for file in sorted(FOLDER.glob("*.yaml"))]
    return Labels({kind: words for file in files for kind, words in file.items()})
