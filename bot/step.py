"""One event, handled inside one transaction: what it means, what the talk makes of it, what is kept and said.

Everything an event leads to is written with `uow`; nothing here reaches outside before the commit.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import structlog

from bot.events import (
    Filled,
    Invited,
    Left,
    Meaning,
    Nameless,
    Nothing,
    Suspended,
    is_standby,
    meaning,
    message_id,
    reply_only,
    reply_token,
    timing,
)
from bot.lanes import Rings
from bot.limits import MESSAGES
from bot.receipt import receipt_for
from bot.referral import pressing, referral
from bot.render import Message, render
from bot.texts import text
from bot.understanding import Understanding
from cases import channel, conversations, forms, inbound, outbox, people, photos, unsent
from cases.conversations import Met
from cases.db import UnitOfWork
from cases.inbound import Claimed
from cases.people import Person
from cases.referrals import service as referrals
from dialogs.effects import Effect, Submit
from dialogs.engine import Engine
from dialogs.events import Act, Event, Facts, Followed, FormDone, Unsent
from dialogs.screens import DangerCard, FormLink, Say, Screen, Suggested
from dialogs.state import State, Step
from routing.results import Suggestion

log = structlog.get_logger()

SETTLES = timedelta(seconds=5)
FLOOD_REST = timedelta(milliseconds=200)
"""Between two events of a person who floods: five a second are more than anybody writes."""
"""How long an answer to somebody who floods waits for a newer one."""
PHOTOS = "photos"
"""Slot of the draft that holds ids of stored photos."""

CONSENTS = "form_consents"
"""Slot of the draft that holds what its person agreed to in the 安心フォーム."""

_FOR_BOTH = Left | Unsent | Suspended
"""Meanings that another program on our account has to hear of as well as we."""
_NO_TALK = Invited | Nameless | Nothing | _FOR_BOTH

FormAddress = Callable[[str], str]
"""The address of the 安心フォーム that a token opens."""


@dataclass(frozen=True, slots=True)
class Passes:
    """On an account shared with another program: what is ours, and where the rest goes.

    Attributes:
        is_ours: whether an event with this meaning is for us, in the state of its person's talk.
        put: keeps LINE's event for the other program, in the same transaction.
    """

    is_ours: Callable[[Claimed, Meaning, State], bool]
    put: Callable[[UnitOfWork, Mapping[str, Any], datetime], Awaitable[object]]


class Handler:
    """Handles events; holds no state of its own, but what is true for a minute."""

    def __init__(
        self,
        engine: Engine,
        understanding: Understanding,
        wake: Rings,
        *,
        form_address: FormAddress | None = None,
        passes: Passes | None = None,
        flood_rest: timedelta = FLOOD_REST,
        look_again: Callable[[timedelta], None] = lambda _: None,
    ) -> None:
        """`look_again` lets somebody look for work after a time, when what rests may be handled."""
        self._passes = passes
        self._flood_rest = flood_rest
        self._look_again = look_again
        self._engine = engine
        self._understanding = understanding
        self._wake = wake
        self._form_address = form_address
        self._minute: datetime | None = None
        self._facts_of_minute: Facts | None = None

    async def handle(self, uow: UnitOfWork, event: Claimed, now: datetime) -> None:
        """Do all that the event asks for, in the transaction of `uow`."""
        asked = meaning(event)
        is_passed = isinstance(asked, _NO_TALK) and await self._passed_on(uow, event, asked, State(), now)
        if is_passed and not isinstance(asked, _FOR_BOTH):
            return
        if isinstance(asked, Suspended):
            await self._note_suspended(uow, event, asked, now)
        elif is_standby(event):
            await self._stand_by(uow, event, asked, now)
        elif isinstance(asked, Invited):
            await self._reply_once(uow, event, "group", now)
        elif isinstance(asked, Nameless):
            await self._reply_once(uow, event, "nobody", now)
        elif isinstance(asked, Left):
            await self._set_reachable(uow, event, now, reachable=False)
        elif isinstance(asked, Unsent):
            await self._forget(uow, event, asked, now)
        elif isinstance(asked, Filled):
            await self._take_form(uow, event, asked, now)
        elif not isinstance(asked, Nothing):
            await self._talk(uow, event, asked, now)

    async def apologise(self, uow: UnitOfWork, event: Claimed, now: datetime) -> None:
        """The event is parked: who waits for an answer is asked to say it again, and told the numbers for danger.

        It goes by reply where the token still is good, as nearly always: an event is parked half a minute after its
        first failure. Else it is worth a push: somebody in danger would wait for an answer that never comes.
        """
        if event.line_user is not None and reply_token(event) and not is_standby(event):
            person = await people.lock(uow, event.line_user, now)
            apology = render([Say(text("not_received"))])
            await self._say(uow, event, person, apology, now, is_urgent=True, is_answer=False)

    async def _note_suspended(self, uow: UnitOfWork, event: Claimed, asked: Suspended, now: datetime) -> None:
        log.error("channel.resumed" if asked.is_over else "channel.suspended", inbound=str(event.id))
        await channel.note_suspended(uow, None if asked.is_over else now)

    async def _stand_by(self, uow: UnitOfWork, event: Claimed, asked: Meaning, now: datetime) -> None:
        """Another program leads the talk: nothing is said, but a person's leaving and taking back still count."""
        log.warning("event.standby", inbound=str(event.id), kind=event.kind)
        await channel.note_standby(uow, now)
        if isinstance(asked, Left | Followed):
            await self._set_reachable(uow, event, now, reachable=isinstance(asked, Followed))
        elif isinstance(asked, Unsent):
            await self._forget(uow, event, asked, now, silent=True)

    async def _talk(self, uow: UnitOfWork, event: Claimed, act: Act, now: datetime) -> None:
        # Whoever gets a message through to us has not blocked us, even where LINE's follow event was lost.
        met = await self._met(uow, event, now, at=event.event_at, act_at=event.event_at)
        if met.is_taken_back:
            return  # before it was read: never said
        if self._passes and await self._passed_on(uow, event, act, State.from_json(met.state), now):
            return
        await self._advance(uow, event, act, met, now)

    async def _passed_on(self, uow: UnitOfWork, event: Claimed, asked: Meaning, state: State, now: datetime) -> bool:
        """Whether the event is another program's; then it is kept for it, and we are silent.

        An empty one is nobody's: it was taken back while it waited.
        """
        if self._passes is None or not event.payload or is_standby(event):
            return False
        if self._passes.is_ours(event, asked, state):
            return False
        await self._passes.put(uow, event.payload, now)
        uow.after_commit(partial(self._wake.wake, "passing"))
        return True

    async def _take_form(self, uow: UnitOfWork, event: Claimed, asked: Filled, now: datetime) -> None:
        """The talk goes on with what the form told. Writing there says nothing about who can be reached at LINE."""
        met = await self._met(uow, event, now)
        fields = await forms.take(uow, asked.form, met.person.id, now)
        if fields is None:
            log.warning("form.not_there", inbound=str(event.id))
        else:
            agreed = await forms.consent(uow, asked.form)
            await self._advance(uow, event, FormDone(**asdict(fields)), met, now, agreed=agreed)

    async def _forget(
        self, uow: UnitOfWork, event: Claimed, act: Unsent, now: datetime, *, silent: bool = False
    ) -> None:
        """A message was taken back: from the queue, the draft and the record, and for the case that it comes later."""
        await unsent.remember(uow, act.message_id, now)
        await inbound.forget_message(uow, act.message_id)
        if event.line_user is None:
            return
        met = await self._met(uow, event, now, act_at=event.event_at)
        await referrals.forget_message(uow, met.person.id, act.message_id, now)
        await self._advance(uow, event, act, met, now, silent=silent)

    async def _advance(
        self,
        uow: UnitOfWork,
        event: Claimed,
        act: Act,
        met: Met,
        now: datetime,
        *,
        silent: bool = False,
        agreed: forms.Consent | None = None,
    ) -> None:
        """One step of the talk, with its state, effects and words."""
        person, state = met.person, State.from_json(met.state)
        if agreed is not None:
            state = state.with_entry(CONSENTS, str(agreed), private=True)
        heard = self._understanding.heard(act, now)
        if isinstance(act, Unsent):
            words = [entry.value for entry in state.entries if entry.message == act.message_id]
            await outbox.forget(uow, person.id, words, now)
        facts = self._facts(receipt_for(event.event_id, uow.keyring, event.attempts), now)
        when = timing(event, act, state)
        told = Event(key=event.event_id, act=act, facts=facts, heard=heard, at=event.event_at, timing=when)
        step = self._engine.advance(state, told, now)
        if when != "present":
            log.info("event.too_late", inbound=str(event.id), kind=event.kind, timing=when, heard=bool(step.screens))
            if not step.screens:
                return  # it changed nothing; a draft does not live longer by it
        await conversations.save(uow, person.id, step.state.to_json(), step.state.expires_at(now))
        suggestion = await self._suggestion(step, now)
        referral_id = await self._submitted(uow, person, step.effects, suggestion, now, agreed=state.all(CONSENTS))
        if met.state is None or not set(state.all(PHOTOS)) <= set(
            step.state.all(PHOTOS)
        ):  # a draft may be over long since
            await photos.keep_only(uow, person.id, step.state.all(PHOTOS))
        if not silent:
            form_url = await self._form_url(uow, person, step.screens, now)
            messages = render(self._understanding.shown(step.screens, suggestion, form_url))
            is_urgent = bool(step.effects) or any(isinstance(screen, DangerCard) for screen in step.screens)
            await self._answer(uow, event, person, messages, now, referral_id=referral_id, is_urgent=is_urgent)

    def _facts(self, receipt: str, now: datetime) -> Facts:
        """What is true of the city now. Opening hours begin and end with a minute, so most of it holds for one."""
        minute = now.replace(second=0, microsecond=0)
        if self._facts_of_minute is None or self._minute != minute:
            facts = self._understanding.facts("", now)
            self._minute, self._facts_of_minute = minute, replace(facts, has_form=self._form_address is not None)
        return replace(self._facts_of_minute, receipt=receipt)

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

    async def _submitted(
        self,
        uow: UnitOfWork,
        person: Person,
        effects: Sequence[Effect],
        suggestion: Suggestion | None,
        now: datetime,
        *,
        agreed: Sequence[str],
    ) -> UUID | None:
        """Put the report of this step into the record, with its photos and what was agreed to; its id."""
        referral_id: UUID | None = None
        for effect in effects:
            referral_id = await referrals.submit(uow, referral(person.id, effect, suggestion), now)
            if effect.report.photos:
                await photos.attach(uow, person.id, referral_id, effect.report.photos)
            await forms.note_consents(uow, referral_id, agreed, now)
            uow.after_commit(partial(self._wake.wake, "inbox"))
        return referral_id

    async def _form_url(self, uow: UnitOfWork, person: Person, screens: Sequence[Screen], now: datetime) -> str | None:
        """The address of a new 安心フォーム where the step shows the way to one."""
        if self._form_address is None or not any(isinstance(screen, FormLink) for screen in screens):
            return None
        return self._form_address(await forms.issue(uow, person.id, now))

    async def _answer(
        self,
        uow: UnitOfWork,
        event: Claimed,
        person: Person,
        messages: list[Message],
        now: datetime,
        *,
        referral_id: UUID | None,
        is_urgent: bool,
    ) -> None:
        """What the step says, at once; while its person floods, the last of many answers when it calms down.

        Telephone numbers and receipts never wait.
        """
        if person.pace == "calm" or is_urgent:
            await self._say(uow, event, person, messages, now, referral_id=referral_id, is_urgent=is_urgent)
            return
        await inbound.rest(uow, event, now + self._flood_rest)
        uow.after_commit(self._rested)
        if person.pace == "first_over":
            log.warning("person.floods", inbound=str(event.id), person=str(person.id))
            await self._say(uow, event, person, render([Say(text("wait"))]), now)
            event = replace(event, payload={})  # its token is used
        await self._say(uow, event, person, messages, now, settles_at=now + SETTLES)

    async def _rested(self) -> None:
        self._look_again(self._flood_rest)

    async def _reply_once(self, uow: UnitOfWork, event: Claimed, key: str, now: datetime) -> None:
        """One sentence to a group or to somebody without an id, if LINE gave a token for it."""
        if reply_token(event):
            person = await people.lock(uow, reply_only(event), now)
            await self._say(uow, event, person, render([Say(text(key))]), now)

    async def _say(
        self,
        uow: UnitOfWork,
        event: Claimed,
        person: Person,
        messages: list[Message],
        now: datetime,
        *,
        referral_id: UUID | None = None,
        settles_at: datetime | None = None,
        is_urgent: bool = False,
        is_answer: bool = True,
    ) -> None:
        """Put it into the outbox.

        `is_urgent`: nothing may stand in front of it. `is_answer`: it takes the place of an answer that still waits for
        the end of a flood; an apology does not, for the question stands in that answer.
        """
        if not messages:
            return
        token = reply_token(event)
        if token and person.has_held and settles_at is None and not is_urgent:
            # What the month had no room for goes out with this answer, which costs nothing.
            messages = [*await outbox.take_held(uow, person.id, MESSAGES - len(messages)), *messages]
        await outbox.put(
            uow,
            person.id,
            messages,
            now=now,
            reply_token=token,
            token_received_at=event.received_at,
            inbound_id=event.id if is_answer else None,
            referral_id=referral_id,
            settles_at=settles_at,
        )
        uow.after_commit(partial(self._wake.wake, "outbox"))

    async def _set_reachable(self, uow: UnitOfWork, event: Claimed, now: datetime, *, reachable: bool) -> None:
        if event.line_user is None:
            return
        person = await people.lock(uow, event.line_user, now, at=event.event_at, reachable=reachable)
        if not person.reachable:
            await outbox.cancel(uow, person.id, now)

    async def _met(
        self,
        uow: UnitOfWork,
        event: Claimed,
        now: datetime,
        *,
        at: datetime | None = None,
        act_at: datetime | None = None,
    ) -> Met:
        assert event.line_user is not None, "who has no id has no talk"
        return await conversations.meet(uow, event.line_user, now, at=at, act_at=act_at, message_id=message_id(event))
