"""What a trainer or a test may set while the simulator runs."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from deploy.simulator.texts import TEXTS

FaultKind = Literal["error", "rate", "quota", "unauthorized", "drop", "cut", "slow", "empty"]
FaultTarget = Literal["reply", "push", "multicast", "loading", "profile", "content", "quota", "richmenu", "any"]


class Settings(BaseModel):
    """How this LINE behaves. Times are in seconds.

    Attributes:
        webhook_active: 「Webhookの利用」; off means that no event is sent.
        redelivery: 「Webhookの再送」, off by default as at LINE.
        redelivery_interval: wait before a failed webhook is sent again. LINE does not publish its own.
        redelivery_limit: how often a failed webhook is sent again.
        webhook_timeout: LINE waits two seconds for an answer.
        twice: send every webhook twice with the same ids, as a network may.
        shuffle: send the events of each window in random order.
        batch: put the events of each window, of all people, into one webhook.
        window: how long events gather when `shuffle` or `batch` is on.
        delay: wait before every webhook.
        mode: `standby` means that a module channel has the talk: events carry no reply token.
        chat_mode: `chat` means that staff may write in the LINE Official Account Manager: messages are marked as read
            by token only.
        quota: messages that may be pushed in a month; None is a plan without limit.
        rate_limits: whether the limits of requests per second and hour are kept.
        account_name: the name people see at the top of the talk.
    """

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    webhook_url: str = Field(default="", max_length=500)
    webhook_active: bool = True
    redelivery: bool = False
    redelivery_interval: float = Field(default=5.0, ge=0, le=3600)
    redelivery_limit: int = Field(default=3, ge=0, le=20)
    webhook_timeout: float = Field(default=2.0, gt=0, le=60)
    twice: bool = False
    shuffle: bool = False
    batch: bool = False
    window: float = Field(default=0.2, ge=0, le=60)
    delay: float = Field(default=0.0, ge=0, le=60)
    mode: Literal["active", "standby"] = "active"
    chat_mode: Literal["bot", "chat"] = "bot"
    quota: int | None = Field(default=200, ge=0)
    rate_limits: bool = True
    account_name: str = Field(default=TEXTS.account_name, min_length=1, max_length=20)


class Fault(BaseModel):
    """The next `count` calls of an endpoint go wrong.

    Attributes:
        on: the endpoint, or `any`.
        kind: `error` 500, `rate` 429, `quota` 429 of the month, `unauthorized` 401, `drop` cuts the connection before
            anything happened; `cut` does what was asked and then cuts, `slow` does it and answers late, `empty` does
            it and answers 200 with an empty body.
        seconds: how late a `slow` answer comes.
    """

    model_config = ConfigDict(extra="forbid")

    on: FaultTarget = "any"
    kind: FaultKind
    count: int = Field(default=1, ge=1, le=10_000)
    seconds: float = Field(default=5.0, ge=0, le=600)
