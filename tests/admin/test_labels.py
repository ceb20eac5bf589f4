"""Every value the record can hold has a name that a person reads."""

from enum import StrEnum
from inspect import getmembers, isclass

import pytest
import yaml

from admin import labels as words
from admin.permissions import Role
from cases.referrals import status, vocabulary
from routing.danger import DANGER_KINDS
from routing.taxonomy import CONCERNS

LABELS = words.load()
KINDS = {
    "Channel": "channel", "ReporterType": "reporter_type", "Anonymity": "anonymity", "ContactPref": "contact_pref",
    "Feedback": "feedback", "WillingRole": "willing_role", "SubjectKnown": "subject_known", "Gender": "gender",
    "HouseholdType": "household_type", "Source": "source", "ObservedPeriod": "observed_period",
    "Frequency": "frequency", "DataSource": "data_source", "YesNo": "yes_no", "ConsentStatus": "consent_status",
    "ConsentMethod": "consent_method", "LegalBasis": "legal_basis", "Forum": "forum", "Involvement": "involvement",
    "VisitRisk": "visit_risk", "RequestedAction": "requested_action", "DeclineReason": "decline_reason",
    "Evaluation": "evaluation", "CloseReason": "close_reason",
}  # fmt: skip
SELF_EXPLAINING = {"AgeBand"}


def _enums(module):
    return [kind for _, kind in getmembers(module, isclass) if issubclass(kind, StrEnum) and kind is not StrEnum]


@pytest.mark.parametrize("kind", _enums(vocabulary), ids=lambda kind: kind.__name__)
def test_every_word_of_the_sheet_has_a_name(kind):
    if kind.__name__ not in SELF_EXPLAINING:
        assert set(kind) == set(LABELS.names(KINDS[kind.__name__]))


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("status", status.Status),
        ("handoff_status", status.HandoffStatus),
        ("priority", status.Priority),
        ("priority_long", status.Priority),
        ("role", Role),
        ("concern", CONCERNS),
        ("danger", DANGER_KINDS),
    ],
)
def test_every_state_role_concern_and_danger_has_a_name(kind, values):
    assert set(values) == set(LABELS.names(kind))


def test_an_unknown_id_is_shown_as_it_is():
    assert LABELS.label("sign", "new_sign") == "new_sign"


def test_an_unknown_kind_is_our_mistake():
    with pytest.raises(KeyError):
        LABELS.label("nonsense", "x")


def test_every_status_has_words_for_its_page():
    for code in (400, 403, 404, 405, 409, 413, 422, 429, 500, 502):
        title, advice = LABELS.error(code)
        assert title
        assert advice.endswith("。")


def _files():
    return [yaml.safe_load(file.read_text(encoding="utf-8")) for file in sorted(words.FOLDER.glob("*.yaml"))]


def test_keys_are_texts():
    def keys(node):
        if isinstance(node, dict):
            for key, value in node.items():
                yield key
                yield from keys(value)

    assert all(isinstance(key, str) for file in _files() for key in keys(file))


def test_a_kind_stands_in_one_file_only():
    kinds = [kind for file in _files() for kind in file]
    assert len(kinds) == len(set(kinds))
