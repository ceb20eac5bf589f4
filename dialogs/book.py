"""Scripts and texts as one thing, read from YAML. Reading files happens here and only here."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from dialogs.faults import fault, shape_fault
from dialogs.script import Script
from dialogs.texts import Texts, flatten

LANGUAGE = "ja"


class BookError(Exception):
    """A script or text file that cannot be used; `problems` name file, place and fault, one a line."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Book:
    """What the engine talks from."""

    scripts: Mapping[str, Script]
    texts: Texts


class _Loader(yaml.BaseLoader):
    """YAML where everything is text (so that `no` stays `no`) and a key written twice is an error."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - the signature is PyYAML's
        keys = [self.construct_object(key) for key, _ in node.value]
        for (key_node, _), key in zip(node.value, keys, strict=True):
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(None, None, fault("yaml.twice", key=key), key_node.start_mark)
        return super().construct_mapping(node, deep)


def load_book(texts: Mapping[str, str] | None = None, scripts: Mapping[str, str] | None = None) -> Book:
    """The book made of YAML files given as file name → content; the packaged ones where none are given.

    Raises BookError with every problem found.
    """
    problems: list[str] = []
    strings: dict[str, tuple[str, ...]] = {}
    for name, content in (_packaged("texts") if texts is None else texts).items():
        try:
            strings.update(flatten(_read(content)))
        except (ValueError, yaml.YAMLError) as error:
            problems.append(f"{name}: {error}")
    paths: dict[str, Script] = {}
    for name, content in (_packaged("scripts") if scripts is None else scripts).items():
        try:
            script = Script.model_validate(_read(content))
        except ValidationError as errors:
            problems += [f"{name}: {_problem(found)}" for found in errors.errors()]
        except yaml.YAMLError as error:
            problems.append(f"{name}: {error}")
        else:
            paths[script.id] = script
    if problems:
        raise BookError(problems)
    return Book(paths, Texts(LANGUAGE, strings))


def _packaged(folder: str) -> dict[str, str]:
    files = resources.files("dialogs").joinpath(folder).iterdir()
    wanted = sorted((file for file in files if file.name.endswith(".yaml")), key=lambda file: file.name)
    return {f"{folder}/{file.name}": file.read_text(encoding="utf-8") for file in wanted}


def _read(content: str) -> Any:
    return yaml.load(content, _Loader)  # noqa: S506 - a BaseLoader builds strings, lists and mappings only


def _problem(found: ErrorDetails) -> str:
    """Where in the file, and what, for one thing pydantic found."""
    place = "".join(f"{part}: " for part in [".".join(str(part) for part in found["loc"])] if part)
    own = found.get("ctx", {}).get("error")
    if isinstance(own, ValueError):
        return f"{place}{own}"
    return place + shape_fault(found["type"], found["msg"], str(found.get("ctx", {}).get("expected", "")))
