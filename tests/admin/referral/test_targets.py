"""Who a case can be handed to, in the made-up city and in the real pack."""

from admin.referral.targets import grouped, offices
from deploy.citypack import load_city


def test_of_the_citys_pack_no_telephone_line_is_an_office():
    city = load_city("nagano")
    left = {agency.id for agency in city.agencies} - {agency.id for agency in offices(city)}
    assert left == {
        *("fire-119", "police-110", "police-9110", "child-189", "consumer-188", "dv-8008", "yorisoi", "qq-7119"),
    }


def test_groups_come_in_order_and_empty_ones_not_at_all(desk, city):
    groups = grouped(desk.labels, offices(city), ["maisapo"], {"houkatsu"})
    assert [(title, [value for value, _ in choices]) for title, choices in groups] == [
        ("候補（電話で伝えるところ）", ["maisapo"]),
        ("受信箱あり", ["houkatsu"]),
        ("電話で伝えるところ", ["shakyo"]),
    ]
