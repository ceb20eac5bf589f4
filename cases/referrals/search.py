"""Looking one referral up by a number that somebody says or types."""

import re
import unicodedata
from uuid import UUID

from cases.actors import Actor, Role
from cases.db import Reader
from cases.referrals.access import readable_by
from cases.referrals.intake import RECEIPT
from cases.referrals.models import Referral
from cases.referrals.numbers import is_referral_no

LONGEST = 64
"""Characters looked at; no number is longer, however widely it is typed."""

_RECEIPT = re.compile(r"(?:KZ)?([0-9A-Z]{5})([0-9A-Z]{5})")
_YEAR_DIGITS = 4


async def with_number(reader: Reader, actor: Actor, text: str) -> UUID | None:
    """The referral with this referral number (整理番号) or receipt code (受付番号), if the actor may see it.

    Case, width, blanks and hyphens do not matter. An agency finds by referral number only: the receipt code is the
    reporter's own key. Codes are written as the doors give them out: KZ, five and five characters.
    """
    signs = re.sub(r"[^0-9A-Z]", "", unicodedata.normalize("NFKC", text[:LONGEST]).upper())
    number = _number(signs)
    if number:
        found: UUID | None = await reader.session.scalar(
            readable_by(actor).with_only_columns(Referral.id).where(Referral.referral_no == number)
        )
        return found
    code = _RECEIPT.fullmatch(signs)
    return await _with_receipt(reader, actor, f"KZ-{code[1]}-{code[2]}") if code else None


async def _with_receipt(reader: Reader, actor: Actor, receipt: str) -> UUID | None:
    if actor.role is Role.AGENCY:
        return None
    hashes = reader.keyring.hashes(receipt, purpose=RECEIPT)
    found: UUID | None = await reader.session.scalar(
        readable_by(actor).with_only_columns(Referral.id).where(Referral.receipt_hash.in_(hashes))
    )
    return found


def _number(digits: str) -> str:
    """`digits` as a referral number, or "" when they are none."""
    if not digits.isdigit():
        return ""
    number = f"{digits[:_YEAR_DIGITS]}-{digits[_YEAR_DIGITS:-1]}-{digits[-1]}"
    return number if is_referral_no(number) else ""
