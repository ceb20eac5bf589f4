import pytest

from cases.db import Database
from cases.handoffs import service as handoffs
from cases.referrals.numbers import referral_no
from cases.referrals.search import with_number
from cases.referrals.vocabulary import RequestedAction
from tests.cases.builders import NOW, Office, submitted

RECEIPT = "KZ-AB2CD-EFG3H"


@pytest.mark.parametrize(
    "typed",
    [RECEIPT, "kz-ab2cd-efg3h", " KZ AB2CD EFG3H ", "ＫＺ－ＡＢ２ＣＤ－ＥＦＧ３Ｈ", "KZAB2CDEFG3H", "ab2cdｰefg3h"],
)
async def test_the_city_finds_by_receipt_code_however_it_is_typed(
    database: Database, office: Office, typed: str
) -> None:
    referral = await submitted(database, RECEIPT)
    async with database.reading() as reader:
        assert await with_number(reader, office.triage, typed) == referral


@pytest.mark.parametrize("hyphen", ["-", " ", "ー", "－", ""])
async def test_a_referral_number_is_found_by_whoever_may_see_it(
    database: Database, office: Office, hyphen: str
) -> None:
    referral = await submitted(database, RECEIPT)
    typed = referral_no(2026, 1).replace("-", hyphen)
    async with database.transaction() as uow:
        assert await with_number(uow, office.triage, typed) == referral
        assert await with_number(uow, office.agency, typed) is None, "it is foreign, so it is not there"
        await handoffs.offer(uow, office.triage, referral, "houkatsu", RequestedAction.VISIT, "", None, NOW)
        assert await with_number(uow, office.agency, typed) == referral
        assert await with_number(uow, office.agency, RECEIPT) is None, "the receipt code is the reporter's own key"


@pytest.mark.parametrize("typed", ["", "KZ", "KZ-AB2CD-EFG3J", "2026-000001-0", "2026", "\x00", "\ud800", "9" * 10_000])
async def test_what_is_no_number_of_any_finds_nothing(database: Database, office: Office, typed: str) -> None:
    await submitted(database, RECEIPT)
    async with database.reading() as reader:
        assert await with_number(reader, office.triage, typed) is None
