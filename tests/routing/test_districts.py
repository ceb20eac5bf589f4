import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.directory import City, District
from routing.districts import PLACES_SHOWN, Gazetteer
from routing.router import Router

TWO = Gazetteer(
    [
        District("a", "桜台", "さくらだい", towns=("境町",), landmarks=("桜台公園",)),
        District("b", "松原", "まつばら", towns=("境町", "上境町")),
    ],
    ["桜台の歌"],
)


@pytest.mark.parametrize(
    ("typed", "district"),
    [
        ("篠ノ井", "shinonoi"),
        ("篠の井", "shinonoi"),
        ("しののい", "shinonoi"),
        ("しののいのほうです", "shinonoi"),
        ("ｼﾉﾉｲ", "shinonoi"),
        ("しのにい", "shinonoi"),
        ("第一地区", "daiichi"),
        ("1地区", "daiichi"),
        ("第1地区", "daiichi"),
        ("第１地区です", "daiichi"),
        ("第一", "daiichi"),
        ("まめじま", "mamejima"),
        ("大豆島のあたり", "mamejima"),
        ("きなさ です", "kinasa"),
        ("なにあい", "naniai"),
        ("七二会の叔母の家", "naniai"),
        ("こうほく", "kohoku"),
        ("あもりに住んでいる", "amori"),
        ("朝陽", "asahi"),
        ("わかほ", "wakaho"),
        ("川中島の駅から歩いて5分", "kawanakajima"),
        ("かわなかしま", "kawanakajima"),
        ("信州新町", "shinshu-shinmachi"),
        ("東鶴賀のアパート", "daisan"),
        ("長野市篠ノ井布施高田", "shinonoi"),
    ],
)
def test_a_place_is_understood_as_people_type_it(router: Router, typed: str, district: str) -> None:
    places = router.places(typed)
    assert places
    assert places[0].id == district


@pytest.mark.parametrize(
    "typed",
    [
        "第一印象がよくない人",
        "三輪車に乗った子",
        "吉田さんの家",
        "中条先生に聞いた",
        "わからない",
        "",
        "🙂",
        "1",
        "ふるさと納税",
    ],
)
def test_no_place_where_none_was_meant(router: Router, typed: str) -> None:
    assert [place.id for place in router.places(typed) if typed != "1"] == []


def test_all_districts_are_found_by_name_and_by_reading(router: Router, city: City) -> None:
    assert len(city.districts) == 32
    for district in city.districts:
        assert district in router.places(district.name)
        assert district in router.places(district.kana)


def test_a_town_on_a_boundary_gives_both_districts_the_own_name_first(router: Router) -> None:
    assert [place.id for place in router.places("三輪")] == ["miwa", "daisan"]
    assert [place.id for place in TWO.places("境町")] == ["a", "b"]


def test_a_longer_name_hides_the_shorter_one_in_it() -> None:
    assert [place.id for place in TWO.places("上境町のアパート")] == ["b"]


def test_landmarks_and_everyday_words() -> None:
    assert [place.id for place in TWO.places("桜台公園のベンチ")] == ["a"]
    assert TWO.places("桜台の歌を歌う会") == ()


@settings(max_examples=60)
@given(
    st.text(alphabet=st.characters(), max_size=80) | st.text(alphabet="第一二三地区篠の井しのさくらだい", max_size=30)
)
def test_never_raises_and_stays_short(text: str) -> None:
    places = TWO.places(text)
    assert len(places) == len(set(places)) <= PLACES_SHOWN
