"""What a look finds: a mark, what was seen, and what helps."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.line_admin import Bot, LineAdmin
from cases.crypto import Keyring
from cases.db import Database
from deploy.settings import Settings
from deploy.texts import text

Mark = Literal["ok", "note", "worry", "bad"]
"""○ · ・ (nothing can be told from here) · △ (it works, but look at it) · × (it does not work)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor.

    Attributes:
        about: the key of what was looked at (`doctor.about.…`).
        mark: how bad it is.
        key: the key of what was seen (`doctor.found.…`), and of what helps (`doctor.remedy.…`).
        values: what the two texts are filled with; never a secret.
    """

    about: str
    mark: Mark
    key: str
    values: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        seen = text(f"doctor.found.{self.key}", **self.values)
        line = text(f"doctor.{self.mark}", name=text(f"doctor.about.{self.about}"), detail=seen)
        return line if self.mark == "ok" else line + "\n" + text("doctor.help", remedy=self._remedy)

    @property
    def _remedy(self) -> str:
        return text(f"doctor.remedy.{self.key}", **self.values)


@dataclass(slots=True)
class Patient:
    """What is looked at. Shared by all looks of one visit."""

    settings: Settings
    database: Database
    line: LineAdmin
    _bot: "asyncio.Task[Bot] | None" = None

    @property
    def keyring(self) -> Keyring:
        return Keyring.parse(self.settings.keys.get_secret_value())

    async def bot(self) -> Bot:
        """LINE's word on the account, asked once.

        Raises:
            LineAdminError: LINE did not tell.
        """
        if self._bot is None:
            self._bot = asyncio.create_task(self.line.bot())
        return await asyncio.shield(self._bot)


Look = Callable[[Patient], Awaitable[Sequence[Finding]]]


def ok(about: str, key: str, **values: Any) -> Finding:
    return Finding(about, "ok", key, values)


def note(about: str, key: str, **values: Any) -> Finding:
    return Finding(about, "note", key, values)


def worry(about: str, key: str, **values: Any) -> Finding:
    return Finding(about, "worry", key, values)


def bad(about: str, key: str, **values: Any) -> Finding:
    return Finding(about, "bad", key, values)
