"""Receipt codes: `KZ-XXXXX-XXXXX`, told to a person as the only key to the report.

Ten characters of an alphabet without 0 O 1 I L, the last one a check character: 31 is prime and the weights
differ, so that every single wrong character and every swap of two is noticed. Nine free characters (44 bits) from a
keyed hash can neither be guessed nor meet twice in a city's lifetime.
"""

from cases.crypto import Keyring

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
FREE = 9  # characters before the check character
PURPOSE = "receipt"


def receipt_for(event_id: str, keyring: Keyring, attempt: int = 0) -> str:
    """The code of the report that this event may send: the same attempt at the same event always gives the same code.

    A failed attempt recorded and said nothing, so the next may use another code: its own may have been somebody else's.
    """
    seed = f"{event_id}#{attempt}" if attempt else event_id
    number = int.from_bytes(keyring.hash(seed, purpose=PURPOSE)[:16])
    digits = [number // len(ALPHABET) ** place % len(ALPHABET) for place in range(FREE)]
    code = "".join(ALPHABET[digit] for digit in [*digits, _check(digits)])
    return f"KZ-{code[:5]}-{code[5:]}"


def is_receipt(code: str) -> bool:
    """True for a well-formed code with the right check character."""
    prefix, *groups = code.split("-")
    characters = "".join(groups)
    if prefix != "KZ" or [len(group) for group in groups] != [5, 5] or not set(characters) <= set(ALPHABET):
        return False
    *digits, check = (ALPHABET.index(character) for character in characters)
    return check == _check(digits)


def _check(digits: list[int]) -> int:
    return sum(weight * digit for weight, digit in enumerate(digits, start=2)) % len(ALPHABET)
