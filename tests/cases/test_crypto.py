import base64
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.crypto import Keyring, KeyringError, SealBroken
from tests.cases.builders import keyring_of

ROW = UUID(int=7)
PLACE: dict[str, Any] = {"table": "notes", "column": "text", "row": ROW}
KEY = base64.b64encode(bytes(32)).decode()


class TestSeal:
    @given(plain=st.text())
    def test_any_text_opens_in_its_place(self, plain: str) -> None:
        keyring = keyring_of("a")
        plain = plain.encode("utf-8", "replace").decode()
        assert keyring.open(keyring.seal(plain, **PLACE), **PLACE) == plain

    def test_the_words_are_not_in_the_sealed_value_and_no_two_are_alike(self) -> None:
        keyring = keyring_of("a")
        sealed = {keyring.seal("山田さん", **PLACE) for _ in range(20)}
        assert len(sealed) == 20
        assert not any("山田".encode() in value for value in sealed)

    @pytest.mark.parametrize("moved", [{"table": "plans"}, {"column": "reason"}, {"row": UUID(int=8)}])
    def test_a_value_moved_elsewhere_does_not_open(self, moved: dict[str, Any]) -> None:
        keyring = keyring_of("a")
        sealed = keyring.seal("山田さん", **PLACE)
        with pytest.raises(SealBroken):
            keyring.open(sealed, **{**PLACE, **moved})

    def test_a_flipped_bit_anywhere_does_not_open(self) -> None:
        keyring = keyring_of("a")
        sealed = keyring.seal("山", **PLACE)
        for position in range(len(sealed)):
            altered = bytearray(sealed)
            altered[position] ^= 1
            with pytest.raises(SealBroken):
                keyring.open(bytes(altered), **PLACE)

    @given(length=st.integers(0, 60))
    def test_a_value_cut_short_does_not_open(self, length: int) -> None:
        keyring = keyring_of("a")
        sealed = keyring.seal("山田さん", **PLACE)
        with pytest.raises(SealBroken):
            keyring.open(sealed[: min(length, len(sealed) - 1)], **PLACE)


class TestRotation:
    def test_the_first_key_seals_and_every_key_opens(self) -> None:
        old = keyring_of("old").seal("山田さん", **PLACE)
        both = keyring_of("new", "old")
        assert both.open(old, **PLACE) == "山田さん"
        renewed = both.seal("山田さん", **PLACE)
        assert keyring_of("new").open(renewed, **PLACE) == "山田さん"
        with pytest.raises(SealBroken):
            keyring_of("old").open(renewed, **PLACE)

    def test_another_key_of_the_same_name_does_not_open(self) -> None:
        sealed = keyring_of("a").seal("山田さん", **PLACE)
        with pytest.raises(SealBroken):
            Keyring.parse(f"a:{KEY}").open(sealed, **PLACE)


class TestHash:
    def test_equal_values_hash_alike_for_one_purpose_only(self) -> None:
        keyring = keyring_of("a")
        assert keyring.hash("U1", purpose="line-user") == keyring.hash("U1", purpose="line-user")
        assert keyring.hash("U1", purpose="line-user") != keyring.hash("U2", purpose="line-user")
        assert keyring.hash("U1", purpose="line-user") != keyring.hash("U1", purpose="receipt")

    def test_look_ups_know_the_hash_under_every_key(self) -> None:
        both = keyring_of("new", "old")
        old, new = (keyring_of(key).hash("U1", purpose="x") for key in ("old", "new"))
        assert both.hash("U1", purpose="x") == new
        assert both.hashes("U1", purpose="x") == (new, old)


class TestParse:
    @pytest.mark.parametrize(
        "text",
        [
            *("", " , ", "a", "a:", ":" + KEY, "a:nonsense!", f"a b:{KEY}", f"a:{KEY[:-8]}", f"a:{KEY},a:{KEY}"),
            f"{'x' * 33}:{KEY}",
            f"あ:{KEY}",
        ],
    )
    def test_a_setting_that_cannot_be_used_is_refused_without_showing_keys(self, text: str) -> None:
        with pytest.raises(KeyringError) as refused:
            Keyring.parse(text)
        assert KEY[:-8] not in str(refused.value)

    def test_blanks_and_line_ends_around_entries_do_not_matter(self) -> None:
        sealed = Keyring.parse(f"a:{KEY}").seal("山", **PLACE)
        assert Keyring.parse(f"\n b:{base64.b64encode(uuid4().bytes * 2).decode()} , a:{KEY} \n").open(sealed, **PLACE)

    def test_the_ring_shows_no_key(self) -> None:
        assert repr(Keyring.parse(f"a:{KEY}")) == "Keyring(a)"


def test_what_is_no_text_is_sealed_for_its_place_as_well(keyring: Keyring) -> None:
    row, other = uuid4(), uuid4()
    image = bytes(range(256)) * 8
    sealed = keyring.seal_bytes(image, table="photos", column="image", row=row)
    assert image[:16] not in sealed
    assert keyring.open_bytes(sealed, table="photos", column="image", row=row) == image
    with pytest.raises(SealBroken):
        keyring.open_bytes(sealed, table="photos", column="image", row=other)
