import base64
import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.signature import verify

SECRET = "0123456789abcdef0123456789abcdef"
BODY = '{"destination":"U0","events":[{"type":"message","text":"𠮷野家"}]}'.encode()


def sign(body: bytes, secret: str = SECRET) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def test_the_signature_over_the_raw_bytes_verifies():
    assert verify(BODY, sign(BODY), [SECRET])


def test_both_secrets_verify_while_one_is_rotated():
    assert verify(BODY, sign(BODY, "old-secret"), [SECRET, "old-secret"])
    assert not verify(BODY, sign(BODY, "gone-secret"), [SECRET, "old-secret"])


@pytest.mark.parametrize("blank", ["", " ", "\t\n", "　"])
def test_a_blank_secret_verifies_nothing_not_even_its_own_signature(blank: str):
    assert not verify(BODY, sign(BODY, blank), [blank])
    assert not verify(BODY, sign(BODY, blank), [blank, SECRET])


def test_no_secret_verifies_nothing():
    assert not verify(BODY, sign(BODY), [])


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        " ",
        "あ" * 44,
        "\x00" * 44,
        "A" * 44,
        "A" * 10_000,
        sign(BODY) + " ",
        " " + sign(BODY),
        sign(BODY)[:-1],
        sign(BODY) + sign(BODY),
        sign(BODY).lower(),
        hmac.new(SECRET.encode(), BODY, hashlib.sha256).hexdigest(),
    ],
)
def test_no_1_and_2_missing_empty_non_ascii_and_long_headers_are_refused(header: str | None):
    assert not verify(BODY, header, [SECRET])


def test_another_spelling_of_the_same_base64_is_refused():
    signature = sign(BODY)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    other = signature[:42] + alphabet[alphabet.index(signature[42]) + 1] + "="
    assert base64.b64decode(other) == base64.b64decode(signature)
    assert not verify(BODY, other, [SECRET])


@given(st.integers(0, len(BODY) * 8 - 1))
def test_any_flipped_bit_of_the_body_is_noticed(bit: int):
    flipped = bytearray(BODY)
    flipped[bit // 8] ^= 1 << bit % 8
    assert not verify(bytes(flipped), sign(BODY), [SECRET])


@given(st.integers(0, 44 * 8 - 1))
def test_any_flipped_bit_of_the_signature_is_noticed(bit: int):
    flipped = bytearray(sign(BODY).encode())
    flipped[bit // 8] ^= 1 << bit % 8
    assert not verify(BODY, flipped.decode("latin-1"), [SECRET])


def test_no_3_the_same_json_with_other_whitespace_is_another_body():
    assert not verify(BODY.replace(b":", b": "), sign(BODY), [SECRET])


@given(st.binary(), st.text(max_size=60))
def test_no_header_makes_it_raise(body: bytes, header: str):
    assert verify(body, header, [SECRET]) == (header == sign(body))
