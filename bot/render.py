"""Screens → LINE message objects (plain dicts) within every limit of LINE.

At most five messages, the choices as quick replies on the last one only (elsewhere LINE drops them) and as numbers
in the text, because a PC shows no quick replies. What does not fit is merged or cut, never left out: a message that
breaks a limit would take its neighbours with it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from bot import flex, limits
from bot.limits import clean, cut_graphemes, cut_units, split, utf16
from bot.shown import Agencies, AgencyCard, FormButton, Shown
from bot.texts import text
from dialogs.events import HelpLine
from dialogs.screens import Ask, Choice, DangerCard

Message = dict[str, Any]
GAP = "\n\n"


@dataclass(frozen=True, slots=True)
class _Block:
    """A message to be: its plain text, and its Flex container where it has one."""

    plain: str
    container: Message | None = None
    alt: str = ""


def render(screens: Sequence[Shown]) -> list[Message]:
    """At most five LINE messages for the screens; none when there is nothing to say."""
    blocks = [block for screen in screens for block in _blocks(screen) if block.plain.strip()]
    messages = [_message(block) for block in _within_five(blocks)]
    ask = next((screen for screen in reversed(screens) if isinstance(screen, Ask)), None)
    items = _quick_replies(ask) if ask else []
    if messages and items:
        messages[-1]["quickReply"] = {"items": items}
    return messages


def flattened(messages: Sequence[Message]) -> list[Message]:
    """The same said in one plain text, for when LINE refuses a message: no cards, no buttons, nothing to refuse."""
    words = GAP.join(map(_plain, messages))
    return [{"type": "text", "text": cut_units(clean(words).strip(), limits.TEXT)}]


def _plain(message: Message) -> str:
    words = str(message.get("text") or message.get("altText") or "")
    return "\n".join((words, *flex.addresses(message.get("contents", {}))))


def _blocks(screen: Shown) -> Iterator[_Block]:
    if isinstance(screen, DangerCard):
        yield from _danger(screen)
    elif isinstance(screen, Agencies):
        yield from _texts(screen.intro)
        if screen.cards:
            yield from _agencies(screen.cards)
    elif isinstance(screen, FormButton):
        yield from _form(screen)
    elif isinstance(screen, Ask):
        yield from _texts(_question(screen))
    else:
        yield from _texts(screen.text)


def _texts(words: str) -> Iterator[_Block]:
    return map(_Block, split(clean(words), limits.TEXT))


def _question(ask: Ask) -> str:
    numbered = [
        text("choice", number=number, label=choice.label)
        for number, choice in enumerate(ask.choices, start=1)
        if choice.label.strip()
    ]
    ways_out = text("more_separator").join(choice.label for choice in ask.more if choice.label.strip())
    parts = [ask.text, "\n".join(numbered), text("more", labels=ways_out) if ways_out else ""]
    return GAP.join(part for part in parts if part.strip())


def _danger(card: DangerCard) -> Iterator[_Block]:
    numbers = "\n".join(_number(line) for line in card.lines)
    words = clean(GAP.join(part for part in (card.title, numbers, card.text) if part.strip()))
    alt = clean("\n".join(part for part in (card.title, numbers) if part.strip()))
    return _card(flex.danger_bubble(card), words, alt, limits.BUBBLE_BYTES)


def _form(button: FormButton) -> Iterator[_Block]:
    """The address is not in the alternative text: that is shown on a locked screen."""
    words = clean(GAP.join(part for part in (button.text, button.url) if part.strip()))
    if not (flex.openable(button.url) and button.label.strip()):
        return _texts(words)
    return _card(flex.form_bubble(button), words, clean(button.text), limits.BUBBLE_BYTES)


def _number(line: HelpLine) -> str:
    key = "line_with_note" if line.note.strip() else "line"
    return text(key, name=line.name, number=line.number, note=line.note)


def _agencies(cards: Sequence[AgencyCard]) -> Iterator[_Block]:
    bubbles = [flex.agency_bubble(card) for card in cards[: limits.CAROUSEL_BUBBLES]]
    words = clean(GAP.join(_agency_words(card) for card in cards))
    alt = clean(text("agencies_alt", names=text("agency_separator").join(card.name for card in cards)))
    most = limits.BUBBLE_BYTES if len(bubbles) == 1 else limits.CAROUSEL_BYTES
    return _card(flex.carousel(bubbles), words, alt, most)


def _agency_words(card: AgencyCard) -> str:
    phone = text("phone", number=card.phone) if card.phone.strip() else ""
    parts = (card.name, f"{flex.openness(card.open_now)} {card.hours}", phone)
    return "\n".join(part.strip() for part in parts if part.strip())


def _card(container: Message, words: str, alt: str, most_bytes: int) -> Iterator[_Block]:
    """A Flex block, or its plain words where the container would be larger than LINE takes."""
    if flex.size(container) > most_bytes or not alt.strip():
        return _texts(words)
    return iter([_Block(words, container, cut_units(alt, limits.ALT_TEXT))])


def _within_five(blocks: list[_Block]) -> list[_Block]:
    """The blocks in at most five: neighbouring texts joined first, then cards as text, then everything shortened."""
    if len(blocks) > limits.MESSAGES:
        blocks = _joined(blocks)
    if len(blocks) > limits.MESSAGES:
        blocks = _joined([piece for block in blocks for piece in _texts(block.plain)])
    if len(blocks) > limits.MESSAGES:
        blocks = _shortened(blocks)
    return [block if block.container else _Block(cut_units(block.plain, limits.TEXT)) for block in blocks]


def _joined(blocks: list[_Block]) -> list[_Block]:
    joined: list[_Block] = []
    for block in blocks:
        last = joined[-1] if joined else None
        if last and not last.container and not block.container and _fit_together(last.plain, block.plain):
            joined[-1] = _Block(last.plain + GAP + block.plain)
        else:
            joined.append(block)
    return joined


def _fit_together(first: str, second: str) -> bool:
    return utf16(first) + utf16(GAP) + utf16(second) <= limits.TEXT


def _shortened(blocks: list[_Block]) -> list[_Block]:
    """Five texts in which every block keeps an equal share."""
    together = ceil(len(blocks) / limits.MESSAGES)
    share = limits.TEXT // together - utf16(GAP)
    pieces = [cut_units(block.plain, share) for block in blocks]
    return [_Block(GAP.join(pieces[start : start + together])) for start in range(0, len(pieces), together)]


def _message(block: _Block) -> Message:
    if block.container:
        return {"type": "flex", "altText": block.alt, "contents": block.container}
    return {"type": "text", "text": block.plain}


def _quick_replies(ask: Ask) -> list[Message]:
    """The buttons: the ways out always have a place, whatever number of choices stands in the text."""
    more = [_tap(choice) for choice in ask.more if _is_button(choice)][: limits.QUICK_REPLIES]
    place = [{"type": "location", "label": text("location")}] if ask.location else []
    choices = [_tap(choice) for choice in ask.choices if _is_button(choice)]
    room = limits.QUICK_REPLIES - len(more)
    items = [*place, *choices][:room] + more
    return [{"type": "action", "action": action} for action in items]


def _is_button(choice: Choice) -> bool:
    """A button needs a label, and data that comes back whole."""
    return bool(choice.label.strip() and choice.data) and utf16(choice.data) <= limits.DATA


def _tap(choice: Choice) -> Message:
    action = {"type": "postback", "label": cut_graphemes(clean(choice.label), limits.LABEL), "data": clean(choice.data)}
    said = cut_graphemes(clean(choice.say), limits.SHOWN)
    return action | {"displayText": said} if said.strip() else action
