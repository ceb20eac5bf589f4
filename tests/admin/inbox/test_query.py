from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admin.inbox.query import TABS, InboxQuery
from cases.actors import Role
from cases.referrals.status import Priority, Status
from tests.admin.conftest import made_up_city

CITY = made_up_city()


def test_an_empty_address_is_where_a_role_arrives():
    assert InboxQuery.read(Role.TRIAGE, {}, CITY) == InboxQuery("unassigned")
    assert InboxQuery.read(Role.AGENCY, {}, CITY) == InboxQuery("offered")


def test_filters_live_in_the_address_and_come_back_from_it():
    row = uuid4()
    asked = {
        "tab": "all",
        "urgency": "high",
        "district": "kita",
        "concern": "dv",
        "status": "triage",
        "before": str(row),
    }
    query = InboxQuery.read(Role.TRIAGE, asked, CITY)
    assert query.filters.priority is Priority.HIGH
    assert query.filters.status is Status.TRIAGE
    assert (query.filters.district, query.filters.concern, query.before) == ("kita", "dv", row)
    assert query.filtered
    assert query.url == f"/inbox?tab=all&urgency=high&district=kita&concern=dv&status=triage&before={row}"


@pytest.mark.parametrize("asked", [{"tab": "x"}, {"before": "x"}])
def test_what_an_old_link_asks_and_nobody_knows_is_not_asked(asked):
    assert InboxQuery.read(Role.TRIAGE, asked, CITY) == InboxQuery("unassigned")


@pytest.mark.parametrize("name", ["urgency", "district", "concern", "status"])
@pytest.mark.parametrize("value", ["x", "\x00", "あ" * 10_000, "\ud800"])
def test_a_filter_that_nobody_knows_is_left_out_and_said_to_be(name, value):
    asked = {"tab": "all", name: value, "urgency" if name != "urgency" else "status": ""}
    assert InboxQuery.read(Role.TRIAGE, asked, CITY) == InboxQuery("all", ignored=True)


def test_a_number_is_asked_for_in_a_form_that_can_be_shown():
    query = InboxQuery.read(Role.TRIAGE, {"q": " KZ-\x00AB\u202e " + "9" * 99}, CITY)
    assert query.number.startswith("KZ-AB 9")
    assert len(query.number) <= 64
    assert query.on_tab("mine").url == "/inbox?tab=mine"


def test_an_agency_cannot_ask_for_the_citys_tabs():
    assert InboxQuery.read(Role.AGENCY, {"tab": "unassigned"}, CITY).tab == "offered"


def test_another_tab_begins_at_its_first_page():
    query = InboxQuery("all", urgency="low", before=uuid4()).on_tab("mine")
    assert query.url == "/inbox?tab=mine&urgency=low"


@given(st.dictionaries(st.sampled_from(["tab", "urgency", "district", "concern", "status", "before", "q"]), st.text()))
def test_no_address_breaks_the_inbox(asked):
    query = InboxQuery.read(Role.TRIAGE, asked, CITY)
    assert query.tab in TABS[Role.TRIAGE]
    assert query.filters.tab == query.tab
    assert query.url.startswith("/inbox?tab=")
