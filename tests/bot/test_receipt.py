from hypothesis import given
from hypothesis import strategies as st

from bot.receipt import ALPHABET, is_receipt, receipt_for
from cases.crypto import Keyring

KEYRING = Keyring({"k": bytes(range(32))})
OTHERS = Keyring({"k": bytes(range(1, 33))})


@given(st.text(max_size=40).filter(lambda text: not any("\ud800" <= sign <= "\udfff" for sign in text)))
def test_the_same_event_always_gives_the_same_well_formed_code(event_id: str):
    code = receipt_for(event_id, KEYRING)
    assert code == receipt_for(event_id, KEYRING)
    assert is_receipt(code)
    assert len(code) == len("KZ-XXXXX-XXXXX")


def test_nobody_without_the_key_can_tell_the_code():
    assert receipt_for("01H", KEYRING) != receipt_for("01H", OTHERS)


def test_other_events_have_other_codes():
    assert len({receipt_for(f"event {number}", KEYRING) for number in range(2_000)}) == 2_000


def test_no_sign_can_be_mistaken_for_another():
    assert not set("01OIL") & set(ALPHABET)
    assert len(set(ALPHABET)) == 31


@given(st.integers(0, 9), st.sampled_from(ALPHABET))
def test_any_wrong_character_is_noticed(place: int, wrong: str):
    signs = list(receipt_for("01H", KEYRING).replace("KZ-", "").replace("-", ""))
    right, signs[place] = signs[place], wrong
    assert is_receipt(f"KZ-{''.join(signs[:5])}-{''.join(signs[5:])}") == (wrong == right)


@given(st.integers(0, 9), st.integers(0, 9))
def test_any_two_swapped_characters_are_noticed(first: int, second: int):
    signs = list(receipt_for("01H", KEYRING).replace("KZ-", "").replace("-", ""))
    is_same = signs[first] == signs[second]
    signs[first], signs[second] = signs[second], signs[first]
    assert is_receipt(f"KZ-{''.join(signs[:5])}-{''.join(signs[5:])}") == is_same


@given(st.text(max_size=20))
def test_no_text_makes_the_check_raise(text: str):
    is_receipt(text)
