import pytest

from bot.form.fields import CONTACTS, MOST, MOST_KEPT, problems, read, ready, too_long_to_keep
from cases.forms import FormFields


def test_control_characters_and_foreign_contacts_do_not_come_in():
    fields = read({"story": "a\r\nb\x00\x1b\ud800c", "contact": "fax", "photos": "x", "part": "y"})
    assert fields == FormFields(story="a\nbc")


@pytest.mark.parametrize("name", MOST)
def test_every_field_has_its_measure_in_letters(name):
    fits = FormFields(**{"story": "x", "contact": "line", name: "字" * MOST[name]})
    over = FormFields(**{"story": "x", "contact": "line", name: "字" * (MOST[name] + 1)})
    assert problems(fits, 0) == {}
    assert problems(over, 0) == {name: "too_long"}


@pytest.mark.parametrize("name", MOST_KEPT)
def test_a_draft_has_its_measure_too(name):
    assert not too_long_to_keep(FormFields(**{name: "x" * MOST_KEPT[name]}))
    assert too_long_to_keep(FormFields(**{name: "x" * (MOST_KEPT[name] + 1)}))


@pytest.mark.parametrize("blank", ["", " ", "　\n", "\u200b\u2060", "。。。", "\u3164"[:0]])
def test_blanks_tell_nothing(blank):
    assert problems(FormFields(story=blank), 0) == {"story": "nothing"}
    assert problems(FormFields(story=blank), 1) == {}
    assert problems(FormFields(story=blank, address="吉田"), 0) == {}


@pytest.mark.parametrize(
    ("typed", "number"),
    [("０９０-1234-5678", "09012345678"), ("026 224 1234", "0262241234"), ("+81 90 1234 5678", "09012345678")],
)
def test_a_telephone_number_is_read_as_people_write_it(typed, number):
    fields = FormFields(story="x", contact="phone", phone=typed)
    assert problems(fields, 0) == {}
    assert ready(fields).phone == number


@pytest.mark.parametrize("typed", ["110", "12345", "でんわ", "090-1234-56", "09012345678 08012345678"])
def test_what_is_no_number_is_told_beside_its_field(typed):
    assert problems(FormFields(story="x", contact="phone", phone=typed), 0) == {"phone": "phone_wrong"}


def test_a_wish_for_a_call_needs_a_number():
    assert problems(FormFields(story="x", contact="phone"), 0) == {"phone": "phone_needed"}


@pytest.mark.parametrize("contact", ["", *[c for c in CONTACTS if c != "phone"]])
def test_without_that_wish_no_number_is_handed_over(contact):
    fields = FormFields(story=" x ", contact=contact, phone="09012345678")
    assert problems(fields, 0) == {}
    assert ready(fields) == FormFields(story="x", contact=contact)
