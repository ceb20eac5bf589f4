"""The throttle of sign-ins: guessing is slow, whatever process or address it comes through."""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select

from cases.crypto import Keyring
from cases.db import Reader, UnitOfWork
from cases.staff.accounts import normalised
from cases.staff.models import SigninAttempt

WINDOW = timedelta(minutes=15)
PER_ACCOUNT = 5
PER_ADDRESS = 30
KEPT = timedelta(days=1)


def account_hash(keyring: Keyring, email: str) -> bytes:
    """What an account is known by in the throttle, whether it exists or not."""
    return keyring.hash(normalised(email), purpose="signin-account")


def address_hash(keyring: Keyring, address: str) -> bytes:
    """What a network address is known by in the throttle."""
    return keyring.hash(address, purpose="signin-address")


async def allowed(reader: Reader, account_hash: bytes, address_hash: bytes, now: datetime) -> bool:
    """Whether one more attempt may be checked: fewer than 5 failures of the account and 30 of the address in 15 min."""
    since = SigninAttempt.at > now - WINDOW
    of_account = select(func.count()).where(SigninAttempt.account_hash == account_hash, since).scalar_subquery()
    of_address = select(func.count()).where(SigninAttempt.address_hash == address_hash, since).scalar_subquery()
    accounts, addresses = (await reader.session.execute(select(of_account, of_address))).one()
    return bool(accounts < PER_ACCOUNT and addresses < PER_ADDRESS)


async def note_attempt(
    uow: UnitOfWork,
    account_hash: bytes,
    address_hash: bytes,
    success: bool,  # noqa: FBT001 - the outcome noted
    now: datetime,
) -> None:
    """Count a failure; a success forgives the account's failures. Attempts older than a day are forgotten."""
    if success:
        await uow.session.execute(delete(SigninAttempt).where(SigninAttempt.account_hash == account_hash))
    else:
        uow.add(SigninAttempt(at=now, account_hash=account_hash, address_hash=address_hash))
    await uow.session.execute(delete(SigninAttempt).where(SigninAttempt.at < now - KEPT))
