"""Words of the story that led to a concern, marked. The story is text to the last: only the marks are markup."""

from collections.abc import Iterable

from markupsafe import Markup, escape

MOST_MARKS = 200
"""Marks drawn at most; a story of one word repeated must not become a page of a megabyte."""

Span = tuple[int, int]


def mark(text: str, words: Iterable[str]) -> Markup:
    """`text`, escaped, with every place where one of `words` stands inside `<mark>`; overlapping places join."""
    spans = _joined(sorted(_places(text, words))[:MOST_MARKS])
    parts: list[Markup] = []
    end = 0
    for start, stop in spans:
        parts += [escape(text[end:start]), Markup("<mark>{}</mark>").format(text[start:stop])]
        end = stop
    return Markup("").join([*parts, escape(text[end:])])


def _places(text: str, words: Iterable[str]) -> Iterable[Span]:
    for word in {word for word in words if word}:
        start = text.find(word)
        while start >= 0:
            yield start, start + len(word)
            start = text.find(word, start + len(word))


def _joined(spans: Iterable[Span]) -> list[Span]:
    joined: list[Span] = []
    for start, stop in spans:
        if joined and start < joined[-1][1]:
            joined[-1] = joined[-1][0], max(stop, joined[-1][1])
        else:
            joined.append((start, stop))
    return joined
