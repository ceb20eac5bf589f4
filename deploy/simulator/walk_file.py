r"""A walk file: how a simulated person gets through a conversation, as data.

The simulator knows nothing of the bot, so the way is written down beside it. Rules are tried from the top; the first
that fits what the bot just said (and, for `tap`, finds its button) is followed.

    done: '受付番号\s*([0-9A-Z-]+)'
    rules:
      - when: 'どんなことに気づきましたか'
        story: true
      - when: '送りますか'
        tap: '^送る$'
"""

import re
from pathlib import Path
from typing import Annotated, Any, Self

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error
    return pattern


Pattern = Annotated[str, AfterValidator(_compiles)]


class WalkFileError(ValueError):
    """The walk file cannot be used; the message names the place."""


class Rule(BaseModel):
    """One rule.

    Attributes:
        when: searched in the words of the newest batch of the bot's messages; empty fits always.
        tap: searched in the labels of the quick replies and of the newest batch's buttons, and of the rich menu when
            nothing else fits; without such a button the rule does not fit.
        say: the person writes this.
        story: the person writes the example's text; fits once.
        times: how often the rule may be followed in one walk.
    """

    model_config = ConfigDict(extra="forbid")

    when: Pattern = ""
    tap: Pattern | None = None
    say: str | None = Field(default=None, min_length=1)
    story: bool = False
    times: int = Field(default=3, ge=1, le=100)

    @model_validator(mode="after")
    def _one_deed(self) -> Self:
        if sum((self.tap is not None, self.say is not None, self.story)) != 1:
            raise ValueError("a rule needs exactly one of tap, say, story")
        return self


class WalkFile(BaseModel):
    """A whole walk.

    Attributes:
        done: searched in the bot's words; the walk has arrived, and the first group is what it brings home.
        failed: searched in the bot's words; the walk has failed at once.
        turns: how many deeds at most.
        quiet: seconds to wait for the bot's next message.
        settle: seconds to wait for more before the bot's messages are taken as complete.
    """

    model_config = ConfigDict(extra="forbid")

    name: str = ""
    done: Pattern
    failed: Pattern | None = None
    turns: int = Field(default=40, ge=1, le=500)
    quiet: float = Field(default=15.0, gt=0, le=600)
    settle: float = Field(default=0.05, ge=0, le=10)
    rules: list[Rule] = Field(min_length=1)


def parse_walk(raw: Any) -> WalkFile:
    """A walk from parsed YAML.

    Raises:
        WalkFileError: naming the places that do not fit.
    """
    try:
        return WalkFile.model_validate(raw)
    except ValidationError as error:
        places = ("{}: {}".format(".".join(map(str, one["loc"])) or "file", one["msg"]) for one in error.errors())
        raise WalkFileError("; ".join(places)) from error


def load_walk(path: Path) -> WalkFile:
    """A walk from a file.

    Raises:
        WalkFileError: when the file cannot be read or is no walk.
    """
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise WalkFileError(f"{path}: {error}") from error
    return parse_walk(raw)
