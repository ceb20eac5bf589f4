"""Referral numbers: fiscal year, serial number, check digit, as in 2026-000123-4."""

from datetime import datetime
from zoneinfo import ZoneInfo

FIRST_MONTH = 4
_JAPAN = ZoneInfo("Asia/Tokyo")
_SERIAL_DIGITS = 6

# H. M. Damm's quasigroup of order 10 ("Total anti-symmetrische Quasigruppen", 2004): the check digit notices every
# single wrong digit and every exchange of two neighbours.
_DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)


def fiscal_year(at: datetime) -> int:
    """The Japanese fiscal year of a moment: it begins on 1 April, Japanese time (地方自治法208条)."""
    local = at.astimezone(_JAPAN)
    return local.year if local.month >= FIRST_MONTH else local.year - 1


def referral_no(year: int, serial: int) -> str:
    """The number of the `serial`-th referral of a fiscal year."""
    digits = f"{serial:0{_SERIAL_DIGITS}}"
    return f"{year}-{digits}-{_check_digit(f'{year}{digits}')}"


def is_referral_no(text: str) -> bool:
    """Whether `text` has the form of a referral number and its check digit is right."""
    year, _, rest = text.partition("-")
    serial, _, check = rest.partition("-")
    if not (text.isascii() and f"{year}{serial}{check}".isdigit() and year and serial):
        return False
    return check == _check_digit(year + serial)


def _check_digit(digits: str) -> str:
    interim = 0
    for digit in digits:
        interim = _DAMM[interim][int(digit)]
    return str(interim)
