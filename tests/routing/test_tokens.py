import itertools
import threading

from hypothesis import given, settings
from hypothesis import strategies as st
from janome.tokenizer import Tokenizer

from routing.normalise import normalise
from routing.tokens import TOKENIZED_LIMIT, Words

WORDS = Words({"まいさぽ": "マイサポ", "鬼無里": "キナサ", "a,b": "x"})


def test_inflected_words_are_read_by_their_dictionary_form() -> None:
    assert "殴る" in [token.base for token in WORDS.tokens("夫に殴られた")]


def test_known_words_are_not_torn_apart() -> None:
    torn = [token.surface for token in Tokenizer().tokenize("まいさぽに行く")]
    assert "まいさぽ" not in torn
    assert WORDS.tokens("まいさぽに行く")[0].base == "まいさぽ"


def test_only_the_beginning_of_a_long_text_is_tokenized() -> None:
    tokens = WORDS.tokens("雨が降る。" * 500)
    assert tokens[-1].end == TOKENIZED_LIMIT


def test_readings_are_hiragana_and_unreadable_words_are_left_out() -> None:
    assert WORDS.readings(["年金", "鬼無里", "𠮷"]) == {"年金": "ねんきん", "鬼無里": "きなさ"}


def test_threads_share_one_tokenizer() -> None:
    words = Words({"鬼無里": "キナサ"})
    text = "鬼無里の祖母が倒れて返事をしません。" * 5
    alone = WORDS.tokens(text)
    results: list[object] = []
    threads = [threading.Thread(target=lambda: results.append(words.tokens(text))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [alone] * 8


@settings(max_examples=60)
@given(st.text(max_size=120))
def test_tokens_cover_the_text_in_order(text: str) -> None:
    plain = normalise(text).plain
    tokens = WORDS.tokens(plain)
    assert all(before.end == after.start for before, after in itertools.pairwise(tokens))
    if tokens:
        assert plain[tokens[0].start : tokens[-1].end] == plain.strip()
