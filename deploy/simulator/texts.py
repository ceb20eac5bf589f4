"""The words of `texts.yaml`."""

from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict


class SamplePlace(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    address: str
    latitude: float
    longitude: float


class Texts(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    account_name: str
    people: list[str]
    walker_name: str
    places: list[SamplePlace]


TEXTS = Texts.model_validate(yaml.safe_load((Path(__file__).parent / "texts.yaml").read_text(encoding="utf-8")))
