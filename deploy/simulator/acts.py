"""What a person can do, as JSON for the control API."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from deploy.simulator.buttons import Source

TYPED_MOST = 10_000
"""People may write longer texts than a bot may send."""


class Act(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Follow(Act):
    """Add the account as a friend, or lift the block."""

    type: Literal["follow"] = "follow"


class Unfollow(Act):
    """Block the account."""

    type: Literal["unfollow"] = "unfollow"


class Text(Act):
    """Write a text; `quote` is the id of the message it answers to."""

    type: Literal["text"] = "text"
    text: str = Field(min_length=1, max_length=TYPED_MOST)
    quote: str | None = None


class Sticker(Act):
    type: Literal["sticker"] = "sticker"
    package_id: str = "900001"
    sticker_id: str = "1"
    keywords: list[str] = Field(default_factory=list, max_length=15)


class Image(Act):
    """Send pictures; without `data` (base64 of JPEG or PNG) a sample picture. Several at once are one image set."""

    type: Literal["image"] = "image"
    data: str | None = None
    count: int = Field(default=1, ge=1, le=20)


class Media(Act):
    """Send a film, a sound or a file."""

    type: Literal["media"] = "media"
    kind: Literal["video", "audio", "file"]
    name: str = "memo.pdf"
    duration: int = Field(default=3000, ge=1)
    size: int = Field(default=1024, ge=0, le=1_000_000)


class Location(Act):
    type: Literal["location"] = "location"
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    title: str | None = Field(default=None, max_length=100)
    address: str | None = Field(default=None, max_length=100)


class Unsend(Act):
    """Take a message back (送信取消)."""

    type: Literal["unsend"] = "unsend"
    item: str


class Tap(Act):
    """Tap a button: by its label (nearest first: quick reply, newest bubble, rich menu) or exactly by place.

    `moment` is what was picked in a date and time picker; `latitude`, `longitude`, `title`, `address` the place that
    was chosen behind a location button; `data` the picture behind a camera button.
    """

    type: Literal["tap"] = "tap"
    label: str | None = None
    source: Source | None = None
    item: str | None = None
    index: int | None = Field(default=None, ge=0)
    moment: str | None = None
    latitude: float | None = Field(default=None, ge=-90, le=90)
    longitude: float | None = Field(default=None, ge=-180, le=180)
    title: str | None = None
    address: str | None = None
    data: str | None = None


AnyAct = Annotated[
    Follow | Unfollow | Text | Sticker | Image | Media | Location | Unsend | Tap, Field(discriminator="type")
]


class Outcome(BaseModel):
    """What came of an act.

    Attributes:
        n: the talk's last place after the act; what the bot answers stands behind it.
        events: ids of the webhook events that were sent.
        items: ids of the messages that stand in the talk now because of the act.
        opens: what the phone does besides (`uri`, `clipboard`, `keyboard`, `menu`, `closed-menu`), with `value`.
    """

    n: int
    events: list[str] = Field(default_factory=list)
    items: list[str] = Field(default_factory=list)
    opens: Literal["", "uri", "clipboard", "keyboard", "menu", "closed-menu"] = ""
    value: str = ""
