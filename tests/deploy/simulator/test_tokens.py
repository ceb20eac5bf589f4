from deploy.simulator.tokens import Accepted, Quota, ReplyTokens, RetryKeys

MAY_31_IN_JAPAN = 1_748_703_599.0
"""2025-05-31 23:59:59 in Japan; UTC is still at 14:59:59."""


def issued(at: float = 0.0) -> ReplyTokens:
    tokens = ReplyTokens()
    tokens.issue("t", "person", at)
    tokens.delivered("t", at)
    return tokens


def test_a_token_lives_sixty_seconds_and_no_longer() -> None:
    assert issued().spend("t", 60.0) == "person"
    assert issued().spend("t", 60.1) is None


def test_a_token_is_good_once() -> None:
    tokens = issued()
    assert [tokens.spend("t", 1.0), tokens.spend("t", 2.0)] == ["person", None]


def test_a_redelivery_opens_a_new_minute_but_not_after_twenty() -> None:
    tokens = issued()
    tokens.delivered("t", 600.0)
    assert tokens.spend("t", 655.0) == "person"
    late = issued()
    late.delivered("t", 1190.0)
    assert late.spend("t", 1201.0) is None


def test_a_redelivery_does_not_revive_a_used_token() -> None:
    tokens = issued()
    tokens.spend("t", 1.0)
    tokens.delivered("t", 30.0)
    assert tokens.spend("t", 31.0) is None


def test_an_unknown_or_undelivered_token_is_refused() -> None:
    tokens = ReplyTokens()
    tokens.issue("t", "person", 0.0)
    assert [tokens.spend("t", 1.0), tokens.spend("x", 1.0)] == [None, None]


def test_a_retry_key_is_remembered_for_a_day() -> None:
    keys = RetryKeys()
    keys.remember("k", Accepted("r", 0.0, []))
    assert keys.find("k", 86_400.0) is not None
    assert keys.find("k", 86_401.0) is None


def test_the_quota_begins_anew_with_the_month_in_japan() -> None:
    quota = Quota()
    quota.add(3, MAY_31_IN_JAPAN)
    assert quota.used(MAY_31_IN_JAPAN) == 3
    assert quota.used(MAY_31_IN_JAPAN + 1) == 0
