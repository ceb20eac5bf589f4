"""Janome, tamed: one shared tokenizer, a user dictionary, bounded work.

Janome is pure Python and costs about 50 µs per sign; unknown words of thousands of equal signs cost seconds. Texts are
therefore read up to `TOKENIZED_LIMIT`, runs are cut short beforehand (`routing.normalise`) and unknown words are kept
short. Its tokenizer holds no state between calls, so threads share it; only its construction is guarded.
"""

import sys
from array import array
from collections.abc import Iterable, Mapping
from threading import Lock
from typing import Any, NamedTuple

from janome import sysdic
from janome.tokenizer import Tokenizer

from routing.normalise import fold

TOKENIZED_LIMIT = 1_000
"""Signs of a text that are tokenized; words beyond are still found as they stand."""

_UNKNOWN_LIMIT = 16
# IPADIC's ids of 「名詞,固有名詞,地域,一般」; a cost this low prefers a city's word without forcing it everywhere.
_PLACE_ID = 1293
_COST = -500
_TWO_SIGNS = 6

_Entry = tuple[int, str, int, int, int]


class Token(NamedTuple):
    """A word of the plain text: its dictionary form and its place there."""

    base: str
    start: int
    end: int


class Words:
    """The tokenizer with a city's own words. Built at first use, once."""

    def __init__(self, known: Mapping[str, str]) -> None:
        """Take words of Japanese signs and their readings in kana (welfare terms, places); others are left out."""
        self._known = {word: reading for word, reading in known.items() if _is_japanese(word)}
        self._lock = Lock()
        self._tokenizer: Any = None

    def tokens(self, plain: str) -> list[Token]:
        """The words of the first `TOKENIZED_LIMIT` signs."""
        capped = plain[:TOKENIZED_LIMIT]
        place = len(capped) - len(capped.lstrip())
        found = []
        for token in self._ready().tokenize(capped):
            # `node` and `base_form` are read once each: Janome looks attributes up the slow way.
            end = place + len(token.node.surface)
            found.append(Token(token.base_form, place, end))
            place = end
        return found

    def readings(self, words: Iterable[str]) -> dict[str, str]:
        """Readings of words, folded to hiragana; words that Janome cannot read wholly are left out."""
        read = {}
        for word in words:
            parts = [token.reading for token in self._ready().tokenize(word)]
            if "*" not in parts:
                read[word] = fold("".join(parts))
        return read

    def _ready(self) -> Any:
        with self._lock:
            if self._tokenizer is None:
                self._tokenizer = _build(self._known)
            return self._tokenizer


class _KnownWords:
    """The user dictionary in the shape that Janome asks for.

    Janome's own one runs a second automaton at every sign, which costs as much again as its large dictionary; a look
    at the first two signs is all that a few hundred words need.
    """

    def __init__(self, words: Mapping[str, str]) -> None:
        self._extras = [_extra(word, reading) for word, reading in words.items()]
        self._by_start: dict[bytes, list[tuple[bytes, _Entry]]] = {}
        for number, word in enumerate(words):
            entry = (number, word, _PLACE_ID, _PLACE_ID, _COST)
            self._by_start.setdefault(word[:2].encode(), []).append((word.encode(), entry))

    def lookup(self, ahead: bytes) -> list[_Entry]:
        """The known words with which `ahead` begins; words of Japanese signs only, of three bytes each."""
        known = self._by_start.get(ahead[:_TWO_SIGNS])
        return [entry for word, entry in known if ahead.startswith(word)] if known else []

    def lookup_extra(self, number: int) -> tuple[str, ...]:
        return self._extras[number]


def _is_japanese(word: str) -> bool:
    return len(word) > 1 and all(len(sign.encode()) == _TWO_SIGNS // 2 for sign in word)


def _build(known: Mapping[str, str]) -> Any:
    tokenizer = Tokenizer(max_unknown_length=_UNKNOWN_LIMIT)
    _pack(tokenizer.sys_dic)
    tokenizer.user_dic = _KnownWords(known)
    return tokenizer


def _pack(dictionary: Any) -> None:
    """Keep Janome's tables of two million small numbers as arrays, and let go of what it has decoded: 30 MB less.

    The dictionary is one for the whole process; packing it again changes nothing.
    """
    for _, index in (*dictionary.entries_compact.values(), *dictionary.entries_extra.values()):
        index["positions"] = array("I", index["positions"])
    dictionary.connections[:] = [array("h", row) for row in dictionary.connections]
    for name in ("connections1", "connections2", "fst_data0", "fst_data1"):
        sys.modules.pop(f"{sysdic.__name__}.{name}", None)  # whoever wants another dictionary reads the file again
        vars(sysdic).pop(name, None)


def _extra(word: str, reading: str) -> tuple[str, ...]:
    kana = "".join(chr(ord(sign) + 0x60) if "ぁ" <= sign <= "ゖ" else sign for sign in reading) or word
    return ("名詞,固有名詞,地域,一般", "*", "*", word, kana, kana)
