import re

import pytest

from bot import flex


@pytest.mark.parametrize(
    ("number", "address"),
    [
        ("119", "tel:119"),
        ("#7119", "tel:%237119"),
        ("0120-279-338", "tel:0120279338"),
        ("+81262244629", "tel:+81262244629"),
        ("", None),
        ("１１９", None),
        ("026-224(内線3)", None),
        ("javascript:alert(1)", None),
    ],
)
def test_a_number_is_dialled_as_it_is_or_not_at_all(number: str, address: str | None):
    assert flex.dialable(number) == address


@pytest.mark.parametrize(
    ("url", "opens"),
    [
        ("https://city.example/form/" + "a" * 43, True),
        ("http://127.0.0.1:8000/form/a", True),
        ("https://city.example/" + "a" * 1_000, False),
        ("https://", False),
        ("http://[", False),
        ("javascript:alert(1)", False),
        ("https://市.example/", False),
        ("https://city.example/a b", False),
        ("", False),
    ],
)
def test_no_54_an_address_that_line_would_refuse_is_no_button(url: str, *, opens: bool):
    assert flex.openable(url) is opens


@pytest.mark.parametrize("color", [flex.INK, flex.QUIET, flex.ALARM, flex.CALM])
def test_every_colour_has_the_contrast_of_small_text_on_white(color: str):
    assert 1.05 / (luminance(color) + 0.05) >= 4.5  # WCAG 2.2, 1.4.3 (AA)


def luminance(color: str) -> float:
    channels = [int(pair, 16) / 255 for pair in re.findall("..", color.removeprefix("#"))]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
