import asyncio

from argon2 import PasswordHasher

from admin.signin.passwords import AT_ONCE, Passwords, hash_password

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class Counting(PasswordHasher):
    """Counts verifications, and how many run at once."""

    def __init__(self):
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.verified: list[str] = []

    def verify(self, stored, password):
        self.verified.append(stored)
        return super().verify(stored, password)


def test_a_new_hash_is_argon2id_with_its_own_salt():
    first, second = hash_password("made-up-password"), hash_password("made-up-password")
    assert first.startswith("$argon2id$")
    assert first != second


async def test_the_right_password_opens_and_another_does_not():
    passwords = Passwords(CHEAP)
    stored = CHEAP.hash("right")
    assert await passwords.right(stored, "right")
    assert not await passwords.right(stored, "Right")
    assert not await passwords.right(stored, "")


async def test_nobody_costs_as_much_as_somebody():
    hasher = Counting()
    passwords = Passwords(hasher)
    assert not await passwords.right(None, "guess")
    assert not await passwords.right(hasher.hash("x"), "guess")
    assert len(hasher.verified) == 2


async def test_a_spoilt_hash_lets_nobody_in():
    for stored in ("", "plain", "$argon2id$v=19$m=8,t=1,p=1$c2FsdA$"):
        assert not await Passwords(CHEAP).right(stored, "plain")


async def test_a_weak_hash_is_renewed_and_a_good_one_kept():
    strong = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
    passwords = Passwords(strong)
    renewed = await passwords.renewed(CHEAP.hash("pw"), "pw")
    assert renewed is not None
    assert strong.verify(renewed, "pw")
    assert await passwords.renewed(renewed, "pw") is None


async def test_a_storm_of_sign_ins_waits_its_turn():
    passwords = Passwords(CHEAP)
    running, most = 0, 0
    verify = passwords._verify

    def counted(stored, password):
        nonlocal running, most
        running += 1
        most = max(most, running)
        try:
            return verify(stored, password)
        finally:
            running -= 1

    passwords._verify = counted
    await asyncio.gather(*(passwords.right(None, "x") for _ in range(20)))
    assert most <= AT_ONCE
