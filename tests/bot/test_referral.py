from dataclasses import replace
from uuid import UUID

import pytest

from bot.referral import pressing, priority, referral
from cases.referrals.status import Priority
from cases.referrals.vocabulary import ContactPref, HouseholdType, ReporterType
from dialogs.book import load_book
from dialogs.effects import Clue, Report, Submit
from dialogs.summary import _SOURCED
from routing.results import Concern, Evidence, SuggestedAgency, Suggestion

PERSON = UUID(int=1)
SUGGESTION = Suggestion(
    urgency="soon",
    concerns=(Concern("dementia", "認知症", 0.8, (Evidence("道に迷う", 0, 4),)),),
    agencies=(SuggestedAgency("hokatsu", "包括", "026", "平日", True, ("dementia",)),),
    abstained=False,
    version="v1",
)
REPORT = Report(
    reporter_type="neighbour",
    district="furusato",
    place_text="公園のとなり",
    story="道に迷うようです",
    household_type="parent_adult_child",
    contact="phone",
    phone="0262220000",
    sources={
        "story": ("m1", "m2"),
        "place_text": ("m3",),
        "position": ("m3", "m4"),
        "phone": ("m5",),
        "contact": ("m6",),
    },
)


def test_words_concerns_and_agencies_go_into_the_record():
    made = referral(PERSON, Submit(REPORT, "KZ-1", "notice", 3), SUGGESTION)
    assert (made.person_id, made.receipt, made.script, made.script_version) == (PERSON, "KZ-1", "notice", 3)
    assert (made.free_text, made.place_text, made.phone) == ("道に迷うようです", "公園のとなり", "0262220000")
    [concern] = made.concerns
    assert (concern.id, concern.label, concern.score, concern.evidence) == ("dementia", "認知症", 0.8, ["道に迷う"])
    [agency] = made.suggestions
    assert (agency.agency_id, agency.open_now, agency.version) == ("hokatsu", True, "v1")


def test_evidence_is_the_reporters_words_or_the_label_that_was_tapped():
    """Routing reads story and clues as one text; the record points into the story only."""
    clues = (Clue("動物が増えた", "多頭飼育になっている"), Clue("ひとり暮らし", "ひとり暮らし"))
    searched = "\n".join((REPORT.story, *(clue.words for clue in clues)))
    words = ("道に迷う", "多頭飼育", "なっている", "ひとり", "ようです\n多頭")
    evidence = tuple(Evidence(word, searched.index(word), searched.index(word) + len(word)) for word in words)
    found = replace(SUGGESTION, concerns=(Concern("animals", "動物", 0.8, evidence),))
    [concern] = referral(PERSON, Submit(REPORT, "KZ-1", "notice", 3, clues), found).concerns
    assert concern.evidence == ["道に迷う", "動物が増えた", "ひとり暮らし"]


def test_evidence_of_a_report_by_taps_alone_is_its_labels():
    clue = Clue("姿を見ない", "姿を見ないので安否が心配")
    found = replace(SUGGESTION, concerns=(Concern("welfare_check", "安否", 0.8, (Evidence("安否", 7, 9),)),))
    [concern] = referral(PERSON, Submit(replace(REPORT, story=""), "KZ-1", "notice", 3, (clue,)), found).concerns
    assert concern.evidence == ["姿を見ない"]


def test_each_source_is_kept_under_the_slot_that_the_record_forgets_by():
    made = referral(PERSON, Submit(REPORT, "KZ-1", "notice", 3), SUGGESTION)
    assert made.source_messages == {
        "free_text": ["m1", "m2"],
        "place": ["m3", "m4"],
        "phone": ["m5"],
        "contact": ["m6"],
    }


def test_every_answer_that_a_message_can_give_can_be_taken_back():
    """What the dialogs tell the source of, the record has a slot for."""
    sources = {slot: (f"m-{slot}",) for slot in _SOURCED}
    made = referral(PERSON, Submit(replace(REPORT, sources=sources), "KZ-1", "notice", 3), None)
    kept = [message for messages in made.source_messages.values() for message in messages]
    assert sorted(kept) == sorted(f"m-{slot}" for slot in _SOURCED)


def test_whoever_wants_no_contact_is_anonymous():
    nameless = replace(REPORT, contact="none", phone="")
    assert referral(PERSON, Submit(nameless, "KZ-1", "notice", 3), None).anonymity == "anonymous"
    assert referral(PERSON, Submit(REPORT, "KZ-1", "notice", 3), None).anonymity == "staff_only"


def test_without_a_suggestion_the_report_is_whole_all_the_same():
    made = referral(PERSON, Submit(REPORT, "KZ-1", "notice", 3), None)
    assert (made.concerns, made.suggestions, made.priority) == ([], [], Priority.MEDIUM)


@pytest.mark.parametrize(
    ("danger", "kinds", "urgency", "expected"),
    [
        ("yes", (), "routine", Priority.EMERGENCY),
        ("yes", ("dv",), None, Priority.EMERGENCY),
        ("no", (), "emergency", Priority.EMERGENCY),
        ("unknown", ("suicide",), "routine", Priority.HIGH),
        ("unknown", ("suicide",), None, Priority.HIGH),
        ("no", (), "soon", Priority.HIGH),
        ("no", (), "routine", Priority.MEDIUM),
        ("unknown", (), None, Priority.MEDIUM),
    ],
)
def test_priority_follows_the_worst_sign(danger, kinds, urgency, expected):
    report = replace(REPORT, immediate_danger=danger, danger_kinds=kinds)
    assert priority(report, replace(SUGGESTION, urgency=urgency) if urgency else None) is expected


def test_danger_now_presses_with_the_kinds_heard():
    assert pressing(replace(REPORT, immediate_danger="yes", danger_kinds=("dv",))) == ("dv",)
    assert pressing(replace(REPORT, immediate_danger="yes")) == ("life",)
    assert pressing(replace(REPORT, immediate_danger="no", danger_kinds=("dv",))) == ()


def test_every_choice_of_the_conversation_has_a_place_in_the_record():
    steps = {step.slot: step.choices for script in load_book().scripts.values() for step in script.steps}
    for household in steps["household_type"]:
        report = replace(REPORT, household_type=household)
        assert referral(PERSON, Submit(report, "KZ-1", "notice", 3), None).household_type in set(HouseholdType)
    assert set(steps["reporter_type"]) <= set(ReporterType)
    assert set(steps["contact"]) <= set(ContactPref)
