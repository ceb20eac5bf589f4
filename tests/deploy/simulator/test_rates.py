from deploy.simulator.rates import Rates


def test_the_limit_of_a_second_is_kept_and_opens_again() -> None:
    rates = Rates()
    assert all(rates.admits("loading", 0.0) for _ in range(100))
    assert not rates.admits("loading", 0.9)
    assert rates.admits("loading", 1.0)


def test_endpoints_do_not_share_their_limits() -> None:
    rates = Rates()
    for _ in range(100):
        rates.admits("richmenu_create", 0.0)
    assert not rates.admits("richmenu_create", 3599.0)
    assert rates.admits("richmenu_delete", 3599.0)
