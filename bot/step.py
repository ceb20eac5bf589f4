"""One event, handled inside one transaction: what it means, what the talk makes of it, what is kept and said.

Everything an event leads to is written with `uow`; nothing here reaches outside before the commit.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

import structlog

from bot.events import (
    Invited,
    Left,
    Meaning,
    Nameless,
    Nothing,
    is_answer,
    is_standby,
    meaning,
    message_id,
    reply_only,
    reply_token,
)
from bot.lanes import Rings
from bot.receipt import receipt_for
from bot.referral import pressing, referral
from bot.render import Message, render
from bot.texts import text
from bot.understanding import Understanding
from cases import conversations, inbound, outbox, people, unsent
from cases.db import UnitOfWork
from cases.inbound import Claimed
from cases.people import Person
from cases.referrals import service as referrals
from dialogs.effects import Submit
from dialogs.engine import Engine
from dialogs.events import Act, Event, Followed, Unsent
from dialogs.screens import Say, Screen, Suggested
from dialogs.state import State, Step
from routing.results import Suggestion

log = structlog.get_logger()


class Handler:
    """Handles events; holds no state of its own."""

    def __init__(self, engine: Engine, understanding: Understanding, wake: Rings) -> None:
        self._engine = engine
        self._understanding = understanding
        self._wake = wake

    async def handle(self, uow: UnitOfWork, event: Claimed, now: datetime) -> None:
        """Do all that the event asks for, in the transaction of `uow`."""
        asked = meaning(event)
        if is_standby(event):
            await self._stand_by(uow, event, asked, now)
        elif isinstance(asked, Invited):
            await self._reply_once(uow, event, "group", now)
        elif isinstance(asked, Nameless):
            await self._reply_once(uow, event, "nobody", now)
        elif isinstance(asked, Left):
            await self._set_reachable(uow, event, now, reachable=False)
        elif isinstance(asked, Unsent):
            await self._forget(uow, event, asked, now)
        elif not isinstance(asked, Nothing):
            await self._talk(uow, event, asked, now)

    async def apologise(self, uow: UnitOfWork, event: Claimed, now: datetime) -> None:
        """The event is parked: who waits for an answer is asked to say it again, and told the numbers for danger.

        It goes by reply where the token still is good, as nearly always: an event is parked half a minute after its
        first failure. Else it is worth a push: somebody in danger would wait for an answer that never comes.
        """
        if event.line_user is not None and reply_token(event) and not is_standby(event):
            person = await self._person(uow, event, now)
            await self._say(uow, event, person, render([Say(text("not_received"))]), now)

    async def _stand_by(self, uow: UnitOfWork, event: Claimed, asked: Meaning, now: datetime) -> None:
        """Another program leads the talk: nothing is said, but a person's leaving and taking back still count."""
        log.warning("event.standby", inbound=str(event.id), kind=event.kind)
        if isinstance(asked, Left | Followed):
            await self._set_reachable(uow, event, now, reachable=isinstance(asked, Followed))
        elif isinstance(asked, Unsent):
            await self._forget(uow, event, asked, now, silent=True)

    async def _talk(self, uow: UnitOfWork, event: Claimed, act: Act, now: datetime) -> None:
        # Whoever gets a message through to us has not blocked us, even where LINE's follow event was lost.
        person = await self._person(uow, event, now, at=event.event_at)
        message = message_id(event)
        if message and await unsent.was_unsent(uow, message):
            return  # taken back before it was read: never said
        await self._advance(uow, event, act, person, now)

    async def _forget(
        self, uow: UnitOfWork, event: Claimed, act: Unsent, now: datetime, *, silent: bool = False
    ) -> None:
        """A message was taken back: from the queue, the draft and the record, and for the case that it comes later."""
        await unsent.remember(uow, act.message_id, now)
        await inbound.forget_message(uow, act.message_id)
        if event.line_user is None:
            return
        person = await self._person(uow, event, now)
        await referrals.forget_message(uow, person.id, act.message_id, now)
        await self._advance(uow, event, act, person, now, silent=silent)

    async def _advance(
        self, uow: UnitOfWork, event: Claimed, act: Act, person: Person, now: datetime, *, silent: bool = False
    ) -> None:
        """One step of the talk, with its state, effects and words."""
        state = State.from_json(await conversations.load(uow, person.id, now))
        heard = self._understanding.heard(act, now)
        is_danger = heard.danger is not None and heard.danger.level == "now"
        if not is_answer(event, act, state.touched) and not is_danger:
            log.info("event.too_late", inbound=str(event.id), kind=event.kind)
            return
        if isinstance(act, Unsent):
            words = [entry.value for entry in state.entries if entry.message == act.message_id]
            await outbox.forget(uow, person.id, words, now)
        facts = self._understanding.facts(receipt_for(event.event_id, uow.keyring, event.attempts), now)
        step = self._engine.advance(state, Event(key=event.event_id, act=act, facts=facts, heard=heard), now)
        await conversations.save(uow, person.id, step.state.to_json(), step.state.expires_at(now))
        suggestion = await self._suggestion(step, now)
        for effect in step.effects:
            await referrals.submit(uow, referral(person.id, effect, suggestion), now)
            uow.after_commit(partial(self._wake.wake, "inbox"))
        if not silent:
            await self._say(uow, event, person, self._messages(step.screens, suggestion), now)

    async def _suggestion(self, step: Step, now: datetime) -> Suggestion | None:
        """What routing finds in the words of this step: the same for the cards and for the record."""
        submit = next((effect for effect in step.effects if isinstance(effect, Submit)), None)
        asked = next((screen for screen in step.screens if isinstance(screen, Suggested)), None)
        if asked is None and submit is None:
            return None
        report = submit.report if submit else None
        words = asked.story if asked else report.story if report else ""
        district = asked.district if asked else report.district if report else None
        danger = pressing(report) if report else ()
        return await self._understanding.suggestion(words, district=district, now=now, danger=danger)

    def _messages(self, screens: Sequence[Screen], suggestion: Suggestion | None) -> list[Message]:
        return render(self._understanding.shown(screens, suggestion))

    async def _reply_once(self, uow: UnitOfWork, event: Claimed, key: str, now: datetime) -> None:
        """One sentence to a group or to somebody without an id, if LINE gave a token for it."""
        if reply_token(event):
            person = await people.lock(uow, reply_only(event), now)
            await self._say(uow, event, person, render([Say(text(key))]), now)

    async def _say(
        self, uow: UnitOfWork, event: Claimed, person: Person, messages: list[Message], now: datetime
    ) -> None:
        if not messages:
            return
        await outbox.put(
            uow,
            person.id,
            messages,
            now=now,
            reply_token=reply_token(event),
            token_received_at=event.received_at,
            inbound_id=event.id,
        )
        uow.after_commit(partial(self._wake.wake, "outbox"))

    async def _set_reachable(self, uow: UnitOfWork, event: Claimed, now: datetime, *, reachable: bool) -> None:
        if event.line_user is not None:
            await self._person(uow, event, now, at=event.event_at, reachable=reachable)

    async def _person(
        self, uow: UnitOfWork, event: Claimed, now: datetime, *, at: datetime | None = None, reachable: bool = True
    ) -> Person:
        assert event.line_user is not None, "who has no id has no talk"
        return await people.lock(uow, event.line_user, now, at=at, reachable=reachable)
